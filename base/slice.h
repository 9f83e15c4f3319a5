#ifndef BASE_SLICE_H
#define BASE_SLICE_H
/*
 * A view of octets that belong to somebody else. Not NUL-terminated; may hold
 * any octet. All functions are pure and never read outside the view.
 */
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
	const char *p;
	size_t len;
};

#define SLICE(literal) ((struct slice){"" literal, sizeof(literal) - 1})
#define SLICE_NONE ((struct slice){NULL, 0})
/* for printf's "%.*s"; the length is cut at INT_MAX */
#define SLICE_ARG(s) slice_printf_len(s), (s).p == NULL ? "" : (s).p

int slice_printf_len(struct slice s);
/* The octets of a NUL-terminated string; NULL gives an empty slice. */
struct slice slice_str(const char *s);
struct slice slice_of(const void *p, size_t len);
/* s without its first n octets (all of them when n > len) */
struct slice slice_skip(struct slice s, size_t n);
/* the first n octets of s (all of it when n > len) */
struct slice slice_first(struct slice s, size_t n);
bool slice_eq(struct slice a, struct slice b);
/* ASCII case ignored */
bool slice_eq_nocase(struct slice a, struct slice b);
bool slice_starts(struct slice s, struct slice prefix);
bool slice_starts_nocase(struct slice s, struct slice prefix);
bool slice_ends(struct slice s, struct slice suffix);
/* <0, 0, >0 as memcmp, the shorter first when one is a prefix of the other */
int slice_cmp(struct slice a, struct slice b);
/* Index of the first (last) c in s, or s.len when there is none. */
size_t slice_find(struct slice s, char c);
size_t slice_rfind(struct slice s, char c);
/* Index of the first needle in s, or s.len; an empty needle is at 0. */
size_t slice_find_slice(struct slice s, struct slice needle);
/* s without SP and HTAB at both ends */
struct slice slice_trim(struct slice s);
/*
 * Cut s at the first c: *head gets what is before it, *s what is behind it.
 * Without c: *head is all of *s, *s becomes empty, and false is returned.
 */
bool slice_cut(struct slice *s, char c, struct slice *head);
/* true when every octet is 0x20..0x7e */
bool slice_is_printable(struct slice s);
bool slice_is_ascii(struct slice s);
/* true when s is well-formed UTF-8 (RFC 3629: no surrogates, no overlongs) */
bool slice_is_utf8(struct slice s);
/*
 * Octets of the UTF-8 character that s begins with, and its code point; 0 when
 * s is empty or does not begin with a well-formed one (*code_out untouched).
 */
size_t slice_utf8_first(struct slice s, uint32_t *code_out);
/*
 * May this code point stand in a line of text? Not controls (C0, DEL, C1) and
 * not what breaks or reorders the text around it on a reader's screen: line
 * separators, bidirectional marks, embeddings and isolates, byte order mark.
 */
bool slice_code_is_text(uint32_t code);
/*
 * Copy s and a NUL into dst (room for max octets, NUL included).
 * ERR_TOOBIG when it does not fit and ERR_SYNTAX when s holds a NUL; dst is
 * then "".
 */
enum err slice_to_str(struct slice s, char *dst, size_t max);

#endif
