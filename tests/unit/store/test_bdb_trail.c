/*
 * The trail: found by id and by word, kept for a time.
 * Covers: store/bdb/bdb_trail_list.c store/bdb/bdb_forget.c
 */
#include "tests/unit/store/bdb_out_fixture.h"

#include "base/clock.h"
#include "base/num.h"

#include <string.h>

#define DAY_US ((uint64_t)24 * 3600 * 1000000)

static struct store_trail_list
ask(struct out_fix *x, const char *word, const struct mail_id *after,
    unsigned max)
{
	struct store_trail_list q = {.op.done = fix_done,
	    .word = slice_str(word),
	    .max = max,
	    .rows = &x->rows};

	if (after != NULL)
		q.after = *after;
	buf_reset(&x->rows);
	x->f.ops->trail(x->f.st, &q);
	EQ_INT(fix_wait(&x->f, &q.op), ERR_OK);
	return q;
}

static unsigned
found(struct out_fix *x, const char *word)
{
	struct store_trail_list q = ask(x, word, NULL, 1000);

	OK(!q.more);
	return q.n;
}

TEST(trail_is_found_by_each_word)
{
	struct buf rcpts = BUF_INIT(4096), info = BUF_INIT(4096);
	struct store_trail t = {.event = STORE_EV_RECEIVED,
	    .client = SLICE("mx.remote.test[192.0.2.1]"),
	    .proto = SLICE("ESMTPSA"),
	    .login = SLICE("ann@example.test"),
	    .msgid = SLICE("<Some.Id@example.test>")};
	struct store_trail_row row;
	struct store_deliver q;
	struct slice rest;
	struct out_fix x;

	out_begin(&x);
	fix_alias(&x.f, "all@example.test", "bob@example.test\nc@one.test\n");
	EQ_INT(store_trail_encode(&t, &info), ERR_OK);
	q = out_mail(&x, &rcpts, "all@example.test d@two.test");
	q.info = buf_slice(&info);
	EQ_INT(out_deliver(&x, &q), ERR_OK);
	EQ_INT(out_send(&x, "e@two.test", NULL), ERR_OK);
	EQ_INT(found(&x, "bob@example.test"), 1);
	EQ_INT(found(&x, "BOB@example.TEST"), 1);
	EQ_INT(found(&x, "ann@example.test"), 2);
	EQ_INT(found(&x, "<some.id@example.test>"), 1);
	EQ_INT(found(&x, "nobody@example.test"), 0);
	EQ_INT(found(&x, "e@two.test"), 1);
	EQ_INT(found(&x, "d@two.test"), 1);
	EQ_INT(found(&x, "c@one.test"), 1);
	EQ_INT(found(&x, "all@example.test"), 1);
	(void)ask(&x, "bob@example.test", NULL, 10);
	rest = buf_slice(&x.rows);
	EQ_INT(store_trail_rows_next(&rest, &row), ERR_OK);
	EQ_INT(store_trail_decode(row.record, &t), ERR_OK);
	EQ_INT(t.event, STORE_EV_RECEIVED);
	EQ_SLICE(t.from, "ann@example.test");
	EQ_SLICE(t.local, "bob@example.test\n");
	EQ_SLICE(t.client, "mx.remote.test[192.0.2.1]");
	EQ_SLICE(t.proto, "ESMTPSA");
	EQ_INT(t.octets, q.head.len);
	EQ_INT(t.rcpts, 2);
	OK(mail_id_cmp(&row.id, &q.id) == 0);
	buf_fini(&rcpts);
	buf_fini(&info);
	out_end(&x);
}

/* Days apart, in portions, in order of arrival. */
TEST(trail_by_word_in_portions)
{
	enum { N = 700 };
	struct store_trail t = {.event = STORE_EV_RECEIVED};
	struct mail_id after = {{0}}, id = {{0}};
	unsigned n = 0, rounds = 0;
	struct store_trail_list q;
	struct store_trail_row row;
	struct slice rest;
	struct out_fix x;
	struct bdb_work *w;

	out_begin(&x);
	w = &x.f.st->loop_work;
	for (unsigned i = 1; i <= N; i++) {
		num_put_be64(id.b, 1000 * DAY_US + i * DAY_US / 20);
		EQ_INT(bdb_trail_begin(w, &id, &t), ERR_OK);
		EQ_INT(bdb_trail_word(w, &id,
			   i % 2 ? SLICE("a@b.test") : SLICE("c@d.test")),
		    ERR_OK);
		EQ_INT(bdb_trail_word(w, &id, SLICE("x@y.test")), ERR_OK);
	}
	do {
		q = ask(&x, "a@b.test", &after, 100);
		OK(q.n <= 100);
		rest = buf_slice(&x.rows);
		while (store_trail_rows_next(&rest, &row) == ERR_OK) {
			OK(mail_id_cmp(&row.id, &after) > 0);
			after = row.id;
			n++;
		}
		after = q.last;
	} while (q.more && ++rounds < 100);
	EQ_INT(n, N / 2);
	OK(rounds >= 3);
	EQ_INT(found(&x, "x@y.test"), N);
	EQ_STR(out_verify(&x), "");
	out_end(&x);
}

