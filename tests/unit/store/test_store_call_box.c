/* Mailboxes, from the front process's side. */
#include "tests/unit/store/calls.h"

#include <string.h>

TEST(call_mail_out)
{
	enum { N = 10 };
	struct mail_id ids[N];
	struct calls t;
	struct calls_open o, second = {0};
	struct calls_reads rd = {0};
	struct calls_plain p = {0};
	struct msg_ticket k;

	calls_begin_pop3(&t, ids, N, &o);
	calls_read_ids(&t, &rd, o.q.lease, ids, N);
	OK(rig_until(&t.r, &rd.done));
	EQ_INT(rd.err, ERR_OK);
	EQ_INT(rd.bodies, N);
	EQ_INT(rd.octets, N * 67);
	p.r.done = calls_plain_done;
	store_call_expunge(t.c, &p.r, o.q.lease, ids, N - 1);
	EQ_INT(calls_wait_plain(&t, &p), ERR_OK);
	EQ_INT(rig_count(&t.r, RIG_ALICE), 1);
	unit_case("somebody else");
	k = rig_ticket(&t.auth, 1, RIG_ALICE, MSG_PROTO_POP3, 1000);
	calls_open_box(&t, &second, &k);
	OK(rig_until(&t.r, &second.done));
	EQ_INT(second.err, ERR_BUSY);
	unit_case("closed");
	store_call_close(t.c, o.q.lease);
	second.done = false;
	calls_open_box(&t, &second, &k);
	OK(rig_until(&t.r, &second.done));
	EQ_INT(second.err, ERR_OK);
	unit_case("a lease that was");
	rd.done = false;
	calls_read_ids(&t, &rd, o.q.lease, ids, 2);
	OK(rig_until(&t.r, &rd.done));
	EQ_INT(rd.body_err, ERR_FENCED);
	calls_end(&t);
}

/* More ids than one message takes. */
TEST(call_expunge_many)
{
	enum { N = 10000 };
	static struct mail_id ids[N];
	struct mail_id one;
	struct calls t;
	struct calls_open o;
	struct calls_plain p = {0};

	calls_begin_pop3(&t, &one, 1, &o);
	ids[N - 1] = one;
	p.r.done = calls_plain_done;
	store_call_expunge(t.c, &p.r, o.q.lease, ids, N);
	EQ_INT(calls_wait_plain(&t, &p), ERR_OK);
	EQ_INT(rig_count(&t.r, RIG_ALICE), 0);
	calls_end(&t);
}

TEST(call_lost_mailbox)
{
	struct mail_id id;
	struct calls t;
	struct calls_open o;
	struct calls_reads rd = {0};
	struct calls_plain x = {0};

	calls_begin_pop3(&t, &id, 1, &o);
	store_mem_hang(t.r.st, true);
	calls_read_ids(&t, &rd, o.q.lease, &id, 1);
	x.r.done = calls_plain_done;
	store_call_expunge(t.c, &x.r, o.q.lease, &id, 1);
	rig_settle(&t.r);
	calls_kill_store(&t);
	EQ_INT(calls_wait_plain(&t, &x), ERR_UNKNOWN);
	OK(rd.done);
	EQ_INT(rd.err, ERR_RETRY);
	EQ_INT(rd.bodies, 0);
	store_mem_hang(t.r.st, false);
	calls_come_back(&t, ROLE_POP3);
	unit_case("the lease did not come back");
	store_call_expunge(t.c, &x.r, o.q.lease, &id, 1);
	EQ_INT(calls_wait_plain(&t, &x), ERR_FENCED);
	calls_end(&t);
}

/* The lease of a mailbox whose opening was cancelled is given back. */
TEST(call_cancel_open)
{
	struct calls t;
	struct calls_open o = {0}, again = {0};
	struct msg_ticket k[3];

	calls_begin(&t, ROLE_POP3);
	for (int i = 0; i < 3; i++)
		k[i] = rig_ticket(&t.auth, 1, RIG_ALICE, MSG_PROTO_POP3, 1000);
	unit_case("before the answer");
	calls_open_box(&t, &o, &k[0]);
	store_req_cancel(t.c, &o.q.r);
	rig_settle(&t.r);
	OK(!o.done && o.pages == 0);
	unit_case("in the answer");
	o.cancel = true;
	calls_open_box(&t, &o, &k[1]);
	rig_settle(&t.r);
	EQ_INT(o.pages, 1);
	OK(!o.done);
	calls_open_box(&t, &again, &k[2]);
	OK(rig_until(&t.r, &again.done));
	EQ_INT(again.err, ERR_OK);
	calls_end(&t);
}

TEST(call_cancel_read)
{
	struct mail_id ids[3];
	struct calls t;
	struct calls_open o;
	struct calls_reads rd = {0}, again = {0};

	calls_begin_pop3(&t, ids, 3, &o);
	rd.cancel = true;
	calls_read_ids(&t, &rd, o.q.lease, ids, 3);
	rig_settle(&t.r);
	EQ_INT(rd.bodies, 1);
	OK(!rd.done);
	calls_read_ids(&t, &again, o.q.lease, ids, 3);
	OK(rig_until(&t.r, &again.done));
	EQ_INT(again.bodies, 3);
	calls_end(&t);
}
