/*
 * Recipients whose records could not be read, on pages the disk does not give:
 * left alone for a while, so that a bad sector costs the mail on it a delay and
 * all other mail nothing. The writer leaves them; those that are in doubt the
 * keeper has it look at again.
 */
#include "store/bdb/bdb_left.h"

#include "base/clock.h"
#include "store/bdb/bdb_priv.h"

#include <stdlib.h>
#include <string.h>

static struct bdb_left_row *
find(struct bdb_left *x, const struct store_out_key *k)
{
	for (unsigned i = 0; i < x->n; i++)
		if (x->row[i].key.n == k->n &&
		    mail_id_cmp(&x->row[i].key.id, &k->id) == 0)
			return &x->row[i];
	return NULL;
}

/* Those that were only to be left for a while go when it has passed. */
static void
make_room(struct bdb_left *x, uint64_t now_ms)
{
	for (unsigned i = x->n; i-- > 0;)
		if (x->row[i].until_ms <= now_ms && x->row[i].doubt_us == 0)
			x->row[i] = x->row[--x->n];
}

bool
bdb_left_has(struct bdb_left *x, const struct store_out_key *k)
{
	const struct bdb_left_row *r;
	bool has;

	(void)pthread_mutex_lock(&x->mutex);
	r = find(x, k);
	has = r != NULL && r->until_ms > clock_mono_ms();
	(void)pthread_mutex_unlock(&x->mutex);
	return has;
}

bool
bdb_left_add(struct bdb_left *x, const struct store_out_key *k,
    uint64_t doubt_us, bool hold)
{
	uint64_t now = clock_mono_ms();
	struct bdb_left_row *r;

	(void)pthread_mutex_lock(&x->mutex);
	r = find(x, k);
	if (r == NULL)
		make_room(x, now);
	if (r == NULL && x->n < BDB_LEFT_MAX)
		r = &x->row[x->n++];
	if (r != NULL)
		*r = (struct bdb_left_row){
		    *k, now + BDB_LEFT_MS, doubt_us, hold, false};
	(void)pthread_mutex_unlock(&x->mutex);
	return r != NULL;
}

/* --- in doubt, and not to be read when that was asked --- */

static void
forget(struct bdb_left *x, const struct store_out_key *k)
{
	struct bdb_left_row *r = find(x, k);

	if (r != NULL)
		*r = x->row[--x->n];
}

static void
redoubted(struct store_op *op, enum err e)
{
	struct bdb_redoubt *q = LIST_ITEM(op, struct bdb_redoubt, op);
	struct bdb_left *x = &q->st->left;

	(void)pthread_mutex_lock(&x->mutex);
	for (unsigned i = 0; i < q->n && e == ERR_OK; i++)
		if (q->row[i].seen_to)
			forget(x, &q->row[i].key);
	x->asking = false;
	(void)pthread_mutex_unlock(&x->mutex);
	free(q);
}

static bool
has_doubts(struct bdb_left *x)
{
	bool has = false;

	(void)pthread_mutex_lock(&x->mutex);
	for (unsigned i = 0; i < x->n && !has; i++)
		has = x->row[i].doubt_us != 0;
	(void)pthread_mutex_unlock(&x->mutex);
	return has;
}

static void
gather(struct bdb_left *x, struct bdb_redoubt *q)
{
	uint64_t now = clock_mono_ms();

	(void)pthread_mutex_lock(&x->mutex);
	for (unsigned i = 0; i < x->n && !x->asking; i++)
		if (x->row[i].doubt_us != 0 && x->row[i].until_ms <= now)
			q->row[q->n++] = x->row[i];
	if (q->n > 0)
		x->asking = true;
	(void)pthread_mutex_unlock(&x->mutex);
}

void
bdb_left_turn(struct store *st)
{
	struct bdb_redoubt *q;

	if (!has_doubts(&st->left) || (q = calloc(1, sizeof *q)) == NULL)
		return;
	q->st = st;
	q->op.done = redoubted;
	gather(&st->left, q);
	if (q->n > 0)
		bdb_submit(st, &q->op, BDB_OP_REDOUBT);
	else
		free(q);
}
