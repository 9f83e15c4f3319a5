/*
 * The queue in memory: what is taken in which order, what becomes of it, what a
 * delivery leaves there.
 * Covers: store/mem/mem_*.c
 */
#include "base/clock.h"
#include "base/num.h"
#include "tests/unit/store/rig.h"

#include <string.h>

struct one { /* any operation */
	union {
		struct store_op op;
		struct store_take take;
		struct store_settle settle;
		struct store_doubt doubt;
		struct store_deliver deliver;
	};
	bool done;
	enum err err;
};

static void
one_done(struct store_op *op, enum err e)
{
	struct one *o = LIST_ITEM(op, struct one, op);

	o->done = true;
	o->err = e;
}

static enum err
wait_for(struct rig *r, struct one *o)
{
	OK(rig_until(r, &o->done));
	o->done = false;
	return o->err;
}

static struct one
new_one(void)
{
	struct one o;

	memset(&o, 0, sizeof o);
	o.op.done = one_done;
	return o;
}

/* --- deliveries --------------------------------------------------------- */

static unsigned last_id;

static enum err
deliver(struct rig *r, struct store_deliver *op, const char *from,
    const char *rcpts, unsigned notify)
{
	struct one o = new_one();
	struct slice in = slice_str(rcpts);
	struct buf b = BUF_INIT(1 << 16);
	struct store_rcpt rcpt = {.notify = notify};

	while (in.len > 0) {
		slice_cut(&in, ' ', &rcpt.addr);
		store_rcpt_add(&b, &rcpt);
	}
	o.deliver = *op;
	o.op.done = one_done;
	num_put_be32(o.deliver.id.b + 8, ++last_id);
	o.deliver.from = slice_str(from);
	o.deliver.rcpts = buf_slice(&b);
	o.deliver.head = SLICE("x");
	o.deliver.fd = -1;
	r->ops->deliver(r->st, &o.deliver);
	(void)wait_for(r, &o);
	buf_fini(&b);
	*op = o.deliver;
	return o.err;
}

static const struct {
	const char *name, *from, *rcpts, *loops;
	bool relay;
	unsigned notify;
	uint64_t account;
	enum err want;
	const char *queue;
} deliveries[] = {
    {"local only",             "s@else.example",     "alice@example.test",             "",                   false, 0, 0,
     ERR_OK,															 ""			    },
    {"elsewhere",              "s@else.example",     "a@far.example",                  "",                   true,  0, 0, ERR_OK,
     "a@far.example due"																	   },
    {"elsewhere, for anybody", "s@else.example",     "a@far.example",                  "",                   false, 0,
     0,														   ERR_NOENT, ""			    },
    {"twice the same",         "s@else.example",     "a@far.example a@far.example",    "",
     true,													  0, 0, ERR_OK,    "a@far.example due"           },
    {"one is nobody",          "s@else.example",     "a@far.example zoe@example.test", "",
     true,													  0, 0, ERR_NOENT, ""                            },
    {"forwarded",              "s@else.example",     "out@example.test",               "",                   false, 0, 0, ERR_OK,
     "f@far.example due"																	   },
    {"in a loop",              "s@else.example",     "out@example.test",               "out@example.test\n",
     false,													 0, 0, ERR_OK,    "f@far.example report r1"     },
    {"success, local",         "s@else.example",     "alice@example.test",             "",                   false,
     STORE_NOTIFY_SUCCESS,											     0, ERR_OK,    "alice@example.test report r2"},
    {"success, list",          "s@else.example",     "staff@example.test",             "",                   false,
     STORE_NOTIFY_SUCCESS,											     0, ERR_OK,    "staff@example.test report r3"},
    {"success, elsewhere",     "s@else.example",     "a@far.example",                  "",                   true,
     STORE_NOTIFY_SUCCESS,											     0, ERR_OK,    "a@far.example due"           },
    {"success, null sender",   "",                   "alice@example.test",             "",                   false,
     STORE_NOTIFY_SUCCESS,											     0, ERR_OK,    ""                            },
    {"over the limit",         "alice@example.test",
     "a@far.example b@far.example c@far.example",                                      "",                   true,  0, 1, ERR_OK,
     "a@far.example held, b@far.example held, c@far.example held, "
	"alice@example.test report r4, postmaster report r4"												       },
};

