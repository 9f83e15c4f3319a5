#ifndef MIME_MIME_TYPE_H
#define MIME_MIME_TYPE_H
/*
 * What Content-Type and Content-Transfer-Encoding say (RFC 2045), as far as one
 * must know to find the parts of a message. Where readers differ about what a
 * field means it is odd, and nobody should build on it. Pure.
 */
#include "base/slice.h"

#include <stdbool.h>

struct mime_type {
	struct slice type, subtype; /* as written; "multipart", "mixed" */
	struct slice boundary;      /* without quotes; empty: none */
	bool odd;                   /* the parameters are not understood */
};
/* false: no type; *out is then empty. Slices point into value. */
bool mime_type_parse(struct slice value, struct mime_type *out);
/* subtype NULL: any */
bool mime_type_is(
    const struct mime_type *t, const char *type, const char *subtype);
/* The first word of a value, behind blanks and comments: "8bit". */
struct slice mime_type_word(struct slice value);

#endif
