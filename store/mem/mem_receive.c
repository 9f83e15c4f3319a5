/* What outlives a delivery, in memory: the trail, recipients in the queue, what
 * their senders are to be told, and the counts of who sends too much. */
#include "base/clock.h"
#include "mime/mime_trace.h"
#include "proc/msg.h"
#include "store/mem/mem_priv.h"

#include <stdio.h>
#include <stdlib.h>

#define HOUR_US ((uint64_t)3600 * 1000000)
enum { WORDS_MAX = 1 << 20 };

struct receiving {
	struct store *s;
	struct store_deliver *op;
	const struct mem_plan *p;
	uint64_t now_us;
	uint32_t n; /* number of the next record */
	bool held;  /* the account is over its limit */
	bool tell;  /* and has not been told in this hour */
	char why[64];
};

/* --- the trail ---------------------------------------------------------- */

static void
add_line(struct buf *b, struct slice s)
{
	if (s.len == 0)
		return;
	buf_add_slice(b, s);
	buf_add_char(b, '\n');
}

static void
add_words(struct buf *b, const struct receiving *x, struct slice msgid)
{
	const struct store_dests *d = &x->p->d;
	struct slice rest = x->op->rcpts;
	struct store_rcpt r;

	add_line(b, x->op->from);
	add_line(b, msgid);
	while (store_rcpt_next(&rest, &r) == ERR_OK)
		add_line(b, r.addr);
	for (unsigned i = 0; i < d->n; i++)
		add_line(b, slice_of(d->dest[i].name, d->dest[i].name_len));
	for (unsigned i = 0; i < d->nremotes; i++)
		add_line(b, mime_addr_slice(&d->remote[i].addr));
}

static enum err
trail(const struct receiving *x)
{
	const struct store_dests *d = &x->p->d;
	struct buf local = BUF_INIT(WORDS_MAX), words = BUF_INIT(WORDS_MAX);
	struct store_trail t;
	enum err e;

	if (store_trail_decode(x->op->info, &t) != ERR_OK)
		t = (struct store_trail){.octets = 0};
	for (unsigned i = 0; i < d->n; i++)
		add_line(
		    &local, slice_of(d->dest[i].name, d->dest[i].name_len));
	add_words(&words, x, t.msgid);
	t.event = STORE_EV_RECEIVED;
	t.from = x->op->from;
	t.local = buf_slice(&local);
	t.octets = x->op->head.len + x->op->fd_len;
	t.rcpts = d->nremotes;
	e = mem_trail_add(x->s, &x->op->id, &t, buf_slice(&words));
	buf_fini(&local);
	buf_fini(&words);
	return e;
}

static enum err
trail_of(const struct receiving *x, enum store_event event,
    const struct store_out *o)
{
	struct store_trail t = {.event = event,
	    .addr = o->addr,
	    .code = o->code,
	    .status = o->status,
	    .reply = o->reply};

	return mem_trail_add(x->s, &x->op->id, &t, SLICE_NONE);
}

/* --- limits of an account ----------------------------------------------- */

static struct mem_sent *
sent_of(struct store *s, uint64_t account)
{
	struct map_node *n =
	    map_get(&s->queue.sent, slice_of(&account, sizeof account));
	struct mem_sent *c;

	if (n != NULL)
		return MAP_ITEM(n, struct mem_sent, by_account);
	if ((c = calloc(1, sizeof *c)) == NULL)
		return NULL;
	c->account = account;
	if (map_put(&s->queue.sent, &c->by_account,
		slice_of(&c->account, sizeof c->account)) == ERR_OK)
		return c;
	free(c);
	return NULL;
}

static bool
over(uint32_t count, uint32_t limit)
{
	return limit != 0 && count > limit;
}

/* Hours of the clock, which is enough for tests. */
static enum err
count(struct receiving *x)
{
	uint32_t messages = x->s->conf->limits.user_messages_per_hour;
	uint32_t rcpts = x->s->conf->limits.user_recipients_per_hour;
	uint32_t more = x->p->d.nremotes;
	struct mem_sent *c;
	bool many;

	if (x->op->account == 0 || more == 0)
		return ERR_OK;
	if ((c = sent_of(x->s, x->op->account)) == NULL)
		return ERR_RETRY;
	if (c->hour != x->now_us / HOUR_US) {
		c->hour = x->now_us / HOUR_US;
		c->messages = c->rcpts = 0;
		c->told = false;
	}
	many = over(c->messages + 1, messages);
	x->held = many || over(c->rcpts + more, rcpts);
	x->tell = x->held && !c->told;
	c->told = c->told || x->held;
	c->messages += !x->held;
	c->rcpts += x->held ? 0 : more;
	(void)snprintf(x->why, sizeof x->why, "hourly limit of %u %s",
	    many ? messages : rcpts, many ? "messages" : "recipients");
	return ERR_OK;
}

