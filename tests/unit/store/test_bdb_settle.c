/*
 * What becomes of what was taken: each outcome, reports with them, all or
 * nothing.
 * Covers: store/bdb/bdb_report.c store/bdb/bdb_out.c store/bdb/bdb_dues.c
 * store/bdb/bdb_cursor.c
 */
#include "tests/unit/store/bdb_out_fixture.h"

#include "base/clock.h"

#include <string.h>

static const struct {
	const char *name, *story;
	enum store_outcome_kind kind;
	enum store_out_state state; /* 0: gone */
	unsigned attempts, due;
} outcomes[] = {
    {"done",     "received sent",     STORE_OUTCOME_DONE,     0,               0, 0},
    {"failed",   "received failed",   STORE_OUTCOME_FAILED,   0,               0, 0},
    {"deferred", "received deferred", STORE_OUTCOME_DEFERRED,
     STORE_OUT_DEFERRED,						       1, 1},
    {"doubt",    "received in-doubt", STORE_OUTCOME_DOUBT,    STORE_OUT_DOUBT, 1, 1},
    {"held",     "received held",     STORE_OUTCOME_HELD,     STORE_OUT_HELD,  1, 0},
    {"release",  "received",          STORE_OUTCOME_RELEASE,  STORE_OUT_DUE,   0, 1},
};

TEST(settle_each_outcome)
{
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
		bool gone = outcomes[i].state == 0;
		struct mail_id id;
		struct out_fix x;

		unit_case(outcomes[i].name);
		out_begin(&x);
		EQ_INT(out_send(&x, "a@one.test", &id), ERR_OK);
		EQ_INT(out_take_all(&x), 1);
		x.dues = 0;
		EQ_INT(out_settle_row(&x, 0, outcomes[i].kind), ERR_OK);
		EQ_INT(x.dues, outcomes[i].due);
		EQ_INT(out_list(&x), gone ? 0 : 1);
		if (!gone) {
			EQ_INT(x.row[0].out.state, outcomes[i].state);
			EQ_INT(x.row[0].out.attempts, outcomes[i].attempts);
			EQ_INT(x.row[0].out.was, 0);
		}
		EQ_INT(out_records(&x, BDB_SENDING), 0);
		EQ_INT(out_records(&x, BDB_DUE), outcomes[i].due);
		EQ_INT(out_records(&x, BDB_QUEUE), gone ? 0 : 1);
		EQ_INT(out_bodies(&x), gone ? 0 : 1);
		EQ_STR(out_story(&x, &id), outcomes[i].story);
		EQ_STR(out_verify(&x), "");
		out_end(&x);
	}
}

TEST(settle_keeps_what_was_said)
{
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	EQ_INT(out_take_all(&x), 1);
	EQ_INT(out_settle_row(&x, 0, STORE_OUTCOME_DEFERRED), ERR_OK);
	EQ_INT(out_list(&x), 1);
	EQ_INT(x.row[0].out.code, 450);
	EQ_SLICE(x.row[0].out.reply, "what it said");
	EQ_SLICE(x.row[0].out.host, "mx.remote.test[192.0.2.1]:25");
	OK(x.row[0].out.next_us > clock_wall_us());
	OK(x.due_us == x.row[0].out.next_us);
	OK(x.due_dest == store_dest_of(SLICE("a@one.test")));
	out_end(&x);
}

/* The body goes with the last of those who have it, wherever they are. */
TEST(settle_last_takes_the_body)
{
	struct buf out = BUF_INIT(4096);
	struct mail_id id;
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test bob@example.test b@two.test", &id),
	    ERR_OK);
	EQ_INT(out_records(&x, BDB_BODYREF), 1);
	EQ_INT(out_take_all(&x), 2);
	EQ_INT(out_settle_row(&x, 0, STORE_OUTCOME_DONE), ERR_OK);
	EQ_INT(out_records(&x, BDB_QUEUE), 1);
	EQ_STR(out_verify(&x), "");
	EQ_INT(out_settle_row(&x, 1, STORE_OUTCOME_DONE), ERR_OK);
	EQ_INT(out_records(&x, BDB_QUEUE), 0);
	EQ_INT(out_records(&x, BDB_RCPT), 0);
	EQ_INT(out_records(&x, BDB_BODYREF), 0);
	EQ_INT(out_bodies(&x), 1);
	EQ_INT(fix_read(&x.f, 2, &id, 0, 4096, &out, NULL), ERR_OK);
	EQ_STR(out_verify(&x), "");
	buf_fini(&out);
	out_end(&x);
}

