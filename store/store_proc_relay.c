/*
 * The relay process: what it takes, how it settles, and what it is told. There
 * is one at a time; a new one finds in doubt what the one before had taken, and
 * takes nothing before it has said what is to become of that.
 */
#include "base/log.h"
#include "mime/mime_addr.h"
#include "store/store_proc_priv.h"

#include <stdlib.h>
#include <string.h>

enum {
	TAKE_ROWS_MAX = 10000,
	TAKE_DESTS_MAX = 10000,
	SKIP_MAX = 4096, /* the tail of msg_queue_take */
	OUTCOMES_MAX = 100000,
	DUES_MAX = 4096 /* destinations it is still to be told of */
};

/* --- what it takes ------------------------------------------------------ */

struct take_req {
	struct req r;
	struct store_take op;
	struct buf rows;
	uint64_t skip[];
};

static void
answer_take(struct peer *p, const struct take_req *q, uint64_t id, enum err e)
{
	struct msg_queue_rows m;
	struct slice rows = SLICE_NONE;

	if (p->chan == NULL)
		return;
	memset(&m, 0, sizeof m);
	m.req = id;
	m.err = e;
	if (e == ERR_OK) {
		m.at = q->op.at;
		m.next_us = q->op.next_us;
		m.n = q->op.n;
		m.more = q->op.more;
		rows = buf_slice(&q->rows);
	}
	store_sent(p, msg_send_queue_rows(p->chan, &m, rows, -1));
}

static void
taken(struct store_op *op, enum err e)
{
	struct take_req *q = LIST_ITEM(op, struct take_req, op.op);

	if (e == ERR_OK && q->rows.err != ERR_OK)
		e = ERR_RETRY;
	answer_take(q->r.peer, q, q->r.id, e);
	buf_fini(&q->rows);
	store_req_end(&q->r);
}

static enum err
check_take(const struct peer *p, const struct msg_queue_take *m, struct slice s)
{
	uint64_t last = 0, dest;

	if (!p->doubted)
		return ERR_RETRY;
	if (m->nskip > SKIP_MAX)
		return ERR_TOOBIG;
	for (unsigned i = 0; i < m->nskip; i++) {
		memcpy(&dest, s.p + i * sizeof dest, sizeof dest);
		if (i > 0 && dest <= last)
			return ERR_PROTO;
		last = dest;
	}
	return ERR_OK;
}

static unsigned
at_most(uint32_t n, unsigned max)
{
	return n < max ? n : max;
}

void
store_on_queue_take(
    void *ctx, struct msg_queue_take *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct take_req *q = NULL;
	enum err e = check_take(p, m, tail);

	(void)fd;
	if (e == ERR_OK &&
	    (q = store_req_new(p, sizeof *q, tail.len, m->req)) == NULL)
		e = ERR_RETRY;
	if (e != ERR_OK) {
		answer_take(p, NULL, m->req, e);
		return;
	}
	store_req_charge(&q->r, ROWS_OCTETS_MAX / 2);
	if (tail.len > 0)
		memcpy(q->skip, tail.p, tail.len);
	buf_init(&q->rows, ROWS_OCTETS_MAX);
	q->op.now_us = m->now_us;
	q->op.only = m->only;
	q->op.after = m->after;
	q->op.skip = q->skip;
	q->op.nskip = m->nskip;
	q->op.dests_max = at_most(m->dests_max, TAKE_DESTS_MAX);
	q->op.per_dest = m->per_dest;
	q->op.rows_max = at_most(m->rows_max, TAKE_ROWS_MAX);
	q->op.rows = &q->rows;
	q->op.op.done = taken;
	p->proc->ops->take(p->proc->st, &q->op);
}

/* --- what is in doubt --------------------------------------------------- */

struct doubt_req {
	struct req r;
	struct store_doubt op;
};

static void
doubted(struct store_op *op, enum err e)
{
	struct doubt_req *q = LIST_ITEM(op, struct doubt_req, op.op);

	q->r.peer->doubted = q->r.peer->doubted || e == ERR_OK;
	store_req_done(&q->r, e, q->op.n);
}

void
store_on_queue_doubt(
    void *ctx, struct msg_queue_doubt *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct doubt_req *q = NULL;

	(void)tail;
	(void)fd;
	if (p->doubted) /* what it has taken itself is not in doubt */
		store_answer(p, m->req, ERR_EXISTS, 0);
	else if ((q = store_req_new(p, sizeof *q, 0, m->req)) == NULL)
		store_answer(p, m->req, ERR_RETRY, 0);
	if (q == NULL)
		return;
	q->op.retry_us = m->retry_us;
	q->op.hold = m->hold != 0;
	q->op.op.done = doubted;
	p->proc->ops->doubt(p->proc->st, &q->op);
}

/* --- what became of it -------------------------------------------------- */

struct settle_req {
	struct req r;
	struct store_settle op;
};

static void
settled(struct store_op *op, enum err e)
{
	struct settle_req *q = LIST_ITEM(op, struct settle_req, op.op);

	store_req_done(&q->r, e, 0);
}

static enum err
check_outcomes(struct slice s, unsigned count)
{
	struct store_outcome o;
	unsigned n = 0;
	enum err e;

	while ((e = store_outcome_next(&s, &o)) == ERR_OK && n < OUTCOMES_MAX)
		n++;
	return e == ERR_NOENT && n == count ? ERR_OK : ERR_PROTO;
}

