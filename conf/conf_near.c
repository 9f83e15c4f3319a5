/* The nearest of a few words, by edits of one character. */
#include "conf/conf_near.h"

#include <string.h>

enum { WORD_MAX = 40 };

void
conf_near_begin(struct conf_near *n, struct slice want)
{
	n->want = want;
	/* more than a third of the word wrong is another word */
	n->distance = want.len < 6 ? 2 : (unsigned)(want.len / 3 + 1);
	n->best = NULL;
}

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/*
 * Insertions, deletions, replacements and swaps of neighbours that make b of a
 * (optimal string alignment); rows of the usual matrix, three at a time.
 */
static unsigned
distance(struct slice a, struct slice b)
{
	unsigned row[3][WORD_MAX + 1] = {{0}};
	unsigned *two = row[0], *one = row[1], *now = row[2], *old;

	for (size_t j = 0; j <= b.len; j++)
		one[j] = (unsigned)j;
	for (size_t i = 1; i <= a.len; i++) {
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= b.len; j++) {
			unsigned change = a.p[i - 1] != b.p[j - 1];

			now[j] = min3(
			    one[j] + 1, now[j - 1] + 1, one[j - 1] + change);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1] && two[j - 2] + 1 < now[j])
				now[j] = two[j - 2] + 1;
		}
		old = two;
		two = one;
		one = now;
		now = old;
	}
	return one[b.len];
}

void
conf_near_try(struct conf_near *n, const char *word)
{
	struct slice w = slice_str(word);
	unsigned d;

	if (n->want.len > WORD_MAX || w.len > WORD_MAX)
		return;
	/* what somebody began to type is near, however much is missing */
	if (n->want.len >= 3 && slice_starts(w, n->want))
		d = 1;
	else
		d = distance(n->want, w);
	if (d < n->distance) {
		n->distance = d;
		n->best = word;
	}
}
