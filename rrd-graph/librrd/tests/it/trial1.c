/* The life of a file and the small functions: what each returns, its error, and what it hands
 * out, which is freed as programs do. */

#include <errno.h>
#include <getopt.h>
#include <rrd.h>
#include <rrd_client.h>
#include <stdlib.h>

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))

static void result(const char *call, long value)
{
    printf("%s -> %ld, test=%d, error='%s'\n", call, value, rrd_test_error() != 0,
           rrd_get_error());
    rrd_clear_error();
}

/* Whether a value is random, or of the layout of a picture. */
static int varies(const char *key)
{
    static const char *const varying[] = {"cur_row",     "graph_left",   "graph_top",
                                          "image_width", "image_height", "coords[0]"};
    for (int i = 0; i < COUNT(varying); i++)
        if (strstr(key, varying[i]))
            return 1;
    return 0;
}

static void print_list(const char *call, rrd_info_t *list)
{
    result(call, list != NULL);
    for (rrd_info_t *node = list; node; node = node->next) {
        printf("  %s type=%d ", node->key, node->type);
        if (varies(node->key)) {
            puts("...");
            continue;
        }
        switch (node->type) {
        case RD_I_VAL:
            printf("%g\n", node->value.u_val);
            break;
        case RD_I_CNT:
            printf("%lu\n", node->value.u_cnt);
            break;
        case RD_I_STR:
            printf("'%s'\n", node->value.u_str);
            break;
        case RD_I_INT:
            printf("%d\n", node->value.u_int);
            break;
        case RD_I_BLO:
            printf("blob, begins %02x %.3s\n", node->value.u_blo.ptr[0],
                   (const char *) node->value.u_blo.ptr + 1);
            break;
        }
    }
    rrd_info_free(list);
}

static void free_texts(char **texts, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++)
        rrd_freemem(texts[i]);
    rrd_freemem(texts);
}

static void create_and_update(void)
{
    char *create[] = {"create", "a.rrd", "--start", "1000000000", "--step", "10",
                      "DS:x:GAUGE:20:U:U", "DS:y:COUNTER:20:0:U", "RRA:AVERAGE:0.5:1:100",
                      "RRA:MAX:0.5:6:100", NULL};
    optind = 5;
    opterr = 1;
    result("create", rrd_create(COUNT(create) - 1, create));
    printf("optind %d opterr %d\n", optind, opterr);

    char *update[] = {"anything", "a.rrd", "1000000010:1:10", "1000000020:2:20", NULL};
    optind = 0;
    opterr = 0;
    result("update", rrd_update(4, update));
    printf("optind %d\n", optind);
    char *same[] = {"update", "a.rrd", "1000000020:2:20", NULL};
    result("update same", rrd_update(3, same));

    const char *two[] = {"1000000030:3:30", "1000000040:4:40"};
    result("update_r", rrd_update_r("a.rrd", NULL, 2, two));
    const char *only_x[] = {"1000000050:5"};
    result("update_r template", rrd_update_r("a.rrd", "x", 1, only_x));
    const char *past[] = {"1000000050:5:5", "1000000060:5"};
    result("updatex_r skip past", rrd_updatex_r("a.rrd", NULL, RRD_SKIP_PAST_UPDATES, 2, past));
    result("updatex_r only past", rrd_updatex_r("a.rrd", NULL, RRD_SKIP_PAST_UPDATES, 1, past));
    result("updatex_r no skip", rrd_updatex_r("a.rrd", NULL, 0, 1, past));

    char *updatev[] = {"updatev", "a.rrd", "1000000060:6:60", NULL};
    print_list("update_v", rrd_update_v(3, updatev));
    char *again[] = {"updatev", "a.rrd", "1000000060:6:60", NULL};
    print_list("update_v refused", rrd_update_v(3, again));
}

static void fetch(void)
{
    char *words[] = {"fetch", "a.rrd", "AVERAGE", "--start", "1000000000", "--end", "1000000050",
                     NULL};
    time_t start = 0, end = 0;
    unsigned long step = 0, sources = 0;
    char **names = NULL;
    rrd_value_t *data = NULL;
    result("fetch", rrd_fetch(7, words, &start, &end, &step, &sources, &names, &data));
    printf(" start=%ld end=%ld step=%lu sources=%lu names=%s,%s\n", start, end, step, sources,
           names[0], names[1]);
    for (unsigned long row = 0; row < (unsigned long) (end - start) / step; row++)
        printf("  row %lu: %g %g\n", row, data[row * sources], data[row * sources + 1]);
    free_texts(names, sources);
    rrd_freemem(data);

    for (int i = 0; i < 2; i++) {
        start = 1000000000;
        end = 1000000050;
        step = i ? 60 : 0;
        const char *function = i ? "MAX" : "AVERAGE";
        int failed = rrd_fetch_r("a.rrd", function, &start, &end, &step, &sources, &names, &data);
        result(i ? "fetch_r" : "fetch_r step 0", failed);
        printf(" start=%ld end=%ld step=%lu\n", start, end, step);
        free_texts(names, sources);
        rrd_freemem(data);
    }
    int failed = rrd_fetch_r("a.rrd", "NOPE", &start, &end, &step, &sources, &names, &data);
    result("fetch_r of no function", failed);
    failed = rrd_fetch_r("nope.rrd", "MAX", &start, &end, &step, &sources, &names, &data);
    result("fetch_r of no file", failed);
}

