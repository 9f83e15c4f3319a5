/* Bodies out: in order, in pieces, from closed mailboxes, to slow readers. */
#include "tests/unit/store/rig.h"

#include <stdlib.h>
#include <string.h>

enum { MANY = 50 };

struct rig_read {
	struct rig r;
	struct rig_peer smtp, pop3, auth;
	struct mail_id id[MANY];
	uint64_t lease;
};

static void
begin(struct rig_read *t, unsigned n, const char *text)
{
	struct msg_ticket k;
	unsigned rows;
	enum err e;

	rig_open(&t->r);
	rig_join(&t->r, &t->smtp, ROLE_SMTP);
	rig_join(&t->r, &t->pop3, ROLE_POP3);
	rig_join(&t->r, &t->auth, ROLE_AUTH);
	for (unsigned i = 0; i < n; i++)
		EQ_INT(rig_deliver(
			   &t->smtp, "alice@example.test", text, &t->id[i]),
		    ERR_OK);
	k = rig_ticket(&t->auth, 1, RIG_ALICE, MSG_PROTO_POP3, 60000);
	t->lease = rig_box_open(&t->pop3, &k, &e, &rows);
	EQ_INT(rows, n);
}

static void
end(struct rig_read *t)
{
	rig_leave(&t->smtp);
	rig_leave(&t->pop3);
	rig_leave(&t->auth);
	rig_close(&t->r);
}

static void
ask(struct rig_read *t, uint64_t req, unsigned n, uint64_t offset, uint32_t max)
{
	struct msg_box_read m = {req, t->lease, offset, max, n};

	msg_send_box_read(
	    t->pop3.chan, &m, slice_of(t->id, n * sizeof t->id[0]), -1);
}

static const char prefix[] =
    "Return-Path: <ann@remote.test>\r\nDelivered-To: alice@example.test\r\n";

TEST(read_pieces)
{
	struct rig_read t;
	const struct rig_msg *g;
	struct buf all = BUF_INIT(4096);

	begin(&t, 1, "Subject: x\r\n\r\nhello\r\n");
	for (unsigned at = 0;; at += 10) {
		ask(&t, at, 1, at, 10);
		g = rig_get(&t.pop3, MSG_BODY);
		EQ_INT(g->m.body.err, ERR_OK);
		EQ_INT(g->m.body.req, at);
		OK(mail_id_cmp(&g->m.body.id, &t.id[0]) == 0);
		EQ_INT(g->m.body.total, sizeof prefix - 1 + 21);
		if (g->tail.len == 0)
			break;
		buf_add_slice(&all, buf_slice(&g->tail));
	}
	EQ_MEM(all.p, sizeof prefix - 1, prefix, sizeof prefix - 1);
	EQ_SLICE(slice_skip(buf_slice(&all), sizeof prefix - 1),
	    "Subject: x\r\n\r\nhello\r\n");
	unit_case("far behind the end");
	ask(&t, 1, 1, UINT64_MAX, 10);
	g = rig_get(&t.pop3, MSG_BODY);
	EQ_INT(g->m.body.err, ERR_OK);
	EQ_INT(g->tail.len, 0);
	buf_fini(&all);
	end(&t);
}

/* Many ids in many requests; answers in order within each. */
TEST(read_many)
{
	struct rig_read t;
	const struct rig_msg *g;
	unsigned next[4] = {0, 0, 0, 0};

	begin(&t, MANY, "some text");
	for (unsigned i = 0; i < 4; i++)
		ask(&t, i, MANY, 0, 1000);
	for (unsigned i = 0; i < 4 * MANY; i++) {
		g = rig_get(&t.pop3, MSG_BODY);
		if (!OK(g->m.body.req < 4))
			break;
		OK(mail_id_cmp(&g->m.body.id,
		       &t.id[next[g->m.body.req]++ % MANY]) == 0);
		EQ_INT(g->m.body.err, ERR_OK);
	}
	OK(rig_silent(&t.pop3));
	end(&t);
}

TEST(read_errors)
{
	static const enum err want[] = {
	    ERR_OK, ERR_CORRUPT, ERR_NOENT, ERR_RETRY};
	struct rig_read t;
	const struct rig_msg *g;

	begin(&t, 4, "text");
	store_mem_damage(t.r.st, RIG_ALICE, &t.id[1]);
	t.id[2].b[3] ^= 1;
	for (unsigned i = 0; i < 4; i++) {
		struct msg_box_read m = {i, t.lease, 0, 100, 1};

		if (want[i] == ERR_RETRY)
			store_mem_fail(
			    t.r.st, STORE_MEM_READ, ERR_RETRY, 1, false);
		msg_send_box_read(t.pop3.chan, &m, slice_of(&t.id[i], 16), -1);
		g = rig_get(&t.pop3, MSG_BODY);
		EQ_INT(g->m.body.err, want[i]);
		EQ_INT(g->tail.len == 0, want[i] != ERR_OK);
	}
	end(&t);
}

