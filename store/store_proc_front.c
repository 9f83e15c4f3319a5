/*
 * Mail in: addresses, senders, spilled bodies, and the mail transactions for
 * which room is reserved. A transaction may end while an address of it is still
 * being looked up; the reservation that comes of it then ends too.
 */
#include "store/store_proc_priv.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tx {
	struct map_node by_number;
	uint64_t number;
	unsigned resolving;
	bool ended;
};

static struct tx *
find_tx(const struct peer *p, uint64_t number)
{
	struct map_node *n = map_get(&p->txs, slice_of(&number, sizeof number));

	return n == NULL ? NULL : MAP_ITEM(n, struct tx, by_number);
}

static struct tx *
get_tx(struct peer *p, uint64_t number)
{
	struct tx *t = find_tx(p, number);

	if (t != NULL)
		return t;
	if (p->txs.count >= PEER_TXS_MAX || (t = calloc(1, sizeof *t)) == NULL)
		return NULL;
	t->number = number;
	if (map_put(&p->txs, &t->by_number,
		slice_of(&t->number, sizeof t->number)) == ERR_OK)
		return t;
	free(t);
	return NULL;
}

static void
forget_tx(struct peer *p, struct tx *t)
{
	map_remove(&p->txs, &t->by_number);
	free(t);
}

static void
end_tx(struct peer *p, uint64_t number)
{
	struct tx *t = find_tx(p, number);

	p->proc->ops->tx_end(p->proc->st, p->owner, number);
	if (t == NULL)
		return;
	t->ended = true;
	if (t->resolving == 0)
		forget_tx(p, t);
}

void
store_on_tx_end(void *ctx, struct msg_tx_end *m, struct slice tail, int fd)
{
	(void)tail;
	(void)fd;
	end_tx(ctx, m->tx);
}

void
store_txs_fini(struct peer *p)
{
	struct map_node *n;

	while ((n = map_next(&p->txs, NULL)) != NULL)
		forget_tx(p, MAP_ITEM(n, struct tx, by_number));
}

/* The backend has ended what was reserved. */
void
store_tx_delivered(struct peer *p, uint64_t number)
{
	struct tx *t = find_tx(p, number);

	if (t != NULL && t->resolving == 0)
		forget_tx(p, t);
}

/* --- RCPT -------------------------------------------------------------- */

struct resolve_req {
	struct req r;
	struct store_resolve op;
	struct msg_text addr;
};

/* q: NULL when it was refused */
static void
answer_resolve(
    struct peer *p, uint64_t id, enum err e, const struct store_resolve *q)
{
	struct msg_resolved m;

	if (p->chan == NULL)
		return;
	memset(&m, 0, sizeof m);
	m.req = id;
	m.err = e;
	if (q != NULL) {
		m.mailboxes = q->mailboxes;
		m.remotes = q->remotes;
	}
	store_sent(p, msg_send_resolved(p->chan, &m, SLICE_NONE, -1));
}

/* A reservation made after its transaction's end would stay for ever. */
static void
settle_tx(struct peer *p, uint64_t number)
{
	struct tx *t = find_tx(p, number);

	if (t != NULL)
		t->resolving--;
	if (t == NULL || (t->ended && t->resolving == 0))
		end_tx(p, number);
}

static void
resolved(struct store_op *op, enum err e)
{
	struct resolve_req *q = LIST_ITEM(op, struct resolve_req, op.op);

	settle_tx(q->r.peer, q->op.tx);
	answer_resolve(q->r.peer, q->r.id, e, &q->op);
	store_req_end(&q->r);
}

void
store_on_resolve(void *ctx, struct msg_resolve *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct resolve_req *q = NULL;
	struct tx *t = NULL;
	struct right right;
	enum err e = store_right_of(p, &m->ticket, m->local != 0, &right);

	(void)tail;
	(void)fd;
	if (e == ERR_OK && (t = get_tx(p, m->tx)) != NULL)
		q = store_req_new(p, sizeof *q, 0, m->req);
	if (q == NULL) {
		answer_resolve(p, m->req, e == ERR_OK ? ERR_RETRY : e, NULL);
		return;
	}
	q->op.relay = right.relay;
	t->resolving++;
	q->addr = m->addr;
	q->op.addr = msg_text_get(&q->addr);
	q->op.tx_owner = p->owner;
	q->op.tx = m->tx;
	q->op.size = m->size;
	q->op.op.done = resolved;
	p->proc->ops->resolve(p->proc->st, &q->op);
}

/* --- MAIL of a submission ---------------------------------------------- */

struct sender_req {
	struct req r;
	struct store_sender op;
	struct msg_text addr;
};

static void
sender_done(struct store_op *op, enum err e)
{
	struct sender_req *q = LIST_ITEM(op, struct sender_req, op.op);

	store_req_done(&q->r, e, 0);
}

void
store_on_sender(void *ctx, struct msg_sender *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	const struct store_ticket *k = store_ticket_use(
	    &p->proc->tickets, &m->ticket, MSG_PROTO_SUBMISSION, p->owner);
	struct sender_req *q;

	(void)tail;
	(void)fd;
	if (k == NULL) {
		store_answer(p, m->req, ERR_FENCED, 0);
		return;
	}
	if ((q = store_req_new(p, sizeof *q, 0, m->req)) == NULL) {
		store_answer(p, m->req, ERR_RETRY, 0);
		return;
	}
	q->addr = m->addr;
	q->op.addr = msg_text_get(&q->addr);
	q->op.account = k->account;
	q->op.op.done = sender_done;
	p->proc->ops->sender(p->proc->st, &q->op);
}

/* --- a large body ------------------------------------------------------ */

struct spill_req {
	struct req r;
	struct store_spill op;
};

static void
answer_spill(struct peer *p, uint64_t id, enum err e, int fd)
{
	struct msg_spilled m;

	if (p->chan == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	memset(&m, 0, sizeof m);
	m.req = id;
	m.err = e;
	store_sent(p, msg_send_spilled(p->chan, &m, SLICE_NONE, fd));
}

/* All spilled files are on one file system, by which they are known again. */
static void
note_device(struct store_proc *p, int fd)
{
	struct stat st;

	if (p->spill_known || fstat(fd, &st) != 0)
		return;
	p->spill_dev = st.st_dev;
	p->spill_known = true;
}

static void
spilled(struct store_op *op, enum err e)
{
	struct spill_req *q = LIST_ITEM(op, struct spill_req, op.op);

	if (e == ERR_OK)
		note_device(q->r.peer->proc, q->op.fd);
	answer_spill(q->r.peer, q->r.id, e, e == ERR_OK ? q->op.fd : -1);
	store_req_end(&q->r);
}

void
store_on_spill(void *ctx, struct msg_spill *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct spill_req *q = store_req_new(p, sizeof *q, 0, m->req);

	(void)tail;
	(void)fd;
	if (q == NULL) {
		answer_spill(p, m->req, ERR_RETRY, -1);
		return;
	}
	q->op.size = m->size;
	q->op.fd = -1;
	q->op.op.done = spilled;
	p->proc->ops->spill(p->proc->st, &q->op);
}
