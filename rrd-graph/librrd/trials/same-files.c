/* same-files make|use SEED COUNT: makes files of random shapes, or gives those that are there random
 * readings, and prints what the functions return and the rows that they give. It runs with whatever
 * librrd.so.8 the dynamic linker finds, in the present folder. */

#include <rrd.h>
#include <stdlib.h>

static unsigned long long state;

static unsigned long next(unsigned long below)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned long) (state >> 33) % below;
}

static int told(const char *what, int result)
{
    printf("%s %d %s\n", what, result, rrd_get_error());
    rrd_clear_error();
    return result;
}

static const char *const kinds[] = {"GAUGE", "COUNTER", "DERIVE", "ABSOLUTE", "DCOUNTER", "DDERIVE"};
static const char *const functions[] = {"AVERAGE", "MIN", "MAX", "LAST"};

struct shape {
    char file[32];
    unsigned long step, sources;
    time_t at;
    double level[8];
};

static void describe(struct shape *shape, long number, int makes)
{
    char text[24][80];
    const char *words[24];
    int count = 0;

    snprintf(shape->file, sizeof shape->file, "%ld.rrd", number);
    shape->step = (const unsigned long[]) {1, 10, 60, 300}[next(4)];
    shape->sources = 1 + next(4);
    shape->at = 1000000000 + (time_t) next(100000);
    for (unsigned long source = 0; source < shape->sources; source++) {
        shape->level[source] = (double) next(1000);
        snprintf(text[count++], 80, "DS:s%lu:%s:%lu:%s:%s", source, kinds[next(6)],
                 shape->step * (1 + next(3)), next(3) ? "U" : "0", next(4) ? "U" : "100000");
    }
    if (next(3) == 0)
        snprintf(text[count++], 80, "DS:c:COMPUTE:s0,2,*,%lu,+", next(9));
    unsigned long archives = 1 + next(5);
    for (unsigned long archive = 0; archive < archives; archive++)
        snprintf(text[count++], 80, "RRA:%s:0.%lu:%lu:%lu", functions[next(4)], next(10),
                 archive ? 1 + next(12) : 1, 3 + next(40));
    if (next(5) == 0)
        snprintf(text[count++], 80, "RRA:%s:60:0.1:0.0035:%lu", next(2) ? "HWPREDICT" : "MHWPREDICT",
                 10 + next(50));
    for (int word = 0; word < count; word++)
        words[word] = text[word];
    if (next(20) == 0)
        words[next((unsigned long) count)] = "RRA:AVERAGE:2:1:1";
    if (makes)
        told(shape->file, rrd_create_r(shape->file, shape->step, shape->at, count, words));
}

/* A value that is none is not among these readings: RRDtool then keeps the texts of the data sources
 * before it, while a refused reading changes nothing here. */
static void update(struct shape *shape)
{
    char text[4][400];
    const char *words[4];
    int count = 1 + (int) next(4);

    for (int word = 0; word < count; word++) {
        unsigned long gap = next(40) ? next(2 * shape->step) : next(60 * shape->step);
        shape->at += next(30) ? (time_t) (gap + (next(9) > 0)) : -(time_t) next(5);
        size_t end = (size_t) snprintf(text[word], 400, "%ld", (long) shape->at);
        if (next(6) == 0)
            end += (size_t) snprintf(text[word] + end, 400 - end, ".%lu", next(1000));
        for (unsigned long source = 0; source < shape->sources; source++) {
            shape->level[source] += (double) next(500) - (next(8) ? 0 : 300);
            if (shape->level[source] < 0)
                shape->level[source] = 0;
            if (next(25) == 0)
                end += (size_t) snprintf(text[word] + end, 400 - end, ":U");
            else
                end += (size_t) snprintf(text[word] + end, 400 - end, ":%.0f", shape->level[source]);
        }
        if (next(50) == 0)
            snprintf(text[word] + end, 400 - end, ":1");
        words[word] = text[word];
    }
    int flags = next(4) ? 0 : RRD_SKIP_PAST_UPDATES;
    const char *names = next(12) ? NULL : next(2) ? "s0" : "nope";
    told("update", rrd_updatex_r(shape->file, names, flags, count, words));
    time_t last = rrd_last_r(shape->file);
    rrd_clear_error();
    if (last > shape->at)
        shape->at = last;
}

static void fetch(const struct shape *shape)
{
    time_t start = shape->at - (time_t) next(80 * shape->step), end = shape->at;
    unsigned long step = next(2) ? 1 : shape->step * next(13), sources;
    char **names;
    double *values;

    end += (time_t) next(3 * shape->step) - (time_t) shape->step;
    if (told("fetch", rrd_fetch_r(shape->file, functions[next(4)], &start, &end, &step, &sources,
                                  &names, &values)))
        return;
    printf("%ld %ld %lu:", (long) start, (long) end, step);
    unsigned long rows = (unsigned long) (end - start) / step;
    for (unsigned long value = 0; value < rows * sources; value++)
        printf(" %.17g", values[value]);
    putchar('\n');
    for (unsigned long source = 0; source < sources; source++)
        free(names[source]);
    free(names);
    free(values);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    int makes = strcmp(argv[1], "make") == 0;
    unsigned long long seed = strtoull(argv[2], NULL, 10);
    long count = atol(argv[3]);
    for (long number = 0; number < count; number++) {
        struct shape shape;
        state = seed * 1000003 + (unsigned long long) number;
        describe(&shape, number, makes);
        for (unsigned long turn = makes ? 0 : 20 + next(60); turn > 0; turn--) {
            update(&shape);
            if (next(10) == 0 && shape.at > 1000000000)
                fetch(&shape);
        }
    }
    return 0;
}
