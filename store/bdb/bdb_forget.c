/*
 * The trail is kept for a time. The keeper looks through it a little each
 * second, from the oldest message on: one whose last record is old goes, unless
 * it is in the queue still. Then through the days of `seen` that are old: what
 * leads to a trail that is gone goes. The writer deletes what was found, in
 * steps.
 */
#include "base/clock.h"
#include "store/bdb/bdb_out.h"

#include <stdlib.h>

enum {
	LOOKS = 16,          /* in one turn */
	BULK = 64 * 1024,    /* octets of a look */
	PEEK = 16 * 1024,    /* of one for a single message */
	REST_MS = 60 * 1000, /* between two times through all */
	/* a message that is delivered again is known by its trail */
	KEEP_MIN_MS = 3600 * 1000,
	MS_US = 1000
};
#define DAY_US ((uint64_t)24 * 3600 * 1000000)

enum err
bdb_run_forget(struct bdb_work *w, struct bdb_forget *q)
{
	unsigned end;
	enum err e = ERR_OK;

	w->lazy = true;
	if (w->attempt == 0) /* the step before was committed */
		q->at = q->at_tried;
	end = q->n - q->at < BDB_STEP_ROWS ? q->n : q->at + BDB_STEP_ROWS;
	q->at_tried = q->at;
	while (q->at_tried < end && e == ERR_OK) {
		e = bdb_del(w, w->st->db[q->row[q->at_tried].db],
		    &q->row[q->at_tried].key);
		e = e == ERR_NOENT ? ERR_OK : e;
		q->at_tried++;
	}
	w->more = e == ERR_OK && q->at_tried < q->n;
	return e;
}

static void
forget_done(struct store_op *op, enum err e)
{
	struct bdb_forget *q = LIST_ITEM(op, struct bdb_forget, op);

	(void)e; /* what is left is found again */
	atomic_store(&q->st->forgetting, false);
	free(q);
}

static bool
is_full(const struct bdb_forget *q)
{
	return q->n == BDB_FORGET_MAX;
}

static void
add(struct bdb_forget *q, enum bdb_db db, const struct bdb_key *k)
{
	q->row[q->n].db = db;
	q->row[q->n++].key = *k;
}

/* --- the trail --- */

struct group { /* rows of one message */
	struct mail_id id;
	unsigned first; /* of the request's rows */
	unsigned nth;   /* of the look */
	uint64_t last_us;
	bool begun;
};

/* Its rows stay in the request if they are to go. */
static enum err
end_group(struct bdb_work *w, struct bdb_forget *q, const struct group *g,
    uint64_t before_us)
{
	struct bdb_key k = bdb_key_mail(&g->id);
	enum err e = ERR_OK;

	if (!g->begun)
		return ERR_OK;
	if (g->last_us < before_us)
		e = bdb_exists(w, w->st->db[BDB_QUEUE], &k);
	if (e == ERR_NOENT)
		return ERR_OK;
	q->n = g->first;
	return e;
}

/* CLOSED: the first message that is not old; *g is what it was before */
static enum err
add_trail(struct bdb_work *w, struct bdb_forget *q, struct bdb_bulk *b,
    struct group *g, uint64_t before_us)
{
	struct mail_id id;
	struct bdb_key k;
	uint64_t us;
	enum err e;

	while (!is_full(q) && bdb_bulk_next(b) == ERR_OK) {
		if ((e = bdb_key_read_trail(b->key, &id, &us)) != ERR_OK)
			return e;
		if (mail_id_us(&id) >= before_us)
			return ERR_CLOSED;
		if (!g->begun || mail_id_cmp(&g->id, &id) != 0) {
			if ((e = end_group(w, q, g, before_us)) != ERR_OK)
				return e;
			*g = (struct group){
			    id, q->n, g->begun ? g->nth + 1 : 0, 0, true};
		}
		g->last_us = us;
		k = bdb_key_trail(&id, us);
		add(q, BDB_TRAIL, &k);
	}
	return ERR_OK;
}

/*
 * *at moves behind what was looked at. Of its last message a look may have only
 * a part: it is looked at again, unless the look has nothing else. NOENT: there
 * is nothing old behind *at.
 */
static enum err
gather_trail(struct bdb_work *w, struct bdb_forget *q, struct bdb_key *at,
    uint64_t before_us)
{
	struct group g = {.begun = false};
	struct bdb_bulk b;
	enum err e =
	    bdb_bulk_seek(w, &b, w->st->db[BDB_TRAIL], bdb_key_slice(at), BULK);

	if (e != ERR_OK)
		return e;
	e = add_trail(w, q, &b, &g, before_us);
	if (e == ERR_CLOSED) {
		e = end_group(w, q, &g, before_us);
		return e == ERR_OK ? ERR_NOENT : e;
	}
	if (e != ERR_OK || !g.begun)
		return e;
	if (g.nth > 0) {
		q->n = g.first;
		*at = bdb_key_trail(&g.id, 0);
		return ERR_OK;
	}
	*at = bdb_key_trail(&g.id, g.last_us);
	e = end_group(w, q, &g, before_us);
	return e != ERR_OK || bdb_key_after(at) ? e : ERR_NOENT;
}

