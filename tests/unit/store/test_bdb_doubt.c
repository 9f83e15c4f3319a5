/* After a restart: what was being sent has an end that nobody knows. */
#include "tests/unit/store/bdb_out_fixture.h"

#include "base/clock.h"

static void
reopen(struct out_fix *x)
{
	fix_close(&x->f);
	fix_open(&x->f);
}

TEST(doubt_after_a_restart)
{
	for (int hold = 0; hold < 2; hold++) {
		struct mail_id id;
		struct out_fix x;

		out_begin(&x);
		EQ_INT(out_send(&x, "a@one.test b@one.test", &id), ERR_OK);
		EQ_INT(out_take_all(&x), 2);
		EQ_INT(out_settle_row(&x, 0, STORE_OUTCOME_DEFERRED), ERR_OK);
		reopen(&x);
		EQ_INT(out_doubt(&x, 12345, hold != 0), 1);
		EQ_INT(out_records(&x, BDB_SENDING), 0);
		EQ_INT(out_list(&x), 2);
		EQ_INT(x.row[0].out.state, STORE_OUT_DEFERRED);
		EQ_INT(x.row[1].out.state,
		    hold ? STORE_OUT_HELD : STORE_OUT_DOUBT);
		EQ_INT(x.row[1].out.attempts, 1);
		if (!hold)
			EQ_INT(x.row[1].out.next_us, 12345);
		EQ_INT(out_doubt(&x, 12345, false), 0);
		EQ_INT(out_take_all(&x), !hold);
		EQ_STR(out_story(&x, &id), "received deferred in-doubt");
		EQ_STR(out_verify(&x), "");
		out_end(&x);
	}
}

/* In steps, each of which is committed. */
TEST(doubt_of_many)
{
	struct buf to = BUF_INIT(65536);
	struct out_fix x;

	out_begin(&x);
	for (unsigned i = 0; i < 500; i++)
		buf_addf(&to, "%su%u@d%u.test", i > 0 ? " " : "", i, i % 3);
	EQ_INT(out_send(&x, buf_cstr(&to), NULL), ERR_OK);
	EQ_INT(out_take_all(&x), 500);
	reopen(&x);
	EQ_INT(out_doubt(&x, 1, false), 500);
	EQ_INT(out_records(&x, BDB_DUE), 500);
	EQ_STR(out_verify(&x), "");
	buf_fini(&to);
	out_end(&x);
}

/* An entry without a record does not keep the others from being found. */
TEST(doubt_drops_entries_that_lead_nowhere)
{
	struct store_out_key none = {{{1}}, 0};
	struct bdb_key k = bdb_key_out(&none);
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	EQ_INT(out_take_all(&x), 1);
	EQ_INT(bdb_put(&x.f.st->loop_work, x.f.st->db[BDB_SENDING], &k,
		   SLICE("x"), 0),
	    ERR_OK);
	EQ_INT(out_doubt(&x, 1, false), 1);
	EQ_INT(out_records(&x, BDB_SENDING), 0);
	out_end(&x);
}
