/*
 * Channels: frames in, frames out, on the loop. Output is written when a good
 * load has gathered and at the end of the turn; input is one large read a turn,
 * so that no peer keeps the others waiting.
 */
#include "proc/chan.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "proc/chan_in.h"
#include "proc/chan_out.h"
#include "proc/msg.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SCRATCH = 256 * 1024, /* one read */
	LOAD = 256 * 1024,    /* written before the end of the turn */
	IDLE_MS = 2000        /* unused memory is given back */
};

struct chan {
	struct net_loop *loop;
	int fd;
	enum role self, peer;
	const struct msg_handlers *handlers;
	void (*closed)(void *ctx, enum err why);
	void (*roomy)(void *ctx);
	void *ctx;
	struct net_watch *watch;
	struct net_later later; /* write, or serve what was kept in a pause */
	struct net_timer idle;
	struct chan_out out;
	struct chan_in in;
	enum err err;   /* not OK: `closed` was or will be called */
	unsigned busy;  /* calls that still need the struct */
	bool doomed;    /* chan_free was called meanwhile */
	bool over_high; /* `roomy` is owed */
	bool blocked;   /* the socket is full */
	bool paused, told, used;
	bool secret; /* this turn's input has to be wiped */
};

/* One for all channels of a thread: nothing in it outlives a callback. */
static _Thread_local char *scratch;
static _Thread_local unsigned scratch_users;

static bool
scratch_get(void)
{
	if (scratch_users == 0 && (scratch = malloc(SCRATCH)) == NULL)
		return false;
	scratch_users++;
	return true;
}

static void
scratch_put(void)
{
	if (--scratch_users > 0)
		return;
	free(scratch);
	scratch = NULL;
}

static void
destroy(struct chan *c)
{
	chan_out_fini(&c->out);
	chan_in_fini(&c->in);
	free(c);
	scratch_put();
}

static void
leave(struct chan *c)
{
	if (--c->busy == 0 && c->doomed)
		destroy(c);
}

/* The channel is of no more use; tell the owner, once, from the loop. */
static void
fail(struct chan *c, enum err why)
{
	if (c->err == ERR_OK)
		c->err = why;
	net_watch_free(&c->watch);
	if (c->told || c->doomed)
		return;
	c->told = true;
	c->busy++;
	c->closed(c->ctx, c->err);
	leave(c);
}

static void
watch(struct chan *c)
{
	int events = (c->paused ? 0 : NET_READ) | (c->blocked ? NET_WRITE : 0);

	if (c->err == ERR_OK && net_watch_set(c->watch, events) != ERR_OK)
		c->err = ERR_NOMEM;
}

/* Keeps errors for the loop's turn: callers of chan_send get no callback. */
static void
write_now(struct chan *c)
{
	enum err e = chan_out_write(&c->out, c->fd);
	bool was = c->blocked;

	if (c->err != ERR_OK)
		return;
	if (e != ERR_OK && e != ERR_RETRY)
		c->err = e;
	c->blocked = e == ERR_RETRY;
	if (c->blocked != was)
		watch(c);
}

/* --- input ---------------------------------------------------------------- */

static void
log_refused(const struct chan *c, uint16_t type)
{
	struct log_line l;

	log_begin(&l, LOG_ERROR, "message-refused");
	log_cstr(&l, "peer", role_name(c->peer));
	log_cstr(&l, "message", msg_name(type));
	log_end(&l);
}

/* Secrets do not stay in memory that is used again for something else. */
static enum err
serve_frame(struct chan *c, const struct chan_head *head, char *body)
{
	int fd = head->has_fd != 0 ? chan_in_claim(&c->in) : -1;
	enum err e = ERR_PROTO;

	if (head->has_fd == 0 || fd >= 0)
		e = msg_deliver_frame(c->peer, c->self, head->type,
		    slice_of(body, head->len), fd, c->handlers, c->ctx);
	if (msg_is_secret(head->type))
		secret_wipe(body, head->len);
	if (e != ERR_OK)
		log_refused(c, head->type);
	return e;
}

