/* A cursor over the rows of one mailbox, for changes of many of them. */
#include "base/num.h"
#include "store/bdb/bdb_priv.h"

#include <string.h>

enum err
bdb_walk_open(struct bdb_walk *x, struct bdb_work *w, enum bdb_db db,
    uint64_t mailbox, const struct bdb_key *from)
{
	DB *d = w->st->db[db];

	x->w = w;
	x->mailbox = mailbox;
	x->begun = false;
	x->key = *from;
	x->value = SLICE_NONE;
	return bdb_err(w->st, d->cursor(d, w->txn, &x->cursor, 0), "cursor");
}

static enum err
get(struct bdb_walk *x, uint32_t how)
{
	DBT k, v;
	int ret;

	memset(&k, 0, sizeof k);
	memset(&v, 0, sizeof v);
	k.data = x->key.b;
	k.size = x->key.len;
	k.ulen = sizeof x->key.b;
	v.data = x->octets;
	v.ulen = sizeof x->octets;
	k.flags = v.flags = DB_DBT_USERMEM;
	ret = x->cursor->get(x->cursor, &k, &v, how | DB_RMW);
	if (ret == DB_BUFFER_SMALL)
		return ERR_CORRUPT;
	if (ret != 0)
		return bdb_err(x->w->st, ret, "walk");
	x->begun = true;
	x->key.len = k.size;
	x->value = slice_of(x->octets, v.size);
	return ERR_OK;
}

enum err
bdb_walk_next(struct bdb_walk *x)
{
	enum err e = get(x, x->begun ? DB_NEXT : DB_SET_RANGE);

	if (e != ERR_OK)
		return e;
	if (x->key.len < BDB_ID_KEY)
		return ERR_CORRUPT;
	return num_get_be64(x->key.b) == x->mailbox ? ERR_OK : ERR_NOENT;
}

enum err
bdb_walk_to(struct bdb_walk *x, const struct bdb_key *k)
{
	x->key = *k;
	return get(x, DB_SET);
}

enum err
bdb_walk_delete(struct bdb_walk *x)
{
	return bdb_err(x->w->st, x->cursor->del(x->cursor, 0), "delete");
}

enum err
bdb_walk_close(struct bdb_walk *x, enum err e)
{
	enum err closed =
	    bdb_err(x->w->st, x->cursor->close(x->cursor), "close");

	return (e == ERR_OK || e == ERR_NOENT) && closed != ERR_OK ? closed : e;
}
