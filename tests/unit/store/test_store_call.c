/* The front processes' side: every request, the store away, lost and back. */
#include "base/clock.h"
#include "tests/unit/store/rig.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct call { /* a store, and what a front process would have of it */
	struct rig r;
	struct rig_peer auth;
	struct store_call *c;
	bool lost;
};

static void
begin(struct call *t, enum role role)
{
	memset(t, 0, sizeof *t);
	rig_open(&t->r);
	rig_join(&t->r, &t->auth, ROLE_AUTH);
	t->c = store_call_new(t->r.loop, role);
	OK(store_call_attach(t->c, rig_attach(&t->r, role)) == ERR_OK);
	rig_settle(&t->r);
}

static void
end(struct call *t)
{
	store_call_free(&t->c);
	rig_leave(&t->auth);
	rig_close(&t->r);
}

/* The store process dies and is started again; its data stays. */
static void
kill_store(struct call *t)
{
	rig_leave(&t->auth);
	store_proc_free(&t->r.proc);
	t->r.proc = store_proc_new(t->r.loop, &t->r.conf, t->r.ops, t->r.st);
	rig_settle(&t->r);
}

static void
come_back(struct call *t, enum role role)
{
	rig_join(&t->r, &t->auth, ROLE_AUTH);
	OK(store_call_attach(t->c, rig_attach(&t->r, role)) == ERR_OK);
	rig_settle(&t->r);
}

static void
on_lost(void *ctx)
{
	((struct call *)ctx)->lost = true;
}

/* --- requests that note how they ended
 * ------------------------------------------ */

struct plain {
	struct store_req r;
	bool done;
	enum err err;
};

static void
plain_done(struct store_req *r, enum err e)
{
	struct plain *p = LIST_ITEM(r, struct plain, r);

	OK(!p->done);
	OK(!r->busy);
	p->done = true;
	p->err = e;
}

static enum err
wait_plain(struct call *t, struct plain *p)
{
	OK(rig_until(&t->r, &p->done));
	p->done = false;
	return p->err;
}

struct resolve {
	struct store_resolve_req q;
	bool done;
	enum err err;
};

static void
resolve_done(struct store_req *r, enum err e)
{
	struct resolve *p = LIST_ITEM(r, struct resolve, q.r);

	p->done = true;
	p->err = e;
}

static void
resolve(struct call *t, struct resolve *p, uint64_t tx, const char *addr)
{
	p->q.r.done = resolve_done;
	store_call_resolve(t->c, &p->q, tx, 0, slice_str(addr));
	OK(!p->done); /* never from inside */
}

struct spill {
	struct store_spill_req q;
	bool done;
	enum err err;
};

static void
spill_done(struct store_req *r, enum err e)
{
	struct spill *p = LIST_ITEM(r, struct spill, q.r);

	p->done = true;
	p->err = e;
}

struct open {
	struct store_open_req q;
	struct call *t;
	unsigned rows, pages;
	bool done, cancel;
	enum err err;
};

static void
open_rows(struct store_open_req *q, struct slice rows, unsigned n)
{
	struct open *o = LIST_ITEM(q, struct open, q);
	struct store_row row;

	o->pages++;
	OK(q->lease != 0);
	for (; n > 0 && store_row_next(&rows, &row) == ERR_OK; n--)
		o->rows++;
	EQ_INT(n, 0);
	if (o->cancel)
		store_req_cancel(o->t->c, &q->r);
}

static void
open_done(struct store_req *r, enum err e)
{
	struct open *o = LIST_ITEM(r, struct open, q.r);

	o->done = true;
	o->err = e;
}

static void
open_box(struct call *t, struct open *o, const struct msg_ticket *ticket)
{
	o->t = t;
	o->q.rows = open_rows;
	o->q.r.done = open_done;
	store_call_open(t->c, &o->q, ticket);
}

struct reads {
	struct store_read_req q;
	struct call *t;
	unsigned bodies;
	uint64_t octets;
	bool done, cancel;
	enum err err, body_err;
};

static void
read_body(struct store_read_req *q, enum err e, const struct mail_id *id,
    uint64_t offset, uint64_t total, struct slice octets)
{
	struct reads *p = LIST_ITEM(q, struct reads, q);

	OK(!mail_id_is_zero(id));
	OK(offset + octets.len <= total);
	p->bodies++;
	p->octets += octets.len;
	p->body_err = e;
	if (p->cancel)
		store_req_cancel(p->t->c, &q->r);
}