static void look(void)
{
    char *last[] = {"last", "a.rrd", NULL};
    result("last", rrd_last(2, last));
    result("last_r", rrd_last_r("a.rrd"));
    result("last_r of no file", rrd_last_r("nope"));

    char *first[] = {"first", "a.rrd", "--rraindex", "1", NULL};
    result("first", rrd_first(4, first));
    result("first_r 0", rrd_first_r("a.rrd", 0));
    result("first_r 9", rrd_first_r("a.rrd", 9));
    result("first_r -1", rrd_first_r("a.rrd", -1));

    time_t time;
    unsigned long count;
    char **names, **readings;
    result("lastupdate_r", rrd_lastupdate_r("a.rrd", &time, &count, &names, &readings));
    printf(" %ld %lu %s=%s %s=%s\n", time, count, names[0], readings[0], names[1], readings[1]);
    free_texts(names, count);
    free_texts(readings, count);

    char *info[] = {"info", "a.rrd", NULL};
    print_list("info", rrd_info(2, info));
    print_list("info_r of no file", rrd_info_r("nope.rrd"));
}

static void graph(char *file, char *line, int prints)
{
    char *words[] = {"graph", file, "--start", "1000000000", "--end", "1000000060",
                     "DEF:x=a.rrd:x:AVERAGE", line, "PRINT:x:MAX:%lf", "PRINT:x:MIN:min %5.2lf",
                     NULL};
    char *untouched = "untouched", **printed = &untouched;
    int width = 0, height = 0, count = prints ? 10 : 8;
    double least = 0, most = 0;
    int failed = rrd_graph(count, words, &printed, &width, &height, NULL, &least, &most);
    result("graph", failed);
    printf(" %d %d least %g most %g\n", width > 400, height > 100, least, most);
    if (printed == &untouched) {
        puts(" untouched");
    } else if (printed) {
        for (int i = 0; printed[i]; i++) {
            printf(" print '%s'\n", printed[i]);
            rrd_freemem(printed[i]);
        }
        rrd_freemem(printed);
    } else {
        puts(" no prints");
    }
}

static void graph_v(char *file)
{
    char *words[] = {"graphv", file, "--start", "1000000000", "--end", "1000000060",
                     "DEF:x=a.rrd:x:AVERAGE", "LINE1:x#ff0000:hello", "PRINT:x:MAX:%lf",
                     "PRINT:x:MIN:min %5.2lf", NULL};
    print_list("graph_v", rrd_graph_v(COUNT(words) - 1, words));
}

static void xport(void)
{
    char *words[] = {"xport", "--start", "1000000000", "--end", "1000000060",
                     "DEF:x=a.rrd:x:AVERAGE", "XPORT:x:lx", NULL};
    int size = 0;
    time_t start, end;
    unsigned long step, columns;
    char **legends;
    rrd_value_t *data;
    int failed = rrd_xport(7, words, &size, &start, &end, &step, &columns, &legends, &data);
    result("xport", failed);
    printf(" size %d start %ld end %ld step %lu columns %lu legend '%s' values %g %g %g\n", size,
           start, end, step, columns, legends[0], data[0], data[1], data[2]);
    free_texts(legends, columns);
    rrd_freemem(data);
}

