/*
 * Requests to the store. Each is in a map by its number until it is answered or
 * cancelled; an answer to a number that is not there is dropped, but what comes
 * with it (a lease, a descriptor) is given back.
 */
#include "store/store_call.h"

#include "base/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kind { RESOLVE = 1, SENDER, SPILL, DELIVER, OPEN, READ, EXPUNGE };

enum { MARK_MAX = 4096, PIECES = 16 };

struct store_call {
	struct net_loop *loop;
	enum role self;
	struct chan *chan; /* NULL: away */
	struct map by_id;
	struct list sent, waiting,
	    ended; /* ended: done is still to be called */
	struct net_later finish;
	struct net_timer patience;
	struct mail_id_maker maker;
	bool has_node;
	uint64_t last_id, last_tx;
	size_t delivering; /* octets */
	void (*lost)(void *ctx);
	void *lost_ctx;
};

/* A message that waits for the store; first octets of store_req.waits. */
struct waits {
	uint16_t type;
	size_t len;
	char fixed[];
};

/* --- requests and lists ------------------------------------------------------
 */

static struct list *
list_of(struct store_call *c, const struct store_req *r)
{
	if (r->err != ERR_OK)
		return &c->ended;
	return r->waits != NULL ? &c->waiting : &c->sent;
}

/* Out of the map and the list; what it held is free. */
static void
forget(struct store_call *c, struct store_req *r)
{
	list_remove(list_of(c, r), &r->node);
	if (r->id != 0)
		map_remove(&c->by_id, &r->by_id);
	c->delivering -= r->octets;
	free(r->waits);
	r->waits = NULL;
	r->busy = false;
}

static void
finish(struct store_call *c, struct store_req *r, enum err e)
{
	forget(c, r);
	r->done(r, e);
}

/* End it in this turn of the loop, but not from inside the caller's call. */
static void
finish_later(struct store_call *c, struct store_req *r, enum err e)
{
	list_remove(list_of(c, r), &r->node);
	free(r->waits);
	r->waits = NULL;
	r->err = e;
	list_push_back(&c->ended, &r->node);
	net_later_add(c->loop, &c->finish);
}

static void
finish_ended(void *ctx)
{
	struct store_call *c = ctx;

	for (size_t left = c->ended.count; left > 0; left--) {
		struct store_req *r;

		if (list_empty(&c->ended))
			return;
		r = LIST_ITEM(c->ended.head.next, struct store_req, node);
		finish(c, r, r->err);
	}
}

/* false: out of memory, and `done` will say so; it has no number then */
static bool
begin(struct store_call *c, struct store_req *r, enum kind kind)
{
	assert(!r->busy);
	r->id = ++c->last_id;
	r->kind = kind;
	r->err = ERR_OK;
	r->octets = 0;
	r->waits = NULL;
	r->busy = true;
	list_node_init(&r->node);
	list_push_back(&c->sent, &r->node);
	if (map_put(&c->by_id, &r->by_id, slice_of(&r->id, sizeof r->id)) ==
	    ERR_OK)
		return true;
	r->id = 0;
	finish_later(c, r, ERR_RETRY);
	return false;
}

static struct store_req *
find(const struct store_call *c, uint64_t id, enum kind kind)
{
	struct map_node *n = map_get(&c->by_id, slice_of(&id, sizeof id));
	struct store_req *r =
	    n == NULL ? NULL : MAP_ITEM(n, struct store_req, by_id);

	return r != NULL && r->kind == kind ? r : NULL;
}

void
store_req_cancel(struct store_call *c, struct store_req *r)
{
	uint64_t lease = 0;

	if (!r->busy)
		return;
	if (r->kind == OPEN)
		lease = LIST_ITEM(r, struct store_open_req, r)->lease;
	forget(c, r);
	if (lease != 0)
		store_call_close(c, lease);
}

/* --- while the store is away
 * -------------------------------------------------- */

static void
set_patience(struct store_call *c)
{
	uint64_t now = clock_mono_ms(), end;
	const struct store_req *r;

	if (list_empty(&c->waiting)) {
		net_timer_clear(&c->patience);
		return;
	}
	r = LIST_ITEM(c->waiting.head.next, struct store_req, node);
	end = r->since_ms + STORE_CALL_WAIT_MS;
	(void)net_timer_set(&c->patience, end > now ? end - now : 0);
}

static void
out_of_patience(void *ctx)
{
	struct store_call *c = ctx;
	uint64_t now = clock_mono_ms();

	while (!list_empty(&c->waiting)) {
		struct store_req *r =
		    LIST_ITEM(c->waiting.head.next, struct store_req, node);

		if (r->since_ms + STORE_CALL_WAIT_MS > now)
			break;
		finish_later(c, r, ERR_RETRY);
	}
	set_patience(c);
}

