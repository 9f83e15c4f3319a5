/* The front processes' side: the store away, lost and back; cancelling. */
#include "base/clock.h"
#include "tests/unit/store/calls.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What needs nothing of the store's memory waits for it. */
TEST(call_waits_for_store)
{
	struct calls t;
	struct calls_resolve a = {0}, cancelled = {0};
	struct calls_spill s = {0};
	struct calls_plain p = {0}, d = {0}, x = {0};
	struct calls_reads rd = {0};
	struct msg_ticket k;
	struct mail_id id = {{1}};

	calls_begin(&t, ROLE_SMTP);
	k = rig_ticket(&t.auth, 1, RIG_ALICE, MSG_PROTO_SUBMISSION, 1000);
	calls_kill_store(&t);
	calls_resolve(&t, &a, 1, "alice@example.test");
	calls_resolve(&t, &cancelled, 1, "alice@example.test");
	s.q.r.done = calls_spill_done;
	store_call_spill(t.c, &s.q, 0);
	p.r.done = x.r.done = calls_plain_done;
	store_call_sender(t.c, &p.r, &k, SLICE("alice@example.test"));
	unit_case("those that do");
	calls_deliver(&t, &d, "x", NULL);
	EQ_INT(calls_wait_plain(&t, &d), ERR_RETRY);
	store_call_expunge(t.c, &x.r, 7, &id, 1);
	EQ_INT(calls_wait_plain(&t, &x), ERR_FENCED);
	calls_read_ids(&t, &rd, 7, &id, 1);
	OK(rig_until(&t.r, &rd.done));
	EQ_INT(rd.err, ERR_FENCED);
	EQ_INT(rd.bodies, 0);
	store_req_cancel(t.c, &cancelled.q.r);
	OK(!a.done && !s.done && !p.done);
	unit_case("back");
	calls_come_back(&t, ROLE_SMTP);
	OK(rig_until(&t.r, &a.done));
	EQ_INT(a.err, ERR_OK);
	OK(rig_until(&t.r, &s.done));
	EQ_INT(s.err, ERR_OK);
	(void)close(s.q.fd);
	EQ_INT(calls_wait_plain(&t, &p), ERR_FENCED); /* the ticket is gone */
	OK(!cancelled.done);
	calls_end(&t);
}

TEST(call_waits_bounded)
{
	static struct calls_resolve many[STORE_CALL_WAITING + 1];
	struct calls t;

	calls_begin(&t, ROLE_SMTP);
	calls_kill_store(&t);
	memset(many, 0, sizeof many);
	clock_set_for_test(1000000, 5000000);
	for (unsigned i = 0; i <= STORE_CALL_WAITING; i++)
		calls_resolve(&t, &many[i], 1, "alice@example.test");
	rig_settle(&t.r);
	unit_case("one too many");
	OK(many[STORE_CALL_WAITING].done);
	EQ_INT(many[STORE_CALL_WAITING].err, ERR_RETRY);
	unit_case("not for ever");
	clock_set_for_test(1000000, 5000000 + 29900000);
	rig_settle(&t.r);
	OK(!many[0].done);
	clock_set_for_test(1000000, 5000000 + 30100000);
	rig_settle(&t.r);
	for (unsigned i = 0; i < STORE_CALL_WAITING; i++)
		if (!many[i].done || many[i].err != ERR_RETRY) {
			OK(!"still waiting");
			break;
		}
	clock_set_for_test(0, 0);
	rig_join(&t.r, &t.auth, ROLE_AUTH);
	calls_end(&t);
}

/* Under way when the store dies. */
static void
note(void *ctx)
{
	++*(int *)ctx;
}

