#ifndef QUEUE_BOUNCE_H
#define QUEUE_BOUNCE_H
/*
 * Delivery reports people can read (RFC 3464, 6522): first a short text (what
 * happened, to whom, in the other server's own words, whether it may still
 * arrive, what to do, a reference for the operator), then the machine's part,
 * then the message or its header, as RET asks. Also the notice that mail of an
 * account is held. Pure.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "proc/mail_id.h"
#include "store/store_queue.h"

#include <stdbool.h>
#include <stdint.h>

enum queue_action { /* RFC 3464 section 2.3.3 */
	QUEUE_FAILED,
	QUEUE_DELAYED,
	QUEUE_DELIVERED,
	QUEUE_RELAYED,
	QUEUE_EXPANDED
};
struct queue_bounce_rcpt {
	enum queue_action action;
	struct slice addr, orcpt;         /* ORCPT as given, or empty */
	struct slice status, reply, host; /* code 0: reply is ours */
	uint32_t code;
	uint64_t last_us;  /* of the last attempt; 0: none */
	uint64_t until_us; /* DELAYED: given up then */
};
struct queue_bounce {
	struct mail_id id;    /* of the report */
	struct mail_id about; /* of the message */
	struct slice to;      /* its sender, canonical */
	struct slice hostname;
	struct slice envid; /* as xtext, or empty */
	uint64_t now_us, arrived_us;
	const struct queue_bounce_rcpt *rcpt;
	unsigned nrcpts;
	struct slice original; /* the message, or at least its header */
	bool whole; /* original is all of it, and is to be returned */
	bool utf8;  /* addresses or header need it (message/global-...) */
};
/* Append a whole message with CRLF lines. Rcpts of one report have actions that
 * go together (all failed, or all delayed, or successes). Whatever is in
 * original, the result is valid MIME of 7-bit lines under 998 octets, or 8-bit
 * if utf8. TOOBIG when out has no room. */
enum err queue_bounce_make(const struct queue_bounce *b, struct buf *out);
/* Does this report need SMTPUTF8? */
bool queue_bounce_utf8(const struct queue_bounce *b);

/* To the owner of an account, and to postmaster: mail is being held. */
struct queue_held_notice {
	struct mail_id id, about;
	struct slice to, account, hostname;
	uint64_t now_us;
	uint32_t messages, recipients; /* limits per hour; 0: none */
};
enum err queue_held_make(const struct queue_held_notice *n, struct buf *out);

#endif