static void
read_done(struct store_req *r, enum err e)
{
	struct reads *p = LIST_ITEM(r, struct reads, q.r);

	p->done = true;
	p->err = e;
}

static void
read_ids(struct call *t, struct reads *p, uint64_t lease,
    const struct mail_id *ids, unsigned n)
{
	p->t = t;
	p->q.body = read_body;
	p->q.r.done = read_done;
	store_call_read(t->c, &p->q, lease, ids, n, 0, 1000);
}

static void
deliver(struct call *t, struct plain *p, const char *text, struct mail_id *id)
{
	struct buf rcpts = BUF_INIT(1000);
	struct store_rcpt rcpt = {
	    0, SLICE("alice@example.test"), SLICE_NONE, SLICE_NONE, 0};
	struct slice pieces[20];
	struct msg_deliver m;
	unsigned n = 0;

	/* in pieces of one octet, the rest in the last */
	for (size_t len = strlen(text); n < 19 && n < len; n++)
		pieces[n] = slice_of(text + n, 1);
	pieces[n] = slice_skip(slice_str(text), n);
	n++;
	memset(&m, 0, sizeof m);
	m.rcpts = 1;
	if (!store_call_new_id(t->c, &m.id))
		m.id.b[0] = 1;
	if (id != NULL)
		*id = m.id;
	store_rcpt_add(&rcpts, &rcpt);
	p->r.done = plain_done;
	store_call_deliver(
	    t->c, &p->r, &m, buf_slice(&rcpts), pieces, n, -1, 0);
	OK(!p->done);
	buf_fini(&rcpts);
}

/* --- the usual
 * ------------------------------------------------------------------- */

TEST(call_mail_in)
{
	struct call t;
	struct resolve a = {0};
	struct spill s = {0};
	struct plain p = {0};
	struct msg_ticket k;
	struct msg_deliver m;
	struct buf rcpts = BUF_INIT(1000);
	struct store_rcpt rcpt = {
	    0, SLICE("alice@example.test"), SLICE_NONE, SLICE_NONE, 0};

	begin(&t, ROLE_SMTP);
	OK(store_call_up(t.c));
	OK(store_call_tx(t.c) != store_call_tx(t.c));
	resolve(&t, &a, 1, "staff@example.test");
	OK(rig_until(&t.r, &a.done));
	EQ_INT(a.err, ERR_OK);
	EQ_INT(a.q.mailboxes, 2);
	store_call_tx_end(t.c, 1);
	k = rig_ticket(&t.auth, 1, RIG_ALICE, MSG_PROTO_SUBMISSION, 1000);
	p.r.done = plain_done;
	store_call_sender(t.c, &p.r, &k, SLICE("bob@example.test"));
	EQ_INT(wait_plain(&t, &p), ERR_DENIED);
	store_call_sender(t.c, &p.r, &k, SLICE("alice@example.test"));
	EQ_INT(wait_plain(&t, &p), ERR_OK);
	deliver(&t, &p, "a message in many pieces, so that memory is asked for",
	    NULL);
	EQ_INT(wait_plain(&t, &p), ERR_OK);
	unit_case("with a spilled rest");
	s.q.r.done = spill_done;
	store_call_spill(t.c, &s.q, 0);
	OK(rig_until(&t.r, &s.done));
	EQ_INT(s.err, ERR_OK);
	OK(write(s.q.fd, "rest", 4) == 4);
	memset(&m, 0, sizeof m);
	m.rcpts = 1;
	store_rcpt_add(&rcpts, &rcpt);
	OK(store_call_new_id(t.c, &m.id));
	store_call_deliver(
	    t.c, &p.r, &m, buf_slice(&rcpts), NULL, 0, s.q.fd, 4);
	EQ_INT(wait_plain(&t, &p), ERR_OK);
	EQ_INT(rig_count(&t.r, RIG_ALICE), 2);
	buf_fini(&rcpts);
	end(&t);
}

