/* Charts in threads, with small stacks, and in a process that forked: the same bytes everywhere. */

#include <pthread.h>
#include <rrd.h>
#include <stdlib.h>
#include <sys/wait.h>

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))

enum { KINDS = 4, THREADS = 8, TURNS = 5 };

struct picture {
    unsigned long size;
    unsigned char *bytes;
};

static struct picture expected[KINDS];

static struct picture draw(int kind)
{
    static const char *const widths[KINDS] = {"400", "200", "800", "400"};
    static const char *const formats[KINDS] = {"PNG", "PNG", "PNG", "SVG"};
    const char *words[] = {
        "graph", "-", "--start", "1000000000", "--end", "1000086400", "--width", widths[kind],
        "--imgformat", formats[kind], "--title", "Load \xc3\xbc", "--vertical-label", "processes",
        "DEF:x=load.rrd:x:AVERAGE", "CDEF:y=x,2,*,x,3,/,+", "VDEF:m=y,MAXIMUM", "AREA:x#0c0:load",
        "LINE2:y#00f:more\\l", "GPRINT:m:%6.2lf %s", "GPRINT:x:AVERAGE:%6.2lf %s\\l",
        "HRULE:4#f00", "COMMENT:a comment\\c"};
    struct picture picture = {0, NULL};
    rrd_info_t *facts = rrd_graph_v(COUNT(words), words);

    for (rrd_info_t *fact = facts; fact; fact = fact->next)
        if (fact->type == RD_I_BLO) {
            picture.size = fact->value.u_blo.size;
            picture.bytes = malloc(picture.size);
            memcpy(picture.bytes, fact->value.u_blo.ptr, picture.size);
        }
    rrd_info_free(facts);
    return picture;
}

static int is_expected(int kind)
{
    struct picture picture = draw(kind);
    int same = picture.size > 0 && picture.size == expected[kind].size
        && !memcmp(picture.bytes, expected[kind].bytes, picture.size);

    free(picture.bytes);
    return same;
}

static void *turns(void *argument)
{
    long wrong = 0;

    for (int turn = 0; turn < TURNS; turn++)
        wrong += !is_expected((int) ((long) argument + turn) % KINDS);
    return (void *) wrong;
}

static long wrong_in_threads(int count, size_t stack)
{
    pthread_t threads[THREADS];
    pthread_attr_t attributes;
    long wrong = 0;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack);
    for (long place = 0; place < count; place++)
        pthread_create(&threads[place], &attributes, turns, (void *) place);
    for (int place = 0; place < count; place++) {
        void *result;
        pthread_join(threads[place], &result);
        wrong += (long) result;
    }
    pthread_attr_destroy(&attributes);
    return wrong;
}

int main(void)
{
    const char *create[] = {"create", "load.rrd", "--start", "1000000000", "--step", "300",
                            "DS:x:GAUGE:600:U:U", "RRA:AVERAGE:0.5:1:300"};
    char reading[40];
    const char *update[] = {"update", "load.rrd", reading};
    int wrong;

    if (rrd_create(COUNT(create), create))
        return 1;
    for (int row = 1; row <= 288; row++) {
        snprintf(reading, sizeof reading, "%d:%d", 1000000000 + 300 * row, row * row % 97);
        if (rrd_update(COUNT(update), update))
            return 1;
    }
    for (int kind = 0; kind < KINDS; kind++)
        expected[kind] = draw(kind);
    printf("again: %ld\n", (long) turns(0));
    printf("8 threads: %ld\n", wrong_in_threads(THREADS, 1 << 20));
    printf("stack of 512 KiB: %ld\n", wrong_in_threads(1, 512 << 10));
    printf("stack of 128 KiB: %ld\n", wrong_in_threads(1, 128 << 10));
    fflush(stdout);
    if (fork() == 0)
        _exit((int) (long) turns(0));
    wait(&wrong);
    printf("forked: %d\n", wrong);
    for (int kind = 0; kind < KINDS; kind++)
        free(expected[kind].bytes);
    printf("'%s'\n", rrd_get_error());
    return 0;
}
