/* Arguments that no program should pass: NULL, nothing, too much, not UTF-8. RRDtool's library does
 * not survive them. */

#include <math.h>
#include <rrd.h>
#include <stdlib.h>

extern int rrd_cf_conv(const char *name);
extern double rrd_strtod(const char *text, char **end);
extern unsigned int rrd_strtodbl(const char *text, char **end, double *value, const char *what);
extern unsigned long rrd_lcd(unsigned long *numbers);
extern int rrd_reduce_data(int function, unsigned long row_step, time_t *start, time_t *end,
                           unsigned long *step, unsigned long *sources, rrd_value_t **data);

static void told(const char *what, long result)
{
    printf("%s: %ld '%s'\n", what, result, rrd_get_error());
    rrd_clear_error();
}

static void numbers(void)
{
    unsigned long count = 77, step = 30, sources = 1, none = 0, huge = ~0UL;
    time_t start = 1000000000, end = 1000000060, before = 0;
    rrd_value_t values[6] = {1, 2, 3, 4, 5, 6}, *data = values, *missing = NULL;
    double value;

    told("strtod", (long) rrd_strtod(NULL, NULL));
    told("strtodbl", rrd_strtodbl(NULL, NULL, &value, "what"));
    told("strtodbl", rrd_strtodbl("1\xff", NULL, NULL, "wh\xff"));
    told("cf_conv", rrd_cf_conv(NULL));
    told("cf_conv", rrd_cf_conv("\xff"));
    told("lcd", (long) rrd_lcd(NULL));
    printf("%s\n", rrd_scaled_duration(NULL, 1, &count));
    printf("%s\n", rrd_scaled_duration("5m", 0, &count));
    printf("%s\n", rrd_scaled_duration("\xff", 1, NULL));
    printf("%d %lu\n", rrd_scaled_duration("5m", 1, NULL) == NULL, count);
    told("reduce", rrd_reduce_data(0, 10, NULL, NULL, NULL, NULL, NULL));
    told("reduce", rrd_reduce_data(10, 10, &start, &end, &step, &sources, &data));
    told("reduce", rrd_reduce_data(-1, 10, &start, &end, &step, &sources, &data));
    told("reduce", rrd_reduce_data(0, 0, &start, &end, &step, &sources, &data));
    told("reduce", rrd_reduce_data(0, 10, &start, &end, &step, &none, &data));
    told("reduce", rrd_reduce_data(0, 10, &start, &end, &step, &huge, &data));
    told("reduce", rrd_reduce_data(0, 10, &start, &before, &step, &sources, &data));
    told("reduce", rrd_reduce_data(0, 10, &start, &start, &step, &sources, &data));
    told("reduce", rrd_reduce_data(0, 10, &start, &end, &step, &sources, &missing));
    printf("%ld %ld %lu %g\n", (long) start, (long) end, step, values[0]);
    told("reduce", rrd_reduce_data(0, 10, &start, &end, &huge, &sources, &data));
    printf("%g\n", values[0]);
    rrd_freemem(NULL);
}

static void pointers(void)
{
    void **array = NULL;
    char **texts = NULL;
    size_t length = 0, room = 0;

    told("add_ptr", rrd_add_ptr(NULL, &length, NULL));
    told("add_ptr", rrd_add_ptr(&array, NULL, NULL));
    told("add_ptr_chunk", rrd_add_ptr_chunk(&array, &length, NULL, NULL, 1));
    told("add_ptr_chunk", rrd_add_ptr_chunk(&array, &length, NULL, &room, 0));
    told("add_ptr_chunk", rrd_add_ptr_chunk(&array, &length, NULL, &room, ~(size_t) 0));
    told("add_ptr_chunk", rrd_add_ptr_chunk(&array, &length, NULL, &room, ~(size_t) 0 / 8));
    rrd_free_ptrs(&array, &length);
    told("add_strdup", rrd_add_strdup(&texts, &length, NULL));
    told("add_strdup", rrd_add_strdup(NULL, &length, (char *) "x"));
    rrd_free_ptrs(NULL, &length);
    rrd_free_ptrs(&array, NULL);
    length = 5;
    rrd_free_ptrs(&array, &length);
    printf("%zu\n", length);
}

static void lists(void)
{
    rrd_infoval_t value;

    value.u_cnt = 9;
    rrd_info_t *list = rrd_info_push(NULL, NULL, RD_I_CNT, value);
    rrd_info_t *last = rrd_info_push(list, strdup("odd"), (rrd_info_type_t) 9, value);
    value.u_blo.size = 5;
    value.u_blo.ptr = NULL;
    last = rrd_info_push(last, strdup("blob"), RD_I_BLO, value);
    printf("%lu bytes\n", last->value.u_blo.size);
    value.u_str = NULL;
    told("push", rrd_info_push(last, NULL, RD_I_STR, value) != NULL);
    rrd_info_print(list);
    putchar('\n');
    rrd_info_free(list);
    told("info_r", rrd_info_r(NULL) != NULL);
    told("info", rrd_info(0, NULL) != NULL);
    told("info", rrd_info(-1, NULL) != NULL);
    told("info", rrd_info(5, NULL) != NULL);
}

static void files(const char *long_name)
{
    const char *words[] = {"name", NULL, "more"};

    told("dump_r", rrd_dump_r(NULL, NULL));
    told("dump_r", rrd_dump_r("a.rrd", (char *) ""));
    told("dump_r", rrd_dump_r("a.rrd", (char *) "."));
    told("dump_r", rrd_dump_r("a.rrd", (char *) "no/x.xml"));
    printf("%d", rrd_dump_r("a.rrd", (char *) long_name));
    printf(" %zu\n", strlen(rrd_get_error()));
    told("dump_r", rrd_dump_r("a.rrd", (char *) "a.rrd"));
    told("dump_cb_r", rrd_dump_cb_r("a.rrd", 1, NULL, NULL));
    told("dump", rrd_dump(0, NULL));
    told("dump", rrd_dump(3, (void *) words));
    told("restore", rrd_restore(3, (void *) words));
    told("restore", rrd_restore(0, NULL));
    told("tune", rrd_tune(3, (void *) words));
    told("tune_r", rrd_tune_r(NULL, 0, NULL));
    told("tune_r", rrd_tune_r("nope.rrd", 0, NULL));
    told("resize", rrd_resize(0, NULL));
    told("resize", rrd_resize(1, (void *) words));
    told("list", rrd_list(0, NULL) != NULL);
    told("list_r", rrd_list_r(0, NULL) != NULL);
    told("list_r", rrd_list_r(0, (char *) "--nope") != NULL);
    words[1] = "";
    told("info", rrd_info(2, (void *) words) != NULL);
    told("tune", rrd_tune(2, (void *) words));
    words[1] = long_name;
    printf("%d\n", rrd_info(2, (void *) words) == NULL && rrd_tune(2, (void *) words) == -1
                       && rrd_list(2, (void *) words) == NULL
                       && rrd_restore(3, (void *) words) == -1);
    printf("%zu\n", strlen(rrd_get_error()));
    rrd_clear_error();
    told("a database", (long) rrd_last_r("a.rrd"));
}

int main(void)
{
    const char *definitions[] = {"DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:3"};
    char *name = malloc(100001);

    memset(name, 'a', 100000);
    name[100000] = '\0';
    told("create", rrd_create_r("a.rrd", 10, 1000000000, 2, definitions));
    numbers();
    pointers();
    lists();
    files(name);
    free(name);
    return 0;
}
