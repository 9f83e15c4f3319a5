#ifndef NET_STREAM_H
#define NET_STREAM_H
/*
 * A buffered connection, clear or TLS, on a non-blocking socket.
 *
 * Input is pushed: `input` is called with all that has come and says how much
 * of it is done with; the rest is kept and offered again with what follows.
 * Reading goes through one scratch buffer a loop, so that an idle stream owns
 * no input memory. Output gathers and is written once at the end of the turn;
 * its memory is given back when it has drained.
 *
 * No callback runs inside net_stream_write, _pause or _starttls: they come
 * from the loop. A callback may free its own stream.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "net/net_addr.h"
#include "net/net_loop.h"
#include "net/net_tls.h"

#include <stdbool.h>
#include <stdint.h>

struct net_stream;

struct net_stream_ops {
	/*
	 * Octets in order. Returns how many are done with (<= in.len). To be
	 * asked again about the rest without new input, pause and resume.
	 */
	size_t (*input)(void *ctx, struct slice in);
	/* Output fell under the low-water mark after having been over high;
	 * may be NULL. */
	void (*drained)(void *ctx);
	/* The end of net_stream_starttls: TLS handshake done (ERR_OK), or
	 * failed: ERR_PROTO, ERR_CLOSED, ERR_TIMEOUT, ERR_IO. On failure
	 * `closed` does not follow and the stream can only be freed. */
	void (*secured)(void *ctx, enum err e);
	/*
	 * No more will come or go: ERR_CLOSED the peer closed, ERR_TIMEOUT no
	 * progress for the set time, ERR_IO otherwise (ERR_PROTO: not TLS what
	 * came). Called once; free the stream then or later. A peer that has
	 * ended its side only is told of when all its input was offered and
	 * all output has been written; while paused, that waits.
	 */
	void (*closed)(void *ctx, enum err why);
};

/*
 * new; takes fd over (non-blocking, connected), also when NULL is returned.
 * in_max   octets of unconsumed input that may wait; input beyond is not read
 *          (a session refuses a line before that). A session that takes whole
 *          reads of that size gets larger ones, up to 64 KiB; so much may then
 *          wait when it stops.
 * Starts reading at once.
 */
struct net_stream *net_stream_new(struct net_loop *l, int fd, size_t in_max,
    const struct net_stream_ops *ops, void *ctx);
/* Close now; what is unsent is lost. */
void net_stream_free(struct net_stream **s);
/*
 * Stop reading; write what is left, close, then call `closed` (ERR_CLOSED);
 * at most linger_ms (ERR_TIMEOUT when output was left then). In that time what
 * the peer still sends is read away, so that no reset destroys our last reply;
 * with 0 there is one attempt to write, and then an end.
 */
void net_stream_finish(struct net_stream *s, unsigned linger_ms);
/*
 * As net_stream_finish, but nobody is told: the stream is the loop's from now
 * on, which frees it when it is over, or when the loop itself goes.
 */
void net_stream_leave(struct net_stream **s, unsigned linger_ms);

/* Append to the output. After an error of the stream: no effect. */
void net_stream_write(struct net_stream *s, struct slice data);
/*
 * Room for n octets of output to be filled in place, then committed with
 * net_stream_wrote(n' <= n) before anything else is written. NULL when out of
 * memory (the stream closes) or when no output is taken any more.
 */
char *net_stream_reserve(struct net_stream *s, size_t n);
void net_stream_wrote(struct net_stream *s, size_t n);
/* What waits to be written is secret: its memory is wiped. */
void net_stream_secret(struct net_stream *s);
/* Octets of output not yet taken by the kernel. */
size_t net_stream_unsent(const struct net_stream *s);
/* true while unsent output is over the high-water mark (256 KiB): stop
 * producing until `drained`. */
bool net_stream_full(const struct net_stream *s);

/* Stop, or go on, calling `input` (and reading from the socket). */
void net_stream_pause(struct net_stream *s, bool paused);
/* Unconsumed input waits right now (for STARTTLS: an attack). Inside `input`
 * all of its slice counts: nothing is consumed before that call returns, so
 * compare with what it is going to return. */
size_t net_stream_waiting(const struct net_stream *s);
/*
 * Serve a TLS handshake after the output written so far has been sent. t is
 * referenced. Any unconsumed input is dropped, the rest of the slice too when
 * called inside `input`. Then `secured`. Handshake time is bounded to 30 s.
 * Output written before `secured` waits for it. ERR_BUSY when TLS is there or
 * on its way, or the stream at its end.
 */
enum err net_stream_starttls(struct net_stream *s, struct net_tls *t);
bool net_stream_secure(const struct net_stream *s);
/* "TLSv1.3 TLS_AES_256_GCM_SHA384"; empty when clear. Lives with the stream. */
struct slice net_stream_tls_name(const struct net_stream *s);
/*
 * Close with ERR_TIMEOUT when nothing could be read for in_ms, or, while
 * output waits, nothing written for out_ms. 0: none. in_ms starts again with
 * each octet read or written, and with each resume; it does not run while
 * paused or while output waits.
 */
void net_stream_set_timeouts(
    struct net_stream *s, uint64_t in_ms, uint64_t out_ms);
/* All zero when the socket has none. */
const struct net_addr *net_stream_peer(const struct net_stream *s);
const struct net_addr *net_stream_local(const struct net_stream *s);

#endif
