/*
 * Mailbox addresses into one canonical form. The text of the message header
 * (RFC 5322 addresses with names and comments) is not looked at here.
 */
#include "mime/mime_addr.h"

#include "mime/mime_domain.h"
#include "mime/mime_nfc.h"

#include <string.h>

_Static_assert(MIME_ADDR_MAX >= MIME_LOCAL_MAX + 1 + MIME_DOMAIN_MAX,
    "the longest local part and domain fit");

/* A local part as it is meant: without quotes and backslashes. */
struct local {
	char text[MIME_LOCAL_MAX];
	size_t len;
	bool utf8;
};

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static bool
is_high(char c)
{
	return (unsigned char)c >= 0x80;
}

static bool
is_printable(char c)
{
	return c >= 0x20 && c <= 0x7e;
}

/* atext of RFC 5322 section 3.2.3, ASCII only */
static bool
is_atext(char c)
{
	static const char marks[] = "!#$%&'*+-/=?^_`{|}~";

	return is_alnum(c) || (c != '\0' && strchr(marks, c) != NULL);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool
next_is(struct slice in, char c)
{
	return in.len > 0 && in.p[0] == c;
}

static bool
take(struct slice *in, char c)
{
	if (!next_is(*in, c))
		return false;
	*in = slice_skip(*in, 1);
	return true;
}

/* Move n octets from *in to l. */
static enum err
move(struct local *l, struct slice *in, size_t n)
{
	if (n > sizeof l->text - l->len)
		return ERR_TOOBIG;
	memcpy(l->text + l->len, in->p, n);
	l->len += n;
	*in = slice_skip(*in, n);
	return ERR_OK;
}

/* One character of RFC 6531's UTF8-non-ascii. */
static enum err
move_utf8(struct local *l, struct slice *in, bool allow_utf8)
{
	uint32_t code;
	size_t n = slice_utf8_first(*in, &code);

	if (!allow_utf8)
		return ERR_UNSUPPORTED;
	if (n == 0 || !slice_code_is_text(code))
		return ERR_SYNTAX;
	l->utf8 = true;
	return move(l, in, n);
}

/* Dot-string, with dots in any place (see the header). */
static enum err
take_atoms(struct slice *in, bool allow_utf8, struct local *l)
{
	enum err e = ERR_OK;
	size_t n;

	while (e == ERR_OK && in->len > 0) {
		for (n = 0; n < in->len; n++)
			if (!is_atext(in->p[n]) && in->p[n] != '.')
				break;
		if (n > 0)
			e = move(l, in, n);
		else if (is_high(in->p[0]))
			e = move_utf8(l, in, allow_utf8);
		else
			break;
	}
	return e == ERR_OK && l->len == 0 ? ERR_SYNTAX : e;
}

/* Quoted-string, behind its first quote. */
static enum err
take_quoted(struct slice *in, bool allow_utf8, struct local *l)
{
	enum err e = ERR_OK;

	while (e == ERR_OK && !take(in, '"')) {
		bool escaped = take(in, '\\');

		if (in->len > 0 && is_printable(in->p[0]))
			e = move(l, in, 1);
		else if (in->len > 0 && is_high(in->p[0]) && !escaped)
			e = move_utf8(l, in, allow_utf8);
		else
			e = ERR_SYNTAX;
	}
	return e;
}

/* Is s a Dot-string (RFC 5321 section 4.1.2), so that it needs no quotes? */
static bool
is_dot_string(struct slice s)
{
	bool dot = true; /* a dot here would begin, end or double */

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '.' ? dot : !is_atext(s.p[i]) && !is_high(s.p[i]))
			return false;
		dot = s.p[i] == '.';
	}
	return !dot;
}

/* Write l at the start of a, quoted if it has to be. */
static enum err
put_local(const struct local *l, struct mime_addr *a)
{
	struct slice s = slice_of(l->text, l->len);
	char text[2 * MIME_LOCAL_MAX + 2];
	size_t n = 0;

	if (!is_dot_string(s)) {
		text[n++] = '"';
		for (size_t i = 0; i < s.len; i++) {
			if (s.p[i] == '"' || s.p[i] == '\\')
				text[n++] = '\\';
			text[n++] = s.p[i];
		}
		text[n++] = '"';
		s = slice_of(text, n);
	}
	if (s.len > MIME_LOCAL_MAX)
		return ERR_TOOBIG;
	memcpy(a->text, s.p, s.len);
	a->len = a->at = (uint16_t)s.len;
	a->utf8 = l->utf8;
	return ERR_OK;
}

static enum err
read_local(struct slice *in, bool allow_utf8, struct local *l)
{
	l->len = 0;
	l->utf8 = false;
	return take(in, '"') ? take_quoted(in, allow_utf8, l)
			     : take_atoms(in, allow_utf8, l);
}

static enum err
take_local(struct slice *in, bool allow_utf8, struct mime_addr *a)
{
	struct local l;
	enum err e = read_local(in, allow_utf8, &l);

	return e == ERR_OK ? put_local(&l, a) : e;
}

static enum err
take_domain(struct slice *in, bool allow_utf8, struct mime_addr *a)
{
	struct slice domain = slice_first(*in, mime_domain_run(*in));
	char *out = a->text + a->at + 1;
	size_t n = 0;
	enum err e;

	a->literal = next_is(domain, '[');
	e = mime_domain_put(domain, true, allow_utf8, out, &n);
	if (e != ERR_OK)
		return e;
	a->text[a->at] = '@';
	a->len = (uint16_t)(a->at + 1 + n);
	*in = slice_skip(*in, domain.len);
	return ERR_OK;
}

