/*
 * The relay as a whole: mail leaves, comes back, waits; the store comes and
 * goes.
 * Covers: smtp/relay_end.c smtp/relay_job.c smtp/relay_rows.c
 */
#include "../unit.h"
#include "relay_fake.h"

#include "store/store_rcpt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
begin(void)
{
	fake_begin();
	fake_route("there.test", "mx.there.test", NULL);
	fake_route("two.test", "a.two.test", "b.two.test");
}

static bool
reported(unsigned i, const char *what)
{
	struct slice s = buf_slice(&fake_store.report[i].body);

	return i < fake_store.nreports &&
	       slice_find_slice(s, slice_str(what)) < s.len;
}

TEST(relay_sends)
{
	struct fake_host *h;
	struct fake_record *r;

	begin();
	h = fake_host("mx.there.test");
	fake_store_up();
	fake_run();
	EQ_INT(fake_store.doubts, 1);
	fake_text(1, "Subject: x\r\n\r\nhello\r\n");
	r = fake_queue(1, "me@our.test", "you@there.test");
	snprintf(r->prefix, sizeof r->prefix, "Delivered-To: x\r\n");
	fake_tell(r);
	fake_run();
	OK(r->gone);
	EQ_INT(r->kind, STORE_OUTCOME_DONE);
	EQ_INT(r->attempts, 1);
	EQ_STR(r->host, "mx.there.test[127.0.0.1]:25");
	EQ_STR(h->from, "me@our.test");
	EQ_STR(h->to, "you@there.test");
	EQ_SLICE(buf_slice(&h->text),
	    "Delivered-To: x\r\nSubject: x\r\n\r\nhello\r\n");
	OK(!h->last.eight);
	OK(fake_logged("out id=00000001000000000000000000000001 "
		       "to=you@there.test "
		       "relay=mx.there.test[127.0.0.1]:25 tls=TLSv1.3 "
		       "delay=0.000 delays=0.00/0.00/0.00/0.00 dsn=2.0.0 "
		       "status=sent reply=\"250 mx.there.test said so\""));
	EQ_INT(fake_store.nreports, 0);
	fake_end();
}

/* What nobody told of is found by the round after the start, and later. */
TEST(relay_finds_what_is_due)
{
	struct fake_record *r;

	begin();
	fake_queue(1, "me@our.test", "you@there.test");
	fake_store_up();
	fake_run();
	EQ_INT(fake_gone(), 1);
	r = fake_queue(2, "me@our.test", "you@two.test");
	r->next_us = fake.wall_us + 30 * 1000000;
	fake_tell(r);
	fake_run();
	EQ_INT(fake_gone(), 1);
	fake_wait(29);
	EQ_INT(fake_gone(), 1);
	fake_wait(2);
	EQ_INT(fake_gone(), 2);
	fake_end();
}

TEST(relay_one_transaction_for_a_domain)
{
	struct fake_host *h;

	begin();
	h = fake_host("mx.there.test");
	fake.conf.outbound.all.recipients = 2;
	(void)relay_reload(fake.relay, &fake.settings);
	fake_queue(1, "me@our.test", "a@there.test");
	fake_queue(1, "me@our.test", "b@There.test");
	fake_queue(1, "me@our.test", "c@there.test");
	fake_queue(1, "me@our.test", "x@two.test");
	/* forwards have senders and trace fields of their own */
	snprintf(fake_queue(2, "me@our.test", "d@there.test")->sender, 80,
	    "SRS0=x@our.test");
	fake_queue(2, "me@our.test", "e@there.test");
	fake_store_up();
	fake_run();
	EQ_INT(fake_gone(), 6);
	EQ_INT(h->messages, 4);
	EQ_STR(h->to, "e@there.test");
	EQ_INT(fake_host("a.two.test")->messages, 1);
	EQ_INT(fake_peers.lookups, 2);
	fake_end();
}

TEST(relay_sender_of_a_forward)
{
	struct fake_record *r;

	begin();
	r = fake_queue(1, "me@our.test", "d@there.test");
	snprintf(r->sender, sizeof r->sender, "SRS0=x@our.test");
	fake_host("mx.there.test")->refuses = "d@there.test";
	fake_store_up();
	fake_run();
	EQ_STR(fake_host("mx.there.test")->from, "SRS0=x@our.test");
	EQ_STR(fake_store.report[0].to, "me@our.test");
	fake_end();
}

