/* Errors: each thread has its own, its memory ends with it, and the end of a process has one. */

#include <pthread.h>
#include <rrd.h>
#include <stdlib.h>

static pthread_key_t late;

static void fail(const char *when)
{
    rrd_clear_error();
    long result = rrd_last_r("nope");
    printf("%s: %ld '%s'\n", when, result, rrd_get_error());
}

static void at_exit(void)
{
    fail("at exit");
}

/* glibc runs these after the destructors of thread-local variables. */
static void at_thread_end(void *unused)
{
    (void) unused;
    fail("at the end of a thread");
}

static void *in_thread(void *unused)
{
    printf("a new thread: %d '%s'\n", rrd_test_error(), rrd_get_error());
    pthread_setspecific(late, &late);
    rrd_set_error("thread %d", 7);
    printf("it has '%s'\n", rrd_get_error());
    return unused;
}

int main(void)
{
    char big[6000];
    pthread_t thread;

    pthread_key_create(&late, at_thread_end);
    atexit(at_exit);
    printf("at first: %d '%s'\n", rrd_test_error(), rrd_get_error());
    rrd_set_error("main %s", "text");
    pthread_create(&thread, NULL, in_thread, NULL);
    pthread_join(thread, NULL);
    printf("afterwards: %d '%s' '%s'\n", rrd_test_error(), rrd_get_error(),
           rrd_get_context()->rrd_error);
    memset(big, 'a', sizeof big - 1);
    big[sizeof big - 1] = 0;
    rrd_set_error("%s", big);
    printf("a long text: %zu\n", strlen(rrd_get_error()));
    return 0;
}
