#ifndef MIME_TRACE_H
#define MIME_TRACE_H
/* The trace fields we add in front of a message (RFC 5321 section 4.4). Pure.
 */
#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct mime_received {
	struct slice helo;      /* as given at EHLO; hostile; empty: none */
	struct slice peer_ip;   /* "192.0.2.1" or "2001:db8::1", no brackets */
	struct slice peer_user; /* "uid 1000" of a program here, instead */
	struct slice peer_name; /* verified reverse name, or empty */
	struct slice by;        /* our host name */
	struct slice with;      /* SMTP ESMTP ESMTPS ESMTPA ESMTPSA UTF8... */
	struct slice tls;       /* "TLSv1.3 TLS_AES_256_GCM_SHA384", or empty */
	struct slice id;        /* message id, hex */
	struct slice only_for;  /* the recipient when there is exactly one */
	uint64_t us;            /* wall time */
};

/*
 * Append one Received field, folded below 78 octets where that is possible,
 * ended with CRLF. Octets of helo that are not printable, and parentheses and
 * backslashes, are replaced by '?' so that nothing can break out of it.
 */
void mime_trace_add_received(struct buf *b, const struct mime_received *r);
/* "Return-Path: <...>\r\n"; sender empty for the null path */
void mime_trace_add_return_path(struct buf *b, struct slice sender);
/* "Delivered-To: ...\r\n" */
void mime_trace_add_delivered_to(struct buf *b, struct slice address);
/* "Message-ID: <id@host>\r\n" and "Date: ...\r\n" for submission (RFC 6409) */
void mime_trace_add_message_id(
    struct buf *b, struct slice id, struct slice host);
void mime_trace_add_date(struct buf *b, uint64_t us);

#endif
