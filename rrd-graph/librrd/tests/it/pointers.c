/* Arrays of pointers that grow, and folders with those above them. */

#include <errno.h>
#include <rrd.h>
#include <stdlib.h>
#include <sys/stat.h>

static void arrays(void)
{
    char **texts = NULL;
    void **pointers = NULL;
    size_t length = 0, room = 0;

    int result = rrd_add_strdup(&texts, &length, "abc");
    printf("text %d, %zu\n", result, length);
    result = rrd_add_strdup(&texts, &length, "");
    printf("text %d, %zu: '%s' '%s'\n", result, length, texts[0], texts[1]);
    rrd_free_ptrs((void ***) &texts, &length);
    printf("freed %d, %zu\n", texts == NULL, length);
    rrd_free_ptrs((void ***) &texts, &length);
    printf("freed %d, %zu\n", texts == NULL, length);

    result = rrd_add_ptr(&pointers, &length, NULL);
    printf("pointer %d, %zu: %d\n", result, length, pointers[0] == NULL);
    void *block = malloc(3);
    result = rrd_add_ptr(&pointers, &length, block);
    printf("pointer %d, %zu: %d\n", result, length, pointers[1] == block);
    rrd_free_ptrs(&pointers, &length);
    printf("freed %d, %zu\n", pointers == NULL, length);

    for (int i = 0; i < 7; i++) {
        result = rrd_add_ptr_chunk(&pointers, &length, malloc(1), &room, 3);
        printf("pointer %d, %zu of %zu\n", result, length, room);
    }
    rrd_free_ptrs(&pointers, &length);
    printf("freed %d, %zu of %zu\n", pointers == NULL, length, room);
    room = 0;
    for (int i = 0; i < 3; i++) {
        result = rrd_add_strdup_chunk(&texts, &length, "x", &room, 2);
        printf("text %d, %zu of %zu: '%s'\n", result, length, room, texts[length - 1]);
    }
    rrd_free_ptrs((void ***) &texts, &length);
}

static void folder(const char *path, mode_t mode)
{
    struct stat found;
    errno = 0;
    int result = rrd_mkdir_p(path, mode);
    int number = result == 0 ? 0 : errno;
    int is_there = path && stat(path, &found) == 0 && S_ISDIR(found.st_mode);

    printf("folder '%s': %d %s, %d\n", path ? path : "", result, strerror(number), is_there);
}

int main(void)
{
    char name[5000];

    arrays();
    umask(022);
    folder("a/b/c", 0755);
    folder("a/b/c", 0700);
    folder("a/b/", 0755);
    folder("d//e", 0750);
    folder("./f/./g", 0777);
    folder("x/../y", 0755);
    folder("/", 0755);
    folder(".", 0755);
    fclose(fopen("file", "w"));
    folder("file", 0755);
    folder("file/a", 0755);
    folder("file/a/b", 0755);
    folder("/proc/nope/a", 0755);
    folder("", 0755);
    folder(NULL, 0755);
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    int result = rrd_mkdir_p(name, 0755);
    printf("long: %d %s\n", result, strerror(errno));
    struct stat found;
    printf("modes %o", stat("a/b/c", &found) == 0 ? found.st_mode & 07777 : 0);
    printf(" %o", stat("d", &found) == 0 ? found.st_mode & 07777 : 0);
    printf(" %o\n", stat("f/g", &found) == 0 ? found.st_mode & 07777 : 0);
    return 0;
}