TEST(read_without_lease)
{
	struct rig_read t;
	const struct rig_msg *g;

	begin(&t, 3, "text");
	t.lease++;
	ask(&t, 5, 3, 0, 100);
	for (unsigned i = 0; i < 3; i++) {
		g = rig_get(&t.pop3, MSG_BODY);
		EQ_INT(g->m.body.err, ERR_FENCED);
		OK(mail_id_cmp(&g->m.body.id, &t.id[i]) == 0);
		EQ_INT(g->tail.len, 0);
	}
	EQ_INT(store_mem_count(t.r.st, STORE_MEM_READ), 0);
	end(&t);
}

/* Closed while reads wait their turn: what was asked comes, the rest is fenced.
 */
TEST(read_closed_meanwhile)
{
	struct rig_read t;
	unsigned ok = 0, fenced = 0;

	begin(&t, MANY, "text");
	store_mem_hold(t.r.st, STORE_MEM_READ, true);
	for (unsigned i = 0; i < 10; i++)
		ask(&t, i, MANY, 0, 1 << 20);
	rig_settle(&t.r);
	rig_box_close(&t.pop3, t.lease);
	store_mem_hold(t.r.st, STORE_MEM_READ, false);
	for (unsigned i = 0; i < 10 * MANY; i++) {
		const struct rig_msg *g = rig_get(&t.pop3, MSG_BODY);

		ok += g->m.body.err == ERR_OK;
		fenced += g->m.body.err == ERR_FENCED;
	}
	EQ_INT(ok + fenced, 10 * MANY);
	unit_case("as many as the bound lets be under way");
	EQ_INT(ok, 64);
	end(&t);
}

/* The same while many have one of two under way: the answer to it lets the
 * other one be fenced, which ends the request. */
TEST(read_closed_between)
{
	enum { JOBS = 132, UNDER_WAY = 64 };
	struct rig_read t;
	unsigned ok = 0, fenced = 0;

	begin(&t, 2, "text");
	store_mem_hold(t.r.st, STORE_MEM_READ, true);
	for (unsigned i = 0; i < JOBS; i++)
		ask(&t, i, 2, 0, 1 << 20);
	rig_settle(&t.r);
	store_mem_pass(t.r.st, STORE_MEM_READ, UNDER_WAY);
	for (unsigned i = 0; i < 2 * JOBS; i++) {
		const struct rig_msg *g = rig_get(&t.pop3, MSG_BODY);

		ok += g->m.body.err == ERR_OK;
		fenced += g->m.body.err == ERR_FENCED;
		if (i + 1 != UNDER_WAY)
			continue;
		EQ_INT(store_mem_count(t.r.st, STORE_MEM_READ), 2 * UNDER_WAY);
		rig_box_close(&t.pop3, t.lease);
		store_mem_hold(t.r.st, STORE_MEM_READ, false);
	}
	EQ_INT(ok, 2 * UNDER_WAY);
	EQ_INT(fenced, 2 * JOBS - 2 * UNDER_WAY);
	OK(rig_silent(&t.pop3));
	end(&t);
}

/* A process that does not read what it asked for costs a bounded amount. */
TEST(read_slow_reader)
{
	struct rig_read t;
	char *text = malloc((1 << 19) + 1);
	unsigned asked;

	memset(text, 'x', 1 << 19);
	text[1 << 19] = '\0';
	begin(&t, 1, text);
	for (unsigned i = 1; i < MANY; i++)
		t.id[i] = t.id[0];
	chan_pause(t.pop3.chan, true);
	for (unsigned i = 0; i < 10; i++)
		ask(&t, i, MANY, 0, 1 << 19);
	rig_pass(&t.r, 100);
	asked = store_mem_count(t.r.st, STORE_MEM_READ);
	unit_case("8 MiB in the channel, 16 MiB under way, 256 KiB each");
	OK(asked >= 32 && asked <= 64 + 32 + 4);
	chan_pause(t.pop3.chan, false);
	for (unsigned i = 0; i < 10 * MANY; i++)
		if (!EQ_INT(rig_get(&t.pop3, MSG_BODY)->m.body.err, ERR_OK))
			break;
	OK(rig_silent(&t.pop3));
	free(text);
	end(&t);
}

/* The reader goes while some reads are under way and others wait. */
TEST(read_reader_gone)
{
	struct rig_read t;

	begin(&t, MANY, "text");
	store_mem_hold(t.r.st, STORE_MEM_READ, true);
	for (unsigned i = 0; i < 10; i++)
		ask(&t, i, MANY, 0, 1 << 20);
	rig_settle(&t.r);
	rig_leave(&t.pop3);
	store_mem_hold(t.r.st, STORE_MEM_READ, false);
	rig_settle(&t.r);
	EQ_INT(store_mem_count(t.r.st, STORE_MEM_READ), 64);
	end(&t);
}