/* Serve the whole frames p begins with; *used_out octets are done with. */
static enum err
serve(struct chan *c, char *p, size_t len, size_t *used_out)
{
	size_t used = 0;
	enum err e = ERR_OK;

	while (e == ERR_OK && !c->paused && !c->doomed && c->err == ERR_OK) {
		struct chan_head head = {0, MSG_COUNT, 0};
		size_t need =
		    chan_in_need(slice_of(p + used, len - used), &head);

		c->secret = c->secret || msg_is_secret(head.type);
		if (need > len - used)
			break;
		if (need > 0)
			e = serve_frame(c, &head, p + used + sizeof head);
		else
			log_refused(c, head.type);
		if (need == 0)
			e = ERR_PROTO;
		used += need;
	}
	*used_out = used;
	return e;
}

static enum err
serve_kept(struct chan *c)
{
	size_t len = c->in.tail - c->in.head, used;
	enum err e;

	if (len == 0)
		return ERR_OK;
	e = serve(c, c->in.p + c->in.head, len, &used);
	chan_in_drop(&c->in, used);
	return e;
}

/* What has just been read, behind what was kept; keep what is left over. */
static enum err
serve_fresh(struct chan *c, char *p, size_t len)
{
	size_t used = 0;
	enum err e = serve_kept(c);

	if (e == ERR_OK && c->in.head == c->in.tail)
		e = serve(c, p, len, &used);
	if (e == ERR_OK && !c->doomed)
		e = chan_in_keep(&c->in, slice_of(p + used, len - used));
	return e;
}

static enum err
input(struct chan *c)
{
	enum err e = serve_kept(c); /* from a pause that has just ended */
	struct slice fresh;
	size_t from;

	if (e != ERR_OK || c->paused || c->doomed)
		return e;
	e = chan_in_recv(&c->in, c->fd, scratch, SCRATCH, &fresh);
	if (e == ERR_RETRY)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	from = fresh.len > 0 ? (size_t)(fresh.p - scratch) : 0;
	c->secret = false;
	e = serve_fresh(c, scratch + from, fresh.len);
	if (c->secret) /* also what was completed or kept from there */
		secret_wipe(scratch, from + fresh.len);
	return e;
}

/* --- the loop's turns ----------------------------------------------------- */

static void
idle_due(void *ctx)
{
	struct chan *c = ctx;

	if (!c->used && chan_out_len(&c->out) == 0 &&
	    c->in.head == c->in.tail) {
		chan_out_fini(&c->out);
		chan_in_fini(&c->in);
		return;
	}
	c->used = false;
	(void)net_timer_set(&c->idle, IDLE_MS); /* else: kept a bit longer */
}

static void
note_use(struct chan *c)
{
	c->used = true;
	if (c->idle.at_ms == 0 && (c->out.cap > 0 || c->in.cap > 0))
		(void)net_timer_set(&c->idle, IDLE_MS);
}

/* End of a turn of this channel: what the owner has to be told. */
static void
settle(struct chan *c, enum err e)
{
	if (c->doomed)
		return;
	note_use(c);
	if (e != ERR_OK && c->err == ERR_OK)
		c->err = e;
	if (c->err != ERR_OK) {
		fail(c, c->err);
	} else if (c->over_high && chan_out_len(&c->out) < CHAN_HIGH / 2) {
		c->over_high = false;
		if (c->roomy != NULL)
			c->roomy(c->ctx);
	}
}

static void
ready(void *ctx, int events)
{
	struct chan *c = ctx;
	enum err e = ERR_OK;

	c->busy++;
	if ((events & NET_WRITE) != 0)
		write_now(c);
	if ((events & NET_READ) != 0 && c->err == ERR_OK)
		e = input(c);
	settle(c, e);
	leave(c);
}

static void
later(void *ctx)
{
	struct chan *c = ctx;
	enum err e = ERR_OK;

	c->busy++;
	if (c->err == ERR_OK)
		e = serve_kept(c);
	if (!c->doomed && !c->blocked)
		write_now(c);
	settle(c, e);
	leave(c);
}

/* --- for the owner -------------------------------------------------------- */