/* Nothing of a settle that comes too late, or twice, counts. */
TEST(settle_too_late_has_no_effect)
{
	struct store_outcome o = {.kind = STORE_OUTCOME_DONE};
	struct store_report r = {.to = SLICE("bob@example.test"),
	    .body = SLICE("Subject: r\r\n\r\nno\r\n")};
	struct out_fix x;

	out_begin(&x);
	r.id = mail_id_make(&x.f.maker);
	EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	EQ_INT(out_list(&x), 1);
	o.key = x.row[0].key;
	EQ_INT(out_settle(&x, &o, &r), ERR_OK); /* not taken */
	EQ_INT(out_list(&x), 1);
	EQ_INT(out_take_all(&x), 1);
	EQ_INT(out_settle(&x, &o, NULL), ERR_OK);
	EQ_INT(out_settle(&x, &o, &r), ERR_OK); /* gone */
	EQ_INT(fix_count(&x.f, 2), 0);
	out_end(&x);
}

static const struct {
	const char *name, *to;
	bool drop_double;
	unsigned ann, bob, queued;
	const char *story; /* of the report */
} reports[] = {
    {"to a mailbox",           "ann@example.test", false, 1, 0, 0, "received"},
    {"elsewhere",              "x@two.test",       false, 0, 0, 1, "received"},
    {"to the host itself",     "root@Mail.test",   false, 0, 1, 0, "received"},
    {"nowhere: to postmaster", "no@example.test",  false, 0, 1, 0, "received"},
    {"nowhere: dropped",       "no@example.test",  true,  0, 0, 0, "dropped" },
};

TEST(settle_brings_reports)
{
	for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
		struct store_outcome o = {
		    .kind = STORE_OUTCOME_FAILED, .code = 550};
		struct store_report r = {.to = slice_str(reports[i].to),
		    .body = SLICE("Subject: r\r\n\r\nno\r\n")};
		struct buf out = BUF_INIT(4096);
		struct mail_id id;
		struct out_fix x;

		unit_case(reports[i].name);
		out_begin(&x);
		x.f.conf.queue.drop_double = reports[i].drop_double;
		(void)strcpy(x.f.conf.postmaster, "bob@example.test");
		(void)strcpy(x.f.conf.hostname, "mail.test");
		x.f.ops->reload(x.f.st, &x.f.conf);
		r.id = mail_id_make(&x.f.maker);
		EQ_INT(out_send(&x, "a@one.test", &id), ERR_OK);
		EQ_INT(out_take_all(&x), 1);
		o.key = x.row[0].key;
		EQ_INT(out_settle(&x, &o, &r), ERR_OK);
		EQ_INT(fix_count(&x.f, 1), reports[i].ann);
		EQ_INT(fix_count(&x.f, 2), reports[i].bob);
		EQ_INT(out_list(&x), reports[i].queued);
		if (reports[i].queued > 0) {
			EQ_SLICE(x.row[0].env.from, "");
			EQ_SLICE(x.row[0].out.addr, "x@two.test");
			OK(mail_id_cmp(&x.row[0].key.id, &r.id) == 0);
			OK(x.due_dest == store_dest_of(SLICE("x@two.test")));
		}
		if (reports[i].ann > 0) {
			EQ_INT(fix_read(&x.f, 1, &r.id, 0, 4096, &out, NULL),
			    ERR_OK);
			EQ_SLICE(buf_slice(&out),
			    "Return-Path: <>\r\n"
			    "Delivered-To: ann@example.test\r\n"
			    "Subject: r\r\n\r\nno\r\n");
		}
		EQ_STR(out_story(&x, &id), "received failed");
		EQ_STR(out_story(&x, &r.id), reports[i].story);
		EQ_STR(out_verify(&x), "");
		buf_fini(&out);
		out_end(&x);
	}
}

