/* What belongs to the process stays as it is: locale, folder, mask of permissions, signals, open
 * files, threads, environment, and the state of getopt. */

#include <dirent.h>
#include <getopt.h>
#include <locale.h>
#include <rrd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>

extern char **environ;

struct text {
    char bytes[20000];
    size_t length;
};

static void add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text->bytes + text->length, sizeof text->bytes - text->length, format,
                           arguments);
    va_end(arguments);
    text->length += (size_t) length;
    if (text->length >= sizeof text->bytes)
        abort();
}

static void add_entries(struct text *text, const char *folder)
{
    DIR *open = opendir(folder);
    int count = 0;
    while (readdir(open))
        count++;
    closedir(open);
    add(text, "%s: %d\n", folder, count);
}

static void describe(struct text *text)
{
    char folder[4096];
    sigset_t blocked;
    mode_t mask = umask(0);
    umask(mask);
    text->length = 0;
    add(text, "locale %s\nfolder %s\numask %o\n", setlocale(LC_ALL, NULL),
        getcwd(folder, sizeof folder), (unsigned) mask);
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    for (int number = 1; number < 65; number++) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        if (sigaction(number, NULL, &action) == 0)
            add(text, "signal %d: %d %d\n", number, action.sa_handler == SIG_DFL,
                sigismember(&blocked, number));
    }
    add_entries(text, "/proc/self/fd");
    add_entries(text, "/proc/self/task");
    for (char **variable = environ; *variable; variable++)
        add(text, "%s\n", *variable);
    add(text, "getopt %d %d %d %p\n", optind, opterr, optopt, (void *) optarg);
}

static void command(int failed)
{
    if (failed) {
        fprintf(stderr, "%s\n", rrd_get_error());
        exit(1);
    }
}

#define WORDS(...) \
    (int) (sizeof((char *[]) {__VA_ARGS__}) / sizeof(char *)), (char *[]) {__VA_ARGS__}

static void use(void)
{
    command(rrd_create(WORDS("create", "a.rrd", "--step", "10", "--start", "1000000000",
                             "DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:100")));
    command(rrd_update(WORDS("update", "a.rrd", "1000000010:1", "1000000020:2")));
    command(rrd_last(WORDS("last", "missing.rrd")) != -1);
    command(rrd_update(WORDS("update", "a.rrd", "rubbish")) != -1);
    command(rrd_dump(WORDS("dump", "a.rrd", "a.xml")));
    command(rrd_restore(WORDS("restore", "a.xml", "b.rrd")));
    command(rrd_tune(WORDS("tune", "a.rrd", "--heartbeat", "x:99")));
    command(rrd_resize(WORDS("resize", "a.rrd", "0", "GROW", "10")));
    free(rrd_list(WORDS("list", ".")));
    rrd_info_free(rrd_info(WORDS("info", "a.rrd")));
    rrd_info_t *list = rrd_graph_v(WORDS("graph", "-", "--start", "1000000000", "--end",
                                         "1000000050", "DEF:x=a.rrd:x:AVERAGE", "LINE1:x#f00:x"));
    command(list == NULL);
    rrd_info_free(list);
    command(rrd_flushcached(WORDS("flushcached", "--daemon", "unix:missing", "a.rrd")) == 0);
    command(rrd_mkdir_p("folder/in/folder", 0700));
    rrd_clear_error();
}

int main(void)
{
    static struct text before, after;
    setlocale(LC_ALL, "de_DE.UTF-8");
    umask(027);
    optind = 7;
    opterr = 0;
    optopt = 'x';
    describe(&before);
    use();
    describe(&after);
    if (strcmp(before.bytes, after.bytes) == 0) {
        puts("unchanged");
        return 0;
    }
    printf("before:\n%s\nafter:\n%s", before.bytes, after.bytes);
    return 1;
}
