/*
 * The trail: what was decided about a message, in order of time under its id,
 * and by which words it can be found. Written in the transaction of what it
 * tells of. An account of things must not stop them: a record that does not
 * fit is written without its texts.
 */
#include "base/clock.h"
#include "base/num.h"
#include "mime/mime_addr.h"
#include "store/bdb/bdb_out.h"

static enum err
encode(const struct store_trail *t, struct buf *out)
{
	struct store_trail bare = {.event = t->event, .octets = t->octets};
	enum err e;

	buf_reset(out);
	e = store_trail_encode(t, out);
	if (e != ERR_TOOBIG && e != ERR_SYNTAX)
		return e;
	buf_reset(out);
	return store_trail_encode(&bare, out);
}

static enum err
put(struct bdb_work *w, const struct mail_id *id, uint64_t us)
{
	struct bdb_key k = bdb_key_trail(id, us);

	return bdb_put(
	    w, w->st->db[BDB_TRAIL], &k, buf_slice(&w->value), DB_NOOVERWRITE);
}

/* Times of records only go up while the process lives; what an earlier one has
 * written under a clock that was ahead is stepped over. */
enum err
bdb_trail_add(
    struct bdb_work *w, const struct mail_id *id, const struct store_trail *t)
{
	struct store *st = w->st;
	uint64_t now = clock_wall_us();
	enum err e = encode(t, &w->value);

	if (e != ERR_OK)
		return e;
	do {
		st->trail_us = now > st->trail_us ? now : st->trail_us + 1;
		e = put(w, id, st->trail_us);
	} while (e == ERR_EXISTS);
	return e;
}

/* Its time is that of the id, so that it is the first, and the only one. */
enum err
bdb_trail_begin(
    struct bdb_work *w, const struct mail_id *id, const struct store_trail *t)
{
	enum err e = encode(t, &w->value);

	return e == ERR_OK ? put(w, id, mail_id_us(id)) : e;
}

/* Under a secret, so that nobody can make a word that stands for another. */
uint64_t
bdb_trail_sum(const struct bdb_work *w, struct slice word)
{
	struct mime_addr a;

	/* of ASCII the sum regards no case; the rest has forms, too */
	if (!slice_is_ascii(word) && mime_addr_parse(word, &a) == ERR_OK) {
		mime_addr_key(&a, &a);
		word = mime_addr_slice(&a);
	}
	return bdb_sum_word(num_get_be64(w->st->srs_key), word);
}

enum err
bdb_trail_word(struct bdb_work *w, const struct mail_id *id, struct slice word)
{
	struct bdb_key k = bdb_key_seen(bdb_trail_sum(w, word), id);

	if (word.len == 0)
		return ERR_OK;
	return bdb_put(w, w->st->db[BDB_SEEN], &k, SLICE(""), 0);
}
