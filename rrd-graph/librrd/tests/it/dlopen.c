/* The library is opened, used and closed a hundred times: neither memory nor descriptors nor maps
 * become more. */

#include <dirent.h>
#include <dlfcn.h>
#include <malloc.h>
#include <rrd.h>
#include <stdlib.h>

static void *library;

static void *function(const char *name)
{
    void *found = dlsym(library, name);
    if (!found) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return found;
}

static void check(int good, const char *what)
{
    if (good)
        return;
    char *(*get_error)(void) = (char *(*) (void)) function("rrd_get_error");
    fprintf(stderr, "%s: %s\n", what, get_error());
    exit(1);
}

static void use(int turn)
{
    int (*create)(const char *, unsigned long, time_t, int, const char **) =
        (int (*)(const char *, unsigned long, time_t, int, const char **)) function("rrd_create_r");
    int (*update)(const char *, const char *, int, const char **) =
        (int (*)(const char *, const char *, int, const char **)) function("rrd_update_r");
    int (*fetch)(const char *, const char *, time_t *, time_t *, unsigned long *, unsigned long *,
                 char ***, rrd_value_t **) =
        (int (*)(const char *, const char *, time_t *, time_t *, unsigned long *, unsigned long *,
                 char ***, rrd_value_t **)) function("rrd_fetch_r");
    rrd_info_t *(*graph_v)(int, const char **) =
        (rrd_info_t * (*) (int, const char **) ) function("rrd_graph_v");
    void (*info_free)(rrd_info_t *) = (void (*)(rrd_info_t *)) function("rrd_info_free");
    time_t (*last)(const char *) = (time_t(*)(const char *)) function("rrd_last_r");
    void (*clear_error)(void) = (void (*)(void)) function("rrd_clear_error");

    const char *definitions[] = {"DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:100"};
    check(create("a.rrd", 10, 1000000000, 2, definitions) == 0, "create");
    const char *readings[] = {"1000000010:1", "1000000020:2"};
    check(update("a.rrd", NULL, 2, readings) == 0, "update");
    time_t start = 1000000000, end = 1000000050;
    unsigned long step = 10, sources;
    char **names;
    rrd_value_t *data;
    check(fetch("a.rrd", "AVERAGE", &start, &end, &step, &sources, &names, &data) == 0, "fetch");
    free(names[0]);
    free(names);
    free(data);
    check(last("missing") == -1, "an error");
    clear_error();
    if (turn % 10 == 0) {
        const char *words[] = {"graph", "-", "--start", "1000000000", "--end", "1000000050",
                               "DEF:x=a.rrd:x:AVERAGE", "LINE1:x#f00:text"};
        rrd_info_t *list = graph_v(8, words);
        check(list != NULL, "graph_v");
        info_free(list);
    }
}

static int entries(const char *folder)
{
    int count = 0;
    DIR *open = opendir(folder);
    while (readdir(open))
        count++;
    closedir(open);
    return count;
}

static int lines(const char *file)
{
    int count = 0, byte;
    FILE *open = fopen(file, "r");
    while ((byte = fgetc(open)) != EOF)
        count += byte == '\n';
    fclose(open);
    return count;
}

int main(void)
{
    size_t memory = 0;
    int descriptors = 0, maps = 0;
    for (int turn = 1; turn <= 100; turn++) {
        library = dlopen("librrd.so.8", RTLD_NOW | RTLD_LOCAL);
        if (!library) {
            fprintf(stderr, "%s\n", dlerror());
            return 1;
        }
        use(turn);
        dlclose(library);
        if (turn == 20) {
            memory = mallinfo2().uordblks;
            descriptors = entries("/proc/self/fd");
            maps = lines("/proc/self/maps");
        }
    }
    printf("%ld bytes, %d descriptors, %d maps more\n", (long) (mallinfo2().uordblks - memory),
           entries("/proc/self/fd") - descriptors, lines("/proc/self/maps") - maps);
    return 0;
}
