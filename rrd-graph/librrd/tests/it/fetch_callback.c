/* Rows that the program itself gives: what its function is asked, and what may be wrong with its
   answer. */

#include <rrd.h>
#include <stdlib.h>

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))
#define HOUR "--start", "1000000000", "--end", "1000000060"
#define ONE "DEF:a=cb//name:one:AVERAGE"

/* Exported, but declared in no header. */
extern int rrd_fetch_cb_register(int (*callback)(const char *, int, time_t *, time_t *,
                                                 unsigned long *, unsigned long *, char ***,
                                                 rrd_value_t **));

enum fault { NONE, FAILS, FAILS_SILENTLY, NO_STEP, NO_SOURCES, BACKWARDS, ERROR_SET, OTHER_RESULT,
             NO_NAMES, NO_NAME, NO_VALUES, MANY_SOURCES, MANY_ROWS };
static enum fault fault;

static int give(const char *name, int function, time_t *start, time_t *end, unsigned long *step,
                unsigned long *sources, char ***names, rrd_value_t **values)
{
    printf("  asked for '%s' %d %ld %ld %lu\n", name, function, (long) *start, (long) *end, *step);
    *step = 10;
    if (fault == FAILS)
        rrd_set_error("no data");
    if (fault == FAILS || fault == FAILS_SILENTLY)
        return -1;
    *start -= *start % 10;
    *end += 10 - *end % 10;
    *sources = 2;
    *names = malloc(2 * sizeof **names);
    (*names)[0] = strdup("one");
    (*names)[1] = strdup("two");
    unsigned long rows = (*end - *start) / 10;
    *values = malloc(2 * rows * sizeof **values);
    for (unsigned long row = 0; row < rows; row++) {
        (*values)[2 * row] = row;
        (*values)[2 * row + 1] = -1.0 * row;
    }
    switch (fault) {
    case NO_STEP: *step = 0; break;
    case NO_SOURCES:
        free((*names)[0]);
        free((*names)[1]);
        *sources = 0;
        break;
    case BACKWARDS: *end = *start - 100; break;
    case ERROR_SET: rrd_set_error("but fine"); break;
    case OTHER_RESULT: return 1;
    case NO_NAMES:
        free((*names)[0]);
        free((*names)[1]);
        free(*names);
        *names = NULL;
        break;
    case NO_NAME:
        free((*names)[0]);
        (*names)[0] = NULL;
        break;
    case NO_VALUES:
        free(*values);
        *values = NULL;
        break;
    case MANY_SOURCES:
        free((*names)[0]);
        free((*names)[1]);
        free(*names);
        *names = NULL;
        *sources = -1;
        break;
    case MANY_ROWS: *end += 1L << 40; break;
    default: break;
    }
    return 0;
}

static void export(int count, const char **words)
{
    int width;
    time_t start, end;
    unsigned long step, columns;
    char **legends;
    rrd_value_t *values;

    int result = rrd_xport(count, words, &width, &start, &end, &step, &columns, &legends, &values);
    printf("%d '%s'", result, rrd_get_error());
    rrd_clear_error();
    if (!result) {
        printf(" %ld %ld %lu", (long) start, (long) end, step);
        for (unsigned long column = 0; column < columns; column++)
            free(legends[column]);
        for (unsigned long value = 0; value < (end - start) / step * columns && value < 12; value++)
            printf(" %g", values[value]);
        free(legends);
        free(values);
    }
    putchar('\n');
}

#define XPORT(...) \
    do { \
        const char *words[] = {__VA_ARGS__}; \
        export(COUNT(words), words); \
    } while (0)

static void rows(const char *function)
{
    time_t start = 1000000000, end = 1000000030;
    unsigned long step = 1, sources;
    char **names;
    rrd_value_t *values;

    int result = rrd_fetch_r("cb//rows", function, &start, &end, &step, &sources, &names, &values);
    printf("fetch_r %d '%s'", result, rrd_get_error());
    rrd_clear_error();
    if (!result) {
        printf(" %ld %ld %lu %s %s %g", (long) start, (long) end, step, names[0], names[1], values[2]);
        free(names[0]);
        free(names[1]);
        free(names);
        free(values);
    }
    putchar('\n');
    const char *words[] = {"fetch", "cb//rows", function, HOUR};
    result = rrd_fetch(COUNT(words), words, &start, &end, &step, &sources, &names, &values);
    printf("fetch %d '%s'", result, rrd_get_error());
    rrd_clear_error();
    if (!result) {
        printf(" %ld %ld %lu %s %s %g", (long) start, (long) end, step, names[0], names[1], values[2]);
        free(names[0]);
        free(names[1]);
        free(names);
        free(values);
    }
    putchar('\n');
}

int main(int count, char **arguments)
{
    (void) arguments;
    XPORT("xport", HOUR, ONE, "XPORT:a:A");
    printf("%d\n", rrd_fetch_cb_register(give));
    XPORT("xport", HOUR, ONE, ONE, "DEF:b=cb//a\\:b c:two:FAILURES:step=20:start=1000000010",
          "XPORT:a:A", "XPORT:b:B");
    XPORT("xport", HOUR, "--step", "20", ONE, "XPORT:a:A");
    XPORT("xport", "--start", "1000000000", "--end", "1000100000", ONE, "XPORT:a:A");
    XPORT("xport", HOUR, "--maxrows", "40", ONE, "XPORT:a:A");
    XPORT("xport", HOUR, "DEF:a=cb//name:zzz:AVERAGE", "XPORT:a:A");
    XPORT("xport", HOUR, "DEF:a=cb/name:one:AVERAGE", "XPORT:a:A");
    rows("AVERAGE");
    rows("MAX");
    /* The original library crashes by some of the others. */
    for (fault = FAILS; fault <= (count > 1 ? MANY_ROWS : OTHER_RESULT); fault++)
        XPORT("xport", HOUR, ONE, "XPORT:a:A");
    fault = NONE;
    printf("%d\n", rrd_fetch_cb_register(NULL));
    XPORT("xport", HOUR, ONE, "XPORT:a:A");
    rows("AVERAGE");
    return 0;
}
