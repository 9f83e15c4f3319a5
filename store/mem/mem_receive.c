/* What outlives a delivery, in memory: the trail, recipients in the queue, and
 * the counts of who sends too much. */
#include "proc/msg.h"
#include "store/mem/mem_priv.h"

#include <stdio.h>
#include <stdlib.h>

#define HOUR_US ((uint64_t)3600 * 1000000)
enum { WORDS_MAX = 1 << 20 };

struct receiving {
	struct store *s;
	struct store_deliver *op;
	struct store_plan *p;
	uint32_t n; /* number of the next record */
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
	const struct store_dests *d = &x->p->dests;
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
	const struct store_dests *d = &x->p->dests;
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
	uint32_t more = x->p->dests.nremotes;
	struct store_verdict *v = &x->p->verdict;
	struct mem_sent *c;
	bool many;

	if (x->op->account == 0 || more == 0)
		return ERR_OK;
	if ((c = sent_of(x->s, x->op->account)) == NULL)
		return ERR_RETRY;
	if (c->hour != x->p->now_us / HOUR_US) {
		c->hour = x->p->now_us / HOUR_US;
		c->messages = c->rcpts = 0;
		c->told = false;
	}
	many = over(c->messages + 1, messages);
	v->held = many || over(c->rcpts + more, rcpts);
	v->tell = v->held && !c->told;
	c->told = c->told || v->held;
	c->messages += !v->held;
	c->rcpts += v->held ? 0 : more;
	(void)snprintf(v->why, sizeof v->why, "hourly limit of %u %s",
	    many ? messages : rcpts, many ? "messages" : "recipients");
	return ERR_OK;
}

/* --- recipients --------------------------------------------------------- */

static enum err
add(void *ctx, const struct store_out *o)
{
	struct receiving *x = ctx;
	struct store_out_key k = {x->op->id, x->n++};

	return mem_out_add(x->s, &k, o);
}

static enum err
trail_of(void *ctx, const struct store_trail *t)
{
	const struct receiving *x = ctx;

	return mem_trail_add(x->s, &x->op->id, t, SLICE_NONE);
}

enum err
mem_receive(struct store *s, struct store_deliver *op, struct mem_body *body,
    struct store_plan *p)
{
	struct receiving x = {s, op, p, 0};
	struct store_plan_writer to = {add, trail_of, &x};
	struct store_envelope env = store_plan_envelope(p, op);
	struct mem_mail *m;
	enum err e;

	if ((op->flags & MSG_DELIVER_IMPORT) != 0 || mem_trail_has(s, &op->id))
		return ERR_OK;
	if ((e = trail(&x)) != ERR_OK || (e = count(&x)) != ERR_OK)
		return e;
	if (!store_plan_queues(p))
		return ERR_OK;
	if ((m = mem_mail_add(s, &op->id, body)) == NULL)
		return ERR_RETRY;
	if ((e = store_plan_write(p, op, &s->getter, &to)) != ERR_OK)
		return e;
	env.octets = m->body->octets.len;
	env.rcpts = env.left = x.n;
	return mem_mail_put(m, &env);
}