static bool
is_recipient(struct slice to)
{
	struct mime_addr a;

	return slice_eq_nocase(to, SLICE("postmaster")) ||
	       mime_addr_parse(to, &a) == ERR_OK;
}

static enum err
check_reports(struct peer *p, struct slice s, unsigned count)
{
	struct store_report r;
	unsigned n = 0;
	enum err e;

	while ((e = store_report_next(&s, &r)) == ERR_OK) {
		if (!is_recipient(r.to))
			return ERR_PROTO;
		if ((e = store_id_check(p, &r.id)) != ERR_OK)
			return e;
		n++;
	}
	return e == ERR_NOENT && n == count ? ERR_OK : ERR_PROTO;
}

static void
note_ids(struct peer *p, struct slice reports)
{
	struct store_report r;

	while (store_report_next(&reports, &r) == ERR_OK)
		store_id_note(p, &r.id);
}

static void
log_refused(enum err e)
{
	struct log_line l;

	log_begin(&l, LOG_ERROR, "settle_refused");
	log_err(&l, "reason", e);
	log_end(&l);
}

static void
settle(struct peer *p, const struct msg_queue_settle *m, struct slice tail)
{
	struct settle_req *q = store_req_new(p, sizeof *q, tail.len, m->req);
	struct slice copy;

	if (q == NULL) {
		store_answer(p, m->req, ERR_RETRY, 0);
		return;
	}
	memcpy(q + 1, tail.p, tail.len);
	copy = slice_of(q + 1, tail.len);
	q->op.outcomes = slice_first(copy, m->outcomes_len);
	q->op.reports = slice_skip(copy, m->outcomes_len);
	q->op.noutcomes = m->noutcomes;
	q->op.nreports = m->nreports;
	q->op.op.done = settled;
	note_ids(p, q->op.reports);
	p->proc->ops->settle(p->proc->st, &q->op);
}

void
store_on_queue_settle(
    void *ctx, struct msg_queue_settle *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct slice reports = slice_skip(tail, m->outcomes_len);
	enum err e =
	    check_outcomes(slice_first(tail, m->outcomes_len), m->noutcomes);

	(void)fd;
	if (e == ERR_OK)
		e = check_reports(p, reports, m->nreports);
	if (e == ERR_OK) {
		settle(p, m, tail);
		return;
	}
	if (p->refused++ < REFUSED_LOGGED)
		log_refused(e);
	store_answer(p, m->req, e, 0);
}

/* --- what it is told ---------------------------------------------------- */

struct due {
	struct map_node by_dest;
	uint64_t dest, us;
};

static void
forget_due(struct store_proc *p, struct due *d)
{
	map_remove(&p->dues, &d->by_dest);
	free(d);
}

/* Nobody is told: a relay that comes looks at everything first. */
static void
forget_dues(struct store_proc *p)
{
	struct map_node *n;

	while ((n = map_next(&p->dues, NULL)) != NULL)
		forget_due(p, MAP_ITEM(n, struct due, by_dest));
}

/* Each destination once in a turn, as long as the channel has room. */
static void
tell(void *ctx)
{
	struct store_proc *p = ctx;
	struct peer *relay = store_peer_of(p, ROLE_RELAY);
	struct map_node *n;

	if (relay == NULL)
		forget_dues(p);
	while (relay != NULL && !chan_full(relay->chan) &&
	       (n = map_next(&p->dues, NULL)) != NULL) {
		struct due *d = MAP_ITEM(n, struct due, by_dest);
		struct msg_queue_due m = {d->dest, d->us};

		forget_due(p, d);
		store_sent(
		    relay, msg_send_queue_due(relay->chan, &m, SLICE_NONE, -1));
	}
}

void
store_dues_go_on(struct peer *p)
{
	if (p->role == ROLE_RELAY && p->proc->dues.count > 0)
		tell(p->proc);
}

/* Too many to name: any (UINT64_MAX). */
static struct due *
get_due(struct store_proc *p, uint64_t dest, uint64_t us)
{
	struct map_node *n = map_get(&p->dues, slice_of(&dest, sizeof dest));
	struct due *d;

	if (n != NULL)
		return MAP_ITEM(n, struct due, by_dest);
	if (p->dues.count >= DUES_MAX && dest != UINT64_MAX)
		return get_due(p, UINT64_MAX, us);
	if ((d = calloc(1, sizeof *d)) == NULL)
		return NULL;
	d->dest = dest;
	d->us = us;
	if (map_put(&p->dues, &d->by_dest,
		slice_of(&d->dest, sizeof d->dest)) == ERR_OK)
		return d;
	free(d);
	return NULL;
}

/* Out of memory costs a delay: relay looks at everything from time to time. */
static void
due(void *ctx, uint64_t dest, uint64_t us)
{
	struct store_proc *p = ctx;
	struct due *d;

	if (store_peer_of(p, ROLE_RELAY) == NULL ||
	    (d = get_due(p, dest, us)) == NULL)
		return;
	if (us < d->us)
		d->us = us;
	net_later_add(p->loop, &p->tell);
}

void
store_relay_init(struct store_proc *p)
{
	map_init(&p->dues);
	net_later_init(&p->tell, tell, p);
	if (p->ops->on_due != NULL)
		p->ops->on_due(p->st, due, p);
}

void
store_relay_fini(struct store_proc *p)
{
	if (p->ops->on_due != NULL)
		p->ops->on_due(p->st, NULL, NULL);
	net_later_remove(p->loop, &p->tell);
	forget_dues(p);
	map_fini(&p->dues);
}
