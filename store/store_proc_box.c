/*
 * Mailboxes: opened with a ticket (or, by an operator, with a number), which
 * takes the lease; listed page by page as the channel has room. A session may
 * close its mailbox at any time: what is under way then ends with FENCED.
 */
#include "base/clock.h"
#include "store/store_proc_priv.h"
#include "store/store_row.h"

#include <stdlib.h>
#include <string.h>

enum {
	PAGE_ROWS = 4096, /* at most 400 KiB of rows */
	PAGE_OCTETS = 1 << 20
};

/* --- leases ------------------------------------------------------------ */

struct box *
store_box_find(const struct peer *p, uint64_t lease)
{
	struct map_node *n = map_get(&p->boxes, slice_of(&lease, sizeof lease));

	return n == NULL ? NULL : MAP_ITEM(n, struct box, by_lease);
}

static void
forget_box(struct peer *p, struct box *b)
{
	map_remove(&p->boxes, &b->by_lease);
	p->mark_octets -= b->marks.len;
	buf_fini(&b->marks);
	free(b);
}

void
store_box_close(struct peer *p, struct box *b)
{
	p->proc->ops->lease_drop(p->proc->st, b->lease);
	forget_box(p, b);
}

static bool
of_account(const struct box *b, uint64_t account)
{
	return b->account == account;
}

static bool
of_mailbox(const struct box *b, uint64_t mailbox)
{
	return b->mailbox == mailbox;
}

static void
close_some(
    struct peer *p, bool (*is)(const struct box *, uint64_t), uint64_t arg)
{
	struct map_node *n = map_next(&p->boxes, NULL), *next;

	for (; n != NULL; n = next) {
		struct box *b = MAP_ITEM(n, struct box, by_lease);

		next = map_next(&p->boxes, n);
		if (is(b, arg))
			store_box_close(p, b);
	}
}

void
store_account_close(struct store_proc *p, uint64_t account)
{
	LIST_EACH(&p->peers, n)
	{
		close_some(
		    LIST_ITEM(n, struct peer, node), of_account, account);
	}
}

void
store_mailbox_close(struct store_proc *p, uint64_t mailbox)
{
	LIST_EACH(&p->peers, n)
	{
		close_some(
		    LIST_ITEM(n, struct peer, node), of_mailbox, mailbox);
	}
}

static bool
add_box(struct peer *p, const struct store_lease *l, uint64_t account)
{
	struct box *b;

	if (p->boxes.count >= PEER_BOXES_MAX ||
	    (b = calloc(1, sizeof *b)) == NULL)
		return false;
	b->lease = l->lease;
	b->mailbox = l->mailbox;
	b->account = account;
	buf_init(&b->marks, PEER_MARKS_MAX);
	if (map_put(&p->boxes, &b->by_lease,
		slice_of(&b->lease, sizeof b->lease)) == ERR_OK)
		return true;
	free(b);
	return false;
}

void
store_on_box_close(
    void *ctx, struct msg_box_close *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct box *b = store_box_find(p, m->lease);

	(void)tail;
	(void)fd;
	if (b != NULL)
		store_box_close(p, b);
}

/* --- opening ----------------------------------------------------------- */

struct open_req {
	struct req r;
	struct list_node parked; /* on peer.opens */
	struct store_lease lease;
	struct store_list list;
	struct msg_ticket ticket;
	uint64_t account;
	struct buf rows;
};

struct touch_req {
	struct req r;
	struct store_touch op;
};

static void
answer_rows(struct peer *p, uint64_t id, uint64_t lease, enum err e,
    const struct store_list *page)
{
	struct msg_box_rows m;
	struct slice rows = SLICE_NONE;

	if (p->chan == NULL)
		return;
	memset(&m, 0, sizeof m);
	m.req = id;
	m.lease = lease;
	m.err = e;
	if (e == ERR_OK) {
		m.n = page->n;
		m.more = page->more;
		rows = buf_slice(page->rows);
	}
	store_sent(p, msg_send_box_rows(p->chan, &m, rows, -1));
}

static void
end_open(struct open_req *q, enum err e)
{
	struct box *b = store_box_find(q->r.peer, q->lease.lease);

	if (e != ERR_OK) {
		answer_rows(q->r.peer, q->r.id, 0, e, NULL);
		if (b != NULL)
			store_box_close(q->r.peer, b);
	}
	buf_fini(&q->rows);
	store_req_end(&q->r);
}

/* The id of the last row, from where the next page goes on. */
static bool
note_last(struct open_req *q)
{
	struct slice rows = buf_slice(&q->rows);
	struct store_row r;
	unsigned n = 0;

	while (store_row_next(&rows, &r) == ERR_OK)
		n++;
	if (n == 0 || rows.len > 0)
		return false;
	q->list.after = r.id;
	return true;
}

static void
next_page(struct open_req *q)
{
	struct store_proc *p = q->r.peer->proc;

	buf_reset(&q->rows);
	p->ops->list(p->st, &q->list);
}