/* A portion that is larger than an answer ends before it, and goes on. */
TEST(trail_rows_are_bounded)
{
	static char text[STORE_REPLY_MAX];
	struct store_trail t = {
	    .event = STORE_EV_SENT, .reply = slice_of(text, sizeof text)};
	struct store_trail_list q;
	struct mail_id id = {{0}};
	struct out_fix x;
	struct bdb_work *w;

	out_begin(&x);
	memset(text, 'x', sizeof text);
	w = &x.f.st->loop_work;
	for (unsigned m = 1; m <= 3; m++) {
		num_put_be64(id.b, m * DAY_US);
		EQ_INT(bdb_trail_word(w, &id, SLICE("a@b.test")), ERR_OK);
		for (unsigned i = 0; i < 400; i++)
			EQ_INT(bdb_trail_add(w, &id, &t), ERR_OK);
	}
	q = ask(&x, "a@b.test", NULL, 10);
	EQ_INT(q.n, 2);
	OK(q.more && x.rows.len < 520 * 1024);
	q = ask(&x, "a@b.test", &q.last, 10);
	EQ_INT(q.n, 1);
	OK(!q.more);
	out_end(&x);
}

/* --- forgetting --- */

static struct mail_id
old_message(struct out_fix *x, uint64_t days, unsigned rows)
{
	struct store_trail t = {.event = STORE_EV_RECEIVED};
	struct bdb_work *w = &x->f.st->loop_work;
	struct mail_id id = mail_id_make(&x->f.maker);

	num_put_be64(id.b, mail_id_us(&id) - days * DAY_US);
	EQ_INT(bdb_trail_begin(w, &id, &t), ERR_OK);
	EQ_INT(bdb_trail_word(w, &id, SLICE("old@example.test")), ERR_OK);
	for (unsigned i = 1; i < rows; i++) {
		struct bdb_key k = bdb_key_trail(&id, mail_id_us(&id) + i);

		buf_reset(&w->value);
		EQ_INT(store_trail_encode(&t, &w->value), ERR_OK);
		EQ_INT(bdb_put(w, x->f.st->db[BDB_TRAIL], &k,
			   buf_slice(&w->value), 0),
		    ERR_OK);
	}
	return id;
}

/* Until the keeper has been through; it comes each second. */
static bool
forgotten(struct out_fix *x, uint64_t trail, uint64_t seen)
{
	for (unsigned i = 0; i < 3000; i++) {
		if (out_records(x, BDB_TRAIL) == trail &&
		    out_records(x, BDB_SEEN) == seen)
			return true;
		net_loop_turn(x->f.loop, 20);
	}
	return false;
}

TEST(trail_is_forgotten_when_old)
{
	struct mail_id kept, late;
	struct store_trail t = {.event = STORE_EV_SENT};
	struct out_fix x;

	out_begin(&x);
	/* still in the queue; ended lately; old, one with very many rows */
	kept = old_message(&x, 50, 3);
	EQ_INT(bdb_envelope_put(&x.f.st->loop_work, &kept,
		   &(struct store_envelope){.body = 1}),
	    ERR_OK);
	late = old_message(&x, 40, 2);
	EQ_INT(bdb_trail_add(&x.f.st->loop_work, &late, &t), ERR_OK);
	for (unsigned i = 0; i < 50; i++)
		(void)old_message(&x, 45 - i % 10, 1 + i % 3);
	(void)old_message(&x, 38, 6000);
	EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	x.f.conf.queue.trail_ms = 30ull * 24 * 3600 * 1000;
	x.f.ops->reload(x.f.st, &x.f.conf);
	OK(forgotten(&x, 3 + 3 + 1, 1 + 1 + 2));
	EQ_STR(out_story(&x, &kept), "received received received");
	EQ_STR(out_story(&x, &late), "received received sent");
	EQ_INT(found(&x, "old@example.test"), 2);
	out_end(&x);
}

/* Kept for no time is an hour all the same: the id is known meanwhile. */
TEST(trail_is_kept_for_an_hour)
{
	struct mail_id id;
	struct out_fix x;

	out_begin(&x);
	(void)old_message(&x, 1, 1);
	EQ_INT(out_send(&x, "bob@example.test", &id), ERR_OK);
	x.f.conf.queue.trail_ms = 0;
	x.f.ops->reload(x.f.st, &x.f.conf);
	OK(forgotten(&x, 1, 2));
	EQ_STR(out_story(&x, &id), "received");
	out_end(&x);
}

/* Another clock before the restart: records are never lost over one another. */
TEST(trail_times_are_unique)
{
	struct store_trail t = {.event = STORE_EV_SENT};
	struct mail_id id = {{9}};
	struct out_fix x;
	uint64_t us;

	out_begin(&x);
	for (unsigned i = 0; i < 50; i++)
		EQ_INT(bdb_trail_add(&x.f.st->loop_work, &id, &t), ERR_OK);
	us = x.f.st->trail_us;
	x.f.st->trail_us = us - 30;
	clock_set_for_test(us - 1000, clock_mono_us());
	for (unsigned i = 0; i < 50; i++)
		EQ_INT(bdb_trail_add(&x.f.st->loop_work, &id, &t), ERR_OK);
	clock_set_for_test(0, 0);
	EQ_INT(out_records(&x, BDB_TRAIL), 100);
	out_end(&x);
}

/* What does not fit a record is told without its texts. */
TEST(trail_never_stops_what_it_tells_of)
{
	struct store_trail t = {
	    .event = STORE_EV_SENT, .reply = SLICE("line\r\nother")};
	struct mail_id id = {{9}};
	struct out_fix x;

	out_begin(&x);
	EQ_INT(bdb_trail_add(&x.f.st->loop_work, &id, &t), ERR_OK);
	EQ_STR(out_story(&x, &id), "sent");
	out_end(&x);
}
