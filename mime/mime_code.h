#ifndef MIME_CODE_H
#define MIME_CODE_H
/* Encodings of text: base64 (RFC 4648), xtext (RFC 3461 section 4). Pure. */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/* Append s as base64 with padding, no line breaks. */
void mime_code_add_base64(struct buf *b, struct slice s);
/*
 * Append what s decodes to. Strict: full padding, no other octets, no bits
 * left over. ERR_SYNTAX; ERR_TOOBIG or ERR_NOMEM when out has no room for it;
 * out is then as it was.
 */
enum err mime_code_base64(struct slice s, struct buf *out);
/* xtext: "+" and hex for what is not printable ASCII, "+" and "=" */
void mime_code_add_xtext(struct buf *b, struct slice s);
/* The reverse, as mime_code_base64; hex digits of either case. */
enum err mime_code_xtext(struct slice s, struct buf *out);

#endif
