/*
 * What a stream does in each of its phases, driven by readiness, its timer and
 * the end of the turn. All callbacks of a session are made under the three
 * functions that these call, so that a stream freed by one of them only goes
 * when they return. Input is in net_in.c, output in net_out.c.
 */
#include "net/net_stream.h"

#include "base/clock.h"
#include "net/net_priv.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	LOW_WATER = 64 * 1024,
	HANDSHAKE_MS = 30 * 1000,
	DISCARD_MAX = 8, /* reads a turn while lingering */
};

/* Give back all that the connection needs; what is told to the session is
 * up to the caller. */
void
net_phase_shut(struct net_stream *s)
{
	s->phase = NET_OVER;
	net_timer_clear(&s->timer);
	net_later_remove(s->loop, &s->later);
	net_watch_free(&s->watch);
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

static void
over(struct net_stream *s, enum err why)
{
	bool shaking = s->phase == NET_UPGRADE || s->phase == NET_HANDSHAKE;

	net_phase_shut(s);
	if (shaking)
		s->ops->secured(s->ctx, why);
	else
		s->ops->closed(s->ctx, why);
}

/* To be closed for that reason, as soon as the loop runs us. */
void
net_phase_fail(struct net_stream *s, enum err why)
{
	s->fail = why;
	net_later_add(s->loop, &s->later);
}

static enum net_io
send_clear(struct net_stream *s, size_t limit, size_t *put_out)
{
	struct iovec iov[NET_OUT_IOV];
	struct msghdr m = {.msg_iov = iov};
	size_t asked = 0;
	ssize_t r;

	m.msg_iovlen = net_out_iov(&s->out, limit, iov);
	for (size_t i = 0; i < m.msg_iovlen; i++)
		asked += iov[i].iov_len;
	r = sendmsg(s->fd, &m, MSG_NOSIGNAL);
	*put_out = r > 0 ? (size_t)r : 0;
	if (r >= 0) /* after a short write the next would only fail */
		return (size_t)r < asked ? NET_IO_WANT_WRITE : NET_IO_OK;
	if (errno == EAGAIN || errno == EINTR)
		return NET_IO_WANT_WRITE;
	s->fail = net_err_of_socket(errno);
	return NET_IO_FAILED;
}

static enum net_io
send_tls(struct net_stream *s, size_t limit, size_t *put_out)
{
	struct iovec iov[NET_OUT_IOV];
	enum net_io io;

	(void)net_out_iov(&s->out, limit, iov);
	io = net_tls_conn_write(
	    s->tls, iov[0].iov_base, iov[0].iov_len, put_out);
	if (io == NET_IO_FAILED)
		s->fail = net_tls_conn_error(s->tls);
	return io;
}

/* Write what may be written, then tell the session if it was waiting. */
static void
flush(struct net_stream *s)
{
	/* what was written after asking for TLS waits for it */
	size_t limit = s->upgrading ? s->clear_left : s->out.unsent;
	size_t left = limit, n;
	enum net_io io = NET_IO_OK;

	while (left > 0 && io == NET_IO_OK) {
		io = s->tls == NULL ? send_clear(s, left, &n)
				    : send_tls(s, left, &n);
		left -= n;
		net_out_sent(&s->out, net_loop_shared(s->loop), n);
	}
	if (left < limit || (left > 0 && s->blocked == 0))
		s->out_since = clock_mono_ms();
	s->blocked = left == 0                ? 0
		     : io == NET_IO_WANT_READ ? NET_READ
					      : NET_WRITE;
	if (s->upgrading)
		s->clear_left = left;
	if (s->was_full && s->out.unsent < LOW_WATER && s->fail == ERR_OK &&
	    s->phase == NET_OPEN) {
		s->was_full = false;
		if (s->ops->drained != NULL)
			s->ops->drained(s->ctx);
	}
}

/* The handshake has a good end: the session goes on, with an empty input. */
static void
secured(struct net_stream *s)
{
	net_tls_unref(&s->upgrade);
	s->upgrading = false;
	s->phase = NET_OPEN;
	s->in_since = clock_mono_ms();
	/* the first command may have come with the peer's last flight */
	s->more = true;
	net_later_add(s->loop, &s->later);
	s->ops->secured(s->ctx, ERR_OK);
}

static void
shake(struct net_stream *s)
{
	switch (net_tls_conn_shake(s->tls)) {
	case NET_IO_OK:
		secured(s);
		return;
	case NET_IO_WANT_READ:
		s->shake_wants = NET_READ;
		return;
	case NET_IO_WANT_WRITE:
		s->shake_wants = NET_WRITE;
		return;
	case NET_IO_EOF:
		over(s, ERR_CLOSED);
		return;
	case NET_IO_FAILED:
		over(s, net_tls_conn_error(s->tls));
		return;
	}
}

static void
upgrade(struct net_stream *s)
{
	flush(s);
	if (s->phase != NET_UPGRADE || s->clear_left > 0 || s->fail != ERR_OK)
		return;
	s->phase = NET_HANDSHAKE;
	s->shake_wants = NET_READ;
	s->until_ms = clock_mono_ms() + HANDSHAKE_MS;
	if (s->dial == NULL)
		return;
	s->tls = s->dial;
	s->dial = NULL;
	shake(s); /* a client speaks first */
}

/* The socket is ready for the handshake to go on, or for a client to begin. */
static void
shake_on(struct net_stream *s)
{
	if (s->tls == NULL &&
	    (s->tls = net_tls_conn_new(s->upgrade, s->fd)) == NULL) {
		over(s, ERR_NOMEM);
		return;
	}
	net_tls_conn_readable(s->tls);
	shake(s);
}

/*
 * The last output, then our end of the connection. Closing at once would make
 * the kernel send a reset if the peer has sent something unread, and a reset
 * can destroy our last reply before it is read: so end our side only, and read
 * until the peer has done the same (RFC 1122, section 4.2.2.13).
 */
static void
finish(struct net_stream *s)
{
	enum net_io io = NET_IO_OK;

	flush(s);
	if (s->blocked != 0 || s->fail != ERR_OK)
		return;
	if (s->tls != NULL)
		io = net_tls_conn_notify(s->tls);
	if (io == NET_IO_WANT_WRITE) {
		s->blocked = NET_WRITE;
		return;
	}
	if (s->eof || s->no_linger || shutdown(s->fd, SHUT_WR) != 0)
		over(s, ERR_CLOSED);
	else
		s->phase = NET_LINGER;
}

static void
linger(struct net_stream *s)
{
	enum net_io io = NET_IO_OK;

	for (int i = 0; i < DISCARD_MAX && io == NET_IO_OK; i++)
		io = net_in_discard(s);
	if (io == NET_IO_EOF || io == NET_IO_FAILED)
		over(s, ERR_CLOSED);
}

/* What the phase waits for. */
static int
wanted(const struct net_stream *s)
{
	int write = s->blocked | (s->stuck ? NET_WRITE : 0);

	switch (s->phase) {
	case NET_OPEN:
		return write | (net_in_wanted(s) ? NET_READ : 0);
	case NET_HANDSHAKE:
		return s->shake_wants;
	case NET_LINGER:
		return NET_READ;
	case NET_UPGRADE:
	case NET_FLUSH:
		return write;
	case NET_OVER:
		return 0;
	}
	return 0;
}

/* When, in clock_mono_ms, the stream has waited too long. */
static uint64_t
deadline(const struct net_stream *s)
{
	uint64_t at = UINT64_MAX, from;

	if (s->phase >= NET_HANDSHAKE)
		return s->until_ms;
	if (s->blocked != 0 && s->out_ms != 0)
		at = s->out_since + s->out_ms;
	if (s->out.unsent > 0 || s->in_ms == 0 || s->paused ||
	    s->phase != NET_OPEN)
		return at;
	/* The peer's time to answer starts when it has our output. */
	from = s->in_since > s->out_since ? s->in_since : s->out_since;
	return from + s->in_ms < at ? from + s->in_ms : at;
}

/* A deadline that has moved back leaves the timer standing: net_phase_due
 * looks. */
void
net_phase_arm(struct net_stream *s)
{
	uint64_t at = deadline(s), now;

	if (at == UINT64_MAX || (s->timer.at_ms != 0 && s->timer.at_ms <= at))
		return;
	now = clock_mono_ms();
	if (net_timer_set(&s->timer, at > now ? at - now : 0) != ERR_OK)
		net_phase_fail(s, ERR_NOMEM);
}

/*
 * Make the watch fit the state. Reading that is not wanted is switched off
 * only once it has fired in vain: most pauses are over before that.
 */
static void
watch(struct net_stream *s, int in_vain)
{
	int events = wanted(s);

	if ((s->events & NET_READ) != 0 && (in_vain & NET_READ) == 0)
		events |= NET_READ;
	if (events == s->events)
		return;
	if (net_watch_set(s->watch, events) == ERR_OK)
		s->events = (uint8_t)events;
	else
		s->fail = ERR_NOMEM;
}

/* The peer has ended its side, all that came was offered, all output is out. */
static bool
at_end(const struct net_stream *s)
{
	return s->phase == NET_OPEN && s->eof && !s->paused && !s->again &&
	       s->out.unsent == 0;
}

/* After each event: end, or see to what comes next. Frees a dead stream. */
static void
settle(struct net_stream *s, int in_vain)
{
	if (s->phase != NET_OVER) {
		watch(s, in_vain);
		net_phase_arm(s);
		if (s->fail != ERR_OK)
			over(s, s->fail);
		else if (at_end(s))
			over(s, ERR_CLOSED);
		else if (net_in_wanted(s) ? s->more || s->again
					  : s->again && !s->paused)
			net_later_add(s->loop, &s->later);
	}
	s->held = false;
	if (s->dead)
		net_phase_destroy(s);
}

static void
read_now(struct net_stream *s)
{
	if (net_in_wanted(s))
		net_in_read(s);
}

static void
flush_now(struct net_stream *s)
{
	if (s->phase == NET_OPEN && s->out.unsent > 0 && s->fail == ERR_OK)
		flush(s);
}

static void
open_ready(struct net_stream *s, int events)
{
	if ((events & NET_READ) != 0 && s->tls != NULL)
		net_tls_conn_readable(s->tls);
	if ((events & NET_WRITE) != 0 && s->stuck) {
		s->stuck = false;
		s->more = true;
	}
	if ((events & NET_READ) != 0 || s->more)
		read_now(s);
	if ((events & s->blocked) != 0)
		flush_now(s);
}

void
net_phase_ready(void *ctx, int events)
{
	struct net_stream *s = ctx;
	int in_vain = events & ~wanted(s);

	s->held = true;
	switch (s->phase) {
	case NET_OPEN:
		open_ready(s, events);
		break;
	case NET_UPGRADE:
		upgrade(s);
		break;
	case NET_HANDSHAKE:
		shake_on(s);
		break;
	case NET_FLUSH:
		finish(s);
		break;
	case NET_LINGER:
		linger(s);
		break;
	case NET_OVER:
		break;
	}
	settle(s, in_vain);
}

static void
open_later(struct net_stream *s)
{
	if (s->again && !s->paused && s->rest.len > 0)
		net_in_again(s);
	else if (!s->paused)
		s->again = false;
	if (s->more)
		read_now(s);
	if (s->blocked == 0)
		flush_now(s);
}

void
net_phase_later(void *ctx)
{
	struct net_stream *s = ctx;

	s->held = true;
	/* one may lead to the next */
	if (s->phase == NET_OPEN)
		open_later(s);
	if (s->phase == NET_UPGRADE)
		upgrade(s);
	if (s->phase == NET_FLUSH)
		finish(s);
	settle(s, 0);
}

void
net_phase_due(void *ctx)
{
	struct net_stream *s = ctx;

	s->held = true;
	if (s->phase == NET_FLUSH) /* a last attempt, or the first */
		finish(s);
	if (s->phase != NET_OVER && deadline(s) <= clock_mono_ms())
		over(s, s->phase == NET_LINGER ? ERR_CLOSED : ERR_TIMEOUT);
	settle(s, 0);
}
