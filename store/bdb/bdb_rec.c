/* Single records and runs of records: all calls of DB->get and its kin. */
#include "store/bdb/bdb_priv.h"

#include <sched.h>
#include <string.h>

enum {
	GET_ROOM = 512, /* most records are smaller */
	/* A reader is the victim of every deadlock with the writer, which is
	 * through in a moment. */
	TRIES = 1000
};

DBT
bdb_dbt(struct slice s)
{
	DBT d;

	memset(&d, 0, sizeof d);
	memcpy(&d.data, &s.p, sizeof d.data); /* not written to */
	d.size = (uint32_t)s.len;
	return d;
}

/* The caller's memory, for what the library gives. */
static DBT
dbt_room(void *p, size_t room)
{
	DBT d;

	memset(&d, 0, sizeof d);
	d.data = p;
	d.ulen = (uint32_t)room;
	d.flags = DB_DBT_USERMEM;
	return d;
}

static bool
lost(int ret)
{
	return ret == DB_LOCK_DEADLOCK || ret == DB_LOCK_NOTGRANTED;
}

/* In a transaction a deadlock must end it; without one it is only us. */
static bool
again(const struct bdb_work *w, int ret, unsigned *tries)
{
	if (!lost(ret) || w->txn != NULL || ++*tries > TRIES)
		return false;
	(void)sched_yield();
	return true;
}

enum err
bdb_get_into(struct bdb_work *w, DB *db, struct slice key, uint32_t flags,
    void *p, size_t room, size_t *len)
{
	DBT k = bdb_dbt(key), v = dbt_room(p, room);
	unsigned tries = 0;
	int ret;

	if (w->txn == NULL)
		flags = 0; /* DB_RMW is for transactions */
	do
		ret = db->get(db, w->txn, &k, &v, flags);
	while (again(w, ret, &tries));
	*len = v.size;
	return ret == DB_BUFFER_SMALL ? ERR_TOOBIG : bdb_err(w->st, ret, "get");
}

enum err
bdb_get_at(struct bdb_work *w, DB *db, struct slice key, uint32_t flags,
    struct buf *out)
{
	size_t room = GET_ROOM, len = 0;
	enum err e;

	if (out->max - out->len < room)
		room = out->max - out->len;
	do {
		if ((e = buf_reserve(out, room)) != ERR_OK)
			return e == ERR_NOMEM ? ERR_RETRY : e;
		e = bdb_get_into(
		    w, db, key, flags, out->p + out->len, room, &len);
		room = len;
	} while (e == ERR_TOOBIG);
	if (e == ERR_OK)
		out->len += len;
	return e;
}

enum err
bdb_get(struct bdb_work *w, DB *db, const struct bdb_key *k, uint32_t flags,
    struct buf *out)
{
	return bdb_get_at(w, db, bdb_key_slice(k), flags, out);
}

enum err
bdb_put_at(struct bdb_work *w, DB *db, struct slice key, struct slice value,
    uint32_t flags)
{
	DBT k = bdb_dbt(key), v = bdb_dbt(value);

	return bdb_err(w->st, db->put(db, w->txn, &k, &v, flags), "put");
}

enum err
bdb_put(struct bdb_work *w, DB *db, const struct bdb_key *k, struct slice value,
    uint32_t flags)
{
	return bdb_put_at(w, db, bdb_key_slice(k), value, flags);
}

enum err
bdb_del_at(struct bdb_work *w, DB *db, struct slice key)
{
	DBT k = bdb_dbt(key);

	return bdb_err(w->st, db->del(db, w->txn, &k, 0), "delete");
}

enum err
bdb_del(struct bdb_work *w, DB *db, const struct bdb_key *k)
{
	return bdb_del_at(w, db, bdb_key_slice(k));
}

enum err
bdb_exists(struct bdb_work *w, DB *db, const struct bdb_key *k)
{
	DBT d = bdb_dbt(bdb_key_slice(k));
	unsigned tries = 0;
	int ret;

	do
		ret = db->exists(db, w->txn, &d, 0);
	while (again(w, ret, &tries));
	return bdb_err(w->st, ret, "exists");
}

static int
seek(DB *db, struct slice from, DBT *data)
{
	uint8_t key[STORE_KEY_MAX];
	DBT k = dbt_room(key, sizeof key);
	DBC *cursor;
	int ret, closed;

	if (from.len > sizeof key)
		return DB_NOTFOUND;
	if (from.len > 0)
		memcpy(key, from.p, from.len);
	k.size = (uint32_t)from.len;
	if ((ret = db->cursor(db, NULL, &cursor, 0)) != 0)
		return ret;
	ret = cursor->get(cursor, &k, data, DB_SET_RANGE | DB_MULTIPLE_KEY);
	closed = cursor->close(cursor);
	return ret == 0 ? closed : ret;
}

enum err
bdb_bulk_seek(struct bdb_work *w, struct bdb_bulk *b, DB *db, struct slice from,
    size_t room)
{
	unsigned tries = 0;
	int ret;

	b->data = dbt_room(w->bulk, room);
	do
		ret = seek(db, from, &b->data);
	while (again(w, ret, &tries));
	b->at = NULL;
	if (ret == 0)
		DB_MULTIPLE_INIT(b->at, &b->data);
	return bdb_err(w->st, ret, "scan");
}

enum err
bdb_bulk_next(struct bdb_bulk *b)
{
	uint32_t klen = 0, vlen = 0;
	void *key = NULL, *value = NULL;

	if (b->at != NULL)
		DB_MULTIPLE_KEY_NEXT(b->at, &b->data, key, klen, value, vlen);
	if (b->at == NULL)
		return ERR_NOENT;
	b->key = slice_of(key, klen);
	b->value = slice_of(value, vlen);
	return ERR_OK;
}

bool
bdb_key_after(struct bdb_key *k)
{
	for (uint32_t i = k->len; i-- > 0;)
		if (++k->b[i] != 0)
			return true;
	return false;
}
