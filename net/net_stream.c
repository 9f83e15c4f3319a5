/*
 * A buffered connection as its session sees it. Nothing here calls back: what
 * is asked for is noted, and done by net_phase.c when the loop comes around.
 */
#include "net/net_stream.h"

#include "base/clock.h"
#include "net/net_priv.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HIGH_WATER = 256 * 1024 };

void
net_phase_destroy(struct net_stream *s)
{
	list_remove(&net_loop_shared(s->loop)->left, &s->node);
	net_tls_conn_free(&s->tls);
	net_tls_conn_free(&s->dial);
	net_tls_unref(&s->upgrade);
	net_out_drop(&s->out, net_loop_shared(s->loop));
	net_rest_drop(&s->rest);
	free(s);
}

struct net_stream *
net_stream_new(struct net_loop *l, int fd, size_t in_max,
    const struct net_stream_ops *ops, void *ctx)
{
	struct net_stream *s = calloc(1, sizeof *s);

	if (s == NULL) {
		(void)close(fd);
		return NULL;
	}
	s->loop = l;
	s->ops = ops;
	s->ctx = ctx;
	s->in_max = in_max;
	s->fd = fd;
	s->in_since = s->out_since = clock_mono_ms();
	list_node_init(&s->node);
	net_timer_init(&s->timer, l, net_phase_due, s);
	net_later_init(&s->later, net_phase_later, s);
	(void)net_addr_of_socket(fd, true, &s->peer);
	(void)net_addr_of_socket(fd, false, &s->local);
	s->watch = net_watch_new(l, fd, net_phase_ready, s);
	s->events = NET_READ;
	if (s->watch == NULL || net_watch_set(s->watch, NET_READ) != ERR_OK)
		net_stream_free(&s);
	return s;
}

void
net_stream_free(struct net_stream **sp)
{
	struct net_stream *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	net_phase_shut(s);
	s->dead = true;
	if (!s->held)
		net_phase_destroy(s);
}

void
net_stream_finish(struct net_stream *s, unsigned linger_ms)
{
	if (s->phase >= NET_FLUSH)
		return;
	if (s->phase == NET_HANDSHAKE) /* too early for a close_notify */
		net_tls_conn_free(&s->tls);
	s->phase = NET_FLUSH;
	s->no_linger = linger_ms == 0;
	s->until_ms = clock_mono_ms() + linger_ms;
	if (s->offered == 0)
		net_rest_drop(&s->rest);
	net_phase_arm(s);
	net_later_add(s->loop, &s->later);
}

static void
free_left(void *ctx, enum err why)
{
	struct net_stream *s = ctx;

	(void)why;
	net_stream_free(&s);
}

/* A stream that is left reads no more, and is not in a handshake. */
static const struct net_stream_ops left_ops = {.closed = free_left};

void
net_stream_leave(struct net_stream **sp, unsigned linger_ms)
{
	struct net_stream *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	if (s->phase == NET_OVER) {
		net_stream_free(&s);
		return;
	}
	s->ops = &left_ops;
	s->ctx = s;
	list_push_back(&net_loop_shared(s->loop)->left, &s->node);
	net_stream_finish(s, linger_ms);
}

void
net_shared_free_left(struct net_shared *sh)
{
	struct list_node *n;

	while ((n = list_pop_front(&sh->left)) != NULL) {
		struct net_stream *s = LIST_ITEM(n, struct net_stream, node);

		net_stream_free(&s);
	}
}

/* Does output still have a meaning? */
static bool
writable(const struct net_stream *s)
{
	return s->phase < NET_FLUSH && s->fail == ERR_OK;
}

char *
net_stream_reserve(struct net_stream *s, size_t n)
{
	char *p;

	if (!writable(s))
		return NULL;
	p = net_out_reserve(&s->out, net_loop_shared(s->loop), n);
	if (p == NULL)
		net_phase_fail(s, ERR_NOMEM);
	return p;
}

/* Output has gathered: have it written at the end of the turn. */
static void
gathered(struct net_stream *s)
{
	if (s->out.unsent > HIGH_WATER)
		s->was_full = true;
	if (s->blocked == 0)
		net_later_add(s->loop, &s->later);
}

void
net_stream_wrote(struct net_stream *s, size_t n)
{
	net_out_commit(&s->out, n);
	gathered(s);
}

void
net_stream_write(struct net_stream *s, struct slice data)
{
	if (!writable(s))
		return;
	if (net_out_add(&s->out, net_loop_shared(s->loop), data))
		gathered(s);
	else
		net_phase_fail(s, ERR_NOMEM);
}

void
net_stream_secret(struct net_stream *s)
{
	s->out.secret = s->out.unsent > 0;
}

size_t
net_stream_unsent(const struct net_stream *s)
{
	return s->out.unsent;
}

bool
net_stream_full(const struct net_stream *s)
{
	return s->out.unsent > HIGH_WATER;
}

void
net_stream_pause(struct net_stream *s, bool paused)
{
	if (s->paused == paused || s->phase == NET_OVER)
		return;
	s->paused = paused;
	if (paused)
		return;
	s->in_since = clock_mono_ms();
	s->again = true;
	net_later_add(s->loop, &s->later);
}

size_t
net_stream_waiting(const struct net_stream *s)
{
	return s->offered != 0 ? s->offered : s->rest.len - s->rest.head;
}

/* First what was written so far, then the handshake. */
static void
begin_upgrade(struct net_stream *s)
{
	s->upgrading = true;
	s->clear_left = s->out.unsent;
	s->phase = NET_UPGRADE;
	s->again = false;
	if (s->offered == 0)
		net_rest_drop(&s->rest);
	net_later_add(s->loop, &s->later);
}

enum err
net_stream_starttls(struct net_stream *s, struct net_tls *t)
{
	if (s->phase != NET_OPEN || s->tls != NULL)
		return ERR_BUSY;
	s->upgrade = net_tls_ref(t);
	begin_upgrade(s);
	return ERR_OK;
}

enum err
net_stream_dial(struct net_stream *s, struct net_tls_conn *dial)
{
	if (s->phase != NET_OPEN || s->tls != NULL) {
		net_tls_conn_free(&dial);
		return ERR_BUSY;
	}
	s->dial = dial;
	begin_upgrade(s);
	return ERR_OK;
}

bool
net_stream_secure(const struct net_stream *s)
{
	return s->tls != NULL && !s->upgrading;
}

struct slice
net_stream_tls_name(const struct net_stream *s)
{
	return net_stream_secure(s) ? net_tls_conn_name(s->tls) : SLICE_NONE;
}

void
net_stream_set_timeouts(struct net_stream *s, uint64_t in_ms, uint64_t out_ms)
{
	s->in_ms = in_ms;
	s->out_ms = out_ms;
	if (s->phase != NET_OVER)
		net_phase_arm(s);
}

const struct net_addr *
net_stream_peer(const struct net_stream *s)
{
	return &s->peer;
}

const struct net_addr *
net_stream_local(const struct net_stream *s)
{
	return &s->local;
}
