/* Both headers in C: layouts, arguments of both kinds, and the address of each function. */

#include <rrd_client.h>
#define RRD_EXPORT_DEPRECATED
#include <rrd.h>

#define AT(type, field, place) \
    _Static_assert(offsetof(type, field) == (place), #type "." #field)

#if __SIZEOF_POINTER__ == 8 && __SIZEOF_LONG__ == 8
_Static_assert(sizeof(rrd_value_t) == 8, "rrd_value_t");
_Static_assert(sizeof(rrd_blob_t) == 16, "rrd_blob_t");
AT(rrd_blob_t, size, 0);
AT(rrd_blob_t, ptr, 8);
_Static_assert(sizeof(rrd_info_type_t) == 4, "rrd_info_type_t");
_Static_assert(sizeof(rrd_infoval_t) == 16, "rrd_infoval_t");
_Static_assert(sizeof(rrd_info_t) == 40, "rrd_info_t");
AT(rrd_info_t, key, 0);
AT(rrd_info_t, type, 8);
AT(rrd_info_t, value, 16);
AT(rrd_info_t, next, 32);
_Static_assert(sizeof(rrd_time_value_t) == 72, "rrd_time_value_t");
AT(rrd_time_value_t, type, 0);
AT(rrd_time_value_t, offset, 8);
AT(rrd_time_value_t, tm, 16);
_Static_assert(sizeof(rrd_context_t) == 4352, "rrd_context_t");
AT(rrd_context_t, lib_errstr, 0);
AT(rrd_context_t, rrd_error, 256);
_Static_assert(sizeof(rrd_file_t) == 40, "rrd_file_t");
AT(rrd_file_t, header_len, 0);
AT(rrd_file_t, file_len, 8);
AT(rrd_file_t, pos, 16);
AT(rrd_file_t, pvt, 24);
AT(rrd_file_t, rrd, 32);
_Static_assert(sizeof(rrdc_stats_t) == 32, "rrdc_stats_t");
AT(rrdc_stats_t, name, 0);
AT(rrdc_stats_t, type, 8);
AT(rrdc_stats_t, flags, 10);
AT(rrdc_stats_t, value, 16);
AT(rrdc_stats_t, next, 24);
#endif
_Static_assert(RD_I_VAL == 0 && RD_I_CNT == 1 && RD_I_STR == 2, "rrd_info_type_t");
_Static_assert(RD_I_INT == 3 && RD_I_BLO == 4, "rrd_info_type_t");
_Static_assert(ABSOLUTE_TIME == 0 && RELATIVE_TO_START_TIME == 1, "rrd_timetype_t");
_Static_assert(RELATIVE_TO_END_TIME == 2 && RELATIVE_TO_EPOCH == 3, "rrd_timetype_t");
_Static_assert(RRDC_STATS_TYPE_GAUGE == 1 && RRDC_STATS_TYPE_COUNTER == 2, "rrdc_stats_t");
_Static_assert(RRD_SKIP_PAST_UPDATES == 1, "RRD_SKIP_PAST_UPDATES");

/* Both arguments from one macro. */
#define WORDS(words) sizeof(words) / sizeof *(words), words

static void print(const char *what, long result)
{
    printf("%s: %ld '%s'\n", what, result, rrd_get_error());
    rrd_clear_error();
}

int main(void)
{
    /* Both kinds of `argv`, also in place. */
    char *words[] = {"last", "nope"};
    const char *newer[] = {"last", "nope"};
    int (*pointer)(int, const char **) = rrd_lastupdate;
    print("char **", rrd_last(2, words));
    print("const char **", rrd_last(2, newer));
    print("char *[]", rrd_last(2, (char *[]) {"last", "nope"}));
    print("macro", rrd_last(WORDS(newer)) + rrd_last(WORDS(words)));
    print("pointer", pointer(2, newer));
    return 0;
}
