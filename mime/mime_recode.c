/*
 * Walks over the parts and writes what has to change; what is between is copied
 * as it stands. A label "8bit" of a multipart or message becomes "7bit" when
 * the first part in it is recoded, so that all of an untouched one stays.
 */
#include "mime/mime_recode.h"

#include "mime/mime_encode.h"
#include "mime/mime_header.h"
#include "mime/mime_part.h"

#include <string.h>

struct recode {
	struct mime_walk walk;
	struct buf *out;
	size_t copied;   /* of the text, into out */
	unsigned depth;  /* of the text at hand; the walk may be further */
	unsigned sealed; /* depth from which nothing may be touched; 0: none */
	struct mime_part top;
	/* of each multipart and message around: its label, if it is to become
	 * "7bit" and has not yet */
	struct slice label[MIME_PART_DEPTH];
	bool touched; /* MIME-Version has been seen to */
};

enum { LINE_LEN_MAX = 998 }; /* RFC 5322 section 2.1.1 */

/* Octets up to the first over 127, eight at a time. */
static size_t
seven_bit_run(struct slice s)
{
	size_t i = 0;
	uint64_t word;

	for (; s.len - i >= sizeof word; i += sizeof word) {
		memcpy(&word, s.p + i, sizeof word);
		if ((word & 0x8080808080808080) != 0)
			break;
	}
	while (i < s.len && (s.p[i] & 0x80) == 0)
		i++;
	return i;
}

static bool
is_eight(struct slice s)
{
	return seven_bit_run(s) < s.len;
}

void
mime_eight(struct slice message, bool *header, bool *body)
{
	struct slice rest = message;
	struct mime_field f;

	while (mime_header_next(&rest, &f))
		;
	*header = is_eight(slice_first(message, message.len - rest.len));
	*body = is_eight(rest);
}

bool
mime_long_lines(struct slice text)
{
	struct slice line;

	while (text.len > LINE_LEN_MAX) {
		(void)slice_cut(&text, '\n', &line);
		if (line.len > LINE_LEN_MAX + 1 ||
		    (line.len > LINE_LEN_MAX && !slice_ends(line, SLICE("\r"))))
			return true;
	}
	return false;
}

static void
copy_to(struct recode *r, const char *p)
{
	size_t at = (size_t)(p - r->walk.text.p);

	buf_add(r->out, r->walk.text.p + r->copied, at - r->copied);
	r->copied = at;
}

/* Something changes behind here: all around it is 7-bit from now on. */
static void
touch(struct recode *r)
{
	for (unsigned i = 0; i < r->depth; i++) {
		if (r->label[i].len > 0) {
			copy_to(r, r->label[i].p);
			buf_add_str(r->out, "7bit");
			r->copied += r->label[i].len;
			r->label[i] = SLICE_NONE;
		}
		if (!r->touched && !r->top.has_version) {
			copy_to(r, r->top.header.p + r->top.header.len);
			buf_add_str(r->out, "MIME-Version: 1.0\r\n");
		}
		r->touched = true;
	}
}

/* A line that was broken or masked must not have become a boundary. */
static bool
is_broken(const struct recode *r, size_t from)
{
	return mime_walk_would_end(
	    &r->walk, r->depth, slice_skip(buf_slice(r->out), from));
}

/* Around parts: what nobody reads cannot be encoded. */
static enum err
mask(struct recode *r, struct slice text)
{
	size_t n, from;

	if (!is_eight(text))
		return ERR_OK;
	if (r->sealed > 0)
		return ERR_DENIED;
	touch(r);
	copy_to(r, text.p);
	r->copied += text.len;
	from = r->out->len;
	for (; text.len > 0; text = slice_skip(text, n + 1)) {
		n = seven_bit_run(text);
		buf_add(r->out, text.p, n);
		if (n < text.len)
			buf_add_char(r->out, '?');
	}
	return is_broken(r, from) ? ERR_UNSUPPORTED : ERR_OK;
}

static bool
is_smime(const struct mime_part *p)
{
	return mime_type_is(&p->type, "application", "pkcs7-mime") ||
	       mime_type_is(&p->type, "application", "x-pkcs7-mime");
}

/* A message in a part has to stay as it is but for that of RFC 6532. */
static bool
may_be_encoded(const struct mime_part *p)
{
	return !mime_part_is_encoded(p) &&
	       (!mime_type_is(&p->type, "message", NULL) ||
		   slice_starts_nocase(p->type.subtype, SLICE("global")));
}

/* A bare LF would become CRLF in quoted-printable; where a sixth of the octets
 * is over 127 base64 is shorter. */
static enum mime_encoding
encoding_for(const struct mime_part *p, struct slice content)
{
	size_t high = 0;

	if (p->has_type && !mime_type_is(&p->type, "text", NULL))
		return MIME_BASE64;
	for (size_t i = 0; i < content.len; i++) {
		high += (content.p[i] & 0x80) != 0;
		if (content.p[i] == '\n' &&
		    (i == 0 || content.p[i - 1] != '\r'))
			return MIME_BASE64;
	}
	return high > content.len / 6 ? MIME_BASE64 : MIME_QUOTED_PRINTABLE;
}

static void
add_encoding(struct recode *r, enum mime_encoding how)
{
	buf_add_str(r->out, "Content-Transfer-Encoding: ");
	buf_add_str(
	    r->out, how == MIME_BASE64 ? "base64\r\n" : "quoted-printable\r\n");
}

