/* Reading queued messages a piece ahead of what is sent. */
#include "smtp/relay_body.h"

#include <string.h>

/* --- memory --------------------------------------------------------------- */

static size_t
memory(const struct relay_body *b)
{
	return b->now.b.cap + b->next.b.cap + b->whole.cap;
}

static bool
piece_has(const struct relay_piece *p, uint64_t at)
{
	return at >= p->at && at - p->at < p->b.len;
}

static void
piece_fill(struct relay_body *b, struct relay_piece *p, uint64_t at,
    struct slice octets)
{
	*b->held -= memory(b);
	buf_reset(&p->b);
	(void)buf_reserve(&p->b, octets.len);
	buf_add_slice(&p->b, octets);
	p->at = at;
	*b->held += memory(b);
}

static void
forget(struct relay_body *b, struct buf *what)
{
	*b->held -= memory(b);
	buf_fini(what);
	*b->held += memory(b);
}

/* --- reading -------------------------------------------------------------- */

static void
read_at(struct relay_body *b, uint64_t at, size_t max)
{
	b->reading = at;
	store_call_queue_read(b->store, &b->read, &b->id, at,
	    (uint32_t)(max < RELAY_PIECE ? max : RELAY_PIECE));
}

static void
tell(struct relay_body *b, enum err e)
{
	if (!b->waits)
		return;
	b->waits = false;
	b->ready(b->ctx, e);
}

/* What has come goes behind what is there. */
static enum err
add_whole(struct relay_body *b, struct slice octets)
{
	size_t room = b->want_whole - b->whole.len;

	*b->held -= memory(b);
	buf_add_slice(&b->whole, slice_first(octets, room));
	*b->held += memory(b);
	return b->whole.err == ERR_OK ? ERR_OK : ERR_RETRY;
}

static void
go_on_whole(struct relay_body *b)
{
	uint64_t at = b->whole.len - b->prefix.len;

	if (b->whole.len < b->want_whole)
		read_at(b, at, b->want_whole - b->whole.len);
	else
		tell(b, ERR_OK);
}

static void
came(struct store_req *r, enum err e)
{
	struct store_queue_read_req *q =
	    LIST_ITEM(r, struct store_queue_read_req, r);
	struct relay_body *b = LIST_ITEM(q, struct relay_body, read);
	struct relay_piece *p = b->now.b.len == 0 ? &b->now : &b->next;

	if (e == ERR_OK && (q->total != b->octets || q->octets.len == 0))
		e = ERR_CORRUPT;
	if (e == ERR_OK && b->want_whole > 0) {
		e = add_whole(b, q->octets);
		if (e == ERR_OK) {
			go_on_whole(b);
			return;
		}
	} else if (e == ERR_OK) {
		piece_fill(b, p, b->reading, q->octets);
		if (p->b.err != ERR_OK)
			e = ERR_RETRY;
	}
	tell(b, e);
}

/* --- what others ask ------------------------------------------------------ */

static void
read_ahead(struct relay_body *b)
{
	uint64_t end = b->now.at + b->now.b.len;

	if (!b->read.r.busy && b->next.b.len == 0 && end < b->octets)
		read_at(b, end, RELAY_PIECE);
}

static void
use_next(struct relay_body *b)
{
	struct relay_piece p = b->now;

	b->now = b->next;
	b->next = p;
	buf_reset(&b->next.b);
}

/* Begin anew here: what is at hand is of no use. */
static void
seek(struct relay_body *b, uint64_t at)
{
	b->waits = true;
	if (b->read.r.busy && b->reading == at)
		return;
	store_req_cancel(b->store, &b->read.r);
	b->want_whole = 0;
	buf_reset(&b->now.b);
	buf_reset(&b->next.b);
	read_at(b, at, RELAY_PIECE);
}

struct slice
relay_body_get(struct relay_body *b, uint64_t offset)
{
	uint64_t at = offset - b->prefix.len;

	if (b->whole_only)
		return slice_skip(buf_slice(&b->whole), (size_t)offset);
	if (offset < b->prefix.len)
		return slice_skip(b->prefix, (size_t)offset);
	if (!piece_has(&b->now, at) && piece_has(&b->next, at))
		use_next(b);
	if (!piece_has(&b->now, at)) {
		seek(b, at);
		return SLICE_NONE;
	}
	read_ahead(b);
	return slice_skip(buf_slice(&b->now.b), (size_t)(at - b->now.at));
}

void
relay_body_unwait(struct relay_body *b)
{
	b->waits = false;
}

static void
begin_whole(struct relay_body *b, size_t want)
{
	*b->held -= memory(b);
	buf_fini(&b->whole);
	(void)buf_reserve(&b->whole, want);
	b->want_whole = want;
	buf_add_slice(&b->whole, slice_first(b->prefix, want));
	if (b->now.at == 0)
		buf_add_slice(&b->whole,
		    slice_first(buf_slice(&b->now.b), want - b->whole.len));
	*b->held += memory(b);
}

struct slice
relay_body_whole(struct relay_body *b, size_t max)
{
	uint64_t total = relay_body_total(b);
	size_t want = total < max ? (size_t)total : max;

	if (b->whole_only)
		return slice_first(buf_slice(&b->whole), max);
	if (b->want_whole != want) {
		store_req_cancel(b->store, &b->read.r);
		begin_whole(b, want);
	}
	if (b->whole.len >= want)
		return buf_slice(&b->whole);
	b->waits = true;
	if (!b->read.r.busy)
		go_on_whole(b);
	return SLICE_NONE;
}

void
relay_body_replace(struct relay_body *b, struct buf *text)
{
	forget(b, &b->whole);
	forget(b, &b->now.b);
	forget(b, &b->next.b);
	*b->held -= memory(b);
	b->whole = *text;
	*b->held += memory(b);
	memset(text, 0, sizeof *text);
	b->whole_only = true;
}

uint64_t
relay_body_total(const struct relay_body *b)
{
	return b->whole_only ? b->whole.len : b->prefix.len + b->octets;
}

void
relay_body_init(struct relay_body *b)
{
	b->read.r.done = came;
	buf_init(&b->now.b, RELAY_PIECE);
	buf_init(&b->next.b, RELAY_PIECE);
	buf_init(&b->whole, SIZE_MAX);
}

void
relay_body_fini(struct relay_body *b)
{
	store_req_cancel(b->store, &b->read.r);
	forget(b, &b->now.b);
	forget(b, &b->next.b);
	forget(b, &b->whole);
}
