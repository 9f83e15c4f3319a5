/*
 * Connections: shared, reused, bounded, given up.
 * Covers: smtp/relay_conn.c smtp/relay_dest.c
 */
#include "../unit.h"
#include "relay_fake.h"

#include <stdio.h>
#include <string.h>

static void
begin(void)
{
	fake_begin();
	fake_route("one.test", "mx.test", NULL);
	fake_route("other.test", "mx.test", NULL);
	fake_route("third.test", "mx3.test", NULL);
}

static void
reload(void)
{
	(void)relay_reload(fake.relay, &fake.settings);
}

TEST(relay_pool_reuses)
{
	struct fake_host *h;

	begin();
	h = fake_host("mx.test");
	fake_store_up();
	for (unsigned i = 1; i <= 3; i++) {
		fake_tell(fake_queue(i, "me@our.test", "x@one.test"));
		fake_run();
	}
	/* another domain, the same server */
	fake_tell(fake_queue(4, "me@our.test", "x@other.test"));
	fake_run();
	EQ_INT(h->messages, 4);
	EQ_INT(h->opened, 1);
	EQ_INT(h->open, 1);
	fake_wait(6); /* outbound.idle */
	EQ_INT(h->open, 0);
	EQ_INT(fake.relay->conns, 0);
	fake_tell(fake_queue(5, "me@our.test", "x@other.test"));
	fake_run();
	EQ_INT(h->opened, 2);
	EQ_INT(fake_peers.lookups, 2); /* still known */
	fake_wait(62);
	fake_tell(fake_queue(6, "me@our.test", "x@other.test"));
	fake_run();
	EQ_INT(fake_peers.lookups, 3);
	fake_end();
}

/* The server closes a connection just as it is used again: another one. */
TEST(relay_pool_closed_under_way)
{
	struct fake_host *h;

	begin();
	h = fake_host("mx.test");
	h->second_drops = true;
	fake_store_up();
	for (unsigned i = 1; i <= 3; i++) {
		fake_tell(fake_queue(i, "me@our.test", "x@one.test"));
		fake_run();
		EQ_INT(fake_gone(), i);
	}
	EQ_INT(h->messages, 5);
	EQ_INT(h->opened, 3);
	EQ_INT(fake_store.rec[1].attempts, 1);
	fake_end();
}

/* A connection that nobody needs any more by the time it fails says nothing
 * about the server. */
TEST(relay_pool_failed_for_nobody)
{
	struct fake_host *h;
	struct relay_hop *hop;

	begin();
	h = fake_host("mx.test");
	h->hangs = true;
	fake_queue(1, "me@our.test", "x@one.test");
	fake_store_up();
	fake_run();
	EQ_INT(h->opened, 1);
	fake_store_lose();
	fake_run();
	fake_store.rec[0].gone = true; /* an operator was quicker */
	fake_store_up();               /* jobs that wait go back */
	fake_run();
	EQ_INT(h->open, 1);
	h->hangs = false;
	h->connect = ERR_RETRY;
	hop = MAP_ITEM(
	    map_next(&fake.relay->hops, NULL), struct relay_hop, by_key);
	fake_stir(
	    LIST_ITEM(hop->conns.head.next, struct relay_conn, node)->client);
	fake_run();
	EQ_INT(h->open, 0);
	h->connect = ERR_OK;
	fake_tell(fake_queue(2, "me@our.test", "x@one.test"));
	fake_run();
	EQ_INT(fake_gone(), 2);
	EQ_INT(fake_store.rec[1].attempts, 1);
	fake_end();
}

/* All at first, then those that are left; what works is kept. */
TEST(relay_pool_addresses)
{
	struct fake_host *h;

	begin();
	h = fake_host("mx.test");
	h->naddrs = 3;
	h->bad = 2;
	fake_store_up();
	fake_tell(fake_queue(1, "me@our.test", "x@one.test"));
	fake_run();
	EQ_INT(fake_gone(), 1);
	EQ_INT(fake_store.rec[0].attempts, 1);
	EQ_INT(h->opened, 3);
	EQ_INT(h->hurried, 2);
	fake_wait(6);
	fake_tell(fake_queue(2, "me@our.test", "x@one.test"));
	fake_run();
	EQ_INT(fake_gone(), 2);
	EQ_INT(h->opened, 4);
	EQ_INT(h->others, 2); /* there, if it is not any more */
	h->bad = 3;
	fake_wait(6);
	fake_tell(fake_queue(3, "me@our.test", "x@one.test"));
	fake_run();
	EQ_INT(h->opened, 7);
	EQ_INT(h->others, 0);
	EQ_INT(fake_store.rec[2].state, STORE_OUT_DEFERRED);
	fake_end();
}

