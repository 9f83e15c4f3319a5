/*
 * Where the parts of a message are. Boundaries are looked for from the inside
 * out, whole lines only, so that a part whose end was cut off ends with the one
 * around it. What is odd is taken for a leaf.
 */
#include "mime/mime_part.h"

#include "mime/mime_header.h"

#include <string.h>

/* A line of text: where it ends without its line end, and the next begins */
struct line {
	size_t end, next;
};

void
mime_walk_init(struct mime_walk *w, struct slice text)
{
	w->text = text;
	w->at = 0;
	w->depth = 0;
	w->closed = false;
}

static struct line
line_at(struct slice text, size_t at)
{
	size_t end = at + slice_find(slice_skip(text, at), '\n');
	size_t next = end < text.len ? end + 1 : end;

	if (end > at && end < text.len && text.p[end - 1] == '\r')
		end--;
	return (struct line){end, next};
}

static struct slice
line_of(struct slice text, size_t at, struct line l)
{
	return slice_of(text.p + at, l.end - at);
}

/* s is what follows "--" in a line. 0: not this boundary, 1: it is, 2: its end
 */
static int
match(struct slice s, struct slice boundary)
{
	int found = 1;

	if (!slice_starts(s, boundary))
		return 0;
	s = slice_skip(s, boundary.len);
	if (slice_starts(s, SLICE("--"))) {
		s = slice_skip(s, 2);
		found = 2;
	}
	return slice_trim(s).len == 0 ? found : 0;
}

/* The same for the outer depth multiparts; *depth_out: which one it is */
static int
match_any(const struct mime_walk *w, unsigned depth, struct slice s,
    unsigned *depth_out)
{
	int found = 0;

	if (s.len < 3 || !slice_starts(s, SLICE("--")))
		return 0;
	s = slice_skip(s, 2);
	for (unsigned i = depth; i > 0 && found == 0; i--) {
		struct slice boundary = w->frame[i - 1].boundary;

		/* most lines like that differ in their first octet */
		if (boundary.len == 0 || boundary.p[0] != s.p[0])
			continue;
		found = match(s, boundary);
		*depth_out = i;
	}
	return found;
}

/* A CR or LF of its own: readers differ about where the line ends. */
static bool
has_bare_end(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '\r'
			? i + 1 == s.len || s.p[i + 1] != '\n'
			: s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
			return true;
	return false;
}

/* What is behind the last line that is a field is odd. */
static void
read_fields(struct mime_part *p)
{
	struct slice rest = p->header;
	struct mime_field f;
	unsigned types = 0;

	while (mime_header_next(&rest, &f)) {
		if (slice_eq_nocase(f.name, SLICE("MIME-Version")))
			p->has_version = true;
		if (slice_eq_nocase(f.name, SLICE("Content-Type")) &&
		    types++ == 0)
			p->odd |= !mime_type_parse(f.value, &p->type);
		if (slice_eq_nocase(
			f.name, SLICE("Content-Transfer-Encoding")) &&
		    p->encodings++ == 0)
			p->encoding = mime_type_word(f.value);
	}
	p->has_type = types > 0;
	p->odd |= rest.len > 0 || types > 1 || p->encodings > 1 ||
		  has_bare_end(p->header);
}

bool
mime_part_is_encoded(const struct mime_part *p)
{
	static const char *const names[] = {
	    "base64", "quoted-printable", "uuencode", "x-uuencode", "x-uue"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_eq_nocase(p->encoding, slice_str(names[i])))
			return true;
	return false;
}

static bool
is_message(const struct mime_walk *w, const struct mime_part *p)
{
	if (!p->has_type)
		return w->depth > 0 && w->frame[w->depth - 1].digest;
	return mime_type_is(&p->type, "message", "rfc822") ||
	       mime_type_is(&p->type, "message", "news");
}

static void
enter(struct mime_walk *w, struct mime_part *p, enum mime_part_kind kind)
{
	if (p->odd || w->depth == MIME_PART_DEPTH) {
		p->odd = true;
		return;
	}
	p->kind = kind;
	w->frame[w->depth].boundary = SLICE_NONE;
	w->frame[w->depth].digest = false;
	if (kind == MIME_PART_MULTI) {
		w->frame[w->depth].boundary = p->type.boundary;
		w->frame[w->depth].digest =
		    mime_type_is(&p->type, "multipart", "digest");
	}
	w->depth++;
}

/* Fields up to an empty line; or to a boundary, if that line is missing. */
static size_t
header_end(struct mime_walk *w)
{
	struct line l;
	unsigned ignored;
	size_t at = w->at;

	for (; at < w->text.len; at = l.next) {
		l = line_at(w->text, at);
		if (l.end == at) {
			w->at = l.next;
			return at;
		}
		if (match_any(w, w->depth, line_of(w->text, at, l), &ignored) !=
		    0)
			break;
	}
	w->at = at;
	return at;
}

/* Could a line be the boundary of both this and what is around it? */
static bool
is_ambiguous(const struct mime_walk *w, struct slice boundary)
{
	for (unsigned i = 0; i < w->depth; i++) {
		struct slice outer = w->frame[i].boundary;

		if (outer.len > 0 && (match(boundary, outer) != 0 ||
					 match(outer, boundary) != 0))
			return true;
	}
	return false;
}

void
mime_walk_header(struct mime_walk *w, struct mime_part *out)
{
	size_t start = w->at, end = header_end(w);

	*out = (struct mime_part){
	    .header = slice_of(w->text.p + start, end - start), .end = w->at};
	read_fields(out);
	if (mime_type_is(&out->type, "multipart", NULL)) {
		out->odd |= out->type.odd || out->type.boundary.len == 0 ||
			    is_ambiguous(w, out->type.boundary);
		enter(w, out, MIME_PART_MULTI);
	} else if (is_message(w, out) && !mime_part_is_encoded(out)) {
		enter(w, out, MIME_PART_MESSAGE);
	}
}

bool
mime_walk_content(struct mime_walk *w, struct slice *out)
{
	size_t start = w->at, end = start;
	unsigned depth = 0;
	struct line l;
	int found;

	for (; w->at < w->text.len; w->at = l.next) {
		l = line_at(w->text, w->at);
		found =
		    match_any(w, w->depth, line_of(w->text, w->at, l), &depth);
		if (found != 0) {
			*out = slice_of(w->text.p + start, end - start);
			w->at = l.next;
			w->closed = found == 2;
			w->depth = w->closed ? depth - 1 : depth;
			return true;
		}
		end = l.end;
	}
	*out = slice_of(w->text.p + start, w->at - start);
	return false;
}

bool
mime_walk_at_part(const struct mime_walk *w)
{
	return !w->closed;
}

bool
mime_walk_would_end(
    const struct mime_walk *w, unsigned depth, struct slice text)
{
	struct line l;
	unsigned ignored;

	for (size_t at = 0; at < text.len; at = l.next) {
		l = line_at(text, at);
		if (match_any(w, depth, line_of(text, at, l), &ignored) != 0)
			return true;
	}
	return false;
}