/* A report is not refused by a quota. */
TEST(settle_report_has_room)
{
	struct store_outcome o = {.kind = STORE_OUTCOME_FAILED};
	struct store_report r = {.to = SLICE("ann@example.test"),
	    .body = SLICE("Subject: r\r\n\r\nno\r\n")};
	struct out_fix x;

	out_begin(&x);
	fix_user(&x.f, 1, "ann@example.test", 10);
	r.id = mail_id_make(&x.f.maker);
	EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	EQ_INT(out_take_all(&x), 1);
	o.key = x.row[0].key;
	EQ_INT(out_settle(&x, &o, &r), ERR_OK);
	EQ_INT(fix_count(&x.f, 1), 1);
	out_end(&x);
}

/* Of what is for the postmaster there is no report, or a postmaster elsewhere
 * who cannot be reached would be told of that for ever. */
TEST(settle_report_to_postmaster_is_the_last)
{
	struct store_outcome o = {.kind = STORE_OUTCOME_FAILED};
	struct store_report r = {.to = SLICE("postmaster"),
	    .body = SLICE("Subject: r\r\n\r\nno\r\n")};
	struct out_fix x;

	for (int direct = 0; direct < 2; direct++) {
		out_begin(&x);
		(void)strcpy(x.f.conf.postmaster, "boss@two.test");
		x.f.ops->reload(x.f.st, &x.f.conf);
		r.id = mail_id_make(&x.f.maker);
		r.to = direct != 0 ? SLICE("postmaster")
				   : SLICE("no@example.test");
		EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
		EQ_INT(out_take_all(&x), 1);
		o.key = x.row[0].key;
		EQ_INT(out_settle(&x, &o, &r), ERR_OK);
		EQ_INT(out_list(&x), 1);
		EQ_SLICE(x.row[0].out.addr, "boss@two.test");
		EQ_INT(x.row[0].out.notify, STORE_NOTIFY_NEVER);
		out_end(&x);
	}
}

/* A mailbox that is damaged does not keep the outcomes from being settled, and
 * nothing stays of what was tried there. */
TEST(settle_report_goes_round_damage)
{
	struct store_outcome o = {.kind = STORE_OUTCOME_FAILED};
	struct store_report r = {.to = SLICE("ann@example.test"),
	    .body = SLICE("Subject: r\r\n\r\nno\r\n")};
	struct bdb_key k = bdb_key_id(1);
	struct out_fix x;

	out_begin(&x);
	(void)strcpy(x.f.conf.postmaster, "bob@example.test");
	x.f.ops->reload(x.f.st, &x.f.conf);
	EQ_INT(bdb_put(&x.f.st->loop_work, x.f.st->db[BDB_TOTAL], &k,
		   SLICE("x"), 0),
	    ERR_OK);
	r.id = mail_id_make(&x.f.maker);
	EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	EQ_INT(out_take_all(&x), 1);
	o.key = x.row[0].key;
	EQ_INT(out_settle(&x, &o, &r), ERR_OK);
	EQ_INT(out_list(&x), 0);
	EQ_INT(fix_count(&x.f, 1), 0);
	EQ_INT(fix_count(&x.f, 2), 1);
	EQ_STR(out_story(&x, &r.id), "received");
	EQ_STR(out_verify(&x), "mailbox 1: total is damaged\n");
	out_end(&x);
}

/* The largest that fits a settle, in one transaction. */
TEST(settle_report_is_large)
{
	enum { LARGE = 3 * OUT_MIB - 4096 };
	static char body[LARGE];
	struct store_outcome o = {.kind = STORE_OUTCOME_FAILED};
	struct store_report r = {.to = SLICE("ann@example.test"),
	    .body = slice_of(body, sizeof body)};
	struct out_fix x;

	out_begin(&x);
	r.id = mail_id_make(&x.f.maker);
	EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	EQ_INT(out_take_all(&x), 1);
	o.key = x.row[0].key;
	EQ_INT(out_settle(&x, &o, &r), ERR_OK);
	EQ_INT(fix_count(&x.f, 1), 1);
	EQ_STR(out_verify(&x), "");
	out_end(&x);
}

/* One that is malformed behind one that is not: nothing of both. */
TEST(settle_is_all_or_nothing)
{
	struct buf b = BUF_INIT(4096);
	struct store_outcome o = {.kind = STORE_OUTCOME_DONE};
	struct store_settle q = {.op.done = fix_done, .noutcomes = 2};
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test", NULL), ERR_OK);
	EQ_INT(out_take_all(&x), 1);
	o.key = x.row[0].key;
	EQ_INT(store_outcome_add(&b, &o), ERR_OK);
	buf_add_str(&b, "rubbish");
	q.outcomes = buf_slice(&b);
	x.f.ops->settle(x.f.st, &q);
	EQ_INT(fix_wait(&x.f, &q.op), ERR_PROTO);
	EQ_INT(out_records(&x, BDB_SENDING), 1);
	EQ_INT(out_records(&x, BDB_QUEUE), 1);
	EQ_STR(out_verify(&x), "");
	buf_fini(&b);
	out_end(&x);
}

