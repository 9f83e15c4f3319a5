/* The way to the store: the server's, or one of our own. */
#include "ctl/ctl_link.h"

#include "ctl/ctl_out.h"
#include "ctl/ctl_rpc.h"
#include "net/net_loop.h"
#include "proc/msg.h"
#include "proc/proc_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	TURN_MS = 1000,
	GRACE_MS = 60000,
	FLUSH_MS = 5000,
	PAUSE_MS = 20,
	PAUSES = 60 * 1000 / PAUSE_MS
};

/* --- the running server ---------------------------------------------- */

/* ERR_OK: *fd_out is a connection; else errno says why not. */
static enum err
try_connect(const char *path, int *fd_out)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd, code;

	errno = ENAMETOOLONG;
	if (slice_to_str(slice_str(path), un.sun_path, sizeof un.sun_path) !=
		ERR_OK ||
	    (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return ERR_IO;
	if (connect(fd, (const struct sockaddr *)(const void *)&un,
		sizeof un) == 0 &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0) {
		*fd_out = fd;
		return ERR_OK;
	}
	code = errno;
	(void)close(fd);
	errno = code;
	return ERR_IO;
}

/* *fd_out: a connection, or -1 when no server runs. */
static int
connect_server(const struct ctl *c, int *fd_out)
{
	char path[CONF_TEXT + 16];

	*fd_out = -1;
	conf_admin_socket(&c->conf, path);
	if (try_connect(path, fd_out) == ERR_OK || errno == ENOENT ||
	    errno == ECONNREFUSED || errno == ENOTDIR)
		return EX_OK;
	if (errno == EACCES || errno == EPERM)
		return ctl_fail(EX_NOPERM,
		    "%s: you may not administer this server (be root%s%s)",
		    path,
		    c->conf.admin.group[0] == '\0' ? "" : ", or in group ",
		    c->conf.admin.group);
	return ctl_fail(EX_UNAVAILABLE, "%s: %s", path, strerror(errno));
}

void
ctl_link_await_end(const struct ctl *c)
{
	struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	char path[CONF_TEXT + 16];
	int fd;

	conf_admin_socket(&c->conf, path);
	for (unsigned i = 0; i < PAUSES; i++) {
		if (try_connect(path, &fd) != ERR_OK)
			return;
		(void)close(fd);
		(void)nanosleep(&pause, NULL);
	}
}

/* --- a store of our own ---------------------------------------------- */

struct ctl_link {
	struct net_loop *loop;
	struct chan *chan;
	pid_t pid;
	bool ready, gone;
	int status; /* of the process, from waitpid */
};

static void
on_ready(void *ctx, struct msg_ready *m, struct slice tail, int fd)
{
	struct ctl_link *l = ctx;

	(void)m;
	(void)tail;
	(void)fd;
	l->ready = true;
}

static const struct msg_handlers handlers = {.ready = on_ready};

static void
gone(void *ctx, enum err why)
{
	struct ctl_link *l = ctx;

	(void)why;
	l->gone = true;
	chan_free(&l->chan);
}

/* A descriptor that holds the configuration; -1: errno says why. */
static int
conf_fd(const struct conf *conf)
{
	int fd = memfd_create("conf", MFD_CLOEXEC), code;
	ssize_t n;

	if (fd < 0)
		return -1;
	if ((n = write(fd, conf, sizeof *conf)) == (ssize_t)sizeof *conf)
		return fd;
	code = n < 0 ? errno : EIO;
	(void)close(fd);
	errno = code;
	return -1;
}

/* What the parent of a server would send: configuration, our channel, start. */
static enum err
send_start(struct ctl_link *l, const struct conf *conf, int peer)
{
	struct msg_conf mc = {.generation = 1};
	struct msg_peer mp = {.role = ROLE_CTL};
	struct msg_start ms = {.index = 0};
	int fd = conf_fd(conf);
	enum err e;

	if (fd < 0) {
		(void)close(peer);
		return err_from_errno(errno);
	}
	e = msg_send_conf(l->chan, &mc, SLICE_NONE, fd);
	if (e == ERR_OK)
		e = msg_send_peer(l->chan, &mp, SLICE_NONE, peer);
	else
		(void)close(peer);
	if (e == ERR_OK)
		e = msg_send_start(l->chan, &ms, SLICE_NONE, -1);
	return e;
}

/* As root: the folder belongs to the account of the store; what root has made
 * is handed over. */
static int
own_data_dir(const struct conf *conf)
{
	const struct passwd *pw = getpwnam(conf->user);
	int fd, status = EX_OK;
	struct stat st;

	if (pw == NULL)
		return ctl_fail(EX_CONFIG,
		    "user: there is no account \"%s\" on this machine",
		    conf->user);
	fd = open(
	    conf->data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) != 0 ||
	    (st.st_uid == 0 && fchown(fd, pw->pw_uid, pw->pw_gid) != 0))
		status = ctl_fail(
		    EX_CANTCREAT, "%s: %s", conf->data_dir, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return status;
}

static int
make_data_dir(const struct conf *conf)
{
	if (mkdir(conf->data_dir, 0700) != 0 && errno != EEXIST)
		return ctl_fail(errno == EACCES ? EX_NOPERM : EX_CANTCREAT,
		    "%s: %s", conf->data_dir, strerror(errno));
	return geteuid() == 0 ? own_data_dir(conf) : EX_OK;
}

/* The store has ended before it was ready, and said why on standard error. */
static int
start_failed(const struct ctl *c, struct ctl_link *l)
{
	if (waitpid(l->pid, &l->status, 0) == l->pid) {
		int status = WIFEXITED(l->status) ? WEXITSTATUS(l->status) : 0;

		l->pid = 0;
		if (status == EX_NOPERM)
			return ctl_fail(status,
			    "%s belongs to somebody else (be the user the "
			    "server runs as, or root)",
			    c->conf.data_dir);
		if (status == EX_TEMPFAIL)
			return ctl_fail(EX_TEMPFAIL,
			    "%s is in use by another process: a server that "
			    "is starting or stopping, or another command; try "
			    "again in a moment",
			    c->conf.data_dir);
	}
	return ctl_fail(
	    EX_IOERR, "the store in %s cannot be opened", c->conf.data_dir);
}

static int
start_store(struct ctl *c, struct ctl_link *l)
{
	struct conf *conf = malloc(sizeof *conf);
	int pair[2], fd, status;
	enum err e;

	if (conf == NULL)
		return ctl_fail_err(ERR_NOMEM, "start", SLICE_NONE);
	*conf = c->conf;
	/* this store's own life is of no interest */
	if (!c->verbose && conf->log.level > CONF_LOG_ERROR)
		conf->log.level = CONF_LOG_ERROR;
	e = proc_pair(pair);
	if (e == ERR_OK &&
	    (e = proc_spawn(ROLE_STORE, 0, &l->pid, &fd)) != ERR_OK) {
		(void)close(pair[0]);
		(void)close(pair[1]);
	}
	if (e != ERR_OK) {
		free(conf);
		return ctl_fail_err(e, "cannot start the store", SLICE_NONE);
	}
	if ((l->loop = net_loop_new()) == NULL)
		(void)close(fd);
	else
		l->chan = chan_new(
		    l->loop, fd, ROLE_PARENT, ROLE_STORE, &handlers, gone, l);
	if (l->chan == NULL) {
		(void)close(pair[1]);
		e = ERR_NOMEM;
	} else {
		e = send_start(l, conf, pair[1]);
	}
	free(conf);
	while (e == ERR_OK && !l->ready && !l->gone)
		net_loop_turn(l->loop, TURN_MS);
	if (e != ERR_OK || l->gone) {
		(void)close(pair[0]);
		status = start_failed(c, l);
	} else {
		c->rpc = ctl_rpc_new(pair[0]);
		status = c->rpc == NULL
			     ? ctl_fail_err(ERR_NOMEM, "start", SLICE_NONE)
			     : EX_OK;
	}
	return status;
}

static int
open_own(struct ctl *c, struct ctl_link **link_out)
{
	struct ctl_link *l;
	int status;

	if ((status = make_data_dir(&c->conf)) != EX_OK)
		return status;
	if ((l = calloc(1, sizeof *l)) == NULL)
		return ctl_fail_err(ERR_NOMEM, "start", SLICE_NONE);
	ctl_detail(c, "no server runs; opening %s", c->conf.data_dir);
	*link_out = l;
	if ((status = start_store(c, l)) != EX_OK)
		(void)ctl_link_close(c, link_out);
	return status;
}

int
ctl_link_open(struct ctl *c, bool need_server, struct ctl_link **link_out)
{
	int fd, status;

	*link_out = NULL;
	if ((status = connect_server(c, &fd)) != EX_OK)
		return status;
	if (fd < 0 && need_server)
		return ctl_fail(EX_UNAVAILABLE,
		    "no server is running (start it with \"restante serve\")");
	if (fd < 0)
		return open_own(c, link_out);
	c->rpc = ctl_rpc_new(fd);
	return c->rpc == NULL ? ctl_fail_err(ERR_NOMEM, "connect", SLICE_NONE)
			      : EX_OK;
}

int
ctl_link_close(struct ctl *c, struct ctl_link **link)
{
	struct msg_stop stop = {.grace_ms = GRACE_MS};
	struct ctl_link *l = *link;
	int status = EX_OK;

	ctl_rpc_free(&c->rpc);
	if (l == NULL)
		return EX_OK;
	*link = NULL;
	if (l->chan != NULL &&
	    msg_send_stop(l->chan, &stop, SLICE_NONE, -1) == ERR_OK)
		(void)chan_flush(l->chan, FLUSH_MS);
	/* it exits by itself when the channel is closed, if it must */
	if (l->pid > 0) {
		while (l->chan != NULL && !l->gone)
			net_loop_turn(l->loop, TURN_MS);
		if (waitpid(l->pid, &l->status, 0) != l->pid ||
		    !WIFEXITED(l->status) || WEXITSTATUS(l->status) != 0)
			status = ctl_fail(EX_IOERR,
			    "the store in %s did not "
			    "close well",
			    c->conf.data_dir);
	}
	chan_free(&l->chan);
	net_loop_free(&l->loop);
	free(l);
	return status;
}
