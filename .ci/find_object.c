/*
 * For `.ci/static`: the function of glibc by which GCC's unwinder finds the tables for the code at
 * an address, as glibc's manual describes it ("Dynamic Linker Introspection"), for programs that
 * are linked with musl. Without it no panic could be caught.
 */
#define _GNU_SOURCE
#include <link.h>
#include <stddef.h>

struct dl_find_object {
    unsigned long long dlfo_flags;
    void *dlfo_map_start;
    void *dlfo_map_end;
    struct link_map *dlfo_link_map;
    void *dlfo_eh_frame;
    unsigned long long reserved[7];
};

struct search {
    ElfW(Addr) address;
    struct dl_find_object *found;
};

static int look(struct dl_phdr_info *object, size_t size, void *data)
{
    struct search *search = data;
    struct dl_find_object found = {0};
    (void)size;
    for (size_t index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[index];
        ElfW(Addr) start = object->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD && search->address - start < part->p_memsz) {
            found.dlfo_map_start = (void *)start;
            found.dlfo_map_end = (void *)(start + part->p_memsz);
        } else if (part->p_type == PT_GNU_EH_FRAME) {
            found.dlfo_eh_frame = (void *)start;
        }
    }
    if (found.dlfo_map_start == NULL || found.dlfo_eh_frame == NULL)
        return 0;
    *search->found = found;
    return 1;
}

int _dl_find_object(void *address, struct dl_find_object *result)
{
    struct search search = {(ElfW(Addr))address, result};
    return dl_iterate_phdr(look, &search) ? 0 : -1;
}
