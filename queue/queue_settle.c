/*
 * Batches of outcomes. The last one is filled until it is full or the turn
 * ends; those in front of it are with the store or wait to be asked again, in
 * order. One that fails again and again is halved, until what the store cannot
 * settle now is by itself and waits longer than the others.
 *
 * An outcome that there is no memory for is owed: kept without words, in room
 * that was there from the start, and added as soon as there is memory.
 */
#include "queue/queue_settle.h"

#include "base/clock.h"
#include "base/log.h"

#include <assert.h>
#include <stdlib.h>

enum {
	TRIES = 3, /* of a batch, before it is halved and set aside */
	ASIDE_MS = 60 * 1000
};

struct batch { /* one settle */
	struct store_req r;
	struct queue_settle *owner;
	struct list_node node;
	struct buf outcomes, reports;
	unsigned noutcomes, nreports, tries;
	bool closed;       /* nothing is added any more */
	uint64_t aside_ms; /* clock_mono_ms: not before; 0: at once */
};

struct debt { /* an outcome that is owed */
	struct store_out_key key;
	uint64_t next_us;
	enum store_outcome_kind kind;
	unsigned code;
	bool attempted, delay_told;
};

struct queue_settle {
	struct net_loop *loop;
	struct store_call *store;
	void (*answered)(void *ctx);
	void *ctx;
	struct list batches;
	unsigned under_way;
	size_t octets;
	bool resting; /* after a failure, until `again` or _up */
	struct buf outcomes, reports; /* those that are being added */
	struct net_later turn;
	struct net_timer again;
	unsigned nowed;
	struct debt owed[QUEUE_SETTLE_OWED];
};

static size_t
batch_octets(const struct batch *b)
{
	return b->outcomes.len + b->reports.len;
}

static void
batch_free(struct queue_settle *s, struct batch *b)
{
	s->octets -= batch_octets(b);
	list_remove(&s->batches, &b->node);
	buf_fini(&b->outcomes);
	buf_fini(&b->reports);
	free(b);
}

static struct batch *batch_new(struct queue_settle *s);
static void pay(struct queue_settle *s);

/* --- to the store --------------------------------------------------------- */

static void
tick(struct queue_settle *s)
{
	if (store_call_up(s->store) || s->nowed > 0) /* else _up goes on */
		(void)net_timer_set(&s->again, QUEUE_SETTLE_PAUSE_MS);
}

static void
rest(struct queue_settle *s)
{
	s->resting = true;
	tick(s);
}

/* Asking again will not help: it is our fault. What it was about stays under
 * way for the store, and is in doubt at the next start: so it costs none of
 * the others that were in the batch. */
static bool
is_final(enum err e)
{
	return e == ERR_TOOBIG || e == ERR_PROTO || e == ERR_SYNTAX ||
	       e == ERR_DENIED;
}

/* A report that the store does not take must not cost the outcomes. */
static void
drop_reports(struct queue_settle *s, struct batch *b)
{
	log_textf(LOG_ERROR, "settle", "%u reports were refused", b->nreports);
	s->octets -= b->reports.len;
	buf_fini(&b->reports);
	b->nreports = 0;
	net_later_add(s->loop, &s->turn);
}

/* Of no space: what is without reports finds some, so it goes first. */
static void
let_pass(struct queue_settle *s, struct batch *b)
{
	list_remove(&s->batches, &b->node);
	list_push_back(&s->batches, &b->node);
}

/* The second half of its outcomes goes into a batch of its own. Not if there
 * are reports: nobody knows here which are about which. */
static bool
halve(struct queue_settle *s, struct batch *b)
{
	struct slice rest = buf_slice(&b->outcomes);
	struct store_outcome o;
	unsigned first = b->noutcomes / 2;
	struct batch *half;

	if (first == 0 || b->nreports > 0 || (half = batch_new(s)) == NULL)
		return false;
	for (unsigned i = 0; i < first; i++)
		(void)store_outcome_next(&rest, &o); /* it is our own */
	buf_add_slice(&half->outcomes, rest);
	half->closed = true;
	if (half->outcomes.err != ERR_OK) {
		batch_free(s, half);
		return false;
	}
	half->noutcomes = b->noutcomes - first;
	b->noutcomes = first;
	buf_cut(&b->outcomes, b->outcomes.len - rest.len);
	b->tries = 0;
	return true;
}

