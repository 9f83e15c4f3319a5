/* Who is told what, with which settle. */
#include "../unit.h"
#include "relay_fake.h"

#include "store/store_rcpt.h"

#include <stdio.h>
#include <string.h>

static void
begin(void)
{
	fake_begin();
	fake_route("there.test", "mx.there.test", NULL);
}

static bool
reported(unsigned i, const char *what)
{
	struct slice s = buf_slice(&fake_store.report[i].body);

	return i < fake_store.nreports &&
	       slice_find_slice(s, slice_str(what)) < s.len;
}

static struct fake_record *
row(unsigned id, const char *to, enum store_out_report what)
{
	struct fake_record *r = fake_queue(id, "me@our.test", to);

	r->state = STORE_OUT_REPORT;
	r->report = what;
	r->dest = STORE_DEST_REPORT;
	return r;
}

/* Rows whose fate is decided: told, and done. */
TEST(relay_report_decided)
{
	struct fake_record *r;

	begin();
	row(1, "a@our.test", STORE_REPORT_DELIVERED);
	row(1, "b@our.test", STORE_REPORT_DELIVERED);
	row(1, "c@our.test", STORE_REPORT_EXPANDED);
	row(2, "d@there.test", STORE_REPORT_FAILED);
	r = row(3, "boss@our.test", STORE_REPORT_LIMIT);
	fake_store_up();
	fake_run();
	EQ_INT(fake_gone(), 5);
	EQ_INT(fake_store.nreports, 4);
	/* needs no text, so it is first */
	OK(reported(0, "held me@our.test"));
	EQ_STR(fake_store.report[0].to, "boss@our.test");
	OK(reported(1, "delivered a@our.test"));
	OK(reported(1, "delivered b@our.test"));
	OK(reported(1, "header Subject"));
	OK(reported(2, "expanded c@our.test"));
	OK(reported(3, "failed d@there.test"));
	OK(reported(3, "whole Subject"));
	EQ_INT(r->kind, STORE_OUTCOME_DONE);
	EQ_INT(r->attempts, 0);
	EQ_INT(fake_host("mx.there.test")->opened, 0);
	fake_end();
}

TEST(relay_report_success)
{
	struct fake_record *r;

	begin();
	r = fake_queue(1, "me@our.test", "x@there.test");
	r->notify = STORE_NOTIFY_SUCCESS;
	fake_store_up();
	fake_run();
	OK(r->gone);
	EQ_INT(r->kind, STORE_OUTCOME_DONE);
	OK(reported(0, "relayed x@there.test 250"));
	/* a server that makes reports is told what is wanted */
	fake_host("mx.there.test")->dsn = true;
	fake_wait(6);
	r = fake_queue(2, "me@our.test", "x@there.test");
	r->notify = STORE_NOTIFY_SUCCESS;
	fake_tell(r);
	fake_run();
	OK(r->gone);
	EQ_INT(fake_store.nreports, 1);
	fake_end();
}

static const struct {
	const char *name;
	unsigned ret;
	uint64_t bounce_size;
	const char *want;
} returns[] = {
    {"not said",  0, 1000, "whole Subject" },
    {"full",      1, 1000, "whole Subject" },
    {"header",    2, 1000, "header Subject"},
    {"too large", 1, 10,   "header Subject"},
};

TEST(relay_report_original)
{
	for (size_t i = 0; i < sizeof returns / sizeof returns[0]; i++) {
		unit_case(returns[i].name);
		begin();
		fake.conf.queue.bounce_size = returns[i].bounce_size;
		(void)relay_reload(fake.relay, &fake.settings);
		fake_host("mx.there.test")->says = ERR_DENIED;
		fake_queue(1, "me@our.test", "x@there.test")->ret =
		    returns[i].ret;
		fake_store_up();
		fake_run();
		OK(reported(0, returns[i].want));
		fake_end();
	}
}

/* A bounce that cannot be delivered is for the postmaster, or nobody. */
TEST(relay_report_double)
{
	begin();
	fake_host("mx.there.test")->says = ERR_DENIED;
	fake_queue(1, "", "x@there.test");
	fake_store_up();
	fake_run();
	EQ_INT(fake_store.nreports, 1);
	EQ_STR(fake_store.report[0].to, "postmaster");
	fake.conf.queue.drop_double = true;
	(void)relay_reload(fake.relay, &fake.settings);
	fake_tell(fake_queue(2, "", "x@there.test"));
	fake_run();
	EQ_INT(fake_gone(), 2);
	EQ_INT(fake_store.nreports, 1);
	fake_end();
}