static void
put_out(struct rig *r)
{
	struct store_name n = {STORE_ALIAS, 0, SLICE("f@far.example\n"), 0};
	struct buf b = BUF_INIT(4096);

	store_name_encode(&n, &b);
	store_mem_put(
	    r->st, STORE_NAME, SLICE("out@example.test"), buf_slice(&b));
	buf_fini(&b);
}

TEST(mem_deliveries)
{
	struct rig r;
	struct rig_peer ctl;

	for (size_t i = 0; i < sizeof deliveries / sizeof deliveries[0]; i++) {
		struct store_deliver op;

		unit_case(deliveries[i].name);
		rig_open(&r);
		r.conf.limits.user_recipients_per_hour = 2;
		put_out(&r);
		rig_join(&r, &ctl, ROLE_CTL);
		memset(&op, 0, sizeof op);
		op.relay = deliveries[i].relay;
		op.loops = slice_str(deliveries[i].loops);
		op.account = deliveries[i].account;
		EQ_INT(deliver(&r, &op, deliveries[i].from, deliveries[i].rcpts,
			   deliveries[i].notify),
		    deliveries[i].want);
		EQ_STR(rig_queue(&ctl), deliveries[i].queue);
		EQ_INT(op.held, deliveries[i].account != 0 ? 3 : 0);
		rig_leave(&ctl);
		rig_close(&r);
	}
}

/* --- takes -------------------------------------------------------------- */

struct takes {
	struct rig r;
	struct rig_peer ctl;
	uint64_t now;
	struct buf rows;
};

static void
begin(struct takes *t, const char *rcpts)
{
	struct store_deliver op;

	memset(t, 0, sizeof *t);
	rig_open(&t->r);
	rig_join(&t->r, &t->ctl, ROLE_CTL);
	buf_init(&t->rows, 1 << 20);
	memset(&op, 0, sizeof op);
	op.relay = true;
	EQ_INT(deliver(&t->r, &op, "alice@example.test", rcpts, 0), ERR_OK);
	t->now = clock_wall_us();
}

static void
end(struct takes *t)
{
	buf_fini(&t->rows);
	rig_leave(&t->ctl);
	rig_close(&t->r);
}

static struct one
take(struct takes *t, uint64_t after, unsigned dests, unsigned per_dest)
{
	struct one o = new_one();

	buf_reset(&t->rows);
	o.take.now_us = t->now;
	o.take.only = UINT64_MAX;
	o.take.after = after;
	o.take.dests_max = dests;
	o.take.per_dest = per_dest;
	o.take.rows_max = 100;
	o.take.rows = &t->rows;
	t->r.ops->take(t->r.st, &o.take);
	EQ_INT(wait_for(&t->r, &o), ERR_OK);
	return o;
}

TEST(mem_take_by_destination)
{
	struct takes t;
	struct one o;
	uint64_t at, seen = 0;

	begin(&t, "a@d1.example b@d1.example c@d2.example d@d3.example");
	o = take(&t, UINT64_MAX, 1, 100);
	at = o.take.at;
	OK(o.take.n >= 1 && o.take.more);
	seen += o.take.n;
	o = take(&t, at, 10, 1);
	OK(o.take.at > at && !o.take.more);
	seen += o.take.n;
	unit_case("only one a destination");
	OK(seen == 3 || (seen == 4 && o.take.next_us == UINT64_MAX));
	if (seen == 3)
		OK(o.take.next_us <= t.now);
	o = take(&t, UINT64_MAX, 10, 10);
	EQ_INT(seen + o.take.n, 4);
	o = take(&t, UINT64_MAX, 10, 10);
	EQ_INT(o.take.n, 0);
	end(&t);
}