/* A front that serves mail, in a store with n messages for alice. */
static void
begin_pop3(struct call *t, struct mail_id *ids, unsigned n, struct open *o)
{
	struct rig_peer smtp;
	struct msg_ticket k;

	begin(t, ROLE_POP3);
	rig_join(&t->r, &smtp, ROLE_SMTP);
	for (unsigned i = 0; i < n; i++)
		EQ_INT(rig_deliver(&smtp, "alice@example.test", "x", &ids[i]),
		    ERR_OK);
	rig_leave(&smtp);
	k = rig_ticket(&t->auth, 1, RIG_ALICE, MSG_PROTO_POP3, 1000);
	memset(o, 0, sizeof *o);
	open_box(t, o, &k);
	OK(rig_until(&t->r, &o->done));
	EQ_INT(o->err, ERR_OK);
	EQ_INT(o->rows, n);
}

TEST(call_mail_out)
{
	enum { N = 10 };
	struct mail_id ids[N];
	struct call t;
	struct open o, second = {0};
	struct reads rd = {0};
	struct plain p = {0};
	struct msg_ticket k;

	begin_pop3(&t, ids, N, &o);
	read_ids(&t, &rd, o.q.lease, ids, N);
	OK(rig_until(&t.r, &rd.done));
	EQ_INT(rd.err, ERR_OK);
	EQ_INT(rd.bodies, N);
	EQ_INT(rd.octets, N * 67);
	p.r.done = plain_done;
	store_call_expunge(t.c, &p.r, o.q.lease, ids, N - 1);
	EQ_INT(wait_plain(&t, &p), ERR_OK);
	EQ_INT(rig_count(&t.r, RIG_ALICE), 1);
	unit_case("somebody else");
	k = rig_ticket(&t.auth, 1, RIG_ALICE, MSG_PROTO_POP3, 1000);
	open_box(&t, &second, &k);
	OK(rig_until(&t.r, &second.done));
	EQ_INT(second.err, ERR_BUSY);
	unit_case("closed");
	store_call_close(t.c, o.q.lease);
	second.done = false;
	open_box(&t, &second, &k);
	OK(rig_until(&t.r, &second.done));
	EQ_INT(second.err, ERR_OK);
	unit_case("a lease that was");
	rd.done = false;
	read_ids(&t, &rd, o.q.lease, ids, 2);
	OK(rig_until(&t.r, &rd.done));
	EQ_INT(rd.body_err, ERR_FENCED);
	end(&t);
}

/* More ids than one message takes. */
TEST(call_expunge_many)
{
	enum { N = 10000 };
	static struct mail_id ids[N];
	struct mail_id one;
	struct call t;
	struct open o;
	struct plain p = {0};

	begin_pop3(&t, &one, 1, &o);
	ids[N - 1] = one;
	p.r.done = plain_done;
	store_call_expunge(t.c, &p.r, o.q.lease, ids, N);
	EQ_INT(wait_plain(&t, &p), ERR_OK);
	EQ_INT(rig_count(&t.r, RIG_ALICE), 0);
	end(&t);
}

TEST(call_new_id)
{
	struct call t;
	struct mail_id a, b;

	begin(&t, ROLE_SMTP);
	OK(store_call_new_id(t.c, &a));
	OK(store_call_new_id(t.c, &b));
	OK(mail_id_cmp(&a, &b) < 0);
	kill_store(&t);
	OK(!store_call_new_id(t.c, &a));
	OK(!store_call_up(t.c));
	come_back(&t, ROLE_SMTP);
	OK(store_call_new_id(t.c, &a));
	OK(mail_id_cmp(&a, &b) > 0);
	end(&t);
}

/* --- away
 * -------------------------------------------------------------------------- */

