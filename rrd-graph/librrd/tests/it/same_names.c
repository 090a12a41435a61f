/* A program with functions that have names of the library's: each side calls its own. */

#include <rrd.h>
#include <stdlib.h>

char *rrd_get_error(void)
{
    abort();
}

void rrd_clear_error(void)
{
    abort();
}

int main(void)
{
    rrd_set_error("%s %d", "text", 1);
    puts(rrd_get_context()->rrd_error);
    if (rrd_last_r("nope") != -1)
        return 1;
    puts(rrd_get_context()->rrd_error);
    return 0;
}
