/*
 * After a restart: what was SENDING has an end that nobody knows. Records are
 * found by `sending`, which holds nothing else, some in each step. A report is
 * not in doubt: had it been written, its record would be gone. A record that
 * cannot be read now stays in `sending`, and is looked at again by itself.
 */
#include "store/bdb/bdb_out.h"

#include "base/clock.h"

#include <stdlib.h>

struct progress { /* store_op.state */
	struct bdb_dues dues;
	struct bdb_key at, at_tried; /* as in bdb_sweep */
	unsigned n, n_tried;
};

static struct store_out
doubtful(const struct store_doubt *q, const struct store_out *old, uint64_t now)
{
	struct store_out o = *old;

	o.was = 0;
	o.next_us = q->retry_us;
	if (o.report != 0) {
		o.state = STORE_OUT_REPORT;
		return o;
	}
	o.state = q->hold ? STORE_OUT_HELD : STORE_OUT_DOUBT;
	o.attempts++;
	o.last_us = now;
	o.code = 0;
	o.status = o.host = SLICE_NONE;
	o.reply = SLICE("interrupted: whether it was sent is not known");
	return o;
}

/* NOENT: there is nothing to be in doubt. before_us: what was taken later is
 * not, either, and stays as it is. */
static enum err
doubt_one(struct bdb_letter *l, const struct store_doubt *q,
    const struct store_out_key *k, uint64_t before_us)
{
	struct store_out o;
	struct store_trail t = {.event = STORE_EV_DOUBT};
	enum err e = bdb_letter_open(l, k);

	if (e == ERR_NOENT || e == ERR_CORRUPT ||
	    (e == ERR_OK && l->out.state != STORE_OUT_SENDING))
		return ERR_NOENT;
	if (e != ERR_OK || l->out.next_us > before_us)
		return e;
	o = doubtful(q, &l->out, clock_wall_us());
	if ((e = bdb_letter_put(l, &o)) != ERR_OK || o.report != 0)
		return e;
	t.addr = o.addr;
	t.reply = o.reply;
	t.ref_us = q->hold ? 0 : o.next_us;
	return bdb_trail_add(l->w, &k->id, &t);
}

static enum err
drop_entry(struct bdb_work *w, const struct store_out_key *k)
{
	struct bdb_key key = bdb_key_out(k);
	enum err e = bdb_del(w, w->st->db[BDB_SENDING], &key);

	if (e == ERR_OK)
		bdb_out_damaged("sending", &k->id);
	return e == ERR_NOENT ? ERR_OK : e;
}

/* The entries of one step, from p->at on. */
static enum err
next_keys(struct bdb_work *w, struct progress *p, struct store_out_key *keys,
    unsigned *n)
{
	struct bdb_cursor c;
	enum err e = bdb_cursor_open(&c, w, BDB_SENDING);

	*n = 0;
	if (e != ERR_OK)
		return e;
	for (e = bdb_cursor_seek(&c, &p->at); e == ERR_OK;
	     e = bdb_cursor_next(&c)) {
		p->at_tried = c.key;
		if (bdb_key_read_out(bdb_key_slice(&c.key), &keys[*n]) ==
			ERR_OK &&
		    ++*n == BDB_STEP_ROWS)
			break;
	}
	return bdb_cursor_close(&c, e == ERR_NOENT ? ERR_OK : e);
}

static enum err
step_one(struct bdb_letter *l, const struct store_doubt *q, struct progress *p,
    const struct store_out_key *k)
{
	enum err e = doubt_one(l, q, k, UINT64_MAX);

	if (e == ERR_OK)
		p->n_tried++;
	if (e == BDB_UNREAD &&
	    bdb_left_add(&l->w->st->left, k, clock_wall_us(), q->hold))
		return ERR_OK;
	return e == ERR_NOENT ? drop_entry(l->w, k) : e;
}

static enum err
step(struct bdb_work *w, const struct store_doubt *q, struct progress *p)
{
	struct store_out_key keys[BDB_STEP_ROWS];
	struct bdb_letter l;
	unsigned n = 0;
	enum err e = next_keys(w, p, keys, &n);

	bdb_letter_init(&l, w, &p->dues);
	for (unsigned i = 0; i < n && e == ERR_OK; i++)
		e = step_one(&l, q, p, &keys[i]);
	w->more = n == BDB_STEP_ROWS && bdb_key_after(&p->at_tried);
	w->idle = n == 0;
	return bdb_letter_close(&l, e);
}

enum err
bdb_run_doubt(struct bdb_work *w, struct store_doubt *q)
{
	struct progress *p = q->op.state;
	enum err e;

	if (p == NULL) {
		if ((p = q->op.state = calloc(1, sizeof *p)) == NULL)
			return ERR_RETRY;
		p->at_tried = bdb_key_id(0);
	}
	if (w->attempt == 0) { /* the step before was committed */
		p->n = p->n_tried;
		p->at = p->at_tried;
	}
	p->n_tried = p->n;
	e = step(w, q, p);
	q->n = p->n_tried;
	return e;
}

/* --- what could not be read then ------------------------------------------ */

static enum err
redoubt_one(struct bdb_letter *l, const struct bdb_left_row *r)
{
	struct store_doubt q = {.retry_us = clock_wall_us(), .hold = r->hold};
	enum err e = doubt_one(l, &q, &r->key, r->doubt_us);

	return e == ERR_NOENT ? drop_entry(l->w, &r->key) : e;
}

enum err
bdb_run_redoubt(struct bdb_work *w, struct bdb_redoubt *q)
{
	struct bdb_letter l;
	enum err e = ERR_OK;

	bdb_letter_init(&l, w, NULL);
	for (unsigned i = 0; i < q->n && e == ERR_OK; i++) {
		struct bdb_left_row *r = &q->row[i];

		e = redoubt_one(&l, r);
		r->seen_to = e == ERR_OK;
		if (e == BDB_UNREAD &&
		    bdb_left_add(&w->st->left, &r->key, r->doubt_us, r->hold))
			e = ERR_OK;
	}
	return bdb_letter_close(&l, e);
}
