/*
 * Input of a stream: read into the scratch buffer that all streams of a loop
 * share, offer it, and keep in memory of the stream's own only what was not
 * taken.
 */
#include "net/net_priv.h"

#include "base/clock.h"
#include "base/secret.h"
#include "net/net_stream.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { SCRATCH_MIN = 65536 };

enum err
net_err_of_socket(int code)
{
	switch (code) {
	case ECONNRESET:
	case EPIPE:
		return ERR_CLOSED;
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH: /* the kernel gave up resending */
		return ERR_TIMEOUT;
	default:
		return ERR_IO;
	}
}

static size_t
rest_len(const struct net_stream *s)
{
	return s->rest.len - s->rest.head;
}

bool
net_in_wanted(const struct net_stream *s)
{
	return s->phase == NET_OPEN && !s->paused && !s->eof && !s->stuck &&
	       s->fail == ERR_OK && rest_len(s) < s->in_max;
}

/* Passwords pass through here. */
void
net_rest_drop(struct net_rest *r)
{
	if (r->p != NULL)
		secret_wipe(r->p, r->len);
	free(r->p);
	*r = (struct net_rest){0};
}

/* The scratch buffer, large enough for this stream; it only ever grows, and
 * here nobody is looking at it. */
static char *
scratch_of(struct net_stream *s, size_t *len_out)
{
	struct net_shared *sh = net_loop_shared(s->loop);
	size_t want = s->in_max > SCRATCH_MIN ? s->in_max : SCRATCH_MIN;

	if (sh->scratch_len < want) {
		free(sh->scratch);
		sh->scratch = malloc(want);
		sh->scratch_len = sh->scratch == NULL ? 0 : want;
	}
	*len_out = sh->scratch_len;
	return sh->scratch;
}

static enum net_io
recv_clear(struct net_stream *s, char *p, size_t n, size_t *got_out)
{
	ssize_t r = recv(s->fd, p, n, 0);

	*got_out = r > 0 ? (size_t)r : 0;
	if (r == 0)
		return NET_IO_EOF;
	if (r > 0)
		return NET_IO_WANT_READ; /* or else we are called again */
	if (errno == EAGAIN || errno == EINTR)
		return NET_IO_WANT_READ;
	s->fail = net_err_of_socket(errno);
	return NET_IO_FAILED;
}

/* TLS hands out one record a call; take as many as there are room for. */
static enum net_io
recv_tls(struct net_stream *s, char *p, size_t n, size_t *got_out)
{
	enum net_io io = NET_IO_OK;
	size_t len = 0, got;

	while (len < n && io == NET_IO_OK) {
		io = net_tls_conn_read(s->tls, p + len, n - len, &got);
		len += got;
	}
	if (io == NET_IO_FAILED)
		s->fail = net_tls_conn_error(s->tls);
	*got_out = len;
	return io;
}

/* Ask about p[0..len) once. Returns how many octets are left of it: none when
 * the session has ended reading. */
static size_t
offer(struct net_stream *s, const char *p, size_t len)
{
	size_t done;

	s->again = false;
	s->offered = len;
	done = s->ops->input(s->ctx, (struct slice){p, len});
	s->offered = 0;
	assert(done <= len);
	return s->dead || s->phase != NET_OPEN ? 0 : len - done;
}

void
net_in_again(struct net_stream *s)
{
	size_t left, len = rest_len(s);

	left = offer(s, s->rest.p + s->rest.head, len);
	if (left == 0)
		net_rest_drop(&s->rest);
	else
		s->rest.head = s->rest.len - left;
}

/* Keep p[0..n), which the session has not taken, in place of the old rest. */
static void
keep(struct net_stream *s, const char *p, size_t n)
{
	char *copy = NULL;

	if (n > 0 && (copy = malloc(n)) == NULL) {
		s->fail = ERR_NOMEM;
		n = 0;
	} else if (n > 0) {
		memcpy(copy, p, n);
	}
	net_rest_drop(&s->rest);
	s->rest = (struct net_rest){copy, 0, n};
}

/*
 * How much to read. While commands come, no more than the session is ready to
 * have waiting. When it takes large reads whole it is reading a message, and
 * gets all that fits; if then it stops, that much may wait, once.
 */
static size_t
room(const struct net_stream *s, size_t scratch_len)
{
	return (s->bulk ? scratch_len : s->in_max) - rest_len(s);
}

void
net_in_read(struct net_stream *s)
{
	size_t len, want, got, left, old = rest_len(s);
	char *p = scratch_of(s, &len);
	enum net_io io;

	if (p == NULL) {
		s->fail = ERR_NOMEM;
		return;
	}
	want = room(s, len);
	if (old > 0)
		memcpy(p, s->rest.p + s->rest.head, old);
	io = s->tls == NULL ? recv_clear(s, p + old, want, &got)
			    : recv_tls(s, p + old, want, &got);
	s->eof = io == NET_IO_EOF;
	s->stuck = io == NET_IO_WANT_WRITE;
	/* TLS was left before it ran dry: no readiness will tell of the rest */
	s->more = io == NET_IO_OK;
	if (got > 0) {
		s->in_since = clock_mono_ms();
		left = offer(s, p, old + got);
		s->bulk = left == 0 && (s->bulk || got == want);
		if (left > 0 || old > 0)
			keep(s, p + old + got - left, left);
	}
	secret_wipe(p, old + got);
}

enum net_io
net_in_discard(struct net_stream *s)
{
	size_t len;
	char *p = scratch_of(s, &len);
	ssize_t r;

	if (p == NULL)
		return NET_IO_FAILED;
	r = recv(s->fd, p, len, 0);
	if (r == 0)
		return NET_IO_EOF;
	if (r > 0)
		return NET_IO_OK;
	return errno == EAGAIN || errno == EINTR ? NET_IO_WANT_READ
						 : NET_IO_FAILED;
}
