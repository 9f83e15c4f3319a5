/*
 * Purge by age. The keeper looks through gone, a little each second: rows of a
 * mailbox are in order of time, so each mailbox costs one look while nothing in
 * it is old enough. What it finds the writer purges, in steps.
 */
#include "base/clock.h"
#include "base/num.h"
#include "store/bdb/bdb_priv.h"

#include <stdlib.h>

enum {
	LOOKS = 64,          /* in one turn */
	BULK = 16 * 1024,    /* octets of a look */
	REST_MS = 60 * 1000, /* between two times through all mailboxes */
	MS_US = 1000
};

static enum err
sweep_one(struct bdb_work *w, const struct bdb_key *k, int64_t *octets)
{
	uint64_t mailbox = num_get_be64(k->b);
	struct bdb_moved m = {.gone_count = -1};
	struct bdb_walk x;
	enum err e = bdb_walk_open(&x, w, BDB_GONE, mailbox, k);

	if (e != ERR_OK)
		return e;
	*octets = 0;
	if ((e = bdb_walk_to(&x, k)) == ERR_OK)
		e = bdb_purge_row(&x, octets);
	e = bdb_walk_close(&x, e);
	m.gone_octets = -*octets;
	if (e == ERR_OK)
		e = bdb_total_move(w, mailbox, &m);
	return e == ERR_NOENT ? ERR_OK : e; /* brought back meanwhile */
}

enum err
bdb_run_sweep(struct bdb_work *w, struct bdb_sweep *q)
{
	int64_t octets = 0, one = 0;
	unsigned end;
	enum err e = ERR_OK;

	w->lazy = true;
	if (w->attempt == 0) /* the step before was committed */
		q->at = q->at_tried;
	end = q->n - q->at < BDB_STEP_ROWS ? q->n : q->at + BDB_STEP_ROWS;
	q->at_tried = q->at;
	while (q->at_tried < end && octets < BDB_STEP_OCTETS && e == ERR_OK) {
		e = sweep_one(w, &q->key[q->at_tried++], &one);
		octets += one;
	}
	if (e == BDB_UNREAD) { /* it stays; the others go on without it */
		q->key[q->at_tried - 1] = q->key[--q->n];
		return BDB_LOST;
	}
	w->more = e == ERR_OK && q->at_tried < q->n;
	return e;
}

static void
sweep_done(struct store_op *op, enum err e)
{
	struct bdb_sweep *q = LIST_ITEM(op, struct bdb_sweep, op);

	(void)e; /* what is left is found again */
	atomic_store(&q->st->sweeping, false);
	free(q);
}

/*
 * Take old rows of one look. *at moves behind them, or to the next mailbox when
 * the others of this one are too young. NOENT: there is nothing behind *at.
 */
static enum err
gather(struct bdb_work *w, struct bdb_sweep *q, struct bdb_key *at,
    uint64_t before_us)
{
	struct mail_id id;
	struct bdb_bulk b;
	uint64_t mailbox, us;
	bool more = true;
	enum err e =
	    bdb_bulk_seek(w, &b, w->st->db[BDB_GONE], bdb_key_slice(at), BULK);

	if (e != ERR_OK)
		return e;
	while (q->n < BDB_SWEEP_MAX && more && bdb_bulk_next(&b) == ERR_OK) {
		e = bdb_key_read_gone(b.key, &mailbox, &us, &id);
		if (e != ERR_OK)
			return e;
		*at = bdb_key_gone(mailbox, us, &id);
		if (us >= before_us) {
			at->len = BDB_ID_KEY;
			return bdb_key_after(at) ? ERR_OK : ERR_NOENT;
		}
		q->key[q->n++] = *at;
		more = bdb_key_after(at);
	}
	return more ? ERR_OK : ERR_NOENT;
}

static uint64_t
before_us(struct store *st)
{
	uint64_t keep, now = clock_wall_us();

	(void)pthread_rwlock_rdlock(&st->conf_lock);
	keep = st->conf.store.undelete_ms;
	(void)pthread_rwlock_unlock(&st->conf_lock);
	return keep > now / MS_US ? 0 : now - keep * MS_US;
}

/* At the end: begin anew, after a rest. */
static void
rest(struct store *st)
{
	st->sweep_at = bdb_key_id(0);
	st->sweep_ms = clock_mono_ms() + REST_MS;
}

void
bdb_sweep_turn(struct bdb_work *w)
{
	struct store *st = w->st;
	struct bdb_sweep *q;
	enum err e = ERR_OK;

	if (atomic_load(&st->sweeping) || clock_mono_ms() < st->sweep_ms ||
	    (q = calloc(1, sizeof *q)) == NULL)
		return;
	q->op.done = sweep_done;
	q->st = st;
	for (unsigned i = 0; i < LOOKS && e == ERR_OK && q->n < BDB_SWEEP_MAX;
	     i++)
		e = gather(w, q, &st->sweep_at, before_us(st));
	if (e != ERR_OK)
		rest(st);
	if (q->n == 0) {
		free(q);
		return;
	}
	atomic_store(&st->sweeping, true);
	bdb_submit(st, &q->op, BDB_OP_SWEEP);
}
