/*
 * Requests to the store. Each is in a map by its number until it is answered or
 * cancelled; an answer to a number that is not there is dropped, but what comes
 * with it (a lease, a descriptor) is given back.
 */
#include "store/store_call.h"

#include "base/clock.h"
#include "store/store_call_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A message that waits for the store; first octets of store_req.waits. */
struct waits {
	uint16_t type;
	size_t len;
	char fixed[];
};

/* --- requests and lists ------------------------------------------------ */

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

void
store_call_end(struct store_call *c, struct store_req *r, enum err e)
{
	forget(c, r);
	r->done(r, e);
}

/* End it in this turn of the loop, but not from inside the caller's call. */
void
store_call_end_later(struct store_call *c, struct store_req *r, enum err e)
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
		store_call_end(c, r, r->err);
	}
}

/* false: out of memory, and `done` will say so; it has no number then */
bool
store_call_begin(struct store_call *c, struct store_req *r, enum call_kind kind)
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
	store_call_end_later(c, r, ERR_RETRY);
	return false;
}

struct store_req *
store_call_find(const struct store_call *c, uint64_t id, enum call_kind kind)
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
	if (r->kind == CALL_OPEN)
		lease = LIST_ITEM(r, struct store_open_req, r)->lease;
	forget(c, r);
	if (lease != 0)
		store_call_close(c, lease);
}

/* --- while the store is away ------------------------------------------- */

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
		store_call_end_later(c, r, ERR_RETRY);
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
		store_call_end_later(c, r, ERR_RETRY);
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
			store_call_end_later(c, r, ERR_RETRY);
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
void
store_call_ask(
    struct store_call *c, struct store_req *r, uint16_t type, const void *fixed)
{
	if (c->chan == NULL)
		wait_for_store(c, r, type, fixed);
	else if (chan_send(c->chan, type, fixed, msg_fixed_len(type),
		     SLICE_NONE, -1) != ERR_OK)
		store_call_end_later(c, r, ERR_RETRY);
}

/* --- the channel ------------------------------------------------------- */

static const struct msg_handlers handlers = {
    .node = store_call_on_node,
    .resolved = store_call_on_resolved,
    .spilled = store_call_on_spilled,
    .done = store_call_on_done,
    .box_rows = store_call_on_rows,
    .body = store_call_on_body,
    .queue_rows = store_call_on_queue_rows,
    .queue_due = store_call_on_queue_due,
    .control = store_call_on_question,
};

static enum err
lost_err(const struct store_req *r)
{
	return r->kind == CALL_DELIVER || r->kind == CALL_EXPUNGE ||
		       r->kind == CALL_SETTLE
		   ? ERR_UNKNOWN
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

		store_call_end_later(c, r, lost_err(r));
	}
	if (c->lost != NULL)
		c->lost(c->lost_ctx);
}

static void
closed(void *ctx, enum err why)
{
	struct store_call *c = ctx;

	(void)why;
	lose(c);
	if (c->closed != NULL)
		c->closed(c->closed_ctx);
}

void
store_call_on_closed(struct store_call *c, void (*fn)(void *ctx), void *ctx)
{
	c->closed = fn;
	c->closed_ctx = ctx;
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
