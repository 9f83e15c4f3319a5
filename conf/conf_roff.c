/* Text for man(7). */
#include "conf/conf_roff.h"

#include "base/slice.h"

#include <stdio.h>

enum { COLUMNS = 72 };

/* One word: backslashes and hyphens as themselves, and no dot or apostrophe
 * where a line begins. */
static void
put_word(struct slice w, bool first)
{
	if (first && w.len > 0 && (w.p[0] == '.' || w.p[0] == '\''))
		fputs("\\&", stdout);
	for (size_t i = 0; i < w.len; i++)
		if (w.p[i] == '\\')
			fputs("\\e", stdout);
		else if (w.p[i] == '-')
			fputs("\\-", stdout);
		else
			putchar(w.p[i]);
}

void
conf_roff(const char *text)
{
	struct slice rest = slice_str(text), word;
	size_t column = 0;

	while (rest.len > 0) {
		slice_cut(&rest, ' ', &word);
		if (column > 0) {
			bool full = column + word.len >= COLUMNS;

			putchar(full ? '\n' : ' ');
			column = full ? 0 : column + 1;
		}
		put_word(word, column == 0);
		column += word.len;
	}
}