/* A record in state REPORT is taken as others are, and goes back to that. */
TEST(settle_of_a_report_to_be_written)
{
	struct store_outcome o = {
	    .kind = STORE_OUTCOME_DEFERRED, .next_us = 1, .reply = SLICE("y")};
	struct store_report r = {.to = SLICE("ann@example.test"),
	    .body = SLICE("Subject: r\r\n\r\nno\r\n")};
	unsigned done, busy;
	struct store_trail_row row;
	struct store_trail t;
	struct mail_id id;
	char hex[MAIL_ID_HEX];
	struct buf rows = BUF_INIT(65536);
	struct store_trail_list q = {
	    .op.done = fix_done, .by_id = true, .max = 1, .rows = &rows};
	struct slice rest;
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test", &id), ERR_OK);
	EQ_INT(out_list(&x), 1);
	EQ_INT(out_edit(&x, STORE_EDIT_BOUNCE, "why", &done, &busy), ERR_OK);
	EQ_INT(x.due_dest, STORE_DEST_REPORT);
	EQ_INT(out_take_all(&x), 1);
	EQ_INT(x.row[0].out.state, STORE_OUT_SENDING);
	EQ_INT(x.row[0].out.report, STORE_REPORT_FAILED);
	o.key = x.row[0].key;
	EQ_INT(out_settle(&x, &o, NULL), ERR_OK);
	EQ_INT(out_list(&x), 1);
	EQ_INT(x.row[0].out.state, STORE_OUT_REPORT);
	EQ_SLICE(x.row[0].out.reply, "why"); /* what is to be reported */
	EQ_INT(out_take_all(&x), 1);
	EQ_INT(out_doubt(&x, 5, true), 1); /* reports are never in doubt */
	EQ_INT(out_take_all(&x), 1);
	r.id = mail_id_make(&x.f.maker);
	o.kind = STORE_OUTCOME_DONE;
	EQ_INT(out_settle(&x, &o, &r), ERR_OK);
	EQ_INT(fix_count(&x.f, 1), 1);
	EQ_STR(out_story(&x, &id), "received failed deferred reported");
	q.id = id;
	x.f.ops->trail(x.f.st, &q);
	EQ_INT(fix_wait(&x.f, &q.op), ERR_OK);
	rest = buf_slice(&rows);
	while (store_trail_rows_next(&rest, &row) == ERR_OK)
		EQ_INT(store_trail_decode(row.record, &t), ERR_OK);
	mail_id_hex(&r.id, hex);
	OK(slice_eq(t.ref, slice_of(hex, sizeof hex)));
	EQ_STR(out_verify(&x), "");
	buf_fini(&rows);
	out_end(&x);
}

/* More destinations than are told one by one: "look at everything". */
TEST(dues_are_bounded)
{
	struct bdb_dues d = {.n = 0};

	for (unsigned i = 0; i < 3 * BDB_DUES_MAX; i++)
		bdb_dues_add(&d, i % (2 * BDB_DUES_MAX), 1000 - i);
	EQ_INT(d.n, BDB_DUES_MAX);
	OK(d.many);
	EQ_INT(d.many_us, 1000 - 2 * BDB_DUES_MAX + 1);
	EQ_INT(d.due[0].us, 1000 - 2 * BDB_DUES_MAX);
}

TEST(dues_of_many_destinations)
{
	struct buf to = BUF_INIT(65536);
	struct out_fix x;

	out_begin(&x);
	for (unsigned i = 0; i < 200; i++)
		buf_addf(&to, "%sa@d%u.test", i > 0 ? " " : "", i);
	EQ_INT(out_send(&x, buf_cstr(&to), NULL), ERR_OK);
	EQ_INT(x.dues, BDB_DUES_MAX + 1);
	OK(x.due_dest == UINT64_MAX);
	EQ_INT(out_take_all(&x), 200);
	buf_fini(&to);
	out_end(&x);
}