/* One race for all of them, and then it is the server that has failed. */
TEST(relay_pool_no_address_is_there)
{
	struct fake_host *h;

	begin();
	h = fake_host("mx.test");
	h->naddrs = 3;
	h->unmet = true;
	h->connect = ERR_RETRY;
	fake_store_up();
	fake_tell(fake_queue(1, "me@our.test", "x@one.test"));
	fake_run();
	EQ_INT(h->opened, 1);
	EQ_INT(h->others, 2);
	EQ_INT(h->hurried, 0);
	EQ_INT(fake_store.rec[0].state, STORE_OUT_DEFERRED);
	fake_end();
}

TEST(relay_pool_messages_on_one)
{
	begin();
	fake.conf.outbound.all.messages = 2;
	fake.conf.outbound.all.connections = 1;
	reload();
	for (unsigned i = 1; i <= 6; i++)
		fake_queue(i, "me@our.test", "x@one.test");
	fake_store_up();
	fake_run();
	EQ_INT(fake_gone(), 6);
	EQ_INT(fake_host("mx.test")->opened, 3);
	EQ_INT(fake_host("mx.test")->most_open, 1);
	fake_end();
}

/* As many as there may be are in use: an idle one of another server goes. */
TEST(relay_pool_makes_room)
{
	begin();
	fake.conf.outbound.connections = 1;
	reload();
	fake_store_up();
	fake_tell(fake_queue(1, "me@our.test", "x@one.test"));
	fake_run();
	EQ_INT(fake_host("mx.test")->open, 1);
	fake_tell(fake_queue(2, "me@our.test", "x@third.test"));
	fake_run();
	EQ_INT(fake_gone(), 2);
	EQ_INT(fake_host("mx.test")->open, 0);
	/* none is idle: wait for one that ends */
	fake_host("mx3.test")->stays_silent = true;
	fake_tell(fake_queue(3, "me@our.test", "x@third.test"));
	fake_run();
	fake_tell(fake_queue(4, "me@our.test", "x@one.test"));
	fake_run();
	EQ_INT(fake_gone(), 2);
	fake_host("mx3.test")->stays_silent = false;
	smtp_client_body(
	    LIST_ITEM(fake.relay->jobs.head.next, struct relay_job, node)
		->conn->client,
	    SLICE_NONE, ERR_OK);
	fake_wait(2);
	EQ_INT(fake_gone(), 4);
	fake_end();
}

/* After a reload routes and connections are made anew; what is under way ends
 * as it began. */
TEST(relay_pool_reload)
{
	begin();
	fake_store_up();
	fake_host("mx3.test")->stays_silent = true;
	fake_tell(fake_queue(1, "me@our.test", "x@one.test"));
	fake_tell(fake_queue(2, "me@our.test", "x@third.test"));
	fake_run();
	EQ_INT(fake_host("mx.test")->open, 1);
	reload();
	EQ_INT(fake_host("mx.test")->open, 0);
	EQ_INT(fake_host("mx3.test")->open, 1);
	fake_tell(fake_queue(3, "me@our.test", "x@one.test"));
	fake_run();
	EQ_INT(fake_host("mx.test")->opened, 2);
	EQ_INT(fake_peers.lookups, 3);
	fake_host("mx3.test")->stays_silent = false;
	smtp_client_body(
	    LIST_ITEM(fake.relay->jobs.head.next, struct relay_job, node)
		->conn->client,
	    SLICE_NONE, ERR_OK);
	fake_run();
	EQ_INT(fake_gone(), 3);
	fake_end();
}

