/* What waits to go out as octets: there and back, cut short, out of order. */
#include "store/store_queue.h"

#include "store/store_rcpt.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

/* as SLICE, for tables */
#define S(literal)                                                             \
	{                                                                      \
		"" literal, sizeof(literal) - 1                                \
	}

static const struct store_envelope an_envelope = {
    .from = S("alice@example.test"),
    .envid = S("QQ314159"),
    .flags = STORE_ENV_UTF8 | STORE_ENV_8BIT,
    .ret = 2,
    .account = 7,
    .octets = 1ull << 33,
    .body = 12,
    .sum = UINT64_MAX,
    .made_us = 1000,
    .rcpts = 3,
    .left = 2,
};
static const struct store_out an_out = {
    .state = STORE_OUT_DEFERRED,
    .addr = S("bob@elsewhere.example"),
    .orcpt = S("rfc822;bob@elsewhere.example"),
    .notify = STORE_NOTIFY_FAILURE | STORE_NOTIFY_DELAY,
    .sender = S("SRS0=abcd=ef=example.test=alice@ours.test"),
    .prefix = S("Delivered-To: x@ours.test\r\n"),
    .next_us = 5000,
    .since_us = 1000,
    .attempts = 4,
    .delay_told = true,
    .last_us = 4000,
    .code = 451,
    .status = S("4.7.1"),
    .reply = S("451 4.7.1 wait a minute, \xc3\xa4"),
    .host = S("mx.elsewhere.example[192.0.2.1]:25"),
};
static const struct store_outcome an_outcome = {
    .key = {{{1, 2, 3}}, 9},
    .kind = STORE_OUTCOME_DEFERRED,
    .attempted = true,
    .delay_told = true,
    .next_us = 77,
    .code = 421,
    .status = S("4.3.2"),
    .reply = S("421 4.3.2 closing"),
    .host = S("mx.test[192.0.2.1]:25"),
    .tls = S("TLSv1.3 verified"),
};

TEST(envelope_there_and_back)
{
	struct store_envelope got;
	struct buf b = BUF_INIT(4096);

	EQ_INT(store_envelope_encode(&an_envelope, &b), ERR_OK);
	EQ_INT(store_envelope_decode(buf_slice(&b), &got), ERR_OK);
	EQ_SLICE(got.from, "alice@example.test");
	EQ_SLICE(got.envid, "QQ314159");
	OK(got.flags == 3 && got.ret == 2 && got.account == 7);
	OK(got.octets == 1ull << 33 && got.body == 12 && got.made_us == 1000);
	OK(got.sum == UINT64_MAX && got.rcpts == 3 && got.left == 2);
	buf_fini(&b);
}

TEST(out_there_and_back)
{
	struct store_out got;
	struct buf b = BUF_INIT(4096);

	EQ_INT(store_out_encode(&an_out, &b), ERR_OK);
	EQ_INT(store_out_decode(buf_slice(&b), &got), ERR_OK);
	OK(got.state == STORE_OUT_DEFERRED && got.report == 0 && got.was == 0);
	EQ_SLICE(got.addr, "bob@elsewhere.example");
	EQ_SLICE(got.orcpt, "rfc822;bob@elsewhere.example");
	EQ_INT(got.notify, STORE_NOTIFY_FAILURE | STORE_NOTIFY_DELAY);
	EQ_SLICE(got.sender, "SRS0=abcd=ef=example.test=alice@ours.test");
	EQ_SLICE(got.prefix, "Delivered-To: x@ours.test\r\n");
	OK(got.next_us == 5000 && got.since_us == 1000 && got.attempts == 4);
	OK(got.delay_told && got.last_us == 4000 && got.code == 451);
	EQ_SLICE(got.status, "4.7.1");
	EQ_SLICE(got.reply, "451 4.7.1 wait a minute, \xc3\xa4");
	EQ_SLICE(got.host, "mx.elsewhere.example[192.0.2.1]:25");
	buf_fini(&b);
}

#define OUT(s, r, w)                                                           \
	{                                                                      \
		.state = (s), .report = (r), .was = (w), .addr = S("b@x.test") \
	}

