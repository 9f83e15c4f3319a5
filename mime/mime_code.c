/* base64 and xtext, strictly. */
#include "mime/mime_code.h"

#include "base/num.h"

#include <stdint.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 1 to 3 octets become 4 digits. */
static void
encode_group(const unsigned char *p, size_t n, char *out)
{
	uint32_t bits = (uint32_t)p[0] << 16;

	if (n > 1)
		bits |= (uint32_t)p[1] << 8;
	if (n > 2)
		bits |= p[2];
	out[0] = alphabet[bits >> 18];
	out[1] = alphabet[bits >> 12 & 63];
	out[2] = n > 1 ? alphabet[bits >> 6 & 63] : '=';
	out[3] = n > 2 ? alphabet[bits & 63] : '=';
}

void
mime_code_add_base64(struct buf *b, struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	char group[4];

	for (size_t i = 0; i < s.len; i += 3) {
		encode_group(p + i, s.len - i < 3 ? s.len - i : 3, group);
		buf_add(b, group, sizeof group);
	}
}

/* 0 to 63, or 64 for an octet that is no digit */
static unsigned
digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0' + 52);
	return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* pad '=' at the end stand for zero bits; false when bits would be lost */
static bool
decode_group(const char *p, size_t pad, unsigned char out[3])
{
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		unsigned v = i < 4 - pad ? digit_value(p[i]) : 0;

		if (v > 63)
			return false;
		bits = bits << 6 | v;
	}
	out[0] = (unsigned char)(bits >> 16);
	out[1] = (unsigned char)(bits >> 8);
	out[2] = (unsigned char)bits;
	return (pad < 2 || out[1] == 0) && (pad < 1 || out[2] == 0);
}

static size_t
padding(struct slice s)
{
	if (slice_ends(s, SLICE("==")))
		return 2;
	return slice_ends(s, SLICE("=")) ? 1 : 0;
}

/*
 * Decodes in place behind the contents of out, which become longer only when
 * all is well; nothing secret stays anywhere else.
 */
enum err
mime_code_base64(struct slice s, struct buf *out)
{
	size_t pad = padding(s), n = s.len / 4 * 3;
	unsigned char group[3];
	char *to;
	enum err e;

	if (s.len % 4 != 0)
		return ERR_SYNTAX;
	if ((e = buf_reserve(out, n - pad)) != ERR_OK || n == 0)
		return e;
	to = out->p + out->len;
	for (size_t i = 0; i < s.len; i += 4) {
		size_t missing = i + 4 == s.len ? pad : 0;

		if (!decode_group(s.p + i, missing, group))
			return ERR_SYNTAX;
		for (size_t k = 0; k < 3 - missing; k++)
			*to++ = (char)group[k];
	}
	out->len += n - pad;
	return ERR_OK;
}

/* xchar of RFC 3461 section 4 */
static bool
is_xchar(char c)
{
	return c > 0x20 && c < 0x7f && c != '+' && c != '=';
}

void
mime_code_add_xtext(struct buf *b, struct slice s)
{
	static const char digit[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char hex[3] = {'+', digit[c >> 4], digit[c & 15]};

		if (is_xchar(s.p[i]))
			buf_add_char(b, s.p[i]);
		else
			buf_add(b, hex, sizeof hex);
	}
}

/* The octet that s begins with, and how many octets it took; 0: none. */
static size_t
xtext_first(struct slice s, char *c_out)
{
	if (s.p[0] == '+')
		return num_hex(slice_first(slice_skip(s, 1), 2), c_out, 1) ==
			       ERR_OK
			   ? 3
			   : 0;
	*c_out = s.p[0];
	return is_xchar(s.p[0]) ? 1 : 0;
}

enum err
mime_code_xtext(struct slice s, struct buf *out)
{
	size_t before = out->len, took;
	enum err e;
	char c;

	/* the result is no longer than s; a tight ceiling is met below */
	for (; s.len > 0; s = slice_skip(s, took)) {
		e = (took = xtext_first(s, &c)) == 0 ? ERR_SYNTAX
						     : buf_reserve(out, 1);
		if (e != ERR_OK) {
			buf_cut(out, before);
			return e;
		}
		buf_add_char(out, c);
	}
	return ERR_OK;
}
