/* Charts: what they give, in which order, and what is left alone if one fails. */

#include <rrd.h>
#include <stdlib.h>

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))
#define HOUR "--start", "1000000000", "--end", "1000000060"
#define LOAD "DEF:x=load.rrd:x:AVERAGE"

static char *untouched[] = {NULL};

static void draw(FILE *stream, int count, const char **words)
{
    char **prints = untouched;
    int width = -7, height = -7;
    double lowest = -7, highest = -7;

    int result = rrd_graph(count, words, &prints, &width, &height, stream, &lowest, &highest);
    printf("%d '%s' %dx%d %g %g%s\n", result, rrd_get_error(), width, height, lowest, highest,
           prints == untouched ? ", prints untouched" : "");
    rrd_clear_error();
    if (!prints || prints == untouched)
        return;
    for (int place = 0; prints[place]; place++) {
        printf("  %s\n", prints[place]);
        free(prints[place]);
    }
    free(prints);
}

static void list(int count, const char **words)
{
    rrd_info_t *facts = rrd_graph_v(count, words);

    printf("%s '%s'\n", facts ? "list" : "NULL", rrd_get_error());
    rrd_clear_error();
    for (rrd_info_t *fact = facts; fact; fact = fact->next) {
        printf("  %s ", fact->key);
        switch (fact->type) {
        case RD_I_VAL: printf("%g\n", fact->value.u_val); break;
        case RD_I_CNT: printf("%lu\n", fact->value.u_cnt); break;
        case RD_I_STR: printf("\"%s\"\n", fact->value.u_str); break;
        case RD_I_INT: printf("integer %d\n", fact->value.u_int); break;
        case RD_I_BLO:
            printf("bytes %.4s\n", (char *) fact->value.u_blo.ptr + (fact->value.u_blo.ptr[0] > 127));
            break;
        }
    }
    rrd_info_free(facts);
}

#define CHART(...) \
    do { \
        const char *words[] = {__VA_ARGS__}; \
        printf("# %s\n", #__VA_ARGS__); \
        draw(NULL, COUNT(words), words); \
        list(COUNT(words), words); \
    } while (0)

static void make(void)
{
    const char *create[] = {"create", "load.rrd", "--start", "1000000000", "--step", "10",
                            "DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:100"};
    const char *update[] = {"update", "load.rrd", "1000000010:1", "1000000020:2", "1000000030:3",
                            "1000000040:4", "1000000050:5", "1000000060:6"};

    printf("%d\n", rrd_create(COUNT(create), create));
    printf("%d\n", rrd_update(COUNT(update), update));
}

static void pictures(void)
{
    CHART("graph", "g.png", HOUR, LOAD, "PRINT:x:MAX:%lf");
    CHART("graph", "g.png", HOUR, LOAD, "LINE1:x#f00", "PRINT:x:MAX:%lf");
    CHART("graph", "g.png", HOUR, LOAD, "LINE1:x#f00");
    CHART("graph", "g.png", HOUR, "--imginfo", "<%s %lu %lu>", LOAD, "LINE1:x#f00", "PRINT:x:MAX:%lf");
    CHART("graph", "g.png", HOUR, "--imginfo", "<%s %lu %lu>", LOAD, "PRINT:x:MAX:%lf");
    CHART("graph", "g.png", HOUR, "--lazy", LOAD, "LINE1:x#f00", "PRINT:x:MIN:%lf");
    CHART("graph", "g.png", HOUR, LOAD, "LINE1:x#f00:a", "VDEF:m=x,MAXIMUM", "PRINT:m:%.2lf%s",
          "PRINT:m:%H\\:%M:strftime", "GPRINT:m:%.0lf");
    CHART("graph", "g.png", HOUR, "HRULE:5#f00");
    CHART("graph", "g.png", HOUR, "--only-graph", "--full-size-mode", "--width", "200", "--height",
          "100", LOAD, "LINE1:x#f00:a");
}

static void tables(void)
{
    CHART("graph", "g.csv", HOUR, "--imgformat", "CSV", LOAD, "LINE1:x#f00:a", "PRINT:x:MIN:%lf");
    CHART("graph", "g.xml", HOUR, "--imgformat", "XML", LOAD, "LINE1:x#f00:a");
    /* Without a stream, a picture goes where printf writes, in its order. */
    CHART("graph", "-", HOUR, "--imgformat", "CSV", LOAD, "LINE1:x#f00:a", "PRINT:x:MIN:%lf");
}

static void failures(void)
{
    CHART("graph");
    CHART("graph", "g.png");
    CHART("graph", "g.png", HOUR, "COMMENT:hello");
    CHART("graph", "/no/such/g.png", HOUR, LOAD, "LINE1:x#f00:a", "PRINT:x:MIN:%lf");
    CHART("graph", "g.png", HOUR, "--nope", LOAD, "LINE1:x#f00:a");
    CHART("graph", "g.png", HOUR, "DEF:x=nope.rrd:x:AVERAGE", "LINE1:x#f00:a");
    CHART("graph", "g.png", HOUR, "DEF:x=load.rrd:y:AVERAGE", "LINE1:x#f00:a");
    CHART("graph", "g.png", HOUR, LOAD, "LINE1:y#f00:a");
    CHART("graph", "g.png", HOUR, "--width", "5", LOAD, "LINE1:x#f00:a");
    CHART("graph", "g.png", "--start", "1000000060", "--end", "1000000000", LOAD, "LINE1:x#f00:a");
    CHART("graph", "g.png", HOUR, "--daemon", "unix:/no/such", LOAD, "LINE1:x#f00", "PRINT:x:MAX:%lf");
}

static void draw_to(FILE *stream, const char *file)
{
    const char *words[] = {"graph", file, HOUR, LOAD, "LINE1:x#f00:a", "PRINT:x:MIN:%lf"};

    draw(stream, COUNT(words), words);
}

static void streams(void)
{
    char first[5] = "";
    FILE *stream = fopen("stream.png", "w+");

    puts("# a stream");
    draw_to(stream, "-");
    rewind(stream);
    printf("%zu %s\n", fread(first, 1, 4, stream), first + 1);
    fclose(stream);

    puts("# a stream, and a file");
    stream = fopen("stream.png", "w+");
    draw_to(stream, "file.png");
    printf("%ld %d\n", ftell(stream), access("file.png", F_OK));
    fclose(stream);

    puts("# a stream that is only read");
    stream = fopen("load.rrd", "r");
    draw_to(stream, "-");
    fclose(stream);
}

int main(void)
{
    make();
    pictures();
    tables();
    failures();
    streams();
    return 0;
}