/* What needs nothing of the store's memory waits for it. */
TEST(call_waits_for_store)
{
	struct call t;
	struct resolve a = {0}, cancelled = {0};
	struct spill s = {0};
	struct plain p = {0}, d = {0}, x = {0};
	struct reads rd = {0};
	struct msg_ticket k;
	struct mail_id id = {{1}};

	begin(&t, ROLE_SMTP);
	k = rig_ticket(&t.auth, 1, RIG_ALICE, MSG_PROTO_SUBMISSION, 1000);
	kill_store(&t);
	resolve(&t, &a, 1, "alice@example.test");
	resolve(&t, &cancelled, 1, "alice@example.test");
	s.q.r.done = spill_done;
	store_call_spill(t.c, &s.q, 0);
	p.r.done = x.r.done = plain_done;
	store_call_sender(t.c, &p.r, &k, SLICE("alice@example.test"));
	unit_case("those that do");
	deliver(&t, &d, "x", NULL);
	EQ_INT(wait_plain(&t, &d), ERR_RETRY);
	store_call_expunge(t.c, &x.r, 7, &id, 1);
	EQ_INT(wait_plain(&t, &x), ERR_FENCED);
	read_ids(&t, &rd, 7, &id, 1);
	OK(rig_until(&t.r, &rd.done));
	EQ_INT(rd.err, ERR_FENCED);
	EQ_INT(rd.bodies, 0);
	store_req_cancel(t.c, &cancelled.q.r);
	OK(!a.done && !s.done && !p.done);
	unit_case("back");
	come_back(&t, ROLE_SMTP);
	OK(rig_until(&t.r, &a.done));
	EQ_INT(a.err, ERR_OK);
	OK(rig_until(&t.r, &s.done));
	EQ_INT(s.err, ERR_OK);
	(void)close(s.q.fd);
	EQ_INT(wait_plain(&t, &p), ERR_FENCED); /* the ticket is gone */
	OK(!cancelled.done);
	end(&t);
}

TEST(call_waits_bounded)
{
	static struct resolve many[STORE_CALL_WAITING + 1];
	struct call t;

	begin(&t, ROLE_SMTP);
	kill_store(&t);
	memset(many, 0, sizeof many);
	clock_set_for_test(1000000, 5000000);
	for (unsigned i = 0; i <= STORE_CALL_WAITING; i++)
		resolve(&t, &many[i], 1, "alice@example.test");
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
	end(&t);
}

/* Under way when the store dies. */
TEST(call_lost)
{
	struct call t;
	struct resolve a = {0};
	struct plain d = {0}, again = {0};

	begin(&t, ROLE_SMTP);
	store_call_on_lost(t.c, on_lost, &t);
	store_mem_hang(t.r.st, true);
	resolve(&t, &a, 1, "alice@example.test");
	deliver(&t, &d, "x", NULL);
	rig_settle(&t.r);
	OK(!a.done && !d.done && !t.lost);
	kill_store(&t);
	OK(t.lost);
	EQ_INT(wait_plain(&t, &d), ERR_UNKNOWN);
	OK(a.done);
	EQ_INT(a.err, ERR_RETRY);
	store_mem_hang(t.r.st, false);
	come_back(&t, ROLE_SMTP);
	unit_case("as good as new");
	deliver(&t, &again, "x", NULL);
	EQ_INT(wait_plain(&t, &again), ERR_OK);
	end(&t);
}

TEST(call_lost_mailbox)
{
	struct mail_id id;
	struct call t;
	struct open o;
	struct reads rd = {0};
	struct plain x = {0};

	begin_pop3(&t, &id, 1, &o);
	store_mem_hang(t.r.st, true);
	read_ids(&t, &rd, o.q.lease, &id, 1);
	x.r.done = plain_done;
	store_call_expunge(t.c, &x.r, o.q.lease, &id, 1);
	rig_settle(&t.r);
	kill_store(&t);
	EQ_INT(wait_plain(&t, &x), ERR_UNKNOWN);
	OK(rd.done);
	EQ_INT(rd.err, ERR_RETRY);
	EQ_INT(rd.bodies, 0);
	store_mem_hang(t.r.st, false);
	come_back(&t, ROLE_POP3);
	unit_case("the lease did not come back");
	store_call_expunge(t.c, &x.r, o.q.lease, &id, 1);
	EQ_INT(wait_plain(&t, &x), ERR_FENCED);
	end(&t);
}

/* A new channel while the old one still stands. */
TEST(call_channel_replaced)
{
	struct call t;
	struct plain d = {0};

	begin(&t, ROLE_SMTP);
	store_mem_hang(t.r.st, true);
	deliver(&t, &d, "x", NULL);
	rig_settle(&t.r);
	OK(store_call_attach(t.c, rig_attach(&t.r, ROLE_SMTP)) == ERR_OK);
	EQ_INT(wait_plain(&t, &d), ERR_UNKNOWN);
	store_mem_hang(t.r.st, false);
	rig_settle(&t.r);
	deliver(&t, &d, "x", NULL);
	EQ_INT(wait_plain(&t, &d), ERR_OK);
	end(&t);
}

/* --- cancelling
 * ---------------------------------------------------------------------- */

