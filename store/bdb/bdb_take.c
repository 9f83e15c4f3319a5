/*
 * What is due, taken in the order of destination and time. `due` is in that
 * order, so a destination costs one look, however much waits for it, and what
 * is not due yet is never looked at but for the first of each destination.
 */
#include "base/num.h"
#include "store/bdb/bdb_out.h"

enum {
	ROWS_OCTETS = 512 * 1024,
	ROW_HEAD = STORE_OUT_KEY + 4,
	LOOKS = 1024, /* destinations, taken from or left out, of one request */
	HOLDS = 1024, /* records held by one request */
	UNREADS = 16, /* records it tries in vain to read */
	ACCOUNTS = 32, /* whose state is remembered meanwhile */
};

struct round {
	struct bdb_work *w;
	struct store_take *q;
	struct bdb_cursor cursor;
	/* the entry under the cursor */
	uint64_t dest, us;
	struct store_out_key key;
	struct bdb_letter letter;
	struct mail_id last; /* of the row before */
	size_t start;        /* of q->rows */
	unsigned held, looks, unread;
	bool changed, full, left;
	struct {
		uint64_t account;
		bool suspended;
	} known[ACCOUNTS];
	unsigned nknown;
};

/* --- the cursor --- */

static enum err
entry(struct round *r, enum err e)
{
	return e != ERR_OK ? e
			   : bdb_key_read_due(bdb_key_slice(&r->cursor.key),
				 &r->dest, &r->us, &r->key);
}

/* The first entry of this destination, or of one behind it. */
static enum err
seek(struct round *r, uint64_t dest)
{
	struct bdb_key k = bdb_key_id(dest);

	return entry(r, bdb_cursor_seek(&r->cursor, &k));
}

static enum err
next(struct round *r)
{
	return entry(r, bdb_cursor_next(&r->cursor));
}

/* --- one record --- */

static enum err
look_up_suspended(struct bdb_work *w, uint64_t account, bool *out)
{
	struct store_getter g = bdb_getter(w);
	struct buf value = BUF_INIT(STORE_VALUE_MAX);
	struct store_account a;
	uint8_t key[8];
	enum err e;

	num_put_be64(key, account);
	e = g.get(g.ctx, STORE_ACCOUNT, slice_of(key, sizeof key), &value);
	*out = e == ERR_OK &&
	       store_account_decode(buf_slice(&value), &a) == ERR_OK &&
	       a.state == STORE_SUSPENDED;
	buf_fini(&value);
	return e == ERR_NOENT || e == ERR_CORRUPT ? ERR_OK : e;
}

/* A report tells of the account's mail, and is not mail of the account. */
static enum err
is_suspended(struct round *r, bool *out)
{
	uint64_t account =
	    r->letter.out.report != 0 ? 0 : r->letter.env.account;
	unsigned n = r->nknown < ACCOUNTS ? r->nknown : ACCOUNTS;
	enum err e;

	*out = false;
	if (account == 0)
		return ERR_OK;
	for (unsigned i = 0; i < n; i++) {
		if (r->known[i].account == account) {
			*out = r->known[i].suspended;
			return ERR_OK;
		}
	}
	if ((e = look_up_suspended(r->w, account, out)) != ERR_OK)
		return e;
	n = r->nknown++ % ACCOUNTS;
	r->known[n].account = account;
	r->known[n].suspended = *out;
	return ERR_OK;
}

static enum err
hold(struct round *r)
{
	struct store_out o = r->letter.out;
	struct store_trail t = {.event = STORE_EV_HELD, .addr = o.addr};
	enum err e;

	o.state = STORE_OUT_HELD;
	o.code = 0;
	o.status = o.host = SLICE_NONE;
	o.reply = t.reply = SLICE("account suspended");
	r->held++;
	if ((e = bdb_letter_put(&r->letter, &o)) == ERR_OK)
		e = bdb_trail_add(r->w, &r->key.id, &t);
	return e;
}

static enum err
add_row(struct round *r, struct slice envelope, struct slice out)
{
	struct store_out_row row = {r->key, envelope, out};
	size_t need = ROW_HEAD + envelope.len + out.len;
	struct buf *rows = r->q->rows;

	if (rows->len - r->start + need > ROWS_OCTETS ||
	    buf_reserve(rows, need) != ERR_OK)
		return ERR_LIMIT;
	store_out_rows_add(rows, &row);
	r->last = r->key.id;
	r->q->n++;
	return ERR_OK;
}

/* LIMIT: no room for it */
static enum err
take(struct round *r)
{
	struct bdb_letter *l = &r->letter;
	struct store_out o = l->out;
	struct buf out = BUF_INIT(ROW_HEAD + UINT16_MAX);
	bool same = r->q->n > 0 && mail_id_cmp(&r->last, &r->key.id) == 0;
	enum err e;

	o.was = o.state;
	o.state = STORE_OUT_SENDING;
	o.next_us = r->q->now_us;
	if ((e = store_out_encode(&o, &out)) == ERR_OK)
		e = add_row(r, same ? SLICE_NONE : buf_slice(&l->value),
		    buf_slice(&out));
	buf_fini(&out);
	return e == ERR_OK ? bdb_letter_put(l, &o) : e;
}

