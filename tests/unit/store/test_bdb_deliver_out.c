/*
 * The part of a delivery that goes out: recipients elsewhere, forwards, who
 * wants to be told, limits.
 * Covers: store/bdb/bdb_sent.c
 */
#include "tests/unit/store/bdb_out_fixture.h"

#include "base/clock.h"
#include "proc/msg.h"

#include <string.h>

enum { NS = STORE_NOTIFY_SUCCESS, NF = STORE_NOTIFY_FAILURE };

static enum err
send_with(struct out_fix *x, struct store_rcpt r, const char *loops,
    struct mail_id *id)
{
	struct buf rcpts = BUF_INIT(65536);
	struct store_deliver q = out_mail(x, &rcpts, "");
	enum err e;

	store_rcpt_add(&rcpts, &r);
	q.rcpts = buf_slice(&rcpts);
	q.nrcpts = 1;
	q.loops = slice_str(loops);
	e = out_deliver(x, &q);
	*id = q.id;
	buf_fini(&rcpts);
	return e;
}

TEST(deliver_out_and_in_at_once)
{
	struct buf out = BUF_INIT(4096);
	struct store_queue_read read = {
	    .op.done = fix_done, .max = 4096, .out = &out};
	struct mail_id id;
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "bob@example.test c@one.test", &id), ERR_OK);
	EQ_INT(fix_count(&x.f, 2), 1);
	EQ_INT(out_list(&x), 1);
	EQ_INT(x.row[0].out.state, STORE_OUT_DUE);
	EQ_SLICE(x.row[0].out.prefix, "");
	EQ_INT(x.row[0].env.account, 1);
	EQ_INT(x.row[0].env.rcpts, 1);
	OK(x.row[0].out.since_us <= clock_wall_us());
	read.id = id;
	x.f.ops->queue_read(x.f.st, &read);
	EQ_INT(fix_wait(&x.f, &read.op), ERR_OK);
	EQ_SLICE(buf_slice(&out), "Subject: x\r\n\r\nbody\r\n");
	EQ_INT(read.total, out.len);
	EQ_INT(out_bodies(&x), 1);
	EQ_STR(out_verify(&x), "");
	buf_fini(&out);
	out_end(&x);
}

TEST(deliver_out_only_for_who_may_relay)
{
	struct buf rcpts = BUF_INIT(4096);
	struct store_deliver q;
	struct out_fix x;

	out_begin(&x);
	q = out_mail(&x, &rcpts, "bob@example.test c@one.test");
	q.relay = false;
	EQ_INT(out_deliver(&x, &q), ERR_NOENT);
	EQ_INT(fix_count(&x.f, 2), 0);
	EQ_INT(out_records(&x, BDB_TRAIL), 0);
	buf_fini(&rcpts);
	out_end(&x);
}

/* The same id again: nothing is queued twice, not even when it has been sent
 * meanwhile. */
TEST(deliver_out_twice_is_once)
{
	struct buf rcpts = BUF_INIT(4096);
	struct store_deliver q;
	struct out_fix x;

	out_begin(&x);
	q = out_mail(&x, &rcpts, "bob@example.test c@one.test");
	EQ_INT(out_deliver(&x, &q), ERR_OK);
	EQ_INT(q.queued, 1);
	EQ_INT(out_deliver(&x, &q), ERR_OK);
	EQ_INT(out_list(&x), 1);
	EQ_INT(out_take_all(&x), 1);
	EQ_INT(out_settle_row(&x, 0, STORE_OUTCOME_DONE), ERR_OK);
	EQ_INT(out_deliver(&x, &q), ERR_OK);
	EQ_INT(out_list(&x), 0);
	EQ_INT(fix_count(&x.f, 2), 1);
	EQ_STR(out_story(&x, &q.id), "received sent");
	EQ_STR(out_verify(&x), "");
	buf_fini(&rcpts);
	out_end(&x);
}

