/* Text for people and fields, from what strangers wrote. */
#include "mime/mime_text.h"

#include "mime/mime_code.h"

#include <string.h>

enum {
	LINE_LEN_MAX = 998,   /* RFC 5322 section 2.1.1 */
	ENCODED_WORD_MAX = 42 /* octets in one: 56 of base64 */
};

/* Octets of the character at the start of s that may stay; 0: none */
static size_t
text_run(struct slice s, bool utf8)
{
	uint32_t code = 0;
	size_t n;

	if (s.p[0] >= 0x20 && s.p[0] < 0x7f)
		return 1;
	if (!utf8 || ((unsigned char)s.p[0] & 0x80) == 0)
		return 0;
	n = slice_utf8_first(s, &code);
	return n > 0 && slice_code_is_text(code) ? n : 0;
}

void
mime_text_add(struct buf *b, struct slice s, bool utf8)
{
	size_t n;

	for (; s.len > 0; s = slice_skip(s, n > 0 ? n : 1)) {
		n = text_run(s, utf8);
		if (n > 0)
			buf_add(b, s.p, n);
		else
			buf_add_char(b, '?');
	}
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct slice
next_word(struct slice *s)
{
	struct slice word;
	size_t n = 0;

	while (s->len > 0 && is_blank(s->p[0]))
		*s = slice_skip(*s, 1);
	while (n < s->len && n < MIME_TEXT_WORD_MAX && !is_blank(s->p[n]))
		n++;
	word = slice_first(*s, n);
	*s = slice_skip(*s, n);
	return word;
}

void
mime_text_wrap(
    struct buf *b, const char *indent, size_t column, struct slice s, bool utf8)
{
	struct slice word;
	bool first = true;

	while ((word = next_word(&s)).len > 0) {
		if (column + 1 + word.len > MIME_TEXT_WIDTH && !first) {
			buf_add_str(b, "\r\n");
			buf_add_str(b, indent);
			column = strlen(indent);
		} else if (!first) {
			buf_add_char(b, ' ');
			column++;
		}
		mime_text_add(b, word, utf8);
		column += word.len;
		first = false;
	}
}

/* The longest start of s that fits an encoded word and ends with a character */
static struct slice
encodable(struct slice s)
{
	size_t n = 0, more;
	uint32_t ignored;

	while (n < s.len) {
		more = slice_utf8_first(slice_skip(s, n), &ignored);
		if (n + more > ENCODED_WORD_MAX)
			break;
		n += more;
	}
	return slice_first(s, n);
}

static void
add_encoded(struct buf *b, struct slice text)
{
	struct buf clean = BUF_INIT(b->max);
	struct slice rest, part;
	bool first = true;

	mime_text_add(&clean, text, true);
	rest = buf_slice(&clean);
	for (; rest.len > 0; rest = slice_skip(rest, part.len)) {
		part = encodable(rest);
		buf_add_str(b, first ? " =?utf-8?B?" : "\r\n =?utf-8?B?");
		mime_code_add_base64(b, part);
		buf_add_str(b, "?=");
		first = false;
	}
	if (clean.err != ERR_OK)
		b->err = clean.err;
	buf_fini(&clean);
}

void
mime_text_add_field(
    struct buf *b, const char *name, struct slice text, bool utf8)
{
	buf_add_str(b, name);
	buf_add_char(b, ':');
	if (!utf8 && !slice_is_ascii(text)) {
		add_encoded(b, text);
	} else {
		buf_add_char(b, ' ');
		mime_text_wrap(b, " ", strlen(name) + 2, text, utf8);
	}
	buf_add_str(b, "\r\n");
}

bool
mime_text_is_lines(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] == '\0' ||
		    (text.p[i] == '\n' && (i == 0 || text.p[i - 1] != '\r')) ||
		    (text.p[i] == '\r' &&
			(i + 1 == text.len || text.p[i + 1] != '\n')))
			return false;
	return true;
}

bool
mime_text_is_plain(struct slice text, bool seven_bit)
{
	struct slice line, rest = text;

	if (!mime_text_is_lines(text) || (seven_bit && !slice_is_ascii(text)))
		return false;
	while (slice_cut(&rest, '\n', &line))
		if (line.len > LINE_LEN_MAX + 1)
			return false;
	return line.len == 0;
}
