/*
 * What was removed: listed, brought back, purged by hand and by age.
 * Covers: store/bdb/bdb_undelete.c store/bdb/bdb_purge.c
 * Covers: store/bdb/bdb_sweep.c
 */
#include "store/bdb/bdb_priv.h"

#include "base/clock.h"
#include "tests/unit/store/bdb_badread.h"
#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

enum { MIB = 1024 * 1024 };

static void
begin(struct fix *f)
{
	fix_init(f);
	fix_open(f);
	fix_domain(f, "example.test");
	fix_user(f, 1, "ann@example.test", 0);
	fix_user(f, 2, "bob@example.test", 0);
}

static void
remove_all(struct fix *f, uint64_t mailbox)
{
	struct buf rows = BUF_INIT(16 * MIB);
	unsigned n = fix_list(f, mailbox, &rows), i = 0, removed;
	struct mail_id *ids = calloc(n + 1, sizeof *ids);
	struct slice rest = buf_slice(&rows);
	struct store_row row;
	uint64_t lease;

	while (ids != NULL && store_row_next(&rest, &row) == ERR_OK)
		ids[i++] = row.id;
	EQ_INT(fix_lease(f, mailbox, &lease), ERR_OK);
	EQ_INT(fix_expunge(f, mailbox, lease, ids, n, &removed), ERR_OK);
	EQ_INT(removed, n);
	f->ops->lease_drop(f->st, lease);
	free(ids);
	buf_fini(&rows);
}

static unsigned
undelete(struct fix *f, uint64_t mailbox, uint64_t since, uint64_t until)
{
	struct store_undelete q = {.op.done = fix_done,
	    .mailbox = mailbox,
	    .since_us = since,
	    .until_us = until};

	f->ops->undelete(f->st, &q);
	EQ_INT(fix_wait(f, &q.op), ERR_OK);
	return q.restored;
}

static unsigned
purge(struct fix *f, uint64_t mailbox, bool everything)
{
	struct store_purge q = {
	    .op.done = fix_done, .mailbox = mailbox, .remove = everything};

	f->ops->purge(f->st, &q);
	EQ_INT(fix_wait(f, &q.op), ERR_OK);
	return q.purged;
}

static uint64_t
stored_bodies(struct fix *f)
{
	struct bdb_bulk b;
	uint64_t n = 0;

	for (unsigned i = 0; i < BDB_BODIES; i++)
		if (bdb_bulk_seek(&f->st->loop_work, &b, f->st->bodies[i],
			SLICE(""), BDB_BULK) == ERR_OK)
			while (bdb_bulk_next(&b) == ERR_OK)
				n++;
	return n;
}

struct seen {
	unsigned n;
	uint64_t octets, last_us;
};

static void
see(void *ctx, const struct mail_id *id, uint64_t octets, uint64_t us)
{
	struct seen *s = ctx;

	(void)id;
	s->n++;
	s->octets += octets;
	s->last_us = us;
}

TEST(gone_list)
{
	struct seen s = {0};
	struct store_gone q = {
	    .op.done = fix_done, .mailbox = 1, .max = 4, .row = see, .ctx = &s};
	struct fix f;
	unsigned pages = 0;

	begin(&f);
	for (unsigned i = 0; i < 10; i++)
		(void)fix_deliver(&f, "ann@example.test", SLICE("x"), NULL);
	remove_all(&f, 1);
	do {
		q.op.done = fix_done;
		f.ops->gone(f.st, &q);
		EQ_INT(fix_wait(&f, &q.op), ERR_OK);
		pages++;
	} while (q.more && pages < 10);
	EQ_INT(pages, 3);
	EQ_INT(s.n, 10);
	EQ_INT(s.octets, fix_total(&f, 1).gone_octets);
	OK(s.last_us > 0);
	fix_fini(&f);
}

TEST(gone_comes_back_as_it_was)
{
	struct buf before = BUF_INIT(MIB), after = BUF_INIT(MIB);
	struct store_total t;
	struct fix f;

	begin(&f);
	for (unsigned i = 0; i < 300; i++)
		(void)fix_deliver(&f, "ann@example.test", SLICE("x"), NULL);
	(void)fix_list(&f, 1, &before);
	t = fix_total(&f, 1);
	remove_all(&f, 1);
	EQ_INT(undelete(&f, 2, 0, UINT64_MAX), 0);
	EQ_INT(undelete(&f, 1, 0, UINT64_MAX), 300);
	EQ_INT(fix_list(&f, 1, &after), 300);
	EQ_MEM(after.p, after.len, before.p, before.len);
	EQ_INT(fix_total(&f, 1).octets, t.octets);
	EQ_INT(fix_total(&f, 1).gone_count, 0);
	EQ_INT(undelete(&f, 1, 0, UINT64_MAX), 0);
	EQ_INT(fix_verify(&f, &after), 0);
	buf_fini(&before);
	buf_fini(&after);
	fix_fini(&f);
}

