/* The parts that only C can write: functions with variable arguments, C's standard streams, and the
 * locale of times that the process has set. */

#define _GNU_SOURCE
#include <locale.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Written in Rust: the beginning and the size of the thread's error text. */
extern char *rrd_get_error(void);

enum { ERROR_SIZE = 4096 };

/* The text may be made from the last error: `rrd_set_error("%s: %s", name, rrd_get_error())`. */
void rrd_variadic_set_error(const char *format, ...)
{
    char text[ERROR_SIZE];
    va_list arguments;
    va_start(arguments, format);
    if (!format || vsnprintf(text, sizeof text, format, arguments) < 0)
        text[0] = 0;
    va_end(arguments);
    memcpy(rrd_get_error(), text, strlen(text) + 1);
}

/* Numbers have a point, whatever the locale of the process. */
int rrd_variadic_snprintf(char *text, size_t size, const char *format, ...)
{
    if (!format)
        return -1;
    static locale_t numbers;
    locale_t known = __atomic_load_n(&numbers, __ATOMIC_ACQUIRE);
    if (!known) {
        locale_t made = newlocale(LC_NUMERIC_MASK, "C", (locale_t) 0);
        if (made && !__atomic_compare_exchange_n(&numbers, &known, made, 0, __ATOMIC_ACQ_REL,
                                                 __ATOMIC_ACQUIRE))
            freelocale(made);
        else
            known = made;
    }
    locale_t before = uselocale(known ? known : LC_GLOBAL_LOCALE);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, size, format, arguments);
    va_end(arguments);
    uselocale(before);
    return length;
}

FILE *rrd_c_standard_input(void)
{
    return stdin;
}

FILE *rrd_c_standard_output(void)
{
    return stdout;
}

const char *rrd_c_time_locale(void)
{
    return setlocale(LC_TIME, NULL);
}
