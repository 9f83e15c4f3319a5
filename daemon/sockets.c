/* Opening listeners, in another way at a reload, and handing them out. */
#include "daemon/sockets.h"

#include "base/clock.h"
#include "daemon/sockets_priv.h"
#include "net/net_listen.h"
#include "proc/msg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHANGE_MS = 1000 };

struct socket_item {
	int fd;
	enum role role;
	unsigned worker, listener, address;
	struct net_addr at;
};

/* What is opened, and from what. */
struct opening {
	struct sockets *s;
	const struct sockets *old; /* that may be used again */
	const struct conf *conf;
	uint64_t until_ms;
	struct buf *why;
};

/* --- listeners ---------------------------------------------------------------
 */

static enum err
open_patiently(
    const struct net_addr *a, bool shared, uint64_t until_ms, int *fd_out)
{
	enum err e;

	while ((e = net_listen_open(a, shared, fd_out)) == ERR_BUSY &&
	       sockets_wait(until_ms))
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

static bool
has(const struct sockets *s, int fd)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->item[i].fd == fd)
			return true;
	return false;
}

static enum err
add(const struct opening *o, const struct socket_item *item)
{
	struct sockets *s = o->s;
	struct socket_item *all =
	    realloc(s->item, (s->count + 1) * sizeof *all);

	if (all == NULL) {
		if (!has(o->old, item->fd))
			(void)close(item->fd);
		return ERR_NOMEM;
	}
	all[s->count++] = *item;
	s->item = all;
	return ERR_OK;
}

/* The one that has this address already; NULL: none. */
static const struct socket_item *
find(const struct sockets *s, const struct net_addr *at, unsigned worker)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->item[i].worker == worker &&
		    memcmp(&s->item[i].at, at, sizeof *at) == 0)
			return &s->item[i];
	return NULL;
}

/*
 * Are sockets of ours in the way, as when 127.0.0.1 becomes all addresses? They
 * will be closed, because no two of one configuration clash; share until then.
 */
static bool
make_room(const struct sockets *old, const struct net_addr *at)
{
	bool room = false;

	for (unsigned i = 0; i < old->count; i++)
		if (net_addr_clash(&old->item[i].at, at) &&
		    net_listen_share(old->item[i].fd) == ERR_OK)
			room = true;
	return room;
}

/* One address of one listener, for all workers. */
static enum err
open_address(const struct opening *o, struct socket_item item)
{
	unsigned workers = o->s->workers[item.role];
	bool shared = workers > 1;
	enum err e = ERR_OK;

	if (find(o->old, &item.at, 0) == NULL) {
		if (make_room(o->old, &item.at))
			shared = true;
		else
			e = reserve(&item.at, o->until_ms);
	}
	for (; e == ERR_OK && item.worker < workers; item.worker++) {
		const struct socket_item *had =
		    find(o->old, &item.at, item.worker);

		if (had != NULL)
			item.fd = had->fd;
		else
			e = open_patiently(
			    &item.at, shared, o->until_ms, &item.fd);
		if (e == ERR_OK)
			e = add(o, &item);
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
open_listener(const struct opening *o, unsigned i, enum role role)
{
	const struct conf_listener *l = &o->conf->listener[i];
	enum err e = ERR_OK;

	for (uint32_t a = 0; e == ERR_OK && a < l->naddr; a++) {
		e = open_address(o, (struct socket_item){.role = role,
					.listener = i,
					.address = a,
					.at = l->addr[a]});
		if (e == ERR_OK)
			continue;
		buf_addf(o->why, "listen %s: ", l->name);
		net_addr_add(o->why, &l->addr[a]);
		buf_addf(o->why, ": %s%s\n", err_text(e), what_to_know(e));
	}
	return e;
}

static enum err
open_listeners(const struct opening *o, const struct role_row *table)
{
	enum err e = ERR_OK;

	for (uint32_t i = 0; e == ERR_OK && i < o->conf->nlisteners; i++) {
		const struct role_row *row =
		    row_serving(table, o->conf->listener[i].service);

		if (row != NULL)
			e = open_listener(o, i, row->run->role);
	}
	return e;
}

bool
sockets_served(
    const struct sockets *s, const struct role_row *table, uint32_t service)
{
	const struct role_row *row = row_serving(table, service);

	return row != NULL && s->workers[row->run->role] > 0;
}

void
sockets_drop(struct sockets *s, const struct sockets *kept)
{
	for (unsigned i = 0; i < s->count; i++)
		if (!has(kept, s->item[i].fd))
			(void)close(s->item[i].fd);
	free(s->item);
	*s = SOCKETS_NONE;
}

enum err
sockets_change(const struct sockets *old, const struct conf *conf,
    const struct role_row *table, struct sockets *new_out, struct buf *why)
{
	struct opening o = {
	    new_out, old, conf, clock_mono_ms() + CHANGE_MS, why};

	*new_out = *old; /* with the sockets of the file system */
	new_out->item = NULL;
	new_out->count = 0;
	return open_listeners(&o, table);
}

/* --- all ---------------------------------------------------------------------
 */

enum err
sockets_open(struct sockets *s, const struct conf *conf,
    const struct role_row *table, uint64_t until_ms, struct buf *why)
{
	const struct sockets none = SOCKETS_NONE;
	struct opening o = {s, &none, conf, until_ms, why};
	enum err e;

	*s = SOCKETS_NONE;
	for (const struct role_row *r = table; r->run != NULL; r++)
		s->workers[r->run->role] = role_count(r, conf);
	e = open_listeners(&o, table);
	return e == ERR_OK ? sockets_open_local(s, conf, until_ms, why) : e;
}

void
sockets_close(struct sockets *s, const struct conf *conf)
{
	const struct sockets none = SOCKETS_NONE;

	sockets_close_local(s, conf);
	sockets_drop(s, &none);
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
