/*
 * The part of a delivery that outlives it: the trail's first record, and in the
 * queue the recipients elsewhere and the senders who want to be told.
 */
#include "base/num.h"
#include "mime/mime_trace.h"
#include "proc/msg.h"
#include "store/bdb/bdb_deliver.h"

enum { TELLS = 2 }; /* of a limit: the account, postmaster */

unsigned
bdb_plan_outs(const struct bdb_plan *p)
{
	if (p->again)
		return 0;
	return p->dests.nremotes + p->ntold + (p->verdict.tell ? TELLS : 0);
}

/* --- the trail --- */

static struct slice
name_of(const struct store_dest *d)
{
	return slice_of(d->name, d->name_len);
}

static void
add_local(struct buf *b, const struct store_dests *d)
{
	for (unsigned i = 0; i < d->n; i++) {
		if (d->dest[i].mailbox == 0 || d->dest[i].name_len == 0)
			continue; /* has had it before */
		buf_add_slice(b, name_of(&d->dest[i]));
		buf_add_char(b, '\n');
	}
}

/* What can be said of the list when it is longer than a record. */
static void
make_local(struct buf *b, const struct store_dests *d)
{
	add_local(b, d);
	if (b->err == ERR_TOOBIG)
		b->err = ERR_OK;
}

static enum err
words(struct bdb_work *w, const struct store_deliver *q,
    const struct bdb_plan *p, struct slice msgid)
{
	const struct mail_id *id = &q->id;
	const struct store_dests *d = &p->dests;
	struct slice rest = q->rcpts;
	struct store_rcpt r;
	enum err e = bdb_trail_word(w, id, q->from);

	if (e == ERR_OK)
		e = bdb_trail_word(w, id, msgid);
	while (e == ERR_OK && store_rcpt_next(&rest, &r) == ERR_OK)
		e = bdb_trail_word(w, id, r.addr);
	for (unsigned i = 0; i < d->n && e == ERR_OK; i++)
		if (!slice_eq_nocase(p->rcpt[i].addr, name_of(&d->dest[i])))
			e = bdb_trail_word(w, id, name_of(&d->dest[i]));
	for (unsigned i = 0; i < d->nremotes && e == ERR_OK; i++) {
		struct slice addr = mime_addr_slice(&d->remote[i].addr);

		if (!slice_eq_nocase(p->far[i].addr, addr))
			e = bdb_trail_word(w, id, addr);
	}
	return e;
}

/* The part that the front knows. */
static struct store_trail
front_part(const struct store_deliver *q)
{
	struct store_trail t;

	if (q->info.len == 0 || store_trail_decode(q->info, &t) != ERR_OK)
		t = (struct store_trail){.octets = 0};
	t.event = STORE_EV_RECEIVED;
	return t;
}

/* A message that comes again for one more mailbox goes on with its trail. */
static enum err
receive(struct bdb_work *w, const struct store_deliver *q, struct bdb_plan *p)
{
	struct buf local = BUF_INIT(STORE_TRAIL_MAX);
	struct store_trail t = front_part(q);
	enum err e;

	make_local(&local, &p->dests);
	t.from = q->from;
	t.local = buf_slice(&local);
	t.octets = bdb_deliver_octets(q);
	t.rcpts = p->dests.nremotes;
	e = bdb_trail_begin(w, &q->id, &t);
	p->again = e == ERR_EXISTS;
	if (p->again)
		e = p->missing > 0 ? bdb_trail_add(w, &q->id, &t) : ERR_OK;
	if (e == ERR_OK && (!p->again || p->missing > 0))
		e = words(w, q, p, t.msgid);
	buf_fini(&local);
	return e;
}

enum err
bdb_deliver_receive(
    struct bdb_work *w, struct store_deliver *q, struct bdb_plan *p)
{
	enum err e;

	if ((q->flags & MSG_DELIVER_IMPORT) != 0)
		return ERR_OK;
	e = receive(w, q, p);
	if (e == ERR_OK && !p->again && q->account != 0 &&
	    p->dests.nremotes > 0)
		e = bdb_sent_add(
		    w, q->account, p->now_us, p->dests.nremotes, &p->verdict);
	return e;
}

/* --- recipients --- */

struct outs { /* being written */
	struct bdb_work *w;
	struct store_deliver *q;
	const struct bdb_plan *p;
	struct bdb_dues *dues;
	uint32_t n; /* number of the next record */
};

static enum err
add(struct outs *x, struct store_out *o)
{
	struct store_out_key k = {x->q->id, x->n++};

	o->since_us = o->next_us = x->p->now_us;
	return bdb_out_move(x->w, x->dues, &k, NULL, o);
}

/* What forwards itself in a circle is failed, and its sender told. */
static void
fail_loop(struct outs *x, struct store_out *o)
{
	o->state = STORE_OUT_REPORT;
	o->report = STORE_REPORT_FAILED;
	o->last_us = x->p->now_us;
	o->code = 554;
	o->status = SLICE("5.4.6");
	o->reply = SLICE("mail forwarding loop");
}

