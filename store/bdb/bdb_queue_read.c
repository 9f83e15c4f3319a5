/* What waits, for who sends it and who looks at it: bodies, and records in the
 * order of their keys. */
#include "store/bdb/bdb_out.h"

enum { LIST_OCTETS = 512 * 1024, ROW_HEAD = STORE_OUT_KEY + 4 };

enum err
bdb_run_queue_read(struct bdb_work *w, struct store_queue_read *q)
{
	struct buf value = BUF_INIT(STORE_VALUE_MAX);
	struct store_envelope env;
	struct bdb_row r;
	enum err e = bdb_envelope_get(w, &q->id, &value, &env);

	if (e == ERR_OK) {
		r = (struct bdb_row){
		    .body = env.body, .octets = env.octets, .sum = env.sum};
		q->total = env.octets;
		e = bdb_row_read(w, &r, q->offset, q->max, q->out);
	}
	/* not damaged, but gone since its envelope was read? */
	if (e == ERR_CORRUPT &&
	    bdb_envelope_get(w, &q->id, &value, &env) == ERR_NOENT)
		e = ERR_NOENT;
	if (e == ERR_CORRUPT)
		bdb_out_damaged("queue", &q->id);
	buf_fini(&value);
	return e;
}

/* --- the list --- */

struct listing {
	struct bdb_work *w;
	struct store_queue_list *q;
	struct buf envelope; /* of `id` */
	struct mail_id id;
	bool sent; /* it is in the rows */
};

/*
 * NOENT: the message has gone meanwhile. One that is damaged or cannot be read
 * goes out as it is, for whoever asks to say so.
 */
static enum err
open_envelope(struct listing *l, const struct mail_id *id)
{
	struct store_envelope env;
	enum err e;

	if (l->envelope.len > 0 && mail_id_cmp(&l->id, id) == 0)
		return ERR_OK;
	l->id = *id;
	l->sent = false;
	e = bdb_envelope_get(l->w, id, &l->envelope, &env);
	if (e != ERR_OK && e != ERR_CORRUPT)
		buf_reset(&l->envelope);
	if (e != ERR_CORRUPT && e != BDB_UNREAD)
		return e;
	if (l->envelope.len == 0)
		buf_add_char(&l->envelope, '?');
	return l->envelope.err == ERR_OK ? ERR_OK : ERR_RETRY;
}

/* LIMIT: no room for it */
static enum err
add_row(struct listing *l, const struct store_out_key *k, struct slice value)
{
	struct store_out_row row = {.key = *k, .out = value};
	struct buf *rows = l->q->rows;
	size_t need;
	enum err e = open_envelope(l, &k->id);

	if (e == ERR_NOENT)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	row.envelope = l->sent ? SLICE_NONE : buf_slice(&l->envelope);
	need = ROW_HEAD + row.envelope.len + value.len;
	if (l->q->n == l->q->max ||
	    (l->q->n > 0 && rows->len + need > LIST_OCTETS) ||
	    buf_reserve(rows, need) != ERR_OK)
		return ERR_LIMIT;
	store_out_rows_add(rows, &row);
	l->sent = true;
	l->q->n++;
	return ERR_OK;
}

/* NOENT: the bulk is used up; *next is where to go on */
static enum err
list_bulk(struct listing *l, struct bdb_bulk *b, struct bdb_key *next)
{
	struct store_out_key k;
	enum err e;

	while ((e = bdb_bulk_next(b)) == ERR_OK) {
		if ((e = bdb_key_read_out(b->key, &k)) != ERR_OK ||
		    (e = add_row(l, &k, b->value)) != ERR_OK)
			return e;
		*next = bdb_key_out(&k);
	}
	return bdb_key_after(next) ? ERR_NOENT : ERR_CLOSED;
}

static enum err
list(struct listing *l, struct bdb_key *next)
{
	DB *db = l->w->st->db[BDB_RCPT];
	struct bdb_bulk b;
	enum err e;

	do {
		e = bdb_bulk_seek(
		    l->w, &b, db, bdb_key_slice(next), BDB_BULK_ROWS);
		if (e == ERR_NOENT)
			return ERR_OK;
		if (e == ERR_OK)
			e = list_bulk(l, &b, next);
	} while (e == ERR_NOENT);
	return e;
}

enum err
bdb_run_queue_list(struct bdb_work *w, struct store_queue_list *q)
{
	struct bdb_key next = bdb_key_out(&q->after);
	bool from_start = mail_id_is_zero(&q->after.id) && q->after.n == 0;
	struct listing l = {.w = w, .q = q};
	enum err e;

	q->n = 0;
	q->more = false;
	if (!from_start && !bdb_key_after(&next))
		return ERR_OK;
	buf_init(&l.envelope, STORE_VALUE_MAX);
	e = list(&l, &next);
	buf_fini(&l.envelope);
	q->more = e == ERR_LIMIT;
	return e == ERR_LIMIT || e == ERR_CLOSED ? ERR_OK : e;
}
