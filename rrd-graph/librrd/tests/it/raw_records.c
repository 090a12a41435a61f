/* Functions that work on the records of a file, and changes by name, which RRDtool 1.7.2 has not. */

#define _FILE_OFFSET_BITS 64
#include <rrd.h>
#include <stdlib.h>

struct rrd_records;
extern rrd_file_t *rrd_open(const char *name, struct rrd_records *records, unsigned int mode);
extern int rrd_close(rrd_file_t *file);
extern ssize_t rrd_read(rrd_file_t *file, void *bytes, size_t count);
extern ssize_t rrd_write(rrd_file_t *file, const void *bytes, size_t count);
extern off_t rrd_seek(rrd_file_t *file, off_t offset, int from);
extern off_t rrd_tell(rrd_file_t *file);
extern int rrd_lock(rrd_file_t *file);
extern void rrd_flush(rrd_file_t *file);
extern void rrd_dontneed(rrd_file_t *file, struct rrd_records *records);
extern void rrd_init(struct rrd_records *records);
extern void rrd_free(struct rrd_records *records);

static void told(const char *what, long result)
{
    printf("%s: %ld '%s'\n", what, result, rrd_get_error());
    rrd_clear_error();
}

static void tune(const char *what, int count, const char **words)
{
    told(what, rrd_tune_r("a.rrd", count, words));
}

int main(void)
{
    void *pointers[12];
    int zeros = 0;

    memset(pointers, 1, sizeof pointers);
    rrd_init((void *) pointers);
    for (int i = 0; i < 12; i++)
        zeros += pointers[i] == NULL;
    printf("init: %d\n", zeros);
    rrd_init(NULL);
    rrd_free((void *) pointers);
    told("open", rrd_open("a.rrd", (void *) pointers, 0) != NULL);
    told("read", rrd_read(NULL, pointers, 8));
    told("write", rrd_write(NULL, pointers, 8));
    told("seek", (long) rrd_seek(NULL, 8, 0));
    told("tell", (long) rrd_tell(NULL));
    told("lock", rrd_lock(NULL));
    rrd_flush(NULL);
    told("flush", 0);
    rrd_dontneed(NULL, NULL);
    told("dontneed", 0);
    told("close", rrd_close(NULL));
    rrd_thread_init();
    told("thread_init", 0);

    const char *definitions[] = {"DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:3"};
    const char *options[] = {"--heartbeat", "x:99", "-i", "x:0"};
    const char *changes[] = {"tune", "DS:n:GAUGE:30:U:U", "RRA#0:+4"};
    const char *wrong[] = {"-h", "q:5"};
    told("create", rrd_create_r("a.rrd", 10, 1000000000, 2, definitions));
    tune("options", 4, options);
    tune("definitions", 3, changes);
    tune("nothing", 0, NULL);
    tune("no such source", 2, wrong);
    told("no file", rrd_tune_r("nope.rrd", 4, options));
    rrd_info_t *list = rrd_info_r("a.rrd");
    for (const rrd_info_t *node = list; node; node = node->next)
        if (strstr(node->key, "heartbeat") || strstr(node->key, ".rows"))
            printf("%s=%lu\n", node->key, node->value.u_cnt);
    rrd_info_free(list);
    return 0;
}
