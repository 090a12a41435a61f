/* The databases of a folder. */

#include <rrd.h>
#include <stdlib.h>
#include <sys/stat.h>

static int by_text(const void *one, const void *other)
{
    return strcmp(*(char *const *) one, *(char *const *) other);
}

/* The order of a folder is not the same on all disks. */
static void show(const char *what, char *text)
{
    char *names[20] = {"NULL"};
    int count = 0;

    if (text && *text && text[strlen(text) - 1] != '\n')
        puts("the last line has no end");
    for (char *name = text ? strtok(text, "\n") : NULL; name; name = strtok(NULL, "\n"))
        names[count++] = name;
    qsort(names, count, sizeof *names, by_text);
    printf("%s:", what);
    for (int i = 0; i < count + !text; i++)
        printf(" %s", names[i]);
    printf(" '%s'\n", rrd_get_error());
    rrd_clear_error();
    free(text);
}

static char *by_words(const char *first, const char *second)
{
    const char *words[] = {"name", first, second, NULL};

    return rrd_list(1 + (first != NULL) + (second != NULL), (void *) words);
}

int main(void)
{
    const char *definitions[] = {"DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:3"};

    mkdir("d", 0755);
    mkdir("d/e", 0755);
    mkdir("empty", 0755);
    rrd_create_r("d/a.rrd", 10, 1000000000, 2, definitions);
    rrd_create_r("d/e/b.rrd", 10, 1000000000, 2, definitions);
    fclose(fopen("d/x.txt", "w"));

    show("folder", rrd_list_r(0, (char *) "d"));
    show("folders", rrd_list_r(1, (char *) "d"));
    show("folders", rrd_list_r(2, (char *) "d"));
    show("with a slash", rrd_list_r(0, (char *) "d/"));
    show("empty", rrd_list_r(0, (char *) "empty"));
    show("file", rrd_list_r(0, (char *) "d/a.rrd"));
    show("pattern", rrd_list_r(0, (char *) "d/*.rrd"));
    show("by words", by_words("d", NULL));
    show("by words", by_words("-r", "d"));
    show("by words", by_words("d", "--recursive"));
    show("by words", by_words("--noflush", "d"));
    show("no word", by_words(NULL, NULL));
    show("two folders", by_words("d", "d"));
    show("unknown option", by_words("--nope", "d"));
    /* RRDtool has no error in these. */
    show("missing", rrd_list_r(0, (char *) "/nope"));
    show("missing", by_words("/nope", NULL));
    show("no database", rrd_list_r(0, (char *) "d/x.txt"));
    show("no match", rrd_list_r(0, (char *) "d/*.no"));
    show("no name", rrd_list_r(0, (char *) ""));
    return 0;
}
