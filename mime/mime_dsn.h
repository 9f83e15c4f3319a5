#ifndef MIME_MIME_DSN_H
#define MIME_MIME_DSN_H
/*
 * The fields of a delivery report that machines read (RFC 3464; RFC 6533 with
 * utf8). Nothing in them is trusted: what is no text becomes '?', what is too
 * long is cut, and a value that cannot be had right is left out. Pure.
 */
#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	MIME_DSN_STATUS = 16,    /* octets, with a NUL */
	MIME_DSN_REPLY_MAX = 500 /* of a reply, the rest is cut */
};

/* "5.1.1" as given, if it is one and its class is among classes ("54"); else
 * one made of the reply code's class, else of the first of classes: "5.0.0" */
void mime_dsn_status(struct slice given, uint32_t code, const char *classes,
    char out[MIME_DSN_STATUS]);

/* May the status be left out behind the code of a server's reply? It stands in
 * the reply, or the server gave none: "5.0.0" says no more than the code, and
 * no word is put in a server's mouth (RFC 3464 section 2.3.6). */
bool mime_dsn_is_said(struct slice reply, const char *status);

/* An address of type utf-8, of an ORCPT as well: as it is with utf8, else with
 * \x{..} for what is not ASCII (RFC 6533 section 3). */
void mime_dsn_add_address(struct buf *b, struct slice addr, bool utf8);

/* The fields about the message, and the empty line behind. envid: xtext. */
void mime_dsn_add_message(struct buf *b, struct slice hostname,
    struct slice envid, uint64_t arrived_us, bool utf8);

struct mime_dsn_rcpt {
	struct slice addr;
	struct slice orcpt;         /* as in ORCPT, "rfc822;xtext", or empty */
	const char *action;         /* "failed" */
	const char *status;         /* "5.1.1" */
	struct slice host;          /* "mx.a.test[192.0.2.1]:25", or empty */
	struct slice reply;         /* or empty */
	uint32_t code;              /* 0: reply is our own words */
	uint64_t last_us, until_us; /* 0: none */
};
/* The fields about one recipient; between two of them stands an empty line. */
void mime_dsn_add_rcpt(struct buf *b, const struct mime_dsn_rcpt *r, bool utf8);

#endif