/* The entry speaks of a record as it is now. */
static bool
is_true(const struct round *r)
{
	const struct store_out *o = &r->letter.out;

	return o->state != STORE_OUT_SENDING && o->state != STORE_OUT_HELD &&
	       o->next_us == r->us && bdb_out_dest(o) == r->dest;
}

/* An entry that leads nowhere would come first for ever: it goes. */
static enum err
drop_entry(struct round *r)
{
	bdb_out_damaged("due", &r->key.id);
	return bdb_cursor_del(&r->cursor);
}

/* It stays due, and others come before it is looked at again. */
static enum err
leave(struct round *r)
{
	uint64_t again = r->q->now_us + (uint64_t)BDB_LEFT_MS * 1000;

	r->left = true;
	if (again < r->q->next_us)
		r->q->next_us = again;
	return ERR_OK;
}

/* A few: each may keep the disk for seconds. The next take knows of them. */
static enum err
leave_unread(struct round *r)
{
	if (!bdb_left_add(&r->w->st->left, &r->key, 0, false) ||
	    ++r->unread > UNREADS)
		return BDB_UNREAD;
	return leave(r);
}

static enum err
take_one(struct round *r)
{
	bool suspended = false, ours;
	enum err e;

	r->left = false;
	if (bdb_left_has(&r->w->st->left, &r->key))
		return leave(r);
	e = bdb_letter_open(&r->letter, &r->key);
	ours = e == ERR_OK && is_true(r);
	if (ours)
		e = is_suspended(r, &suspended);
	if (e == BDB_UNREAD)
		return leave_unread(r);
	if (e == ERR_NOENT || e == ERR_CORRUPT || (e == ERR_OK && !ours))
		e = drop_entry(r);
	else if (e == ERR_OK)
		e = suspended ? hold(r) : take(r);
	if (e == ERR_OK)
		r->changed = true;
	return e;
}

/* --- destinations --- */

static void
note_next(struct round *r)
{
	if (r->us < r->q->next_us)
		r->q->next_us = r->us;
}

/* What is due of one destination; the cursor is behind it then. */
static enum err
take_dest(struct round *r)
{
	const struct store_take *q = r->q;
	uint64_t dest = r->dest;
	struct mail_id last = {{0}};
	unsigned n = 0; /* messages */
	enum err e = ERR_OK;

	while (e == ERR_OK && r->dest == dest) {
		bool same = n > 0 && mail_id_cmp(&last, &r->key.id) == 0;

		r->full = q->n >= q->rows_max || r->held >= HOLDS;
		if (r->full || r->us > q->now_us || (n >= q->per_dest && !same))
			break;
		e = take_one(r);
		if (e == ERR_OK && !r->left) {
			last = r->key.id;
			n += !same;
		}
		if (e == ERR_OK)
			e = next(r);
	}
	if (e == ERR_LIMIT) {
		r->full = true;
		e = ERR_OK;
	}
	if (e == ERR_OK && r->dest == dest)
		note_next(r);
	if (n > 0 || !r->full)
		r->q->at = dest;
	return e;
}

static bool
is_skipped(const struct store_take *q, uint64_t dest)
{
	unsigned low = 0, high = q->nskip;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (q->skip[mid] < dest)
			low = mid + 1;
		else
			high = mid;
	}
	return low < q->nskip && q->skip[low] == dest;
}

/* NOENT: there is nothing behind; OK: the round goes on */
static enum err
one_dest(struct round *r, unsigned *dests)
{
	uint64_t dest = r->dest;
	enum err e;

	if (is_skipped(r->q, dest)) {
		r->q->at = dest;
	} else {
		++*dests;
		if ((e = take_dest(r)) != ERR_OK || r->full)
			return e;
		if (r->dest != dest)
			return ERR_OK;
	}
	return dest == UINT64_MAX ? ERR_NOENT : seek(r, dest + 1);
}

static enum err
all_dests(struct round *r)
{
	const struct store_take *q = r->q;
	unsigned dests = 0;
	uint64_t first = q->after == UINT64_MAX ? 0 : q->after + 1;
	enum err e = seek(r, q->only == UINT64_MAX ? first : q->only);

	while (e == ERR_OK && !r->full) {
		if (q->only != UINT64_MAX && r->dest != q->only)
			return ERR_NOENT;
		if (dests >= q->dests_max || r->looks++ >= LOOKS)
			return ERR_OK;
		e = one_dest(r, &dests);
	}
	return e;
}

static enum err
run(struct round *r)
{
	enum err e = bdb_cursor_open(&r->cursor, r->w, BDB_DUE);

	if (e != ERR_OK)
		return e;
	e = bdb_cursor_close(&r->cursor, all_dests(r));
	r->q->more = e == ERR_OK && r->q->only == UINT64_MAX;
	return e == ERR_NOENT ? ERR_OK : e;
}

enum err
bdb_run_take(struct bdb_work *w, struct store_take *q)
{
	struct round r = {.w = w, .q = q, .start = q->rows->len};
	enum err e;

	q->n = 0;
	q->at = q->after == UINT64_MAX ? 0 : q->after;
	q->next_us = UINT64_MAX;
	bdb_letter_init(&r.letter, w, NULL);
	e = bdb_letter_close(&r.letter, run(&r));
	if (e != ERR_OK)
		buf_cut(q->rows, r.start);
	w->idle = !r.changed;
	return e;
}
