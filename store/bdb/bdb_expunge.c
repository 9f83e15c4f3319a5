/*
 * QUIT: rows move from box to gone, with their time, whole or not at all: one
 * transaction, however many they are.
 */
#include "base/clock.h"
#include "store/bdb/bdb_priv.h"

static enum err
move_one(struct bdb_walk *x, const struct mail_id *id, uint64_t us,
    struct bdb_moved *m)
{
	struct bdb_key from = bdb_key_box(x->mailbox, id);
	struct bdb_key to = bdb_key_gone(x->mailbox, us, id);
	struct bdb_row r;
	enum err e = bdb_walk_to(x, &from);
	int64_t octets;

	if (e != ERR_OK)
		return e == ERR_NOENT ? ERR_OK : e;
	/* one that cannot be read goes too: its octets are not known */
	octets = bdb_row_decode(x->value, &r) == ERR_OK ? (int64_t)r.octets : 0;
	m->count--;
	m->octets -= octets;
	m->gone_count++;
	m->gone_octets += octets;
	if (octets != 0)
		bdb_watch(x->w->st, r.body);
	e = bdb_put(x->w, x->w->st->db[BDB_GONE], &to, x->value, 0);
	return e == ERR_OK ? bdb_walk_delete(x) : e;
}

enum err
bdb_run_expunge(struct bdb_work *w, struct store_expunge *q)
{
	struct bdb_key none = bdb_key_id(q->mailbox);
	struct bdb_moved m = {0};
	uint64_t us = clock_wall_us();
	struct bdb_walk x;
	enum err e = bdb_walk_open(&x, w, BDB_BOX, q->mailbox, &none);

	if (e != ERR_OK)
		return e;
	for (unsigned i = 0; i < q->n && e == ERR_OK; i++)
		e = move_one(&x, &q->ids[i], us, &m);
	e = bdb_walk_close(&x, e);
	if (e == ERR_OK && m.gone_count > 0)
		e = bdb_total_move(w, q->mailbox, &m);
	q->removed = (unsigned)m.gone_count;
	w->idle = m.gone_count == 0;
	return e;
}
