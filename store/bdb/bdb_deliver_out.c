/*
 * The part of a delivery that outlives it: the trail's first record, and in the
 * queue the recipients elsewhere and the senders who want to be told.
 */
#include "proc/msg.h"
#include "store/bdb/bdb_deliver.h"

bool
bdb_plan_queues(const struct bdb_plan *p)
{
	return !p->again && store_plan_queues(&p->to);
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
	const struct store_dests *d = &p->to.dests;
	struct slice rest = q->rcpts;
	struct store_rcpt r;
	enum err e = bdb_trail_word(w, id, q->from);

	if (e == ERR_OK)
		e = bdb_trail_word(w, id, msgid);
	while (e == ERR_OK && store_rcpt_next(&rest, &r) == ERR_OK)
		e = bdb_trail_word(w, id, r.addr);
	for (unsigned i = 0; i < d->n && e == ERR_OK; i++)
		if (!slice_eq_nocase(p->to.rcpt[i].addr, name_of(&d->dest[i])))
			e = bdb_trail_word(w, id, name_of(&d->dest[i]));
	for (unsigned i = 0; i < d->nremotes && e == ERR_OK; i++) {
		struct slice addr = mime_addr_slice(&d->remote[i].addr);

		if (!slice_eq_nocase(p->to.far[i].addr, addr))
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

	make_local(&local, &p->to.dests);
	t.from = q->from;
	t.local = buf_slice(&local);
	t.octets = bdb_deliver_octets(q);
	t.rcpts = p->to.dests.nremotes;
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
	    p->to.dests.nremotes > 0)
		e = bdb_sent_add(w, q->account, p->to.now_us,
		    p->to.dests.nremotes, &p->to.verdict);
	return e;
}

/* --- recipients --- */

struct outs { /* being written */
	struct bdb_work *w;
	const struct store_deliver *q;
	struct bdb_dues *dues;
	uint32_t n; /* number of the next record */
};

static enum err
add(void *ctx, const struct store_out *o)
{
	struct outs *x = ctx;
	struct store_out_key k = {x->q->id, x->n++};

	return bdb_out_move(x->w, x->dues, &k, NULL, o);
}

static enum err
trail(void *ctx, const struct store_trail *t)
{
	const struct outs *x = ctx;

	return bdb_trail_add(x->w, &x->q->id, t);
}

enum err
bdb_deliver_outs(struct bdb_work *w, struct store_deliver *q,
    const struct bdb_plan *p, struct bdb_dues *dues, const struct bdb_row *row)
{
	struct outs x = {w, q, dues, 0};
	struct store_plan_writer to = {add, trail, &x};
	struct store_getter g = bdb_getter(w);
	struct store_envelope env = store_plan_envelope(&p->to, q);
	enum err e;

	q->queued = q->held = 0;
	if (!bdb_plan_queues(p))
		return ERR_OK;
	if ((e = store_plan_write(&p->to, q, &g, &to)) != ERR_OK)
		return e;
	env.octets = bdb_deliver_octets(q);
	env.body = row->body;
	env.sum = row->sum;
	env.rcpts = env.left = x.n;
	return bdb_envelope_put(w, &q->id, &env);
}
