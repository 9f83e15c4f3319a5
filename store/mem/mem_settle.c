/* What became of recipients that were taken, and what nobody knows about. */
#include "base/clock.h"
#include "proc/msg.h"
#include "store/mem/mem_priv.h"

#include <stdlib.h>

/* --- outcomes ----------------------------------------------------------- */

static enum store_event
event_of(const struct store_out *old, const struct store_outcome *o)
{
	switch (o->kind) {
	case STORE_OUTCOME_DONE:
		return old->report != 0 ? STORE_EV_REPORTED : STORE_EV_SENT;
	case STORE_OUTCOME_FAILED:
		return old->report != 0 ? STORE_EV_DROPPED : STORE_EV_FAILED;
	case STORE_OUTCOME_DEFERRED:
		return STORE_EV_DEFERRED;
	case STORE_OUTCOME_DOUBT:
		return STORE_EV_DOUBT;
	case STORE_OUTCOME_HELD:
		return STORE_EV_HELD;
	case STORE_OUTCOME_RELEASE:
	case STORE_OUTCOME_KINDS:
		break;
	}
	return STORE_EVENTS;
}

/* ref: hex of the report about it, or empty */
static enum err
trail(struct store *s, const struct mem_letter *l,
    const struct store_outcome *o, struct slice ref)
{
	struct store_trail t = {.event = event_of(&l->out, o),
	    .addr = l->out.addr,
	    .tls = o->tls,
	    .code = o->code,
	    .status = o->status,
	    .reply = o->reply,
	    .host = o->host,
	    .ref_us = o->next_us,
	    .ref = ref};

	return t.event == STORE_EVENTS
		   ? ERR_OK
		   : mem_trail_add(s, &l->rcpt->key.id, &t, SLICE_NONE);
}

static enum err
release(struct store *s, struct mem_letter *l)
{
	struct store_out o = l->out;

	o.state = o.was != 0 ? o.was : mem_out_ready(&o);
	o.was = (enum store_out_state)0;
	o.next_us = l->rcpt->was_due_us;
	return mem_letter_put(s, l, &o);
}

static enum store_out_state
state_after(const struct store_out *old, const struct store_outcome *o)
{
	if (o->kind == STORE_OUTCOME_HELD)
		return STORE_OUT_HELD;
	if (old->report != 0)
		return STORE_OUT_REPORT;
	return o->kind == STORE_OUTCOME_DOUBT ? STORE_OUT_DOUBT
					      : STORE_OUT_DEFERRED;
}

/* It stays. What a report speaks of is not overwritten by why it waits. */
static enum err
stay(struct store *s, struct mem_letter *l, const struct store_outcome *o)
{
	struct store_out new = l->out;

	new.state = state_after(&l->out, o);
	new.was = (enum store_out_state)0;
	new.next_us = o->next_us;
	new.delay_told = new.delay_told || o->delay_told;
	if (new.report == 0) {
		new.attempts += o->attempted;
		new.last_us = clock_wall_us();
		new.code = o->code;
		new.status = o->status;
		new.reply = o->reply;
		new.host = o->host;
	}
	return mem_letter_put(s, l, &new);
}

static enum err
apply(struct store *s, struct mem_letter *l, const struct store_outcome *o)
{
	switch (o->kind) {
	case STORE_OUTCOME_RELEASE:
		return release(s, l);
	case STORE_OUTCOME_DONE:
	case STORE_OUTCOME_FAILED:
		mem_letter_drop(s, l);
		return ERR_OK;
	case STORE_OUTCOME_DEFERRED:
	case STORE_OUTCOME_DOUBT:
	case STORE_OUTCOME_HELD:
		return stay(s, l, o);
	case STORE_OUTCOME_KINDS:
		break;
	}
	return ERR_PROTO;
}

/* --- reports ------------------------------------------------------------ */

static enum err
plan_for(struct store *s, struct store_deliver *op, struct slice addr,
    struct buf *rcpts, struct store_plan *p)
{
	struct store_rcpt r = {.addr = addr};

	if (slice_eq_nocase(addr, SLICE("postmaster")))
		r.notify = STORE_NOTIFY_NEVER; /* as in bdb_report.c */
	buf_reset(rcpts);
	store_rcpt_add(rcpts, &r);
	op->rcpts = buf_slice(rcpts);
	store_plan_fini(p);
	*p = (struct store_plan){.report = true};
	return store_plan_make(&s->getter, s->conf, mem_srs_key, op, p);
}

static enum err
drop_report(struct store *s, const struct store_report *r)
{
	struct store_trail t = {.event = STORE_EV_DROPPED, .addr = r->to};

	return mem_trail_add(s, &r->id, &t, r->to);
}