TEST(call_lost)
{
	struct calls t;
	struct calls_resolve a = {0};
	struct calls_plain d = {0}, again = {0};
	int closed = 0;

	calls_begin(&t, ROLE_SMTP);
	store_call_on_lost(t.c, calls_on_lost, &t);
	store_call_on_closed(t.c, note, &closed);
	store_mem_hang(t.r.st, true);
	calls_resolve(&t, &a, 1, "alice@example.test");
	calls_deliver(&t, &d, "x", NULL);
	rig_settle(&t.r);
	OK(!a.done && !d.done && !t.lost);
	calls_kill_store(&t);
	OK(t.lost);
	EQ_INT(closed, 1);
	EQ_INT(calls_wait_plain(&t, &d), ERR_UNKNOWN);
	OK(a.done);
	EQ_INT(a.err, ERR_RETRY);
	store_mem_hang(t.r.st, false);
	calls_come_back(&t, ROLE_SMTP);
	unit_case("as good as new");
	calls_deliver(&t, &again, "x", NULL);
	EQ_INT(calls_wait_plain(&t, &again), ERR_OK);
	calls_end(&t);
}

/* A new channel while the old one still stands. */
TEST(call_channel_replaced)
{
	struct calls t;
	struct calls_plain d = {0};
	int closed = 0;

	calls_begin(&t, ROLE_SMTP);
	store_call_on_closed(t.c, note, &closed);
	store_mem_hang(t.r.st, true);
	calls_deliver(&t, &d, "x", NULL);
	rig_settle(&t.r);
	OK(store_call_attach(t.c, rig_attach(&t.r, ROLE_SMTP)) == ERR_OK);
	EQ_INT(calls_wait_plain(&t, &d), ERR_UNKNOWN);
	store_mem_hang(t.r.st, false);
	rig_settle(&t.r);
	calls_deliver(&t, &d, "x", NULL);
	EQ_INT(calls_wait_plain(&t, &d), ERR_OK);
	EQ_INT(closed, 0);
	calls_end(&t);
}

TEST(call_cancel)
{
	struct calls t;
	struct calls_resolve a = {0};
	struct calls_plain d = {0};
	struct calls_spill s = {0};

	calls_begin(&t, ROLE_SMTP);
	store_req_cancel(t.c, &a.q.r); /* not busy */
	calls_resolve(&t, &a, 1, "alice@example.test");
	store_req_cancel(t.c, &a.q.r);
	OK(!a.q.r.busy);
	unit_case("the struct may serve again at once");
	calls_resolve(&t, &a, 2, "zoe@example.test");
	OK(rig_until(&t.r, &a.done));
	EQ_INT(a.err, ERR_NOENT);
	unit_case("a delivery goes on");
	calls_deliver(&t, &d, "x", NULL);
	store_req_cancel(t.c, &d.r);
	rig_settle(&t.r);
	OK(!d.done);
	EQ_INT(rig_count(&t.r, RIG_ALICE), 1);
	unit_case("a file that comes is closed");
	s.q.r.done = calls_spill_done;
	store_call_spill(t.c, &s.q, 0);
	store_req_cancel(t.c, &s.q.r);
	rig_settle(&t.r);
	OK(!s.done);
	calls_end(&t);
}

/* Answers of another kind than was asked, or to what was never asked. */
TEST(call_strange_answers)
{
	struct net_loop *l = net_loop_new();
	struct store_call *c = store_call_new(l, ROLE_SMTP);
	static const struct msg_handlers deaf;
	struct calls_resolve a = {0};
	struct msg_done d;
	struct msg_spilled s;
	struct chan *store;
	int fd[2];

	OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == 0);
	store = chan_new(l, fd[0], ROLE_STORE, ROLE_SMTP, &deaf, NULL, NULL);
	OK(store_call_attach(c, fd[1]) == ERR_OK);
	chan_pause(store, true);
	a.q.r.done = calls_resolve_done;
	store_call_resolve(
	    c, &a.q, 1, 0, NULL, false, SLICE("alice@example.test"));
	memset(&d, 0, sizeof d);
	memset(&s, 0, sizeof s);
	for (d.req = 0; d.req < 5; d.req++) {
		s.req = d.req;
		msg_send_done(store, &d, SLICE_NONE, -1);
		msg_send_spilled(store, &s, SLICE_NONE, dup(0));
	}
	for (int i = 0; i < 20; i++)
		net_loop_turn(l, 0);
	OK(!a.done);
	OK(store_call_up(c));
	store_call_free(&c);
	OK(!a.done);
	chan_free(&store);
	net_loop_free(&l);
}
