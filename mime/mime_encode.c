/* GMime's encoders write lines with LF; here they get CRLF. */
#include "mime/mime_encode.h"

#include <gmime/gmime-encodings.h>

enum { CHUNK = 3072 };

static void
add_lines(struct buf *out, struct slice text)
{
	struct slice line;

	while (text.len > 0) {
		bool ended = slice_cut(&text, '\n', &line);

		buf_add_slice(out, line);
		if (ended)
			buf_add_str(out, "\r\n");
	}
}

static void
cut_end(struct buf *out, size_t from, struct slice end)
{
	if (slice_ends(slice_skip(buf_slice(out), from), end))
		buf_cut(out, out->len - end.len);
}

void
mime_encode(struct buf *out, struct slice content, enum mime_encoding how)
{
	char text[GMIME_QP_ENCODE_LEN(CHUNK)];
	size_t from = out->len, n;
	struct slice rest = content;
	GMimeEncoding state;

	g_mime_encoding_init_encode(&state,
	    how == MIME_BASE64 ? GMIME_CONTENT_ENCODING_BASE64
			       : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	for (; rest.len > 0; rest = slice_skip(rest, CHUNK)) {
		n = g_mime_encoding_step(
		    &state, rest.p, slice_first(rest, CHUNK).len, text);
		add_lines(out, slice_of(text, n));
	}
	n = g_mime_encoding_flush(&state, "", 0, text);
	add_lines(out, slice_of(text, n));
	/* the end of the last line, and a soft one where content has none */
	if (how == MIME_BASE64)
		cut_end(out, from, SLICE("\r\n"));
	else if (!slice_ends(content, SLICE("\n")))
		cut_end(out, from, SLICE("=\r\n"));
}
