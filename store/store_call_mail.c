/* Mail in: addresses, senders, spilled bodies, deliveries; and their answers.
 */
#include "store/store_call_priv.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PIECES = 16,
	OURS = 3 /* recipients, info, loops, in front of the head */
};

void
store_call_resolve(struct store_call *c, struct store_resolve_req *q,
    uint64_t tx, uint64_t size, const struct msg_ticket *ticket, bool local,
    struct slice addr)
{
	struct msg_resolve m;

	memset(&m, 0, sizeof m);
	q->mailboxes = q->remotes = 0;
	if (!store_call_begin(c, &q->r, CALL_RESOLVE))
		return;
	m.req = q->r.id;
	m.tx = tx;
	m.size = size;
	m.local = local;
	if (ticket != NULL)
		m.ticket = *ticket;
	if (msg_text_set(&m.addr, addr))
		store_call_ask(c, &q->r, MSG_RESOLVE, &m);
	else
		store_call_end_later(c, &q->r, ERR_NOENT);
}

void
store_call_sender(struct store_call *c, struct store_req *r,
    const struct msg_ticket *ticket, struct slice addr)
{
	struct msg_sender m;

	memset(&m, 0, sizeof m);
	if (!store_call_begin(c, r, CALL_SENDER))
		return;
	m.req = r->id;
	m.ticket = *ticket;
	if (msg_text_set(&m.addr, addr))
		store_call_ask(c, r, MSG_SENDER, &m);
	else
		store_call_end_later(c, r, ERR_DENIED);
}

void
store_call_spill(struct store_call *c, struct store_spill_req *q, uint64_t size)
{
	struct msg_spill m;

	memset(&m, 0, sizeof m);
	q->fd = -1;
	if (!store_call_begin(c, &q->r, CALL_SPILL))
		return;
	m.req = q->r.id;
	m.size = size;
	store_call_ask(c, &q->r, MSG_SPILL, &m);
}

static size_t
sum(const struct slice *piece, unsigned n)
{
	size_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += piece[i].len;
	return len;
}

/* chan_sendv with a few pieces more in front; few pieces need no memory */
static enum err
send_pieces(struct store_call *c, const struct msg_deliver *m,
    const struct slice ours[OURS], const struct slice *head, unsigned n, int fd)
{
	struct slice few[PIECES + OURS], *all = few;
	enum err e;

	if (n > PIECES && (all = calloc(n + OURS, sizeof *all)) == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return ERR_NOMEM;
	}
	memcpy(all, ours, OURS * sizeof *ours);
	for (unsigned i = 0; i < n; i++)
		all[i + OURS] = head[i];
	e = chan_sendv(c->chan, MSG_DELIVER, m, sizeof *m, all, n + OURS, fd);
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
store_call_deliver(struct store_call *c, struct store_deliver_req *q,
    struct msg_deliver *m, struct slice rcpts, struct slice info,
    struct slice loops, const struct slice *head, unsigned npieces, int fd,
    uint64_t fd_len)
{
	const struct slice ours[OURS] = {rcpts, info, loops};
	struct store_req *r = &q->r;
	size_t octets = sum(ours, OURS) + sum(head, npieces);
	enum err e = may_deliver(c, octets);
	bool begun = store_call_begin(c, r, CALL_DELIVER);

	q->held = 0;
	if (e != ERR_OK || !begun) {
		if (fd >= 0)
			(void)close(fd);
		if (begun)
			store_call_end_later(c, r, e);
		return;
	}
	m->req = r->id;
	m->rcpt_len = (uint32_t)rcpts.len;
	m->info_len = (uint32_t)info.len;
	m->loops_len = (uint32_t)loops.len;
	m->fd_len = fd_len;
	r->octets = octets;
	c->delivering += octets;
	if (send_pieces(c, m, ours, head, npieces, fd) != ERR_OK)
		store_call_end_later(c, r, ERR_RETRY);
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

/* --- answers ----------------------------------------------------------- */

void
store_call_on_node(void *ctx, struct msg_node *m, struct slice tail, int fd)
{
	struct store_call *c = ctx;

	(void)tail;
	(void)fd;
	mail_id_maker_init(&c->maker, m->node, m->floor_us);
	c->has_node = true;
	if (c->up != NULL)
		c->up(c->up_ctx);
}

void
store_call_on_resolved(
    void *ctx, struct msg_resolved *m, struct slice tail, int fd)
{
	struct store_call *c = ctx;
	struct store_req *r = store_call_find(c, m->req, CALL_RESOLVE);

	(void)tail;
	(void)fd;
	if (r == NULL)
		return;
	LIST_ITEM(r, struct store_resolve_req, r)->mailboxes = m->mailboxes;
	LIST_ITEM(r, struct store_resolve_req, r)->remotes = m->remotes;
	store_call_end(c, r, (enum err)m->err);
}

void
store_call_on_spilled(
    void *ctx, struct msg_spilled *m, struct slice tail, int fd)
{
	struct store_call *c = ctx;
	struct store_req *r = store_call_find(c, m->req, CALL_SPILL);
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
	store_call_end(c, r, e);
}

void
store_call_on_done(void *ctx, struct msg_done *m, struct slice tail, int fd)
{
	static const enum call_kind plain[] = {
	    CALL_SENDER, CALL_DELIVER, CALL_EXPUNGE};
	struct store_call *c = ctx;
	struct store_req *r = NULL;

	(void)tail;
	(void)fd;
	for (size_t i = 0; i < sizeof plain / sizeof plain[0] && r == NULL; i++)
		r = store_call_find(c, m->req, plain[i]);
	if (r != NULL && r->kind == CALL_DELIVER)
		LIST_ITEM(r, struct store_deliver_req, r)->held =
		    (unsigned)m->value;
	if (r != NULL)
		store_call_end(c, r, (enum err)m->err);
	else
		store_call_on_queue_done(c, m);
}
