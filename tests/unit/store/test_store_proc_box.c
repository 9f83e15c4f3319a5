/*
 * Mailboxes: who may open them, listing, removing, and all that is hostile.
 * Covers: store/store_proc_expunge.c
 */
#include "tests/unit/store/rig.h"

#include <string.h>

struct three { /* a store with a message for alice, and peers */
	struct rig r;
	struct rig_peer smtp, pop3, auth;
	struct mail_id id;
};

static void
begin(struct three *t)
{
	rig_open(&t->r);
	rig_join(&t->r, &t->smtp, ROLE_SMTP);
	rig_join(&t->r, &t->pop3, ROLE_POP3);
	rig_join(&t->r, &t->auth, ROLE_AUTH);
	EQ_INT(rig_deliver(&t->smtp, "alice@example.test", "hello\r\n", &t->id),
	    ERR_OK);
}

static void
end(struct three *t)
{
	rig_leave(&t->smtp);
	rig_leave(&t->pop3);
	rig_leave(&t->auth);
	rig_close(&t->r);
}

static struct msg_ticket
ticket(struct three *t)
{
	return rig_ticket(&t->auth, 1, RIG_ALICE, MSG_PROTO_POP3, 60000);
}

static enum err
expunge(struct rig_peer *p, uint64_t lease, const struct mail_id *ids,
    unsigned n, uint64_t *removed)
{
	struct msg_box_mark mark = {lease, n, 0};
	struct msg_box_expunge m = {21, lease};

	if (n > 0)
		msg_send_box_mark(
		    p->chan, &mark, slice_of(ids, n * sizeof(*ids)), -1);
	msg_send_box_expunge(p->chan, &m, SLICE_NONE, -1);
	return rig_done(p, 21, removed);
}

TEST(box_open_and_close)
{
	struct three t;
	struct msg_ticket a, b;
	uint64_t lease;
	unsigned rows;
	enum err e;

	begin(&t);
	a = ticket(&t);
	b = ticket(&t);
	lease = rig_box_open(&t.pop3, &a, &e, &rows);
	EQ_INT(e, ERR_OK);
	EQ_INT(rows, 1);
	OK(lease != 0);
	unit_case("a second session");
	EQ_INT(rig_box_open(&t.pop3, &b, &e, &rows), 0);
	EQ_INT(e, ERR_BUSY);
	unit_case("a ticket opens once");
	EQ_INT(rig_box_open(&t.pop3, &a, &e, &rows), 0);
	EQ_INT(e, ERR_FENCED);
	unit_case("closed: the second session may try again");
	rig_box_close(&t.pop3, lease);
	OK(rig_box_open(&t.pop3, &b, &e, &rows) != 0);
	EQ_INT(e, ERR_OK);
	EQ_INT(store_mem_count(t.r.st, STORE_MEM_TOUCH), 2);
	end(&t);
}

static const struct {
	const char *name;
	uint32_t protocol;
	uint64_t ttl_ms;
	bool zero, wait;
} bad[] = {
    {"for submission", MSG_PROTO_SUBMISSION, 1000, false, false},
    {"expired",        MSG_PROTO_POP3,       5,    false, true },
    {"zero",           MSG_PROTO_POP3,       1000, true,  false},
};

TEST(box_bad_tickets)
{
	struct three t;
	struct msg_ticket k;
	unsigned rows;
	enum err e;

	begin(&t);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		unit_case(bad[i].name);
		k = rig_ticket(
		    &t.auth, 1, RIG_ALICE, bad[i].protocol, bad[i].ttl_ms);
		if (bad[i].zero)
			memset(&k, 0, sizeof k);
		if (bad[i].wait)
			rig_pass(&t.r, 10);
		EQ_INT(rig_box_open(&t.pop3, &k, &e, &rows), 0);
		EQ_INT(e, ERR_FENCED);
	}
	unit_case("a number says nothing");
	msg_send_box_open(t.pop3.chan,
	    &(struct msg_box_open){1, RIG_ALICE, {{0}}}, SLICE_NONE, -1);
	EQ_INT(rig_get(&t.pop3, MSG_BOX_ROWS)->m.box_rows.err, ERR_FENCED);
	end(&t);
}

