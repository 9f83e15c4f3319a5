#ifndef CTL_CTL_LETTER_H
#define CTL_CTL_LETTER_H
/*
 * A message as programs hand it to sendmail, made into one as SMTP wants it.
 * Pure.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>

/*
 * Append in with CRLF line ends: LF and CR alone end a line, too; NULs are left
 * out; so is an mbox "From " line in front. dot_ends: a line with nothing but a
 * dot ends it. The last line gets an end if it has none.
 */
void ctl_letter_text(struct slice in, bool dot_ends, struct buf *out);

struct ctl_letter {
	struct buf text;  /* header and body, CRLF, no dot-stuffing */
	struct buf rcpts; /* addresses as they stand in the header, each ended
			     by '\n' */
	bool eight;       /* octets over 127 */
};
void ctl_letter_init(struct ctl_letter *l, size_t max);
void ctl_letter_fini(struct ctl_letter *l);

/*
 * From text (ctl_letter_text) to letter. extract: recipients are those of To,
 * Cc and Bcc, or of Resent-To, -Cc, -Bcc when there are any; Bcc and Resent-Bcc
 * are left out of the header. from: a From field, CRLF included, for a header
 * that has none. A text without header gets one.
 */
enum err ctl_letter_make(
    struct slice text, bool extract, struct slice from, struct ctl_letter *out);

/* Append `From: Ann B. <a@b.test>` and CRLF; name in quotes or encoded (RFC
 * 2047) where it must be, left out when empty. */
void ctl_letter_add_from(struct buf *b, struct slice name, struct slice addr);

#endif
