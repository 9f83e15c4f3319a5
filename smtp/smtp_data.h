#ifndef SMTP_SMTP_DATA_H
#define SMTP_SMTP_DATA_H
/*
 * The text of a message as it comes: where it ends, dot-unstuffing, line ends.
 * The one place that decides where a message ends: exactly CRLF.CRLF
 * (RFC 5321 section 4.1.1.4, with the CRLF behind DATA as the first). Pure; no
 * copies: what comes out are views of what came in.
 *
 * What comes out holds no bare CR and no bare LF: these are left out and noted
 * (`bare`, and the message must be refused), or repaired to CRLF, which never
 * begins a line as far as dots are concerned, so that repairing cannot end a
 * message either.
 */
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum { SMTP_TEXT_LINE_MAX = 65536 }; /* octets, without CRLF */

struct smtp_data {
	bool dots;   /* DATA: dot-stuffed, ends with a dot. BDAT: neither */
	bool repair; /* bare CR and LF become CRLF */
	bool ended;  /* the final CRLF.CRLF has been taken (dots only) */
	bool bare, nul, long_line; /* seen, ever */
	/* private */
	uint8_t state;
	uint32_t line; /* octets of this line so far, saturating */
};

void smtp_data_init(struct smtp_data *d, bool dots, bool repair);
/*
 * Take octets off *in and give the next piece of text, a view of them or a
 * constant, valid as long as *in's octets. false: *in is used up, or the data
 * has ended and the rest of *in is not its.
 */
bool smtp_data_next(struct smtp_data *d, struct slice *in, struct slice *piece);
/*
 * BDAT LAST: there is no more. true: this piece ends the last line (CRLF).
 */
bool smtp_data_close(struct smtp_data *d, struct slice *piece);

#endif
