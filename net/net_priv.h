#ifndef NET_PRIV_H
#define NET_PRIV_H
/* What the files of net/ share among themselves and nobody else. */
#include "base/err.h"
#include "base/list.h"
#include "base/slice.h"
#include "net/net_addr.h"
#include "net/net_loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct net_stream;
struct net_stream_ops;
struct net_tls;

/* A heap of what net_timer_set was asked for, earliest first; net_timer.c */
struct net_timer_slot {
	uint64_t key_ms; /* <= timer->at_ms: putting off is done lazily */
	struct net_timer *timer;
};
struct net_timers {
	struct net_timer_slot *slot;
	size_t count, cap;
};
struct net_timers *net_loop_timers(struct net_loop *l);
/* When to look next: at or before the first deadline; 0 when there is none. */
uint64_t net_timers_first(struct net_timers *h);
/* Call back what is due by now. */
void net_timers_run(struct net_timers *h);
void net_timers_fini(struct net_timers *h);

/*
 * Memory that all streams of a loop use in turn, so that none of them has to
 * own it while it is idle.
 */
struct net_chunk;
struct net_shared {
	char *scratch; /* where input is read to; net_in.c */
	size_t scratch_len;
	struct net_chunk *spare; /* emptied output chunks, the warmest first */
	unsigned spares;
	struct list left; /* of net_stream.node: net_stream_leave */
};
struct net_shared *net_loop_shared(struct net_loop *l);
void net_shared_fini(struct net_shared *sh);
/* The streams that were left, with the loop still there; net_stream.c */
void net_shared_free_left(struct net_shared *sh);

/* How an attempt to move octets, or a handshake, ended. */
enum net_io {
	NET_IO_OK,
	NET_IO_WANT_READ, /* nothing more before the socket is readable */
	NET_IO_WANT_WRITE,
	NET_IO_EOF, /* the peer has ended its side */
	NET_IO_FAILED
};

/* Octets waiting to be written, in chunks that never move; net_out.c */
struct net_out {
	struct net_chunk *first, *last;
	size_t unsent;
	bool secret; /* wipe what is sent, until all of it is */
};
struct iovec;
enum { NET_OUT_IOV = 32 };
/* Room for n octets at the end; NULL when out of memory. */
char *net_out_reserve(struct net_out *o, struct net_shared *sh, size_t n);
/* Append a copy of data; false when out of memory. */
bool net_out_add(struct net_out *o, struct net_shared *sh, struct slice data);
void net_out_commit(struct net_out *o, size_t n);
/* Point iov (NET_OUT_IOV of them) to at most `limit` octets; how many iov. */
size_t net_out_iov(const struct net_out *o, size_t limit, struct iovec *iov);
/* The first n octets are written: forget them. */
void net_out_sent(struct net_out *o, struct net_shared *sh, size_t n);
void net_out_drop(struct net_out *o, struct net_shared *sh);

/* Input that was offered and not taken: p[head..len); net_in.c */
struct net_rest {
	char *p;
	size_t head, len;
};

enum net_phase {
	NET_OPEN,
	NET_UPGRADE,   /* output goes out in clear, then NET_HANDSHAKE */
	NET_HANDSHAKE, /* until secured */
	NET_FLUSH,     /* finishing: the last output goes out */
	NET_LINGER,    /* our side is ended; the peer's is read away */
	NET_OVER       /* all is told; to be freed */
};

