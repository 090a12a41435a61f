/* Files restored from XML, tuned and resized. */

#include <rrd.h>
#include <stdarg.h>
#include <unistd.h>

static void told(const char *what, int result)
{
    printf("%s: %d '%s'\n", what, result, rrd_get_error());
    rrd_clear_error();
}

/* A call with words up to a NULL. */
static void call(int (*function)(int, const char **), const char *name, ...)
{
    const char *words[20] = {name};
    int count = 1;
    va_list more;

    va_start(more, name);
    while ((words[count] = va_arg(more, const char *)) != NULL)
        count++;
    va_end(more);
    /* RRDtool changes the order of the words. */
    for (int i = 0; i < count; i++)
        printf("%s ", words[i]);
    told("", function(count, words));
}

static void show(const char *file, const char *part)
{
    rrd_info_t *list = rrd_info_r(file);

    printf("%s:", file);
    for (const rrd_info_t *node = list; node; node = node->next) {
        if (!strstr(node->key, part))
            continue;
        printf(" %s=", node->key);
        if (node->type == RD_I_STR)
            printf("%s", node->value.u_str);
        else if (node->type == RD_I_VAL)
            printf("%g", node->value.u_val);
        else
            printf("%lu", node->value.u_cnt);
    }
    putchar('\n');
    rrd_info_free(list);
}

static void restore(void)
{
    call((void *) rrd_restore, "restore", "a.xml", "r.rrd", NULL);
    call((void *) rrd_restore, "restore", "a.xml", "r.rrd", NULL);
    call((void *) rrd_restore, "restore", "-f", "a.xml", "r.rrd", NULL);
    call((void *) rrd_restore, "restore", "a.xml", "r.rrd", "--range-check", "--force-overwrite",
         NULL);
    call((void *) rrd_restore, "restore", "nope.xml", "n.rrd", NULL);
    call((void *) rrd_restore, "restore", "a.xml", "no/x.rrd", NULL);
    call((void *) rrd_restore, "name", NULL);
    call((void *) rrd_restore, "name", "a.xml", NULL);
    call((void *) rrd_restore, "name", "a", "b", "c", NULL);
    call((void *) rrd_restore, "restore", "--nope", "a.xml", "z.rrd", NULL);
    printf("made: %d\n", access("n.rrd", F_OK) == 0);

    /* From the standard input, of which the program has read a line and goes on reading. */
    char line[100];
    FILE *input = fopen("input", "w"), *dump = fopen("a.xml", "r");
    fputs("the first line\n", input);
    for (int c; (c = fgetc(dump)) != EOF;)
        fputc(c, input);
    fputs("\032\nthe last line\n", input);
    fclose(dump);
    fclose(input);
    if (!freopen("input", "r", stdin) || !fgets(line, sizeof line, stdin))
        return;
    call((void *) rrd_restore, "restore", "-", "s.rrd", NULL);
    printf("%s", fgets(line, sizeof line, stdin) ? line : "nothing\n");
    printf("the same times: %d\n", rrd_last_r("s.rrd") == rrd_last_r("a.rrd"));
}

static void tune(void)
{
    call((void *) rrd_tune, "tune", "a.rrd", "--heartbeat", "x:99", NULL);
    call((void *) rrd_tune, "tune", "-i", "x:-5", "a.rrd", "-a", "x:U", "-d", "y:GAUGE", "-r",
         "y:z", NULL);
    call((void *) rrd_tune, "tune", "a.rrd", NULL);
    show("a.rrd", "ds[");
    call((void *) rrd_tune, "tune", "a.rrd", "DS:n:GAUGE:30:U:U", "DEL:z", "RRA:LAST:0.5:1:7",
         NULL);
    show("a.rrd", "ds[");
    show("a.rrd", ".rows");
    call((void *) rrd_tune, "name", NULL);
    call((void *) rrd_tune, "tune", "nope.rrd", "-h", "x:5", NULL);
    call((void *) rrd_tune, "tune", "a.rrd", "-h", "q:5", NULL);
    call((void *) rrd_tune, "tune", "a.rrd", "-h", "q", NULL);
    call((void *) rrd_tune, "tune", "a.rrd", "--nope", "q", NULL);
}

static void resize(void)
{
    call((void *) rrd_resize, "resize", "r.rrd", "0", "GROW", "10", NULL);
    show("resize.rrd", ".rows");
    call((void *) rrd_resize, "resize", "r.rrd", "1", "SHRINK", "2", NULL);
    show("resize.rrd", ".rows");
    call((void *) rrd_resize, "resize", "r.rrd", "1", "SHRINK", "5", NULL);
    call((void *) rrd_resize, "resize", "r.rrd", "7", "GROW", "5", NULL);
    call((void *) rrd_resize, "resize", "r.rrd", "0", "WHAT", "5", NULL);
    call((void *) rrd_resize, "resize", "r.rrd", "0", "GROW", "0", NULL);
    call((void *) rrd_resize, "resize", "nope.rrd", "0", "GROW", "5", NULL);
    call((void *) rrd_resize, "resize", "resize.rrd", "0", "GROW", "5", NULL);
    call((void *) rrd_resize, "resize", "r.rrd", "0", "GROW", "5", "6", NULL);
    call((void *) rrd_resize, "resize", "r.rrd", "0", NULL);
}

int main(void)
{
    const char *definitions[] = {"DS:x:GAUGE:20:0:10", "DS:y:COUNTER:20:U:U", "RRA:AVERAGE:0.5:1:3",
                                 "RRA:MAX:0.5:2:5"};
    const char *readings[] = {"1000000010:5:1", "1000000020:6:3"};

    told("create", rrd_create_r("a.rrd", 10, 1000000000, 4, definitions));
    told("update", rrd_update_r("a.rrd", NULL, 2, readings));
    told("dump", rrd_dump_r("a.rrd", (char *) "a.xml"));
    restore();
    tune();
    resize();
    return 0;
}
