#ifndef POP3_POP3_STUFF_H
#define POP3_POP3_STUFF_H
/*
 * Byte-stuffing of a multi-line reply (RFC 1939 section 3), in pieces, and
 * where TOP ends. Pure.
 */
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero it before the first piece of a message. */
struct pop3_stuff {
	bool inside; /* the last octet was not the end of a line */
	bool body;   /* TOP: the empty line has been seen */
	bool text;   /* TOP: this line has more than its CR */
};

/* Octets that pop3_stuff_copy can need for a piece of n. */
static inline size_t
pop3_stuff_room(size_t n)
{
	return n + n / 2 + 8;
}

/*
 * Copy piece to out with a '.' in front of each line that begins with one.
 * Returns the octets written, at most pop3_stuff_room(piece.len).
 */
size_t pop3_stuff_copy(struct pop3_stuff *s, struct slice piece, char *out);

/*
 * How much of piece belongs to the header, the empty line and *lines lines of
 * the body: piece.len when all of it. *lines counts down; *end when TOP is
 * complete. A state of its own, not the one of pop3_stuff_copy.
 */
size_t pop3_stuff_top(
    struct pop3_stuff *s, struct slice piece, uint32_t *lines, bool *end);

#endif