static enum err
deliver_report(struct store *s, const struct store_report *r)
{
	struct buf rcpts = BUF_INIT(1024);
	struct store_deliver op = {.id = r->id, .fd = -1, .relay = true};
	struct mem_body *body = calloc(1, sizeof *body);
	struct store_plan p = {.nrcpt = 0};
	enum err e;

	if (body == NULL)
		return ERR_RETRY;
	body->refs = 1;
	buf_init(&body->octets, r->body.len);
	buf_add_slice(&body->octets, r->body);
	op.head = r->body;
	op.flags = r->utf8 ? MSG_DELIVER_UTF8 : 0;
	e = plan_for(s, &op, r->to, &rcpts, &p);
	if (e == ERR_NOENT && !s->conf->queue.drop_double)
		e = plan_for(s, &op, SLICE("postmaster"), &rcpts, &p);
	if (e == ERR_OK)
		e = mem_deliver_plan(s, &op, body, &p);
	else if (e == ERR_NOENT)
		e = drop_report(s, r);
	store_plan_fini(&p);
	buf_fini(&rcpts);
	mem_body_unref(body);
	return e;
}

/* --- the whole ---------------------------------------------------------- */

/* The report to this recipient's sender; empty: none */
static struct slice
ref_of(const struct store_settle *op, const struct mem_letter *l,
    char hex[MAIL_ID_HEX])
{
	struct slice rest = op->reports;
	struct slice to =
	    l->out.report == STORE_REPORT_LIMIT ? l->out.addr : l->env.from;
	struct store_report r;

	while (store_report_next(&rest, &r) == ERR_OK)
		if (slice_eq_nocase(r.to, to)) {
			mail_id_hex(&r.id, hex);
			return slice_of(hex, MAIL_ID_HEX);
		}
	return SLICE_NONE;
}

static enum err
settle_one(struct store *s, const struct store_settle *op,
    const struct store_outcome *o, unsigned *settled)
{
	char hex[MAIL_ID_HEX];
	struct mem_letter l;
	struct slice ref = SLICE_NONE;
	enum err e;

	if (mem_letter_open(s, &o->key, &l) != ERR_OK ||
	    l.out.state != STORE_OUT_SENDING)
		return ERR_OK;
	++*settled;
	if (o->delay_told || o->kind == STORE_OUTCOME_FAILED ||
	    (o->kind == STORE_OUTCOME_DONE && l.out.report != 0))
		ref = ref_of(op, &l, hex);
	e = trail(s, &l, o, ref);
	return e == ERR_OK ? apply(s, &l, o) : e;
}

/* As many as were said to be there, and nothing else. */
static bool
well_formed(const struct store_settle *op)
{
	struct slice outcomes = op->outcomes, reports = op->reports;
	struct store_outcome o;
	struct store_report r;
	unsigned n = 0, m = 0;

	while (store_outcome_next(&outcomes, &o) == ERR_OK)
		n++;
	while (store_report_next(&reports, &r) == ERR_OK)
		m++;
	return outcomes.len == 0 && reports.len == 0 && n == op->noutcomes &&
	       m == op->nreports;
}

enum err
mem_settle(struct store *s, struct store_settle *op)
{
	struct slice outcomes = op->outcomes, reports = op->reports;
	struct store_outcome o;
	struct store_report r;
	unsigned settled = 0;
	enum err e = ERR_OK;

	if (!well_formed(op))
		return ERR_PROTO;
	if (s->full && op->nreports > 0)
		return ERR_FULL;
	while (e == ERR_OK && store_outcome_next(&outcomes, &o) == ERR_OK)
		e = settle_one(s, op, &o, &settled);
	while (e == ERR_OK && settled > 0 &&
	       store_report_next(&reports, &r) == ERR_OK)
		e = deliver_report(s, &r);
	return e;
}

/* --- after a restart ---------------------------------------------------- */

/* A report is not in doubt: had it been written, its record would be gone. */
static enum err
doubt_one(struct store *s, const struct store_doubt *op, struct mem_letter *l)
{
	struct store_out o = l->out;
	struct store_trail t = {.event = STORE_EV_DOUBT,
	    .addr = o.addr,
	    .reply = SLICE("interrupted: whether it was sent is not known"),
	    .ref_us = op->hold ? 0 : op->retry_us};
	enum err e = ERR_OK;

	o.was = (enum store_out_state)0;
	o.next_us = op->retry_us;
	o.state = STORE_OUT_REPORT;
	if (o.report == 0) {
		o.state = op->hold ? STORE_OUT_HELD : STORE_OUT_DOUBT;
		o.attempts++;
		o.last_us = clock_wall_us();
		o.code = 0;
		o.status = o.host = SLICE_NONE;
		o.reply = t.reply;
		e = mem_trail_add(s, &l->rcpt->key.id, &t, SLICE_NONE);
	}
	return e == ERR_OK ? mem_letter_put(s, l, &o) : e;
}

enum err
mem_doubt(struct store *s, struct store_doubt *op)
{
	struct mem_letter l;
	enum err e = ERR_OK;

	op->n = 0;
	for (size_t i = 0; i < s->queue.n && e == ERR_OK; i++) {
		if (mem_letter_open(s, &s->queue.out[i]->key, &l) != ERR_OK ||
		    l.out.state != STORE_OUT_SENDING)
			continue;
		e = doubt_one(s, op, &l);
		op->n++;
	}
	return e;
}
