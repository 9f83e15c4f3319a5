#ifndef MIME_STUFF_H
#define MIME_STUFF_H
/*
 * A message on its way out between lines that end with a lone dot: lines that
 * begin with one get another (RFC 5321 section 4.5.2, RFC 1939 section 3). In
 * pieces of any size. Pure.
 */
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/* Zero it before the first piece of a message. */
struct mime_stuff {
	bool inside; /* the last octet was not the end of a line */
};

/* Octets that mime_stuff_copy can need for a piece of n. */
static inline size_t
mime_stuff_room(size_t n)
{
	return n + n / 2 + 8;
}

/*
 * Copy piece to out with a '.' in front of each line that begins with one.
 * Returns the octets written, at most mime_stuff_room(piece.len).
 */
size_t mime_stuff_copy(struct mime_stuff *s, struct slice piece, char *out);

#endif
