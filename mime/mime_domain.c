/* Domains and address literals; the only user of libidn2. */
#include "mime/mime_domain.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <string.h>
#include <sys/socket.h>

enum {
	LABEL_MAX = 63, /* octets, RFC 1035 section 2.3.4 */
	/*
	 * Octets of UTF-8 given to libidn2, whose work on a label is quadratic.
	 * An A-label has room for at most 59 characters of 4 octets, so nothing
	 * that could pass is longer.
	 */
	U_DOMAIN_MAX = 4 * MIME_DOMAIN_MAX
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_high(char c)
{
	return (unsigned char)c >= 0x80;
}

/* Underscores are no part of a host name, but in real use. */
static bool
is_domain_octet(char c)
{
	return is_letter(c) || is_digit(c) || c == '-' || c == '_';
}

size_t
mime_domain_run(struct slice in)
{
	size_t n = 0;

	if (in.len > 0 && in.p[0] == '[')
		return slice_first(in, slice_find(in, ']') + 1).len;
	while (n < in.len &&
	       (is_domain_octet(in.p[n]) || in.p[n] == '.' || is_high(in.p[n])))
		n++;
	return n;
}

/* One label in lower case; hyphens stand inside (RFC 1123 section 2.1). */
static enum err
put_label(struct slice label, char *out)
{
	if (label.len == 0 || label.p[0] == '-' ||
	    label.p[label.len - 1] == '-')
		return ERR_SYNTAX;
	for (size_t i = 0; i < label.len; i++) {
		char c = label.p[i];

		if (!is_domain_octet(c))
			return ERR_SYNTAX;
		out[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	return label.len > LABEL_MAX ? ERR_TOOBIG : ERR_OK;
}

static bool
is_number(struct slice label)
{
	for (size_t i = 0; i < label.len; i++)
		if (!is_digit(label.p[i]))
			return false;
	return true;
}

/*
 * A host name in ASCII into out. The last label is never all digits (RFC 1123
 * section 2.1): 127.0.0.1 without brackets is no domain, and some resolvers
 * would connect to it.
 */
static enum err
put_ascii_domain(struct slice s, char out[MIME_DOMAIN_MAX], size_t *len_out)
{
	struct slice rest = s, label;
	bool more;
	enum err e;

	if (s.len > MIME_DOMAIN_MAX)
		return ERR_TOOBIG;
	do {
		size_t at = s.len - rest.len;

		more = slice_cut(&rest, '.', &label);
		if ((e = put_label(label, out + at)) != ERR_OK)
			return e;
		if (more)
			out[at + label.len] = '.';
	} while (more);
	if (is_number(label))
		return ERR_SYNTAX;
	*len_out = s.len;
	return ERR_OK;
}

/* [192.0.2.1] or [IPv6:2001:db8::1] (RFC 5321 section 4.1.3) */
static enum err
put_literal(struct slice s, char out[MIME_DOMAIN_MAX], size_t *len_out)
{
	static const char tag[] = "[IPv6:";
	struct slice inner = slice_first(s, s.len - 1);
	char text[INET6_ADDRSTRLEN];
	unsigned char octets[16];
	bool v6 = slice_starts_nocase(s, slice_str(tag));
	int family = v6 ? AF_INET6 : AF_INET;
	size_t skip = v6 ? strlen(tag) : 1, n;

	inner = slice_skip(inner, skip);
	if (s.len < skip + 1 || s.p[s.len - 1] != ']' ||
	    slice_to_str(inner, text, sizeof text) != ERR_OK ||
	    inet_pton(family, text, octets) != 1 ||
	    inet_ntop(family, octets, text, sizeof text) == NULL)
		return ERR_SYNTAX;
	n = strlen(text);
	memcpy(out, tag, skip);
	memcpy(out + skip, text, n);
	out[skip + n] = ']';
	*len_out = skip + n + 1;
	return ERR_OK;
}

static enum err
from_idn2(int code)
{
	switch (code) {
	case IDN2_OK:
		return ERR_OK;
	case IDN2_MALLOC:
		return ERR_NOMEM;
	case IDN2_TOO_BIG_DOMAIN:
	case IDN2_TOO_BIG_LABEL:
	case IDN2_PUNYCODE_BIG_OUTPUT: /* a label, too */
		return ERR_TOOBIG;
	default:
		return ERR_SYNTAX;
	}
}

/*
 * A-labels (RFC 5890) after the mapping of UTS 46 and NFC. The result is
 * checked like any other host name: the mapping can bring forth '.', '@', '/'
 * and digits.
 */
static enum err
put_utf8_domain(struct slice s, char out[MIME_DOMAIN_MAX], size_t *len_out)
{
	char domain[U_DOMAIN_MAX + 1];
	uint8_t *ascii = NULL;
	enum err e;

	if (!slice_is_utf8(s))
		return ERR_SYNTAX;
	if ((e = slice_to_str(s, domain, sizeof domain)) != ERR_OK)
		return e;
	e = from_idn2(idn2_lookup_u8((const uint8_t *)domain, &ascii,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL));
	if (e == ERR_OK)
		e = put_ascii_domain(
		    slice_str((const char *)ascii), out, len_out);
	idn2_free(ascii);
	return e;
}

/* ASCII never goes through IDNA, which refuses hosts that exist (r3---x). */
enum err
mime_domain_put(struct slice s, bool allow_literal, bool allow_utf8,
    char out[MIME_DOMAIN_MAX], size_t *len_out)
{
	if (allow_literal && s.len > 0 && s.p[0] == '[')
		return put_literal(s, out, len_out);
	if (slice_is_ascii(s))
		return put_ascii_domain(s, out, len_out);
	if (!allow_utf8)
		return ERR_UNSUPPORTED;
	return put_utf8_domain(s, out, len_out);
}
