/* Functions with variable arguments: all classes of arguments, in registers and on the stack. */

#include <locale.h>
#include <rrd.h>

extern int rrd_snprintf(char *text, size_t size, const char *format, ...);

int main(void)
{
    char text[400];
    int length;

    rrd_set_error("no arguments");
    puts(rrd_get_error());
    rrd_set_error("%d %s %c %ld %lu %p", -1, "two", '3', -4L, 5UL, (void *) 6);
    puts(rrd_get_error());
    rrd_set_error("%g %g %g %g %g %g %g %g %g %g", 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5,
                  10.5);
    puts(rrd_get_error());
    rrd_set_error("%d %g %d %g %d %g %d %g %d %g %d %g %s %Lg %d %g %d %g %g %g", 1, 1.25, 2, 2.25,
                  3, 3.25, 4, 4.25, 5, 5.25, 6, 6.25, "text", 7.5L, 8, 8.25, 9, 9.25, 10.25, 11.25);
    puts(rrd_get_error());
    rrd_set_error("%%%*d|%-*s|%.*f", 5, 42, 6, "left", 2, 3.14159);
    puts(rrd_get_error());
    rrd_set_error("again: %s", rrd_get_error());
    puts(rrd_get_error());
    rrd_set_error(NULL);
    puts(rrd_get_error());

    length = rrd_snprintf(text, sizeof text, "%d %g %d %g %d %g %d %g %d %g %d %g %s %Lg", 1, 1.25,
                          2, 2.25, 3, 3.25, 4, 4.25, 5, 5.25, 6, 6.25, "text", 7.5L);
    printf("%d %s\n", length, text);
    length = rrd_snprintf(text, 5, "%s", "longer");
    printf("%d %s\n", length, text);
    length = rrd_snprintf(NULL, 0, "%.3f", 1.0);
    printf("%d\n", length);

    /* A locale with a comma, where there is one. */
    if (setlocale(LC_ALL, "de_DE.UTF-8") && strcmp(localeconv()->decimal_point, ","))
        return 1;
    rrd_snprintf(text, sizeof text, "%.2f", 1.5);
    puts(text);
    return 0;
}