/* A large one is written in steps, and queued with its last piece. */
TEST(deliver_out_large)
{
	enum { LARGE = 5 * OUT_MIB };
	static char body[LARGE];
	struct buf rcpts = BUF_INIT(4096), out = BUF_INIT(2 * LARGE);
	struct store_queue_read read = {
	    .op.done = fix_done, .max = 2 * LARGE, .out = &out};
	struct store_deliver q;
	struct out_fix x;

	out_begin(&x);
	memset(body, 'x', sizeof body);
	q = out_mail(&x, &rcpts, "c@one.test");
	q.head = slice_of(body, sizeof body);
	EQ_INT(out_deliver(&x, &q), ERR_OK);
	EQ_INT(x.dues, 1);
	read.id = q.id;
	x.f.ops->queue_read(x.f.st, &read);
	EQ_INT(fix_wait(&x.f, &read.op), ERR_OK);
	EQ_INT(out.len, LARGE);
	OK(memcmp(out.p, body, LARGE) == 0);
	EQ_STR(out_verify(&x), "");
	EQ_INT(out_take_all(&x), 1);
	EQ_INT(out_settle_row(&x, 0, STORE_OUTCOME_DONE), ERR_OK);
	for (unsigned i = 0; i < 6000 && out_bodies(&x) > 0; i++)
		net_loop_turn(x.f.loop, 10);
	EQ_INT(out_bodies(&x), 0);
	EQ_STR(out_verify(&x), "");
	buf_fini(&rcpts);
	buf_fini(&out);
	out_end(&x);
}

static const struct {
	const char *name, *to;
	unsigned notify, boxes, n;
	enum store_out_report report; /* of the last */
	unsigned last_notify;
} tolds[] = {
    {"mailbox",          "bob@example.test",  NS | NF, 1, 1, STORE_REPORT_DELIVERED,
     NS | NF										},
    {"mailbox, not",     "bob@example.test",  NF,      1, 0, 0,                      0      },
    {"elsewhere",        "c@one.test",        NS | NF, 0, 1, 0,                      NS | NF},
    {"list",	     "list@example.test", NS | NF, 1, 2, STORE_REPORT_EXPANDED,
     NS | NF										},
    {"forwarded by one", "out@example.test",  NS,      0, 1, 0,                      NS     },
};

TEST(deliver_out_tells_of_success)
{
	for (size_t i = 0; i < sizeof tolds / sizeof *tolds; i++) {
		struct store_rcpt r = {.addr = slice_str(tolds[i].to),
		    .orcpt = SLICE("rfc822;q@x"),
		    .notify = tolds[i].notify};
		struct mail_id id;
		struct out_fix x;
		struct out_row *last;

		unit_case(tolds[i].name);
		out_begin(&x);
		fix_alias(&x.f, "list@example.test",
		    "bob@example.test\nc@one.test\n");
		fix_alias(&x.f, "out@example.test", "c@one.test\n");
		EQ_INT(send_with(&x, r, "", &id), ERR_OK);
		EQ_INT(fix_count(&x.f, 2), tolds[i].boxes);
		EQ_INT(out_list(&x), tolds[i].n);
		if (x.n > 0) {
			last = &x.row[x.n - 1];
			EQ_INT(last->out.report, tolds[i].report);
			EQ_INT(last->out.notify, tolds[i].last_notify);
			EQ_SLICE(last->out.orcpt, "rfc822;q@x");
		}
		if (x.n == 2) /* the list's members say nothing of it */
			EQ_INT(x.row[0].out.notify, NF);
		EQ_STR(out_verify(&x), "");
		out_end(&x);
	}
}

TEST(deliver_out_forwards)
{
	struct store_rcpt r = {.addr = SLICE("out@example.test")};
	struct mail_id id;
	struct out_fix x;

	out_begin(&x);
	fix_alias(&x.f, "out@example.test", "c@one.test\n");
	EQ_INT(send_with(&x, r, "x@y.test\n", &id), ERR_OK);
	EQ_INT(out_list(&x), 1);
	EQ_SLICE(x.row[0].out.addr, "c@one.test");
	EQ_SLICE(x.row[0].out.prefix, "Delivered-To: out@example.test\r\n");
	/* what it has forwarded comes back: an end of it, and its sender is
	 * told */
	EQ_INT(send_with(&x, r, "x@y.test\nout@example.test\n", &id), ERR_OK);
	EQ_INT(x.due_dest, STORE_DEST_REPORT);
	EQ_INT(out_list(&x), 2);
	EQ_INT(x.row[1].out.state, STORE_OUT_REPORT);
	EQ_INT(x.row[1].out.report, STORE_REPORT_FAILED);
	EQ_SLICE(x.row[1].out.status, "5.4.6");
	EQ_STR(out_story(&x, &id), "received failed");
	EQ_STR(out_verify(&x), "");
	out_end(&x);
}

