/*
 * Messages from the store to the client. Small ones are read ahead: clients
 * fetch in order, so the messages behind the one asked for come in the same
 * request, and the next batch is asked for while this one is being sent. Large
 * ones, and TOP, go through in chunks, none asked for before the client has
 * taken what is there.
 */
#include "pop3/pop3_priv.h"

enum {
	CHUNK = 256 * 1024, /* of a large message */
	TOP_CHUNK = 32 * 1024,
	SMALL = 64 * 1024,  /* largest message that is read ahead */
	BATCH = 192 * 1024, /* octets read ahead for a session */
	BATCH_MESSAGES = 64,
	AHEAD_MAX = 64 << 20, /* for all sessions; then one at a time */
	IDLE_MS = 2000
};

static void on_body(struct store_read_req *q, enum err e,
    const struct mail_id *id, uint64_t offset, uint64_t total,
    struct slice octets);
static void on_done(struct store_req *r, enum err e);

/* --- what has been read ahead ----------------------------------------------
 */

static void
account(struct pop3_session *s, size_t more, size_t less)
{
	s->server->ahead += more;
	s->server->ahead -= less;
}

static void
forget_ahead(struct pop3_session *s)
{
	struct pop3_fetch *f = &s->fetch;

	account(s, 0, f->ahead.len - f->used);
	buf_fini(&f->ahead);
	f->have = 0;
	f->used = 0;
}

static void
idle_due(void *ctx)
{
	struct pop3_session *s = ctx;

	if (s->fetch.req.r.busy)
		(void)net_timer_set(&s->fetch.idle, IDLE_MS);
	else if (s->job != POP3_JOB_BODY)
		forget_ahead(s);
}

void
pop3_fetch_init(struct pop3_session *s)
{
	struct pop3_fetch *f = &s->fetch;

	*f = (struct pop3_fetch){0};
	f->next = UINT32_MAX;
	f->req.body = on_body;
	f->req.r.done = on_done;
	buf_init(&f->ahead, (size_t)BATCH * 4);
	net_timer_init(&f->idle, s->server->loop, idle_due, s);
}

void
pop3_fetch_fini(struct pop3_session *s)
{
	store_req_cancel(s->server->store, &s->fetch.req.r);
	forget_ahead(s);
	net_timer_clear(&s->fetch.idle);
}

/* Take the octets of the first message off. */
static struct slice
take_first(struct pop3_session *s)
{
	struct pop3_fetch *f = &s->fetch;
	size_t n = s->drop.msg[f->first].octets;
	struct slice octets = slice_of(f->ahead.p + f->used, n);

	f->used += n;
	f->first++;
	f->have--;
	account(s, 0, n);
	return octets;
}

/* The memory of what was taken, once nobody looks at it any more. */
static void
reclaim(struct pop3_fetch *f)
{
	if (f->have == 0)
		buf_reset(&f->ahead);
	else if (f->used > BATCH)
		buf_drop(&f->ahead, f->used);
	else
		return;
	f->used = 0;
}

/* --- writing -----------------------------------------------------------------
 */

/* false: out of memory, the stream closes */
static bool
write_piece(struct pop3_session *s, struct slice piece)
{
	struct pop3_body *b = &s->body;
	char *room = net_stream_reserve(s->stream, mime_stuff_room(piece.len));

	if (room == NULL)
		return false;
	net_stream_wrote(s->stream, mime_stuff_copy(&b->stuff, piece, room));
	return true;
}

static void
begin_reply(struct pop3_session *s)
{
	if (s->body.begun)
		return;
	s->body.begun = true;
	if (s->body.is_top)
		pop3_line(s, "+OK");
	else
		pop3_line(s, "+OK %u octets", s->body.msg->octets);
}

static enum pop3_next
end_reply(struct pop3_session *s)
{
	struct pop3_fetch *f = &s->fetch;

	if (s->body.stuff.inside)
		pop3_line(s, "%s", "");
	s->job = POP3_NO_JOB;
	f->next = pop3_drop_number(&s->drop, s->body.msg);
	if (!s->body.is_top) {
		s->retr++;
		s->retr_octets += s->body.msg->octets;
	}
	(void)net_timer_set(&f->idle, IDLE_MS);
	return pop3_line(s, ".");
}

/* One piece of the message; *end when no more is wanted. */
static bool
put(struct pop3_session *s, struct slice octets, bool *end)
{
	struct pop3_body *b = &s->body;

	begin_reply(s);
	b->offset += octets.len;
	*end = false;
	if (b->is_top)
		octets = slice_first(
		    octets, pop3_stuff_top(&b->top, octets, &b->lines, end));
	return octets.len == 0 || write_piece(s, octets);
}

/* --- asking ------------------------------------------------------------------
 */

/* Ask for messages from index `from` on, as many as the streak is worth. */
static void
ask_batch(struct pop3_session *s, uint32_t from)
{
	struct pop3_fetch *f = &s->fetch;
	struct mail_id ids[BATCH_MESSAGES];
	unsigned n = 0, most = BATCH_MESSAGES;
	size_t octets = 0;

	if (f->streak < 3)
		most = 1u << (2 * f->streak);
	if (s->server->ahead > AHEAD_MAX)
		most = 1;
	for (uint32_t i = from; i < s->drop.count && n < most; i++) {
		const struct pop3_msg *m = &s->drop.msg[i];

		if (m->octets > SMALL || (n > 0 && octets + m->octets > BATCH))
			break;
		ids[n++] = m->id;
		octets += m->octets;
	}
	if (n == 0)
		return;
	f->asked = n;
	f->batch = true;
	f->broken = false;
	store_call_read(s->server->store, &f->req, s->lease, ids, n, 0, SMALL);
}