TEST(relay_report_limit)
{
	begin();
	fake.conf.queue.bounces_per_hour = 3;
	(void)relay_reload(fake.relay, &fake.settings);
	fake_host("mx.there.test")->says = ERR_DENIED;
	for (unsigned i = 1; i <= 6; i++)
		fake_queue(i, "me@our.test", "x@there.test");
	fake_store_up();
	fake_run();
	EQ_INT(fake_gone(), 6);
	EQ_INT(fake_store.nreports, 3);
	OK(fake_logged("report-limit"));
	row(7, "a@our.test", STORE_REPORT_FAILED);
	fake_wait(61);
	EQ_INT(fake_store.rec[6].kind, STORE_OUTCOME_FAILED);
	fake_end();
}

/* No report can be made now: what failed is tried again, what was sent is not.
 */
TEST(relay_report_later)
{
	struct fake_record *a, *b;

	begin();
	fake_store.no_ids = true;
	a = fake_queue(1, "me@our.test", "a@there.test");
	b = fake_queue(1, "me@our.test", "b@there.test");
	a->notify = STORE_NOTIFY_SUCCESS;
	fake_host("mx.there.test")->refuses = "b@there.test";
	fake_store_up();
	fake_run();
	OK(a->gone);
	EQ_INT(a->kind, STORE_OUTCOME_DONE);
	EQ_INT(b->kind, STORE_OUTCOME_RELEASE);
	fake_store.no_ids = false;
	fake_wait(61);
	EQ_INT(b->kind, STORE_OUTCOME_FAILED);
	EQ_INT(fake_store.nreports, 1);
	EQ_INT(a->sent, 1);
	fake_end();
}

/* Memory for the outcomes, none for the report: nobody has been told, so what
 * failed is tried again. What was sent is not. */
TEST(relay_report_without_memory)
{
	struct fake_record *a, *b, *c;

	begin();
	fake_store.no_memory = true;
	a = fake_queue(1, "me@our.test", "a@there.test");
	b = fake_queue(1, "me@our.test", "b@there.test");
	c = row(2, "c@our.test", STORE_REPORT_FAILED);
	a->notify = STORE_NOTIFY_SUCCESS;
	fake_host("mx.there.test")->refuses = "b@there.test";
	fake_store_up();
	fake_run();
	OK(a->gone);
	EQ_INT(a->kind, STORE_OUTCOME_DONE);
	EQ_INT(b->kind, STORE_OUTCOME_RELEASE);
	EQ_INT(c->kind, STORE_OUTCOME_RELEASE);
	OK(!b->gone && !c->gone);
	fake_store.no_memory = false;
	fake_wait(61);
	EQ_INT(b->kind, STORE_OUTCOME_FAILED);
	EQ_INT(c->kind, STORE_OUTCOME_DONE);
	EQ_INT(fake_store.nreports, 2);
	EQ_INT(a->sent, 1);
	fake_end();
}

/* The text is gone: the report says what it can. */
TEST(relay_report_without_original)
{
	begin();
	row(1, "a@our.test", STORE_REPORT_FAILED);
	fake_store.read_err = ERR_CORRUPT;
	fake_store_up();
	fake_run();
	EQ_INT(fake_gone(), 1);
	OK(reported(0, "header "));
	OK(!reported(0, "Subject"));
	fake_end();
}

/* What is given back is due at once, and not tried again at once. */
TEST(relay_report_later_with_patience)
{
	begin();
	fake_store.no_ids = true;
	fake_queue(1, "me@our.test", "a@there.test");
	row(2, "b@our.test", STORE_REPORT_FAILED);
	row(3, "boss@our.test", STORE_REPORT_LIMIT);
	fake_host("mx.there.test")->says = ERR_DENIED;
	fake_store_up();
	fake_run();
	EQ_INT(fake_host("mx.there.test")->messages, 1);
	EQ_INT(fake_store.releases, 3);
	fake_wait(10);
	OK(fake_host("mx.there.test")->messages <= 11);
	OK(fake_store.releases <= 33);
	fake_end();
}
