/*
 * Mail whose text cannot be had from the store.
 * Covers: smtp/relay_job.c smtp/relay_end.c
 */
#include "../unit.h"
#include "relay_fake.h"

static void
begin(void)
{
	fake_begin();
	fake_route("there.test", "mx.there.test", NULL);
}

TEST(relay_text_is_damaged)
{
	struct fake_record *r;

	begin();
	r = fake_queue(1, "me@our.test", "x@there.test");
	fake_store.read_err = ERR_CORRUPT;
	fake_store_up();
	fake_run();
	EQ_INT(r->state, STORE_OUT_HELD);
	OK(fake_logged("status=held"));
	fake_end();
}

TEST(relay_text_cannot_be_read_now)
{
	struct fake_record *r;

	begin();
	r = fake_queue(1, "me@our.test", "x@there.test");
	fake_store.read_err = ERR_RETRY;
	fake_store_up();
	fake_run();
	EQ_INT(fake_store.releases, 1);
	EQ_INT(r->attempts, 0);
	fake_wait(61);
	OK(r->gone);
	fake_end();
}

/* Its page cannot be read: that may pass, or take a while. Not at once again,
 * and with a reason that is seen; the others do not wait for it. */
TEST(relay_text_cannot_be_read_for_a_while)
{
	struct fake_record *r, *other;
	unsigned reads;

	begin();
	r = fake_queue(1, "me@our.test", "x@there.test");
	other = fake_queue(2, "me@our.test", "y@there.test");
	fake_store.read_err = ERR_IO;
	fake_store_up();
	fake_run();
	EQ_INT(r->state, STORE_OUT_DEFERRED);
	EQ_INT(r->attempts, 1);
	EQ_STR(r->status, "4.3.0");
	EQ_STR(r->reply, "the stored text cannot be read now");
	EQ_INT(fake_store.releases, 0);
	OK(other->gone);
	reads = fake_store.reads;
	fake_wait(10);
	EQ_INT(fake_store.reads, reads);
	fake_wait(3600);
	OK(r->gone);
	EQ_INT(r->kind, STORE_OUTCOME_DONE);
	fake_end();
}
