/*
 * Numbers that must never come twice: kept in meta, handed out from memory in
 * blocks where there are many. The writer thread only, but for opening.
 */
#include "base/clock.h"
#include "base/num.h"
#include "base/secret.h"
#include "store/bdb/bdb_priv.h"

#include <string.h>

enum {
	BLOCK = 1 << 16,
	/* what one batch may need at most: each request 256 reports */
	BATCH = 64 * 257,
	NODE_BLOCK = 64, /* processes */
	TRIES = 100,     /* after deadlocks with the writer */
	SECOND_US = 1000000
};
/* Ids from further ahead than this are nobody's clock: they do not move it. */
#define AHEAD_US ((uint64_t)3600 * SECOND_US)

static const char layout[] = "layout", bodies[] = "bodies",
		  versions[] = "versions", ids[] = "ids", nodes[] = "nodes",
		  ceiling[] = "id_ceiling_us";
static const char *const srs_key[] = {
    "srs_key_0", "srs_key_1", "srs_key_2", "srs_key_3"};
_Static_assert(sizeof srs_key / sizeof srs_key[0] * 8 == MIME_SRS_KEY,
    "the key is that many numbers");
const char bdb_meta_reusable[] = "reusable";

enum err
bdb_meta_get(struct bdb_work *w, const char *key, uint64_t *out)
{
	enum err e;

	buf_reset(&w->value);
	e = bdb_get_at(
	    w, w->st->db[BDB_META], slice_str(key), DB_RMW, &w->value);
	return e == ERR_OK ? bdb_number_decode(buf_slice(&w->value), out) : e;
}

enum err
bdb_meta_put(struct bdb_work *w, const char *key, uint64_t n)
{
	uint8_t value[BDB_NUMBER_LEN];

	bdb_number_encode(n, value);
	return bdb_put_at(w, w->st->db[BDB_META], slice_str(key),
	    slice_of(value, sizeof value), 0);
}

/* As bdb_meta_get; a number that was never written is 0. */
static enum err
get_or_zero(struct bdb_work *w, const char *key, uint64_t *out)
{
	enum err e = bdb_meta_get(w, key, out);

	if (e != ERR_NOENT)
		return e;
	*out = 0;
	return ERR_OK;
}

static enum err
check_layout(struct bdb_work *w, struct buf *why)
{
	uint64_t n;
	enum err e = get_or_zero(w, layout, &n);

	if (e == ERR_OK && n == 0)
		e = bdb_meta_put(w, layout, BDB_LAYOUT);
	else if (e == ERR_OK && n != BDB_LAYOUT)
		e = ERR_UNSUPPORTED;
	if (e == ERR_UNSUPPORTED)
		buf_addf(why,
		    "%s has layout %llu, this program knows %d: export it "
		    "with the program that made it, and import that into an "
		    "empty one (restante help export)",
		    w->st->dir, (unsigned long long)n, BDB_LAYOUT);
	else if (e != ERR_OK)
		buf_addf(why, "%s/meta: %s", w->st->dir, err_text(e));
	return e;
}

static enum err
open_counter(struct bdb_work *w, struct bdb_counter *c, const char *key)
{
	enum err e = get_or_zero(w, key, &c->end);

	/* what was left of the last block is not used any more */
	c->key = key;
	c->next = c->end = c->end == 0 ? 1 : c->end;
	return e;
}

/* Made at the first start, and the same for ever. */
static enum err
open_srs_key(struct bdb_work *w)
{
	uint64_t n;
	enum err e = ERR_OK;

	for (size_t i = 0; i < MIME_SRS_KEY / 8 && e == ERR_OK; i++) {
		e = bdb_meta_get(w, srs_key[i], &n);
		if (e == ERR_NOENT) {
			secret_random(&n, sizeof n);
			e = bdb_meta_put(w, srs_key[i], n);
		}
		num_put_be64(w->st->srs_key + 8 * i, n);
	}
	return e;
}

enum err
bdb_meta_open(struct bdb_work *w, struct buf *why)
{
	struct store *st = w->st;
	enum err e = check_layout(w, why);

	uint64_t us = 0;

	if (e != ERR_OK)
		return e;
	if ((e = open_counter(w, &st->bodies_next, bodies)) == ERR_OK &&
	    (e = open_counter(w, &st->versions_next, versions)) == ERR_OK &&
	    (e = open_counter(w, &st->nodes_next, nodes)) == ERR_OK &&
	    (e = open_srs_key(w)) == ERR_OK)
		e = get_or_zero(w, ceiling, &us);
	atomic_store(&st->id_ceiling_us, us);
	atomic_store(&st->bodies_seen, st->bodies_next.next);
	if (e != ERR_OK)
		buf_addf(why, "%s/meta: %s", st->dir, err_text(e));
	return e;
}