static void
wait_for_store(
    struct store_call *c, struct store_req *r, uint16_t type, const void *fixed)
{
	size_t len = msg_fixed_len(type);
	struct waits *w = NULL;

	if (c->waiting.count < STORE_CALL_WAITING)
		w = malloc(sizeof *w + len);
	if (w == NULL) {
		finish_later(c, r, ERR_RETRY);
		return;
	}
	w->type = type;
	w->len = len;
	memcpy(w->fixed, fixed, len);
	list_remove(&c->sent, &r->node);
	r->waits = w;
	r->since_ms = clock_mono_ms();
	list_push_back(&c->waiting, &r->node);
	if (c->waiting.count == 1)
		set_patience(c);
}

static void
send_waiting(struct store_call *c)
{
	while (!list_empty(&c->waiting)) {
		struct store_req *r =
		    LIST_ITEM(c->waiting.head.next, struct store_req, node);
		struct waits *w = r->waits;
		enum err e = chan_send(
		    c->chan, w->type, w->fixed, w->len, SLICE_NONE, -1);

		if (e != ERR_OK) {
			finish_later(c, r, ERR_RETRY);
			continue;
		}
		list_remove(&c->waiting, &r->node);
		free(r->waits);
		r->waits = NULL;
		list_push_back(&c->sent, &r->node);
	}
	set_patience(c);
}

/* Send now, or when the store is there. */
static void
ask(struct store_call *c, struct store_req *r, uint16_t type, const void *fixed)
{
	if (c->chan == NULL)
		wait_for_store(c, r, type, fixed);
	else if (chan_send(c->chan, type, fixed, msg_fixed_len(type),
		     SLICE_NONE, -1) != ERR_OK)
		finish_later(c, r, ERR_RETRY);
}

/* --- mail in
 * -------------------------------------------------------------------- */

void
store_call_resolve(struct store_call *c, struct store_resolve_req *q,
    uint64_t tx, uint64_t size, struct slice addr)
{
	struct msg_resolve m;

	memset(&m, 0, sizeof m);
	q->mailboxes = 0;
	if (!begin(c, &q->r, RESOLVE))
		return;
	m.req = q->r.id;
	m.tx = tx;
	m.size = size;
	if (msg_text_set(&m.addr, addr))
		ask(c, &q->r, MSG_RESOLVE, &m);
	else
		finish_later(c, &q->r, ERR_NOENT);
}

void
store_call_sender(struct store_call *c, struct store_req *r,
    const struct msg_ticket *ticket, struct slice addr)
{
	struct msg_sender m;

	memset(&m, 0, sizeof m);
	if (!begin(c, r, SENDER))
		return;
	m.req = r->id;
	m.ticket = *ticket;
	if (msg_text_set(&m.addr, addr))
		ask(c, r, MSG_SENDER, &m);
	else
		finish_later(c, r, ERR_DENIED);
}

void
store_call_spill(struct store_call *c, struct store_spill_req *q, uint64_t size)
{
	struct msg_spill m;

	memset(&m, 0, sizeof m);
	q->fd = -1;
	if (!begin(c, &q->r, SPILL))
		return;
	m.req = q->r.id;
	m.size = size;
	ask(c, &q->r, MSG_SPILL, &m);
}

static size_t
sum(const struct slice *piece, unsigned n)
{
	size_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += piece[i].len;
	return len;
}

/* chan_sendv with one piece more in front; few pieces need no memory */
static enum err
send_pieces(struct store_call *c, const struct msg_deliver *m,
    struct slice rcpts, const struct slice *head, unsigned n, int fd)
{
	struct slice few[PIECES], *all = few;
	enum err e;

	if (n >= PIECES && (all = calloc(n + 1, sizeof *all)) == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return ERR_NOMEM;
	}
	all[0] = rcpts;
	for (unsigned i = 0; i < n; i++)
		all[i + 1] = head[i];
	e = chan_sendv(c->chan, MSG_DELIVER, m, sizeof *m, all, n + 1, fd);
	if (all != few)
		free(all);
	return e;
}

static enum err
may_deliver(const struct store_call *c, size_t octets)
{
	if (octets > STORE_CALL_TAIL_MAX)
		return ERR_TOOBIG;
	if (c->chan == NULL || octets > STORE_CALL_DELIVER_MAX - c->delivering)
		return ERR_RETRY;
	return ERR_OK;
}

void
store_call_deliver(struct store_call *c, struct store_req *r,
    struct msg_deliver *m, struct slice rcpts, const struct slice *head,
    unsigned npieces, int fd, uint64_t fd_len)
{
	size_t octets = rcpts.len + sum(head, npieces);
	enum err e = may_deliver(c, octets);
	bool begun = begin(c, r, DELIVER);

	if (e != ERR_OK || !begun) {
		if (fd >= 0)
			(void)close(fd);
		if (begun)
			finish_later(c, r, e);
		return;
	}
	m->req = r->id;
	m->rcpt_len = (uint32_t)rcpts.len;
	m->fd_len = fd_len;
	r->octets = octets;
	c->delivering += octets;
	if (send_pieces(c, m, rcpts, head, npieces, fd) != ERR_OK)
		finish_later(c, r, ERR_RETRY);
}

