#ifndef MIME_CODE_H
#define MIME_CODE_H
/* Encodings of text: base64 (RFC 4648), xtext (RFC 3461 section 4), UTF-8
 * addresses (RFC 6533). Pure. */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/* Append s as base64 with padding, no line breaks. */
void mime_code_add_base64(struct buf *b, struct slice s);
/*
 * Append what s decodes to. Strict: full padding, no other octets, no bits
 * left over. ERR_SYNTAX, or ERR_TOOBIG when out is full; out is then cut back.
 */
enum err mime_code_base64(struct slice s, struct buf *out);
/* xtext: "+" and hex for what is not printable ASCII, "+" and "=" */
void mime_code_add_xtext(struct buf *b, struct slice s);
enum err mime_code_xtext(struct slice s, struct buf *out);

#endif
