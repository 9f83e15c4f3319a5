/* Where the reply to TOP ends, in pieces of any size. */
#include "pop3/pop3_stuff.h"

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
