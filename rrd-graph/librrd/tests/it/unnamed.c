/* Command lines whose first word, the name of the command, is NULL, as kcollectd's are. */

#include <rrd.h>
#include <stdio.h>

int main(void)
{
    const char *create[] = {NULL, "a.rrd", "--start", "1600000000", "--step", "10",
        "DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:60"};
    const char *update[] = {NULL, "a.rrd", "1600000030:5"};
    printf("create: %d\n", rrd_create(8, create));
    printf("update: %d\n", rrd_update(3, update));
    printf("last: %ld\n", (long) rrd_last(2, update));
    rrd_info_t *info = rrd_info(2, update);
    printf("info: %s\n", info ? info->key : rrd_get_error());
    rrd_info_free(info);
    printf("no file: %ld '%s'\n", (long) rrd_last(1, update), rrd_get_error());
    return 0;
}