TEST(relay_fails_and_tells)
{
	struct fake_record *a, *b;

	begin();
	a = fake_queue(1, "me@our.test", "a@there.test");
	b = fake_queue(1, "me@our.test", "b@there.test");
	fake_host("mx.there.test")->refuses = "b@there.test";
	fake_store_up();
	fake_run();
	EQ_INT(a->kind, STORE_OUTCOME_DONE);
	EQ_INT(b->kind, STORE_OUTCOME_FAILED);
	OK(a->gone && b->gone);
	EQ_INT(b->code, 550);
	EQ_STR(b->status, "5.1.1");
	EQ_STR(b->reply, "no such user");
	EQ_INT(fake_store.nreports, 1);
	EQ_STR(fake_store.report[0].to, "me@our.test");
	OK(reported(0, "failed b@there.test 550 5.1.1 "
		       "mx.there.test[127.0.0.1]:25 no such user\n"
		       "whole Subject: hello\r\n\r\nbody\r\n"));
	OK(!reported(0, "a@there.test"));
	OK(fake_logged("status=bounced"));
	fake_end();
}

static const struct {
	const char *name, *domain;
	enum smtp_route_kind kind;
	enum store_outcome_kind want;
	const char *status;
} routes[] = {
    {"no such domain", "none.test",  0,                STORE_OUTCOME_FAILED,   "5.1.2"},
    {"no answer",      "later.test", SMTP_ROUTE_RETRY, STORE_OUTCOME_DEFERRED,
     "4.4.3"									  },
};

TEST(relay_without_a_route)
{
	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
		struct fake_record *r;
		char addr[80];

		unit_case(routes[i].name);
		begin();
		if (routes[i].kind != 0) {
			fake_route(routes[i].domain, NULL, NULL);
			fake_peers.route[2].kind = routes[i].kind;
		}
		snprintf(addr, sizeof addr, "x@%s", routes[i].domain);
		r = fake_queue(1, "me@our.test", addr);
		fake_store_up();
		fake_run();
		EQ_INT(r->kind, routes[i].want);
		EQ_STR(r->status, routes[i].status);
		OK(fake_logged("relay=none"));
		fake_end();
	}
}

/* --- what each verdict leads to ------------------------------------------- */

static const struct {
	const char *name;
	enum err says;
	uint16_t code;
	const char *status;
	enum store_outcome_kind want;
	unsigned second; /* messages at the second server */
	bool whole;
} verdicts[] = {
    {"accepted",    ERR_OK,          250, "2.0.0", STORE_OUTCOME_DONE,     0, false},
    {"not now",     ERR_RETRY,       450, "4.2.0", STORE_OUTCOME_DEFERRED, 0, false},
    {"never",       ERR_DENIED,      554, "5.7.1", STORE_OUTCOME_FAILED,   0, false},
    {"cannot",      ERR_UNSUPPORTED, 0,   "5.6.3", STORE_OUTCOME_FAILED,   0, false},
    {"reply lost",  ERR_UNKNOWN,     0,   "4.4.2", STORE_OUTCOME_DOUBT,    0, false},
    {"broke off",   ERR_CLOSED,      0,   "4.4.2", STORE_OUTCOME_DONE,     1, false},
    {"closing",     ERR_RETRY,       421, "4.3.2", STORE_OUTCOME_DONE,     1, false},
    {"nonsense",    ERR_PROTO,       0,   "4.5.0", STORE_OUTCOME_DONE,     1, false},
    {"too slow",    ERR_TIMEOUT,     0,   "4.4.2", STORE_OUTCOME_DONE,     1, false},
    {"no MAIL now", ERR_RETRY,       451, "4.3.0", STORE_OUTCOME_DONE,     1, true },
    {"no MAIL",     ERR_DENIED,      550, "5.7.1", STORE_OUTCOME_FAILED,   0, true },
};

TEST(relay_verdicts)
{
	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
		struct fake_host *h;
		struct fake_record *r;

		unit_case(verdicts[i].name);
		begin();
		h = fake_host("a.two.test");
		h->says = verdicts[i].says;
		h->code = verdicts[i].code;
		h->status = verdicts[i].status;
		h->whole = verdicts[i].whole;
		r = fake_queue(1, "me@our.test", "x@two.test");
		fake_store_up();
		fake_run();
		EQ_INT(r->kind, verdicts[i].want);
		EQ_INT(r->settled, 1);
		EQ_INT(fake_host("b.two.test")->messages, verdicts[i].second);
		if (verdicts[i].second == 0)
			EQ_STR(r->status, verdicts[i].status);
		EQ_INT(fake_store.nreports,
		    verdicts[i].want == STORE_OUTCOME_FAILED);
		fake_end();
	}
}