uint64_t
store_call_tx(struct store_call *c)
{
	return ++c->last_tx;
}

void
store_call_tx_end(struct store_call *c, uint64_t tx)
{
	struct msg_tx_end m = {tx};

	if (c->chan != NULL)
		(void)msg_send_tx_end(c->chan, &m, SLICE_NONE, -1);
}

bool
store_call_new_id(struct store_call *c, struct mail_id *out)
{
	if (!c->has_node)
		return false;
	*out = mail_id_make(&c->maker);
	return true;
}

/* --- mailboxes
 * -------------------------------------------------------------------- */

void
store_call_open(struct store_call *c, struct store_open_req *q,
    const struct msg_ticket *ticket)
{
	struct msg_box_open m;

	memset(&m, 0, sizeof m);
	q->lease = 0;
	if (!begin(c, &q->r, OPEN))
		return;
	m.req = q->r.id;
	m.ticket = *ticket;
	ask(c, &q->r, MSG_BOX_OPEN, &m);
}

void
store_call_close(struct store_call *c, uint64_t lease)
{
	struct msg_box_close m = {lease};

	if (c->chan != NULL)
		(void)msg_send_box_close(c->chan, &m, SLICE_NONE, -1);
}

void
store_call_on_lost(struct store_call *c, void (*lost)(void *ctx), void *ctx)
{
	c->lost = lost;
	c->lost_ctx = ctx;
}

void
store_call_read(struct store_call *c, struct store_read_req *q, uint64_t lease,
    const struct mail_id *ids, unsigned n, uint64_t offset, uint32_t max)
{
	struct msg_box_read m;

	assert(n > 0 && n <= STORE_CALL_READ_MAX);
	memset(&m, 0, sizeof m);
	q->left = n;
	if (!begin(c, &q->r, READ))
		return;
	m.req = q->r.id;
	m.lease = lease;
	m.offset = offset;
	m.max = max;
	m.n = n;
	if (c->chan == NULL)
		finish_later(c, &q->r, ERR_FENCED);
	else if (msg_send_box_read(
		     c->chan, &m, slice_of(ids, n * sizeof *ids), -1) != ERR_OK)
		finish_later(c, &q->r, ERR_RETRY);
}

static enum err
send_marks(
    struct store_call *c, uint64_t lease, const struct mail_id *ids, size_t n)
{
	struct msg_box_mark m = {lease, 0, 0};
	enum err e = ERR_OK;

	for (; n > 0 && e == ERR_OK; n -= m.n, ids += m.n) {
		m.n = n < MARK_MAX ? (uint32_t)n : MARK_MAX;
		e = msg_send_box_mark(
		    c->chan, &m, slice_of(ids, m.n * sizeof *ids), -1);
	}
	return e;
}

/* Marks that went out without their expunge would be taken by the next one:
 * the lease is closed, and nothing is removed. */
void
store_call_expunge(struct store_call *c, struct store_req *r, uint64_t lease,
    const struct mail_id *ids, size_t n)
{
	struct msg_box_expunge m;

	if (!begin(c, r, EXPUNGE))
		return;
	m.req = r->id;
	m.lease = lease;
	if (c->chan == NULL) {
		finish_later(c, r, ERR_FENCED);
	} else if (send_marks(c, lease, ids, n) != ERR_OK ||
		   msg_send_box_expunge(c->chan, &m, SLICE_NONE, -1) !=
		       ERR_OK) {
		store_call_close(c, lease);
		finish_later(c, r, ERR_RETRY);
	}
}

/* --- answers
 * ------------------------------------------------------------------------ */

static void
on_node(void *ctx, struct msg_node *m, struct slice tail, int fd)
{
	struct store_call *c = ctx;

	(void)tail;
	(void)fd;
	mail_id_maker_init(&c->maker, m->node, m->floor_us);
	c->has_node = true;
}

static void
on_resolved(void *ctx, struct msg_resolved *m, struct slice tail, int fd)
{
	struct store_call *c = ctx;
	struct store_req *r = find(c, m->req, RESOLVE);

	(void)tail;
	(void)fd;
	if (r == NULL)
		return;
	LIST_ITEM(r, struct store_resolve_req, r)->mailboxes = m->mailboxes;
	finish(c, r, (enum err)m->err);
}

