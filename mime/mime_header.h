#ifndef MIME_HEADER_H
#define MIME_HEADER_H
/*
 * The header of a message as octets (RFC 5322 section 2.2): scan, find, count.
 * Linear time, bounded memory; tolerant of bad fields, which belong to nobody's
 * name. Lines end with CRLF. Pure.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/* One field: name without colon, value with its folding, without last CRLF. */
struct mime_field {
	struct slice name, value, whole; /* whole: with the last CRLF */
};

/*
 * Take the next field off *rest. false at the empty line that ends the header,
 * at the end of the octets, and at a line that cannot begin a field; *rest
 * then stays there.
 */
bool mime_header_next(struct slice *rest, struct mime_field *out);
/* First field of this name, case ignored; false when there is none. */
bool mime_header_find(
    struct slice message, struct slice name, struct mime_field *out);

enum {
	MIME_SCAN_LOOPS = 32,  /* Delivered-To addresses that are kept */
	MIME_SCAN_MSGID = 500, /* octets of a Message-ID */
	MIME_SCAN_VALUE = 1000 /* octets of a value that is looked at */
};

/*
 * Streaming scan of a header that comes in pieces of any size: counts fields
 * and octets, notices names, keeps the few values that say where the message
 * has been. Used at DATA to see loops and missing fields without keeping the
 * message.
 */
struct mime_scan {
	size_t octets;     /* of the header so far, the empty line too; without
			      the line that broke it */
	unsigned lines;    /* complete header lines so far */
	unsigned received; /* Received fields (RFC 5321 section 6.3) */
	unsigned delivered_to;
	bool has_date, has_message_id, has_from;
	bool ended;       /* the empty line has been seen */
	bool broken;      /* a line that is no field ended the header */
	struct buf loops; /* of Delivered-To, the first MIME_SCAN_LOOPS that are
			     addresses: mime_addr_key, each ended by '\n' */
	struct buf msgid; /* the first Message-ID, "<...>" where it has that;
			     empty: none that is printable and short enough */
	/* private */
	size_t line_octets;
	struct buf value;
	unsigned char state;
	unsigned char keeping;
	unsigned char nloops;
	unsigned char name_len;
	char name[16];
};
void mime_scan_init(struct mime_scan *s);
void mime_scan_fini(struct mime_scan *s);
void mime_scan_feed(struct mime_scan *s, struct slice piece);
/* There is no more, even if the header has not ended. */
void mime_scan_close(struct mime_scan *s);

#endif