/* The process that asked for the ticket is the only one it opens for. */
TEST(box_ticket_of_another)
{
	struct three t;
	struct rig_peer other;
	struct msg_ticket k, second;
	uint64_t lease;
	unsigned rows;
	enum err e;

	begin(&t);
	rig_join(&t.r, &other, ROLE_POP3);
	k = ticket(&t);
	second = ticket(&t);
	lease = rig_box_open(&t.pop3, &k, &e, &rows);
	EQ_INT(rig_box_open(&t.pop3, &second, &e, &rows), 0);
	EQ_INT(e, ERR_BUSY);
	EQ_INT(rig_box_open(&other, &second, &e, &rows), 0);
	EQ_INT(e, ERR_FENCED);
	unit_case("a lease of another");
	rig_box_close(&other, lease);
	EQ_INT(expunge(&other, lease, &t.id, 1, NULL), ERR_FENCED);
	EQ_INT(rig_count(&t.r, RIG_ALICE), 1);
	EQ_INT(expunge(&t.pop3, lease, &t.id, 1, NULL), ERR_OK);
	EQ_INT(rig_count(&t.r, RIG_ALICE), 0);
	rig_leave(&other);
	end(&t);
}

TEST(box_ends_with_its_process)
{
	struct three t;
	struct rig_peer other;
	struct msg_ticket a, b;
	unsigned rows;
	enum err e;

	begin(&t);
	rig_join(&t.r, &other, ROLE_POP3);
	a = ticket(&t);
	b = ticket(&t);
	OK(rig_box_open(&other, &a, &e, &rows) != 0);
	rig_leave(&other);
	OK(rig_box_open(&t.pop3, &b, &e, &rows) != 0);
	EQ_INT(e, ERR_OK);
	end(&t);
}

/* The process goes while the lease is being taken for it. */
TEST(box_lease_for_nobody)
{
	struct three t;
	struct rig_peer other;
	struct msg_box_open m = {1, 0, {{0}}};
	struct msg_ticket b;
	unsigned rows;
	enum err e;

	begin(&t);
	rig_join(&t.r, &other, ROLE_POP3);
	m.ticket = ticket(&t);
	b = ticket(&t);
	store_mem_hold(t.r.st, STORE_MEM_LEASE_TAKE, true);
	msg_send_box_open(other.chan, &m, SLICE_NONE, -1);
	rig_settle(&t.r);
	rig_leave(&other);
	store_mem_hold(t.r.st, STORE_MEM_LEASE_TAKE, false);
	rig_settle(&t.r);
	OK(rig_box_open(&t.pop3, &b, &e, &rows) != 0);
	EQ_INT(e, ERR_OK);
	end(&t);
}

/* The account is suspended between login and lease. */
TEST(box_ticket_dies_meanwhile)
{
	struct three t;
	struct rig_peer ctl;
	struct msg_box_open m = {1, 0, {{0}}};
	struct msg_dir_commit c = {2, 1, 0};
	struct buf value = BUF_INIT(4096), tail = BUF_INIT(4096);

	begin(&t);
	rig_join(&t.r, &ctl, ROLE_CTL);
	m.ticket = ticket(&t);
	store_mem_hold(t.r.st, STORE_MEM_LEASE_TAKE, true);
	msg_send_box_open(t.pop3.chan, &m, SLICE_NONE, -1);
	rig_account(
	    &value, "alice@example.test", RIG_ALICE, 0, STORE_SUSPENDED);
	store_changes_add(&tail,
	    &(struct store_change){STORE_ACCOUNT, SLICE("\0\0\0\0\0\0\0\1"),
		buf_slice(&value), UINT64_MAX});
	msg_send_dir_commit(ctl.chan, &c, buf_slice(&tail), -1);
	EQ_INT(rig_done(&ctl, 2, NULL), ERR_OK);
	EQ_INT(rig_get(&t.auth, MSG_ACCOUNT_CHANGED)->m.account_changed.account,
	    1);
	store_mem_hold(t.r.st, STORE_MEM_LEASE_TAKE, false);
	EQ_INT(rig_get(&t.pop3, MSG_BOX_ROWS)->m.box_rows.err, ERR_FENCED);
	buf_fini(&value);
	buf_fini(&tail);
	rig_leave(&ctl);
	end(&t);
}

static const struct {
	const char *name;
	enum store_mem_kind kind;
	enum err fault;
} open_faults[] = {
    {"lease", STORE_MEM_LEASE_TAKE, ERR_RETRY  },
    {"list",  STORE_MEM_LIST,       ERR_RETRY  },
    {"list",  STORE_MEM_LIST,       ERR_CORRUPT},
};

