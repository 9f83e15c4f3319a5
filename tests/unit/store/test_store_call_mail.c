/* Mail in, from the front process's side. */
#include "tests/unit/store/calls.h"

#include <string.h>
#include <unistd.h>

TEST(call_mail_in)
{
	struct calls t;
	struct calls_resolve a = {0};
	struct calls_spill s = {0};
	struct calls_plain p = {0};
	struct msg_ticket k;
	struct msg_deliver m;
	struct buf rcpts = BUF_INIT(1000);
	struct store_rcpt rcpt = {
	    0, SLICE("alice@example.test"), SLICE_NONE, SLICE_NONE, 0};

	calls_begin(&t, ROLE_SMTP);
	OK(store_call_up(t.c));
	OK(store_call_tx(t.c) != store_call_tx(t.c));
	calls_resolve(&t, &a, 1, "staff@example.test");
	OK(rig_until(&t.r, &a.done));
	EQ_INT(a.err, ERR_OK);
	EQ_INT(a.q.mailboxes, 2);
	store_call_tx_end(t.c, 1);
	k = rig_ticket(&t.auth, 1, RIG_ALICE, MSG_PROTO_SUBMISSION, 1000);
	p.r.done = calls_plain_done;
	store_call_sender(t.c, &p.r, &k, SLICE("bob@example.test"));
	EQ_INT(calls_wait_plain(&t, &p), ERR_DENIED);
	store_call_sender(t.c, &p.r, &k, SLICE("alice@example.test"));
	EQ_INT(calls_wait_plain(&t, &p), ERR_OK);
	calls_deliver(&t, &p,
	    "a message in many pieces, so that memory is asked for", NULL);
	EQ_INT(calls_wait_plain(&t, &p), ERR_OK);
	unit_case("with a spilled rest");
	s.q.r.done = calls_spill_done;
	store_call_spill(t.c, &s.q, 0);
	OK(rig_until(&t.r, &s.done));
	EQ_INT(s.err, ERR_OK);
	OK(write(s.q.fd, "rest", 4) == 4);
	memset(&m, 0, sizeof m);
	m.rcpts = 1;
	store_rcpt_add(&rcpts, &rcpt);
	OK(store_call_new_id(t.c, &m.id));
	store_call_deliver(t.c, &p.d, &m, buf_slice(&rcpts), SLICE_NONE,
	    SLICE_NONE, NULL, 0, s.q.fd, 4);
	EQ_INT(calls_wait_plain(&t, &p), ERR_OK);
	EQ_INT(rig_count(&t.r, RIG_ALICE), 2);
	buf_fini(&rcpts);
	calls_end(&t);
}

TEST(call_new_id)
{
	struct calls t;
	struct mail_id a, b;

	calls_begin(&t, ROLE_SMTP);
	OK(store_call_new_id(t.c, &a));
	OK(store_call_new_id(t.c, &b));
	OK(mail_id_cmp(&a, &b) < 0);
	calls_kill_store(&t);
	OK(!store_call_new_id(t.c, &a));
	OK(!store_call_up(t.c));
	calls_come_back(&t, ROLE_SMTP);
	OK(store_call_new_id(t.c, &a));
	OK(mail_id_cmp(&a, &b) > 0);
	calls_end(&t);
}

TEST(call_deliver_bounds)
{
	static char text[STORE_CALL_TAIL_MAX];
	static struct calls_plain many[64];
	struct calls t;
	unsigned n = 0, refused = 0;

	calls_begin(&t, ROLE_SMTP);
	memset(many, 0, sizeof many);
	memset(text, 'x', sizeof text - 1);
	unit_case("recipients and head over the limit of a message");
	calls_deliver(&t, &many[0], text, NULL);
	EQ_INT(calls_wait_plain(&t, &many[0]), ERR_TOOBIG);
	unit_case("all under way over the limit");
	text[1 << 20] = '\0';
	store_mem_hang(t.r.st, true);
	for (n = 0; n < 64; n++)
		calls_deliver(&t, &many[n], text, NULL);
	rig_pass(&t.r, 100);
	for (n = 0; n < 64; n++)
		refused += many[n].done && many[n].err == ERR_RETRY;
	EQ_INT(refused, 64 - 47);
	store_mem_hang(t.r.st, false);
	for (n = 0; n < 64; n++) {
		OK(rig_until(&t.r, &many[n].done));
		OK(many[n].err == ERR_RETRY || many[n].err == ERR_OK);
	}
	EQ_INT(rig_count(&t.r, RIG_ALICE), 47);
	calls_end(&t);
}
