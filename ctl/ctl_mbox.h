#ifndef CTL_CTL_MBOX_H
#define CTL_CTL_MBOX_H
/*
 * mbox files (mboxrd) and the line ends of messages from elsewhere. Pure but
 * for the writer's file.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* --- reading --------------------------------------------------------- */

struct ctl_mbox_message {
	struct slice from; /* the "From " line, without its end */
	struct slice text; /* header and body, quoted as in the file */
};
/* Does it begin like an mbox? */
bool ctl_mbox_is(struct slice file);
/* Take the first message off *rest; false at the end. */
bool ctl_mbox_next(struct slice *rest, struct ctl_mbox_message *out);
/* Time of a "From " line, microseconds since 1970; 0: it has none. */
uint64_t ctl_mbox_time(struct slice from);

/*
 * A message in pieces, in the form that is stored: every line ends with CRLF,
 * whatever it ended with before; a CR or LF alone is a line end.
 */
struct ctl_canon {
	struct slice in; /* what is left */
	bool unquote;    /* mboxrd: one '>' off ">From ", ">>From ", ... */
	struct buf out;
};
void ctl_canon_init(struct ctl_canon *k, struct slice message, bool unquote);
void ctl_canon_fini(struct ctl_canon *k);
/* The next piece, valid until the next call; empty: the end. ctx: the
 * struct ctl_canon. */
struct slice ctl_canon_next(void *ctx);

/*
 * The UIDL that a message carries in its first field (as ctl_mbox_begin writes
 * it) is taken off *message; that of a later X-UIDL field stays where it is.
 * false: it has none that POP3 could show (RFC 1939, section 7).
 */
bool ctl_mbox_uidl(struct slice *message, struct slice *uidl_out);
bool ctl_uidl_good(struct slice uidl);

/* --- writing --------------------------------------------------------- */

struct ctl_mbox_writer {
	FILE *f;
	bool bol;         /* at the beginning of a line */
	bool cr;          /* a CR is held back */
	unsigned matched; /* octets of "From " held back behind... */
	uint64_t quotes;  /* ...so many '>' */
};
void ctl_mbox_writer_init(struct ctl_mbox_writer *w, FILE *f);
/* us: when it came; from: envelope sender, or empty */
void ctl_mbox_begin(struct ctl_mbox_writer *w, uint64_t us, struct slice from,
    struct slice uidl);
void ctl_mbox_write(struct ctl_mbox_writer *w, struct slice piece);
void ctl_mbox_end(struct ctl_mbox_writer *w);

#endif