/* postmaster without domain must be accepted, RFC 5321 section 4.1.1.3 */
static bool
is_bare_postmaster(struct mime_addr *a)
{
	if (!slice_eq_nocase(mime_addr_local(a), SLICE("postmaster")))
		return false;
	for (size_t i = 0; i < a->len; i++)
		a->text[i] = lower(a->text[i]);
	return true;
}

static enum err
take_mailbox(
    struct slice *in, bool allow_utf8, bool allow_bare, struct mime_addr *a)
{
	enum err e = take_local(in, allow_utf8, a);

	if (e != ERR_OK)
		return e;
	if (take(in, '@'))
		return take_domain(in, allow_utf8, a);
	return allow_bare && is_bare_postmaster(a) ? ERR_OK : ERR_SYNTAX;
}

/* A-d-l ":", the source route: checked, since it is there, and dropped. */
static enum err
skip_route(struct slice *in, bool allow_utf8)
{
	char ignored[MIME_DOMAIN_MAX];
	struct slice domain;
	size_t n;
	enum err e;

	if (!next_is(*in, '@'))
		return ERR_OK;
	do {
		if (!take(in, '@'))
			return ERR_SYNTAX;
		domain = slice_first(*in, mime_domain_run(*in));
		e = mime_domain_put(domain, false, allow_utf8, ignored, &n);
		if (e != ERR_OK)
			return e;
		*in = slice_skip(*in, domain.len);
	} while (take(in, ','));
	return take(in, ':') ? ERR_OK : ERR_SYNTAX;
}

enum err
mime_addr_parse_path(struct slice *in, bool allow_utf8, bool allow_null,
    bool allow_bare, struct mime_addr *out)
{
	struct mime_addr a = {0};
	struct slice rest = *in;
	enum err e;

	if (!take(&rest, '<'))
		return ERR_SYNTAX;
	if (!allow_null || !next_is(rest, '>')) {
		if ((e = skip_route(&rest, allow_utf8)) != ERR_OK)
			return e;
		e = take_mailbox(&rest, allow_utf8, allow_bare, &a);
		if (e != ERR_OK)
			return e;
	}
	if (!take(&rest, '>'))
		return ERR_SYNTAX;
	*out = a;
	*in = rest;
	return ERR_OK;
}

enum err
mime_addr_parse(struct slice s, struct mime_addr *out)
{
	struct mime_addr a = {0};
	enum err e = take_mailbox(&s, true, false, &a);

	if (e != ERR_OK)
		return e;
	if (s.len > 0)
		return ERR_SYNTAX;
	*out = a;
	return ERR_OK;
}

enum err
mime_addr_parse_domain(struct slice s, bool allow_literal, bool allow_utf8,
    char out[MIME_DOMAIN_MAX + 1])
{
	char text[MIME_DOMAIN_MAX];
	size_t n = 0;
	enum err e = mime_domain_put(s, allow_literal, allow_utf8, text, &n);

	if (e != ERR_OK)
		return e;
	memcpy(out, text, n);
	out[n] = '\0';
	return ERR_OK;
}

struct slice
mime_addr_slice(const struct mime_addr *a)
{
	return slice_of(a->text, a->len);
}

struct slice
mime_addr_local(const struct mime_addr *a)
{
	return slice_of(a->text, a->at);
}

struct slice
mime_addr_domain(const struct mime_addr *a)
{
	return slice_skip(mime_addr_slice(a), (size_t)a->at + 1);
}

static void
lower_all(char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text[i] = lower(text[i]);
}

/*
 * l in Form C and lower case; false: too long for a local part. The form comes
 * first, because it makes ASCII of some characters (the Kelvin sign is a K),
 * and once more behind the lower case, which may join with a mark where the
 * capital does not.
 */
static bool
normalise(struct local *l)
{
	char text[MIME_NFC_MAX];
	size_t n;

	if (!mime_nfc(slice_of(l->text, l->len), text, &n))
		return false;
	lower_all(text, n);
	if (!mime_nfc(slice_of(text, n), text, &n) || n > sizeof l->text)
		return false;
	memcpy(l->text, text, n);
	l->len = n;
	l->utf8 = !slice_is_ascii(slice_of(l->text, l->len));
	return true;
}

/* a normalised into key, which stays as it is when that is too long. */
static void
put_normal(const struct mime_addr *a, struct mime_addr *key)
{
	struct slice in = mime_addr_local(a);
	struct slice rest = slice_skip(mime_addr_slice(a), a->at);
	struct mime_addr out = *a;
	struct local l;

	if (read_local(&in, true, &l) != ERR_OK || !normalise(&l) ||
	    put_local(&l, &out) != ERR_OK)
		return;
	memcpy(out.text + out.at, rest.p, rest.len);
	out.len = (uint16_t)(out.at + rest.len);
	*key = out;
}

void
mime_addr_key(const struct mime_addr *a, struct mime_addr *key_out)
{
	struct mime_addr key = *a;

	lower_all(key.text, key.at);
	if (a->utf8)
		put_normal(a, &key);
	*key_out = key;
}

bool
mime_addr_unsub(const struct mime_addr *a, char sep, struct mime_addr *base_out)
{
	struct slice local = mime_addr_local(a);
	size_t cut = slice_find(slice_skip(local, 1), sep) + 1;
	struct mime_addr base = *a;

	if (sep == '\0' || cut >= local.len || next_is(local, '"'))
		return false;
	/* what is left must need no quotes either: not "a." of a.+shop */
	if (!is_dot_string(slice_first(local, cut)))
		return false;
	base.len = (uint16_t)(a->len - (a->at - cut));
	base.at = (uint16_t)cut;
	memmove(base.text + cut, a->text + a->at, (size_t)(a->len - a->at));
	base.utf8 = !slice_is_ascii(mime_addr_slice(&base));
	*base_out = base;
	return true;
}
