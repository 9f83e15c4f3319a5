#ifndef CONF_CONF_NEAR_H
#define CONF_CONF_NEAR_H
/* What somebody may have meant: the nearest of a few words. Pure. */
#include "base/slice.h"

struct conf_near {
	struct slice want;
	unsigned distance; /* of best; private */
	const char *best;  /* NULL: nothing is near */
};

/* Begin to look for words near want. */
void conf_near_begin(struct conf_near *n, struct slice want);
/* Consider one word; it is kept. */
void conf_near_try(struct conf_near *n, const char *word);

#endif