/* RFC 1428 section 3: what came without any MIME is text in a character set
 * that nobody knows, unless it is ASCII. */
static void
add_version(struct recode *r, const struct mime_part *p, bool ascii)
{
	buf_add_str(r->out, "MIME-Version: 1.0\r\n");
	if (!p->has_type && p->encodings == 0 && !ascii)
		buf_add_str(r->out,
		    "Content-Type: text/plain; charset=unknown-8bit\r\n");
}

static void
add_header(struct recode *r, const struct mime_part *p, bool ascii,
    enum mime_encoding how)
{
	bool is_top = p->header.p == r->walk.text.p;
	struct slice rest = p->header;
	struct mime_field f;

	while (mime_header_next(&rest, &f))
		if (slice_eq_nocase(f.name, SLICE("Content-Transfer-Encoding")))
			add_encoding(r, how);
		else
			buf_add_slice(r->out, f.whole);
	if (is_top && !p->has_version)
		add_version(r, p, ascii);
	if (p->encodings == 0)
		add_encoding(r, how);
	buf_add_str(r->out, "\r\n");
}

/* Quoted-printable breaks lines anywhere; base64 has no hyphens. What it was in
 * the end is returned. */
static enum mime_encoding
add_leaf(struct recode *r, const struct mime_part *p, struct slice content,
    enum mime_encoding how)
{
	bool ascii = !is_eight(content);
	size_t header = r->out->len, body;

	add_header(r, p, ascii, how);
	body = r->out->len;
	mime_encode(r->out, content, how);
	if (how == MIME_BASE64 || !is_broken(r, body))
		return how;
	buf_cut(r->out, header);
	add_header(r, p, ascii, MIME_BASE64);
	mime_encode(r->out, content, MIME_BASE64);
	return MIME_BASE64;
}

/* Lines that are too long: worth an encoding where there may be one. */
static bool
has_to_be_broken(
    const struct recode *r, const struct mime_part *p, struct slice content)
{
	return r->sealed == 0 && !is_smime(p) && may_be_encoded(p) &&
	       mime_long_lines(content);
}

static enum err
leaf(struct recode *r, const struct mime_part *p, struct slice content,
    bool is_last)
{
	bool header = is_eight(p->header);
	enum mime_encoding how;

	if (!header && !is_eight(content) && !has_to_be_broken(r, p, content))
		return ERR_OK;
	if (r->sealed > 0 || is_smime(p))
		return ERR_DENIED;
	if (header || !may_be_encoded(p))
		return ERR_UNSUPPORTED;
	touch(r);
	copy_to(r, p->header.p);
	how = add_leaf(r, p, content, encoding_for(p, content));
	if (is_last && how == MIME_BASE64)
		buf_add_str(r->out, "\r\n");
	r->copied = (size_t)(content.p - r->walk.text.p) + content.len;
	return ERR_OK;
}

static bool
is_sealed(const struct mime_part *p)
{
	return mime_type_is(&p->type, "multipart", "signed") ||
	       mime_type_is(&p->type, "multipart", "encrypted");
}

/* A multipart or message begins, and p was its header. */
static enum err
enter(struct recode *r, const struct mime_part *p)
{
	unsigned depth = r->walk.depth;

	r->label[depth - 1] =
	    slice_eq_nocase(p->encoding, SLICE("8bit")) ||
		    slice_eq_nocase(p->encoding, SLICE("binary"))
		? p->encoding
		: SLICE_NONE;
	if (r->sealed == 0 && is_sealed(p))
		r->sealed = depth;
	if (!is_eight(p->header))
		return ERR_OK;
	return r->sealed > 0 ? ERR_DENIED : ERR_UNSUPPORTED;
}

/* Headers at this place, to that of a leaf or of a multipart. */
static enum err
headers(struct recode *r, struct mime_part *p)
{
	enum err e = ERR_OK;

	do {
		mime_walk_header(&r->walk, p);
		if (p->header.p == r->walk.text.p)
			r->top = *p;
		if (p->kind != MIME_PART_LEAF)
			e = enter(r, p);
	} while (e == ERR_OK && p->kind == MIME_PART_MESSAGE);
	return e == ERR_OK && p->odd ? ERR_UNSUPPORTED : e;
}

static enum err
walk(struct recode *r)
{
	struct mime_part p;
	struct slice text;
	enum err e = headers(r, &p);
	bool is_leaf = p.kind == MIME_PART_LEAF, more = true;

	while (e == ERR_OK && more) {
		r->depth = r->walk.depth;
		more = mime_walk_content(&r->walk, &text);
		e = is_leaf ? leaf(r, &p, text, !more) : mask(r, text);
		if (e == ERR_OK)
			e = r->out->err;
		if (r->walk.depth < r->sealed)
			r->sealed = 0;
		is_leaf = false;
		if (e == ERR_OK && more && mime_walk_at_part(&r->walk)) {
			e = headers(r, &p);
			is_leaf = p.kind == MIME_PART_LEAF;
		}
	}
	return e;
}

enum err
mime_recode_7bit(struct slice message, struct buf *out)
{
	struct recode r = {.out = out};
	size_t from = out->len;
	enum err e;

	if (!is_eight(message) && !mime_long_lines(message)) {
		buf_add_slice(out, message);
		return out->err;
	}
	mime_walk_init(&r.walk, message);
	if ((e = walk(&r)) == ERR_OK) {
		copy_to(&r, message.p + message.len);
		e = out->err;
	}
	if (e != ERR_OK)
		buf_cut(out, from);
	return e;
}