/* Beyond the limit mail is held, and one notice goes to each of two. */
TEST(deliver_out_is_limited)
{
	struct buf rcpts = BUF_INIT(4096);
	unsigned told = 0, held = 0;
	struct store_deliver q;
	struct out_fix x;

	out_begin(&x);
	x.f.conf.limits.user_messages_per_hour = 3;
	x.f.ops->reload(x.f.st, &x.f.conf);
	for (unsigned i = 0; i < 5; i++) {
		q = out_mail(&x, &rcpts, "a@one.test");
		EQ_INT(out_deliver(&x, &q), ERR_OK);
		EQ_INT(q.queued, 1);
		EQ_INT(q.held, i >= 3);
	}
	q = out_mail(&x, &rcpts, "bob@example.test");
	EQ_INT(out_deliver(&x, &q), ERR_OK); /* stays here */
	q = out_mail(&x, &rcpts, "a@one.test");
	q.account = 2;
	EQ_INT(out_deliver(&x, &q), ERR_OK);
	EQ_INT(q.held, 0);
	EQ_INT(out_list(&x), 8);
	for (unsigned i = 0; i < x.n; i++) {
		held += x.row[i].out.state == STORE_OUT_HELD;
		told += x.row[i].out.report == STORE_REPORT_LIMIT;
	}
	EQ_INT(held, 2);
	EQ_INT(told, 2);
	EQ_SLICE(x.row[3].out.reply, "hourly limit of 3 messages");
	EQ_SLICE(x.row[4].out.addr, "ann@example.test");
	EQ_SLICE(x.row[5].out.addr, "postmaster");
	EQ_STR(out_verify(&x), "");
	buf_fini(&rcpts);
	out_end(&x);
}

TEST(deliver_out_limits_recipients)
{
	struct out_fix x;

	out_begin(&x);
	x.f.conf.limits.user_recipients_per_hour = 3;
	x.f.ops->reload(x.f.st, &x.f.conf);
	EQ_INT(out_send(&x, "a@one.test b@one.test", NULL), ERR_OK);
	EQ_INT(out_send(&x, "a@one.test b@one.test", NULL), ERR_OK);
	EQ_INT(out_list(&x), 6);
	EQ_INT(x.row[1].out.state, STORE_OUT_DUE);
	EQ_INT(x.row[2].out.state, STORE_OUT_HELD);
	EQ_INT(x.row[3].out.state, STORE_OUT_HELD);
	EQ_SLICE(x.row[2].out.reply, "hourly limit of 3 recipients");
	/* what is held has not been sent */
	EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	EQ_INT(out_list(&x), 7);
	EQ_INT(x.row[6].out.state, STORE_OUT_DUE);
	out_end(&x);
}

#define HOUR_US ((uint64_t)3600 * 1000000)
static const struct {
	const char *name;
	uint64_t us; /* behind the beginning of an hour */
	unsigned rcpts;
	bool held, tell;
} hours[] = {
    {"first",		 0,		   1, false, false},
    {"nine at once",          1,                   9, false, false},
    {"one more",              2,                   1, true,  true },
    {"and another",           HOUR_US - 1,         1, true,  false},
    {"the hour is over",      HOUR_US,             1, true,  true },
    {"half of it counts",     HOUR_US * 3 / 2,     5, false, false},
    {"no more of it",         HOUR_US * 3 / 2 + 1, 2, true,  false},
    {"nothing of it counts",  HOUR_US * 3,         9, false, false},
    {"the clock is set back", HOUR_US,             2, true,  true },
};

TEST(sent_window_slides)
{
	struct store_verdict v;
	struct out_fix x;

	out_begin(&x);
	x.f.conf.limits.user_recipients_per_hour = 10;
	x.f.ops->reload(x.f.st, &x.f.conf);
	for (size_t i = 0; i < sizeof hours / sizeof *hours; i++) {
		unit_case(hours[i].name);
		EQ_INT(bdb_sent_add(&x.f.st->loop_work, 7,
			   1000 * HOUR_US + hours[i].us, hours[i].rcpts, &v),
		    ERR_OK);
		EQ_INT(v.held, hours[i].held);
		EQ_INT(v.tell, hours[i].tell);
	}
	out_end(&x);
}

TEST(deliver_out_imports_leave_no_trail)
{
	struct buf rcpts = BUF_INIT(4096);
	struct store_rcpt r = {.mailbox = 2};
	struct store_deliver q;
	struct out_fix x;

	out_begin(&x);
	q = out_mail(&x, &rcpts, "");
	store_rcpt_add(&rcpts, &r);
	q.rcpts = buf_slice(&rcpts);
	q.flags = MSG_DELIVER_IMPORT;
	EQ_INT(out_deliver(&x, &q), ERR_OK);
	EQ_INT(out_records(&x, BDB_TRAIL) + out_records(&x, BDB_SEEN), 0);
	buf_fini(&rcpts);
	out_end(&x);
}
