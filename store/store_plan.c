/* Where the recipients of a message lead, and what of that goes into the queue.
 */
#include "store/store_plan.h"
#include "base/clock.h"
#include "base/num.h"
#include "mime/mime_trace.h"
#include "proc/msg.h"

#include <stdlib.h>

#define DAY_US ((uint64_t)24 * 3600 * 1000000)

void
store_plan_fini(struct store_plan *p)
{
	store_dests_fini(&p->dests);
	free(p->rcpt);
	free(p->far);
	free(p->told);
}

bool
store_plan_queues(const struct store_plan *p)
{
	return p->dests.nremotes + p->ntold > 0;
}

/* --- where to --- */

/* An import names the mailbox; its quota is the account's own matter. */
static enum err
add_mailbox(struct store_dests *d, uint64_t mailbox)
{
	struct store_dest *grown;

	for (unsigned i = 0; i < d->n; i++)
		if (d->dest[i].mailbox == mailbox)
			return ERR_OK;
	if (d->n == d->cap) {
		unsigned cap = d->cap == 0 ? 4 : d->cap * 2;

		if ((grown = realloc(d->dest, cap * sizeof *grown)) == NULL)
			return ERR_RETRY;
		d->dest = grown;
		d->cap = cap;
	}
	d->dest[d->n++] = (struct store_dest){.mailbox = mailbox};
	return ERR_OK;
}

/* What is new since the last recipient is this one's. */
static enum err
assign(struct store_rcpt **of, unsigned *n, unsigned now,
    const struct store_rcpt *r)
{
	struct store_rcpt *grown;

	if (now == *n)
		return ERR_OK;
	if ((grown = realloc(*of, now * sizeof *grown)) == NULL)
		return ERR_RETRY;
	*of = grown;
	while (*n < now)
		grown[(*n)++] = *r;
	return ERR_OK;
}

static enum err
tell(struct store_plan *p, const struct store_rcpt *r,
    enum store_out_report what)
{
	struct store_told *grown =
	    realloc(p->told, (p->ntold + 1) * sizeof *grown);

	if (grown == NULL)
		return ERR_RETRY;
	p->told = grown;
	grown[p->ntold++] = (struct store_told){*r, what};
	return ERR_OK;
}

/*
 * NOTIFY=SUCCESS (RFC 3461, section 5.2.7): of a mailbox here we say that it
 * has it; of one address elsewhere the next server will; what became of a list
 * of several is said of the list, and of its members nothing.
 */
static enum err
note_success(struct store_plan *p, const struct store_deliver *q,
    const struct store_rcpt *r, unsigned boxes, unsigned far)
{
	if ((r->notify & STORE_NOTIFY_SUCCESS) == 0 || q->from.len == 0 ||
	    (q->flags & MSG_DELIVER_IMPORT) != 0)
		return ERR_OK;
	if (boxes + far > 1) {
		for (unsigned i = p->nfar - far; i < p->nfar; i++)
			p->far[i].notify &= ~(unsigned)STORE_NOTIFY_SUCCESS;
		return tell(p, r, STORE_REPORT_EXPANDED);
	}
	return far == 0 ? tell(p, r, STORE_REPORT_DELIVERED) : ERR_OK;
}

struct planning {
	const struct store_getter *g;
	const struct conf *conf;
	const struct store_deliver *q;
	struct store_route_how how;
	struct store_plan *p;
};

static enum err
route_one(const struct planning *x, const struct store_rcpt *r)
{
	struct store_dests *d = &x->p->dests;
	enum err e;

	if (r->mailbox != 0 && (x->q->flags & MSG_DELIVER_IMPORT) != 0)
		return add_mailbox(d, r->mailbox);
	e = store_route(x->g, x->conf, &x->how, r->addr, d);
	/* it was taken at RCPT and is gone now */
	return e == ERR_DENIED ? ERR_NOENT : e;
}

static enum err
plan_one(const struct planning *x, const struct store_rcpt *r)
{
	struct store_plan *p = x->p;
	struct store_dests *d = &p->dests;
	unsigned boxes = d->n, far = d->nremotes;
	enum err e;

	if ((e = route_one(x, r)) != ERR_OK ||
	    (e = assign(&p->rcpt, &p->nrcpt, d->n, r)) != ERR_OK ||
	    (e = assign(&p->far, &p->nfar, d->nremotes, r)) != ERR_OK)
		return e;
	return note_success(p, x->q, r, d->n - boxes, d->nremotes - far);
}

