/* The functions of librrd.so.8: databases of fixed size that hold time series, and their charts.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Functions that take `argc` and `argv` run a command of the tool; `argv[0]` is its name. Functions
 * whose names end in `_r` take values. Both may run in several threads at once. What they hand out
 * is released with `free`, lists with `rrd_info_free`. After a failure (-1 or NULL)
 * `rrd_get_error` has the reason, for each thread its own. */

#ifndef RRD_H
#define RRD_H

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A value of a row; unknown is NaN. */
typedef double rrd_value_t;

double rrd_set_to_DNAN(void);
double rrd_set_to_DINF(void);

#ifndef DNAN
#define DNAN rrd_set_to_DNAN()
#endif
#ifndef DINF
#define DINF rrd_set_to_DINF()
#endif

/* Lists of keys and values. */

typedef struct rrd_blob_t {
    unsigned long size;
    unsigned char *ptr;
} rrd_blob_t;

typedef enum rrd_info_type {
    RD_I_VAL = 0,
    RD_I_CNT = 1,
    RD_I_STR = 2,
    RD_I_INT = 3,
    RD_I_BLO = 4
} rrd_info_type_t;

typedef union rrd_infoval {
    unsigned long u_cnt;
    rrd_value_t u_val;
    char *u_str;
    int u_int;
    rrd_blob_t u_blo;
} rrd_infoval_t;

typedef struct rrd_info_t {
    char *key;
    rrd_info_type_t type;
    rrd_infoval_t value;
    struct rrd_info_t *next;
} rrd_info_t;

/* Appends behind `list` (NULL begins one) and returns the new entry. The list owns `key`, and a
 * copy of a text or blob. */
rrd_info_t *rrd_info_push(rrd_info_t *list, char *key, rrd_info_type_t type, rrd_infoval_t value);
void rrd_info_print(rrd_info_t *list);
void rrd_info_free(rrd_info_t *list);

/* Commands. */

int rrd_create(int argc, const char **argv);
rrd_info_t *rrd_info(int argc, const char **argv);
char *rrd_list(int argc, const char **argv);
int rrd_update(int argc, const char **argv);
rrd_info_t *rrd_update_v(int argc, const char **argv);
int rrd_graph(int argc, const char **argv, char ***calcpr, int *xsize, int *ysize, FILE *stream,
              double *ymin, double *ymax);
rrd_info_t *rrd_graph_v(int argc, const char **argv);
int rrd_fetch(int argc, const char **argv, time_t *start, time_t *end, unsigned long *step,
              unsigned long *ds_cnt, char ***ds_namv, rrd_value_t **data);
int rrd_restore(int argc, const char **argv);
int rrd_dump(int argc, const char **argv);
int rrd_tune(int argc, const char **argv);
time_t rrd_last(int argc, const char **argv);
int rrd_lastupdate(int argc, const char **argv);
time_t rrd_first(int argc, const char **argv);
int rrd_resize(int argc, const char **argv);
int rrd_xport(int argc, const char **argv, int *xsize, time_t *start, time_t *end,
              unsigned long *step, unsigned long *col_cnt, char ***legend_v, rrd_value_t **data);
int rrd_flushcached(int argc, const char **argv);

/* Functions that take values. */

/* Flags of `rrd_updatex_r`: readings that are not newer are left out, and whether a file that
 * another process has locked is waited for. */
#define RRD_SKIP_PAST_UPDATES 0x01
#define RRD_FLAGS_LOCKING_MODE_DEFAULT (0 << 7)
#define RRD_FLAGS_LOCKING_MODE_NONE (1 << 7)
#define RRD_FLAGS_LOCKING_MODE_BLOCK (2 << 7)
#define RRD_FLAGS_LOCKING_MODE_TRY (3 << 7)

int rrd_create_r(const char *filename, unsigned long pdp_step, time_t last_up, int argc,
                 const char **argv);
int rrd_create_r2(const char *filename, unsigned long pdp_step, time_t last_up, int no_overwrite,
                  const char **sources, const char *_template, int argc, const char **argv);
rrd_info_t *rrd_info_r(const char *filename);
char *rrd_list_r(int recursive, const char *dirname);
int rrd_update_r(const char *filename, const char *_template, int argc, const char **argv);
int rrd_updatex_r(const char *filename, const char *_template, int extra_flags, int argc,
                  const char **argv);
int rrd_update_v_r(const char *filename, const char *_template, int argc, const char **argv,
                   rrd_info_t *pcdp_summary);
int rrd_updatex_v_r(const char *filename, const char *_template, int extra_flags, int argc,
                    const char **argv, rrd_info_t *pcdp_summary);
int rrd_fetch_r(const char *filename, const char *cf, time_t *start, time_t *end,
                unsigned long *step, unsigned long *ds_cnt, char ***ds_namv, rrd_value_t **data);
time_t rrd_last_r(const char *filename);
time_t rrd_first_r(const char *filename, int rraindex);
int rrd_lastupdate_r(const char *filename, time_t *ret_last_update, unsigned long *ret_ds_count,
                     char ***ret_ds_names, char ***ret_last_ds);
