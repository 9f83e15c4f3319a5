/* Taking what is due: in order, fair, once.
 * Covers: store/bdb/bdb_cursor.c */
#include "tests/unit/store/bdb_out_fixture.h"

#include "base/clock.h"
#include "base/num.h"

#include <stdlib.h>
#include <string.h>

static uint64_t
dest_of(const char *domain)
{
	return store_dest_of(slice_str(domain));
}

/* The rows' addresses in order, separated by blanks. */
static const char *
addrs(struct out_fix *x)
{
	buf_reset(&x->texts);
	for (unsigned i = 0; i < x->n; i++)
		buf_addf(&x->texts, "%s%.*s", i > 0 ? " " : "",
		    SLICE_ARG(x->row[i].out.addr));
	return buf_cstr(&x->texts);
}

TEST(take_is_once_and_on_record)
{
	struct mail_id id;
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "c@one.test d@one.test", &id), ERR_OK);
	EQ_INT(x.dues, 1);
	OK(x.due_dest == dest_of("one.test"));
	EQ_INT(out_take_all(&x), 2);
	OK(mail_id_cmp(&x.row[0].key.id, &id) == 0);
	EQ_SLICE(x.row[0].env.from, "ann@example.test");
	EQ_INT(x.row[1].env.left, 2);
	EQ_SLICE(x.row[0].out.addr, "c@one.test");
	EQ_SLICE(x.row[1].out.addr, "d@one.test");
	EQ_INT(x.row[0].out.state, STORE_OUT_SENDING);
	EQ_INT(x.row[0].out.was, STORE_OUT_DUE);
	EQ_INT(x.take.next_us, UINT64_MAX);
	OK(!x.take.more);
	EQ_INT(out_take_all(&x), 0);
	EQ_INT(out_records(&x, BDB_SENDING), 2);
	EQ_INT(out_records(&x, BDB_DUE), 0);
	out_end(&x);
}

/* Two messages, one of them to both: behind each other at each destination. */
TEST(take_goes_by_destination_and_time)
{
	bool one_first = dest_of("one.test") < dest_of("two.test");
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test a@two.test b@ONE.test", NULL), ERR_OK);
	EQ_INT(out_send(&x, "c@one.test c@two.test", NULL), ERR_OK);
	EQ_INT(out_take_all(&x), 5);
	EQ_STR(addrs(&x),
	    one_first ? "a@one.test b@one.test c@one.test a@two.test c@two.test"
		      : "a@two.test c@two.test a@one.test b@one.test "
			"c@one.test");
	out_end(&x);
}

static const struct {
	const char *name;
	unsigned dests, per_dest, rows, want, want_dests;
	bool more;
} bounds[] = {
    {"all",		    10, 10, 100, 9, 3, false},
    {"two of each",            10, 2,  100, 6, 3, false},
    {"one destination",        1,  10, 100, 3, 1, true },
    {"two, with one of each",  2,  1,  100, 2, 2, true },
    {"rows end in the middle", 10, 10, 4,   4, 2, true },
};

TEST(take_is_bounded)
{
	for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
		uint64_t last = 0;
		unsigned dests = 0;
		struct out_fix x;

		unit_case(bounds[i].name);
		out_begin(&x);
		for (unsigned n = 0; n < 3; n++)
			EQ_INT(out_send(&x, "a@one.test a@two.test a@six.test",
				   NULL),
			    ERR_OK);
		x.take = (struct store_take){.only = UINT64_MAX,
		    .after = UINT64_MAX,
		    .dests_max = bounds[i].dests,
		    .per_dest = bounds[i].per_dest,
		    .rows_max = bounds[i].rows};
		EQ_INT(out_take(&x, clock_wall_us()), bounds[i].want);
		EQ_INT(x.take.more, bounds[i].more);
		for (unsigned n = 0; n < x.n; n++) {
			uint64_t d = store_dest_of(x.row[n].out.addr);

			OK(d >= last);
			dests += d != last;
			last = d;
		}
		EQ_INT(dests, bounds[i].want_dests);
		OK(x.take.at == last);
		/* what is left of those comes in another round */
		x.take.dests_max = x.take.per_dest = x.take.rows_max = 100;
		EQ_INT(out_take(&x, clock_wall_us()), 9 - bounds[i].want);
		out_end(&x);
	}
}

/* Bounds part messages, not the recipients of one. */
TEST(take_keeps_recipients_together)
{
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test b@one.test", NULL), ERR_OK);
	EQ_INT(out_send(&x, "c@one.test", NULL), ERR_OK);
	x.take = (struct store_take){.only = UINT64_MAX,
	    .after = UINT64_MAX,
	    .dests_max = 1,
	    .per_dest = 1,
	    .rows_max = 10};
	EQ_INT(out_take(&x, clock_wall_us()), 2);
	EQ_STR(addrs(&x), "a@one.test b@one.test");
	EQ_INT(out_take(&x, clock_wall_us()), 1);
	EQ_STR(addrs(&x), "c@one.test");
	out_end(&x);
}

