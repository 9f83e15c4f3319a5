/*
 * One process has the data: an flock on a file that also says which. It ends
 * with the process, so nothing has to be cleaned up after a crash.
 */
#include "store/bdb/bdb_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static enum err
taken(const char *data_dir, int fd, struct buf *why)
{
	char pid[24] = "";
	ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
	size_t len = n < 0 ? 0 : strspn(pid, "0123456789");

	buf_addf(why, "%s is in use by another process", data_dir);
	if (len > 0)
		buf_addf(why, " (pid %.*s)", (int)len, pid);
	return ERR_BUSY;
}

static enum err
write_pid(int fd)
{
	char pid[24];
	int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) < 0 ||
	    pwrite(fd, pid, (size_t)len, 0) != (ssize_t)len)
		return err_from_errno(errno);
	return ERR_OK;
}

enum err
bdb_lock_take(const char *data_dir, int *fd_out, struct buf *why)
{
	char path[CONF_TEXT + 16];
	enum err e;
	int fd;

	(void)snprintf(path, sizeof path, "%s/lock", data_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		buf_addf(why, "%s: %s", path, strerror(errno));
		return err_from_errno(errno);
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		/* who has it is for people: a full disk is no reason to stop */
		(void)write_pid(fd);
		*fd_out = fd;
		return ERR_OK;
	}
	if (errno == EWOULDBLOCK) {
		e = taken(data_dir, fd, why);
	} else {
		e = err_from_errno(errno);
		buf_addf(why, "%s: %s", path, strerror(errno));
	}
	(void)close(fd);
	return e;
}