static void
listed(struct store_op *op, enum err e)
{
	struct open_req *q = LIST_ITEM(op, struct open_req, list.op);
	struct peer *p = q->r.peer;
	bool more = q->list.more;

	if (e == ERR_OK && store_box_find(p, q->lease.lease) == NULL)
		e = ERR_FENCED;
	if (e == ERR_OK && more && !note_last(q))
		e = ERR_CORRUPT;
	if (e == ERR_OK)
		answer_rows(p, q->r.id, q->lease.lease, e, &q->list);
	if (e != ERR_OK || !more)
		end_open(q, e);
	else if (chan_full(p->chan))
		list_push_back(&p->opens, &q->parked);
	else
		next_page(q);
}

static void
touched(struct store_op *op, enum err e)
{
	(void)e; /* a time that is shown to the operator, no more */
	store_req_end(&LIST_ITEM(op, struct touch_req, op.op)->r);
}

static void
touch(struct peer *p, uint64_t mailbox)
{
	struct touch_req *q = store_req_new(p, sizeof *q, 0, 0);

	if (q == NULL)
		return;
	q->op.mailbox = mailbox;
	q->op.us = clock_wall_us();
	q->op.op.done = touched;
	p->proc->ops->touch(p->proc->st, &q->op);
}

/* The ticket has served; from now on the lease is what opens the mailbox. */
static void
spend_ticket(struct open_req *q)
{
	struct peer *p = q->r.peer;
	struct store_ticket *k = store_ticket_use(
	    &p->proc->tickets, &q->ticket, MSG_PROTO_POP3, p->owner);

	if (k != NULL)
		store_ticket_end(&p->proc->tickets, k);
}

/* Is the login still good, now that the lease is there? */
static bool
still_allowed(const struct open_req *q)
{
	const struct peer *p = q->r.peer;

	return p->role == ROLE_CTL ||
	       store_ticket_use(&p->proc->tickets, &q->ticket, MSG_PROTO_POP3,
		   p->owner) != NULL;
}

static void
leased(struct store_op *op, enum err e)
{
	struct open_req *q = LIST_ITEM(op, struct open_req, lease.op);
	struct peer *p = q->r.peer;
	enum err why = e;

	if (e == ERR_OK && p->chan == NULL)
		why = ERR_CLOSED;
	else if (e == ERR_OK && !still_allowed(q))
		why = ERR_FENCED;
	else if (e == ERR_OK && !add_box(p, &q->lease, q->account))
		why = ERR_RETRY;
	if (e == ERR_OK && why != ERR_OK)
		p->proc->ops->lease_drop(p->proc->st, q->lease.lease);
	if (why != ERR_OK) {
		q->lease.lease = 0;
		end_open(q, why);
		return;
	}
	if (p->role == ROLE_POP3) {
		spend_ticket(q);
		touch(p, q->lease.mailbox);
	}
	next_page(q);
}

/* Which mailbox may be opened: DENIED, FENCED. */
static enum err
whose(struct peer *p, const struct msg_box_open *m, uint64_t *mailbox,
    uint64_t *account)
{
	const struct store_ticket *k;

	*mailbox = m->mailbox;
	*account = 0;
	if (p->role == ROLE_CTL)
		return ERR_OK;
	k = store_ticket_use(
	    &p->proc->tickets, &m->ticket, MSG_PROTO_POP3, p->owner);
	if (k == NULL)
		return ERR_FENCED;
	*mailbox = k->mailbox;
	*account = k->account;
	return ERR_OK;
}

void
store_on_box_open(void *ctx, struct msg_box_open *m, struct slice tail, int fd)
{
	struct peer *p = ctx;
	struct open_req *q;
	uint64_t mailbox, account;
	enum err e = whose(p, m, &mailbox, &account);

	(void)tail;
	(void)fd;
	q = e != ERR_OK ? NULL : store_req_new(p, sizeof *q, 0, m->req);
	if (q == NULL) {
		answer_rows(p, m->req, 0, e != ERR_OK ? e : ERR_RETRY, NULL);
		return;
	}
	list_node_init(&q->parked);
	buf_init(&q->rows, PAGE_OCTETS);
	q->ticket = m->ticket;
	q->account = account;
	q->list.mailbox = mailbox;
	q->list.max = PAGE_ROWS;
	q->list.rows = &q->rows;
	q->list.op.done = listed;
	q->lease.mailbox = mailbox;
	q->lease.owner = p->owner;
	q->lease.op.done = leased;
	p->proc->ops->lease_take(p->proc->st, &q->lease);
}

void
store_opens_go_on(struct peer *p)
{
	struct list_node *n;

	while (!chan_full(p->chan) && (n = list_pop_front(&p->opens)) != NULL) {
		struct open_req *q = LIST_ITEM(n, struct open_req, parked);

		if (store_box_find(p, q->lease.lease) != NULL)
			next_page(q);
		else
			end_open(q, ERR_FENCED);
	}
}

/* The owner is gone for the backend too, which ends the leases. */
void
store_boxes_fini(struct peer *p)
{
	struct map_node *n;
	struct list_node *parked;

	while ((n = map_next(&p->boxes, NULL)) != NULL)
		forget_box(p, MAP_ITEM(n, struct box, by_lease));
	while ((parked = list_pop_front(&p->opens)) != NULL)
		end_open(
		    LIST_ITEM(parked, struct open_req, parked), ERR_CLOSED);
}
