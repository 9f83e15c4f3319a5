/* Totals, and the time a mailbox was last opened. */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

static void
touch(struct fix *f, uint64_t mailbox, uint64_t us)
{
	struct store_touch q = {
	    .op.done = fix_done, .mailbox = mailbox, .us = us};

	f->ops->touch(f->st, &q);
	EQ_INT(fix_wait(f, &q.op), ERR_OK);
}

TEST(total_of_nothing)
{
	struct store_total t;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	t = fix_total(&f, 12345);
	OK(t.count == 0 && t.octets == 0 && t.gone_count == 0 &&
	    t.gone_octets == 0 && t.last_open_us == 0);
	fix_fini(&f);
}

TEST(total_remembers_the_last_session)
{
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	touch(&f, 1, 1000);
	touch(&f, 1, 3000);
	touch(&f, 1, 2000); /* came late */
	EQ_INT(fix_total(&f, 1).last_open_us, 3000);
	fix_close(&f);
	fix_open(&f);
	EQ_INT(fix_total(&f, 1).last_open_us, 3000);
	fix_fini(&f);
}

/* A total that was wrong before never becomes an enormous number. */
TEST(total_never_wraps)
{
	struct bdb_moved m = {.count = -5, .octets = -100, .gone_count = 2};
	struct store_total t;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	EQ_INT(bdb_total_move(&f.st->loop_work, 1, &m), ERR_OK);
	t = fix_total(&f, 1);
	OK(t.count == 0 && t.octets == 0 && t.gone_count == 2);
	fix_fini(&f);
}
