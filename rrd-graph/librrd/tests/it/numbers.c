/* Numbers, durations and consolidation functions as texts, and rows that are merged in memory. */

#include <math.h>
#include <rrd.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

extern int rrd_cf_conv(const char *name);
extern double rrd_strtod(const char *text, char **end);
extern unsigned int rrd_strtodbl(const char *text, char **end, double *value, const char *what);
extern unsigned long rrd_lcd(unsigned long *numbers);
extern int rrd_reduce_data(int function, unsigned long row_step, time_t *start, time_t *end,
                           unsigned long *step, unsigned long *sources, rrd_value_t **data);

static void numbers(void)
{
    static const char *const texts[] = {
        "1.5",     "1.5x",     " 2",     "x",    "",     "-",     "inf",   "-inf",
        "NaN",     "-nan",     "0x10",   "1e400", "1e-400", "1e", "1,5",   ".5",
        "5.",      "+3",       "1d5",    "99999999999999999999",  "4.9e-324", "  -7.25 ", "1e5x",
    };
    char none[] = "none";

    for (size_t i = 0; i < COUNT(texts); i++) {
        char *end = none;
        double value = rrd_strtod(texts[i], &end);
        printf("'%s' is %g, then '%s'", texts[i], value, end);
        end = none;
        value = -9;
        unsigned int found = rrd_strtodbl(texts[i], &end, &value, "what");
        printf("; %u %g, then '%s' '%s'\n", found, value, end, rrd_get_error());
        rrd_clear_error();
    }
    double value = -9;
    unsigned int found = rrd_strtodbl("1x", NULL, &value, NULL);
    printf("without places: %g %u %g '%s'\n", rrd_strtod("3.5y", NULL), found, value,
           rrd_get_error());
    printf("unknown %g, infinite %g\n", rrd_set_to_DNAN(), rrd_set_to_DINF());
    long first = rrd_random(), second = rrd_random();
    printf("random %d\n", first >= 0 && first <= 0x7fffffff && first != second);
}

static void durations(void)
{
    static const char *const texts[] = {
        "5",  "5s", "5m",  "5h",  "5d",  "5w",   "5M", "5y",   "0",    "-5",  "",
        "x",  "5x", "5mm", "5 m", " 5m", "+5m",  "0s", "5.5m", "05m",  "0x5", "18446744073709551616",
    };

    for (size_t i = 0; i < COUNT(texts); i++) {
        printf("duration '%s':", texts[i]);
        for (unsigned long divisor = 1; divisor <= 10; divisor += 9) {
            unsigned long count = 77;
            const char *fault = rrd_scaled_duration(texts[i], divisor, &count);
            printf(" %lu %s", count, fault ? fault : "good");
        }
        printf(" '%s'\n", rrd_get_error());
    }
}

static void functions(void)
{
    static const char *const names[] = {
        "AVERAGE", "MIN", "MAX", "LAST", "HWPREDICT", "SEASONAL", "DEVPREDICT", "DEVSEASONAL",
        "FAILURES", "MHWPREDICT", "average", "AVERAGEX", "",
    };

    for (size_t i = 0; i < COUNT(names); i++) {
        printf("function '%s': %d '%s'\n", names[i], rrd_cf_conv(names[i]), rrd_get_error());
        rrd_clear_error();
    }
}

static void divisors(void)
{
    unsigned long numbers[][4] = {{12, 18}, {7}, {0}, {12, 18, 27}, {1, 5}, {100, 100}};

    for (size_t i = 0; i < COUNT(numbers); i++)
        printf("divisor %lu\n", rrd_lcd(numbers[i]));
}

static void rows(int function, unsigned long wanted, time_t start)
{
    time_t end = start + 60;
    unsigned long step = wanted, sources = 2;
    rrd_value_t *data = malloc(12 * sizeof *data);

    for (int i = 0; i < 12; i++)
        data[i] = i == 5 ? NAN : i + 1;
    int result = rrd_reduce_data(function, 10, &start, &end, &step, &sources, &data);
    printf("function %d, step %lu: %d from %ld to %ld by %lu:", function, wanted, result,
           (long) start, (long) end, step);
    for (long i = 0; i < (end - start) / (long) step * 2; i++)
        printf(" %g", data[i]);
    printf(" '%s'\n", rrd_get_error());
    free(data);
}

int main(void)
{
    numbers();
    durations();
    functions();
    divisors();
    for (int function = 0; function < 10; function++)
        rows(function, 30, 1000000000);
    for (int function = 0; function < 4; function++)
        for (unsigned long step = 5; step <= 40; step += 5)
            if (step != 15 && step != 30 && step != 35)
                rows(function, step, 1000000000);
    rows(0, 30, 1000000010);
    rows(2, 20, 0);
    return 0;
}
