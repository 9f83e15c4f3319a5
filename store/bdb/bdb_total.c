/* What a mailbox holds, as a record: counting it would walk all its rows. */
#include "store/bdb/bdb_priv.h"

enum err
bdb_total_get(
    struct bdb_work *w, uint64_t mailbox, uint32_t flags, struct bdb_total *t)
{
	struct bdb_key k = bdb_key_id(mailbox);
	enum err e;

	buf_reset(&w->value);
	e = bdb_get(w, w->st->db[BDB_TOTAL], &k, flags, &w->value);
	if (e == ERR_OK)
		return bdb_total_decode(buf_slice(&w->value), t);
	*t = (struct bdb_total){0}; /* nothing has come yet */
	return e == ERR_NOENT ? ERR_OK : e;
}

enum err
bdb_total_put(struct bdb_work *w, uint64_t mailbox, const struct bdb_total *t)
{
	struct bdb_key k = bdb_key_id(mailbox);
	uint8_t value[BDB_TOTAL_LEN];

	bdb_total_encode(t, value);
	return bdb_put(
	    w, w->st->db[BDB_TOTAL], &k, slice_of(value, sizeof value), 0);
}

static void
move(uint64_t *n, int64_t by)
{
	if (by < 0 && *n < (uint64_t)-by)
		*n = 0; /* was wrong before; verify tells */
	else
		*n += (uint64_t)by;
}

enum err
bdb_total_move(struct bdb_work *w, uint64_t mailbox, const struct bdb_moved *m)
{
	struct bdb_total t;
	enum err e = bdb_total_get(w, mailbox, DB_RMW, &t);

	if (e != ERR_OK)
		return e;
	move(&t.count, m->count);
	move(&t.octets, m->octets);
	move(&t.gone_count, m->gone_count);
	move(&t.gone_octets, m->gone_octets);
	return bdb_total_put(w, mailbox, &t);
}

enum err
bdb_run_total(struct bdb_work *w, struct store_total *q)
{
	struct bdb_total t;
	enum err e = bdb_total_get(w, q->mailbox, 0, &t);

	if (e != ERR_OK)
		return e;
	q->count = t.count;
	q->octets = t.octets;
	q->gone_count = t.gone_count;
	q->gone_octets = t.gone_octets;
	q->last_open_us = t.last_open_us;
	return ERR_OK;
}

enum err
bdb_run_touch(struct bdb_work *w, struct store_touch *q)
{
	struct bdb_total t;
	enum err e = bdb_total_get(w, q->mailbox, DB_RMW, &t);

	w->lazy = true;
	if (e != ERR_OK || t.last_open_us >= q->us)
		return e;
	t.last_open_us = q->us;
	return bdb_total_put(w, q->mailbox, &t);
}
