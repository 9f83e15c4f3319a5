#ifndef MIME_MIME_PART_H
#define MIME_MIME_PART_H
/*
 * The parts of a message (RFC 2046), one after the other as they stand in its
 * text: their headers, their contents, and what is between them. One pass,
 * nothing is copied or allocated. Lines may end with a bare LF, as in the world
 * they do. Pure.
 */
#include "base/slice.h"
#include "mime/mime_type.h"

#include <stdbool.h>
#include <stddef.h>

enum { MIME_PART_DEPTH = 50 };

enum mime_part_kind {
	MIME_PART_LEAF,
	MIME_PART_MULTI,  /* what follows up to its boundary is no part */
	MIME_PART_MESSAGE /* what follows is a part: the message in it */
};
struct mime_part {
	enum mime_part_kind kind;
	struct slice header;        /* its fields, without the empty line */
	size_t end;                 /* index behind the header and that line */
	struct mime_type type;      /* empty: none, or not understood */
	struct slice encoding;      /* first word of the field; empty: none */
	unsigned encodings;         /* fields of that name */
	bool has_version, has_type; /* MIME-Version, Content-Type are there */
	/* Nobody can say for sure what this is: a broken header, a type that is
	 * there twice, a multipart without a boundary or with that of one
	 * around it, parts nested too deep */
	bool odd;
};
/* Base64 or the like, which no reader takes for text. */
bool mime_part_is_encoded(const struct mime_part *p);

/* Walks over text, which must last. */
struct mime_walk {
	struct slice text;
	size_t at;
	unsigned depth; /* of the multiparts and messages we are in */
	/* private */
	struct {
		struct slice boundary; /* empty: a message */
		bool digest;
	} frame[MIME_PART_DEPTH];
	bool closed; /* the next octets are behind the end of a multipart */
};
void mime_walk_init(struct mime_walk *w, struct slice text);
/*
 * The header at w->at becomes *out and w->at moves behind it, inside of the
 * part when it is a MULTI or MESSAGE: depth is then one more.
 */
void mime_walk_header(struct mime_walk *w, struct mime_part *out);
/*
 * What is up to the next boundary, without the line end that belongs to it: the
 * content of a leaf, or what is around parts and nobody reads. w->at moves
 * behind the boundary, depth becomes that of the multipart it belongs to, less
 * if it is its last. false: the text has ended instead.
 */
bool mime_walk_content(struct mime_walk *w, struct slice *out);
/* After true: does a header follow? Else it is content again. */
bool mime_walk_at_part(const struct mime_walk *w);
/* Does text hold a line that would be a boundary at this depth? Good for the
 * depth that the last content was at, until the next header. */
bool mime_walk_would_end(
    const struct mime_walk *w, unsigned depth, struct slice text);

#endif
