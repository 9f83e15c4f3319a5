/*
 * Files below Berkeley DB, where the library's own calls are not enough:
 *
 * - It tries a failed fdatasync again, up to 100 times. The kernel forgets the
 *   pages with the first failure, so the next one "succeeds" and acknowledges
 *   what is not there. Ours fails once and for all, and so does a write, unless
 *   only space was missing.
 * - A file system that the kernel has shut down can let a sync succeed that
 *   came between: what it waited for has ended, in failure. (Seen on ext4:
 *   one in some hundred power cuts lost mail acknowledged in the milliseconds
 *   around it.) It reads nothing then, not even what is in memory: so after a
 *   sync we ask.
 * - The directory entry of a new log file must be on the disk before anything
 *   in the file counts; not every file system sees to that with the file.
 * - It tries a read that failed with EIO a hundred times more. A bad sector
 *   keeps the disk for seconds each time, and the writer, and with it all mail.
 *   Ours says once that there is no data.
 * - A checkpoint that finds a page in use comes back to it when all else is
 *   written, after a second of sleep, in which a busy store makes more pages
 *   dirty than the checkpoint has cleaned. Ours is short.
 */
#include "store/bdb/bdb_io.h"

#include "store/bdb/bdb_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_US = 5000, NS_PER_US = 1000, AHEAD_OCTETS = 2 * 1024 * 1024 };

int (*bdb_sync_fn)(int fd) = fdatasync;
ssize_t (*bdb_pwrite_fn)(int fd, const void *p, size_t n, off_t at) = pwrite;
ssize_t (*bdb_pread_fn)(int fd, void *p, size_t n, off_t at) = pread;
ssize_t (*bdb_fetch_fn)(int fd, void *p, size_t n, off_t at) = pread;
int (*bdb_ahead_fn)(
    int fd, off_t at, off_t n, unsigned flags) = sync_file_range;

static atomic_int io_error;

int
bdb_io_failed(void)
{
	return atomic_load(&io_error);
}

void
bdb_io_reset(void)
{
	atomic_store(&io_error, 0);
}

/* errno of a file system that is no more, or 0 */
static int
look(int fd)
{
	char c;

	return bdb_pread_fn(fd, &c, sizeof c, 0) < 0 ? errno : 0;
}

static int
sync_fd(int fd)
{
	int ret = bdb_sync_fn(fd) == 0 ? look(fd) : errno;

	if (ret != 0)
		atomic_store(&io_error, ret);
	return ret;
}

/* What this thread has written to a file and the disk was not told of. */
static _Thread_local struct {
	bool on;
	int fd;
	off_t first, end;
} ahead;

/* Without waiting; what goes wrong is for the sync to say. */
static void
tell_disk(void)
{
	if (ahead.end > ahead.first)
		(void)bdb_ahead_fn(ahead.fd, ahead.first,
		    ahead.end - ahead.first, SYNC_FILE_RANGE_WRITE);
	ahead.first = ahead.end = 0;
}

void
bdb_io_ahead(bool on)
{
	tell_disk();
	ahead.on = on;
}

static void
note_written(int fd, off_t at, off_t end)
{
	if (fd != ahead.fd || at < ahead.end)
		tell_disk();
	if (ahead.end == 0)
		ahead.first = at;
	ahead.fd = fd;
	ahead.end = end;
	if (ahead.end - ahead.first >= AHEAD_OCTETS)
		tell_disk();
}

static ssize_t
write_at(int fd, const void *p, size_t n, off_t at)
{
	ssize_t done;

	do
		done = bdb_pwrite_fn(fd, p, n, at);
	while (done < 0 && errno == EINTR);
	if (done < 0 && errno != ENOSPC && errno != EDQUOT)
		atomic_store(&io_error, errno);
	if (done > 0 && ahead.on)
		note_written(fd, at, at + done);
	return done;
}

/* Where a read of this thread has failed for good. */
static _Thread_local struct {
	int fd;
	off_t at;
} bad = {-1, 0};

static ssize_t
read_at(int fd, void *p, size_t n, off_t at)
{
	ssize_t got;

	do
		got = bdb_fetch_fn(fd, p, n, at);
	while (got < 0 && errno == EINTR);
	bad.fd = got < 0 && errno == EIO ? fd : -1;
	bad.at = at;
	return got;
}

/* What the library does next, before it tries a hundred times. */
static int
seek_to(int fd, off_t at, int whence)
{
	bool again = whence == SEEK_SET && fd == bad.fd && at == bad.at;

	bad.fd = -1;
	if (again)
		errno = ENODATA;
	return !again && lseek(fd, at, whence) >= 0 ? 0 : errno;
}

/* The directory that holds path; errno, or 0. */
static int
sync_parent(const char *path)
{
	char dir[CONF_TEXT + 64];
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);
	int fd, ret;

	if (len >= sizeof dir)
		return ENAMETOOLONG;
	memcpy(dir, path, len);
	dir[len] = '\0';
	fd = open(len == 0 ? "." : dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	ret = fsync(fd) == 0 ? 0 : errno;
	(void)close(fd);
	return ret;
}

static int
open_file(const char *path, int flags, ...)
{
	int fd = -1, code;

	if ((flags & O_EXCL) == 0) {
		fd = open(path, (flags & ~O_CREAT) | O_CLOEXEC);
		if (fd >= 0 || errno != ENOENT || (flags & O_CREAT) == 0)
			return fd;
	}
	fd = bdb_spare_use(path) ? open(path, (flags & ~O_CREAT) | O_CLOEXEC)
				 : open(path, flags | O_CLOEXEC, 0600);
	if (fd >= 0 && (code = sync_parent(path)) != 0) {
		(void)close(fd);
		errno = code;
		return -1;
	}
	return fd;
}

int
bdb_io_pause(unsigned long secs, unsigned long usecs)
{
	struct timespec t = {0, (long)PAUSE_US * NS_PER_US};

	if (secs == 0 && usecs == 0)
		return sched_yield();
	if (secs == 0 && usecs < PAUSE_US)
		t.tv_nsec = (long)usecs * NS_PER_US;
	(void)nanosleep(&t, NULL);
	return 0;
}

void
bdb_io_install(void)
{
	(void)db_env_set_func_yield(bdb_io_pause);
	(void)db_env_set_func_open(open_file);
	(void)db_env_set_func_fsync(sync_fd);
	(void)db_env_set_func_pwrite(write_at);
	(void)db_env_set_func_pread(read_at);
	(void)db_env_set_func_seek(seek_to);
}
