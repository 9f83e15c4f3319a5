/* Dot-stuffing in pieces of any size. */
#include "mime/mime_stuff.h"

#include <string.h>

size_t
mime_stuff_copy(struct mime_stuff *s, struct slice piece, char *out)
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
