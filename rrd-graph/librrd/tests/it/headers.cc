// Both headers in C++, as programs for either version of them are written.

extern "C" {
#include <rrd.h>
#include <rrd_client.h>
}

static_assert(sizeof(rrd_info_t) == 3 * sizeof(void *) + sizeof(rrd_infoval_t), "rrd_info_t");
static_assert(sizeof(rrd_context_t) == 4352, "rrd_context_t");

int main()
{
    char last[] = "last", nope[] = "nope";
    char *words[] = {last, nope, nullptr};
    const char *newer[] = {"last", "nope", nullptr};
    int (*pointer)(int, const char **) = rrd_lastupdate;
    rrd_set_error("%s %d", "text", 1);
    printf("%s\n", rrd_get_error());
    printf("%ld %ld %d\n", long(rrd_last(2, words)), long(rrd_last(2, newer)),
                pointer(2, newer));
    printf("%s\n", rrd_get_error());
    return 0;
}
