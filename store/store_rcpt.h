#ifndef STORE_STORE_RCPT_H
#define STORE_STORE_RCPT_H
/*
 * The recipients of a message as octets, in front of the body of msg_deliver:
 * {mailbox u64 be, notify u8, uidl_len u8, addr_len u16 be, orcpt_len u16 be,
 * addr, orcpt, uidl} each. Pure.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

/* NOTIFY of RFC 3461; 0: not given */
enum {
	STORE_NOTIFY_NEVER = 1,
	STORE_NOTIFY_SUCCESS = 2,
	STORE_NOTIFY_FAILURE = 4,
	STORE_NOTIFY_DELAY = 8
};

struct store_rcpt {
	uint64_t mailbox;   /* import: deliver here; else 0: addr decides */
	struct slice addr;  /* canonical; import: for Delivered-To, or empty */
	struct slice orcpt; /* DSN ORCPT "rfc822;xtext", or empty */
	struct slice uidl;  /* import: the UIDL it had elsewhere, or empty;
			       1 to 70 octets 0x21..0x7e (RFC 1939) */
	unsigned notify;    /* set of STORE_NOTIFY_ */
};
void store_rcpt_add(struct buf *b, const struct store_rcpt *r);
/* ERR_NOENT at the end, ERR_PROTO when malformed */
enum err store_rcpt_next(struct slice *rcpts, struct store_rcpt *out);

#endif