/* --- words --- */

/* Keys of a look whose messages are old; NOENT: the rest is not */
static enum err
add_seen(struct bdb_forget *q, struct bdb_bulk *b, struct bdb_key *at,
    uint64_t before_us)
{
	struct mail_id id;
	uint64_t sum;
	enum err e;

	while (!is_full(q) && bdb_bulk_next(b) == ERR_OK) {
		if ((e = bdb_key_read_seen(b->key, &sum, &id)) != ERR_OK)
			return e;
		*at = bdb_key_seen(sum, &id);
		if (mail_id_us(&id) < before_us)
			add(q, BDB_SEEN, at);
		else if (mail_id_us(&id) - before_us > DAY_US)
			return ERR_NOENT;
	}
	return bdb_key_after(at) ? ERR_OK : ERR_NOENT;
}

/* OK: it has a trail; NOENT */
static enum err
has_trail(struct bdb_work *w, const struct mail_id *id)
{
	struct bdb_key from = bdb_key_trail(id, 0);
	struct mail_id found;
	struct bdb_bulk b;
	uint64_t us;
	enum err e = bdb_bulk_seek(
	    w, &b, w->st->db[BDB_TRAIL], bdb_key_slice(&from), PEEK);

	if (e == ERR_OK && (e = bdb_bulk_next(&b)) == ERR_OK)
		e = bdb_key_read_trail(b.key, &found, &us);
	if (e == ERR_OK && mail_id_cmp(&found, id) != 0)
		e = ERR_NOENT;
	return e;
}

static enum err
gather_seen(struct bdb_work *w, struct bdb_forget *q, struct bdb_key *at,
    uint64_t before_us)
{
	unsigned first = q->n, end;
	struct mail_id id;
	struct bdb_bulk b;
	uint64_t sum;
	enum err more, e = bdb_bulk_seek(
			   w, &b, w->st->db[BDB_SEEN], bdb_key_slice(at), BULK);

	if (e != ERR_OK)
		return e;
	more = add_seen(q, &b, at, before_us);
	end = q->n;
	q->n = first;
	for (unsigned i = first; i < end; i++) {
		struct bdb_key k = q->row[i].key;

		(void)bdb_key_read_seen(bdb_key_slice(&k), &sum, &id);
		e = has_trail(w, &id);
		if (e == ERR_NOENT)
			add(q, BDB_SEEN, &k);
		else if (e != ERR_OK)
			return e;
	}
	return more;
}

/* --- a turn --- */

static uint64_t
before_us(struct store *st)
{
	uint64_t keep, now = clock_wall_us();

	(void)pthread_rwlock_rdlock(&st->conf_lock);
	keep = st->conf.queue.trail_ms;
	(void)pthread_rwlock_unlock(&st->conf_lock);
	if (keep < KEEP_MIN_MS)
		keep = KEEP_MIN_MS;
	return keep > now / MS_US ? 0 : now - keep * MS_US;
}

static void
gather(struct bdb_work *w, struct bdb_forget *q)
{
	struct store *st = w->st;
	uint64_t before = before_us(st);
	enum err e = ERR_OK;

	for (unsigned i = 0; i < LOOKS && e == ERR_OK && !is_full(q); i++)
		e = gather_trail(w, q, &st->trail_at, before);
	if (e == ERR_OK || q->n > 0) /* words when it is gone */
		return;
	for (e = ERR_OK; e == ERR_OK && !is_full(q);)
		e = gather_seen(w, q, &st->seen_at, before);
	if (e == ERR_OK)
		return;
	st->trail_at = st->seen_at = bdb_key_id(0);
	atomic_store(&st->forget_ms, clock_mono_ms() + REST_MS);
}

void
bdb_forget_turn(struct bdb_work *w)
{
	struct store *st = w->st;
	struct bdb_forget *q;

	if (atomic_load(&st->forgetting) ||
	    clock_mono_ms() < atomic_load(&st->forget_ms) ||
	    (q = calloc(1, sizeof *q)) == NULL)
		return;
	q->op.done = forget_done;
	q->st = st;
	gather(w, q);
	if (q->n == 0) {
		free(q);
		return;
	}
	atomic_store(&st->forgetting, true);
	bdb_submit(st, &q->op, BDB_OP_FORGET);
}