static void dump_and_change(void)
{
    char *dump[] = {"dump", "a.rrd", "a.xml", NULL};
    result("dump", rrd_dump(3, dump));
    result("dump_r", rrd_dump_r("a.rrd", "b.xml"));
    result("dump_opt_r", rrd_dump_opt_r("a.rrd", "c.xml", 1));
    result("dump_r of no file", rrd_dump_r("nope", "d.xml"));

    char *restore[] = {"restore", "a.xml", "r.rrd", NULL};
    result("restore", rrd_restore(3, restore));
    char *from_nothing[] = {"restore", "nope.xml", "r.rrd", NULL};
    result("restore from no file", rrd_restore(3, from_nothing));
    char *exists[] = {"restore", "a.xml", "r.rrd", NULL};
    result("restore to a file", rrd_restore(3, exists));

    char *tune[] = {"tune", "a.rrd", "--heartbeat", "x:99", NULL};
    result("tune", rrd_tune(4, tune));
    char *resize[] = {"resize", "a.rrd", "0", "GROW", "10", NULL};
    result("resize", rrd_resize(5, resize));
    print_list("info of a resized file", rrd_info_r("resize.rrd"));

    rrd_mkdir_p("list", 0755);
    rrd_dump_r("a.rrd", "list/a.xml");
    char *create[] = {"create", "list/b.rrd", "DS:x:GAUGE:20:U:U", "RRA:MAX:0.5:6:100", NULL};
    result("create", rrd_create(4, create));
    char *words[] = {"list", "list", NULL};
    char *list = rrd_list(2, words);
    result("list", list != NULL);
    printf(" '%s'\n", list);
    rrd_freemem(list);
}

static void times(void)
{
    rrd_time_value_t from, to;
    time_t start, end;
    char *wrong = rrd_parsetime("end-1h", &from);
    printf("end-1h: %s type %d offset %ld\n", wrong ? wrong : "NULL", from.type, from.offset);
    wrong = rrd_parsetime("1000000000", &to);
    printf("1000000000: %s type %d offset %ld\n", wrong ? wrong : "NULL", to.type, to.offset);
    result("proc_start_end", rrd_proc_start_end(&from, &to, &start, &end));
    printf(" %ld %ld\n", start, end);
    printf("rubbish: '%s'\n", rrd_parsetime("rubbish", &from));
    result("parsetime", 0);

    const struct {
        const char *text;
        unsigned long divisor;
    } durations[] = {{"5m", 1}, {"5m", 10}, {"7s", 10}, {"0", 1}, {"3x", 1}};
    for (int i = 0; i < COUNT(durations); i++) {
        unsigned long value = 0;
        const char *told = rrd_scaled_duration(durations[i].text, durations[i].divisor, &value);
        printf("%s / %lu: %s %lu\n", durations[i].text, durations[i].divisor,
               told ? told : "NULL", value);
    }
}

static void small_functions(void)
{
    printf("strerror '%s'\n", rrd_strerror(ENOENT));
    rrd_set_error("of the context");
    printf("'%s'\n", rrd_get_context()->rrd_error);
    rrd_clear_error();
    rrd_context_t *context = rrd_new_context();
    printf("new context '%s' '%s'\n", context->lib_errstr, context->rrd_error);
    rrd_free_context(context);

    char **texts = NULL;
    size_t count = 0;
    int first = rrd_add_strdup(&texts, &count, "abc");
    int second = rrd_add_strdup(&texts, &count, "def");
    printf("add_strdup %d %d count %zu '%s' '%s'\n", first, second, count, texts[0], texts[1]);
    rrd_free_ptrs((void ***) &texts, &count);
    printf("free_ptrs %d %zu\n", texts == NULL, count);
    printf("mkdir_p %d\n", rrd_mkdir_p("mk/a/b", 0755));

    rrd_infoval_t value;
    value.u_cnt = 5;
    rrd_info_t *list = rrd_info_push(NULL, strdup("k1"), RD_I_CNT, value);
    value.u_str = "text";
    rrd_info_t *pushed = rrd_info_push(list, strdup("k2"), RD_I_STR, value);
    printf("push returns %s\n", pushed == list->next ? "the new node" : "another");
    value.u_val = 0.25;
    rrd_info_push(pushed, strdup("k3"), RD_I_VAL, value);
    rrd_info_print(list);
    rrd_info_free(list);
}

static void without_a_daemon(void)
{
    char *words[] = {"flushcached", "--daemon", "unix:./nope.sock", "a.rrd", NULL};
    result("flushcached", rrd_flushcached(4, words));
    result("rrdc_connect", rrdc_connect("unix:./nope.sock"));
    printf("connected %d, any %d\n", rrdc_is_connected("unix:./nope.sock"),
           rrdc_is_any_connected());
    result("rrdc_flush_if_daemon", rrdc_flush_if_daemon(NULL, "a.rrd"));
    result("rrdc_disconnect", rrdc_disconnect());
}

int main(void)
{
    printf("at first '%s' %d\n", rrd_get_error(), rrd_test_error());
    create_and_update();
    fetch();
    look();
    graph("g.png", "LINE1:x#ff0000:hello", 1);
    graph("g.png", "LINE1:x#ff0000:hello", 0);
    graph("g.png", "LINE1:nope#ff0000", 1);
    graph_v("g.png");
    graph_v("-");
    xport();
    dump_and_change();
    times();
    small_functions();
    without_a_daemon();
    return 0;
}