TEST(relay_holds_doubt_if_told_to)
{
	struct fake_record *r;

	begin();
	fake.conf.queue.hold_doubt = true;
	(void)relay_reload(fake.relay, &fake.settings);
	fake_host("mx.there.test")->says = ERR_UNKNOWN;
	r = fake_queue(1, "me@our.test", "x@there.test");
	fake_store_up();
	fake_run();
	EQ_INT(r->state, STORE_OUT_HELD);
	fake_end();
}

static const struct {
	const char *name;
	enum err first, second; /* greetings */
	uint16_t code;
	bool relay;
	enum store_outcome_kind want;
	const char *reply;
} greetings[] = {
    {"second takes it",     ERR_RETRY,  ERR_OK,     0,   false, STORE_OUTCOME_DONE,
     "b.two.test said so"										    },
    {"second takes it too", ERR_DENIED, ERR_OK,     554, false, STORE_OUTCOME_DONE,
     "b.two.test said so"										    },
    {"none now",            ERR_RETRY,  ERR_RETRY,  0,   false, STORE_OUTCOME_DEFERRED,
     "b.two.test said 0"										     },
    {"one now, one never",  ERR_RETRY,  ERR_DENIED, 0,   false,
     STORE_OUTCOME_DEFERRED,							    "a.two.test said 0"  },
    {"none ever",           ERR_DENIED, ERR_DENIED, 554, false, STORE_OUTCOME_FAILED,
     "b.two.test said 554"										   },
    {"relays of ours",      ERR_DENIED, ERR_DENIED, 554, true,
     STORE_OUTCOME_DEFERRED,							    "b.two.test said 554"},
};

TEST(relay_greetings)
{
	for (size_t i = 0; i < sizeof greetings / sizeof greetings[0]; i++) {
		struct fake_record *r;

		unit_case(greetings[i].name);
		begin();
		fake_peers.route[1].relay = greetings[i].relay;
		fake_host("a.two.test")->connect = greetings[i].first;
		fake_host("b.two.test")->connect = greetings[i].second;
		fake_host("a.two.test")->connect_code = greetings[i].code;
		fake_host("b.two.test")->connect_code =
		    greetings[i].second == ERR_OK ? 0 : greetings[i].code;
		r = fake_queue(1, "me@our.test", "x@two.test");
		fake_store_up();
		fake_run();
		EQ_INT(r->kind, greetings[i].want);
		EQ_STR(r->reply, greetings[i].reply);
		fake_end();
	}
}

/* --- five days -------------------------------------------------------------
 */

TEST(relay_gives_up_after_five_days)
{
	struct fake_record *r;
	unsigned most = 0;

	begin();
	fake_host("mx.there.test")->connect = ERR_RETRY;
	r = fake_queue(1, "me@our.test", "x@there.test");
	fake_store_up();
	fake_run();
	EQ_INT(r->state, STORE_OUT_DEFERRED);
	EQ_INT(r->attempts, 1);
	for (unsigned min = 0; min < 6 * 24 * 60 && !r->gone; min++) {
		fake_skip(60);
		if (fake_store.nreports == 1 && most == 0)
			most = min;
	}
	OK(r->gone);
	EQ_INT(r->kind, STORE_OUTCOME_FAILED);
	OK(most >= 4 * 60 - 1 && most < 5 * 60); /* told once of the delay */
	EQ_INT(fake_store.nreports, 2);
	OK(reported(0, "delayed x@there.test"));
	OK(reported(0, "header Subject"));
	OK(reported(1, "failed x@there.test 0 4.4.1 mx.there.test:25 not "
		       "delivered within 5 days; last: "));
	OK(r->attempts > 100 && r->attempts < 400);
	if (getenv("SHOW") != NULL) /* the whole story */
		printf("%s", buf_cstr(&fake.log));
	fake_end();
}

/* --- seven bits, other alphabets -------------------------------------------
 */

