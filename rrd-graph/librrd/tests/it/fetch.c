/* Rows: which there are, of which archive, and what a span or a daemon that is away gives. */

#include <limits.h>
#include <rrd.h>
#include <stdlib.h>

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))

static void told(const char *what, long result)
{
    printf("%s: %ld '%s'\n", what, result, rrd_get_error());
    rrd_clear_error();
}

struct rows {
    time_t start, end;
    unsigned long step, sources;
    char **names;
    rrd_value_t *values;
};

static void show(const char *what, int result, struct rows rows)
{
    told(what, result);
    if (result)
        return;
    printf("  %ld %ld %lu", (long) rows.start, (long) rows.end, rows.step);
    for (unsigned long source = 0; source < rows.sources; source++) {
        printf(" %s", rows.names[source]);
        free(rows.names[source]);
    }
    putchar(':');
    unsigned long values = (rows.end - rows.start) / rows.step * rows.sources;
    for (unsigned long value = 0; value < values && value < 22; value++)
        printf(" %g", rows.values[value]);
    putchar('\n');
    free(rows.names);
    free(rows.values);
}

static void by_name(const char *file, const char *function, time_t start, time_t end,
                    unsigned long step)
{
    char what[80];
    struct rows rows = {start, end, step, 0, NULL, NULL};

    snprintf(what, sizeof what, "%s %ld %ld %ld", function, (long) start, (long) end, (long) step);
    show(what, rrd_fetch_r(file, function, &rows.start, &rows.end, &rows.step, &rows.sources,
                           &rows.names, &rows.values), rows);
}

#define BY_WORDS(...) \
    do { \
        const char *words[] = {__VA_ARGS__}; \
        struct rows rows; \
        show("fetch", rrd_fetch(COUNT(words), words, &rows.start, &rows.end, &rows.step, \
                                &rows.sources, &rows.names, &rows.values), rows); \
    } while (0)

static void fetches(void)
{
    by_name("a.rrd", "AVERAGE", 1000000180, 1000000200, 1);
    by_name("a.rrd", "AVERAGE", 1000000100, 1000000200, 60);
    by_name("a.rrd", "AVERAGE", 1000000100, 1000000200, 3600);
    by_name("a.rrd", "MAX", 1000000100, 1000000200, 0);
    by_name("a.rrd", "LAST", 1000000180, 1000000200, 0);
    by_name("a.rrd", "AVERAGE", 1000000180, 1000000200, -1);
    by_name("a.rrd", "HWPREDICT", 1000000180, 1000000200, 0);
    by_name("a.rrd", "average", 1000000180, 1000000200, 0);
    by_name("a.rrd", "", 1000000180, 1000000200, 0);
    by_name("nope.rrd", "MAX", 1000000180, 1000000200, 0);
    by_name("a.rrd", "AVERAGE", 1000000200, 1000000200, 0);
    by_name("a.rrd", "AVERAGE", 1000000200, 1000000190, 0);
    by_name("a.rrd", "AVERAGE", 2000000200, 2000000220, 0);
    by_name("a.rrd", "AVERAGE", 1000, 1020, 0);
    by_name("a.rrd", "AVERAGE", 0, 20, 0);
}

static void words(void)
{
    BY_WORDS("x");
    BY_WORDS("x", "a.rrd");
    BY_WORDS("x", "a.rrd", "NOPE");
    BY_WORDS("x", "nope.rrd", "AVERAGE");
    BY_WORDS("x", "a.rrd", "AVERAGE", "-s", "rubbish");
    BY_WORDS("x", "a.rrd", "AVERAGE", "-s", "1000000200", "-e", "1000000100");
    BY_WORDS("x", "a.rrd", "AVERAGE", "-s", "1000000187", "-e", "1000000200", "-a", "-r", "60");
    BY_WORDS("x", "a.rrd", "AVERAGE", "-d", "", "-s", "1000000187", "-e", "1000000200");
    /* The rows of the file, and why they are not those of the daemon. */
    BY_WORDS("x", "a.rrd", "AVERAGE", "-d", "unix:nope", "-s", "1000000187", "-e", "1000000200");
}

static void times(void)
{
    const char *more[] = {"x", "a.rrd", "--rraindex", "1"};
    const char *away[] = {"x", "a.rrd", "-d", "unix:nope"};
    const char *file[] = {"x", "a.rrd", "b.rrd"};

    told("first", rrd_first(1, file));
    told("first", rrd_first(2, file));
    told("first", rrd_first(4, more));
    told("first", rrd_first(4, away));
    told("first_r -1", rrd_first_r("a.rrd", -1));
    told("first_r 2", rrd_first_r("a.rrd", 2));
    told("first_r 3", rrd_first_r("a.rrd", 3));
    told("first_r", rrd_first_r("nope.rrd", 0));
    told("last", rrd_last(1, file));
    told("last", rrd_last(2, file));
    told("last", rrd_last(3, file));
    told("last", rrd_last(4, away));
    told("last_r", rrd_last_r("a.rrd"));
    told("last_r", rrd_last_r("nope.rrd"));
}

static void readings(void)
{
    const char *words[] = {"x", "a.rrd", "-d", "unix:nope"};
    unsigned long sources = 0;
    time_t at = 0;
    char **names = NULL, **texts = NULL;

    told("lastupdate", rrd_lastupdate(1, words));
    puts("stdout before");
    told("lastupdate", rrd_lastupdate(2, words));
    told("lastupdate", rrd_lastupdate(4, words));
    told("lastupdate_r", rrd_lastupdate_r("nope.rrd", &at, &sources, &names, &texts));
    told("lastupdate_r", rrd_lastupdate_r("a.rrd", &at, &sources, &names, &texts));
    printf("%ld:", (long) at);
    for (unsigned long source = 0; source < sources; source++) {
        printf(" %s=%s", names[source], texts[source]);
        free(names[source]);
        free(texts[source]);
    }
    putchar('\n');
    free(names);
    free(texts);
}

int main(int argc, char **argv)
{
    const char *definitions[] = {"DS:x:GAUGE:20:U:U", "DS:y:COUNTER:20:0:U",
                                 "RRA:AVERAGE:0.5:1:100", "RRA:MAX:0.5:6:100",
                                 "RRA:AVERAGE:0.5:6:1000"};

    told("create_r", rrd_create_r("a.rrd", 10, 1000000000, COUNT(definitions), definitions));
    for (int step = 0; step < 20; step++) {
        char text[64];
        const char *reading[] = {text};
        snprintf(text, sizeof text, "%d:%d:%d", 1000000010 + 10 * step, step, step * step * 100);
        if (rrd_update_r("a.rrd", NULL, 1, reading))
            told("update_r", -1);
    }
    if (argc > 1 && strcmp(argv[1], "odd") == 0) {
        by_name("a.rrd", "AVERAGE", 1000000200, 1000000180, 0);
        by_name("a.rrd", "AVERAGE", -25, -5, 0);
        by_name("a.rrd", "AVERAGE", LONG_MIN, LONG_MIN + 1, 0);
        by_name("a.rrd", "AVERAGE", 0, 10000000000, 0);
        by_name("a.rrd", "AVERAGE", 0, LONG_MAX, 0);
        by_name("a.rrd", "AVERAGE", LONG_MAX, LONG_MAX, 0);
        by_name("a.rrd", "AVERAGE", LONG_MIN, LONG_MAX, LONG_MAX);
        by_name(NULL, "AVERAGE", 0, 0, 0);
        return 0;
    }
    fetches();
    words();
    times();
    readings();
    return 0;
}
