/* Files that commands read and write. */
#include "ctl/ctl_file.h"

#include "ctl/ctl_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
ctl_file_read(const char *path, struct buf *b)
{
	bool in = strcmp(path, "-") == 0;
	int fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC), code;
	char chunk[65536];
	ssize_t n = 0;

	if (fd < 0)
		return ctl_fail(errno == EACCES ? EX_NOPERM : EX_NOINPUT,
		    "%s: %s", path, strerror(errno));
	while (b->err == ERR_OK && (n = read(fd, chunk, sizeof chunk)) > 0)
		buf_add(b, chunk, (size_t)n);
	code = errno;
	if (!in)
		(void)close(fd);
	if (n < 0)
		return ctl_fail(EX_IOERR, "%s: %s", path, strerror(code));
	if (b->err != ERR_OK)
		return ctl_fail(
		    ctl_status_of(b->err), "%s: %s", path, err_text(b->err));
	return EX_OK;
}

static int
write_fd(int fd, struct slice s, unsigned mode)
{
	ssize_t n;

	if (fchmod(fd, (mode_t)mode) != 0)
		return errno;
	for (; s.len > 0; s = slice_skip(s, (size_t)n))
		if ((n = write(fd, s.p, s.len)) < 0) {
			if (errno != EINTR)
				return errno;
			n = 0;
		}
	return fsync(fd) == 0 ? 0 : errno;
}

int
ctl_file_write(const char *path, struct slice contents, unsigned mode)
{
	char temp[4096];
	int fd, code;

	if (snprintf(temp, sizeof temp, "%s.XXXXXX", path) >= (int)sizeof temp)
		return ctl_fail(EX_CANTCREAT, "%s: the path is too long", path);
	if ((fd = mkostemp(temp, O_CLOEXEC)) < 0)
		return ctl_fail(errno == EACCES ? EX_NOPERM : EX_CANTCREAT,
		    "%s: %s", path, strerror(errno));
	code = write_fd(fd, contents, mode);
	(void)close(fd);
	if (code == 0 && rename(temp, path) != 0)
		code = errno;
	if (code == 0)
		return EX_OK;
	(void)unlink(temp);
	return ctl_fail(EX_CANTCREAT, "%s: %s", path, strerror(code));
}