TEST(gone_comes_back_by_time)
{
	const uint64_t start = 1700000000000000;
	struct fix f;

	begin(&f);
	for (uint64_t i = 0; i < 3; i++) {
		clock_set_for_test(start + i * 1000, 1000000);
		(void)fix_deliver(&f, "ann@example.test", SLICE("x"), NULL);
		remove_all(&f, 1);
	}
	EQ_INT(undelete(&f, 1, start + 1, start + 999), 0);
	EQ_INT(undelete(&f, 1, start + 1000, start + 1000), 1);
	EQ_INT(undelete(&f, 1, start + 2000, UINT64_MAX), 1);
	EQ_INT(undelete(&f, 1, 0, start), 1);
	EQ_INT(fix_count(&f, 1), 3);
	clock_set_for_test(0, 0);
	fix_fini(&f);
}

TEST(gone_purge_frees_bodies)
{
	struct buf problems = BUF_INIT(65536);
	struct fix f;

	begin(&f);
	for (unsigned i = 0; i < 300; i++)
		(void)fix_deliver(
		    &f, "ann@example.test bob@example.test", SLICE("x"), NULL);
	EQ_INT(stored_bodies(&f), 300);
	remove_all(&f, 1);
	EQ_INT(purge(&f, 1, false), 300);
	/* bob has them still */
	EQ_INT(stored_bodies(&f), 300);
	EQ_INT(fix_count(&f, 2), 300);
	EQ_INT(fix_verify(&f, &problems), 0);
	EQ_SLICE(buf_slice(&problems), "");
	remove_all(&f, 2);
	EQ_INT(stored_bodies(&f), 300);
	EQ_INT(purge(&f, 2, false), 300);
	EQ_INT(stored_bodies(&f), 0);
	EQ_INT(fix_total(&f, 2).gone_count, 0);
	EQ_INT(fix_total(&f, 2).gone_octets, 0);
	EQ_INT(fix_verify(&f, &problems), 0);
	buf_fini(&problems);
	fix_fini(&f);
}

TEST(gone_purge_leaves_the_mailbox)
{
	struct fix f;

	begin(&f);
	(void)fix_deliver(&f, "ann@example.test", SLICE("x"), NULL);
	EQ_INT(purge(&f, 1, false), 0);
	EQ_INT(fix_count(&f, 1), 1);
	EQ_INT(purge(&f, 9, false), 0);
	EQ_INT(purge(&f, 9, true), 0);
	fix_fini(&f);
}

TEST(gone_remove_takes_all)
{
	struct buf problems = BUF_INIT(65536);
	struct fix f;

	begin(&f);
	for (unsigned i = 0; i < 200; i++)
		(void)fix_deliver(&f, "ann@example.test", SLICE("x"), NULL);
	remove_all(&f, 1);
	for (unsigned i = 0; i < 200; i++)
		(void)fix_deliver(
		    &f, "ann@example.test bob@example.test", SLICE("x"), NULL);
	EQ_INT(purge(&f, 1, true), 400);
	EQ_INT(fix_count(&f, 1), 0);
	EQ_INT(fix_count(&f, 2), 200);
	EQ_INT(stored_bodies(&f), 200);
	EQ_INT(fix_total(&f, 1).count, 0);
	EQ_INT(fix_verify(&f, &problems), 0);
	EQ_SLICE(buf_slice(&problems), "");
	buf_fini(&problems);
	fix_fini(&f);
}

/* A large body goes in steps behind the row; so it does after a restart. */
TEST(gone_purge_large_body)
{
	struct buf rcpts = BUF_INIT(4096);
	char *body = calloc(1, 6 * MIB);
	struct fix f;

	begin(&f);
	for (unsigned i = 0; i < 2; i++)
		EQ_INT(fix_deliver(&f, "ann@example.test",
			   slice_of(body, 6 * MIB), NULL),
		    ERR_OK);
	remove_all(&f, 1);
	EQ_INT(purge(&f, 1, false), 2);
	fix_close(&f);
	fix_open(&f);
	for (unsigned i = 0; i < 6000 && stored_bodies(&f) > 0; i++)
		net_loop_turn(f.loop, 10);
	EQ_INT(stored_bodies(&f), 0);
	free(body);
	buf_fini(&rcpts);
	fix_fini(&f);
}

