/*
 * What is gone from a mailbox goes for good, or all of the mailbox. In steps,
 * each small, so that mail keeps coming in between.
 */
#include "store/bdb/bdb_priv.h"

#include <stdlib.h>

enum err
bdb_purge_row(struct bdb_walk *x, int64_t *octets)
{
	struct bdb_row r;
	enum err e = ERR_OK;

	*octets = 0;
	if (bdb_row_decode(x->value, &r) == ERR_OK) {
		*octets = (int64_t)r.octets;
		e = bdb_body_unref(x->w, &r);
	}
	return e == ERR_OK ? bdb_walk_delete(x) : e;
}

/* One step over a mailbox; NOENT: nothing is left of it. */
static enum err
purge_some(struct bdb_walk *x, int64_t *count, int64_t *octets)
{
	int64_t one;
	enum err e = ERR_OK;

	while (e == ERR_OK && *count < BDB_STEP_ROWS &&
	       *octets < BDB_STEP_OCTETS) {
		if ((e = bdb_walk_next(x)) == ERR_OK &&
		    (e = bdb_purge_row(x, &one)) == ERR_OK) {
			++*count;
			*octets += one;
		}
	}
	return e;
}

static enum err
purge_mailbox(
    struct bdb_work *w, enum bdb_db db, uint64_t mailbox, int64_t *count)
{
	struct bdb_key from = bdb_key_id(mailbox);
	struct bdb_moved m = {0};
	struct bdb_walk x;
	int64_t octets = 0;
	enum err e = bdb_walk_open(&x, w, db, mailbox, &from), f;

	if (e != ERR_OK)
		return e;
	e = bdb_walk_close(&x, purge_some(&x, count, &octets));
	if ((e != ERR_OK && e != ERR_NOENT) || *count == 0)
		return e;
	*(db == BDB_BOX ? &m.count : &m.gone_count) = -*count;
	*(db == BDB_BOX ? &m.octets : &m.gone_octets) = -octets;
	f = bdb_total_move(w, mailbox, &m);
	return f == ERR_OK ? e : f;
}

/* store_op.state of a purge: rows that committed steps and this one took */
struct progress {
	unsigned purged, purged_tried;
};

/* Nothing is left of it: nor is its total, or that it was to be removed. */
static enum err
forget_mailbox(struct bdb_work *w, uint64_t mailbox)
{
	struct bdb_key k = bdb_key_id(mailbox);
	enum err e = bdb_del(w, w->st->db[BDB_TOTAL], &k);

	if (e == ERR_OK || e == ERR_NOENT)
		e = bdb_del(w, w->st->db[BDB_REMOVING], &k);
	return e == ERR_NOENT ? ERR_OK : e;
}

static enum err
purge_step(struct bdb_work *w, struct store_purge *q, struct progress *p)
{
	int64_t count = 0;
	enum err e = purge_mailbox(w, BDB_GONE, q->mailbox, &count);

	if (e == ERR_NOENT && count == 0 && q->remove)
		e = purge_mailbox(w, BDB_BOX, q->mailbox, &count);
	if (e != ERR_OK && e != ERR_NOENT)
		return e;
	p->purged_tried = p->purged + (unsigned)count;
	q->purged = p->purged_tried;
	/* a step that took something may have left the other database */
	w->more = e == ERR_OK || (q->remove && count > 0);
	return w->more || !q->remove ? ERR_OK : forget_mailbox(w, q->mailbox);
}

enum err
bdb_run_purge(struct bdb_work *w, struct store_purge *q)
{
	struct progress *p;

	if (q->op.state == NULL && (q->op.state = calloc(1, sizeof *p)) == NULL)
		return ERR_RETRY;
	p = q->op.state;
	if (w->attempt == 0) /* the step before was committed */
		p->purged = p->purged_tried;
	return purge_step(w, q, p);
}
