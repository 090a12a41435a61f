/* Eight threads with ten thousand calls each on two files that they share, and processes that are
 * forked between and beside them.
 *
 * Every thread makes the same updates in the same order, and those that another one has made are
 * skipped: each is then made once, whoever comes first, and every row is known in advance. */

#include <pthread.h>
#include <rrd.h>
#include <stdlib.h>
#include <sys/wait.h>

#ifndef CALLS
#define CALLS 10000
#endif
#ifndef FORKS
#define FORKS 10
#endif

enum { THREADS = 8, START = 1000000000, STEP = 10 };

static const char *const files[] = {"first.rrd", "second.rrd"};

static void check(int good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "%s: '%s'\n", what, rrd_get_error());
    exit(1);
}

/* The value of each row, and nothing else: an update that was made in part would show here. */
static double sum_of_rows(const char *file, int known)
{
    time_t start = START, end = START + known * STEP;
    unsigned long step = STEP, sources;
    char **names;
    rrd_value_t *data;
    double sum = 0;
    check(rrd_fetch_r(file, "AVERAGE", &start, &end, &step, &sources, &names, &data) == 0, "fetch");
    check(sources == 2 && start == START && step == STEP, "the shape of a fetch");
    for (int row = 0; row < known; row++) {
        check(data[2 * row] == row + 1, "the value of a gauge");
        check(row == 0 || data[2 * row + 1] == 0.5, "the rate of a counter");
        sum += data[2 * row];
    }
    free(names[0]);
    free(names[1]);
    free(names);
    free(data);
    return sum;
}

static int rows_until_now(const char *file)
{
    time_t last = rrd_last_r(file);
    check(last >= START && (last - START) % STEP == 0, "last");
    return (int) (last - START) / STEP;
}

static void update(const char *file, int row)
{
    char reading[64];
    const char *words[] = {reading};
    snprintf(reading, sizeof reading, "%d:%d:%d", START + row * STEP, row, row * STEP / 2);
    check(rrd_updatex_r(file, NULL, RRD_SKIP_PAST_UPDATES, 1, words) == 0, "update");
}

static void look(const char *file, int thread, int turn)
{
    char name[64], expected[128];
    int known = rows_until_now(file);
    time_t time;
    unsigned long count;
    char **names, **readings;
    rrd_info_t *list;

    switch (turn % 4) {
    case 0:
        sum_of_rows(file, known < 200 ? known : 200);
        break;
    case 1:
        check(rrd_lastupdate_r(file, &time, &count, &names, &readings) == 0, "lastupdate");
        check(count == 2 && atol(readings[0]) == (time - START) / STEP, "the last reading");
        check(known == 0 || atol(readings[1]) == (time - START) / 2, "the last counter");
        rrd_free_ptrs((void ***) &names, &count);
        count = 2;
        rrd_free_ptrs((void ***) &readings, &count);
        break;
    case 2:
        list = rrd_info_r(file);
        check(list && !strcmp(list->value.u_str, file), "info");
        rrd_info_free(list);
        break;
    default:
        /* An error of this thread alone. */
        snprintf(name, sizeof name, "missing-%d-%d", thread, turn);
        snprintf(expected, sizeof expected, "opening '%s': No such file or directory", name);
        check(rrd_last_r(name) == -1 && !strcmp(rrd_get_error(), expected), "an error");
        rrd_clear_error();
    }
    check(rrd_test_error() == 0, "no error after success");
}

static void *work(void *number)
{
    int thread = (int) (size_t) number, row = 0;
    for (int call = 0; call < CALLS; call++) {
        const char *file = files[call % 2];
        if (call % 10 < 6)
            update(file, call % 2 == 0 ? ++row : row);
        else
            look(file, thread, call / 10 + thread);
    }
    return NULL;
}

/* A child makes calls and ends well. */
static void fork_and_call(void)
{
    pid_t child = fork();
    if (child == 0) {
        sum_of_rows(files[0], rows_until_now(files[0]));
        check(rrd_last_r("missing") == -1 && rrd_test_error(), "an error of a child");
        _exit(0);
    }
    int status = -1;
    check(waitpid(child, &status, 0) == child && status == 0, "a child");
}

int main(void)
{
    const char *definitions[] = {"DS:x:GAUGE:20:U:U", "DS:y:COUNTER:20:U:U",
                                 "RRA:AVERAGE:0.5:1:6000", "RRA:MAX:0.5:60:100"};
    pthread_t threads[THREADS];
    for (int i = 0; i < 2; i++)
        check(rrd_create_r(files[i], STEP, START, 4, definitions) == 0, "create");
    fork_and_call();
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *) i);
    for (int i = 0; i < FORKS; i++)
        fork_and_call();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    fork_and_call();
    for (int i = 0; i < 2; i++)
        printf("%s: %d rows, sum %.0f\n", files[i], rows_until_now(files[i]),
               sum_of_rows(files[i], rows_until_now(files[i])));
    return 0;
}
