/*
 * Addresses of a list. One pass: an octet belongs to a comment, a quoted
 * string, an angle address or to plain text; a comma or semicolon outside of
 * these ends an address, a colon ends the name of a group.
 */
#include "mime/mime_list.h"

struct scan {
	struct buf *out;
	unsigned comment; /* depth */
	bool quoted, angle, had_angle, blank;
	bool literal; /* within [...] */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The rest of a comment; returns octets used: an escaped one takes two. */
static size_t
in_comment(struct scan *s, struct slice in)
{
	if (in.p[0] == '\\' && in.len > 1)
		return 2;
	if (in.p[0] == '(')
		s->comment++;
	else if (in.p[0] == ')')
		s->comment--;
	return 1;
}

static bool
is_kept(const struct scan *s)
{
	return s->angle || !s->had_angle;
}

static void
keep(struct scan *s, char c)
{
	/* words in a row are a name, or wrong: they must not become one */
	if (is_kept(s) && s->blank && !s->angle && s->out->len > 0 &&
	    c != '@' && c != '.' && s->out->p[s->out->len - 1] != '@' &&
	    s->out->p[s->out->len - 1] != '.')
		buf_add_char(s->out, ' ');
	s->blank = false;
	if (is_kept(s))
		buf_add_char(s->out, c);
}

static size_t
in_quotes(struct scan *s, struct slice in)
{
	keep(s, in.p[0]);
	if (in.p[0] == '\\' && in.len > 1) {
		keep(s, in.p[1]);
		return 2;
	}
	if (in.p[0] == '"')
		s->quoted = false;
	return 1;
}

static void
open_angle(struct scan *s)
{
	buf_reset(s->out); /* what came before was a name */
	s->angle = s->had_angle = true;
	s->blank = false;
}

/* The name of a group, or the source route of an angle address, ends here. */
static void
drop_name(struct scan *s)
{
	if (is_kept(s))
		buf_reset(s->out);
	s->blank = false;
}

/* true: the address has ended. */
static bool
plain(struct scan *s, char c)
{
	switch (c) {
	case '(':
		s->comment = 1;
		return false;
	case '"':
		keep(s, c);
		s->quoted = true;
		return false;
	case '<':
		open_angle(s);
		return false;
	case '>':
		s->angle = false;
		return false;
	case '[':
	case ']':
		s->literal = c == '[';
		keep(s, c);
		return false;
	case ':':
		if (s->literal)
			keep(s, c);
		else
			drop_name(s);
		return false;
	case ',':
	case ';':
		if (!s->angle) /* else it is a source route's */
			return true;
		keep(s, c);
		return false;
	default:
		if (is_blank(c))
			s->blank = true;
		else
			keep(s, c);
		return false;
	}
}

/* One address, or nothing, up to a comma. */
static void
take(struct scan *s, struct slice *list)
{
	size_t n = 1;
	bool end = false;

	for (; list->len > 0 && !end; *list = slice_skip(*list, n)) {
		n = 1;
		if (s->comment > 0)
			n = in_comment(s, *list);
		else if (s->quoted)
			n = in_quotes(s, *list);
		else
			end = plain(s, list->p[0]);
	}
}

bool
mime_list_next(struct slice *list, struct buf *out)
{
	buf_reset(out);
	while (list->len > 0 && out->len == 0) {
		struct scan s = {.out = out};

		take(&s, list);
	}
	return out->len > 0;
}
