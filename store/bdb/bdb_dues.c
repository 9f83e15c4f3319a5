/* What has become due, by destination: noted in the writer, told in the loop
 * thread. */
#include "store/bdb/bdb_out.h"

#include <stdlib.h>

struct bdb_dues *
bdb_dues_of(struct store_op *op, size_t size)
{
	struct bdb_dues *d = op->state;

	if (d == NULL)
		d = op->state = calloc(1, size);
	if (d != NULL) {
		d->n = 0;
		d->many = false;
	}
	return d;
}

void
bdb_dues_add(struct bdb_dues *d, uint64_t dest, uint64_t us)
{
	unsigned i = 0;

	while (i < d->n && d->due[i].dest != dest)
		i++;
	if (i < d->n) {
		if (us < d->due[i].us)
			d->due[i].us = us;
	} else if (d->n < BDB_DUES_MAX) {
		d->due[d->n].dest = dest;
		d->due[d->n++].us = us;
	} else {
		if (!d->many || us < d->many_us)
			d->many_us = us;
		d->many = true;
	}
}

void
bdb_dues_tell(struct store *st, const struct store_op *op)
{
	const struct bdb_dues *d = op->state;

	if (d == NULL || st->due == NULL || op->err != ERR_OK)
		return;
	for (unsigned i = 0; i < d->n; i++)
		st->due(st->due_ctx, d->due[i].dest, d->due[i].us);
	if (d->many)
		st->due(st->due_ctx, UINT64_MAX, d->many_us);
}