static const struct {
	const char *name, *to, *text;
	bool seven, no_utf8;
	unsigned flags;
	enum store_outcome_kind want;
	const char *status, *sent;
	bool eight, utf8;
} alphabets[] = {
    {"plain",           "x@there.test",        "A: b\r\n\r\nc\r\n",             true,  true,  3,
     STORE_OUTCOME_DONE,											       "2.0.0", "A: b\r\n\r\nc\r\n",        false, false},
    {"eight",           "x@there.test",        "A: b\r\n\r\n\xc3\xa4\r\n",      false, true,  2,
     STORE_OUTCOME_DONE,											       "2.0.0", "A: b\r\n\r\n\xc3\xa4\r\n", true,  false},
    {"not declared",    "x@there.test",        "A: b\r\n\r\n\xc3\xa4\r\n",      false, true,  0,
     STORE_OUTCOME_DONE,											       "2.0.0", "A: b\r\n\r\n\xc3\xa4\r\n", true,  false},
    {"recoded",         "x@there.test",        "A: b\r\n\r\n\xc3\xa4\r\n",      true,  true,  2,
     STORE_OUTCOME_DONE,											       "2.0.0", "recoded\r\n\r\n12",        false, false},
    {"signed",          "x@there.test",        "A: signed\r\n\r\n\xc3\xa4\r\n", true,  true,  2,
     STORE_OUTCOME_FAILED,											     "5.6.3", "",                         false, false},
    {"utf8 address",    "\xc3\xa4@there.test", "A: b\r\n\r\nc\r\n",             false, false,
     1,											  STORE_OUTCOME_DONE,   "2.0.0", "A: b\r\n\r\nc\r\n",        false, true },
    {"utf8 header",     "x@there.test",        "A: \xc3\xa4\r\n\r\nc\r\n",      false, false, 1,
     STORE_OUTCOME_DONE,											       "2.0.0", "A: \xc3\xa4\r\n\r\nc\r\n", true,  true },
    {"no utf8 address", "\xc3\xa4@there.test", "A: b\r\n\r\nc\r\n",             false, true,
     1,											  STORE_OUTCOME_FAILED, "5.6.7", "",                         false, false},
    {"no utf8 header",  "x@there.test",        "A: \xc3\xa4\r\n\r\nc\r\n",      false, true,
     1,											  STORE_OUTCOME_FAILED, "5.6.7", "",                         false, false},
    {"raw header",      "x@there.test",        "A: \xc3\xa4\r\n\r\nc\r\n",      false, true,  0,
     STORE_OUTCOME_DONE,											       "2.0.0", "A: \xc3\xa4\r\n\r\nc\r\n", true,  false},
};

TEST(relay_alphabets)
{
	for (size_t i = 0; i < sizeof alphabets / sizeof alphabets[0]; i++) {
		struct fake_host *h;
		struct fake_record *r;

		unit_case(alphabets[i].name);
		begin();
		h = fake_host("mx.there.test");
		h->seven = alphabets[i].seven;
		h->no_utf8 = alphabets[i].no_utf8;
		fake_text(1, alphabets[i].text);
		r = fake_queue(1, "me@our.test", alphabets[i].to);
		r->flags = alphabets[i].flags;
		fake_store_up();
		fake_run();
		EQ_INT(r->kind, alphabets[i].want);
		EQ_STR(r->status, alphabets[i].status);
		EQ_SLICE(buf_slice(&h->text), alphabets[i].sent);
		EQ_INT(h->last.eight, alphabets[i].eight);
		EQ_INT(h->last.utf8, alphabets[i].utf8);
		fake_end();
	}
}

TEST(relay_many_are_recoded_in_turn)
{
	begin();
	fake_host("mx.there.test")->seven = true;
	for (unsigned i = 1; i <= 8; i++) {
		fake_text(i, "A: b\r\n\r\n\xc3\xa4\r\n");
		fake_queue(i, "me@our.test", "x@there.test");
	}
	fake_store_up();
	fake_run();
	EQ_INT(fake_gone(), 8);
	fake_end();
}

TEST(relay_too_large_for_them)
{
	struct fake_record *r;

	begin();
	fake_host("mx.there.test")->size = 10;
	r = fake_queue(1, "me@our.test", "x@there.test");
	fake_store_up();
	fake_run();
	EQ_INT(r->kind, STORE_OUTCOME_FAILED);
	EQ_STR(r->status, "5.3.4");
	EQ_INT(fake_host("mx.there.test")->messages, 0);
	fake_end();
}

/* --- the store comes and goes ----------------------------------------------
 */

/* Accepted by the server while the store is away: settled when it is back, so
 * that it is not in doubt. */
