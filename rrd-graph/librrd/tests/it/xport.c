/* Series as numbers: which rows, and what is left alone if there are none. */

#include <rrd.h>
#include <stdlib.h>

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))
#define HOUR "--start", "1000000000", "--end", "1000000060"
#define LOAD "DEF:x=load.rrd:x:AVERAGE"

/* Without a place for the width, the document is printed, too. */
static int prints;

static void export(int count, const char **words)
{
    int width = -7;
    time_t start = -7, end = -7;
    unsigned long step = 7, columns = 7;
    char *none, **legends = &none;
    rrd_value_t *values = NULL;

    int result = rrd_xport(count, words, prints ? NULL : &width, &start, &end, &step, &columns,
                           &legends, &values);
    printf("%d '%s' %d\n", result, rrd_get_error(), width);
    rrd_clear_error();
    if (result) {
        printf("  %ld %ld %lu %s\n", (long) start, (long) end, step,
               legends == &none && !values ? "untouched" : "");
        return;
    }
    printf("  %ld %ld %lu", (long) start, (long) end, step);
    for (unsigned long column = 0; column < columns; column++) {
        printf(" '%s'", legends[column]);
        free(legends[column]);
    }
    unsigned long count_of_values = (end - start) / step * columns;
    for (unsigned long value = 0; value < count_of_values; value++)
        printf("%s %g", value % columns ? "" : ",", values[value]);
    putchar('\n');
    free(legends);
    free(values);
}

#define XPORT(...) \
    do { \
        const char *words[] = {__VA_ARGS__}; \
        printf("# %s\n", #__VA_ARGS__); \
        export(COUNT(words), words); \
    } while (0)

int main(void)
{
    const char *create[] = {"create", "load.rrd", "--start", "1000000000", "--step", "10",
                            "DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:100", "RRA:AVERAGE:0.5:3:100"};
    const char *update[] = {"update", "load.rrd", "1000000010:1", "1000000020:2", "1000000030:3",
                            "1000000040:4", "1000000050:5", "1000000060:6"};

    printf("%d\n", rrd_create(COUNT(create), create));
    printf("%d\n", rrd_update(COUNT(update), update));
    XPORT("xport", HOUR, LOAD, "XPORT:x:leg end");
    XPORT("xport", HOUR, LOAD, "XPORT:x");
    XPORT("xport", HOUR, LOAD, "XPORT:x:  two", "XPORT:x:a\\:b");
    XPORT("xport", HOUR, LOAD, "CDEF:y=x,2,*", "XPORT:y:y", "XPORT:x:x");
    XPORT("xport", HOUR, "--step", "30", LOAD, "XPORT:x:x");
    XPORT("xport", HOUR, "--json", "-t", "--enumds", LOAD, "XPORT:x:x");
    XPORT("xport", HOUR, LOAD, "DEF:z=load.rrd:x:AVERAGE:step=30", "XPORT:x:x", "XPORT:z:z");
    XPORT("xport", "-s", "1000000003", "-e", "1000000047", LOAD, "XPORT:x:x");
    XPORT("xport", HOUR, LOAD, "PRINT:x:MAX:%lf", "XPORT:x");
    XPORT("xport", HOUR, LOAD, "CDEF:u=x,UNKN,+", "XPORT:u:\xc3\xa9");
    XPORT("xport");
    XPORT("xport", HOUR);
    XPORT("xport", HOUR, LOAD);
    XPORT("xport", HOUR, "--maxrows", "5", LOAD, "XPORT:x:x");
    XPORT("xport", HOUR, "--nope", LOAD);
    XPORT("xport", "--start", "rubbish", LOAD, "XPORT:x");
    XPORT("xport", HOUR, "DEF:x=no.rrd:x:AVERAGE", "XPORT:x:x");
    XPORT("xport", HOUR, LOAD, "XPORT:q:x");
    prints = 1;
    XPORT("xport", HOUR, LOAD, "XPORT:x:  leg end");
    XPORT("xport", HOUR, "-t", "--enumds", LOAD, "XPORT:x:", "PRINT:x:MAX:%lf");
    XPORT("xport", HOUR, "--json", LOAD, "XPORT:x:leg");
    XPORT("xport", HOUR, "DEF:x=no.rrd:x:AVERAGE", "XPORT:x:x");
    return 0;
}
