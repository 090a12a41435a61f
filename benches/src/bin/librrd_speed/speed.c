/* speed WORK COUNT: does the work so many times and prints the nanoseconds that took.
 *
 * It runs with whatever librrd.so.8 the dynamic linker finds, in the present folder, which keeps
 * the files. */

#include <rrd.h>
#include <stdlib.h>

enum { START = 1700000000, STEP = 60, ROWS = 1440 };

static void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, rrd_get_error());
    exit(1);
}

static void create(const char *file)
{
    const char *definitions[] = {"DS:in:COUNTER:120:0:U",   "DS:out:COUNTER:120:0:U",
                                 "RRA:AVERAGE:0.5:1:2880",  "RRA:AVERAGE:0.5:30:1440",
                                 "RRA:AVERAGE:0.5:120:800", "RRA:MAX:0.5:30:1440"};
    if (rrd_create_r(file, STEP, START, 6, definitions))
        fail("create");
}

/* A file that was not there. */
static void create_another(long turn)
{
    char file[32];
    snprintf(file, sizeof file, "new-%ld.rrd", turn);
    create(file);
}

static void update(const char *file, long turn)
{
    char reading[64];
    const char *words[] = {reading};
    long wave = turn % 120 < 60 ? turn % 60 : 60 - turn % 60;
    snprintf(reading, sizeof reading, "%ld:%ld:%ld", START + STEP * (turn + 1),
             turn * 6000 + wave * 7, turn * 9000 + wave * 11);
    if (rrd_update_r(file, NULL, 1, words))
        fail("update");
}

static void fetch(const char *file)
{
    time_t start = START, end = START + ROWS * STEP;
    unsigned long step = STEP, sources;
    char **names;
    rrd_value_t *data;
    if (rrd_fetch_r(file, "AVERAGE", &start, &end, &step, &sources, &names, &data))
        fail("fetch");
    for (unsigned long i = 0; i < sources; i++)
        free(names[i]);
    free(names);
    free(data);
}

static void draw(void)
{
    char start[32], end[32];
    snprintf(start, sizeof start, "%d", START);
    snprintf(end, sizeof end, "%d", START + ROWS * STEP);
    char *words[] = {"graph", "a.png", "--start", start, "--end", end, "--width", "800",
                     "--height", "300", "--title", "Traffic", "--vertical-label", "bits/s",
                     "DEF:in=a.rrd:in:AVERAGE", "DEF:out=a.rrd:out:AVERAGE", "CDEF:bits=in,8,*",
                     "CDEF:obits=out,8,*", "AREA:bits#00cc00:In", "GPRINT:bits:AVERAGE:%6.2lf %s",
                     "GPRINT:bits:MAX:%6.2lf %s\\l", "LINE1:obits#0000ff:Out",
                     "GPRINT:obits:AVERAGE:%6.2lf %s", "GPRINT:obits:MAX:%6.2lf %s\\l", NULL};
    int width, height;
    double least, most;
    char **printed;
    int count = (int) (sizeof words / sizeof *words) - 1;
    if (rrd_graph(count, words, &printed, &width, &height, NULL, &least, &most))
        fail("graph");
}

int main(int argc, char **argv)
{
    struct timespec before, after;
    if (argc != 3)
        return 2;
    const char *work = argv[1];
    long count = atol(argv[2]);

    /* What the work finds there, and a first call, which may be slower than the others. */
    create("a.rrd");
    for (long i = 0; i < ROWS; i++)
        update("a.rrd", i);
    if (!strcmp(work, "fetch"))
        fetch("a.rrd");
    if (!strcmp(work, "draw"))
        draw();

    clock_gettime(CLOCK_MONOTONIC, &before);
    for (long i = 0; i < count; i++) {
        if (!strcmp(work, "create"))
            create_another(i);
        else if (!strcmp(work, "replace"))
            create("a.rrd");
        else if (!strcmp(work, "update"))
            update("a.rrd", ROWS + i);
        else if (!strcmp(work, "fetch"))
            fetch("a.rrd");
        else if (!strcmp(work, "draw"))
            draw();
        else
            return 2;
    }
    clock_gettime(CLOCK_MONOTONIC, &after);
    printf("%ld\n", (after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec - before.tv_nsec);
    return 0;
}