/* While the route is looked up again there is mail at the old server. */
TEST(relay_pool_route_changes_under_way)
{
	struct fake_record *r;

	begin();
	fake.conf.outbound.all.connections = 2;
	reload();
	fake_store_up();
	fake_host("mx.test")->hangs = true;
	r = fake_queue(1, "me@our.test", "x@one.test");
	fake_tell(r);
	fake_wait(70);
	snprintf(fake_peers.route[0].hosts[0], 64, "mx3.test");
	fake_tell(fake_queue(2, "me@our.test", "y@one.test"));
	fake_run();
	reload();
	fake_tell(fake_queue(3, "me@our.test", "z@one.test"));
	fake_run();
	OK(!r->gone);
	OK(fake_gone() >= 1);
	EQ_STR(fake_host("mx3.test")->from, "me@our.test");
	fake_end();
}

/* Dead, then probed by one, then alive for all. */
TEST(relay_pool_probe)
{
	struct fake_host *h;

	begin();
	h = fake_host("mx.test");
	h->connect = ERR_RETRY;
	fake_queue(1, "me@our.test", "x@one.test");
	fake_store_up();
	fake_run();
	EQ_INT(h->opened, 1);
	h->connect = ERR_OK;
	fake_tell(fake_queue(2, "me@our.test", "y@one.test"));
	fake_run();
	EQ_INT(h->opened, 1); /* not hammered */
	fake_wait(16);
	for (unsigned i = 3; i < 8; i++)
		fake_tell(fake_queue(i, "me@our.test", "z@one.test"));
	fake_wait(3);
	EQ_INT(fake_gone(), 5);
	/* and what was deferred, when its time has come */
	fake_wait(15 * 60);
	EQ_INT(fake_gone(), 7);
	fake_end();
}

/* A server that answers is alive, even if it says no to everything. */
TEST(relay_pool_probe_is_refused)
{
	struct fake_host *h;

	begin();
	h = fake_host("mx.test");
	h->connect = ERR_RETRY;
	fake_queue(1, "me@our.test", "x@one.test");
	fake_store_up();
	fake_run();
	h->connect = ERR_OK;
	h->says = ERR_RETRY;
	h->code = 451;
	h->status = "4.7.1";
	fake_wait(16);
	fake_tell(fake_queue(2, "me@our.test", "z@one.test"));
	fake_run();
	OK(!relay_hop_is_dead(fake.relay->serve.count == 0
				  ? LIST_ITEM(fake.relay->idle_conns.head.next,
					struct relay_conn, idle_node)
					->hop
				  : NULL));
	fake_end();
}

/* A refusal is for those who heard it; who comes meanwhile hears his own. */
TEST(relay_pool_greeting_of_others)
{
	struct fake_host *h;
	struct fake_record *r;

	begin();
	h = fake_host("mx.test");
	h->connect = ERR_DENIED;
	h->connect_code = 554;
	r = fake_queue(1, "me@our.test", "x@one.test");
	fake_store_up();
	fake_run();
	EQ_INT(r->kind, STORE_OUTCOME_FAILED);
	r = fake_queue(2, "me@our.test", "y@one.test");
	fake_tell(r);
	fake_wait(1);
	EQ_INT(h->opened, 1);
	EQ_STR(r->reply, "server recently unreachable: mx.test said 554");
	EQ_INT(r->state, STORE_OUT_DEFERRED);
	EQ_INT(r->status[0], '4');
	for (unsigned min = 0; min < 60 && !r->gone; min++)
		fake_skip(60);
	EQ_INT(r->kind, STORE_OUTCOME_FAILED);
	EQ_INT(h->opened, 2);
	fake_end();
}

#define TEN "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
static const struct {
	const char *name, *words;
} odd_words[] = {
    {"longer than is kept", "x" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
				TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN},
    {"not UTF-8",           "a\xff\xfe"							       },
};

/* Whatever a server has said, and however it is cut, the outcome arrives. */
TEST(relay_pool_odd_words)
{
	for (size_t i = 0; i < sizeof odd_words / sizeof odd_words[0]; i++) {
		unit_case(odd_words[i].name);
		begin();
		fake_host("mx.test")->connect = ERR_RETRY;
		fake_host("mx.test")->words = odd_words[i].words;
		fake_queue(1, "me@our.test", "x@one.test");
		fake_store_up();
		fake_run();
		EQ_INT(fake_in_state(STORE_OUT_DEFERRED), 1);
		reload(); /* the server stays known, its connections not */
		fake_queue(2, "me@our.test", "x@one.test");
		fake_wait(2);
		EQ_INT(fake_in_state(STORE_OUT_DEFERRED), 2);
		OK(i != 0 ||
		    strncmp(fake_store.rec[1].reply,
			"server recently unreachable: x\xc3\xa4", 32) == 0);
		fake_end();
	}
}