/* --- recipients --------------------------------------------------------- */

static enum err
add(struct receiving *x, struct store_out *o)
{
	struct store_out_key k = {x->op->id, x->n++};

	o->since_us = o->next_us = x->now_us;
	return mem_out_add(x->s, &k, o);
}

static enum err
loop(struct receiving *x, struct store_out *o)
{
	o->state = STORE_OUT_REPORT;
	o->report = STORE_REPORT_FAILED;
	o->last_us = x->now_us;
	o->code = 554;
	o->status = SLICE("5.4.6");
	o->reply = SLICE("mail forwarding loop");
	return trail_of(x, STORE_EV_FAILED, o);
}

static enum err
hold(struct receiving *x, struct store_out *o)
{
	x->op->held++;
	o->state = STORE_OUT_HELD;
	o->reply = slice_str(x->why);
	return trail_of(x, STORE_EV_HELD, o);
}

static enum err
add_remote(struct receiving *x, const struct store_remote *m,
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
	x->op->queued += !m->looped;
	if (m->looped)
		e = loop(x, &o);
	else if (x->held)
		e = hold(x, &o);
	if (e == ERR_OK)
		e = add(x, &o);
	buf_fini(&prefix);
	return e;
}

static enum err
add_told(struct receiving *x, const struct mem_told *t)
{
	struct store_out o = {.state = STORE_OUT_REPORT,
	    .report = t->what,
	    .addr = t->rcpt.addr,
	    .orcpt = t->rcpt.orcpt,
	    .notify = t->rcpt.notify};

	return add(x, &o);
}

static enum err
add_limit(struct receiving *x, struct slice to)
{
	struct store_out o = {.state = STORE_OUT_REPORT,
	    .report = STORE_REPORT_LIMIT,
	    .addr = to,
	    .reply = slice_str(x->why)};

	return to.len == 0 ? ERR_OK : add(x, &o);
}

/* The account, under its own name, and the postmaster. */
static enum err
add_limits(struct receiving *x)
{
	struct buf value = BUF_INIT(STORE_VALUE_MAX);
	struct store_account a;
	enum err e;

	if (mem_account(x->s, x->op->account, &value, &a) != ERR_OK)
		a.name = x->op->from;
	if ((e = add_limit(x, a.name)) == ERR_OK)
		e = add_limit(x, SLICE("postmaster"));
	buf_fini(&value);
	return e;
}

static enum err
add_all(struct receiving *x)
{
	const struct mem_plan *p = x->p;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < p->d.nremotes && e == ERR_OK; i++)
		e = add_remote(x, &p->d.remote[i], &p->far[i]);
	for (unsigned i = 0; i < p->ntold && e == ERR_OK; i++)
		e = add_told(x, &p->told[i]);
	return e == ERR_OK && x->tell ? add_limits(x) : e;
}

static enum err
put_envelope(struct receiving *x, struct mem_mail *m)
{
	const struct store_deliver *op = x->op;
	bool utf8 = (op->flags & MSG_DELIVER_UTF8) != 0;
	bool eight = (op->flags & MSG_DELIVER_8BIT) != 0;
	struct store_envelope env = {.from = op->from,
	    .envid = op->envid,
	    .flags =
		(utf8 ? STORE_ENV_UTF8 : 0u) | (eight ? STORE_ENV_8BIT : 0u),
	    .ret = op->ret,
	    .account = op->account,
	    .octets = m->body->octets.len,
	    .made_us = x->now_us,
	    .rcpts = x->n,
	    .left = x->n};

	return mem_mail_put(m, &env);
}

enum err
mem_receive(struct store *s, struct store_deliver *op, struct mem_body *body,
    const struct mem_plan *p)
{
	struct receiving x = {
	    .s = s, .op = op, .p = p, .now_us = clock_wall_us()};
	struct mem_mail *m;
	enum err e;

	if ((op->flags & MSG_DELIVER_IMPORT) != 0 || mem_trail_has(s, &op->id))
		return ERR_OK;
	if ((e = trail(&x)) != ERR_OK || (e = count(&x)) != ERR_OK)
		return e;
	if (p->d.nremotes + p->ntold == 0)
		return ERR_OK;
	if ((m = mem_mail_add(s, &op->id, body)) == NULL)
		return ERR_RETRY;
	e = add_all(&x);
	return e == ERR_OK ? put_envelope(&x, m) : e;
}
