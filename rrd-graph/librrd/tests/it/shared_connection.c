/* One connection of eight threads, and that of a forked process: the daemon at argv[1] says that
 * the last time of a file /N.rrd is N. */

#include <pthread.h>
#include <rrd_client.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 8, TIMES = 500 };

/* How often the answer is that to another question, or none. */
static long wrong(long kind)
{
    long found = 0;
    for (long turn = 0; turn < TIMES; turn++) {
        char name[32];
        long file = 1000000 * (kind + 1) + turn;
        snprintf(name, sizeof name, "/%ld.rrd", file);
        found += rrdc_last(name) != file;
    }
    return found;
}

static void *in_thread(void *kind)
{
    return (void *) wrong((long) kind);
}

static long in_threads(long first)
{
    pthread_t threads[THREADS];
    long sum = 0;
    for (long kind = 0; kind < THREADS; kind++)
        pthread_create(&threads[kind], NULL, in_thread, (void *) (first + kind));
    for (int kind = 0; kind < THREADS; kind++) {
        void *found;
        pthread_join(threads[kind], &found);
        sum += (long) found;
    }
    return sum;
}

int main(int count, char **arguments)
{
    int status = -1;
    if (count < 2 || rrdc_connect(arguments[1]) != 0)
        return 1;
    printf("threads: %ld wrong '%s'\n", in_threads(0), rrd_get_error());
    fflush(stdout);

    /* While other threads of the parent have the connection. */
    pthread_t busy;
    pthread_create(&busy, NULL, in_thread, (void *) 20);
    for (int child = 0; child < 4; child++)
        if (fork() == 0) {
            int connected = rrdc_is_any_connected();
            _exit(connected == 1 && in_threads(30 + 10 * child) == 0 ? 0 : 1);
        }
    for (int child = 0; child < 4; child++) {
        wait(&status);
        printf("a child: %d\n", status);
    }
    void *found;
    pthread_join(busy, &found);
    printf("its parent: %ld wrong, connected %d\n", (long) found, rrdc_is_any_connected());
    rrdc_disconnect();
    printf("afterwards: %ld\n", (long) rrdc_last("/5.rrd"));
    return 0;
}
