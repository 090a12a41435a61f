/* Lists of keys and values: made, printed and freed by a program, and those of a file. */

#include <math.h>
#include <rrd.h>
#include <stdlib.h>

static void made(void)
{
    rrd_infoval_t value;
    unsigned char bytes[] = {'b', 'y', 't', 'e', '\n'};
    char text[] = "te\"xt\n\xc3\xa9";

    value.u_val = 1.5;
    rrd_info_t *list = rrd_info_push(NULL, strdup("number"), RD_I_VAL, value);
    value.u_val = NAN;
    rrd_info_t *last = rrd_info_push(list, strdup("unknown"), RD_I_VAL, value);
    value.u_val = -INFINITY;
    last = rrd_info_push(last, strdup("infinite"), RD_I_VAL, value);
    value.u_cnt = ~0UL;
    last = rrd_info_push(last, strdup("count"), RD_I_CNT, value);
    value.u_int = -7;
    last = rrd_info_push(last, strdup("integer"), RD_I_INT, value);
    value.u_str = text;
    last = rrd_info_push(last, strdup("text"), RD_I_STR, value);
    printf("text copied: %d\n", last->value.u_str != text);
    value.u_blo.size = sizeof bytes;
    value.u_blo.ptr = bytes;
    last = rrd_info_push(last, strdup("blob"), RD_I_BLO, value);
    printf("blob copied: %d, %lu bytes, the last %d\n", last->value.u_blo.ptr != bytes,
           last->value.u_blo.size, last->value.u_blo.ptr[4]);
    value.u_blo.size = 0;
    last = rrd_info_push(last, strdup("empty"), RD_I_BLO, value);
    printf("empty blob: %lu bytes at a place %d\n", last->value.u_blo.size,
           last->value.u_blo.ptr != NULL);
    rrd_info_print(list);
    rrd_info_free(list);
    rrd_info_print(NULL);
    rrd_info_free(NULL);
}

static void show(const rrd_info_t *node)
{
    for (; node; node = node->next) {
        /* The first row is random in RRDtool. */
        if (strstr(node->key, "cur_row"))
            continue;
        printf("  %s: %d ", node->key, (int) node->type);
        if (node->type == RD_I_VAL)
            printf("%g\n", node->value.u_val);
        else if (node->type == RD_I_CNT)
            printf("%lu\n", node->value.u_cnt);
        else
            printf("'%s'\n", node->value.u_str);
    }
}

static void told(const char *what, rrd_info_t *list)
{
    printf("%s: %d '%s'\n", what, list != NULL, rrd_get_error());
    rrd_clear_error();
    rrd_info_free(list);
}

int main(void)
{
    made();

    const char *definitions[] = {
        "DS:x:GAUGE:20:U:U",       "DS:y:COUNTER:20:0:1e9",     "DS:z:COMPUTE:x,y,+",
        "RRA:AVERAGE:0.5:1:50",    "RRA:MAX:0.25:6:10",         "RRA:HWPREDICT:50:0.1:0.0035:5",
        "RRA:MHWPREDICT:50:0.1:0.0035:5",
    };
    const char *readings[] = {"1000000010:1:10", "1000000020:2:U", "1000000030:3:20"};
    rrd_create_r("a.rrd", 10, 1000000000, 7, definitions);
    rrd_update_r("a.rrd", NULL, 3, readings);
    puts(rrd_get_error());

    rrd_info_t *by_name = rrd_info_r("a.rrd");
    show(by_name);
    rrd_info_free(by_name);
    const char *words[] = {"info", "a.rrd", "--noflush", NULL};
    rrd_info_t *by_words = rrd_info(3, (void *) words);
    puts("printed:");
    for (rrd_info_t *node = by_words; node; node = node->next)
        if (strstr(node->key, "cur_row"))
            node->value.u_cnt = 0;
    rrd_info_print(by_words);
    rrd_info_free(by_words);

    rename("a.rrd", "caf\xe9.rrd");
    by_name = rrd_info_r("caf\xe9.rrd");
    printf("raw name %d\n", by_name && strcmp(by_name->value.u_str, "caf\xe9.rrd") == 0);
    rrd_info_free(by_name);
    words[1] = "caf\xe9.rrd";
    by_words = rrd_info(2, (void *) words);
    printf("raw name %d\n", by_words && strcmp(by_words->value.u_str, "caf\xe9.rrd") == 0);
    rrd_info_free(by_words);

    told("no file", rrd_info_r("nope.rrd"));
    told("a folder", rrd_info_r("."));
    words[0] = "name";
    told("no word", rrd_info(1, (void *) words));
    words[1] = "--nope";
    told("unknown option", rrd_info(2, (void *) words));
    words[1] = "a";
    words[2] = "b";
    told("two files", rrd_info(3, (void *) words));
    return 0;
}
