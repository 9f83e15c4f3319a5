#ifndef STORE_BDB_OUT_H
#define STORE_BDB_OUT_H
/*
 * What waits to go out, inside the Berkeley DB backend. A message in the queue
 * is an envelope (queue), with a part in the body, and a record for each
 * recipient that is open (rcpt). A record in state DUE, DEFERRED, DOUBT or
 * REPORT has one entry in `due`, one that is SENDING has one in `sending`, one
 * that is HELD has none: bdb_out_move alone sees to that. All of it is the
 * writer's but for reading.
 */
#include "store/bdb/bdb_priv.h"
#include "store/store_plan.h"

/* --- what has become due (bdb_dues.c) --- */

enum { BDB_DUES_MAX = 64 };
/* Gathered by a request, told once it is through: the head of its op.state. */
struct bdb_dues {
	unsigned n;
	bool many;        /* more destinations than fit */
	uint64_t many_us; /* the earliest of those */
	struct {
		uint64_t dest, us;
	} due[BDB_DUES_MAX];
};
/* The op's, made when it has none, emptied for another attempt; NULL: out of
 * memory. size: of the struct that begins with it */
struct bdb_dues *bdb_dues_of(struct store_op *op, size_t size);
void bdb_dues_add(struct bdb_dues *d, uint64_t dest, uint64_t us);

/* --- keys of a database (bdb_cursor.c) --- */

struct bdb_cursor {
	struct bdb_work *w;
	DBC *cursor;
	struct bdb_key key; /* of the record it is at */
};
enum err bdb_cursor_open(
    struct bdb_cursor *c, struct bdb_work *w, enum bdb_db db);
/* The first at or behind `from`; the next, at first the first. NOENT */
enum err bdb_cursor_seek(struct bdb_cursor *c, const struct bdb_key *from);
enum err bdb_cursor_next(struct bdb_cursor *c);
enum err bdb_cursor_del(struct bdb_cursor *c);
/* e, or what went wrong in closing */
enum err bdb_cursor_close(struct bdb_cursor *c, enum err e);

/* --- recipients and envelopes (bdb_out.c) --- */

uint64_t bdb_out_dest(const struct store_out *o);
/* State after a release, or when nothing came of an attempt. */
enum store_out_state bdb_out_ready(const struct store_out *o);
/* old: NULL when there was none; new: NULL when it goes */
enum err bdb_out_move(struct bdb_work *w, struct bdb_dues *dues,
    const struct store_out_key *k, const struct store_out *old,
    const struct store_out *new);

/* A message in the queue, and one of its recipients, open for changes. */
struct bdb_letter {
	struct bdb_work *w;
	struct bdb_dues *dues;
	struct store_out_key key;
	bool open, changed;
	struct store_envelope env; /* slices point into value */
	struct store_out out;      /* slices point into record */
	struct buf value, record;
};
void bdb_letter_init(
    struct bdb_letter *l, struct bdb_work *w, struct bdb_dues *dues);
/* Read a recipient, and the envelope unless it is open already. NOENT;
 * CORRUPT, which has been logged */
enum err bdb_letter_open(struct bdb_letter *l, const struct store_out_key *k);
/* Instead of l->out; or not at all any more. */
enum err bdb_letter_put(struct bdb_letter *l, const struct store_out *new);
enum err bdb_letter_drop(struct bdb_letter *l);
/* Write what is changed (e: OK), and free. The envelope goes with the last
 * recipient, and its part in the body. Gives e, or what went wrong. */
enum err bdb_letter_close(struct bdb_letter *l, enum err e);
void bdb_out_damaged(const char *what, const struct mail_id *id);

/* An envelope, into value; NOENT, CORRUPT */
enum err bdb_envelope_get(struct bdb_work *w, const struct mail_id *id,
    struct buf *value, struct store_envelope *env);
enum err bdb_envelope_put(struct bdb_work *w, const struct mail_id *id,
    const struct store_envelope *env);

/* --- the trail (bdb_trail.c) --- */

enum err bdb_trail_add(
    struct bdb_work *w, const struct mail_id *id, const struct store_trail *t);
/* The first of a message; EXISTS: it has one already, and gets no second */
enum err bdb_trail_begin(
    struct bdb_work *w, const struct mail_id *id, const struct store_trail *t);
/* The message can be found by this word. */
enum err bdb_trail_word(
    struct bdb_work *w, const struct mail_id *id, struct slice word);
uint64_t bdb_trail_sum(const struct bdb_work *w, struct slice word);
/* Keeper: look for what is old, and have it deleted. */
void bdb_forget_turn(struct bdb_work *w);

/* --- limits of an account (bdb_sent.c) --- */

/* May it send this, too? Counts it, unless it is held. */
enum err bdb_sent_add(struct bdb_work *w, uint64_t account, uint64_t now_us,
    unsigned rcpts, struct store_verdict *out);

#endif