/* --- rows and bodies in one full channel ------------------------------- */

enum { ROWS = 5000 }; /* two pages */

/* alice's large message fills the channel of a reader that does not read; bob's
 * mailbox is opened over it. */
static void
begin_full(struct rig_read *t)
{
	char *text = malloc((1 << 19) + 1);
	struct msg_box_open m = {99, 0, {{0}}};
	struct store_rcpt bob = {
	    RIG_BOB, SLICE_NONE, SLICE_NONE, SLICE_NONE, 0};
	struct buf tail = BUF_INIT(1000);
	struct msg_deliver d;
	struct rig_peer ctl;

	memset(text, 'x', 1 << 19);
	text[1 << 19] = '\0';
	begin(t, 1, text);
	free(text);
	rig_join(&t->r, &ctl, ROLE_CTL);
	store_rcpt_add(&tail, &bob);
	memset(&d, 0, sizeof d);
	d.flags = MSG_DELIVER_IMPORT;
	d.rcpts = 1;
	d.rcpt_len = (uint32_t)tail.len;
	for (unsigned i = 0; i < ROWS; i++) {
		d.id = mail_id_make(&ctl.maker);
		msg_send_deliver(ctl.chan, &d, buf_slice(&tail), -1);
		EQ_INT(rig_done(&ctl, 0, NULL), ERR_OK);
	}
	rig_leave(&ctl);
	buf_fini(&tail);
	for (unsigned i = 1; i < MANY; i++)
		t->id[i] = t->id[0];
	m.ticket = rig_ticket(&t->auth, 2, RIG_BOB, MSG_PROTO_POP3, 10000);
	chan_pause(t->pop3.chan, true);
	ask(t, 1, MANY, 0, 1 << 19);
	rig_pass(&t->r, 100);
	msg_send_box_open(t->pop3.chan, &m, SLICE_NONE, -1);
	rig_pass(&t->r, 50);
	EQ_INT(store_mem_count(t->r.st, STORE_MEM_LIST), 2); /* alice's, his */
}

/* The rows of bob's mailbox, from among the bodies; the last err. */
static enum err
take_rows(struct rig_read *t, unsigned *rows, uint64_t *lease)
{
	enum err e = ERR_OK;
	bool more = true;

	for (*rows = 0; more && !t->pop3.closed;) {
		while (list_empty(&t->pop3.msgs) && !t->pop3.closed)
			net_loop_turn(t->r.loop, 5);
		if (LIST_ITEM(t->pop3.msgs.head.next, struct rig_msg, node)
			->type != MSG_BOX_ROWS) {
			(void)rig_get(&t->pop3, MSG_BODY);
			continue;
		}
		(void)rig_get(&t->pop3, MSG_BOX_ROWS);
		*rows += t->pop3.last->m.box_rows.n;
		*lease = t->pop3.last->m.box_rows.lease;
		e = (enum err)t->pop3.last->m.box_rows.err;
		more = t->pop3.last->m.box_rows.more != 0;
	}
	return e;
}

TEST(rows_wait_for_room)
{
	struct rig_read t;
	uint64_t lease;
	unsigned rows;

	begin_full(&t);
	chan_pause(t.pop3.chan, false);
	EQ_INT(take_rows(&t, &rows, &lease), ERR_OK);
	EQ_INT(rows, ROWS);
	end(&t);
}

/* Closed, by an operator who takes the mailbox away, while rows wait. */
TEST(rows_waiting_fenced)
{
	struct rig_read t;
	struct msg_control m;
	struct rig_peer ctl;
	uint64_t lease;
	unsigned rows;

	begin_full(&t);
	rig_join(&t.r, &ctl, ROLE_CTL);
	memset(&m, 0, sizeof m);
	m.what = CONTROL_REMOVE;
	m.arg = RIG_BOB;
	msg_send_control(ctl.chan, &m, SLICE_NONE, -1);
	EQ_INT(rig_done(&ctl, 0, NULL), ERR_OK);
	chan_pause(t.pop3.chan, false);
	EQ_INT(take_rows(&t, &rows, &lease), ERR_FENCED);
	EQ_INT(rows, 4096);
	rig_leave(&ctl);
	end(&t);
}

TEST(rows_waiting_reader_gone)
{
	struct rig_read t;

	begin_full(&t);
	rig_leave(&t.pop3);
	rig_pass(&t.r, 20);
	rig_leave(&t.smtp);
	rig_leave(&t.auth);
	OK(store_proc_quiet(t.r.proc));
	rig_close(&t.r);
}