TEST(mem_take_skips_and_only)
{
	struct takes t;
	struct one o = new_one();
	uint64_t d1 = store_dest_of(SLICE("@d1.example"));

	begin(&t, "a@d1.example b@d2.example");
	o.take.now_us = t.now;
	o.take.only = UINT64_MAX;
	o.take.after = UINT64_MAX;
	o.take.skip = &d1;
	o.take.nskip = 1;
	o.take.dests_max = o.take.per_dest = o.take.rows_max = 10;
	o.take.rows = &t.rows;
	t.r.ops->take(t.r.st, &o.take);
	EQ_INT(wait_for(&t.r, &o), ERR_OK);
	EQ_STR(rig_rows(buf_slice(&t.rows)), "b@d2.example sending");
	buf_reset(&t.rows);
	o.take.nskip = 0;
	o.take.only = d1;
	t.r.ops->take(t.r.st, &o.take);
	EQ_INT(wait_for(&t.r, &o), ERR_OK);
	EQ_STR(rig_rows(buf_slice(&t.rows)), "a@d1.example sending");
	end(&t);
}

TEST(mem_take_of_suspended)
{
	struct rig r;
	struct rig_peer ctl, relay;
	struct store_deliver op = {.relay = true, .account = 3};
	enum err e;

	rig_open(&r);
	rig_join(&r, &ctl, ROLE_CTL);
	rig_join(&r, &relay, ROLE_RELAY);
	rig_doubt(&relay, 1, false, &e);
	EQ_INT(
	    deliver(&r, &op, "sue@example.test", "a@far.example", 0), ERR_OK);
	rig_get(&relay, MSG_QUEUE_DUE);
	EQ_INT(rig_take_all(&relay)->m.queue_rows.n, 0);
	EQ_STR(rig_queue(&ctl), "a@far.example held");
	EQ_STR(rig_trail(&ctl, &op.id), "received held");
	rig_leave(&relay);
	rig_leave(&ctl);
	rig_close(&r);
}

/* --- outcomes ------------------------------------------------------------ */

#define LATER(us) .next_us = (us)

static const struct {
	const char *name;
	struct store_outcome o;
	const char *queue, *trail;
} outcomes[] = {
    {"nothing",          {.kind = STORE_OUTCOME_RELEASE},                                "a@far.example due",
     "received"														  },
    {"done",	     {.kind = STORE_OUTCOME_DONE, .attempted = true},                "",
     "received sent"													     },
    {"failed",           {.kind = STORE_OUTCOME_FAILED, .attempted = true},              "",
     "received failed"													   },
    {"deferred",
     {.kind = STORE_OUTCOME_DEFERRED, .attempted = true, .next_us = 1},
     "a@far.example deferred 1",									      "received deferred"},
    {"deferred untried", {.kind = STORE_OUTCOME_DEFERRED, .next_us = 1},
     "a@far.example deferred",										"received deferred"},
    {"doubt",            {.kind = STORE_OUTCOME_DOUBT, .attempted = true, .next_us = 1},
     "a@far.example in-doubt 1",									      "received in-doubt"},
    {"held",	     {.kind = STORE_OUTCOME_HELD, .attempted = true},
     "a@far.example held 1",										  "received held"    },
};

static enum err
settle(struct takes *t, const struct store_outcome *o)
{
	struct one s = new_one();
	struct buf b = BUF_INIT(4096);

	EQ_INT(store_outcome_add(&b, o), ERR_OK);
	s.settle.outcomes = buf_slice(&b);
	s.settle.noutcomes = 1;
	t->r.ops->settle(t->r.st, &s.settle);
	(void)wait_for(&t->r, &s);
	buf_fini(&b);
	return s.err;
}