int rrd_tune_r(const char *filename, int argc, const char **argv);

/* Takes bytes of a dump and returns how many. */
typedef size_t (*rrd_output_callback_t)(const void *bytes, size_t count, void *user);

int rrd_dump_r(const char *filename, const char *outname);
int rrd_dump_opt_r(const char *filename, const char *outname, int opt_header);
int rrd_dump_cb_r(const char *filename, int opt_header, rrd_output_callback_t cb, void *user);

/* Times as people write them. */

typedef enum {
    ABSOLUTE_TIME = 0,
    RELATIVE_TO_START_TIME = 1,
    RELATIVE_TO_END_TIME = 2,
    RELATIVE_TO_EPOCH = 3
} rrd_timetype_t;

typedef struct rrd_time_value {
    rrd_timetype_t type;
    long offset;
    struct tm tm;
} rrd_time_value_t;

#define TIME_OK NULL

/* NULL, or what is wrong with the text, which is not freed. */
char *rrd_parsetime(const char *spec, rrd_time_value_t *ptv);
int rrd_proc_start_end(rrd_time_value_t *start, rrd_time_value_t *end, time_t *start_time,
                       time_t *end_time);
const char *rrd_scaled_duration(const char *token, unsigned long divisor, unsigned long *valuep);

/* Errors, for each thread its own. */

typedef struct rrd_context {
    char lib_errstr[256];
    char rrd_error[4096];
} rrd_context_t;

rrd_context_t *rrd_get_context(void);
rrd_context_t *rrd_new_context(void);
void rrd_free_context(rrd_context_t *context);
void rrd_set_error(const char *format, ...);
void rrd_clear_error(void);
int rrd_test_error(void);
char *rrd_get_error(void);
const char *rrd_strerror(int err);
void rrd_thread_init(void);

/* The version. */

char *rrd_strversion(void);
double rrd_version(void);

/* Memory, arrays that grow, folders, numbers. */

void rrd_freemem(void *mem);
int rrd_add_ptr(void ***dest, size_t *dest_size, void *src);
int rrd_add_ptr_chunk(void ***dest, size_t *dest_size, void *src, size_t *alloc, size_t chunk);
int rrd_add_strdup(char ***dest, size_t *dest_size, const char *src);
int rrd_add_strdup_chunk(char ***dest, size_t *dest_size, const char *src, size_t *alloc,
                         size_t chunk);
void rrd_free_ptrs(void ***src, size_t *cnt);
int rrd_mkdir_p(const char *pathname, mode_t mode);
long rrd_random(void);

/* Records of a file. The library has these functions so that programs that are linked to them
 * start; each fails. */

struct rrd_t;

typedef struct rrd_file_t {
    size_t header_len;
    size_t file_len;
    size_t pos;
    void *pvt;
    struct rrd_t *rrd;
} rrd_file_t;

#ifdef RRD_EXPORT_DEPRECATED
#ifdef __GNUC__
#define RRD_DEPRECATED __attribute__((deprecated))
#else
#define RRD_DEPRECATED
#endif

typedef struct rrd_t rrd_t;

void rrd_init(rrd_t *rrd) RRD_DEPRECATED;
void rrd_free(rrd_t *rrd) RRD_DEPRECATED;
rrd_file_t *rrd_open(const char *file_name, rrd_t *rrd, unsigned rdwr) RRD_DEPRECATED;
int rrd_close(rrd_file_t *rrd_file) RRD_DEPRECATED;
ssize_t rrd_read(rrd_file_t *rrd_file, void *buf, size_t count) RRD_DEPRECATED;
ssize_t rrd_write(rrd_file_t *rrd_file, const void *buf, size_t count) RRD_DEPRECATED;
off_t rrd_seek(rrd_file_t *rrd_file, off_t off, int whence) RRD_DEPRECATED;
off_t rrd_tell(rrd_file_t *rrd_file) RRD_DEPRECATED;
void rrd_flush(rrd_file_t *rrd_file) RRD_DEPRECATED;
void rrd_dontneed(rrd_file_t *rrd_file, rrd_t *rrd) RRD_DEPRECATED;
int rrd_lock(rrd_file_t *file) RRD_DEPRECATED;
#endif

#ifdef __cplusplus
}
#endif

/* Up to version 1.7 `argv` was a `char **`, since then it is a `const char **`. Programs of both
 * kinds compile: in C a call accepts either, in C++ there is a function for each. Pointers to the
 * functions have the newer type. */

#ifdef __cplusplus

