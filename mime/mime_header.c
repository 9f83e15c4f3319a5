/*
 * The header of a message: fields of a whole one, and counts of one that
 * passes by. Both see the same fields: a field begins with a name (RFC 5322
 * section 3.6.8) and a colon, with blanks before the colon as the obsolete
 * syntax has them, and goes on over lines that begin with a blank.
 */
#include "mime/mime_header.h"

#include "mime/mime_addr.h"

#include <string.h>

static bool
is_ftext(char c)
{
	return c > 0x20 && c < 0x7f && c != ':';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Octets of the field that s begins with: behind the CRLF no blank follows. */
static size_t
field_len(struct slice s)
{
	size_t n = 0;

	while (n < s.len) {
		n += slice_find(slice_skip(s, n), '\n') + 1;
		if (n >= s.len)
			return s.len;
		if (n >= 2 && s.p[n - 2] == '\r' && !is_blank(s.p[n]))
			return n;
	}
	return n;
}

bool
mime_header_next(struct slice *rest, struct mime_field *out)
{
	size_t name = 0, colon;

	while (name < rest->len && is_ftext(rest->p[name]))
		name++;
	colon = name;
	while (colon < rest->len && is_blank(rest->p[colon]))
		colon++;
	if (name == 0 || colon == rest->len || rest->p[colon] != ':')
		return false;
	out->name = slice_first(*rest, name);
	out->whole = slice_first(*rest, field_len(*rest));
	out->value = slice_skip(out->whole, colon + 1);
	if (slice_ends(out->value, SLICE("\r\n")))
		out->value.len -= 2;
	*rest = slice_skip(*rest, out->whole.len);
	return true;
}

bool
mime_header_find(
    struct slice message, struct slice name, struct mime_field *out)
{
	struct mime_field f;

	while (mime_header_next(&message, &f))
		if (slice_eq_nocase(f.name, name)) {
			*out = f;
			return true;
		}
	return false;
}

/*
 * Where the scan stands. FIRST is LINE before any field: a blank continues
 * nothing there.
 */
enum { FIRST, LINE, LINE_CR, NAME, BLANKS, VALUE, VALUE_CR };

/* Whose value is being gathered. */
enum { KEEP_NONE, KEEP_LOOP, KEEP_MSGID };

void
mime_scan_init(struct mime_scan *s)
{
	memset(s, 0, sizeof *s);
	s->state = FIRST;
	buf_init(&s->loops, (size_t)MIME_SCAN_LOOPS * (MIME_ADDR_MAX + 1));
	buf_init(&s->msgid, MIME_SCAN_MSGID);
	buf_init(&s->value, MIME_SCAN_VALUE);
}

void
mime_scan_fini(struct mime_scan *s)
{
	buf_fini(&s->loops);
	buf_fini(&s->msgid);
	buf_fini(&s->value);
}

/* --- values --------------------------------------------------------------- */

/* "<...>" with what is inside; all of s when there is none. */
static struct slice
bracketed(struct slice s)
{
	struct slice in = slice_skip(s, slice_find(s, '<'));
	size_t end = slice_find(in, '>');

	return end < in.len ? slice_first(in, end + 1) : s;
}

static void
keep_loop(struct mime_scan *s, struct slice value)
{
	struct mime_addr addr, key;

	if (slice_starts(value, SLICE("<")) && slice_ends(value, SLICE(">")))
		value = slice_skip(slice_first(value, value.len - 1), 1);
	if (s->nloops == MIME_SCAN_LOOPS ||
	    mime_addr_parse(value, &addr) != ERR_OK)
		return;
	mime_addr_key(&addr, &key);
	buf_add_slice(&s->loops, mime_addr_slice(&key));
	buf_add_char(&s->loops, '\n');
	s->nloops++;
}

static void
keep_msgid(struct mime_scan *s, struct slice value)
{
	value = bracketed(value);
	if (s->msgid.len == 0 && value.len <= MIME_SCAN_MSGID &&
	    slice_is_printable(value))
		buf_add_slice(&s->msgid, value);
}

/* The field whose value was gathered has ended. */
static void
end_value(struct mime_scan *s)
{
	struct slice value = slice_trim(buf_slice(&s->value));

	if (s->keeping == KEEP_NONE)
		return;
	if (s->value.err != ERR_OK)
		value = SLICE_NONE;
	if (s->keeping == KEEP_LOOP)
		keep_loop(s, value);
	else
		keep_msgid(s, value);
	s->keeping = KEEP_NONE;
	buf_reset(&s->value);
}

/* --- names ---------------------------------------------------------------- */

/* A colon: the name is complete. */
static void
notice(struct mime_scan *s)
{
	struct slice name;

	if (s->name_len > sizeof s->name)
		return; /* longer than any that matters */
	name = slice_of(s->name, s->name_len);
	if (slice_eq_nocase(name, SLICE("Received"))) {
		s->received++;
	} else if (slice_eq_nocase(name, SLICE("Delivered-To"))) {
		s->delivered_to++;
		s->keeping = KEEP_LOOP;
	} else if (slice_eq_nocase(name, SLICE("Date"))) {
		s->has_date = true;
	} else if (slice_eq_nocase(name, SLICE("Message-ID"))) {
		s->has_message_id = true;
		s->keeping = KEEP_MSGID;
	} else if (slice_eq_nocase(name, SLICE("From"))) {
		s->has_from = true;
	}
}

static int
add_to_name(struct mime_scan *s, char c)
{
	if (s->name_len < sizeof s->name)
		s->name[s->name_len] = c;
	if (s->name_len <= sizeof s->name)
		s->name_len++;
	return NAME;
}

static int
end_name(struct mime_scan *s)
{
	notice(s);
	return VALUE;
}

static int
end_header(struct mime_scan *s)
{
	end_value(s);
	s->ended = true;
	return LINE;
}

/* The line was no field: its octets were none of the header's. */
static int
break_off(struct mime_scan *s)
{
	end_value(s);
	s->broken = true;
	s->octets -= s->line_octets;
	return LINE;
}

/* A folded value: its lines are parted by a blank. */
static int
go_on(struct mime_scan *s, char c)
{
	if (s->keeping != KEEP_NONE)
		buf_add_char(&s->value, c);
	return VALUE;
}

/* The first octet of a line. */
static int
begin_line(struct mime_scan *s, char c)
{
	s->line_octets = 1;
	s->name_len = 0;
	if (c == '\r')
		return LINE_CR;
	if (is_blank(c) && s->state == LINE)
		return go_on(s, c);
	end_value(s);
	return is_ftext(c) ? add_to_name(s, c) : break_off(s);
}

static int
end_line(struct mime_scan *s)
{
	s->lines++;
	return LINE;
}

/* One octet, already counted, takes the scan to the next state. */
static int
step(struct mime_scan *s, char c)
{
	switch (s->state) {
	case FIRST:
	case LINE:
		return begin_line(s, c);
	case LINE_CR:
		return c == '\n' ? end_header(s) : break_off(s);
	case NAME:
		if (is_ftext(c))
			return add_to_name(s, c);
		__attribute__((fallthrough));
	case BLANKS:
		if (c == ':')
			return end_name(s);
		return is_blank(c) ? BLANKS : break_off(s);
	case VALUE_CR:
		if (c == '\n')
			return end_line(s);
		__attribute__((fallthrough));
	default:
		return c == '\r' ? VALUE_CR : VALUE;
	}
}

void
mime_scan_feed(struct mime_scan *s, struct slice piece)
{
	size_t n;

	while (piece.len > 0 && !s->ended && !s->broken) {
		/* most octets are inside of values, where no line breaks off */
		n = s->state == VALUE ? slice_find(piece, '\r') : 0;
		if (s->keeping != KEEP_NONE)
			buf_add(&s->value, piece.p, n);
		s->octets += n;
		piece = slice_skip(piece, n);
		if (piece.len == 0)
			return;
		s->octets++;
		s->line_octets++;
		s->state = (unsigned char)step(s, piece.p[0]);
		piece = slice_skip(piece, 1);
	}
}

void
mime_scan_close(struct mime_scan *s)
{
	end_value(s);
}
