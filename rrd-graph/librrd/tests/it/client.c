/* A client of a caching daemon: each argument is one call, its words separated by blanks. The word
 * NULL is no text, and `own:CALL` makes the call with a client of the program's own. */

#include <errno.h>
#include <fcntl.h>
#include <rrd_client.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 63 };

static char *word[MOST + 1];
static int words;
static rrd_client_t *client;

static const char *text(int place)
{
    return place >= words || strcmp(word[place], "NULL") == 0 ? NULL : word[place];
}

static long number(int place)
{
    return place < words ? atol(word[place]) : 0;
}

static void result(long value)
{
    printf("%s: %ld '%s'\n", word[0], value, rrd_get_error());
    rrd_clear_error();
}

static void info(rrd_info_t *list)
{
    result(list != NULL);
    for (rrd_info_t *node = list; node != NULL; node = node->next) {
        switch (node->type) {
        case RD_I_VAL:
            printf("  %s VAL %g\n", node->key, node->value.u_val);
            break;
        case RD_I_CNT:
            printf("  %s CNT %lu\n", node->key, node->value.u_cnt);
            break;
        case RD_I_STR:
            printf("  %s STR %s\n", node->key, node->value.u_str);
            break;
        case RD_I_INT:
            printf("  %s INT %d\n", node->key, node->value.u_int);
            break;
        default:
            printf("  %s of type %d\n", node->key, node->type);
        }
    }
    rrd_info_free(list);
}

static void list(char *names)
{
    result(names != NULL);
    printf("%s", names == NULL ? "" : names);
    free(names);
}

static void fetch(int own)
{
    time_t start = number(3), end = number(4);
    unsigned long step = 7, sources = 77;
    char **names = NULL;
    rrd_value_t *values = NULL;
    int status = own ? rrd_client_fetch(client, text(1), text(2), &start, &end, &step, &sources,
                                        &names, &values)
                     : rrdc_fetch(text(1), text(2), &start, &end, &step, &sources, &names,
                                  &values);
    result(status);
    printf("  %ld to %ld by %lu, %lu sources\n", (long) start, (long) end, step, sources);
    if (status != 0)
        return;
    for (unsigned long place = 0; place < sources; place++) {
        printf("  %s", names[place]);
        free(names[place]);
    }
    for (unsigned long row = 0; row < (unsigned long) (end - start) / step; row++)
        for (unsigned long place = 0; place < sources; place++)
            printf("%s%g", place == 0 ? "\n  " : " ", values[row * sources + place]);
    printf("\n");
    free(names);
    free(values);
}

static void statistics(int own)
{
    rrdc_stats_t *list = NULL;
    result(own ? rrd_client_stats_get(client, &list) : rrdc_stats_get(&list));
    for (rrdc_stats_t *node = list; node != NULL; node = node->next)
        if (node->type == RRDC_STATS_TYPE_GAUGE)
            printf("  %s gauge %g\n", node->name, node->value.gauge);
        else
            printf("  %s counter %lu\n", node->name, (unsigned long) node->value.counter);
    rrdc_stats_free(list);
}

enum { DESCRIPTORS = 1024 };

static int open_before[DESCRIPTORS];

static void note_descriptors(void)
{
    for (int number = 0; number < DESCRIPTORS; number++)
        open_before[number] = fcntl(number, F_GETFD) != -1;
}

/* Descriptors that are new, and how many of them a program would have that was started now. */
static void descriptors(void)
{
    int open = 0, inherited = 0;
    for (int number = 0; number < DESCRIPTORS; number++) {
        int flags = open_before[number] ? -1 : fcntl(number, F_GETFD);
        open += flags != -1;
        inherited += flags != -1 && (flags & FD_CLOEXEC) == 0;
    }
    printf("%s: %d, inherited %d\n", word[0], open, inherited);
}

static int is(const char *name)
{
    return strcmp(word[0], name) == 0;
}

