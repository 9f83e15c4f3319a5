#ifndef SMTP_RELAY_BODY_H
#define SMTP_RELAY_BODY_H
/*
 * The octets of a queued message, read from the store in pieces, one ahead: the
 * trace fields of its recipient, then the body. Or, recoded, all of it in
 * memory.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "store/store_call_queue.h"

#include <stdbool.h>
#include <stdint.h>

enum { RELAY_PIECE = 256 << 10 }; /* octets read at a time */

struct relay_piece {
	uint64_t at; /* offset in the body */
	struct buf b;
};
struct relay_body {
	struct store_call *store;
	size_t *held; /* octets in memory, of all bodies together */
	struct mail_id id;
	struct slice prefix; /* borrowed */
	uint64_t octets;     /* of the body, without prefix */
	/* what was asked for is there, or cannot be had: RETRY, NOENT, CORRUPT.
	 * Never from inside a call. */
	void (*ready)(void *ctx, enum err e);
	void *ctx;
	/* private */
	struct store_queue_read_req read;
	uint64_t reading; /* offset of the read under way */
	struct relay_piece now, next;
	struct buf whole; /* the first octets of all, prefix too */
	size_t want_whole;
	bool waits;      /* somebody wants to be told */
	bool whole_only; /* `whole` is what is sent */
};

/* Fields above `private` are filled, the others zero. */
void relay_body_init(struct relay_body *b);
void relay_body_fini(struct relay_body *b);
/* Octets that are sent. */
uint64_t relay_body_total(const struct relay_body *b);
/*
 * Octets from offset on (below the total): at least one, as many as are at
 * hand. Empty: they are being read, `ready` comes.
 */
struct slice relay_body_get(struct relay_body *b, uint64_t offset);
/* Nobody waits any more: `ready` does not come for what was asked before. */
void relay_body_unwait(struct relay_body *b);
/* The first octets of the message, at most max, in one piece. Empty: they are
 * being read. Valid until the next call. */
struct slice relay_body_whole(struct relay_body *b, size_t max);
/* Send this from now on; its memory is taken over. */
void relay_body_replace(struct relay_body *b, struct buf *text);

#endif
