#ifndef POP3_POP3_STUFF_H
#define POP3_POP3_STUFF_H
/* Where the reply to TOP ends (RFC 1939 section 7), in pieces. Pure. */
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero it before the first piece of a message. */
struct pop3_stuff {
	bool body; /* the empty line has been seen */
	bool text; /* this line has more than its CR */
};

/*
 * How much of piece belongs to the header, the empty line and *lines lines of
 * the body: piece.len when all of it. *lines counts down; *end when TOP is
 * complete.
 */
size_t pop3_stuff_top(
    struct pop3_stuff *s, struct slice piece, uint32_t *lines, bool *end);

#endif