static const struct {
	const char *name;
	struct store_out out;
	enum err want;
} outs[] = {
    {"least",	      OUT(STORE_OUT_DUE,                   0,					    0), ERR_OK},
    {"a report",              OUT(STORE_OUT_REPORT,						 STORE_REPORT_FAILED,										    0), ERR_OK},
    {"a report taken", OUT(STORE_OUT_SENDING,STORE_REPORT_LIMIT,6), ERR_OK},
    {"taken again",     OUT(STORE_OUT_SENDING,                   0,							    STORE_OUT_DOUBT), ERR_OK},
    {"no state",              OUT((enum store_out_state)0,						 0,										 0), ERR_TOOBIG},
    {"no such state",                   OUT((enum store_out_state)7,                    0,0), ERR_TOOBIG},
    {"nothing to report",           OUT(STORE_OUT_REPORT,      0, 0), ERR_TOOBIG},
    {"due with a report",          OUT(STORE_OUT_DUE,					     STORE_REPORT_FAILED,									   0),
     ERR_TOOBIG},
    {"was, but not taken",                   OUT(STORE_OUT_DUE,                                 0,								     STORE_OUT_DUE), ERR_TOOBIG},
    {"no address",  {.state = STORE_OUT_DUE},       ERR_TOOBIG                                            },
    {"address of lines",
     {.state = STORE_OUT_DUE, .addr = S("b@x.test\r\nRCPT")},                                             ERR_SYNTAX                                                                      },
    {"reply of lines",
     {.state = STORE_OUT_DUE, .addr = S("b@x.test"), .reply = S("a\nb")},
     ERR_SYNTAX											     },
    {"code of four digits",
     {.state = STORE_OUT_DUE, .addr = S("b@x.test"), .code = 1000},
     ERR_TOOBIG           },
};

TEST(out_consistency)
{
	struct buf b = BUF_INIT(4096);

	for (size_t i = 0; i < sizeof outs / sizeof outs[0]; i++) {
		buf_reset(&b);
		unit_case(outs[i].name);
		EQ_INT(store_out_encode(&outs[i].out, &b), outs[i].want);
		OK((b.len == 0) == (outs[i].want != ERR_OK));
	}
	buf_fini(&b);
}

TEST(envelope_with_too_many_left)
{
	struct store_envelope v = an_envelope;
	struct buf b = BUF_INIT(4096);

	v.left = v.rcpts + 1;
	EQ_INT(store_envelope_encode(&v, &b), ERR_TOOBIG);
	/* the last field is `left`: spoil it where it lies */
	EQ_INT(store_envelope_encode(&an_envelope, &b), ERR_OK);
	b.p[b.len - 1] = 4;
	EQ_INT(store_envelope_decode(buf_slice(&b), &v), ERR_CORRUPT);
	buf_fini(&b);
}

/* Exact copies of every length: overreads show. */
static void
each_cut(const struct buf *b, enum err (*decode)(struct slice s))
{
	char *exact;

	for (size_t n = 0; n < b->len; n++) {
		exact = malloc(n + 1);
		memcpy(exact, b->p, n);
		(void)decode(slice_of(exact, n));
		free(exact);
	}
}

static enum err
try_out(struct slice s)
{
	struct store_out o;
	enum err e = store_out_decode(s, &o);

	OK(e == ERR_OK || e == ERR_CORRUPT);
	return e;
}

static enum err
try_rows(struct slice s)
{
	struct store_out_row r;
	enum err e = store_out_rows_next(&s, &r);

	EQ_INT(e, s.len == 0 && e == ERR_NOENT ? ERR_NOENT : ERR_PROTO);
	return e;
}

static enum err
try_outcome(struct slice s)
{
	struct store_outcome o;
	enum err e;

	if (s.len > 0) {
		e = store_outcome_next(&s, &o);
		EQ_INT(e, ERR_PROTO);
	}
	return ERR_OK;
}

static enum err
try_report(struct slice s)
{
	struct store_report r;

	if (s.len > 0)
		EQ_INT(store_report_next(&s, &r), ERR_PROTO);
	return ERR_OK;
}

TEST(out_cut_short)
{
	struct buf b = BUF_INIT(4096);

	store_out_encode(&an_out, &b);
	each_cut(&b, try_out);
	buf_fini(&b);
}

TEST(keys_there_and_back)
{
	struct store_out_key k = {{{9, 8, 7}}, 0x01020304}, got;
	struct buf b = BUF_INIT(4096);
	struct slice in;

	store_out_key_add(&b, &k);
	EQ_INT(b.len, STORE_OUT_KEY);
	store_out_key_add(&b, &k);
	in = buf_slice(&b);
	EQ_INT(store_out_key_next(&in, &got), ERR_OK);
	OK(mail_id_cmp(&got.id, &k.id) == 0 && got.n == 0x01020304);
	in.len--;
	EQ_INT(store_out_key_next(&in, &got), ERR_PROTO);
	in.len = 0;
	EQ_INT(store_out_key_next(&in, &got), ERR_NOENT);
	buf_fini(&b);
}