struct net_stream {
	struct net_loop *loop;
	struct net_watch *watch;
	const struct net_stream_ops *ops;
	void *ctx;
	struct list_node node;     /* among those that were left */
	struct net_tls *upgrade;   /* to serve the handshake with, or */
	struct net_tls_conn *dial; /* to ask for it with; becomes tls */
	struct net_tls_conn *tls;
	struct net_rest rest;
	struct net_out out;
	size_t in_max;
	size_t clear_left; /* NET_UPGRADE: output to be sent before TLS */
	size_t offered;    /* length of the slice `input` is looking at */
	struct net_timer timer;
	struct net_later later;
	uint64_t in_ms, out_ms;       /* time-outs; 0: none */
	uint64_t in_since, out_since; /* when octets last moved */
	uint64_t until_ms;            /* end of handshake, flush and linger */
	int fd;
	struct net_addr peer, local;
	enum net_phase phase;
	enum err fail;       /* why the stream is to be closed; ERR_OK: not */
	uint8_t events;      /* watched now */
	uint8_t shake_wants; /* NET_HANDSHAKE: NET_READ or NET_WRITE */
	uint8_t blocked; /* what output waits for: 0, or (mostly) NET_WRITE */
	bool upgrading; /* from asking for TLS to having it */
	bool paused;
	bool again;    /* offer the rest without new input */
	bool more;     /* try to read without readiness: TLS may hold some */
	bool bulk;     /* large reads are taken whole: read all that fits */
	bool eof;      /* the peer has ended its side */
	bool stuck;    /* TLS has to write before it can read on */
	bool was_full; /* over the high-water mark; `drained` is due */
	bool no_linger;
	bool held; /* one of our functions is on the stack: free later */
	bool dead;
};

/* The stream's share of a turn of the loop; net_phase.c. ctx is the stream. */
void net_phase_ready(void *ctx, int events);
void net_phase_later(void *ctx);
void net_phase_due(void *ctx);
/* Have the timer run for the nearest deadline. */
void net_phase_arm(struct net_stream *s);
/* To be closed for that reason, as soon as the loop runs us. */
void net_phase_fail(struct net_stream *s, enum err why);
/* Give back socket and timers: no more callbacks. */
void net_phase_shut(struct net_stream *s);
/* Free the memory; nothing of the stream is on the stack. */
void net_phase_destroy(struct net_stream *s);

/* Read once and offer what has come, together with the rest. */
void net_in_read(struct net_stream *s);
/* Offer the rest again. */
void net_in_again(struct net_stream *s);
/* Read and discard. NET_IO_OK: there may be more. */
enum net_io net_in_discard(struct net_stream *s);
/* May input be read now? */
bool net_in_wanted(const struct net_stream *s);
void net_rest_drop(struct net_rest *r);

/* The meaning of a failed socket call, for `closed`. */
enum err net_err_of_socket(int code);

/* One end of a TLS connection over fd (kept); net_tls_conn.c */
struct net_tls_conn;
struct net_tls_conn *net_tls_conn_new(struct net_tls *t, int fd);
void net_tls_conn_free(struct net_tls_conn **c);
/* The socket has become readable. Before that, no read is tried in vain. */
void net_tls_conn_readable(struct net_tls_conn *c);
enum net_io net_tls_conn_shake(struct net_tls_conn *c);
enum net_io net_tls_conn_read(
    struct net_tls_conn *c, char *p, size_t n, size_t *got_out);
enum net_io net_tls_conn_write(
    struct net_tls_conn *c, const char *p, size_t n, size_t *put_out);
/* Send close_notify (RFC 8446, section 6.1). */
enum net_io net_tls_conn_notify(struct net_tls_conn *c);
/* After NET_IO_FAILED: what it was. */
enum err net_tls_conn_error(const struct net_tls_conn *c);
struct slice net_tls_conn_name(const struct net_tls_conn *c);
/* Client: is the certificate valid for the host? */
bool net_tls_conn_verified(const struct net_tls_conn *c);
bool net_tls_conn_resumed(const struct net_tls_conn *c);
/* Why the handshake has failed, for people; or empty. */
struct slice net_tls_conn_why(const struct net_tls_conn *c);
/* From now on the stream is a client that is about to shake hands; dial is
 * given. ERR_BUSY, as net_stream_starttls; dial is freed then. net_stream.c */
enum err net_stream_dial(struct net_stream *s, struct net_tls_conn *dial);

#endif
