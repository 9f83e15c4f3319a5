/* The sockets of the file system: for the command line, and for programs. */
#include "base/clock.h"
#include "daemon/sockets_priv.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { RETRY_MS = 200, LOCAL_BACKLOG = 64 };

bool
sockets_wait(uint64_t until_ms)
{
	static const struct timespec pause = {0, RETRY_MS * 1000000L};

	if (clock_mono_ms() >= until_ms)
		return false;
	(void)nanosleep(&pause, NULL);
	return true;
}

static enum err
failed(struct buf *why, const char *path)
{
	enum err e = err_from_errno(errno);

	buf_addf(why, "%s: %s\n", path, strerror(errno));
	return e;
}

/* Remove a socket that a dead server has left; ERR_BUSY: it is alive. */
static enum err
clear_path(const struct sockaddr_un *a)
{
	struct stat st;
	int fd;
	bool alive;

	if (lstat(a->sun_path, &st) != 0)
		return errno == ENOENT ? ERR_OK : err_from_errno(errno);
	if (!S_ISSOCK(st.st_mode))
		return ERR_EXISTS;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_from_errno(errno);
	alive = connect(fd, (const struct sockaddr *)a, sizeof *a) == 0 ||
		errno == EAGAIN;
	(void)close(fd);
	if (alive)
		return ERR_BUSY;
	return unlink(a->sun_path) == 0 ? ERR_OK : err_from_errno(errno);
}

/* The group of admin.group, or everybody's no. */
static enum err
set_owner(const char *path, const char *group, struct buf *why)
{
	const struct group *g;

	if (group[0] == '\0')
		return chmod(path, 0600) == 0 ? ERR_OK : failed(why, path);
	if ((g = getgrnam(group)) == NULL) {
		buf_addf(why, "admin.group: there is no group \"%s\"\n", group);
		return ERR_NOENT;
	}
	if (chown(path, (uid_t)-1, g->gr_gid) != 0 || chmod(path, 0660) != 0)
		return failed(why, path);
	return ERR_OK;
}

/* Bound and listening; key: the parameter that names it. The process's umask
 * (077) keeps others out from the first moment. */
static enum err
open_local(const char *path, const char *key, uint64_t until_ms, int *fd_out,
    struct buf *why)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	enum err e;

	if (slice_to_str(slice_str(path), a.sun_path, sizeof a.sun_path) !=
	    ERR_OK) {
		buf_addf(why, "%s: too long for a socket (%s)\n", path, key);
		return ERR_TOOBIG;
	}
	while ((e = clear_path(&a)) == ERR_BUSY && sockets_wait(until_ms))
		continue;
	if (e != ERR_OK) {
		buf_addf(why, "%s: %s\n", path,
		    e == ERR_BUSY ? "a server answers there already"
				  : err_text(e));
		return e;
	}
	*fd_out =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd_out < 0 ||
	    bind(*fd_out, (const struct sockaddr *)&a, sizeof a) != 0 ||
	    listen(*fd_out, LOCAL_BACKLOG) != 0)
		return failed(why, path);
	return ERR_OK;
}

static enum err
open_admin(struct sockets *s, const struct conf *conf, uint64_t until_ms,
    struct buf *why)
{
	char path[CONF_TEXT + 16];
	enum err e;

	conf_admin_socket(conf, path);
	e = open_local(path, "admin.socket", until_ms, &s->admin_fd, why);
	return e == ERR_OK ? set_owner(path, conf->admin.group, why) : e;
}

/* Every user of the machine may hand in mail. */
static enum err
open_submit(struct sockets *s, const struct conf *conf, uint64_t until_ms,
    struct buf *why)
{
	char path[CONF_TEXT + 16];
	enum err e;

	conf_submit_socket(conf, path);
	if (path[0] == '\0')
		return ERR_OK;
	e = open_local(path, "submit.socket", until_ms, &s->submit_fd, why);
	if (e == ERR_OK && chmod(path, 0666) != 0)
		e = failed(why, path);
	return e;
}

enum err
sockets_open_local(struct sockets *s, const struct conf *conf,
    uint64_t until_ms, struct buf *why)
{
	enum err e = open_submit(s, conf, until_ms, why);

	return e == ERR_OK ? open_admin(s, conf, until_ms, why) : e;
}

static void
close_local(int fd, const char *path)
{
	if (fd < 0)
		return;
	(void)unlink(path);
	(void)close(fd);
}

void
sockets_close_local(struct sockets *s, const struct conf *conf)
{
	char path[CONF_TEXT + 16];

	conf_admin_socket(conf, path);
	close_local(s->admin_fd, path);
	conf_submit_socket(conf, path);
	close_local(s->submit_fd, path);
	s->admin_fd = s->submit_fd = -1;
}