struct chan *
chan_new(struct net_loop *l, int fd, enum role self, enum role peer,
    const struct msg_handlers *handlers,
    void (*closed)(void *ctx, enum err why), void *ctx)
{
	struct chan *c = calloc(1, sizeof *c);

	if (c == NULL || !scratch_get()) {
		free(c);
		(void)close(fd);
		return NULL;
	}
	c->loop = l;
	c->fd = fd;
	c->self = self;
	c->peer = peer;
	c->handlers = handlers;
	c->closed = closed;
	c->ctx = ctx;
	net_later_init(&c->later, later, c);
	net_timer_init(&c->idle, l, idle_due, c);
	c->watch = net_watch_new(l, fd, ready, c);
	if (c->watch == NULL || net_watch_set(c->watch, NET_READ) != ERR_OK)
		chan_free(&c);
	return c;
}

void
chan_free(struct chan **cp)
{
	struct chan *c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	net_watch_free(&c->watch);
	net_later_remove(c->loop, &c->later);
	net_timer_clear(&c->idle);
	(void)close(c->fd);
	if (c->busy > 0)
		c->doomed = true;
	else
		destroy(c);
}

enum err
chan_send(struct chan *c, uint16_t type, const void *fixed, size_t fixed_len,
    struct slice tail, int fd)
{
	return chan_sendv(c, type, fixed, fixed_len, &tail, 1, fd);
}

/* ERR_OK when a frame of len octets may be appended. */
static enum err
may_append(struct chan *c, size_t len, bool fd)
{
	if (c->err != ERR_OK)
		return ERR_CLOSED;
	if (len > CHAN_FRAME_MAX)
		return ERR_TOOBIG;
	return chan_out_reserve(&c->out, sizeof(struct chan_head) + len, fd);
}

enum err
chan_sendv(struct chan *c, uint16_t type, const void *fixed, size_t fixed_len,
    const struct slice *pieces, unsigned n, int fd)
{
	struct chan_head head = {0, type, fd >= 0};
	size_t len = fixed_len;
	enum err e;

	for (unsigned i = 0; i < n; i++)
		len += pieces[i].len;
	if ((e = may_append(c, len, fd >= 0)) != ERR_OK) {
		if (fd >= 0)
			(void)close(fd);
		return e;
	}
	head.len = (uint32_t)len;
	if (fd >= 0)
		chan_out_add_fd(&c->out, fd);
	chan_out_add(&c->out, &head, sizeof head);
	chan_out_add(&c->out, fixed, fixed_len);
	for (unsigned i = 0; i < n; i++)
		chan_out_add(&c->out, pieces[i].p, pieces[i].len);
	if (msg_is_secret(type))
		c->out.secret = true;
	if (chan_full(c))
		c->over_high = true;
	if (!c->blocked && chan_out_len(&c->out) >= LOAD)
		write_now(c);
	net_later_add(c->loop, &c->later);
	return ERR_OK;
}

bool
chan_full(const struct chan *c)
{
	return chan_out_len(&c->out) >= CHAN_HIGH;
}

void
chan_on_roomy(struct chan *c, void (*roomy)(void *ctx))
{
	c->roomy = roomy;
}

void
chan_pause(struct chan *c, bool paused)
{
	if (c->paused == paused)
		return;
	c->paused = paused;
	watch(c);
	net_later_add(c->loop, &c->later);
}

enum err
chan_flush(struct chan *c, unsigned ms)
{
	uint64_t end = clock_mono_ms() + ms;
	struct pollfd p = {.fd = c->fd, .events = POLLOUT};
	enum err e;

	if (c->err != ERR_OK)
		return ERR_CLOSED;
	while ((e = chan_out_write(&c->out, c->fd)) == ERR_RETRY) {
		uint64_t now = clock_mono_ms();

		if (now >= end || poll(&p, 1, (int)(end - now)) == 0)
			return ERR_TIMEOUT;
	}
	return e;
}

enum role
chan_self(const struct chan *c)
{
	return c->self;
}

enum role
chan_peer(const struct chan *c)
{
	return c->peer;
}
