/* Requests that note how they ended. */
#include "tests/unit/store/calls.h"

#include <string.h>

void
calls_begin(struct calls *t, enum role role)
{
	memset(t, 0, sizeof *t);
	rig_open(&t->r);
	rig_join(&t->r, &t->auth, ROLE_AUTH);
	t->c = store_call_new(t->r.loop, role);
	OK(store_call_attach(t->c, rig_attach(&t->r, role)) == ERR_OK);
	rig_settle(&t->r);
}

void
calls_end(struct calls *t)
{
	store_call_free(&t->c);
	rig_leave(&t->auth);
	rig_close(&t->r);
}

void
calls_kill_store(struct calls *t)
{
	rig_leave(&t->auth);
	store_proc_free(&t->r.proc);
	t->r.proc = store_proc_new(t->r.loop, &t->r.conf, t->r.ops, t->r.st);
	rig_settle(&t->r);
}

void
calls_come_back(struct calls *t, enum role role)
{
	rig_join(&t->r, &t->auth, ROLE_AUTH);
	OK(store_call_attach(t->c, rig_attach(&t->r, role)) == ERR_OK);
	rig_settle(&t->r);
}

void
calls_on_lost(void *ctx)
{
	((struct calls *)ctx)->lost = true;
}

void
calls_plain_done(struct store_req *r, enum err e)
{
	struct calls_plain *p = LIST_ITEM(r, struct calls_plain, r);

	OK(!p->done);
	OK(!r->busy);
	p->done = true;
	p->err = e;
}

enum err
calls_wait_plain(struct calls *t, struct calls_plain *p)
{
	OK(rig_until(&t->r, &p->done));
	p->done = false;
	return p->err;
}

void
calls_resolve_done(struct store_req *r, enum err e)
{
	struct calls_resolve *p = LIST_ITEM(r, struct calls_resolve, q.r);

	p->done = true;
	p->err = e;
}

void
calls_resolve(
    struct calls *t, struct calls_resolve *p, uint64_t tx, const char *addr)
{
	p->q.r.done = calls_resolve_done;
	store_call_resolve(t->c, &p->q, tx, 0, NULL, false, slice_str(addr));
	OK(!p->done); /* never from inside */
}

void
calls_spill_done(struct store_req *r, enum err e)
{
	struct calls_spill *p = LIST_ITEM(r, struct calls_spill, q.r);

	p->done = true;
	p->err = e;
}

static void
open_rows(struct store_open_req *q, struct slice rows, unsigned n)
{
	struct calls_open *o = LIST_ITEM(q, struct calls_open, q);
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
	struct calls_open *o = LIST_ITEM(r, struct calls_open, q.r);

	o->done = true;
	o->err = e;
}

void
calls_open_box(
    struct calls *t, struct calls_open *o, const struct msg_ticket *ticket)
{
	o->t = t;
	o->q.rows = open_rows;
	o->q.r.done = open_done;
	store_call_open(t->c, &o->q, ticket);
}

static void
read_body(struct store_read_req *q, enum err e, const struct mail_id *id,
    uint64_t offset, uint64_t total, struct slice octets)
{
	struct calls_reads *p = LIST_ITEM(q, struct calls_reads, q);

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
	struct calls_reads *p = LIST_ITEM(r, struct calls_reads, q.r);

	p->done = true;
	p->err = e;
}

void
calls_read_ids(struct calls *t, struct calls_reads *p, uint64_t lease,
    const struct mail_id *ids, unsigned n)
{
	p->t = t;
	p->q.body = read_body;
	p->q.r.done = read_done;
	store_call_read(t->c, &p->q, lease, ids, n, 0, 1000);
}

void
calls_deliver(struct calls *t, struct calls_plain *p, const char *text,
    struct mail_id *id)
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
	p->r.done = calls_plain_done;
	store_call_deliver(t->c, &p->d, &m, buf_slice(&rcpts), SLICE_NONE,
	    SLICE_NONE, pieces, n, -1, 0);
	OK(!p->done);
	buf_fini(&rcpts);
}

void
calls_begin_pop3(
    struct calls *t, struct mail_id *ids, unsigned n, struct calls_open *o)
{
	struct rig_peer smtp;
	struct msg_ticket k;

	calls_begin(t, ROLE_POP3);
	rig_join(&t->r, &smtp, ROLE_SMTP);
	for (unsigned i = 0; i < n; i++)
		EQ_INT(rig_deliver(&smtp, "alice@example.test", "x", &ids[i]),
		    ERR_OK);
	rig_leave(&smtp);
	k = rig_ticket(&t->auth, 1, RIG_ALICE, MSG_PROTO_POP3, 60000);
	memset(o, 0, sizeof *o);
	calls_open_box(t, o, &k);
	OK(rig_until(&t->r, &o->done));
	EQ_INT(o->err, ERR_OK);
	EQ_INT(o->rows, n);
}