TEST(box_open_faults)
{
	struct three t;
	struct msg_ticket k;
	unsigned rows;
	enum err e;

	begin(&t);
	for (size_t i = 0; i < sizeof open_faults / sizeof open_faults[0];
	     i++) {
		unit_case(open_faults[i].name);
		k = ticket(&t);
		store_mem_fail(t.r.st, open_faults[i].kind,
		    open_faults[i].fault, 1, false);
		EQ_INT(rig_box_open(&t.pop3, &k, &e, &rows), 0);
		EQ_INT(e, open_faults[i].fault);
	}
	unit_case("and no lease is left behind");
	k = ticket(&t);
	OK(rig_box_open(&t.pop3, &k, &e, &rows) != 0);
	end(&t);
}

static void
fill(struct three *t, unsigned n)
{
	struct msg_deliver m;

	for (unsigned i = 0; i < n; i++) {
		memset(&m, 0, sizeof m);
		rig_send_deliver(&t->smtp, &m, "alice@example.test", "x", -1);
	}
	for (unsigned i = 0; i < n; i++)
		EQ_INT(rig_done(&t->smtp, 0, NULL), ERR_OK);
}

TEST(box_many_pages)
{
	struct three t;
	struct msg_ticket k;
	struct msg_box_open m = {6, 0, {{0}}};
	const struct rig_msg *g;
	struct mail_id last = {{0}};
	struct store_row row;
	struct slice in;
	unsigned n = 0, pages = 0;

	begin(&t);
	fill(&t, 9999);
	k = ticket(&t);
	m.ticket = k;
	msg_send_box_open(t.pop3.chan, &m, SLICE_NONE, -1);
	do {
		g = rig_get(&t.pop3, MSG_BOX_ROWS);
		in = buf_slice(&g->tail);
		for (pages++; store_row_next(&in, &row) == ERR_OK; n++) {
			OK(mail_id_cmp(&row.id, &last) > 0);
			last = row.id;
		}
	} while (g->m.box_rows.more != 0);
	EQ_INT(n, 10000);
	EQ_INT(pages, 3);
	end(&t);
}

/* QUIT while the list is still coming. */
TEST(box_close_while_listing)
{
	struct three t;
	struct msg_box_open m = {6, 0, {{0}}};
	const struct rig_msg *g;
	struct msg_ticket k;
	unsigned rows;
	enum err e;

	begin(&t);
	fill(&t, 9000);
	store_mem_hold(t.r.st, STORE_MEM_LIST, true);
	m.ticket = ticket(&t);
	k = ticket(&t);
	msg_send_box_open(t.pop3.chan, &m, SLICE_NONE, -1);
	rig_settle(&t.r);
	store_mem_pass(t.r.st, STORE_MEM_LIST, 1);
	g = rig_get(&t.pop3, MSG_BOX_ROWS);
	EQ_INT(g->m.box_rows.more, 1);
	rig_box_close(&t.pop3, g->m.box_rows.lease);
	store_mem_hold(t.r.st, STORE_MEM_LIST, false);
	g = rig_get(&t.pop3, MSG_BOX_ROWS);
	EQ_INT(g->m.box_rows.err, ERR_FENCED);
	EQ_INT(g->m.box_rows.more, 0);
	OK(rig_box_open(&t.pop3, &k, &e, &rows) != 0);
	EQ_INT(rows, 9001);
	end(&t);
}