/* This header may stand between the braces of an `extern "C"`. */
extern "C++" {
inline int rrd_create(int argc, char **argv)
{
    return rrd_create(argc, const_cast<const char **>(argv));
}
inline rrd_info_t *rrd_info(int argc, char **argv)
{
    return rrd_info(argc, const_cast<const char **>(argv));
}
inline char *rrd_list(int argc, char **argv)
{
    return rrd_list(argc, const_cast<const char **>(argv));
}
inline int rrd_update(int argc, char **argv)
{
    return rrd_update(argc, const_cast<const char **>(argv));
}
inline rrd_info_t *rrd_update_v(int argc, char **argv)
{
    return rrd_update_v(argc, const_cast<const char **>(argv));
}
inline int rrd_graph(int argc, char **argv, char ***calcpr, int *xsize, int *ysize, FILE *stream,
                     double *ymin, double *ymax)
{
    return rrd_graph(argc, const_cast<const char **>(argv), calcpr, xsize, ysize, stream, ymin,
                     ymax);
}
inline rrd_info_t *rrd_graph_v(int argc, char **argv)
{
    return rrd_graph_v(argc, const_cast<const char **>(argv));
}
inline int rrd_fetch(int argc, char **argv, time_t *start, time_t *end, unsigned long *step,
                     unsigned long *ds_cnt, char ***ds_namv, rrd_value_t **data)
{
    return rrd_fetch(argc, const_cast<const char **>(argv), start, end, step, ds_cnt, ds_namv,
                     data);
}
inline int rrd_restore(int argc, char **argv)
{
    return rrd_restore(argc, const_cast<const char **>(argv));
}
inline int rrd_dump(int argc, char **argv)
{
    return rrd_dump(argc, const_cast<const char **>(argv));
}
inline int rrd_tune(int argc, char **argv)
{
    return rrd_tune(argc, const_cast<const char **>(argv));
}
inline time_t rrd_last(int argc, char **argv)
{
    return rrd_last(argc, const_cast<const char **>(argv));
}
inline int rrd_lastupdate(int argc, char **argv)
{
    return rrd_lastupdate(argc, const_cast<const char **>(argv));
}
inline time_t rrd_first(int argc, char **argv)
{
    return rrd_first(argc, const_cast<const char **>(argv));
}
inline int rrd_resize(int argc, char **argv)
{
    return rrd_resize(argc, const_cast<const char **>(argv));
}
inline int rrd_xport(int argc, char **argv, int *xsize, time_t *start, time_t *end,
                     unsigned long *step, unsigned long *col_cnt, char ***legend_v,
                     rrd_value_t **data)
{
    return rrd_xport(argc, const_cast<const char **>(argv), xsize, start, end, step, col_cnt,
                     legend_v, data);
}
inline int rrd_flushcached(int argc, char **argv)
{
    return rrd_flushcached(argc, const_cast<const char **>(argv));
}
}

#elif defined(__GNUC__) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L)

#ifdef __GNUC__
/* No warning of strict older standards. */
#define RRD_CHOICE __extension__ _Generic
#else
#define RRD_CHOICE _Generic
#endif
#define RRD_WORDS(words) RRD_CHOICE((words), char **: (const char **) (words), default: (words))

/* The arguments may come from one macro, and `argv` may be an array in braces, which has commas. */
#define RRD_COMMAND(function, argc, ...) function(argc, RRD_WORDS((__VA_ARGS__)))
#define RRD_COMMAND_WITH_RESULTS(function, argc, argv, ...) \
    function(argc, RRD_WORDS(argv), __VA_ARGS__)

#define rrd_create(...) RRD_COMMAND(rrd_create, __VA_ARGS__)
#define rrd_info(...) RRD_COMMAND(rrd_info, __VA_ARGS__)
#define rrd_list(...) RRD_COMMAND(rrd_list, __VA_ARGS__)
#define rrd_update(...) RRD_COMMAND(rrd_update, __VA_ARGS__)
#define rrd_update_v(...) RRD_COMMAND(rrd_update_v, __VA_ARGS__)
#define rrd_graph_v(...) RRD_COMMAND(rrd_graph_v, __VA_ARGS__)
#define rrd_restore(...) RRD_COMMAND(rrd_restore, __VA_ARGS__)
#define rrd_dump(...) RRD_COMMAND(rrd_dump, __VA_ARGS__)
#define rrd_tune(...) RRD_COMMAND(rrd_tune, __VA_ARGS__)
#define rrd_last(...) RRD_COMMAND(rrd_last, __VA_ARGS__)
#define rrd_lastupdate(...) RRD_COMMAND(rrd_lastupdate, __VA_ARGS__)
#define rrd_first(...) RRD_COMMAND(rrd_first, __VA_ARGS__)
#define rrd_resize(...) RRD_COMMAND(rrd_resize, __VA_ARGS__)
#define rrd_flushcached(...) RRD_COMMAND(rrd_flushcached, __VA_ARGS__)
#define rrd_graph(...) RRD_COMMAND_WITH_RESULTS(rrd_graph, __VA_ARGS__)
#define rrd_fetch(...) RRD_COMMAND_WITH_RESULTS(rrd_fetch, __VA_ARGS__)
#define rrd_xport(...) RRD_COMMAND_WITH_RESULTS(rrd_xport, __VA_ARGS__)

#endif

#endif