static void
ask_chunk(struct pop3_session *s)
{
	s->fetch.batch = false;
	store_call_read(s->server->store, &s->fetch.req, s->lease,
	    &s->body.msg->id, 1, s->body.offset,
	    s->body.is_top ? TOP_CHUNK : CHUNK);
}

/* Half of what may be ahead is gone: ask for more meanwhile. */
static void
ask_ahead(struct pop3_session *s)
{
	struct pop3_fetch *f = &s->fetch;

	if (f->streak > 0 && f->have > 0 && !f->req.r.busy &&
	    f->ahead.len - f->used < BATCH / 2)
		ask_batch(s, f->first + f->have);
}

/* Index of the message being written, within what is ahead? */
static bool
is_ahead(const struct pop3_session *s, uint32_t index)
{
	const struct pop3_fetch *f = &s->fetch;

	return index >= f->first && index - f->first < f->have;
}

static bool
is_coming(const struct pop3_session *s, uint32_t index)
{
	const struct pop3_fetch *f = &s->fetch;

	return f->req.r.busy && f->batch && !f->broken &&
	       index >= f->first + f->have &&
	       index - f->first - f->have < f->asked;
}

static enum pop3_next
serve_ahead(struct pop3_session *s, uint32_t index)
{
	struct pop3_fetch *f = &s->fetch;
	bool end;

	while (f->first < index)
		(void)take_first(s);
	if (!put(s, take_first(s), &end))
		return POP3_WAIT; /* `closed` comes */
	reclaim(f);
	ask_ahead(s);
	return end_reply(s);
}

enum pop3_next
pop3_fetch_begin(struct pop3_session *s)
{
	struct pop3_fetch *f = &s->fetch;
	uint32_t index = pop3_drop_number(&s->drop, s->body.msg) - 1;

	f->streak = index == f->next && f->streak < 8 ? f->streak + 1
		    : index == f->next                ? f->streak
						      : 0;
	if (is_ahead(s, index))
		return serve_ahead(s, index);
	if (is_coming(s, index))
		return POP3_WAIT;
	store_req_cancel(s->server->store, &f->req.r);
	forget_ahead(s);
	f->first = index;
	if (s->body.msg->octets <= SMALL && !s->body.is_top)
		ask_batch(s, index);
	else
		ask_chunk(s);
	return POP3_WAIT;
}

enum pop3_next
pop3_fetch_more(struct pop3_session *s)
{
	if (!s->fetch.req.r.busy)
		ask_chunk(s);
	return POP3_WAIT;
}

/* --- answers -----------------------------------------------------------------
 */

static void
batch_body(struct pop3_session *s, enum err e, const struct mail_id *id,
    uint64_t total, struct slice octets)
{
	struct pop3_fetch *f = &s->fetch;
	uint32_t index = f->first + f->have;

	if (f->broken || index >= s->drop.count)
		return;
	if (e != ERR_OK || total != octets.len ||
	    total != s->drop.msg[index].octets ||
	    mail_id_cmp(id, &s->drop.msg[index].id) != 0) {
		f->broken = true;
		return;
	}
	buf_add_slice(&f->ahead, octets);
	if (f->ahead.err != ERR_OK) {
		f->broken = true;
		return;
	}
	account(s, octets.len, 0);
	f->have++;
	f->asked--;
	if (s->job == POP3_JOB_BODY && !s->body.begun &&
	    pop3_drop_number(&s->drop, s->body.msg) - 1 == index)
		pop3_resume(s, serve_ahead(s, index));
}

/* After the first line of the reply there is no way to say what went wrong. */
static void
fetch_failed(struct pop3_session *s, enum err e)
{
	s->job = POP3_NO_JOB;
	pop3_resume(s, s->body.begun ? POP3_CLOSE : pop3_fail_err(s, e));
}

static void
chunk_body(struct pop3_session *s, enum err e, uint64_t offset, uint64_t total,
    struct slice octets)
{
	bool end;

	if (s->job != POP3_JOB_BODY)
		return;
	if (e == ERR_OK &&
	    (offset != s->body.offset || total != s->body.msg->octets ||
		(octets.len == 0 && total > offset)))
		e = ERR_CORRUPT;
	if (e != ERR_OK) {
		fetch_failed(s, e);
		return;
	}
	if (!put(s, octets, &end))
		return;
	if (end || s->body.offset == total)
		pop3_resume(s, end_reply(s));
}

static void
on_body(struct store_read_req *q, enum err e, const struct mail_id *id,
    uint64_t offset, uint64_t total, struct slice octets)
{
	struct pop3_session *s = LIST_ITEM(q, struct pop3_session, fetch.req);

	if (s->fetch.batch)
		batch_body(s, e, id, total, octets);
	else
		chunk_body(s, e, offset, total, octets);
}

static void
on_done(struct store_req *r, enum err e)
{
	struct pop3_session *s = LIST_ITEM(r, struct pop3_session, fetch.req.r);
	bool batch = s->fetch.batch;

	s->fetch.asked = 0;
	s->fetch.batch = false;
	if (s->job != POP3_JOB_BODY || (batch && s->body.begun))
		return;
	if (e != ERR_OK)
		fetch_failed(s, e);
	else if (batch || !net_stream_full(s->stream))
		ask_chunk(s); /* batch: one that could not come that way */
}