static enum err
refill(struct bdb_work *w, struct bdb_counter *c, uint64_t low, uint64_t block)
{
	enum err e;

	if (c->end - c->next >= low)
		return ERR_OK;
	if ((e = bdb_meta_put(w, c->key, c->end + block)) == ERR_OK)
		c->end += block;
	return e;
}

static bool
raises_ceiling(const struct store *st, uint64_t id_us)
{
	uint64_t old = atomic_load(&st->id_ceiling_us), now = clock_wall_us();

	return id_us > old && id_us <= (now > old ? now : old) + AHEAD_US;
}

/*
 * The ceiling goes a second ahead, so that it is written once a second and an
 * unclean end costs no more than that second.
 */
static enum err
raise_ceiling(struct bdb_work *w, uint64_t id_us)
{
	enum err e;

	if (!raises_ceiling(w->st, id_us))
		return ERR_OK;
	if ((e = bdb_meta_put(w, ceiling, id_us + SECOND_US)) == ERR_OK)
		atomic_store(&w->st->id_ceiling_us, id_us + SECOND_US);
	return e;
}

bool
bdb_meta_is_low(const struct store *st, uint64_t newest_id_us)
{
	return st->bodies_next.end - st->bodies_next.next < BATCH ||
	       st->versions_next.end - st->versions_next.next < BATCH ||
	       raises_ceiling(st, newest_id_us);
}

enum err
bdb_meta_refill(struct bdb_work *w, uint64_t newest_id_us)
{
	struct store *st = w->st;
	enum err e;

	if ((e = refill(w, &st->bodies_next, BATCH, BLOCK)) == ERR_OK &&
	    (e = refill(w, &st->versions_next, BATCH, BLOCK)) == ERR_OK)
		e = raise_ceiling(w, newest_id_us);
	return e;
}

struct bdb_numbers
bdb_meta_note(struct store *st)
{
	return (struct bdb_numbers){st->bodies_next, st->versions_next,
	    atomic_load(&st->id_ceiling_us)};
}

void
bdb_meta_put_back(struct store *st, const struct bdb_numbers *n)
{
	st->bodies_next = n->bodies;
	st->versions_next = n->versions;
	atomic_store(&st->id_ceiling_us, n->ceiling_us);
}

uint64_t
bdb_counter_next(struct bdb_counter *c)
{
	return c->next++;
}

bool
bdb_meta_knows(struct slice key)
{
	static const char *const known[] = {
	    layout, bodies, versions, ids, nodes, ceiling, bdb_meta_reusable};

	for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
		if (slice_eq(key, slice_str(known[i])))
			return true;
	for (unsigned i = 0; i < sizeof srs_key / sizeof *srs_key; i++)
		if (slice_eq(key, slice_str(srs_key[i])))
			return true;
	return false;
}

enum err
bdb_meta_ends(struct bdb_work *w, uint64_t *ids_end, uint64_t *bodies_end)
{
	enum err e = get_or_zero(w, ids, ids_end);

	++*ids_end;
	*bodies_end = atomic_load(&w->st->bodies_seen);
	return e;
}

enum err
bdb_run_new_id(struct bdb_work *w, struct store_new_id *q)
{
	enum err e = get_or_zero(w, ids, &q->id);

	return e == ERR_OK ? bdb_meta_put(w, ids, ++q->id) : e;
}

/*
 * Not in the writer, since the caller waits: without a transaction of ours a
 * put is one of its own, on stable storage when it returns. Nobody else writes
 * this key.
 */
enum err
bdb_meta_node(struct bdb_work *w, uint32_t *node_out, uint64_t *floor_us_out)
{
	struct store *st = w->st;
	uint64_t now = clock_wall_us(), us = atomic_load(&st->id_ceiling_us);
	enum err e = BDB_LOST;

	for (unsigned i = 0; i < TRIES && e == BDB_LOST; i++)
		e = refill(w, &st->nodes_next, 1, NODE_BLOCK);
	if (e == ERR_OK && st->nodes_next.next > UINT32_MAX)
		e = ERR_LIMIT;
	if (e == ERR_OK && bdb_io_failed() != 0) {
		bdb_panic(st, "log flush", bdb_io_failed());
		e = ERR_RETRY;
	}
	if (e != ERR_OK)
		return e == BDB_LOST || e == BDB_UNREAD ? ERR_RETRY : e;
	*node_out = (uint32_t)bdb_counter_next(&st->nodes_next);
	*floor_us_out = now > us ? now : us;
	return ERR_OK;
}