TEST(call_cancel)
{
	struct call t;
	struct resolve a = {0};
	struct plain d = {0};
	struct spill s = {0};

	begin(&t, ROLE_SMTP);
	store_req_cancel(t.c, &a.q.r); /* not busy */
	resolve(&t, &a, 1, "alice@example.test");
	store_req_cancel(t.c, &a.q.r);
	OK(!a.q.r.busy);
	unit_case("the struct may serve again at once");
	resolve(&t, &a, 2, "zoe@example.test");
	OK(rig_until(&t.r, &a.done));
	EQ_INT(a.err, ERR_NOENT);
	unit_case("a delivery goes on");
	deliver(&t, &d, "x", NULL);
	store_req_cancel(t.c, &d.r);
	rig_settle(&t.r);
	OK(!d.done);
	EQ_INT(rig_count(&t.r, RIG_ALICE), 1);
	unit_case("a file that comes is closed");
	s.q.r.done = spill_done;
	store_call_spill(t.c, &s.q, 0);
	store_req_cancel(t.c, &s.q.r);
	rig_settle(&t.r);
	OK(!s.done);
	end(&t);
}

/* The lease of a mailbox whose opening was cancelled is given back. */
TEST(call_cancel_open)
{
	struct call t;
	struct open o = {0}, again = {0};
	struct msg_ticket k[3];

	begin(&t, ROLE_POP3);
	for (int i = 0; i < 3; i++)
		k[i] = rig_ticket(&t.auth, 1, RIG_ALICE, MSG_PROTO_POP3, 1000);
	unit_case("before the answer");
	open_box(&t, &o, &k[0]);
	store_req_cancel(t.c, &o.q.r);
	rig_settle(&t.r);
	OK(!o.done && o.pages == 0);
	unit_case("in the answer");
	o.cancel = true;
	open_box(&t, &o, &k[1]);
	rig_settle(&t.r);
	EQ_INT(o.pages, 1);
	OK(!o.done);
	open_box(&t, &again, &k[2]);
	OK(rig_until(&t.r, &again.done));
	EQ_INT(again.err, ERR_OK);
	end(&t);
}

TEST(call_cancel_read)
{
	struct mail_id ids[3];
	struct call t;
	struct open o;
	struct reads rd = {0}, again = {0};

	begin_pop3(&t, ids, 3, &o);
	rd.cancel = true;
	read_ids(&t, &rd, o.q.lease, ids, 3);
	rig_settle(&t.r);
	EQ_INT(rd.bodies, 1);
	OK(!rd.done);
	read_ids(&t, &again, o.q.lease, ids, 3);
	OK(rig_until(&t.r, &again.done));
	EQ_INT(again.bodies, 3);
	end(&t);
}

/* --- too much, and nonsense
 * ------------------------------------------------------------ */

TEST(call_deliver_bounds)
{
	static char text[STORE_CALL_TAIL_MAX];
	static struct plain many[64];
	struct call t;
	unsigned n = 0, refused = 0;

	begin(&t, ROLE_SMTP);
	memset(many, 0, sizeof many);
	memset(text, 'x', sizeof text - 1);
	unit_case("recipients and head over the limit of a message");
	deliver(&t, &many[0], text, NULL);
	EQ_INT(wait_plain(&t, &many[0]), ERR_TOOBIG);
	unit_case("all under way over the limit");
	text[1 << 20] = '\0';
	store_mem_hang(t.r.st, true);
	for (n = 0; n < 64; n++)
		deliver(&t, &many[n], text, NULL);
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
	end(&t);
}

/* Answers of another kind than was asked, or to what was never asked. */
TEST(call_strange_answers)
{
	struct net_loop *l = net_loop_new();
	struct store_call *c = store_call_new(l, ROLE_SMTP);
	static const struct msg_handlers deaf;
	struct resolve a = {0};
	struct msg_done d;
	struct msg_spilled s;
	struct chan *store;
	int fd[2];

	OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == 0);
	store = chan_new(l, fd[0], ROLE_STORE, ROLE_SMTP, &deaf, NULL, NULL);
	OK(store_call_attach(c, fd[1]) == ERR_OK);
	chan_pause(store, true);
	a.q.r.done = resolve_done;
	store_call_resolve(c, &a.q, 1, 0, SLICE("alice@example.test"));
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