static void
refused(struct queue_settle *s, struct batch *b, enum err e)
{
	net_later_add(s->loop, &s->turn);
	if (b->nreports > 0) {
		drop_reports(s, b);
		return;
	}
	if (halve(s, b))
		return;
	log_textf(LOG_ERROR, "settle", "%u outcomes were refused: %s",
	    b->noutcomes, err_text(e));
	batch_free(s, b);
	s->answered(s->ctx);
}

/* It has failed once more: is it this one, or all of them? */
static void
set_aside(struct queue_settle *s, struct batch *b)
{
	if (++b->tries < TRIES || halve(s, b)) {
		rest(s);
		return;
	}
	if (b->tries == TRIES)
		log_textf(LOG_ERROR, "settle",
		    "%u outcomes cannot be settled now, and are tried again",
		    b->noutcomes);
	b->aside_ms = clock_mono_ms() + ASIDE_MS;
	let_pass(s, b);
	tick(s);
}

static void
settled(struct store_req *r, enum err e)
{
	struct batch *b = LIST_ITEM(r, struct batch, r);
	struct queue_settle *s = b->owner;

	s->under_way--;
	if (is_final(e)) {
		refused(s, b, e);
		return;
	}
	if (e == ERR_OK) {
		batch_free(s, b);
		net_later_add(s->loop, &s->turn);
		s->answered(s->ctx);
		return;
	}
	if (e != ERR_FULL) {
		set_aside(s, b);
		return;
	}
	if (!s->resting)
		log_textf(LOG_WARN, "settle",
		    "no space: outcomes of deliveries wait");
	if (b->nreports > 0)
		let_pass(s, b);
	rest(s);
}

static void
send_batch(struct queue_settle *s, struct batch *b)
{
	b->closed = true;
	b->r.done = settled;
	s->under_way++;
	store_call_settle(s->store, &b->r, buf_slice(&b->outcomes),
	    b->noutcomes, buf_slice(&b->reports), b->nreports);
}

static void
send_ready(struct queue_settle *s, unsigned most)
{
	uint64_t now = clock_mono_ms();

	LIST_EACH(&s->batches, n)
	{
		struct batch *b = LIST_ITEM(n, struct batch, node);

		if (s->under_way >= most)
			return;
		if (!b->r.busy && b->aside_ms <= now)
			send_batch(s, b);
	}
}

static bool
has_aside(const struct queue_settle *s)
{
	LIST_EACH(&s->batches, n)
	{
		if (LIST_ITEM(n, struct batch, node)->aside_ms != 0)
			return true;
	}
	return false;
}

static void
turn_ends(void *ctx)
{
	struct queue_settle *s = ctx;

	if (!s->resting)
		send_ready(s, QUEUE_SETTLE_UNDER_WAY);
}

static void
try_again(void *ctx)
{
	struct queue_settle *s = ctx;

	s->resting = false;
	pay(s);
	turn_ends(s);
	if (s->nowed > 0 || has_aside(s))
		tick(s);
}

void
queue_settle_up(struct queue_settle *s)
{
	net_timer_clear(&s->again);
	s->resting = false;
	pay(s);
	LIST_EACH(&s->batches, n)
	{
		struct batch *b = LIST_ITEM(n, struct batch, node);

		b->tries = 0;
		b->aside_ms = 0;
	}
	send_ready(s, UINT32_MAX);
}

/* --- what is added -------------------------------------------------------- */

static struct batch *
batch_new(struct queue_settle *s)
{
	struct batch *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	b->owner = s;
	list_node_init(&b->node);
	buf_init(&b->outcomes, STORE_CALL_TAIL_MAX);
	buf_init(&b->reports, STORE_CALL_TAIL_MAX);
	list_push_back(&s->batches, &b->node);
	return b;
}

/* Where so many more octets go; NULL: out of memory. With reports or without,
 * since the store takes the latter on a full disk, too. */
static struct batch *
batch_for(struct queue_settle *s, size_t octets, bool reports)
{
	struct batch *b;

	if (list_empty(&s->batches))
		return batch_new(s);
	b = LIST_ITEM(s->batches.head.prev, struct batch, node);
	if (batch_octets(b) + octets > QUEUE_SETTLE_OCTETS ||
	    b->noutcomes >= QUEUE_SETTLE_OUTCOMES ||
	    (b->nreports > 0) != reports)
		b->closed = true;
	return b->closed ? batch_new(s) : b;
}

