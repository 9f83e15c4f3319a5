/*
 * The directory: domains, names and accounts under versions, and the getter
 * that routing reads them through.
 */
#include "base/num.h"
#include "store/bdb/bdb_priv.h"

#include <string.h>

enum { SCAN_OCTETS = 512 * 1024, ROW_HEAD = 2 + 4 + 8 };

static DB *
db_of(struct store *st, enum store_kind kind)
{
	static const enum bdb_db dbs[STORE_KINDS] = {
	    [STORE_DOMAIN] = BDB_DOMAIN,
	    [STORE_NAME] = BDB_NAME,
	    [STORE_ACCOUNT] = BDB_ACCOUNT,
	    [STORE_REMOVING] = BDB_REMOVING,
	};

	return st->db[dbs[kind]];
}

/* Split off the version in front of a directory record. */
static enum err
split(struct slice stored, uint64_t *version, struct slice *value)
{
	if (stored.len < BDB_DIR_HEAD)
		return ERR_CORRUPT;
	*version = num_get_be64(stored.p);
	*value = slice_skip(stored, BDB_DIR_HEAD);
	return ERR_OK;
}

/* The record in w->value; value points there. */
static enum err
read_record(struct bdb_work *w, enum store_kind kind, struct slice key,
    uint64_t *version, struct slice *value)
{
	enum err e;

	buf_reset(&w->value);
	e = bdb_get_at(w, db_of(w->st, kind), key, DB_RMW, &w->value);
	if (e != ERR_OK)
		return e;
	return split(buf_slice(&w->value), version, value);
}

enum err
bdb_run_get(struct bdb_work *w, struct store_get *q)
{
	struct slice value;
	enum err e = read_record(w, q->kind, q->key, &q->version, &value);

	if (e != ERR_OK)
		return e;
	buf_add_slice(q->value, value);
	return q->value->err == ERR_OK ? ERR_OK : ERR_TOOBIG;
}

/* OK: taken; LIMIT: no room for it */
static enum err
add_row(struct store_scan *q, const struct bdb_bulk *b)
{
	struct store_dir_row row = {.key = b->key};
	size_t need = ROW_HEAD + b->key.len + b->value.len;
	enum err e = split(b->value, &row.version, &row.value);

	if (e != ERR_OK)
		return e;
	if (q->n == q->max || (q->n > 0 && q->rows->len + need > SCAN_OCTETS) ||
	    buf_reserve(q->rows, need) != ERR_OK)
		return ERR_LIMIT;
	store_rows_add(q->rows, &row);
	q->n++;
	return ERR_OK;
}

static enum err
scan_bulk(struct store_scan *q, struct bdb_bulk *b)
{
	enum err e;

	while ((e = bdb_bulk_next(b)) == ERR_OK) {
		if (slice_cmp(b->key, q->after) <= 0)
			continue;
		if ((e = add_row(q, b)) != ERR_OK)
			return e;
	}
	return e;
}

enum err
bdb_run_scan(struct bdb_work *w, struct store_scan *q)
{
	DB *db = db_of(w->st, q->kind);
	uint8_t last[STORE_KEY_MAX + 1];
	struct slice from = q->after;
	struct bdb_bulk b;
	enum err e;

	q->n = 0;
	q->more = false;
	while ((e = bdb_bulk_seek(w, &b, db, from, BDB_BULK)) == ERR_OK &&
	       (e = scan_bulk(q, &b)) == ERR_NOENT) {
		if (b.key.len >= sizeof last)
			return ERR_CORRUPT;
		/* the least key behind the last one */
		memcpy(last, b.key.p, b.key.len);
		last[b.key.len] = 0;
		from = slice_of(last, b.key.len + 1);
	}
	q->more = e == ERR_LIMIT;
	return e == ERR_NOENT || e == ERR_LIMIT ? ERR_OK : e;
}

static enum err
check_version(enum err e, uint64_t version, const struct store_change *c)
{
	if (e != ERR_OK && e != ERR_NOENT)
		return e;
	if (c->expect == 0)
		return e == ERR_OK ? ERR_EXISTS : ERR_OK;
	if (e == ERR_NOENT)
		return c->expect == UINT64_MAX ? ERR_OK : ERR_NOENT;
	return c->expect == UINT64_MAX || c->expect == version ? ERR_OK
							       : ERR_BUSY;
}

static enum err
put_change(struct bdb_work *w, const struct store_change *c, uint64_t version)
{
	uint8_t head[BDB_DIR_HEAD];

	num_put_be64(head, version);
	buf_reset(&w->value);
	buf_add(&w->value, head, sizeof head);
	buf_add_slice(&w->value, c->value);
	if (w->value.err != ERR_OK)
		return ERR_TOOBIG;
	return bdb_put_at(
	    w, db_of(w->st, c->kind), c->key, buf_slice(&w->value), 0);
}

static enum err
change(struct bdb_work *w, const struct store_change *c, uint64_t version)
{
	uint64_t old = 0;
	struct slice value;
	enum err e = read_record(w, c->kind, c->key, &old, &value);
	bool exists = e == ERR_OK;

	if ((e = check_version(e, old, c)) != ERR_OK)
		return e;
	if (c->value.p != NULL)
		return put_change(w, c, version);
	return exists ? bdb_del_at(w, db_of(w->st, c->kind), c->key) : ERR_OK;
}

enum err
bdb_run_commit(struct bdb_work *w, struct store_commit *q)
{
	uint64_t version = bdb_counter_next(&w->st->versions_next);
	enum err e = ERR_OK;

	for (q->failed = 0; q->failed < q->n && e == ERR_OK; q->failed++)
		e = change(w, &q->change[q->failed], version);
	if (e != ERR_OK)
		q->failed--;
	return e;
}

static enum err
get_for_route(
    void *ctx, enum store_kind kind, struct slice key, struct buf *out)
{
	struct slice value;
	uint64_t version;
	enum err e = read_record(ctx, kind, key, &version, &value);

	if (e == ERR_OK)
		buf_add_slice(out, value);
	return e;
}

static enum err
first_domain(void *ctx, struct buf *out)
{
	struct bdb_work *w = ctx;
	uint8_t key[STORE_KEY_MAX];
	DBT k, v;
	DBC *cursor;
	int ret, closed;

	memset(&k, 0, sizeof k);
	memset(&v, 0, sizeof v);
	k.data = key;
	k.ulen = sizeof key;
	k.flags = DB_DBT_USERMEM;
	v.flags = DB_DBT_USERMEM | DB_DBT_PARTIAL; /* none of it */
	ret = w->st->db[BDB_DOMAIN]->cursor(
	    w->st->db[BDB_DOMAIN], w->txn, &cursor, 0);
	if (ret != 0)
		return bdb_err(w->st, ret, "cursor");
	ret = cursor->get(cursor, &k, &v, DB_FIRST);
	closed = cursor->close(cursor);
	if (ret == 0)
		buf_add(out, key, k.size);
	return bdb_err(w->st, ret == 0 ? closed : ret, "first domain");
}

struct store_getter
bdb_getter(struct bdb_work *w)
{
	return (struct store_getter){get_for_route, w, first_domain};
}
