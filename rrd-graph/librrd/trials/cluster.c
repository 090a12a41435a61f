/* The way in which Proxmox's cluster service stores values: for each of FILES files and each of
 * TURNS seconds one reading over the connection of the process, which is made again when a call
 * fails. `cluster ADDRESS FILES TURNS`; files below the working directory. Prints how many readings
 * the files lack in the end, and how long a second's readings took on average. */

#include <rrd.h>
#include <rrd_client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BEGIN = 1600000000 };

static const char *address;
static long again;

static char *file(int number)
{
    static char name[64];
    snprintf(name, sizeof name, "%d.rrd", number);
    return name;
}

/* Until the daemon has it. After a kill it may have had it before: then it says so. */
static void store(int number, int turn)
{
    char reading[64];
    const char *readings[] = {reading};
    snprintf(reading, sizeof reading, "%d:%d:%d", BEGIN + turn, turn, number);
    for (;;) {
        rrd_clear_error();
        if (rrdc_connect(address) == 0) {
            if (rrdc_update(file(number), 1, readings) == 0)
                return;
            if (strstr(rrd_get_error(), "illegal attempt to update") != NULL)
                return;
        }
        again++;
        rrdc_disconnect();
        usleep(10000);
    }
}

/* How many readings are not in the file. */
static long missing(int number, int turns)
{
    time_t start = BEGIN, end = BEGIN + turns;
    unsigned long step = 1, sources;
    char **names;
    rrd_value_t *values;
    long lacking = 0;
    if (rrdc_flush(file(number)) != 0
        || rrd_fetch_r(file(number), "LAST", &start, &end, &step, &sources, &names, &values)) {
        printf("%s: %s\n", file(number), rrd_get_error());
        return turns;
    }
    for (int turn = 1; turn <= turns; turn++) {
        rrd_value_t *row = values + 2 * (BEGIN + turn - start - 1);
        lacking += row[0] != turn || row[1] != number;
    }
    for (unsigned long source = 0; source < sources; source++)
        free(names[source]);
    free(names);
    free(values);
    return lacking;
}

int main(int count, char **arguments)
{
    if (count < 4)
        return 2;
    address = arguments[1];
    int files = atoi(arguments[2]), turns = atoi(arguments[3]);
    char rows[64];
    snprintf(rows, sizeof rows, "RRA:LAST:0.5:1:%d", turns + 10);
    const char *definition[] = {"DS:turn:GAUGE:100:U:U", "DS:file:GAUGE:100:U:U", rows};
    for (int number = 0; number < files; number++)
        if (rrd_create_r(file(number), 1, BEGIN, 3, definition) != 0) {
            printf("%s\n", rrd_get_error());
            return 1;
        }
    printf("ready\n");
    fflush(stdout);
    struct timespec begun, ended;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    for (int turn = 1; turn <= turns; turn++)
        for (int number = 0; number < files; number++)
            store(number, turn);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    long lacking = 0;
    for (int number = 0; number < files; number++)
        lacking += missing(number, turns);
    double seconds = (double) (ended.tv_sec - begun.tv_sec)
                     + 1e-9 * (double) (ended.tv_nsec - begun.tv_nsec);
    printf("%d readings, %ld calls that failed, %ld readings missing\n", files * turns, again,
           lacking);
    fprintf(stderr, "%.1f us for a reading\n", 1e6 * seconds / ((double) files * turns));
    return lacking != 0;
}
