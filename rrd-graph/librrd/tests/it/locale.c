/* Names of days and months are those of the locale that the process has set, numbers those of no
   locale. */

#include <locale.h>
#include <rrd.h>
#include <stdlib.h>

#define COUNT(array) ((int) (sizeof(array) / sizeof *(array)))

static void print(const char *what)
{
    const char *words[] = {"graph", "none.png", "--start", "1000000000", "--end", "1000000060",
                           "DEF:x=load.rrd:x:AVERAGE", "VDEF:m=x,MAXIMUM", "CDEF:y=x,1.5,*",
                           "PRINT:m:%A %d. %B:strftime", "PRINT:y:MAX:%.2lf"};
    char **prints = NULL;
    int width, height;
    double lowest, highest;

    if (rrd_graph(COUNT(words), words, &prints, &width, &height, NULL, &lowest, &highest)) {
        printf("%s: %s\n", what, rrd_get_error());
        return;
    }
    printf("%s: %s, %s\n", what, prints[0], prints[1]);
    for (int place = 0; prints[place]; place++)
        free(prints[place]);
    free(prints);
}

int main(void)
{
    const char *create[] = {"create", "load.rrd", "--start", "1000000000", "--step", "10",
                            "DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:100"};
    const char *update[] = {"update", "load.rrd", "1000000010:1", "1000000020:2.5"};

    rrd_create(COUNT(create), create);
    rrd_update(COUNT(update), update);
    print("at first");
    if (!setlocale(LC_ALL, "de_DE.UTF-8")) {
        puts("no such locale");
        return 0;
    }
    print("German");
    setlocale(LC_TIME, "C");
    print("English, German numbers");
    return 0;
}
