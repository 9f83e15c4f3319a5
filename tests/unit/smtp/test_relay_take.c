/* What is taken, and when: bounded, fair, and soon. */
#include "../unit.h"
#include "relay_fake.h"

#include <stdio.h>

static void
begin(void)
{
	fake_begin();
	fake_route("there.test", "mx.there.test", NULL);
	fake_route("dead.test", "mx.dead.test", NULL);
	fake_host("mx.dead.test")->connect = ERR_RETRY;
}

static unsigned
gone_of(const char *domain)
{
	unsigned n = 0;

	for (unsigned i = 0; i < fake_store.nrecs; i++)
		n += fake_store.rec[i].gone &&
		     slice_ends(
			 slice_str(fake_store.rec[i].addr), slice_str(domain));
	return n;
}

static void
many(unsigned n, const char *to)
{
	for (unsigned i = 0; i < n; i++)
		fake_queue(i + 1, "me@our.test", to);
}

/* Much for one server: never more in hand than its connections are worth, and
 * all of it at last. */
TEST(relay_take_is_bounded)
{
	unsigned most = 0;

	begin();
	many(500, "x@there.test");
	fake_store_up();
	for (unsigned i = 0; i < 3000 && fake_gone() < 500; i++) {
		net_loop_turn(fake.loop, 0);
		if (fake_in_state(STORE_OUT_SENDING) > most)
			most = fake_in_state(STORE_OUT_SENDING);
	}
	EQ_INT(fake_gone(), 500);
	OK(most <= 2 * fake.conf.outbound.all.connections + 8);
	OK(fake_host("mx.there.test")->most_open <=
	    fake.conf.outbound.all.connections);
	EQ_INT(fake.relay->jobs.count, 0);
	EQ_INT(fake.relay->asked, 0);
	EQ_INT(fake.relay->held, 0);
	fake_end();
}

/* A dead destination with much mail does not keep that of others waiting, and
 * is not tried for each message. */
TEST(relay_take_dead_destination)
{
	begin();
	many(1000, "x@dead.test");
	fake_store_up();
	fake_wait(5);
	many(300, "y@there.test");
	fake_tell(&fake_store.rec[1000]);
	fake_wait(1);
	EQ_INT(gone_of("there.test"), 300);
	OK(fake_host("mx.dead.test")->opened < 10);
	fake_wait(25);
	/* all of them have had their attempt, and know why */
	EQ_INT(fake_in_state(STORE_OUT_DUE), 0);
	OK(fake_host("mx.dead.test")->opened < 20);
	OK(fake_logged("server recently unreachable"));
	fake_end();
}

/* One that lets us wait has its own in hand, no more. */
TEST(relay_take_slow_destination)
{
	begin();
	fake_host("mx.dead.test")->connect = ERR_OK;
	fake_host("mx.dead.test")->stays_silent = true;
	many(500, "x@dead.test");
	fake_store_up();
	fake_wait(2);
	OK(fake_in_state(STORE_OUT_SENDING) <=
	    2 * fake.conf.outbound.all.connections);
	many(100, "y@there.test");
	fake_tell(&fake_store.rec[500]);
	fake_run();
	EQ_INT(gone_of("there.test"), 100);
	fake_end();
}

/* However little is known of its server, a message is not cut in pieces. */
TEST(relay_take_keeps_recipients_together)
{
	begin();
	for (unsigned i = 0; i < 30; i++)
		fake_queue(1, "me@our.test", "x@there.test");
	fake_store_up();
	fake_run();
	EQ_INT(fake_gone(), 30);
	EQ_INT(fake_host("mx.there.test")->messages, 1);
	fake_end();
}

TEST(relay_take_many_destinations)
{
	char addr[80];

	begin();
	for (unsigned i = 0; i < 700; i++) {
		snprintf(addr, sizeof addr, "x@d%u.test", i);
		fake_queue(i, "me@our.test", addr);
	}
	fake_store_up();
	fake_wait(3);
	EQ_INT(fake_gone(), 700);         /* no such domains */
	EQ_INT(fake_store.nreports, 100); /* an hour, to one sender */
	OK(fake_store.most_taken <= RELAY_TAKE_ROWS);
	fake_wait(120); /* routes of it are forgotten */
	EQ_INT(fake.relay->dests.count, 0);
	EQ_INT(fake.relay->lanes.count, 0);
	fake_end();
}

/* New mail for a domain costs one take, no round. */
TEST(relay_take_as_told)
{
	struct fake_record *r;
	unsigned rounds;

	begin();
	fake_store_up();
	fake_run();
	rounds = fake_store.rounds;
	for (unsigned i = 1; i <= 5; i++) {
		r = fake_queue(i, "me@our.test", "x@there.test");
		fake_tell(r);
		fake_tell(r);
		fake_run();
		OK(r->gone);
	}
	EQ_INT(fake_store.rounds, rounds);
	OK(fake_store.takes <= rounds + 10);
	fake_end();
}

/* More destinations than the store tells apart. */
TEST(relay_take_any)
{
	struct fake_record *r;

	begin();
	fake_store_up();
	fake_run();
	r = fake_queue(1, "me@our.test", "x@there.test");
	r->dest = UINT64_MAX;
	fake_tell(r);
	r->dest = store_dest_of(SLICE("x@there.test"));
	fake_run();
	OK(r->gone);
	EQ_INT(fake.relay->lanes.count, 0);
	fake_end();
}

/* While settles are not answered nothing more is taken, at some point. */
TEST(relay_take_waits_for_settles)
{
	begin();
	fake_store.silent = true;
	many(2900, "x@there.test");
	fake_host("mx.there.test")->says = ERR_DENIED;
	fake.conf.queue.bounces_per_hour = 0;
	(void)relay_reload(fake.relay, &fake.settings);
	fake_store_up();
	fake_wait(3);
	OK(queue_settle_octets(fake.relay->settle) < RELAY_SETTLE_MAX * 2);
	fake_end();
}

static void
stopped(void *ctx)
{
	(void)ctx;
	fake.stopped = true;
}

/* A take that is answered while relay stops: what it brings goes back. */
TEST(relay_stops_with_a_take_under_way)
{
	struct fake_record *r;

	begin();
	fake_store_up();
	fake_run();
	r = fake_queue(1, "me@our.test", "x@there.test");
	fake_tell(r);
	relay_take_run(fake.relay);
	OK(fake.relay->asked > 0);
	relay_stop(fake.relay, 10000, stopped, NULL);
	fake_run();
	OK(fake.stopped);
	EQ_INT(r->state, STORE_OUT_DUE);
	EQ_INT(r->attempts, 0);
	EQ_INT(fake_peers.lookups, 0);
	fake_end();
}
