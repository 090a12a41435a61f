/* Locks of other processes: an update waits for one, fails or takes none, as is asked for. */

#include <fcntl.h>
#include <pthread.h>
#include <rrd.h>
#include <stdlib.h>
#include <sys/wait.h>

static void told(const char *what, int result)
{
    printf("%s: %d '%s'\n", what, result, rrd_get_error());
    rrd_clear_error();
}

#define UPDATE(flags, reading) \
    do { \
        const char *readings[] = {reading}; \
        told(#flags, rrd_updatex_r("a.rrd", NULL, flags, 1, readings)); \
    } while (0)

/* Keeps the lock of the file in a process of its own until it is told to let go. */
static pid_t keep_lock(int go)
{
    int ready[2];
    char byte = 0;

    if (pipe(ready))
        exit(1);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int file = open("a.rrd", O_RDWR);
        int held = fcntl(file, F_SETLK, &all) == 0 && write(ready[1], &byte, 1) == 1;
        _exit(held && read(go, &byte, 1) == 1 ? 0 : 1);
    }
    if (read(ready[0], &byte, 1) != 1)
        exit(1);
    return child;
}

static void *let_go(void *pipe_end)
{
    usleep(50000);
    if (write(*(int *) pipe_end, "", 1) != 1)
        exit(1);
    return NULL;
}

int main(void)
{
    const char *definitions[] = {"DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:100"};
    const char *words[] = {"x", "a.rrd", "1000000110:1"};
    int go[2], status;
    pthread_t thread;

    told("create_r", rrd_create_r("a.rrd", 10, 1000000000, 2, definitions));
    if (pipe(go))
        exit(1);
    pid_t child = keep_lock(go[0]);
    UPDATE(RRD_FLAGS_LOCKING_MODE_TRY, "1000000100:1");
    UPDATE(RRD_FLAGS_LOCKING_MODE_NONE, "1000000100:1");
    setenv("RRD_LOCKING", "try", 1);
    UPDATE(0, "1000000110:1");
    told("by words", rrd_update(3, words));
    setenv("RRD_LOCKING", "none", 1);
    UPDATE(0, "1000000110:1");
    unsetenv("RRD_LOCKING");
    pthread_create(&thread, NULL, let_go, go + 1);
    UPDATE(0, "1000000120:1");
    pthread_join(thread, NULL);
    waitpid(child, &status, 0);
    printf("the other process: %d\n", status);
    child = keep_lock(go[0]);
    pthread_create(&thread, NULL, let_go, go + 1);
    UPDATE(RRD_FLAGS_LOCKING_MODE_BLOCK, "1000000130:1");
    pthread_join(thread, NULL);
    waitpid(child, &status, 0);
    printf("the other process: %d\n", status);
    return 0;
}