enum err
store_plan_make(const struct store_getter *g, const struct conf *conf,
    const uint8_t *srs_key, const struct store_deliver *q, struct store_plan *p)
{
	struct planning x = {
	    g, conf, q,
	    {.relay = q->relay,
		       .report = p->report,
		       .from = q->from,
		       .loops = q->loops,
		       .srs_key = srs_key},
	    p
        };
	struct slice rest = q->rcpts;
	struct store_rcpt r;
	enum err e;

	p->now_us = clock_wall_us();
	x.how.day = p->now_us / DAY_US;
	while ((e = store_rcpt_next(&rest, &r)) == ERR_OK)
		if ((e = plan_one(&x, &r)) != ERR_OK)
			return e;
	if (e != ERR_NOENT)
		return e;
	return p->dests.n + p->dests.nremotes == 0 ? ERR_NOENT : ERR_OK;
}

/* --- into the queue --- */

struct writing {
	const struct store_plan *p;
	struct store_deliver *q;
	const struct store_plan_writer *to;
};

static enum err
add(const struct writing *x, struct store_out *o)
{
	o->since_us = o->next_us = x->p->now_us;
	return x->to->add(x->to->ctx, o);
}

/* What forwards itself in a circle is failed, and its sender told. */
static enum err
fail_loop(const struct writing *x, struct store_out *o)
{
	struct store_trail t = {.event = STORE_EV_FAILED,
	    .addr = o->addr,
	    .code = 554,
	    .status = SLICE("5.4.6"),
	    .reply = SLICE("mail forwarding loop")};

	o->state = STORE_OUT_REPORT;
	o->report = STORE_REPORT_FAILED;
	o->last_us = x->p->now_us;
	o->code = t.code;
	o->status = t.status;
	o->reply = t.reply;
	return x->to->trail(x->to->ctx, &t);
}

static enum err
hold(const struct writing *x, struct store_out *o)
{
	struct store_trail t = {.event = STORE_EV_HELD, .addr = o->addr};

	o->state = STORE_OUT_HELD;
	o->reply = t.reply = slice_str(x->p->verdict.why);
	x->q->held++;
	return x->to->trail(x->to->ctx, &t);
}

static enum err
add_remote(const struct writing *x, const struct store_remote *m,
    const struct store_rcpt *r)
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
	x->q->queued += !m->looped;
	if (m->looped)
		e = fail_loop(x, &o);
	else if (x->p->verdict.held)
		e = hold(x, &o);
	if (e == ERR_OK)
		e = add(x, &o);
	buf_fini(&prefix);
	return e;
}

static enum err
add_told(const struct writing *x, const struct store_told *t)
{
	struct store_out o = {.state = STORE_OUT_REPORT,
	    .report = t->what,
	    .addr = t->rcpt.addr,
	    .orcpt = t->rcpt.orcpt,
	    .notify = t->rcpt.notify};

	return add(x, &o);
}

static enum err
add_limit(const struct writing *x, struct slice to)
{
	struct store_out o = {.state = STORE_OUT_REPORT,
	    .report = STORE_REPORT_LIMIT,
	    .addr = to,
	    .reply = slice_str(x->p->verdict.why)};

	return to.len == 0 ? ERR_OK : add(x, &o);
}

/* The account under its own name, whatever it has sent as, and the postmaster.
 */
static enum err
add_limits(const struct writing *x, const struct store_getter *g)
{
	struct buf value = BUF_INIT(STORE_VALUE_MAX);
	struct store_account a;
	uint8_t key[8];
	enum err e;

	num_put_be64(key, x->q->account);
	e = g->get(g->ctx, STORE_ACCOUNT, slice_of(key, sizeof key), &value);
	if (e == ERR_OK)
		e = store_account_decode(buf_slice(&value), &a);
	if (e == ERR_OK)
		e = add_limit(x, a.name);
	else if (e == ERR_NOENT || e == ERR_CORRUPT)
		e = add_limit(x, x->q->from);
	buf_fini(&value);
	return e == ERR_OK ? add_limit(x, SLICE("postmaster")) : e;
}

enum err
store_plan_write(const struct store_plan *p, struct store_deliver *q,
    const struct store_getter *g, const struct store_plan_writer *to)
{
	const struct writing x = {p, q, to};
	enum err e = ERR_OK;

	q->queued = q->held = 0;
	for (unsigned i = 0; i < p->dests.nremotes && e == ERR_OK; i++)
		e = add_remote(&x, &p->dests.remote[i], &p->far[i]);
	for (unsigned i = 0; i < p->ntold && e == ERR_OK; i++)
		e = add_told(&x, &p->told[i]);
	return e == ERR_OK && p->verdict.tell ? add_limits(&x, g) : e;
}

struct store_envelope
store_plan_envelope(const struct store_plan *p, const struct store_deliver *q)
{
	bool utf8 = (q->flags & MSG_DELIVER_UTF8) != 0;
	bool eight = (q->flags & MSG_DELIVER_8BIT) != 0;

	return (struct store_envelope){.from = q->from,
	    .envid = q->envid,
	    .flags =
		(utf8 ? STORE_ENV_UTF8 : 0u) | (eight ? STORE_ENV_8BIT : 0u),
	    .ret = q->ret,
	    .account = q->account,
	    .made_us = p->now_us};
}
