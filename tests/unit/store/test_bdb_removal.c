/*
 * A mailbox goes with its account, whatever happens in between.
 * Covers: store/bdb/bdb_purge.c
 */
#include "store/bdb/bdb_priv.h"

#include "base/clock.h"
#include "base/num.h"
#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MESSAGES = 300 }; /* three steps of a purge */

static void
begin(struct fix *f)
{
	fix_init(f);
	fix_open(f);
	fix_domain(f, "example.test");
	fix_user(f, 1, "ann@example.test", 0);
	fix_user(f, 2, "bob@example.test", 0);
	for (unsigned i = 0; i < 3; i++) { /* the numbers of the users */
		struct store_new_id q = {.op.done = fix_done};

		f->ops->new_id(f->st, &q);
		EQ_INT(fix_wait(f, &q.op), ERR_OK);
	}
}

static void
fill(struct fix *f)
{
	for (unsigned i = 0; i < MESSAGES; i++)
		EQ_INT(fix_deliver(f,
			   i == 0 ? "ann@example.test bob@example.test"
				  : "ann@example.test",
			   SLICE("x\r\n"), NULL),
		    ERR_OK);
}

/* As the command line does it. */
static void
remove_user(struct fix *f, uint64_t id, const char *addr)
{
	struct store_removing r = {slice_str(addr)};
	struct buf mark = BUF_INIT(4096);
	struct store_change c[] = {
	    {.kind = STORE_NAME, .key = slice_str(addr), .expect = UINT64_MAX},
	    {.kind = STORE_ACCOUNT,                  .expect = UINT64_MAX                   },
	    {.kind = STORE_REMOVING,                  .expect = UINT64_MAX},
	};
	uint8_t key[8];

	num_put_be64(key, id);
	store_removing_encode(&r, &mark);
	c[1].key = c[2].key = slice_of(key, sizeof key);
	c[2].value = buf_slice(&mark);
	EQ_INT(fix_commit(f, c, 3, NULL), ERR_OK);
	buf_fini(&mark);
}

static bool
is_marked(struct fix *f, uint64_t id)
{
	struct buf b = BUF_INIT(4096);
	uint8_t key[8];
	enum err e;

	num_put_be64(key, id);
	e = fix_get(f, STORE_REMOVING, slice_of(key, 8), &b, NULL);
	buf_fini(&b);
	return e == ERR_OK;
}

static unsigned
marks(struct fix *f, uint64_t from, uint64_t to)
{
	unsigned n = 0;

	for (uint64_t i = from; i < to; i++)
		n += is_marked(f, i);
	return n;
}

static void
expect_sound(struct fix *f)
{
	struct buf problems = BUF_INIT(65536);

	EQ_INT(fix_verify(f, &problems), 0);
	EQ_SLICE(buf_slice(&problems), "");
	buf_fini(&problems);
}

static void
expect_removed(struct fix *f)
{
	for (unsigned i = 0; i < 600 && is_marked(f, 1); i++)
		net_loop_turn(f->loop, 100);
	OK(!is_marked(f, 1));
	EQ_INT(fix_count(f, 1), 0);
	EQ_INT(fix_total(f, 1).gone_count, 0);
	EQ_INT(fix_count(f, 2), 1);
	expect_sound(f);
}

/* Nobody asks for the mail to be removed. */
TEST(removal_by_itself)
{
	struct fix f;

	begin(&f);
	fill(&f);
	remove_user(&f, 1, "ann@example.test");
	expect_sound(&f);
	expect_removed(&f);
	EQ_INT(
	    fix_deliver(&f, "ann@example.test", SLICE("x"), NULL), ERR_NOENT);
	fix_fini(&f);
}

/* kill -9 as soon as the commit is acknowledged. */
TEST(removal_after_a_crash)
{
	struct fix f;
	pid_t pid;

	begin(&f);
	fill(&f);
	fix_close(&f);
	if ((pid = fork()) == 0) {
		fix_open(&f);
		remove_user(&f, 1, "ann@example.test");
		(void)kill(getpid(), SIGKILL);
	}
	OK(pid > 0 && waitpid(pid, NULL, 0) == pid);
	fix_open(&f);
	OK(is_marked(&f, 1));
	EQ_INT(fix_count(&f, 1), MESSAGES);
	expect_sound(&f);
	expect_removed(&f);
	unit_case("once more");
	fix_close(&f);
	fix_open(&f);
	expect_removed(&f);
	fix_fini(&f);
}

/* When this returns the keeper has had its turn, and with a clock that stands
 * has no other. */
static void
keeper_turn(struct fix *f)
{
	struct store_op op;

	for (unsigned i = 0; i < 2; i++) {
		op = (struct store_op){.done = fix_done};
		f->ops->checkpoint(f->st, &op);
		EQ_INT(fix_wait(f, &op), ERR_OK);
	}
}

TEST(removal_when_asked_for)
{
	struct store_purge q = {
	    .op.done = fix_done, .mailbox = 1, .remove = true};
	struct fix f;

	clock_set_for_test(1700000000000000, 10000000);
	begin(&f);
	fill(&f);
	keeper_turn(&f);
	remove_user(&f, 1, "ann@example.test");
	OK(is_marked(&f, 1));
	f.ops->purge(f.st, &q);
	EQ_INT(fix_wait(&f, &q.op), ERR_OK);
	EQ_INT(q.purged, MESSAGES);
	OK(!is_marked(&f, 1));
	expect_removed(&f);
	clock_set_for_test(0, 0);
	fix_fini(&f);
}

/* What verify says of marks. */
TEST(removal_is_verified)
{
	struct bdb_key k = bdb_key_id(1);
	struct buf problems = BUF_INIT(65536);
	struct fix f;

	clock_set_for_test(1700000000000000, 10000000);
	begin(&f);
	fill(&f);
	keeper_turn(&f);
	remove_user(&f, 1, "ann@example.test");
	expect_sound(&f);
	EQ_INT(bdb_put(&f.st->loop_work, f.st->db[BDB_REMOVING], &k,
		   SLICE("12345678\1strange"), 0),
	    ERR_OK);
	EQ_INT(fix_verify(&f, &problems), 1);
	EQ_SLICE(buf_slice(&problems), "removing 1: record is damaged\n");
	buf_reset(&problems);
	EQ_INT(bdb_del(&f.st->loop_work, f.st->db[BDB_REMOVING], &k), ERR_OK);
	EQ_INT(fix_verify(&f, &problems), 1);
	EQ_SLICE(buf_slice(&problems), "mailbox 1: no account has it\n");
	clock_set_for_test(0, 0);
	buf_fini(&problems);
	fix_fini(&f);
}

/* Many, and one after the other: each has its turn. */
TEST(removal_of_many)
{
	uint64_t mono = 10000000;
	char addr[32];
	struct fix f;

	clock_set_for_test(1700000000000000, mono);
	begin(&f);
	for (uint64_t i = 10; i < 15; i++) {
		(void)snprintf(addr, sizeof addr, "u%llu@example.test",
		    (unsigned long long)i);
		fix_user(&f, i, addr, 0);
		EQ_INT(fix_deliver(&f, addr, SLICE("x"), NULL), ERR_OK);
		remove_user(&f, i, addr);
	}
	for (unsigned i = 0; i < 1000 && marks(&f, 10, 15) > 0; i++) {
		clock_set_for_test(1700000000000000, mono += 2000000);
		keeper_turn(&f);
		/* done in the loop thread, before this is */
		expect_sound(&f);
	}
	EQ_INT(marks(&f, 10, 15), 0);
	clock_set_for_test(0, 0);
	fix_fini(&f);
}
