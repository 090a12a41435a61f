/* Functions of the program that the library calls, files that are created with defaults, and
 * functions that are in no header. */

#include <locale.h>
#include <math.h>
#include <rrd.h>
#include <stdlib.h>

typedef int (*fetch_callback)(const char *, int, time_t *, time_t *, unsigned long *,
                              unsigned long *, char ***, rrd_value_t **);
extern int rrd_fetch_cb_register(fetch_callback);
extern int rrd_cf_conv(const char *);
extern double rrd_strtod(const char *, char **);
extern unsigned rrd_strtodbl(const char *, char **, double *, const char *);
extern unsigned long rrd_lcd(unsigned long *);
extern int rrd_reduce_data(int, unsigned long, time_t *, time_t *, unsigned long *,
                           unsigned long *, rrd_value_t **);

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))

static void result(const char *call, long value)
{
    printf("%s -> %ld '%s'\n", call, value, rrd_get_error());
    rrd_clear_error();
}

static int rows(const char *name, int function, time_t *start, time_t *end, unsigned long *step,
                unsigned long *sources, char ***names, rrd_value_t **data)
{
    printf("callback '%s' function=%d start=%ld end=%ld step=%lu\n", name, function, *start, *end,
           *step);
    *step = 10;
    *start -= *start % 10;
    *end -= *end % 10;
    *end += 10;
    *sources = 2;
    *names = malloc(2 * sizeof **names);
    (*names)[0] = strdup("one");
    (*names)[1] = strdup("two");
    size_t count = (size_t) (*end - *start) / 10;
    *data = malloc(count * 2 * sizeof **data);
    for (size_t row = 0; row < count; row++) {
        (*data)[2 * row] = (double) row;
        (*data)[2 * row + 1] = -1.0 * (double) row;
    }
    return 0;
}

static int no_rows(const char *name, int function, time_t *start, time_t *end, unsigned long *step,
                   unsigned long *sources, char ***names, rrd_value_t **data)
{
    (void) name, (void) function, (void) start, (void) end, (void) step, (void) sources;
    (void) names, (void) data;
    rrd_set_error("no data for you");
    return -1;
}

static void xport(const char *call)
{
    char *words[] = {"xport", "--start", "1000000000", "--end", "1000000030",
                     "DEF:a=cb//free text:one:AVERAGE", "DEF:b=cb//free text:two:AVERAGE",
                     "XPORT:a:A", "XPORT:b:B", NULL};
    int size;
    time_t start, end;
    unsigned long step, columns;
    char **legends;
    rrd_value_t *data;
    int failed = rrd_xport(9, words, &size, &start, &end, &step, &columns, &legends, &data);
    result(call, failed);
    if (failed)
        return;
    printf(" start %ld end %ld step %lu columns %lu '%s' '%s'\n", start, end, step, columns,
           legends[0], legends[1]);
    for (unsigned long i = 0; i < (unsigned long) (end - start) / step * columns; i++)
        printf(" %g", data[i]);
    puts("");
    free(legends[0]);
    free(legends[1]);
    free(legends);
    free(data);
}

static void graphs(void)
{
    char *words[] = {"graph", "-", "--start", "1000000000", "--end", "1000000030",
                     "DEF:a=cb//x:one:AVERAGE", "LINE1:a#f00", "PRINT:a:MAX:%lf", NULL};
    char **printed = NULL;
    int width, height;
    double least, most;
    char begin[8];
    FILE *stream = tmpfile();
    int failed = rrd_graph(9, words, &printed, &width, &height, stream, &least, &most);
    result("graph to a stream", failed);
    rewind(stream);
    size_t got = fread(begin, 1, 8, stream);
    printf(" %zu %d\n", got, memcmp(begin, "\x89PNG\r\n\x1a\n", 8));
    fclose(stream);
    for (int i = 0; printed && printed[i]; i++) {
        printf(" print '%s'\n", printed[i]);
        free(printed[i]);
    }
    free(printed);

    char *again[] = {"graph", "-", "--start", "1000000000", "--end", "1000000030",
                     "DEF:a=cb//x:one:AVERAGE", "LINE1:a#f00", NULL};
    rrd_info_t *list = rrd_graph_v(8, again);
    result("graph_v", list != NULL);
    for (rrd_info_t *node = list; node; node = node->next)
        if (node->type == RD_I_BLO)
            printf(" %s: %d\n", node->key,
                   memcmp(node->value.u_blo.ptr, "\x89PNG\r\n\x1a\n", 8));
    rrd_info_free(list);
}

static size_t count_bytes(const void *bytes, size_t count, void *user)
{
    size_t *total = user;
    if (!*total)
        printf("the dump begins '%.20s'\n", (const char *) bytes);
    *total += count;
    return count;
}

