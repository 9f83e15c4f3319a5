/* Views of octets: comparing, searching, cutting. Nothing is copied here. */
#include "base/slice.h"

#include <limits.h>
#include <string.h>

int
slice_printf_len(struct slice s)
{
	return s.len > INT_MAX ? INT_MAX : (int)s.len;
}

struct slice
slice_str(const char *s)
{
	return (struct slice){s, s == NULL ? 0 : strlen(s)};
}

struct slice
slice_of(const void *p, size_t len)
{
	return (struct slice){p, len};
}

/* Adding even 0 to NULL is undefined in C, hence the test. */
struct slice
slice_skip(struct slice s, size_t n)
{
	if (n > s.len)
		n = s.len;
	if (n == 0)
		return s;
	return (struct slice){s.p + n, s.len - n};
}

struct slice
slice_first(struct slice s, size_t n)
{
	if (n < s.len)
		s.len = n;
	return s;
}

/* memcmp must not be given NULL, not even for no octets. */
static int
compare(const char *a, const char *b, size_t n)
{
	return n == 0 ? 0 : memcmp(a, b, n);
}

bool
slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && compare(a.p, b.p, a.len) == 0;
}

/* tolower() for ASCII alone, whatever the locale is */
static unsigned char
lower(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? (unsigned char)(u | 0x20) : u;
}

bool
slice_eq_nocase(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool
slice_starts(struct slice s, struct slice prefix)
{
	return slice_eq(slice_first(s, prefix.len), prefix);
}

bool
slice_starts_nocase(struct slice s, struct slice prefix)
{
	return slice_eq_nocase(slice_first(s, prefix.len), prefix);
}

bool
slice_ends(struct slice s, struct slice suffix)
{
	return s.len >= suffix.len &&
	       slice_eq(slice_skip(s, s.len - suffix.len), suffix);
}

int
slice_cmp(struct slice a, struct slice b)
{
	int c = compare(a.p, b.p, a.len < b.len ? a.len : b.len);

	if (c != 0)
		return c;
	return (a.len > b.len) - (a.len < b.len);
}

size_t
slice_find(struct slice s, char c)
{
	const char *hit = s.len == 0 ? NULL : memchr(s.p, c, s.len);

	return hit == NULL ? s.len : (size_t)(hit - s.p);
}

size_t
slice_rfind(struct slice s, char c)
{
	const char *hit = s.len == 0 ? NULL : memrchr(s.p, c, s.len);

	return hit == NULL ? s.len : (size_t)(hit - s.p);
}

size_t
slice_find_slice(struct slice s, struct slice needle)
{
	const char *hit;

	if (needle.len == 0)
		return 0;
	if (needle.len > s.len)
		return s.len;
	hit = memmem(s.p, s.len, needle.p, needle.len);
	return hit == NULL ? s.len : (size_t)(hit - s.p);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct slice
slice_trim(struct slice s)
{
	while (s.len > 0 && is_blank(s.p[0]))
		s = slice_skip(s, 1);
	while (s.len > 0 && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

bool
slice_cut(struct slice *s, char c, struct slice *head)
{
	size_t at = slice_find(*s, c);
	bool found = at < s->len;

	*head = slice_first(*s, at);
	*s = slice_skip(*s, found ? at + 1 : at);
	return found;
}

bool
slice_is_printable(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	return true;
}

/* How many octets at the start of s are ASCII; eight at a time. */
static size_t
ascii_run(struct slice s)
{
	const uint64_t high = 0x8080808080808080;
	uint64_t word;
	size_t n = 0;

	for (; s.len - n >= sizeof word; n += sizeof word) {
		memcpy(&word, s.p + n, sizeof word);
		if ((word & high) != 0)
			break;
	}
	while (n < s.len && (unsigned char)s.p[n] < 0x80)
		n++;
	return n;
}

bool
slice_is_ascii(struct slice s)
{
	return ascii_run(s) == s.len;
}

/*
 * Length of the sequence that a lead octet begins, and the range of the octet
 * behind it: the table of RFC 3629 section 4, where overlong forms, surrogates
 * and values over U+10FFFF fall to the second octet alone.
 */
static size_t
utf8_lead(unsigned char c, unsigned char *low, unsigned char *high)
{
	*low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	*high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	return c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

size_t
slice_utf8_first(struct slice s, uint32_t *code_out)
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned char low, high;
	uint32_t code;
	size_t n;

	if (s.len == 0 || (n = utf8_lead(p[0], &low, &high)) == 0 || n > s.len)
		return 0;
	/* 7, 5, 4 or 3 bits of the lead octet, 6 of each that follows */
	code = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (p[i] < low || p[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
		code = code << 6 | (p[i] & 0x3fu);
	}
	*code_out = code;
	return n;
}

bool
slice_is_utf8(struct slice s)
{
	uint32_t code;
	size_t n;

	for (;;) {
		s = slice_skip(s, ascii_run(s));
		if (s.len == 0)
			return true;
		if ((n = slice_utf8_first(s, &code)) == 0)
			return false;
		s = slice_skip(s, n);
	}
}

bool
slice_code_is_text(uint32_t code)
{
	if (code < 0x20 || (code >= 0x7f && code < 0xa0))
		return false;
	return code != 0x061c && code != 0x200e && code != 0x200f &&
	       !(code >= 0x2028 && code <= 0x202e) &&
	       !(code >= 0x2066 && code <= 0x2069) && code != 0xfeff;
}

enum err
slice_to_str(struct slice s, char *dst, size_t max)
{
	if (max == 0)
		return ERR_TOOBIG;
	dst[0] = '\0';
	if (s.len >= max)
		return ERR_TOOBIG;
	if (slice_find(s, '\0') < s.len)
		return ERR_SYNTAX;
	if (s.len > 0)
		memcpy(dst, s.p, s.len);
	dst[s.len] = '\0';
	return ERR_OK;
}