static enum err
encode(struct queue_settle *s, const struct store_outcome *o,
    unsigned noutcomes, const struct store_report *r, unsigned nreports)
{
	enum err e = ERR_OK;

	buf_reset(&s->outcomes);
	buf_reset(&s->reports);
	for (unsigned i = 0; i < noutcomes && e == ERR_OK; i++)
		e = store_outcome_add(&s->outcomes, &o[i]);
	for (unsigned i = 0; i < nreports && e == ERR_OK; i++)
		e = r[i].body.len > QUEUE_SETTLE_REPORT_MAX
			? ERR_TOOBIG
			: store_report_add(&s->reports, &r[i]);
	if (e == ERR_OK)
		e = s->outcomes.err != ERR_OK ? s->outcomes.err
					      : s->reports.err;
	return e;
}

static enum err
add(struct queue_settle *s, const struct store_outcome *o, unsigned noutcomes,
    const struct store_report *r, unsigned nreports)
{
	enum err e = encode(s, o, noutcomes, r, nreports);
	size_t octets = s->outcomes.len + s->reports.len;
	struct batch *b;

	if (e != ERR_OK)
		return e;
	b = batch_for(s, octets, nreports > 0);
	if (b == NULL || buf_reserve(&b->outcomes, s->outcomes.len) != ERR_OK ||
	    buf_reserve(&b->reports, s->reports.len) != ERR_OK)
		return ERR_NOMEM;
	buf_add_slice(&b->outcomes, buf_slice(&s->outcomes));
	buf_add_slice(&b->reports, buf_slice(&s->reports));
	b->noutcomes += noutcomes;
	b->nreports += nreports;
	s->octets += octets;
	net_later_add(s->loop, &s->turn);
	return ERR_OK;
}

/* --- what is owed --------------------------------------------------------- */

static enum err
owe(struct queue_settle *s, const struct store_outcome *o, unsigned n)
{
	if (n > QUEUE_SETTLE_OWED - s->nowed)
		return ERR_NOMEM;
	if (s->nowed == 0)
		log_textf(LOG_ERROR, "settle",
		    "out of memory: outcomes wait, without words");
	for (unsigned i = 0; i < n; i++)
		s->owed[s->nowed++] = (struct debt){o[i].key, o[i].next_us,
		    o[i].kind, o[i].code, o[i].attempted, o[i].delay_told};
	tick(s);
	return ERR_OK;
}

/* As much as there is memory for. */
static void
pay(struct queue_settle *s)
{
	enum err e = ERR_OK;

	while (s->nowed > 0 && e == ERR_OK) {
		const struct debt *d = &s->owed[s->nowed - 1];
		struct store_outcome o = {.key = d->key,
		    .kind = d->kind,
		    .attempted = d->attempted,
		    .delay_told = d->delay_told,
		    .next_us = d->next_us,
		    .code = d->code};

		e = add(s, &o, 1, NULL, 0);
		if (e == ERR_OK)
			s->nowed--;
	}
}

enum err
queue_settle_add(struct queue_settle *s, const struct store_outcome *o,
    unsigned noutcomes, const struct store_report *r, unsigned nreports)
{
	enum err e = add(s, o, noutcomes, r, nreports);

	return e == ERR_NOMEM && nreports == 0 ? owe(s, o, noutcomes) : e;
}

size_t
queue_settle_octets(const struct queue_settle *s)
{
	return s->nowed > QUEUE_SETTLE_OWED / 2 ? SIZE_MAX : s->octets;
}

bool
queue_settle_idle(const struct queue_settle *s)
{
	return list_empty(&s->batches) && s->nowed == 0;
}

struct queue_settle *
queue_settle_new(struct net_loop *l, struct store_call *c,
    void (*answered)(void *ctx), void *ctx)
{
	struct queue_settle *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->loop = l;
	s->store = c;
	s->answered = answered;
	s->ctx = ctx;
	list_init(&s->batches);
	buf_init(&s->outcomes, STORE_CALL_TAIL_MAX / 2);
	buf_init(&s->reports, STORE_CALL_TAIL_MAX);
	net_later_init(&s->turn, turn_ends, s);
	net_timer_init(&s->again, l, try_again, s);
	return s;
}

void
queue_settle_free(struct queue_settle **sp)
{
	struct queue_settle *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	while (!list_empty(&s->batches)) {
		struct batch *b =
		    LIST_ITEM(s->batches.head.next, struct batch, node);

		store_req_cancel(s->store, &b->r);
		batch_free(s, b);
	}
	buf_fini(&s->outcomes);
	buf_fini(&s->reports);
	net_later_remove(s->loop, &s->turn);
	net_timer_clear(&s->again);
	free(s);
}