TEST(take_leaves_out_and_goes_on)
{
	uint64_t skip[2] = {dest_of("one.test"), dest_of("two.test")};
	struct out_fix x;

	out_begin(&x);
	if (skip[0] > skip[1]) {
		uint64_t t = skip[0];

		skip[0] = skip[1];
		skip[1] = t;
	}
	EQ_INT(out_send(&x, "a@one.test a@two.test a@six.test", NULL), ERR_OK);
	x.take = (struct store_take){.only = UINT64_MAX,
	    .after = UINT64_MAX,
	    .skip = skip,
	    .nskip = 2,
	    .dests_max = 1,
	    .per_dest = 10,
	    .rows_max = 10};
	EQ_INT(out_take(&x, clock_wall_us()), 1);
	EQ_STR(addrs(&x), "a@six.test");
	x.take.nskip = 0;
	x.take.only = dest_of("two.test");
	EQ_INT(out_take(&x, clock_wall_us()), 1);
	EQ_STR(addrs(&x), "a@two.test");
	OK(!x.take.more);
	x.take.only = UINT64_MAX;
	x.take.after = dest_of("one.test");
	x.take.dests_max = 10;
	EQ_INT(out_take(&x, clock_wall_us()), 0);
	x.take.after = dest_of("one.test") - 1;
	EQ_INT(out_take(&x, clock_wall_us()), 1);
	out_end(&x);
}

TEST(take_tells_when_the_next_is_due)
{
	uint64_t now;
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test b@one.test", NULL), ERR_OK);
	EQ_INT(out_take_all(&x), 2);
	EQ_INT(out_settle_row(&x, 0, STORE_OUTCOME_DEFERRED), ERR_OK);
	EQ_INT(out_settle_row(&x, 1, STORE_OUTCOME_RELEASE), ERR_OK);
	x.take.per_dest = 1;
	now = clock_wall_us();
	EQ_INT(out_take(&x, now), 1);
	EQ_STR(addrs(&x), "b@one.test");
	OK(x.take.next_us > now);
	now = x.take.next_us;
	EQ_INT(out_take(&x, now - 1), 0);
	EQ_INT(x.take.next_us, now);
	EQ_INT(out_take(&x, now), 1);
	EQ_INT(x.row[0].out.was, STORE_OUT_DEFERRED);
	EQ_INT(x.row[0].out.attempts, 1);
	out_end(&x);
}

static void
suspend(struct out_fix *x, uint64_t account, enum store_state state)
{
	struct buf v = BUF_INIT(4096);
	uint8_t key[8];
	struct store_account a = {.name = SLICE("ann@example.test"),
	    .state = state,
	    .mailbox = account};
	struct store_change c = {.kind = STORE_ACCOUNT, .expect = UINT64_MAX};

	num_put_be64(key, account);
	EQ_INT(store_account_encode(&a, &v), ERR_OK);
	c.key = slice_of(key, sizeof key);
	c.value = buf_slice(&v);
	EQ_INT(fix_commit(&x->f, &c, 1, NULL), ERR_OK);
	buf_fini(&v);
}

TEST(take_holds_what_a_suspended_account_sent)
{
	struct mail_id id;
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test b@two.test", &id), ERR_OK);
	suspend(&x, 1, STORE_SUSPENDED);
	EQ_INT(out_take_all(&x), 0);
	EQ_INT(out_list(&x), 2);
	EQ_INT(x.row[0].out.state, STORE_OUT_HELD);
	EQ_SLICE(x.row[1].out.reply, "account suspended");
	EQ_INT(out_records(&x, BDB_DUE), 0);
	EQ_STR(out_story(&x, &id), "received held held");
	EQ_STR(out_verify(&x), "");
	out_end(&x);
}

/* What others are told of such mail is not held: it would never be returned. */
TEST(take_reports_of_a_suspended_account)
{
	unsigned done = 0, busy = 0;
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	suspend(&x, 1, STORE_SUSPENDED);
	EQ_INT(out_take_all(&x), 0);
	EQ_INT(out_list(&x), 1);
	EQ_INT(
	    out_edit(&x, STORE_EDIT_BOUNCE, "no more", &done, &busy), ERR_OK);
	EQ_INT(done, 1);
	EQ_INT(out_take_all(&x), 1);
	EQ_INT(x.row[0].out.report, STORE_REPORT_FAILED);
	EQ_SLICE(x.row[0].out.reply, "no more");
	out_end(&x);
}

/* An entry that speaks of nothing does not come first for ever. */
TEST(take_drops_entries_that_lead_nowhere)
{
	struct store_out_key none = {{{1}}, 0};
	struct bdb_key k = bdb_key_due(5, 1, &none);
	struct out_fix x;

	out_begin(&x);
	EQ_INT(
	    bdb_put(&x.f.st->loop_work, x.f.st->db[BDB_DUE], &k, SLICE(""), 0),
	    ERR_OK);
	EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	EQ_INT(out_take_all(&x), 1);
	EQ_INT(out_records(&x, BDB_DUE), 0);
	out_end(&x);
}

/* More than one answer holds, without a row twice or left out. */
TEST(take_of_many_rows)
{
	enum { N = 30 };
	unsigned all = 0;
	struct buf to = BUF_INIT(65536);
	struct out_fix x;

	out_begin(&x);
	for (unsigned i = 0; i < 60; i++)
		buf_addf(&to, "%su%u@one.test", i > 0 ? " " : "", i);
	for (unsigned i = 0; i < N; i++)
		EQ_INT(out_send(&x, buf_cstr(&to), NULL), ERR_OK);
	do
		all += out_take_all(&x);
	while (x.take.next_us != UINT64_MAX);
	EQ_INT(all, 60 * N);
	EQ_INT(out_records(&x, BDB_SENDING), 60 * N);
	EQ_STR(out_verify(&x), "");
	buf_fini(&to);
	out_end(&x);
}