static enum err
fail_trail(struct outs *x, const struct store_out *o)
{
	struct store_trail t = {.event = STORE_EV_FAILED,
	    .addr = o->addr,
	    .code = o->code,
	    .status = o->status,
	    .reply = o->reply};

	return bdb_trail_add(x->w, &x->q->id, &t);
}

static enum err
hold(struct outs *x, struct store_out *o)
{
	struct store_trail t = {.event = STORE_EV_HELD, .addr = o->addr};

	o->state = STORE_OUT_HELD;
	o->reply = t.reply = slice_str(x->p->verdict.why);
	x->q->held++;
	return bdb_trail_add(x->w, &x->q->id, &t);
}

static enum err
add_remote(
    struct outs *x, const struct store_remote *m, const struct store_rcpt *r)
{
	struct buf prefix = BUF_INIT(STORE_PREFIX_MAX);
	struct store_out o = {.state = STORE_OUT_DUE,
	    .addr = mime_addr_slice(&m->addr),
	    .orcpt = r->orcpt,
	    .notify = r->notify,
	    .sender = mime_addr_slice(&m->sender)};
	enum err e = ERR_OK;

	if (m->via.len > 0)
		mime_trace_add_delivered_to(&prefix, mime_addr_slice(&m->via));
	o.prefix = buf_slice(&prefix);
	if (m->looped) {
		fail_loop(x, &o);
		e = fail_trail(x, &o);
	} else {
		x->q->queued++;
		if (x->p->verdict.held)
			e = hold(x, &o);
	}
	if (e == ERR_OK)
		e = add(x, &o);
	buf_fini(&prefix);
	return e;
}

static enum err
add_told(struct outs *x, const struct bdb_told *t)
{
	struct store_out o = {.state = STORE_OUT_REPORT,
	    .report = t->what,
	    .addr = t->rcpt.addr,
	    .orcpt = t->rcpt.orcpt,
	    .notify = t->rcpt.notify};

	return add(x, &o);
}

static enum err
add_limit(struct outs *x, struct slice to)
{
	struct store_out o = {.state = STORE_OUT_REPORT,
	    .report = STORE_REPORT_LIMIT,
	    .addr = to,
	    .reply = slice_str(x->p->verdict.why)};

	return add(x, &o);
}

/* The account under its own name, whatever it has sent as. */
static enum err
add_limits(struct outs *x)
{
	struct store_getter g = bdb_getter(x->w);
	struct buf value = BUF_INIT(STORE_VALUE_MAX);
	struct store_account a;
	uint8_t key[8];
	enum err e;

	num_put_be64(key, x->q->account);
	e = g.get(g.ctx, STORE_ACCOUNT, slice_of(key, sizeof key), &value);
	if (e == ERR_OK)
		e = store_account_decode(buf_slice(&value), &a);
	if (e == ERR_OK)
		e = add_limit(x, a.name);
	else if (e == ERR_NOENT || e == ERR_CORRUPT)
		e = x->q->from.len > 0 ? add_limit(x, x->q->from) : ERR_OK;
	buf_fini(&value);
	return e == ERR_OK ? add_limit(x, SLICE("postmaster")) : e;
}

static enum err
add_all(struct outs *x)
{
	const struct bdb_plan *p = x->p;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < p->dests.nremotes && e == ERR_OK; i++)
		e = add_remote(x, &p->dests.remote[i], &p->far[i]);
	for (unsigned i = 0; i < p->ntold && e == ERR_OK; i++)
		e = add_told(x, &p->told[i]);
	if (e == ERR_OK && p->verdict.tell)
		e = add_limits(x);
	return e;
}

static uint32_t
flags_of(const struct store_deliver *q)
{
	return ((q->flags & MSG_DELIVER_UTF8) != 0 ? STORE_ENV_UTF8 : 0) |
	       ((q->flags & MSG_DELIVER_8BIT) != 0 ? STORE_ENV_8BIT : 0);
}

enum err
bdb_deliver_outs(struct bdb_work *w, struct store_deliver *q,
    const struct bdb_plan *p, struct bdb_dues *dues, const struct bdb_row *row)
{
	struct outs x = {w, q, p, dues, 0};
	struct store_envelope env = {.from = q->from,
	    .envid = q->envid,
	    .flags = flags_of(q),
	    .ret = q->ret,
	    .account = q->account,
	    .octets = bdb_deliver_octets(q),
	    .body = row->body,
	    .sum = row->sum,
	    .made_us = p->now_us};
	enum err e;

	q->queued = q->held = 0;
	if (bdb_plan_outs(p) == 0)
		return ERR_OK;
	if ((e = add_all(&x)) != ERR_OK)
		return e;
	env.rcpts = env.left = x.n;
	return bdb_envelope_put(w, &q->id, &env);
}