/* With a plan of seconds a server that is back is found as soon as mail for it
 * is due, and not after a pause of its own. */
TEST(relay_pool_probes_as_planned)
{
	struct fake_host *h;

	begin();
	fake.conf.outbound.all.retry =
	    (struct conf_times){.n = 1, .ms = {2000}};
	reload();
	h = fake_host("mx.test");
	h->connect = ERR_RETRY;
	for (unsigned i = 1; i <= 3; i++)
		fake_queue(i, "me@our.test", "x@one.test");
	fake_store_up();
	fake_wait(1);
	h->opened = h->most_open = 0;
	fake_wait(30);
	OK(h->opened >= 10 && h->opened <= 15);
	EQ_INT(h->most_open, 1);
	h->connect = ERR_OK;
	fake_wait(5);
	EQ_INT(fake_gone(), 3);
	fake_end();
}

/* What a server does to those who insist on TLS, or log in, says nothing about
 * the mail of others. */
TEST(relay_pool_policies_apart)
{
	struct fake_host *h;

	begin();
	fake_peers.route[1].tls = CONF_OUT_VERIFY;
	(void)snprintf(fake_peers.route[2].hosts[0], 64, "mx.test");
	(void)snprintf(fake_peers.route[2].user, 16, "bob");
	h = fake_host("mx.test");
	h->connect = ERR_RETRY; /* its certificate is not the right one */
	fake_queue(1, "me@our.test", "x@other.test");
	fake_store_up();
	fake_run();
	EQ_INT(fake_in_state(STORE_OUT_DEFERRED), 1);
	h->connect = ERR_OK;
	fake_tell(fake_queue(2, "me@our.test", "x@one.test"));
	fake_tell(fake_queue(3, "me@our.test", "x@third.test"));
	fake_run();
	EQ_INT(fake_gone(), 2);
	fake_end();
}

/* What DNS could not say is asked for again soon. */
TEST(relay_pool_no_answer_is_not_kept)
{
	begin();
	fake.conf.outbound.all.retry =
	    (struct conf_times){.n = 1, .ms = {6000}};
	reload();
	fake_peers.route[0].kind = SMTP_ROUTE_RETRY;
	fake_queue(1, "me@our.test", "x@one.test");
	fake_queue(2, "me@our.test", "x@one.test");
	fake_store_up();
	fake_run();
	EQ_INT(fake_in_state(STORE_OUT_DEFERRED), 2);
	EQ_INT(fake_peers.lookups, 1);
	fake_peers.route[0].kind = SMTP_ROUTE_OK;
	fake_wait(8);
	EQ_INT(fake_gone(), 2);
	fake_end();
}

/* The connection breaks while a piece of the text is read: that piece comes
 * when the message waits for another server. */
TEST(relay_text_comes_for_nobody)
{
	struct fake_record *r;
	struct relay_job *j;

	begin();
	fake_route("two.test", "a.two.test", "b.two.test");
	r = fake_queue(1, "me@our.test", "x@two.test");
	fake_store.piece = 5;
	fake_store.lazy = true;
	fake_host("a.two.test")->drops_in_text = true;
	fake_host("b.two.test")->hangs = true;
	fake_store_up();
	fake_run();
	EQ_INT(fake_host("a.two.test")->messages, 1);
	fake_host("b.two.test")->hangs = false;
	j = LIST_ITEM(fake.relay->jobs.head.next, struct relay_job, node);
	fake_stir(
	    LIST_ITEM(j->at->conns.head.next, struct relay_conn, node)->client);
	fake_run();
	OK(r->gone);
	EQ_INT(r->kind, STORE_OUTCOME_DONE);
	EQ_SLICE(buf_slice(&fake_host("b.two.test")->text),
	    "Subject: hello\r\n\r\nbody\r\n");
	fake_end();
}
