/* Bring back what was removed in a time, in steps. */
#include "base/num.h"
#include "store/bdb/bdb_priv.h"

#include <stdlib.h>

/* store_op.state: where a step begins, and where this attempt came to */
struct progress {
	struct bdb_key at, at_tried;
	unsigned restored, restored_tried;
};

/* EXISTS: it has come again since, and stays gone. */
static enum err
restore(struct bdb_walk *x, struct bdb_moved *m)
{
	struct bdb_key to;
	struct mail_id id;
	struct bdb_row r;
	uint64_t mailbox, us;
	enum err e =
	    bdb_key_read_gone(bdb_key_slice(&x->key), &mailbox, &us, &id);

	if (e != ERR_OK || (e = bdb_row_decode(x->value, &r)) != ERR_OK)
		return e;
	to = bdb_key_box(mailbox, &id);
	e = bdb_put(x->w, x->w->st->db[BDB_BOX], &to, x->value, DB_NOOVERWRITE);
	if (e != ERR_OK)
		return e;
	m->count++;
	m->octets += (int64_t)r.octets;
	m->gone_count--;
	m->gone_octets -= (int64_t)r.octets;
	bdb_watch(x->w->st, r.body);
	return bdb_walk_delete(x);
}

/* NOENT: this was the last step. */
static enum err
restore_some(struct bdb_walk *x, uint64_t until_us, struct bdb_moved *m)
{
	enum err e;

	for (unsigned i = 0; i < BDB_STEP_ROWS; i++) {
		if ((e = bdb_walk_next(x)) != ERR_OK)
			return e;
		if (x->key.len != BDB_GONE_KEY ||
		    num_get_be64(x->key.b + 8) > until_us)
			return ERR_NOENT;
		e = restore(x, m);
		if (e != ERR_OK && e != ERR_EXISTS && e != ERR_CORRUPT)
			return e;
	}
	return ERR_OK;
}

static struct progress *
start(const struct store_undelete *q)
{
	static const struct mail_id none;
	struct progress *p = calloc(1, sizeof *p);

	if (p != NULL)
		p->at_tried = bdb_key_gone(q->mailbox, q->since_us, &none);
	return p;
}

static enum err
step(struct bdb_work *w, struct store_undelete *q, struct progress *p)
{
	struct bdb_moved m = {0};
	struct bdb_walk x;
	enum err e = bdb_walk_open(&x, w, BDB_GONE, q->mailbox, &p->at);

	if (e != ERR_OK)
		return e;
	e = bdb_walk_close(&x, restore_some(&x, q->until_us, &m));
	if (e != ERR_OK && e != ERR_NOENT)
		return e;
	p->at_tried = x.key;
	w->more = e == ERR_OK && bdb_key_after(&p->at_tried);
	p->restored_tried = p->restored + (unsigned)m.count;
	q->restored = p->restored_tried;
	return m.count == 0 ? ERR_OK : bdb_total_move(w, q->mailbox, &m);
}

enum err
bdb_run_undelete(struct bdb_work *w, struct store_undelete *q)
{
	struct progress *p;

	if (q->op.state == NULL && (q->op.state = start(q)) == NULL)
		return ERR_RETRY;
	p = q->op.state;
	if (w->attempt == 0) { /* the step before was committed */
		p->at = p->at_tried;
		p->restored = p->restored_tried;
	}
	return step(w, q, p);
}
