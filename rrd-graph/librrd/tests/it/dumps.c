/* Files as XML: written to a file, printed between other lines, and given to a function. */

#include <errno.h>
#include <rrd.h>
#include <stdlib.h>
#include <unistd.h>

/* Takes so many bytes before it fails. */
struct receiver {
    size_t room, taken;
    FILE *copy;
};

static size_t take(const void *bytes, size_t count, void *user)
{
    struct receiver *receiver = user;

    if (receiver->taken + count > receiver->room) {
        errno = ENOSPC;
        return 0;
    }
    receiver->taken += count;
    fwrite(bytes, 1, count, receiver->copy);
    return count;
}

static size_t take_too_much(const void *bytes, size_t count, void *user)
{
    (void) bytes;
    (void) user;
    errno = EIO;
    return count + 1;
}

static void told(const char *what, int result)
{
    printf("%s: %d '%s'\n", what, result, rrd_get_error());
    rrd_clear_error();
}

static int by_words(const char *first, const char *second, const char *third, const char *fourth)
{
    const char *words[] = {"name", first, second, third, fourth, NULL};
    int count = 1;

    while (words[count])
        count++;
    return rrd_dump(count, (void *) words);
}

/* Whether two files have the same bytes. */
static int same(const char *first, const char *second)
{
    FILE *one = fopen(first, "r"), *other = fopen(second, "r");
    int a, b;

    if (!one || !other)
        return -1;
    do {
        a = fgetc(one);
        b = fgetc(other);
    } while (a == b && a != EOF);
    fclose(one);
    fclose(other);
    return a == b;
}

static void given(const char *file, int header, size_t room, const char *expected)
{
    struct receiver receiver = {room, 0, fopen("copy.xml", "w")};
    int result = rrd_dump_cb_r(file, header, take, &receiver);

    fclose(receiver.copy);
    printf("given with header %d: %d, as in %s: %d '%s'\n", header, result, expected,
           same("copy.xml", expected), rrd_get_error());
    rrd_clear_error();
}

int main(void)
{
    const char *definitions[] = {"DS:x:GAUGE:20:U:U", "RRA:AVERAGE:0.5:1:3"};

    told("create", rrd_create_r("a.rrd", 10, 1000000000, 2, definitions));
    puts("before");
    told("printed", rrd_dump_r("a.rrd", NULL));
    told("printed", by_words("a.rrd", "-n", NULL, NULL));
    told("a name like standard output", rrd_dump_r("a.rrd", (char *) "-"));
    told("no header", rrd_dump_opt_r("a.rrd", (char *) "none.xml", 0));
    told("document type", rrd_dump_opt_r("a.rrd", (char *) "dtd.xml", 1));
    told("schema", rrd_dump_opt_r("a.rrd", (char *) "xsd.xml", 2));
    told("other", rrd_dump_opt_r("a.rrd", (char *) "3.xml", 3));
    told("other", rrd_dump_opt_r("a.rrd", (char *) "-1.xml", -1));
    printf("same: %d %d %d\n", same("none.xml", "-"), same("none.xml", "3.xml"),
           same("none.xml", "-1.xml"));
    told("by words", by_words("a.rrd", "by.xml", NULL, NULL));
    printf("same: %d\n", same("dtd.xml", "by.xml"));
    told("by words without header", by_words("--no-header", "a.rrd", "by.xml", NULL));
    printf("same: %d\n", same("none.xml", "by.xml"));
    told("by words with schema", by_words("-h", "xsd", "a.rrd", "by.xml"));
    printf("same: %d\n", same("xsd.xml", "by.xml"));
    given("a.rrd", 0, 100000, "none.xml");
    given("a.rrd", 1, 100000, "dtd.xml");
    given("a.rrd", 2, 100000, "xsd.xml");
    given("a.rrd", 1, 0, "none.xml");
    told("too much", rrd_dump_cb_r("a.rrd", 1, take_too_much, NULL));
    given("nope.rrd", 1, 100000, "none.xml");

    told("no file", rrd_dump_r("nope.rrd", (char *) "new.xml"));
    told("no name", rrd_dump_r("", (char *) "new.xml"));
    printf("made: %d\n", access("new.xml", F_OK) == 0);
    told("unknown option", by_words("--nope", "a.rrd", NULL, NULL));
    told("no word", by_words(NULL, NULL, NULL, NULL));
    told("three files", by_words("a", "b", "c", NULL));
    return 0;
}