static void own(void)
{
    if (is("own:new")) {
        client = rrd_client_new(text(1));
        result(client != NULL);
    } else if (is("own:destroy")) {
        rrd_client_destroy(client);
        client = NULL;
    } else if (is("own:connect"))
        result(rrd_client_connect(client, text(1)));
    else if (is("own:is"))
        result(rrd_client_is_connected(client));
    else if (is("own:address")) {
        const char *address = rrd_client_address(client);
        printf("%s: %s\n", word[0], address == NULL ? "NULL" : address);
    } else if (is("own:ping"))
        result(rrd_client_ping(client));
    else if (is("own:disconnect"))
        result(rrd_client_disconnect(client));
    else if (is("own:update"))
        result(rrd_client_update(client, text(1), words - 2, (const char *const *) word + 2));
    else if (is("own:flush"))
        result(rrd_client_flush(client, text(1)));
    else if (is("own:forget"))
        result(rrd_client_forget(client, text(1)));
    else if (is("own:flushall"))
        result(rrd_client_flushall(client));
    else if (is("own:last"))
        result(rrd_client_last(client, text(1)));
    else if (is("own:first"))
        result(rrd_client_first(client, text(1), (int) number(2)));
    else if (is("own:info"))
        info(rrd_client_info(client, text(1)));
    else if (is("own:list"))
        list(rrd_client_list(client, (int) number(1), text(2)));
    else if (is("own:create"))
        result(rrd_client_create(client, text(1), number(2), number(3), (int) number(4), words - 5,
                                 (const char **) word + 5));
    else if (is("own:create2")) {
        const char *sources[] = {text(5), NULL};
        result(rrd_client_create_r2(client, text(1), number(2), number(3), (int) number(4),
                                    sources, text(6), words - 7, (const char **) word + 7));
    } else if (is("own:fetch"))
        fetch(1);
    else if (is("own:stats"))
        statistics(1);
    else
        printf("no such call: %s\n", word[0]);
}

static void call(void)
{
    if (strncmp(word[0], "own:", 4) == 0)
        own();
    else if (is("env") && words > 2)
        setenv(word[1], word[2], 1);
    else if (is("env"))
        unsetenv(word[1]);
    else if (is("wait")) {
        printf("waiting\n");
        fflush(stdout);
        getchar();
    } else if (is("descriptors"))
        descriptors();
    else if (is("connect"))
        result(rrdc_connect(text(1)));
    else if (is("is"))
        result(rrdc_is_connected(text(1)));
    else if (is("any"))
        result(rrdc_is_any_connected());
    else if (is("ping"))
        result(rrdc_ping());
    else if (is("disconnect"))
        result(rrdc_disconnect());
    else if (is("update"))
        result(rrdc_update(text(1), words - 2, (const char *const *) word + 2));
    else if (is("flush"))
        result(rrdc_flush(text(1)));
    else if (is("flush_if_daemon"))
        result(rrdc_flush_if_daemon(text(1), text(2)));
    else if (is("flushall"))
        result(rrdc_flushall());
    else if (is("flushall_if_daemon"))
        result(rrdc_flushall_if_daemon(text(1)));
    else if (is("forget"))
        result(rrdc_forget(text(1)));
    else if (is("last"))
        result(rrdc_last(text(1)));
    else if (is("first"))
        result(rrdc_first(text(1), (int) number(2)));
    else if (is("info"))
        info(rrdc_info(text(1)));
    else if (is("list"))
        list(rrdc_list((int) number(1), text(2)));
    else if (is("create"))
        result(rrdc_create(text(1), number(2), number(3), (int) number(4), words - 5,
                           (const char **) word + 5));
    else if (is("create2")) {
        const char *sources[] = {text(5), NULL};
        result(rrdc_create_r2(text(1), number(2), number(3), (int) number(4), sources, text(6),
                              words - 7, (const char **) word + 7));
    } else if (is("fetch"))
        fetch(0);
    else if (is("stats"))
        statistics(0);
    else if (is("create_r"))
        result(rrd_create_r(word[1], number(2), number(3), words - 4, (const char **) word + 4));
    else if (is("rrd_create"))
        result(rrd_create(words, (const char **) word));
    else if (is("rrd_update"))
        result(rrd_update(words, (const char **) word));
    else if (is("rrd_last"))
        result(rrd_last(words, (const char **) word));
    else if (is("rrd_flushcached"))
        result(rrd_flushcached(words, (const char **) word));
    else
        printf("no such call: %s\n", word[0]);
}

int main(int count, char **arguments)
{
    note_descriptors();
    for (int line = 1; line < count; line++) {
        char *rest = arguments[line];
        words = 0;
        for (char *next; words < MOST && (next = strsep(&rest, " ")) != NULL;)
            word[words++] = next;
        word[words] = NULL;
        call();
        fflush(stdout);
    }
    rrd_client_destroy(client);
    return 0;
}
