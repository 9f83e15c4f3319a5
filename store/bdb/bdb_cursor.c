/* A cursor over the keys of a database, in the writer's transaction, for what
 * is changed on the way. */
#include "store/bdb/bdb_out.h"

#include <string.h>

enum err
bdb_cursor_open(struct bdb_cursor *c, struct bdb_work *w, enum bdb_db db)
{
	DB *d = w->st->db[db];

	c->w = w;
	c->key.len = 0;
	return bdb_err(w->st, d->cursor(d, w->txn, &c->cursor, 0), "cursor");
}

static enum err
get(struct bdb_cursor *c, uint32_t how)
{
	DBT k, none;
	int ret;

	memset(&k, 0, sizeof k);
	memset(&none, 0, sizeof none);
	k.data = c->key.b;
	k.size = c->key.len;
	k.ulen = sizeof c->key.b;
	k.flags = DB_DBT_USERMEM;
	none.flags = DB_DBT_USERMEM | DB_DBT_PARTIAL; /* none of it */
	ret = c->cursor->get(c->cursor, &k, &none, how | DB_RMW);
	if (ret == DB_BUFFER_SMALL)
		return ERR_CORRUPT;
	c->key.len = k.size;
	return bdb_err(c->w->st, ret, "cursor");
}

enum err
bdb_cursor_seek(struct bdb_cursor *c, const struct bdb_key *from)
{
	c->key = *from;
	return get(c, DB_SET_RANGE);
}

enum err
bdb_cursor_next(struct bdb_cursor *c)
{
	return get(c, DB_NEXT);
}

enum err
bdb_cursor_del(struct bdb_cursor *c)
{
	return bdb_err(c->w->st, c->cursor->del(c->cursor, 0), "delete");
}

enum err
bdb_cursor_close(struct bdb_cursor *c, enum err e)
{
	enum err closed =
	    bdb_err(c->w->st, c->cursor->close(c->cursor), "close");

	return (e == ERR_OK || e == ERR_NOENT) && closed != ERR_OK ? closed : e;
}
