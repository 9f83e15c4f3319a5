/* Answers to operators. */
#include "../unit.h"
#include "relay_fake.h"

static void
begin(void)
{
	fake_begin();
	fake_route("there.test", "mx.there.test", "b.there.test");
	fake_store_up();
	fake_run();
}

static void
ask(unsigned what, const char *text)
{
	struct msg_control m = {.req = 7, .what = what};

	OK(msg_text_set(&m.text, slice_str(text)));
	buf_reset(&fake_store.rows);
	relay_control(fake.relay, &m);
	fake_run();
}

TEST(relay_control_route)
{
	begin();
	ask(CONTROL_ROUTE_TEST, "x@There.test");
	EQ_SLICE(buf_slice(&fake_store.rows),
	    "domain=there.test \nhost=mx.there.test \nhost=b.there.test \n");
	EQ_INT(fake_store.control_err, ERR_OK);
	ask(CONTROL_ROUTE_TEST, "nonsense");
	EQ_INT(fake_store.control_err, ERR_SYNTAX);
	ask(CONTROL_STATUS, "");
	EQ_INT(fake_store.control_err, ERR_UNSUPPORTED);
	EQ_INT(fake_store.control_done, 3);
	fake_end();
}

TEST(relay_control_route_and_end)
{
	struct msg_control m = {.req = 7, .what = CONTROL_ROUTE_TEST};

	begin();
	(void)msg_text_set(&m.text, SLICE("x@there.test"));
	for (unsigned i = 0; i < 70; i++)
		relay_control(fake.relay, &m);
	EQ_INT(fake_store.control_done, 6);
	EQ_INT(fake_store.control_err, ERR_RETRY);
	fake_end();
}

TEST(relay_control_summary)
{
	begin();
	fake_host("mx.there.test")->connect = ERR_RETRY;
	fake_tell(fake_queue(1, "me@our.test", "x@there.test"));
	fake_run();
	ask(CONTROL_QUEUE_SUMMARY, "");
	OK(slice_find_slice(buf_slice(&fake_store.rows),
	       SLICE("server=mx.there.test:25 connections=0 allowed=1 "
		     "pause_ms=15000 reason=mx.there.test said 0 \n")) <
	    fake_store.rows.len);
	OK(slice_find_slice(buf_slice(&fake_store.rows),
	       SLICE("server=b.there.test:25 connections=1 ")) <
	    fake_store.rows.len);
	fake_end();
}

/* While it is probed its pause is over. */
TEST(relay_control_summary_of_a_probe)
{
	begin();
	fake_host("mx.there.test")->connect = ERR_RETRY;
	fake_host("b.there.test")->connect = ERR_RETRY;
	fake_tell(fake_queue(1, "me@our.test", "x@there.test"));
	fake_run();
	fake_host("mx.there.test")->hangs = true;
	fake_wait(70);
	ask(CONTROL_QUEUE_SUMMARY, "");
	OK(slice_find_slice(buf_slice(&fake_store.rows),
	       SLICE("server=mx.there.test:25 connections=1 allowed=1 "
		     "pause_ms=0 ")) < fake_store.rows.len);
	fake_end();
}
