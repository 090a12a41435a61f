/* Times as people write them: the parts that C sees, and the range of two of them. The zone is read
   at each call. */

#include <rrd.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))

static void parts(const char *words)
{
    rrd_time_value_t value;

    memset(&value, 0, sizeof value);
    const char *fault = rrd_parsetime(words, &value);
    printf("%s: ", words);
    if (fault) {
        printf("'%s' %d\n", fault, rrd_test_error());
        return;
    }
    printf("%d %ld, %d-%d-%d %d:%d:%d %d", (int) value.type, value.offset, value.tm.tm_year,
           value.tm.tm_mon, value.tm.tm_mday, value.tm.tm_hour, value.tm.tm_min, value.tm.tm_sec,
           value.tm.tm_isdst);
    if (value.type == ABSOLUTE_TIME)
        printf(" %d %d %ld %s", value.tm.tm_wday, value.tm.tm_yday, (long) value.tm.tm_gmtoff,
               value.tm.tm_zone);
    putchar('\n');
}

static void range(const char *first, const char *last)
{
    rrd_time_value_t start, end;
    time_t from = 7, until = 7;

    if (rrd_parsetime(first, &start) || rrd_parsetime(last, &end)) {
        printf("no times\n");
        return;
    }
    int result = rrd_proc_start_end(&start, &end, &from, &until);
    printf("%s, %s: %d %ld %ld '%s'\n", first, last, result, (long) from, (long) until,
           rrd_get_error());
    rrd_clear_error();
}

int main(void)
{
    static const char *const texts[] = {
        "end-1month", "start+1d", "end-1d3h5min", "epoch+5y", "epoch+100", "1000000000", "20200315",
        "midnight Oct 32 2019", "20200301 am", "12/31/1999 23:59", "31.12.1999 23:59",
        "1584275696-1month", "01:30 20200329", "02:30 20200329", "23991231", "noon 1/1/2106",
        "mon", "2020-03-15", "rubbish", "", "now x", "13pm", "10:70", "99/1/2000", "20200329 +1d",
        "end", "5/40/2000", "foo 5", "12:00 foo", "now-", "40",
    };
    static const char *const pairs[][2] = {
        {"end-1month", "1584275696"}, {"1584275696", "start+1month"}, {"end-5y", "20200329"},
        {"01:30 20200329", "start+1d"}, {"end-7month", "1603584000"}, {"epoch+5y", "epoch+50y"},
        {"end-1d", "epoch+50y"}, {"end-3h", "1603591200"}, {"1603580400", "start+1d2h"},
        {"start-1d", "1584275696"}, {"end-1h", "start+1h"}, {"1584275696", "end+1h"},
        {"1584275696-1h", "1584275696+1h"},
    };
    static const char *const zones[] = {
        "UTC", "America/New_York", "CET-1CEST,M3.5.0,M10.5.0/3", "Asia/Kathmandu", "", ":Europe/Zurich",
    };

    setenv("TZ", "Europe/Zurich", 1);
    for (int place = 0; place < COUNT(texts); place++)
        parts(texts[place]);
    for (int place = 0; place < COUNT(pairs); place++)
        range(pairs[place][0], pairs[place][1]);
    for (int place = 0; place < COUNT(zones); place++) {
        setenv("TZ", zones[place], 1);
        parts("20200701");
        range("noon 20200329", "start+1month");
    }
    return 0;
}
