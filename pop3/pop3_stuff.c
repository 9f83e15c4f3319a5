/* Byte-stuffing in pieces of any size. */
#include "pop3/pop3_stuff.h"

#include <string.h>

size_t
pop3_stuff_copy(struct pop3_stuff *s, struct slice piece, char *out)
{
	const char *p = piece.p, *end = piece.p + piece.len, *nl;
	char *o = out;
	size_t n;

	if (piece.len == 0)
		return 0;
	if (!s->inside && *p == '.')
		*o++ = '.';
	for (const char *from = p; from < end; from = nl + 1) {
		nl = memchr(from, '\n', (size_t)(end - from));
		if (nl == NULL || nl + 1 == end)
			break;
		if (nl[1] != '.')
			continue;
		n = (size_t)(nl + 1 - p);
		memcpy(o, p, n);
		o += n;
		*o++ = '.';
		p = nl + 1;
	}
	n = (size_t)(end - p);
	memcpy(o, p, n);
	s->inside = end[-1] != '\n';
	return (size_t)(o + n - out);
}

size_t
pop3_stuff_top(
    struct pop3_stuff *s, struct slice piece, uint32_t *lines, bool *end)
{
	*end = s->body && *lines == 0;
	for (size_t i = 0; i < piece.len && !*end; i++) {
		char c = piece.p[i];

		if (c != '\n') {
			s->text = s->text || c != '\r';
			continue;
		}
		if (s->body)
			--*lines;
		else
			s->body = !s->text;
		s->text = false;
		*end = s->body && *lines == 0;
		if (*end)
			return i + 1;
	}
	return *end ? 0 : piece.len;
}
