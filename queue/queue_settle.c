/*
 * Batches of outcomes. The last one is filled until it is full or the turn
 * ends; those in front of it are with the store or wait to be asked again, in
 * order.
 */
#include "queue/queue_settle.h"

#include "base/log.h"

#include <assert.h>
#include <stdlib.h>

struct batch { /* one settle */
	struct store_req r;
	struct queue_settle *owner;
	struct list_node node;
	struct buf outcomes, reports;
	unsigned noutcomes, nreports;
	bool closed; /* nothing is added any more */
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

/* --- to the store --------------------------------------------------------- */

static void
rest(struct queue_settle *s)
{
	s->resting = true;
	if (store_call_up(s->store)) /* else queue_settle_up ends it */
		(void)net_timer_set(&s->again, QUEUE_SETTLE_PAUSE_MS);
}

/* Asking again will not help: it is our fault. What it was about stays under
 * way for the store, and is in doubt at the next start. */
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

static void
settled(struct store_req *r, enum err e)
{
	struct batch *b = LIST_ITEM(r, struct batch, r);
	struct queue_settle *s = b->owner;

	s->under_way--;
	if (is_final(e) && b->nreports > 0) {
		drop_reports(s, b);
		return;
	}
	if (e == ERR_OK || is_final(e)) {
		if (e != ERR_OK)
			log_textf(LOG_ERROR, "settle",
			    "%u outcomes were refused: %s", b->noutcomes,
			    err_text(e));
		batch_free(s, b);
		net_later_add(s->loop, &s->turn);
		s->answered(s->ctx);
		return;
	}
	if (!s->resting && e == ERR_FULL)
		log_textf(LOG_WARN, "settle",
		    "no space: outcomes of deliveries wait");
	if (e == ERR_FULL && b->nreports > 0)
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
	LIST_EACH(&s->batches, n)
	{
		struct batch *b = LIST_ITEM(n, struct batch, node);

		if (s->under_way >= most)
			return;
		if (!b->r.busy)
			send_batch(s, b);
	}
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
	turn_ends(s);
}

void
queue_settle_up(struct queue_settle *s)
{
	net_timer_clear(&s->again);
	s->resting = false;
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

enum err
queue_settle_add(struct queue_settle *s, const struct store_outcome *o,
    unsigned noutcomes, const struct store_report *r, unsigned nreports)
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

size_t
queue_settle_octets(const struct queue_settle *s)
{
	return s->octets;
}

bool
queue_settle_idle(const struct queue_settle *s)
{
	return list_empty(&s->batches);
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