TEST(relay_store_restarts_under_way)
{
	struct fake_host *h;
	struct fake_record *r;

	begin();
	h = fake_host("mx.there.test");
	r = fake_queue(1, "me@our.test", "x@there.test");
	h->stays_silent = true;
	fake_store_up();
	fake_run();
	EQ_INT(r->state, STORE_OUT_SENDING);
	fake_store_lose();
	fake_run();
	fake_store_up();
	fake_run();
	EQ_INT(fake_store.doubts, 1); /* waits for what is under way */
	h->stays_silent = false;
	smtp_client_body(
	    LIST_ITEM(fake.relay->jobs.head.next, struct relay_job, node)
		->conn->client,
	    SLICE_NONE, ERR_OK);
	fake_run();
	OK(r->gone);
	EQ_INT(r->sent, 1);
	EQ_INT(fake_store.doubts, 2);
	EQ_INT(fake.relay->phase, RELAY_OPEN);
	fake_end();
}

TEST(relay_store_lost_with_settles)
{
	struct fake_record *r;

	begin();
	r = fake_queue(1, "me@our.test", "x@there.test");
	fake_store.silent = true;
	fake_store_up();
	fake_run();
	EQ_INT(r->sent, 1);
	EQ_INT(r->state, STORE_OUT_SENDING);
	fake_store_lose();
	fake_run();
	fake_store.silent = false;
	fake_store_up();
	fake_run();
	OK(r->gone);
	EQ_INT(r->sent, 1);
	fake_wait(120);
	EQ_INT(r->sent, 1);
	fake_end();
}

/* One that takes longer than anybody waits is in doubt. */
TEST(relay_store_back_and_server_silent)
{
	struct fake_record *r, *other;

	begin();
	r = fake_queue(1, "me@our.test", "x@there.test");
	fake_host("mx.there.test")->stays_silent = true;
	fake_store_up();
	fake_run();
	fake_store_lose();
	fake_run();
	fake_store_up();
	other = fake_queue(2, "me@our.test", "x@two.test");
	fake_wait(29);
	EQ_INT(fake_store.doubts, 1);
	fake_wait(3);
	EQ_INT(fake_store.doubts, 2);
	EQ_INT(r->state, STORE_OUT_DOUBT);
	OK(other->gone);
	OK(fake_logged("in-doubt"));
	fake_end();
}

/* --- stop --------------------------------------------------------------------
 */

static void
stopped(void *ctx)
{
	(void)ctx;
	fake.stopped = true;
}

TEST(relay_stops)
{
	struct fake_record *a, *b;

	begin();
	fake_host("a.two.test")->hangs = true;
	fake_host("mx.there.test")->stays_silent = true;
	a = fake_queue(1, "me@our.test", "x@there.test");
	b = fake_queue(2, "me@our.test", "x@two.test");
	fake_store_up();
	fake_run();
	EQ_INT(fake_in_state(STORE_OUT_SENDING), 2);
	relay_stop(fake.relay, 10000, stopped, NULL);
	fake_run();
	EQ_INT(b->state, STORE_OUT_DUE); /* had not begun */
	EQ_INT(b->attempts, 0);
	EQ_INT(a->state, STORE_OUT_SENDING);
	OK(!fake.stopped);
	fake_wait(9);
	OK(!fake.stopped);
	fake_wait(2);
	OK(fake.stopped);
	fake_end();
}

TEST(relay_stops_at_once)
{
	begin();
	fake_queue(1, "me@our.test", "x@there.test");
	fake_store_up();
	fake_run();
	EQ_INT(fake_host("mx.there.test")->open, 1);
	relay_stop(fake.relay, 10000, stopped, NULL);
	fake_run();
	OK(fake.stopped);
	EQ_INT(fake_host("mx.there.test")->open, 0);
	fake_queue(2, "me@our.test", "x@there.test");
	fake_wait(70);
	EQ_INT(fake_gone(), 1);
	fake_end();
}

/* What becomes of it, if this process or its memory ends in the middle. */
TEST(relay_is_freed_in_the_middle)
{
	begin();
	fake_host("a.two.test")->hangs = true;
	fake_host("mx.there.test")->stays_silent = true;
	for (unsigned i = 1; i < 10; i++) {
		fake_queue(i, "me@our.test", "x@there.test");
		fake_queue(i, "me@our.test", "x@two.test");
	}
	fake_store_up();
	for (unsigned i = 0; i < 5; i++)
		net_loop_turn(fake.loop, 0);
	fake_end();
}
