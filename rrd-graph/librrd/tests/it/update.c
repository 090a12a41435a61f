/* Updates: by words and by name, what is refused, and the values of completed rows. */

#include <rrd.h>
#include <stdlib.h>

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))

static void told(const char *what, int result)
{
    printf("%s: %d '%s'\n", what, result, rrd_get_error());
    rrd_clear_error();
}

static void show(const char *what, const rrd_info_t *list)
{
    told(what, list != NULL);
    for (; list; list = list->next) {
        if (list->type == RD_I_INT)
            printf("  %s = %d\n", list->key, list->value.u_int);
        else
            printf("  %s = %g\n", list->key, list->value.u_val);
    }
}

#define BY_WORDS(...) \
    do { \
        const char *words[] = {__VA_ARGS__}; \
        told("update", rrd_update(COUNT(words), words)); \
    } while (0)

#define VERBOSELY(...) \
    do { \
        const char *words[] = {__VA_ARGS__}; \
        rrd_info_t *list = rrd_update_v(COUNT(words), words); \
        show("update_v", list); \
        rrd_info_free(list); \
    } while (0)

#define READINGS(file, names, ...) \
    do { \
        const char *readings[] = {__VA_ARGS__}; \
        told("update_r", rrd_update_r(file, names, COUNT(readings), readings)); \
    } while (0)

#define WITH_FLAGS(flags, ...) \
    do { \
        const char *readings[] = {__VA_ARGS__}; \
        told("updatex_r", rrd_updatex_r("a.rrd", NULL, flags, COUNT(readings), readings)); \
    } while (0)

static void by_words(void)
{
    BY_WORDS("x");
    BY_WORDS("x", "a.rrd");
    BY_WORDS("x", "--nope", "a.rrd", "1000000010:1:2");
    BY_WORDS("x", "a.rrd", "-t");
    BY_WORDS("x", "nope.rrd", "1000000010:1:2");
    BY_WORDS("x", "a.rrd", "1000000010:1:10", "1000000020:2:20");
    BY_WORDS("x", "a.rrd", "1000000020:2:20");
    BY_WORDS("x", "a.rrd", "--skip-past-updates", "1000000020:2:20");
    BY_WORDS("x", "-t", "y:x", "a.rrd", "1000000030:30:3");
}

static void verbosely(void)
{
    VERBOSELY("x", "a.rrd");
    VERBOSELY("x", "a.rrd", "--nope", "1000000040:4:40");
    VERBOSELY("x", "nope.rrd", "1000000040:4:40");
    VERBOSELY("x", "a.rrd", "1000000040:4:40", "1000000045:4:45", "1000000040:4:40");
    VERBOSELY("x", "a.rrd", "-t", "q", "1000000050:5");
    setenv("RRDCACHED_ADDRESS", "", 1);
    VERBOSELY("x", "a.rrd", "1000000050:5:50");
    unsetenv("RRDCACHED_ADDRESS");
}

static void by_name(void)
{
    told("no reading", rrd_update_r("a.rrd", NULL, 0, NULL));
    told("fewer", rrd_update_r("nope.rrd", NULL, -1, NULL));
    READINGS("nope.rrd", NULL, "1000000060:6:60");
    READINGS(".", NULL, "1000000060:6:60");
    READINGS("a.rrd", "", "1000000060:6:60");
    READINGS("a.rrd", "q", "1000000060:6");
    READINGS("a.rrd", "x:y:z:x", "1000000060:6:60:1:1");
    READINGS("a.rrd", NULL, "");
    READINGS("a.rrd", NULL, "N");
    READINGS("a.rrd", NULL, "-5:1");
    READINGS("a.rrd", NULL, "nan:1:2");
    READINGS("a.rrd", NULL, "1000000060:6:60:7");
    READINGS("a.rrd", NULL, "1000000060:six:60");
    READINGS("a.rrd", NULL, "1000000060:6:6.5");
    READINGS("a.rrd", NULL, "rubbish@1:2");
    READINGS("a.rrd", NULL, "start+1@1:2");
    READINGS("a.rrd", NULL, "20010909 01:47@1:50");
    READINGS("a.rrd", "x:z", "1000000025:6:9");
    READINGS("a.rrd", NULL, "1000000060:6:60", "1000000070:7");
    printf("the first is taken: %ld\n", (long) rrd_last_r("a.rrd"));
    WITH_FLAGS(0, "1000000060:6:60");
    WITH_FLAGS(RRD_SKIP_PAST_UPDATES, "1000000060:six:60", "1000000070:7:70");
    printf("skipped, then taken: %ld\n", (long) rrd_last_r("a.rrd"));
}

static void behind_a_list(void)
{
    const char *readings[] = {"1000000080:8:80"};
    rrd_infoval_t value = {.u_int = 7};
    rrd_info_t *list = rrd_info_push(NULL, strdup("mine"), RD_I_INT, value);

    told("update_v_r", rrd_update_v_r("a.rrd", NULL, 1, readings, list));
    told("update_v_r", rrd_update_v_r("a.rrd", NULL, 1, readings, list));
    show("the list", list);
    rrd_info_free(list);
    readings[0] = "1000000090:9:90";
    told("update_v_r without a list", rrd_update_v_r("a.rrd", NULL, 1, readings, NULL));
}

int main(void)
{
    const char *definitions[] = {"DS:x:GAUGE:20:U:U", "DS:y:COUNTER:20:0:U", "DS:z:COMPUTE:x,2,*",
                                 "RRA:AVERAGE:0.5:1:100", "RRA:MAX:0.5:6:100"};

    told("create_r", rrd_create_r("a.rrd", 10, 1000000000, COUNT(definitions), definitions));
    by_words();
    verbosely();
    by_name();
    behind_a_list();
    return 0;
}
