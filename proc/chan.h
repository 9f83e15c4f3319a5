#ifndef PROC_CHAN_H
#define PROC_CHAN_H
/*
 * A framed, non-blocking socket between two of our processes. A frame is a
 * type, a fixed struct, a variable tail and possibly one descriptor. Output
 * gathers and is written once at the end of the loop's turn. The receiver
 * trusts no sender: frame sizes, types and contents are checked before a
 * handler sees them, and a breach closes the channel.
 */
#include "base/err.h"
#include "base/slice.h"
#include "net/net_loop.h"
#include "proc/role.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chan;

enum {
	CHAN_FRAME_MAX = 4 * 1024 * 1024, /* struct and tail, octets */
	CHAN_HIGH = 8 * 1024 * 1024       /* chan_full from here on */
};

struct msg_handlers; /* proc/msg.h */

/*
 * new; takes fd over (a SOCK_STREAM socket pair end), also on error. self and
 * peer say which messages may be sent and received. handlers and ctx are kept.
 * `closed` is called once when the other end is gone or has broken the
 * protocol (ERR_CLOSED, ERR_PROTO, ERR_IO); free the channel then.
 */
struct chan *chan_new(struct net_loop *l, int fd, enum role self,
    enum role peer, const struct msg_handlers *handlers,
    void (*closed)(void *ctx, enum err why), void *ctx);
/* What is unsent is lost. May be called from a handler of this channel. */
void chan_free(struct chan **c);

/*
 * Append a frame to the output: usually called by the msg_send_ functions of
 * msg.h. fixed and tail are copied. fd: -1, or a descriptor that is given.
 * ERR_CLOSED, ERR_TOOBIG or ERR_NOMEM: nothing was queued and fd is closed.
 */
enum err chan_send(struct chan *c, uint16_t type, const void *fixed,
    size_t fixed_len, struct slice tail, int fd);
/* As chan_send with a tail in n pieces. */
enum err chan_sendv(struct chan *c, uint16_t type, const void *fixed,
    size_t fixed_len, const struct slice *pieces, unsigned n, int fd);
/* true while CHAN_HIGH octets wait: stop making work; `roomy` tells the end */
bool chan_full(const struct chan *c);
void chan_on_roomy(struct chan *c, void (*roomy)(void *ctx));
/* Stop, or go on, reading (a receiver with too much to do). */
void chan_pause(struct chan *c, bool paused);
/* Write all that is queued now, blocking up to ms: before exit. */
enum err chan_flush(struct chan *c, unsigned ms);
enum role chan_self(const struct chan *c);
enum role chan_peer(const struct chan *c);

#endif
