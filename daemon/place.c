/* Directories, accounts and the pid file. */
#include "daemon/place.h"

#include "base/log.h"
#include "base/num.h"
#include "proc/proc_child.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err
failed(struct buf *why, const char *what)
{
	enum err e = err_from_errno(errno);

	buf_addf(why, "%s: %s\n", what, strerror(errno));
	return e;
}

static enum err
check_user(const char *key, const char *name, struct buf *why)
{
	const struct passwd *p = getpwnam(name);

	if (p == NULL) {
		buf_addf(why,
		    "%s: there is no account \"%s\" (create it, for example "
		    "with contrib/users)\n",
		    key, name);
		return ERR_NOENT;
	}
	if (p->pw_uid == 0 || p->pw_gid == 0) {
		buf_addf(why, "%s: \"%s\" has the rights of root\n", key, name);
		return ERR_DENIED;
	}
	return ERR_OK;
}

enum err
place_check_users(const struct conf *c, struct buf *why)
{
	enum err e;

	if (geteuid() != 0)
		return ERR_OK;
	if ((e = check_user("user", c->user, why)) != ERR_OK)
		return e;
	return check_user("front_user", c->front_user, why);
}

/* A directory with this mode, whatever the umask; one that exists is kept. */
static enum err
make_dir(const char *path, mode_t mode, struct buf *why)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return chmod(path, mode) == 0 ? ERR_OK : failed(why, path);
	if (errno != EEXIST || stat(path, &st) != 0)
		return failed(why, path);
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode) ? ERR_OK : failed(why, path);
}

/* Looked at without following a link: the folder above may not be root's. */
static enum err
hand_over(const char *path, const struct passwd *p, struct buf *why)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	enum err e = ERR_OK;

	if (fd < 0 || fchown(fd, p->pw_uid, p->pw_gid) != 0)
		e = failed(why, path);
	if (fd >= 0)
		(void)close(fd);
	return e;
}

/*
 * data_dir belongs to the account of the store. One that root has made is
 * handed over; one of somebody else is not ours to take. It is not opened when
 * it is right already: a root without CAP_DAC_OVERRIDE could not.
 */
static enum err
own_data_dir(const struct conf *c, struct buf *why)
{
	const struct passwd *p = getpwnam(c->user);
	struct stat st;

	if (p == NULL || stat(c->data_dir, &st) != 0)
		return failed(why, c->data_dir);
	if (st.st_uid == p->pw_uid)
		return ERR_OK;
	if (st.st_uid == 0)
		return hand_over(c->data_dir, p, why);
	buf_addf(why, "%s: belongs to uid %lu, not to \"%s\"\n", c->data_dir,
	    (unsigned long)st.st_uid, c->user);
	return ERR_DENIED;
}

enum err
place_make(const struct conf *c, struct buf *why)
{
	char empty[CONF_TEXT + 16];
	enum err e;

	if ((e = proc_empty_dir(c, empty, sizeof empty)) != ERR_OK ||
	    (e = make_dir(c->run_dir, 0755, why)) != ERR_OK ||
	    (e = make_dir(empty, 0555, why)) != ERR_OK ||
	    (e = make_dir(c->data_dir, 0700, why)) != ERR_OK)
		return e;
	return geteuid() == 0 ? own_data_dir(c, why) : ERR_OK;
}

/* What the pid file says; 0 when that is no number. */
static long
read_pid(int fd)
{
	char text[24];
	ssize_t n = pread(fd, text, sizeof text, 0);
	struct slice line = slice_of(text, n > 0 ? (size_t)n : 0), number;
	uint32_t pid;

	(void)slice_cut(&line, '\n', &number);
	return num_u32(number, 1, INT32_MAX, &pid) == ERR_OK ? (long)pid : 0;
}

static enum err
write_pid(int fd)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());

	return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n
		   ? ERR_OK
		   : err_from_errno(errno);
}

enum err
place_lock(struct place *p, const struct conf *c, struct buf *why)
{
	char path[CONF_TEXT + 16];
	enum err e = ERR_OK;

	(void)snprintf(path, sizeof path, "%s/pid", c->run_dir);
	p->pid_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (p->pid_fd < 0)
		return failed(why, path);
	if (flock(p->pid_fd, LOCK_EX | LOCK_NB) != 0) {
		buf_addf(why, "%s: a server runs here already, process %ld\n",
		    path, read_pid(p->pid_fd));
		e = ERR_BUSY;
	} else {
		p->unclean = read_pid(p->pid_fd) != 0;
		if (fchmod(p->pid_fd, 0644) != 0 ||
		    write_pid(p->pid_fd) != ERR_OK)
			e = failed(why, path);
	}
	if (e != ERR_OK) {
		(void)close(p->pid_fd);
		p->pid_fd = -1;
	}
	return e;
}

void
place_unlock(struct place *p)
{
	if (p->pid_fd < 0)
		return;
	if (ftruncate(p->pid_fd, 0) != 0)
		log_errno(LOG_WARN, "pid-file", "truncate", errno);
	(void)close(p->pid_fd);
	p->pid_fd = -1;
}
