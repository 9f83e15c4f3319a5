/* Values of MIME header fields: words, comments, parameters. */
#include "mime/mime_type.h"

#include <string.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* token of RFC 2045 section 5.1 */
static bool
is_token(char c)
{
	return c > 0x20 && c < 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* A comment at the start of *s, with those inside of it; to the end of *s when
 * it never ends. */
static void
skip_comment(struct slice *s)
{
	size_t depth = 0, i = 0;

	do {
		if (s->p[i] == '(')
			depth++;
		else if (s->p[i] == ')')
			depth--;
		else if (s->p[i] == '\\')
			i++;
		i++;
	} while (i < s->len && depth > 0);
	*s = slice_skip(*s, i);
}

static void
skip_blanks(struct slice *s)
{
	while (s->len > 0 && (is_blank(s->p[0]) || s->p[0] == '('))
		if (s->p[0] == '(')
			skip_comment(s);
		else
			*s = slice_skip(*s, 1);
}

static struct slice
take_token(struct slice *s)
{
	struct slice all = *s;

	while (s->len > 0 && is_token(s->p[0]))
		*s = slice_skip(*s, 1);
	return slice_first(all, all.len - s->len);
}

static bool
take(struct slice *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
		return false;
	*s = slice_skip(*s, 1);
	return true;
}

/* Behind the first quote. *odd when it has escapes or line ends, or no end. */
static struct slice
take_quoted(struct slice *s, bool *odd)
{
	struct slice all = *s;
	size_t n = 0;

	while (n < all.len && all.p[n] != '"') {
		*odd |=
		    all.p[n] == '\\' || all.p[n] == '\r' || all.p[n] == '\n';
		n += all.p[n] == '\\' ? 2 : 1;
	}
	*odd |= n >= all.len;
	*s = slice_skip(all, n + 1);
	return slice_first(all, n);
}

/* Without quotes people write more than tokens: "----=_Part_1" for one. */
static struct slice
take_value(struct slice *s, bool *odd)
{
	struct slice all = *s;

	if (take(s, '"'))
		return take_quoted(s, odd);
	while (s->len > 0 && !is_blank(s->p[0]) && s->p[0] != ';') {
		*odd |= strchr("\"\\(),", s->p[0]) != NULL;
		*s = slice_skip(*s, 1);
	}
	return slice_first(all, all.len - s->len);
}

static void
take_parameter(struct slice *s, struct mime_type *out)
{
	struct slice name = take_token(s), value;
	bool odd = false;

	skip_blanks(s);
	if (!take(s, '=')) {
		out->odd |= name.len > 0;
		return;
	}
	skip_blanks(s);
	value = take_value(s, &odd);
	if (!slice_starts_nocase(name, SLICE("boundary")))
		return;
	out->odd |= odd || name.len != 8 || out->boundary.len > 0 ||
		    value.len == 0 || is_blank(value.p[value.len - 1]);
	out->boundary = value;
}

bool
mime_type_parse(struct slice value, struct mime_type *out)
{
	*out = (struct mime_type){.odd = false};
	skip_blanks(&value);
	out->type = take_token(&value);
	skip_blanks(&value);
	if (take(&value, '/')) {
		skip_blanks(&value);
		out->subtype = take_token(&value);
	}
	if (out->type.len == 0 || out->subtype.len == 0) {
		*out = (struct mime_type){.odd = false};
		return false;
	}
	for (;;) {
		skip_blanks(&value);
		if (value.len == 0)
			return true;
		if (!take(&value, ';')) {
			out->odd = true;
			return true;
		}
		skip_blanks(&value);
		take_parameter(&value, out);
	}
}

bool
mime_type_is(const struct mime_type *t, const char *type, const char *subtype)
{
	return slice_eq_nocase(t->type, slice_str(type)) &&
	       (subtype == NULL ||
		   slice_eq_nocase(t->subtype, slice_str(subtype)));
}

struct slice
mime_type_word(struct slice value)
{
	skip_blanks(&value);
	return take_token(&value);
}