TEST(mem_outcomes)
{
	struct store_outcome o;
	struct store_out_row row;
	struct slice rows;
	struct takes t;

	for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
		unit_case(outcomes[i].name);
		begin(&t, "a@far.example");
		(void)take(&t, UINT64_MAX, 9, 9);
		rows = buf_slice(&t.rows);
		EQ_INT(store_out_rows_next(&rows, &row), ERR_OK);
		o = outcomes[i].o;
		o.key = row.key;
		EQ_INT(settle(&t, &o), ERR_OK);
		EQ_STR(rig_queue(&t.ctl), outcomes[i].queue);
		EQ_STR(rig_trail(&t.ctl, &o.key.id), outcomes[i].trail);
		unit_case("has no effect twice");
		EQ_INT(settle(&t, &o), ERR_OK);
		EQ_STR(rig_queue(&t.ctl), outcomes[i].queue);
		end(&t);
	}
}

/* In doubt, taken, given back: in doubt as it was. */
TEST(mem_doubt_stays_doubt)
{
	struct one d = new_one();
	struct store_outcome o = {.kind = STORE_OUTCOME_RELEASE};
	struct store_out_row row;
	struct slice rows;
	struct takes t;

	begin(&t, "a@far.example");
	(void)take(&t, UINT64_MAX, 9, 9);
	d.doubt.retry_us = t.now;
	t.r.ops->doubt(t.r.st, &d.doubt);
	EQ_INT(wait_for(&t.r, &d), ERR_OK);
	EQ_INT(d.doubt.n, 1);
	EQ_STR(rig_queue(&t.ctl), "a@far.example in-doubt 1");
	(void)take(&t, UINT64_MAX, 9, 9);
	rows = buf_slice(&t.rows);
	EQ_INT(store_out_rows_next(&rows, &row), ERR_OK);
	o.key = row.key;
	EQ_INT(settle(&t, &o), ERR_OK);
	EQ_STR(rig_queue(&t.ctl), "a@far.example in-doubt 1");
	end(&t);
}

static const struct {
	const char *name, *to;
	bool drop_double;
	unsigned alice; /* messages in her mailbox: she is the postmaster */
	const char *queue, *trail;
} reports[] = {
    {"to a mailbox",    "alice@example.test", false, 1, "",                   "received"},
    {"full mailbox",    "bob@example.test",   false, 0, "",                   "received"},
    {"elsewhere",       "s@else.example",     false, 0, "s@else.example due", "received"},
    {"to the host",     "root@mail.test",     false, 1, "",                   "received"},
    {"to nobody",       "zoe@example.test",   false, 1, "",                   "received"},
    {"to nobody, drop", "zoe@example.test",   true,  0, "",                   "dropped" },
};

TEST(mem_reports)
{
	for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
		struct store_outcome o = {.kind = STORE_OUTCOME_FAILED};
		struct store_report report = {{{0xff}},
		    slice_str(reports[i].to), false,
		    SLICE("12345678901234567890")};
		struct buf out = BUF_INIT(4096), rep = BUF_INIT(4096);
		struct one s = new_one();
		struct store_out_row row;
		struct slice rows;
		struct takes t;

		unit_case(reports[i].name);
		begin(&t, "a@far.example");
		t.r.conf.queue.drop_double = reports[i].drop_double;
		strcpy(t.r.conf.postmaster, "alice@example.test");
		strcpy(t.r.conf.hostname, "mail.test");
		(void)take(&t, UINT64_MAX, 9, 9);
		rows = buf_slice(&t.rows);
		store_out_rows_next(&rows, &row);
		o.key = row.key;
		store_outcome_add(&out, &o);
		store_report_add(&rep, &report);
		s.settle.outcomes = buf_slice(&out);
		s.settle.noutcomes = 1;
		s.settle.reports = buf_slice(&rep);
		s.settle.nreports = 1;
		t.r.ops->settle(t.r.st, &s.settle);
		EQ_INT(wait_for(&t.r, &s), ERR_OK);
		EQ_INT(rig_count(&t.r, RIG_ALICE), reports[i].alice);
		EQ_STR(rig_queue(&t.ctl), reports[i].queue);
		EQ_STR(rig_trail(&t.ctl, &report.id), reports[i].trail);
		buf_fini(&out);
		buf_fini(&rep);
		end(&t);
	}
}
