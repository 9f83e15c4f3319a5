#ifndef MIME_MIME_TEXT_H
#define MIME_MIME_TEXT_H
/*
 * Words from outside in messages of ours: made harmless, broken into lines.
 * What is no text (controls, what is not well-formed UTF-8; all that is not
 * ASCII unless utf8) becomes '?', an octet each. Pure.
 */
#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	MIME_TEXT_WIDTH = 76,
	MIME_TEXT_WORD_MAX = 800 /* octets of a word that are not broken */
};

/* All of s, in one piece. */
void mime_text_add(struct buf *b, struct slice s, bool utf8);
/*
 * The words of s with a blank between. A word that would pass MIME_TEXT_WIDTH
 * goes to a new line that begins with indent. column: octets in the line so
 * far. The last line is not ended.
 */
void mime_text_wrap(struct buf *b, const char *indent, size_t column,
    struct slice s, bool utf8);
/*
 * A field "name: text", folded and ended. text is unstructured (RFC 5322
 * section 2.2.1); where it is not ASCII it stays as it is with utf8, else it
 * becomes encoded words (RFC 2047).
 */
void mime_text_add_field(
    struct buf *b, const char *name, struct slice text, bool utf8);
/* All lines of text: at most 998 octets, ended by CRLF and with no other CR or
 * LF, no NUL; with seven_bit no octet over 127. */
bool mime_text_is_plain(struct slice text, bool seven_bit);
/* No CR or LF but in CRLF, no NUL; lines of any length. */
bool mime_text_is_lines(struct slice text);

#endif
