/* Opening listeners and the sockets of the file system, handing them out. */
#include "daemon/sockets.h"

#include "base/clock.h"
#include "net/net_listen.h"
#include "proc/msg.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { RETRY_MS = 200, LOCAL_BACKLOG = 64 };

struct socket_item {
	int fd;
	enum role role;
	unsigned worker, listener, address;
};

/* false when it is time to give up. Nothing else runs yet: we may sleep. */
static bool
wait_a_bit(uint64_t until_ms)
{
	static const struct timespec pause = {0, RETRY_MS * 1000000L};

	if (clock_mono_ms() >= until_ms)
		return false;
	(void)nanosleep(&pause, NULL);
	return true;
}

/* --- listeners ---------------------------------------------------------------
 */

static enum err
open_patiently(
    const struct net_addr *a, bool shared, uint64_t until_ms, int *fd_out)
{
	enum err e;

	while ((e = net_listen_open(a, shared, fd_out)) == ERR_BUSY &&
	       wait_a_bit(until_ms))
		continue;
	return e;
}

/*
 * Sockets that share an address would share it with those of another server,
 * too: so first see whether we can have it alone.
 */
static enum err
reserve(const struct net_addr *a, uint64_t until_ms)
{
	int fd;
	enum err e = open_patiently(a, false, until_ms, &fd);

	if (e == ERR_OK)
		(void)close(fd);
	return e;
}

static enum err
add(struct sockets *s, const struct socket_item *item)
{
	struct socket_item *all =
	    realloc(s->item, (s->count + 1) * sizeof *all);

	if (all == NULL) {
		(void)close(item->fd);
		return ERR_NOMEM;
	}
	all[s->count++] = *item;
	s->item = all;
	return ERR_OK;
}

/* One address of one listener, for all workers. */
static enum err
open_address(struct sockets *s, const struct net_addr *a,
    struct socket_item item, unsigned workers, uint64_t until_ms)
{
	enum err e = workers > 1 ? reserve(a, until_ms) : ERR_OK;

	for (item.worker = 0; e == ERR_OK && item.worker < workers;
	     item.worker++) {
		e = open_patiently(a, workers > 1, until_ms, &item.fd);
		if (e == ERR_OK)
			e = add(s, &item);
	}
	return e;
}

static const struct role_row *
row_serving(const struct role_row *table, uint32_t service)
{
	for (; table->run != NULL; table++)
		if ((table->services >> service & 1u) != 0)
			return table;
	return NULL;
}

static const char *
what_to_know(enum err e)
{
	switch ((int)e) {
	case ERR_DENIED:
		return " (ports below 1024 need root or CAP_NET_BIND_SERVICE)";
	case ERR_NOENT:
		return " (this machine has no such address)";
	case ERR_BUSY:
		return " (another program listens there: ss -ltnp)";
	default:
		return "";
	}
}

static enum err
open_listener(struct sockets *s, const struct conf *conf, unsigned i,
    const struct role_row *row, uint64_t until_ms, struct buf *why)
{
	const struct conf_listener *l = &conf->listener[i];
	struct socket_item item = {.role = row->run->role, .listener = i};
	enum err e = ERR_OK;

	for (uint32_t a = 0; e == ERR_OK && a < l->naddr; a++) {
		item.address = a;
		e = open_address(
		    s, &l->addr[a], item, role_count(row, conf), until_ms);
		if (e == ERR_OK)
			continue;
		buf_addf(why, "listen %s: ", l->name);
		net_addr_add(why, &l->addr[a]);
		buf_addf(why, ": %s%s\n", err_text(e), what_to_know(e));
	}
	return e;
}

/* --- sockets of the file system ----------------------------------------------
 */

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
	while ((e = clear_path(&a)) == ERR_BUSY && wait_a_bit(until_ms))
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

/* --- all ---------------------------------------------------------------------
 */

enum err
sockets_open(struct sockets *s, const struct conf *conf,
    const struct role_row *table, uint64_t until_ms, struct buf *why)
{
	enum err e = ERR_OK;

	*s = SOCKETS_NONE;
	for (uint32_t i = 0; e == ERR_OK && i < conf->nlisteners; i++) {
		const struct role_row *row =
		    row_serving(table, conf->listener[i].service);

		if (row != NULL)
			e = open_listener(s, conf, i, row, until_ms, why);
	}
	if (e == ERR_OK)
		e = open_submit(s, conf, until_ms, why);
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
sockets_close(struct sockets *s, const struct conf *conf)
{
	char path[CONF_TEXT + 16];

	for (unsigned i = 0; i < s->count; i++)
		(void)close(s->item[i].fd);
	free(s->item);
	conf_admin_socket(conf, path);
	close_local(s->admin_fd, path);
	conf_submit_socket(conf, path);
	close_local(s->submit_fd, path);
	*s = SOCKETS_NONE;
}

static enum err
send_copy(struct chan *chan, unsigned listener, unsigned address, int fd)
{
	struct msg_listener m = {listener, address};
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return err_from_errno(errno);
	return msg_send_listener(chan, &m, SLICE_NONE, copy);
}

enum err
sockets_send(
    const struct sockets *s, enum role role, unsigned index, struct chan *chan)
{
	enum err e = ERR_OK;

	if (role == ROLE_STORE && s->admin_fd >= 0)
		return send_copy(chan, MSG_LISTENER_ADMIN, 0, s->admin_fd);
	if (role == ROLE_SMTP && s->submit_fd >= 0)
		e = send_copy(chan, MSG_LISTENER_SUBMIT, 0, s->submit_fd);
	for (unsigned i = 0; e == ERR_OK && i < s->count; i++)
		if (s->item[i].role == role && s->item[i].worker == index)
			e = send_copy(chan, s->item[i].listener,
			    s->item[i].address, s->item[i].fd);
	return e;
}