TEST(box_expunge)
{
	struct three t;
	struct mail_id ids[3];
	struct msg_ticket k;
	uint64_t lease, n;
	unsigned rows;
	enum err e;

	begin(&t);
	fill(&t, 5);
	k = ticket(&t);
	lease = rig_box_open(&t.pop3, &k, &e, &rows);
	unit_case("nothing marked");
	EQ_INT(expunge(&t.pop3, lease, NULL, 0, &n), ERR_OK);
	EQ_INT(n, 0);
	unit_case("ids that are not there do not count");
	ids[0] = t.id;
	memset(&ids[1], 1, sizeof ids[1]);
	ids[2] = t.id;
	EQ_INT(expunge(&t.pop3, lease, ids, 3, &n), ERR_OK);
	EQ_INT(n, 1);
	EQ_INT(rig_count(&t.r, RIG_ALICE), 5);
	unit_case("the marks were used up");
	EQ_INT(expunge(&t.pop3, lease, NULL, 0, &n), ERR_OK);
	EQ_INT(n, 0);
	unit_case("outcome unknown");
	store_mem_fail(t.r.st, STORE_MEM_EXPUNGE, ERR_UNKNOWN, 1, true);
	EQ_INT(expunge(&t.pop3, lease, ids, 1, &n), ERR_UNKNOWN);
	unit_case("lease gone in the backend");
	t.r.ops->lease_drop(t.r.st, lease);
	EQ_INT(expunge(&t.pop3, lease, ids, 1, &n), ERR_FENCED);
	unit_case("no such lease");
	EQ_INT(expunge(&t.pop3, 12345, ids, 1, &n), ERR_FENCED);
	end(&t);
}

TEST(box_expunge_twice_at_once)
{
	struct three t;
	struct msg_box_expunge m = {1, 0};
	struct msg_box_mark mark = {0, 1, 0};
	struct msg_ticket k;
	unsigned rows;
	enum err e;

	begin(&t);
	k = ticket(&t);
	m.lease = mark.lease = rig_box_open(&t.pop3, &k, &e, &rows);
	store_mem_hold(t.r.st, STORE_MEM_EXPUNGE, true);
	msg_send_box_mark(t.pop3.chan, &mark, slice_of(&t.id, 16), -1);
	msg_send_box_expunge(t.pop3.chan, &m, SLICE_NONE, -1);
	m.req = 2;
	msg_send_box_expunge(t.pop3.chan, &m, SLICE_NONE, -1);
	EQ_INT(rig_done(&t.pop3, 2, NULL), ERR_BUSY);
	store_mem_hold(t.r.st, STORE_MEM_EXPUNGE, false);
	EQ_INT(rig_done(&t.pop3, 1, NULL), ERR_OK);
	end(&t);
}

/* Marks without end cost a bounded amount, and are refused where it shows. */
TEST(box_marks_bounded)
{
	enum { N = 4096 };
	static struct mail_id ids[N];
	struct three t;
	struct msg_ticket k;
	uint64_t lease;
	unsigned rows;
	enum err e;

	begin(&t);
	k = ticket(&t);
	lease = rig_box_open(&t.pop3, &k, &e, &rows);
	for (int i = 0; i < 1025; i++) {
		struct msg_box_mark mark = {lease, N, 0};

		msg_send_box_mark(
		    t.pop3.chan, &mark, slice_of(ids, sizeof ids), -1);
		net_loop_turn(t.r.loop, 0);
	}
	EQ_INT(expunge(&t.pop3, lease, &t.id, 1, NULL), ERR_LIMIT);
	EQ_INT(rig_count(&t.r, RIG_ALICE), 1);
	unit_case("another mailbox of the channel has room after the close");
	rig_box_close(&t.pop3, lease);
	k = ticket(&t);
	lease = rig_box_open(&t.pop3, &k, &e, &rows);
	EQ_INT(expunge(&t.pop3, lease, &t.id, 1, NULL), ERR_OK);
	end(&t);
}

/* The bound is one for all mailboxes of a channel. */
TEST(box_marks_bounded_together)
{
	enum { N = 4096 };
	static struct mail_id ids[N];
	struct three t;
	struct msg_ticket k[2];
	uint64_t lease[2];
	unsigned rows;
	enum err e;

	begin(&t);
	k[0] = ticket(&t);
	k[1] = rig_ticket(&t.auth, 2, RIG_BOB, MSG_PROTO_POP3, 60000);
	for (int i = 0; i < 2; i++)
		lease[i] = rig_box_open(&t.pop3, &k[i], &e, &rows);
	for (int i = 0; i < 1025; i++) {
		struct msg_box_mark mark = {lease[i % 2], N, 0};

		msg_send_box_mark(
		    t.pop3.chan, &mark, slice_of(ids, sizeof ids), -1);
		net_loop_turn(t.r.loop, 0);
	}
	EQ_INT(expunge(&t.pop3, lease[0], &t.id, 1, NULL), ERR_LIMIT);
	unit_case("what fitted is done");
	EQ_INT(expunge(&t.pop3, lease[1], NULL, 0, NULL), ERR_OK);
	end(&t);
}
