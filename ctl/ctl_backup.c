/*
 * backup create: the files of the database into a new folder that can take the
 * place of the data folder: same names, same owner.
 */
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_rpc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct backup {
	int dir, fd; /* the folder; the file being written, or -1 */
	uid_t uid;   /* who owns the data folder */
	gid_t gid;
	char name[64]; /* of it */
	uint64_t octets, files;
	int code; /* errno of what failed first */
};

static enum err
failed(struct backup *b)
{
	if (b->code == 0)
		b->code = errno;
	return err_from_errno(b->code);
}

static enum err
write_at(struct backup *b, uint64_t offset, struct slice s)
{
	ssize_t n;

	while (s.len > 0) {
		n = pwrite(b->fd, s.p, s.len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return failed(b);
		offset += (uint64_t)n;
		s = slice_skip(s, (size_t)n);
	}
	return ERR_OK;
}

/* A name of ours; nothing that leads out of the folder. */
static bool
name_good(struct slice name)
{
	return name.len > 0 && name.p[0] != '.' &&
	       slice_find(name, '/') == name.len && slice_is_printable(name);
}

static enum err
open_file(struct backup *b, struct slice name)
{
	if (b->fd >= 0 || !name_good(name) ||
	    slice_to_str(name, b->name, sizeof b->name) != ERR_OK)
		return ERR_PROTO;
	b->fd = openat(b->dir, b->name,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (b->fd < 0 || fchown(b->fd, b->uid, b->gid) != 0)
		return failed(b);
	return ERR_OK;
}

static enum err
piece(
    void *ctx, struct slice file, uint64_t offset, struct slice data, bool end)
{
	struct backup *b = ctx;
	enum err e = ERR_OK;

	if (b->fd < 0)
		e = open_file(b, file);
	else if (!slice_eq(file, slice_str(b->name)))
		e = ERR_PROTO;
	if (e == ERR_OK)
		e = write_at(b, offset, data);
	b->octets += data.len;
	if (e != ERR_OK || !end)
		return e;
	if (fsync(b->fd) != 0)
		e = failed(b);
	(void)close(b->fd);
	b->fd = -1;
	b->files++;
	return e;
}

static int
finish(struct ctl *c, struct backup *b, enum err e)
{
	struct slice dir = slice_str(c->arg[0]);

	if (e == ERR_OK && b->fd >= 0)
		e = ERR_PROTO; /* a file without end */
	if (e == ERR_OK && fsync(b->dir) != 0)
		e = failed(b);
	if (b->fd >= 0)
		(void)close(b->fd);
	(void)close(b->dir);
	if (e == ERR_OK) {
		ctl_detail(c, "%llu files, %llu octets",
		    (unsigned long long)b->files,
		    (unsigned long long)b->octets);
		ctl_done(c, "copied to", dir);
		return EX_OK;
	}
	if (b->code != 0)
		return ctl_fail(EX_CANTCREAT,
		    "%s: %s; what is there is no whole backup", c->arg[0],
		    strerror(b->code));
	return ctl_fail(ctl_status_of(e),
	    "%s: %s; what is there is no whole backup", c->arg[0], err_text(e));
}

/* One folder, open; -1: errno says why. */
static int
make_folder(const struct backup *b, int at, const char *name)
{
	int fd;

	if (mkdirat(at, name, 0700) != 0)
		return -1;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && fchown(fd, b->uid, b->gid) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

int
ctl_backup_create(struct ctl *c)
{
	struct backup b = {.fd = -1, .uid = geteuid(), .gid = getegid()};
	const char *dir = c->arg[0];
	struct stat st;
	int top;

	if (geteuid() == 0 && stat(c->conf.data_dir, &st) == 0) {
		b.uid = st.st_uid;
		b.gid = st.st_gid;
	}
	top = make_folder(&b, AT_FDCWD, dir);
	b.dir = top < 0 ? -1 : make_folder(&b, top, "db");
	if (b.dir < 0) {
		int code = errno;

		if (top >= 0)
			(void)close(top);
		return ctl_fail(EX_CANTCREAT, "%s: %s%s", dir, strerror(code),
		    code == EEXIST   ? " (a new name for each backup)"
		    : code == ENOENT ? " (make the folder it is to stand in)"
				     : "");
	}
	(void)close(top);
	return finish(c, &b, ctl_rpc_backup(c->rpc, piece, &b));
}