TEST(rows_there_and_back)
{
	struct buf env = BUF_INIT(4096), out = BUF_INIT(4096),
		   b = BUF_INIT(8192), one = BUF_INIT(8192);
	struct store_out_row r =
				 {
				     {{{5}}, 1},
                                     {NULL,  0},
                                     {NULL,  0}
        },
			     got;
	struct slice in;

	store_envelope_encode(&an_envelope, &env);
	store_out_encode(&an_out, &out);
	r.envelope = buf_slice(&env);
	r.out = buf_slice(&out);
	store_out_rows_add(&b, &r);
	store_out_rows_add(&one, &r);
	r.key.n = 2;
	r.envelope = SLICE_NONE;
	store_out_rows_add(&b, &r);
	in = buf_slice(&b);
	EQ_INT(store_out_rows_next(&in, &got), ERR_OK);
	OK(got.key.n == 1 && slice_eq(got.envelope, buf_slice(&env)) &&
	    slice_eq(got.out, buf_slice(&out)));
	EQ_INT(store_out_rows_next(&in, &got), ERR_OK);
	OK(got.key.n == 2 && got.envelope.len == 0 &&
	    slice_eq(got.out, buf_slice(&out)));
	EQ_INT(store_out_rows_next(&in, &got), ERR_NOENT);
	each_cut(&one, try_rows);
	buf_fini(&env);
	buf_fini(&out);
	buf_fini(&b);
	buf_fini(&one);
}

TEST(outcome_there_and_back)
{
	struct store_outcome got;
	struct buf b = BUF_INIT(4096);
	struct slice in;

	EQ_INT(store_outcome_add(&b, &an_outcome), ERR_OK);
	in = buf_slice(&b);
	EQ_INT(store_outcome_next(&in, &got), ERR_OK);
	OK(mail_id_cmp(&got.key.id, &an_outcome.key.id) == 0);
	OK(got.key.n == 9 && got.kind == STORE_OUTCOME_DEFERRED);
	OK(got.attempted && got.delay_told && got.next_us == 77);
	EQ_INT(got.code, 421);
	EQ_SLICE(got.status, "4.3.2");
	EQ_SLICE(got.reply, "421 4.3.2 closing");
	EQ_SLICE(got.host, "mx.test[192.0.2.1]:25");
	EQ_SLICE(got.tls, "TLSv1.3 verified");
	EQ_INT(store_outcome_next(&in, &got), ERR_NOENT);
	each_cut(&b, try_outcome);
	buf_fini(&b);
}

TEST(outcome_refused)
{
	struct store_outcome o = an_outcome;
	struct buf b = BUF_INIT(4096);

	o.next_us = 0;
	EQ_INT(store_outcome_add(&b, &o), ERR_TOOBIG);
	o.kind = STORE_OUTCOME_DOUBT;
	EQ_INT(store_outcome_add(&b, &o), ERR_TOOBIG);
	o.kind = STORE_OUTCOME_DONE;
	EQ_INT(store_outcome_add(&b, &o), ERR_OK);
	buf_reset(&b);
	o.kind = STORE_OUTCOME_KINDS;
	EQ_INT(store_outcome_add(&b, &o), ERR_TOOBIG);
	o.kind = STORE_OUTCOME_HELD;
	o.reply = SLICE("two\nlines");
	EQ_INT(store_outcome_add(&b, &o), ERR_SYNTAX);
	EQ_INT(b.len, 0);
	buf_fini(&b);
}

TEST(report_there_and_back)
{
	struct store_report r = {{{4, 4}}, SLICE("alice@x.test"), true,
	    SLICE("Subject: sorry\r\n\r\n")};
	struct store_report got;
	struct buf b = BUF_INIT(4096);
	struct slice in;

	EQ_INT(store_report_add(&b, &r), ERR_OK);
	in = buf_slice(&b);
	EQ_INT(store_report_next(&in, &got), ERR_OK);
	OK(mail_id_cmp(&got.id, &r.id) == 0 && got.utf8);
	EQ_SLICE(got.to, "alice@x.test");
	EQ_SLICE(got.body, "Subject: sorry\r\n\r\n");
	EQ_INT(store_report_next(&in, &got), ERR_NOENT);
	each_cut(&b, try_report);
	b.p[MAIL_ID_LEN] = 2;
	in = buf_slice(&b);
	EQ_INT(store_report_next(&in, &got), ERR_PROTO);
	buf_reset(&b);
	r.to = SLICE("a\nb");
	EQ_INT(store_report_add(&b, &r), ERR_TOOBIG);
	r.to = SLICE("a@x.test");
	r.body = SLICE_NONE;
	EQ_INT(store_report_add(&b, &r), ERR_TOOBIG);
	EQ_INT(b.len, 0);
	buf_fini(&b);
}

TEST(destinations)
{
	uint64_t d = store_dest_of(SLICE("bob@elsewhere.example"));

	OK(d != STORE_DEST_REPORT && d != UINT64_MAX);
	OK(store_dest_of(SLICE("Alice@ELSEWHERE.Example")) == d);
	OK(store_dest_of(SLICE("\"a@b\"@elsewhere.example")) == d);
	OK(store_dest_of(SLICE("bob@elsewhere.example.")) != d);
	OK(store_dest_of(SLICE("")) != STORE_DEST_REPORT);
	/* it is stored: the same on every machine and in every version */
	EQ_INT(d, -3304160061019803006ll);
}
