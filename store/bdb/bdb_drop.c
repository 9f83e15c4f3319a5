/*
 * Delete bodies in steps: large ones that nobody refers to any more, and what
 * deliveries have left that did not come to their end. A record in `staging`
 * names each, so that this goes on after a restart.
 */
#include "store/bdb/bdb_priv.h"

#include <stdlib.h>
#include <string.h>

static void
free_drop(struct store_op *op, enum err e)
{
	(void)e; /* what is left is in `staging` still */
	free(LIST_ITEM(op, struct bdb_drop, op));
}

void
bdb_drop_later(struct store *st, uint64_t body)
{
	struct bdb_drop *d = calloc(1, sizeof *d);

	if (d == NULL)
		return; /* the next start finds it */
	d->op.done = free_drop;
	d->body = body;
	bdb_submit(st, &d->op, BDB_OP_DROP);
}

/* The cursor's next chunk is one of this body. */
static bool
is_ours(const uint8_t *key, uint32_t len, uint64_t body)
{
	uint64_t found;
	unsigned chunk;

	return bdb_key_read_body(slice_of(key, len), &found, &chunk) ==
		   ERR_OK &&
	       found == body;
}

static int
delete_some(DBC *cursor, uint64_t body, bool *more)
{
	struct bdb_key from = bdb_key_body(body, 0);
	DBT k, v;
	int ret = 0;

	memset(&k, 0, sizeof k);
	memset(&v, 0, sizeof v);
	k.data = from.b;
	k.ulen = sizeof from.b;
	k.size = from.len;
	k.flags = DB_DBT_USERMEM;
	v.flags = DB_DBT_USERMEM | DB_DBT_PARTIAL; /* none of it */
	for (unsigned i = 0; i < BDB_STEP_CHUNKS && ret == 0; i++) {
		ret = cursor->get(
		    cursor, &k, &v, (i == 0 ? DB_SET_RANGE : DB_NEXT) | DB_RMW);
		if (ret == 0 && !is_ours(from.b, k.size, body))
			ret = DB_NOTFOUND;
		if (ret == 0)
			ret = cursor->del(cursor, 0);
	}
	*more = ret == 0;
	return ret == DB_NOTFOUND ? 0 : ret;
}

enum err
bdb_run_drop(struct bdb_work *w, struct bdb_drop *q)
{
	DB *db = bdb_bodies(w->st, q->body);
	struct bdb_key k = bdb_key_id(q->body);
	DBC *cursor;
	bool more = false;
	enum err e;
	int ret, closed;

	w->lazy = true;
	/* not named: the transaction that asked for this was rolled back */
	if ((e = bdb_exists(w, w->st->db[BDB_STAGING], &k)) != ERR_OK)
		return e == ERR_NOENT ? ERR_OK : e;
	if ((ret = db->cursor(db, w->txn, &cursor, 0)) != 0)
		return bdb_err(w->st, ret, "drop");
	ret = delete_some(cursor, q->body, &more);
	closed = cursor->close(cursor);
	e = bdb_err(w->st, ret == 0 ? closed : ret, "drop");
	if (e == ERR_OK && !more)
		e = bdb_del(w, w->st->db[BDB_STAGING], &k);
	w->more = more;
	return e;
}

/* At start: everything in `staging` has no owner. */
enum err
bdb_drop_left(struct bdb_work *w)
{
	struct bdb_key from = bdb_key_id(0);
	struct bdb_bulk b;
	uint64_t body = 0;
	enum err e;

	while ((e = bdb_bulk_seek(w, &b, w->st->db[BDB_STAGING],
		    bdb_key_slice(&from), BDB_BULK)) == ERR_OK) {
		while (bdb_bulk_next(&b) == ERR_OK)
			if (bdb_key_read_id(b.key, &body) == ERR_OK)
				bdb_drop_later(w->st, body);
		from = bdb_key_id(body);
		if (!bdb_key_after(&from))
			break;
	}
	return e == ERR_NOENT ? ERR_OK : e;
}