static void
on_spilled(void *ctx, struct msg_spilled *m, struct slice tail, int fd)
{
	struct store_call *c = ctx;
	struct store_req *r = find(c, m->req, SPILL);
	enum err e = (enum err)m->err;

	(void)tail;
	if (e == ERR_OK && fd < 0)
		e = ERR_RETRY;
	if (fd >= 0 && (r == NULL || e != ERR_OK)) {
		(void)close(fd);
		fd = -1;
	}
	if (r == NULL)
		return;
	LIST_ITEM(r, struct store_spill_req, r)->fd = fd;
	finish(c, r, e);
}

static void
on_done(void *ctx, struct msg_done *m, struct slice tail, int fd)
{
	static const enum kind plain[] = {SENDER, DELIVER, EXPUNGE};
	struct store_call *c = ctx;
	struct store_req *r = NULL;

	(void)tail;
	(void)fd;
	for (size_t i = 0; i < sizeof plain / sizeof plain[0] && r == NULL; i++)
		r = find(c, m->req, plain[i]);
	if (r != NULL)
		finish(c, r, (enum err)m->err);
}

/* The caller may cancel the request from inside its callback. */
static bool
still(const struct store_call *c, uint64_t id, enum kind kind)
{
	return find(c, id, kind) != NULL;
}

static void
on_rows(void *ctx, struct msg_box_rows *m, struct slice tail, int fd)
{
	struct store_call *c = ctx;
	struct store_req *r = find(c, m->req, OPEN);
	struct store_open_req *q;

	(void)fd;
	if (r == NULL) {
		if (m->lease != 0)
			store_call_close(c, m->lease);
		return;
	}
	q = LIST_ITEM(r, struct store_open_req, r);
	if (m->err == ERR_OK) {
		q->lease = m->lease;
		q->rows(q, tail, m->n);
	} else {
		q->lease = 0;
	}
	if (still(c, m->req, OPEN) && (m->err != ERR_OK || m->more == 0))
		finish(c, r, (enum err)m->err);
}

static void
on_body(void *ctx, struct msg_body *m, struct slice tail, int fd)
{
	struct store_call *c = ctx;
	struct store_req *r = find(c, m->req, READ);
	struct store_read_req *q;

	(void)fd;
	if (r == NULL)
		return;
	q = LIST_ITEM(r, struct store_read_req, r);
	q->left--;
	q->body(q, (enum err)m->err, &m->id, m->offset, m->total, tail);
	if (still(c, m->req, READ) && q->left == 0)
		finish(c, r, ERR_OK);
}

static const struct msg_handlers handlers = {
    .node = on_node,
    .resolved = on_resolved,
    .spilled = on_spilled,
    .done = on_done,
    .box_rows = on_rows,
    .body = on_body,
};

/* --- the channel
 * ---------------------------------------------------------------------- */

static enum err
lost_err(const struct store_req *r)
{
	return r->kind == DELIVER || r->kind == EXPUNGE ? ERR_UNKNOWN
							: ERR_RETRY;
}

static void
lose(struct store_call *c)
{
	if (c->chan == NULL)
		return;
	chan_free(&c->chan);
	c->has_node = false;
	while (!list_empty(&c->sent)) {
		struct store_req *r =
		    LIST_ITEM(c->sent.head.next, struct store_req, node);

		finish_later(c, r, lost_err(r));
	}
	if (c->lost != NULL)
		c->lost(c->lost_ctx);
}

static void
closed(void *ctx, enum err why)
{
	(void)why;
	lose(ctx);
}

enum err
store_call_attach(struct store_call *c, int fd)
{
	lose(c);
	c->chan =
	    chan_new(c->loop, fd, c->self, ROLE_STORE, &handlers, closed, c);
	if (c->chan == NULL)
		return ERR_NOMEM;
	send_waiting(c);
	return ERR_OK;
}

bool
store_call_up(const struct store_call *c)
{
	return c->chan != NULL;
}

struct store_call *
store_call_new(struct net_loop *l, enum role self)
{
	struct store_call *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->loop = l;
	c->self = self;
	map_init(&c->by_id);
	list_init(&c->sent);
	list_init(&c->waiting);
	list_init(&c->ended);
	net_later_init(&c->finish, finish_ended, c);
	net_timer_init(&c->patience, l, out_of_patience, c);
	return c;
}

static void
drop_all(struct store_call *c, struct list *l)
{
	while (!list_empty(l))
		forget(c, LIST_ITEM(l->head.next, struct store_req, node));
}

/* Requests that are under way are forgotten: done is not called. */
void
store_call_free(struct store_call **cp)
{
	struct store_call *c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	chan_free(&c->chan);
	drop_all(c, &c->sent);
	drop_all(c, &c->waiting);
	drop_all(c, &c->ended);
	map_fini(&c->by_id);
	net_later_remove(c->loop, &c->finish);
	net_timer_clear(&c->patience);
	free(c);
}