/* The keeper purges what is old enough, and only that. */
TEST(gone_sweep_by_age)
{
	const uint64_t now = 1700000000000000;
	const uint64_t day = 24ull * 3600 * 1000000;
	struct buf problems = BUF_INIT(65536);
	struct fix f;

	begin(&f);
	clock_set_for_test(now - 8 * day, 0);
	for (unsigned i = 0; i < 100; i++)
		(void)fix_deliver(&f, "ann@example.test", SLICE("x"), NULL);
	remove_all(&f, 1);
	(void)fix_deliver(&f, "bob@example.test", SLICE("x"), NULL);
	remove_all(&f, 2);
	clock_set_for_test(now - 6 * day, 0);
	for (unsigned i = 0; i < 10; i++)
		(void)fix_deliver(&f, "ann@example.test", SLICE("x"), NULL);
	remove_all(&f, 1);
	EQ_INT(stored_bodies(&f), 111);
	clock_set_for_test(now, 0);
	fix_close(&f);
	clock_set_for_test(0, 0);
	f.conf.store.undelete_ms = (clock_wall_us() - (now - 7 * day)) / 1000;
	fix_open(&f);
	for (unsigned i = 0; i < 600 && stored_bodies(&f) > 10; i++)
		net_loop_turn(f.loop, 100);
	EQ_INT(stored_bodies(&f), 10);
	EQ_INT(fix_total(&f, 1).gone_count, 10);
	EQ_INT(fix_total(&f, 2).gone_count, 0);
	EQ_INT(fix_verify(&f, &problems), 0);
	EQ_SLICE(buf_slice(&problems), "");
	buf_fini(&problems);
	fix_fini(&f);
}

/* When this returns the keeper has had a turn. */
static void
keeper_turn(struct fix *f)
{
	struct store_op op = {.done = fix_done};

	for (unsigned i = 0; i < 2; i++) {
		op.done = fix_done;
		f->ops->checkpoint(f->st, &op);
		EQ_INT(fix_wait(f, &op), ERR_OK);
	}
}

/* A clock that is set wrong purges nothing early; one that stays does. */
TEST(gone_sweep_after_a_jump)
{
	const uint64_t day = 24ull * 3600 * 1000000;
	uint64_t wall = 1700000000000000, mono = day;
	struct fix f;

	clock_set_for_test(wall, mono);
	begin(&f);
	(void)fix_deliver(&f, "ann@example.test", SLICE("x"), NULL);
	remove_all(&f, 1);
	keeper_turn(&f);
	for (unsigned i = 0; i < 3; i++) {
		wall += i == 0 ? 30 * day : day / 3;
		mono += day / 3;
		clock_set_for_test(wall, mono);
		keeper_turn(&f);
		/* what a sweep asks of the writer is done before this is */
		(void)fix_deliver(&f, "bob@example.test", SLICE("x"), NULL);
		EQ_INT(fix_total(&f, 1).gone_count, 1);
	}
	clock_set_for_test(wall + day / 2, mono + day / 2);
	keeper_turn(&f);
	(void)fix_deliver(&f, "bob@example.test", SLICE("x"), NULL);
	EQ_INT(fix_total(&f, 1).gone_count, 0);
	clock_set_for_test(0, 0);
	fix_fini(&f);
}

/* What cannot be read now stays; it does not keep the rest from going. */
TEST(gone_sweep_past_a_bad_page)
{
	enum { MANY = 4 * BDB_BODIES };
	const uint64_t day = 24ull * 3600 * 1000000;
	struct fix f;

	begin(&f);
	clock_set_for_test(clock_wall_us() - 8 * day, 0);
	for (unsigned i = 0; i < MANY; i++)
		(void)fix_deliver(&f, "ann@example.test", SLICE("x"), NULL);
	remove_all(&f, 1);
	fix_close(&f);
	clock_set_for_test(0, 0);
	f.conf.store.undelete_ms = 7 * day / 1000;
	badread("bodies.03", 0);
	fix_open(&f);
	for (unsigned i = 0; i < 100 && fix_total(&f, 1).gone_count > 4; i++)
		net_loop_turn(f.loop, 100);
	EQ_INT(fix_total(&f, 1).gone_count, 4);
	OK(badread_end() > 0);
	EQ_INT(purge(&f, 1, false), 4);
	EQ_INT(stored_bodies(&f), 0);
	fix_fini(&f);
}