static size_t take_nothing(const void *bytes, size_t count, void *user)
{
    (void) bytes, (void) count, (void) user;
    return 0;
}

static void files(void)
{
    const char *definitions[] = {"DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:3000"};
    int failed = rrd_create_r("a.rrd", 10, 1000000000, 2, definitions);
    result("create_r", failed);
    failed = rrd_create_r2("a.rrd", 10, 1000000000, 1, NULL, NULL, 2, definitions);
    result("create_r2 without overwriting", failed);
    result("create_r start -1", rrd_create_r("b.rrd", 10, -1, 2, definitions));
    printf(" ten seconds ago %d\n", time(NULL) - rrd_last_r("b.rrd") >= 10);
    result("create_r step 0", rrd_create_r("c.rrd", 0, 1000000000, 2, definitions));
    printf(" %ld\n", rrd_last_r("c.rrd"));

    for (int header = 0; header < 3; header++) {
        size_t bytes = 0;
        result("dump_cb_r", rrd_dump_cb_r("a.rrd", header, count_bytes, &bytes));
        printf(" enough %d\n", bytes > 3000 * 40);
    }
    failed = rrd_dump_cb_r("a.rrd", 1, take_nothing, NULL);
    printf("dump_cb_r that nobody takes -> %d '%.26s'\n", failed, rrd_get_error());
    rrd_clear_error();

    const char *readings[] = {"1000000010:1", "1000000020:2"};
    result("update_r", rrd_update_r("a.rrd", NULL, 2, readings));
    char *lastupdate[] = {"lastupdate", "a.rrd", NULL};
    printf("before\n");
    result("lastupdate", rrd_lastupdate(2, lastupdate));
    char *dump[] = {"dump", "a.rrd", "--header", "none", "/dev/null", NULL};
    result("dump with options", rrd_dump(5, dump));
}

static void numbers(void)
{
    const char *names[] = {"AVERAGE", "MIN", "MAX", "LAST", "HWPREDICT", "SEASONAL", "DEVPREDICT",
                           "DEVSEASONAL", "FAILURES", "MHWPREDICT", "TOTAL", "nope"};
    for (int i = 0; i < COUNT(names); i++)
        printf("%s=%d ", names[i], rrd_cf_conv(names[i]));
    puts("");
    result("cf_conv", 0);

    /* Numbers have a point in this locale, too. */
    setlocale(LC_ALL, "de_DE.UTF-8");
    char *rest;
    double number = rrd_strtod("1.5x", &rest);
    printf("strtod 1.5x: %d, rest '%s'\n", number == 1.5, rest);
    const char *texts[] = {"1.5", "1.5x", "x"};
    for (int i = 0; i < COUNT(texts); i++) {
        unsigned kind = rrd_strtodbl(texts[i], &rest, &number, "what");
        printf("strtodbl %s: %u %d\n", texts[i], kind, kind && number == 1.5);
        result("", 0);
    }
    setlocale(LC_ALL, "C");

    unsigned long divided[] = {12, 18, 0};
    printf("lcd %lu\n", rrd_lcd(divided));
    time_t start = 1000000000, end = 1000000060;
    unsigned long step = 30, sources = 1;
    rrd_value_t *data = malloc(6 * sizeof *data);
    for (int i = 0; i < 6; i++)
        data[i] = i + 1;
    result("reduce_data", rrd_reduce_data(0, 10, &start, &end, &step, &sources, &data));
    printf(" start %ld end %ld step %lu: %g %g\n", start, end, step, data[0], data[1]);
    free(data);
    printf("%d %g %d\n", isnan(rrd_set_to_DNAN()), rrd_set_to_DINF(), rrd_random() >= 0);
}

static void wrong_words(void)
{
    char *words[] = {"x", NULL};
    time_t start, end;
    unsigned long step, sources;
    char **names;
    rrd_value_t *data;
    result("update", rrd_update(1, words));
    result("info", rrd_info(1, words) != NULL);
    result("last", rrd_last(1, words));
    result("fetch", rrd_fetch(1, words, &start, &end, &step, &sources, &names, &data));
    result("create", rrd_create(1, words));
    result("tune", rrd_tune(1, words));
    result("restore", rrd_restore(1, words));
    result("dump", rrd_dump(1, words));
    result("first", rrd_first(1, words));
    result("list", rrd_list(1, words) != NULL);
    result("flushcached", rrd_flushcached(1, words));
    char *unknown[] = {"update", "--nope", "a.rrd", "1:2", NULL};
    result("unknown option", rrd_update(4, unknown));
}

int main(void)
{
    files();
    rrd_fetch_cb_register(rows);
    xport("xport");
    graphs();
    rrd_fetch_cb_register(no_rows);
    xport("xport with a callback that fails");
    rrd_fetch_cb_register(NULL);
    xport("xport without a callback");
    numbers();
    wrong_words();
    return 0;
}
