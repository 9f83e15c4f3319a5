#ifndef STORE_BDB_IO_H
#define STORE_BDB_IO_H
/* Files below Berkeley DB: for the whole process, and in place of its own. */
#include <stdbool.h>
#include <sys/types.h>

/* fdatasync, pwrite, pread, fstatvfs and sync_file_range; replaced by tests */
struct statvfs;
extern int (*bdb_sync_fn)(int fd);
extern ssize_t (*bdb_pwrite_fn)(int fd, const void *p, size_t n, off_t at);
extern ssize_t (*bdb_pread_fn)(int fd, void *p, size_t n, off_t at);
/* reads of the library */
extern ssize_t (*bdb_fetch_fn)(int fd, void *p, size_t n, off_t at);
extern int (*bdb_statvfs_fn)(int fd, struct statvfs *v);
extern int (*bdb_ahead_fn)(int fd, off_t at, off_t n, unsigned flags);
/* Our own open, read, write and sync below Berkeley DB. */
void bdb_io_install(void);
/* errno of a sync or write that has failed since bdb_io_reset, or 0 */
int bdb_io_failed(void);
void bdb_io_reset(void);
/* This thread, from now on: let the disk begin with what is written before it
 * is synced, so that the sync has less to wait for. */
void bdb_io_ahead(bool on);
/* How the library waits for something to change: at most 5 ms. 0 */
int bdb_io_pause(unsigned long secs, unsigned long usecs);

#endif
