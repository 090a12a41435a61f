/* New files: by words and by name, from templates and from other files. */

#include <rrd.h>
#include <stdlib.h>
#include <time.h>

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))
#define GAUGE "DS:x:GAUGE:20:U:U"
#define HUNDRED "RRA:AVERAGE:0.5:1:100"

static void told(const char *what, int result)
{
    printf("%s: %d '%s'\n", what, result, rrd_get_error());
    rrd_clear_error();
}

/* The beginning and the definitions of a file. */
static void show(const char *file)
{
    rrd_info_t *list = rrd_info_r(file);
    long now = time(NULL);

    for (const rrd_info_t *node = list; node; node = node->next) {
        long count = node->type == RD_I_CNT ? (long) node->value.u_cnt : 0;
        if (strcmp(node->key, "last_update") == 0)
            printf("  %ld", count >= now - 300 && count <= now - 10 ? 10 : count);
        else if (strcmp(node->key, "step") == 0 || strstr(node->key, ".rows"))
            printf("  %s=%ld", node->key, count);
        else if (strstr(node->key, ".type"))
            printf("  %s=%s", node->key, node->value.u_str);
    }
    putchar('\n');
    rrd_info_free(list);
}

#define BY_WORDS(...) \
    do { \
        const char *words[] = {__VA_ARGS__}; \
        told("create", rrd_create(COUNT(words), words)); \
    } while (0)

#define BY_NAME(file, step, start, ...) \
    do { \
        const char *definitions[] = {__VA_ARGS__}; \
        told("create_r", rrd_create_r(file, step, start, COUNT(definitions), definitions)); \
    } while (0)

#define FROM(file, step, start, keep, sources, template, ...) \
    do { \
        const char *definitions[] = {__VA_ARGS__}; \
        told("create_r2", rrd_create_r2(file, step, start, keep, sources, template, \
                                        COUNT(definitions), definitions)); \
    } while (0)

static void by_name(void)
{
    BY_NAME("a.rrd", 10, 1000000000, GAUGE, HUNDRED);
    show("a.rrd");
    BY_NAME("a.rrd", 20, 1000, GAUGE, HUNDRED);
    show("a.rrd");
    BY_NAME("a.rrd", 0, -1, GAUGE, HUNDRED);
    show("a.rrd");
    BY_NAME("a.rrd", 10, 0, GAUGE, HUNDRED);
    show("a.rrd");
    BY_NAME("a.rrd", 10, -2000000000, GAUGE, HUNDRED);
    show("a.rrd");
    told("create_r", rrd_create_r("b.rrd", 10, 1000000000, 0, NULL));
    BY_NAME("b.rrd", 10, 1000000000, GAUGE);
    BY_NAME("b.rrd", 10, 1000000000, HUNDRED);
    BY_NAME("b.rrd", 10, 1000000000, GAUGE, HUNDRED, "--step");
    BY_NAME("b.rrd", 10, 1000000000, "DS:x:NOPE:20:U:U", HUNDRED);
    BY_NAME("nope/b.rrd", 10, 1000000000, GAUGE, HUNDRED);
}

static void from_files(void)
{
    const char *readings[] = {"1000000020:1", "1000000040:2", "1000000060:3"};
    const char *sources[] = {"a.rrd", NULL}, *none[] = {NULL};
    time_t start = 1000000000, end = 1000000050;
    unsigned long step = 1, count;
    char **names;
    double *values;

    FROM("a.rrd", 20, 1000000000, 0, NULL, NULL, GAUGE, HUNDRED);
    FROM("a.rrd", 20, 1000000000, 1, NULL, NULL, GAUGE, HUNDRED);
    told("update_r", rrd_update_r("a.rrd", NULL, 3, readings));
    FROM("b.rrd", 10, 1000000060, 0, sources, NULL, GAUGE, HUNDRED);
    show("b.rrd");
    told("fetch_r", rrd_fetch_r("b.rrd", "AVERAGE", &start, &end, &step, &count, &names, &values));
    for (int row = 0; row < 6; row++)
        printf(" %g", values[row]);
    putchar('\n');
    free(names[0]);
    free(names);
    free(values);
    FROM("b.rrd", 0, -1, 0, sources, NULL, GAUGE, HUNDRED);
    show("b.rrd");
    FROM("b.rrd", 10, 1000000060, 0, none, NULL, GAUGE, HUNDRED);
    show("b.rrd");
    told("template", rrd_create_r2("c.rrd", 0, -1, 0, NULL, "a.rrd", 0, NULL));
    show("c.rrd");
    told("template", rrd_create_r2("c.rrd", 7, 1000000100, 0, NULL, "a.rrd", 0, NULL));
    show("c.rrd");
    FROM("c.rrd", 0, -1, 0, NULL, "a.rrd", "DS:y:COUNTER:20:U:U", "RRA:MAX:0.5:6:9");
    show("c.rrd");
    told("template", rrd_create_r2("d.rrd", 0, -1, 0, NULL, "nope.rrd", 0, NULL));
}

static void by_words(void)
{
    BY_WORDS("x");
    BY_WORDS("x", "d.rrd");
    BY_WORDS("x", "d.rrd", "-b", "1000", GAUGE, HUNDRED);
    BY_WORDS("x", "d.rrd", GAUGE, GAUGE, HUNDRED);
    BY_WORDS("x", "d.rrd", "-t", "a.rrd", "-t", "a.rrd");
    BY_WORDS("x", "d.rrd", "-s", "0", GAUGE, HUNDRED);
    BY_WORDS("x", "a.rrd", "-O", GAUGE, HUNDRED);
    BY_WORDS("x", "d.rrd", "--nope");
    BY_WORDS("x", "d.rrd", "-d", "unix:nope", GAUGE, "DS:z:COMPUTE:x,2,*", HUNDRED);
    show("d.rrd");
}

int main(void)
{
    by_name();
    rrd_set_error("an older error");
    BY_NAME("a.rrd", 10, 1000000000, GAUGE, HUNDRED);
    rrd_set_error("an older error");
    BY_WORDS("x", "a.rrd", GAUGE, HUNDRED);
    from_files();
    by_words();
    return 0;
}
