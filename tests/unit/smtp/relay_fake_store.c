#include "relay_fake.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fake_store fake_store;
static struct fake_store *f = &fake_store;

enum { ASK_TAKE = 1, ASK_DOUBT, ASK_SETTLE, ASK_READ };

struct store_call {
	struct net_loop *loop;
	struct list asked;
	struct net_later later;
	struct mail_id_maker ids;
	void (*due)(void *ctx, uint64_t dest, uint64_t us);
	void (*on_up)(void *ctx);
	void (*lost)(void *ctx);
	void (*control)(void *ctx, const struct msg_control *);
	void *ctx;
	/* what a settle said, until it is answered */
	struct buf tail[64];
};

/* --- records ---------------------------------------------------------------
 */

static struct slice
envelope_of(const struct fake_record *r, struct buf *b)
{
	struct store_envelope e = {.from = slice_str(r->from),
	    .flags = r->flags,
	    .ret = r->ret,
	    .octets = r->octets,
	    .body = 1,
	    .made_us = r->since_us,
	    .rcpts = 1,
	    .left = 1};

	buf_reset(b);
	if (store_envelope_encode(&e, b) != ERR_OK)
		abort();
	return buf_slice(b);
}

static struct slice
out_of(const struct fake_record *r, struct buf *b)
{
	struct store_out o = {.state = STORE_OUT_SENDING,
	    .was = r->was,
	    .report = r->report,
	    .addr = slice_str(r->addr),
	    .notify = r->notify,
	    .sender = slice_str(r->sender),
	    .prefix = slice_str(r->prefix),
	    .next_us = clock_wall_us(),
	    .since_us = r->since_us,
	    .attempts = r->attempts,
	    .delay_told = r->told};

	buf_reset(b);
	if (store_out_encode(&o, b) != ERR_OK)
		abort();
	return buf_slice(b);
}

static bool
is_due(const struct fake_record *r, uint64_t now)
{
	return !r->gone && r->next_us <= now && r->state != STORE_OUT_SENDING &&
	       r->state != STORE_OUT_HELD;
}

static void
add_row(struct store_take_req *q, struct fake_record *r, struct buf *rows)
{
	struct buf env = BUF_INIT(4096), out = BUF_INIT(4096);
	struct store_out_row w = {
	    r->key, envelope_of(r, &env), out_of(r, &out)};

	r->was = r->state;
	r->state = STORE_OUT_SENDING;
	store_out_rows_add(rows, &w);
	buf_fini(&env);
	buf_fini(&out);
	q->n++;
}

static int
by_dest(const void *a, const void *b)
{
	const struct fake_record *x = *(struct fake_record *const *)a;
	const struct fake_record *y = *(struct fake_record *const *)b;

	if (x->dest != y->dest)
		return x->dest < y->dest ? -1 : 1;
	return x < y ? -1 : x > y;
}

struct taking {
	struct store_take_req *q;
	const uint64_t *skip;
	unsigned nskip, dests, of_dest;
	uint64_t dest;
};

static bool
is_wanted(const struct taking *t, const struct fake_record *r)
{
	const struct store_take_req *q = t->q;

	if (r->gone || r->state == STORE_OUT_SENDING ||
	    r->state == STORE_OUT_HELD)
		return false;
	if (q->only != UINT64_MAX)
		return r->dest == q->only;
	for (unsigned i = 0; i < t->nskip; i++)
		if (t->skip[i] == r->dest)
			return false;
	return q->after == UINT64_MAX || r->dest > q->after;
}

static void
take(struct taking *t, struct buf *rows)
{
	static struct fake_record *sorted[FAKE_RECORDS];
	struct store_take_req *q = t->q;
	unsigned n = 0;

	q->n = 0;
	q->more = false;
	q->at = 0;
	q->next_us = UINT64_MAX;
	for (unsigned i = 0; i < f->nrecs; i++)
		if (is_wanted(t, &f->rec[i]))
			sorted[n++] = &f->rec[i];
	qsort(sorted, n, sizeof *sorted, by_dest);
	for (unsigned i = 0; i < n; i++) {
		struct fake_record *r = sorted[i];
		bool same;

		if (i == 0 || r->dest != t->dest) {
			if (t->dests++ == q->dests_max || q->n >= q->rows_max) {
				q->more = q->only == UINT64_MAX;
				break;
			}
			t->of_dest = 0;
			t->dest = r->dest;
		}
		q->at = r->dest;
		same = i > 0 &&
		       mail_id_cmp(&sorted[i - 1]->key.id, &r->key.id) == 0;
		if (is_due(r, q->now_us) &&
		    (same || t->of_dest < q->per_dest) && q->n < q->rows_max) {
			add_row(q, r, rows);
			t->of_dest += !same;
		} else if (r->next_us < q->next_us) {
			q->next_us = r->next_us;
		}
	}
	if (q->n > f->most_taken)
		f->most_taken = q->n;
}

/* --- requests --------------------------------------------------------------
 */

static void
ask(struct store_call *c, struct store_req *r, unsigned kind)
{
	if (r->busy)
		abort();
	r->kind = kind;
	r->err = f->up ? ERR_OK : ERR_RETRY;
	r->busy = true;
	list_node_init(&r->node);
	list_push_back(&c->asked, &r->node);
	net_later_add(c->loop, &c->later);
}

void
store_call_take(struct store_call *c, struct store_take_req *q,
    const uint64_t *skip, unsigned nskip)
{
	static uint64_t skips[64][STORE_CALL_SKIP_MAX];
	static unsigned at;

	at = (at + 1) % 64;
	f->takes++;
	f->rounds += q->only == UINT64_MAX;
	if (nskip > 0)
		memcpy(skips[at], skip, nskip * sizeof *skip);
	ask(c, &q->r, ASK_TAKE);
	q->r.id = at;
	q->r.octets = nskip;
	q->r.waits = skips[at];
}

void
store_call_doubt(struct store_call *c, struct store_value_req *q,
    uint64_t retry_us, bool hold)
{
	f->doubts++;
	ask(c, &q->r, ASK_DOUBT);
	q->value = retry_us;
	q->r.octets = hold;
}

void
store_call_settle(struct store_call *c, struct store_req *r,
    struct slice outcomes, unsigned noutcomes, struct slice reports,
    unsigned nreports)
{
	for (unsigned i = 0; i < 64; i++) {
		if (c->tail[i].p != NULL)
			continue;
		buf_init(&c->tail[i], 8 << 20);
		buf_add_slice(&c->tail[i], outcomes);
		buf_add_slice(&c->tail[i], reports);
		ask(c, r, ASK_SETTLE);
		r->id = i;
		r->octets = noutcomes;
		r->since_ms = nreports;
		return;
	}
	abort();
}

void
store_call_queue_read(struct store_call *c, struct store_queue_read_req *q,
    const struct mail_id *id, uint64_t offset, uint32_t max)
{
	f->reads++;
	ask(c, &q->r, ASK_READ);
	q->r.id = id->b[15];
	q->r.octets = max;
	q->r.since_ms = 0;
	q->total = offset;
}

/* --- answers ---------------------------------------------------------------
 */

static struct fake_record *
find(const struct store_out_key *k)
{
	for (unsigned i = 0; i < f->nrecs; i++)
		if (memcmp(&f->rec[i].key, k, sizeof *k) == 0)
			return &f->rec[i];
	return NULL;
}

static void
apply(const struct store_outcome *o)
{
	struct fake_record *r = find(&o->key);

	if (r == NULL || r->state != STORE_OUT_SENDING || r->gone)
		return;
	r->settled++;
	r->kind = o->kind;
	r->code = o->code;
	(void)slice_to_str(o->status, r->status, sizeof r->status);
	(void)slice_to_str(o->reply, r->reply, sizeof r->reply);
	(void)slice_to_str(o->host, r->host, sizeof r->host);
	r->attempts += o->attempted;
	r->told = r->told || o->delay_told;
	r->next_us = o->next_us;
	f->releases += o->kind == STORE_OUTCOME_RELEASE;
	if (o->kind == STORE_OUTCOME_RELEASE) {
		r->state = r->was;
		r->next_us = 0;
		f->call->due(f->call->ctx, r->dest, 0);
	} else if (o->kind == STORE_OUTCOME_DEFERRED) {
		r->state = STORE_OUT_DEFERRED;
	} else if (o->kind == STORE_OUTCOME_DOUBT) {
		r->state = STORE_OUT_DOUBT;
	} else if (o->kind == STORE_OUTCOME_HELD) {
		r->state = STORE_OUT_HELD;
	} else {
		r->gone = true;
	}
}

static void
answer_settle(struct store_call *c, struct store_req *r)
{
	struct slice in = buf_slice(&c->tail[r->id]);
	struct store_outcome o;
	struct store_report rep;

	for (size_t i = 0; i < r->octets; i++) {
		if (store_outcome_next(&in, &o) != ERR_OK)
			abort();
		apply(&o);
	}
	for (uint64_t i = 0; i < r->since_ms; i++) {
		struct fake_report *to = &f->report[f->nreports++];

		if (store_report_next(&in, &rep) != ERR_OK)
			abort();
		(void)slice_to_str(rep.to, to->to, sizeof to->to);
		buf_init(&to->body, 4 << 20);
		buf_add_slice(&to->body, rep.body);
	}
}

static enum err
answer_read(struct store_req *r)
{
	struct store_queue_read_req *q =
	    LIST_ITEM(r, struct store_queue_read_req, r);
	struct slice text = slice_str(f->text[r->id]);

	q->octets = slice_first(slice_skip(text, (size_t)q->total), r->octets);
	if (f->piece > 0)
		q->octets = slice_first(q->octets, f->piece);
	q->total = text.len;
	return text.len == 0 ? ERR_NOENT : ERR_OK;
}

static void
answer_doubt(struct store_req *r)
{
	struct store_value_req *q = LIST_ITEM(r, struct store_value_req, r);
	uint64_t retry_us = q->value;

	q->value = 0;
	for (unsigned i = 0; i < f->nrecs; i++) {
		struct fake_record *rec = &f->rec[i];

		if (rec->gone || rec->state != STORE_OUT_SENDING)
			continue;
		rec->state = r->octets != 0 ? STORE_OUT_HELD : STORE_OUT_DOUBT;
		rec->next_us = retry_us;
		rec->attempts++;
		q->value++;
	}
}

static enum err
once(enum err *e)
{
	enum err was = *e;

	*e = ERR_OK;
	return was;
}

static void
answer(struct store_call *c, struct store_req *r)
{
	struct buf rows = BUF_INIT(1 << 20);
	enum err e = r->err;

	list_remove(&c->asked, &r->node);
	r->busy = false;
	if (r->kind == ASK_TAKE && e == ERR_OK) {
		struct store_take_req *q =
		    LIST_ITEM(r, struct store_take_req, r);
		struct taking t = {
		    .q = q, .skip = r->waits, .nskip = (unsigned)r->octets};

		take(&t, &rows);
		q->rows = buf_slice(&rows);
	} else if (r->kind == ASK_DOUBT && e == ERR_OK) {
		answer_doubt(r);
	} else if (r->kind == ASK_SETTLE) {
		f->settles++;
		if (e == ERR_OK && (e = once(&f->settle_err)) == ERR_OK)
			answer_settle(c, r);
		buf_fini(&c->tail[r->id]);
	} else if (r->kind == ASK_READ && e == ERR_OK) {
		if ((e = once(&f->read_err)) == ERR_OK)
			e = answer_read(r);
	}
	r->waits = NULL;
	r->done(r, e);
	buf_fini(&rows);
}

static void
ask_again(struct store_call *c, struct store_req *r)
{
	list_remove(&c->asked, &r->node);
	list_push_back(&c->asked, &r->node);
	net_later_add(c->loop, &c->later);
}

static void
answer_all(void *ctx)
{
	struct store_call *c = ctx;

	for (size_t n = c->asked.count; n > 0 && !list_empty(&c->asked); n--) {
		struct store_req *r =
		    LIST_ITEM(c->asked.head.next, struct store_req, node);

		if (f->silent && r->kind == ASK_SETTLE && r->err == ERR_OK) {
			list_remove(&c->asked, &r->node);
			list_push_back(&c->asked, &r->node);
			continue;
		}
		if (f->lazy && r->kind == ASK_READ && r->since_ms++ < 3) {
			ask_again(c, r);
			continue;
		}
		answer(c, r);
	}
}

/* --- the rest of store_call.h ----------------------------------------------
 */

struct store_call *
store_call_new(struct net_loop *l, enum role self)
{
	struct store_call *c = calloc(1, sizeof *c);

	if (self != ROLE_RELAY)
		abort();
	c->loop = l;
	list_init(&c->asked);
	net_later_init(&c->later, answer_all, c);
	mail_id_maker_init(&c->ids, 7, 0);
	f->call = c;
	return c;
}

void
store_call_free(struct store_call **c)
{
	net_later_remove((*c)->loop, &(*c)->later);
	for (unsigned i = 0; i < 64; i++)
		buf_fini(&(*c)->tail[i]);
	free(*c);
	*c = NULL;
}

enum err
store_call_attach(struct store_call *c, int fd)
{
	(void)c;
	close(fd);
	fake_store_up();
	return ERR_OK;
}

bool
store_call_up(const struct store_call *c)
{
	(void)c;
	return f->up;
}

bool
store_call_new_id(struct store_call *c, struct mail_id *out)
{
	*out = mail_id_make(&c->ids);
	return f->up && !f->no_ids;
}

void
store_req_cancel(struct store_call *c, struct store_req *r)
{
	if (!r->busy)
		return;
	list_remove(&c->asked, &r->node);
	if (r->kind == ASK_SETTLE)
		buf_fini(&c->tail[r->id]);
	r->busy = false;
}

void
store_call_on_lost(struct store_call *c, void (*lost)(void *ctx), void *ctx)
{
	c->lost = lost;
	c->ctx = ctx;
}

void
store_call_on_due(struct store_call *c,
    void (*due)(void *ctx, uint64_t dest, uint64_t us), void *ctx)
{
	c->due = due;
	c->ctx = ctx;
}

void
store_call_on_up(struct store_call *c, void (*up)(void *ctx), void *ctx)
{
	c->on_up = up;
	c->ctx = ctx;
}

void
store_call_on_control(struct store_call *c,
    void (*control)(void *ctx, const struct msg_control *), void *ctx)
{
	c->control = control;
	c->ctx = ctx;
}

void
store_call_control_row(struct store_call *c, uint64_t req, struct slice row)
{
	(void)c;
	(void)req;
	for (size_t i = 0; i < row.len; i++)
		buf_add_char(&f->rows, row.p[i] == '\0' ? ' ' : row.p[i]);
	buf_add_char(&f->rows, '\n');
}

void
store_call_control_done(
    struct store_call *c, uint64_t req, enum err e, uint64_t value)
{
	(void)c;
	(void)req;
	(void)value;
	f->control_err = e;
	f->control_done++;
}

/* --- for tests --------------------------------------------------------------
 */

void
fake_store_up(void)
{
	f->up = true;
	f->call->on_up(f->call->ctx);
}

void
fake_store_lose(void)
{
	struct store_call *c = f->call;

	f->up = false;
	LIST_EACH(&c->asked, n)
	{
		struct store_req *r = LIST_ITEM(n, struct store_req, node);

		r->err = r->kind == ASK_SETTLE ? ERR_UNKNOWN : ERR_RETRY;
	}
	if (c->asked.count > 0)
		net_later_add(c->loop, &c->later);
	c->lost(c->ctx);
}

void
fake_tell(struct fake_record *r)
{
	f->call->due(f->call->ctx, r->dest, r->next_us);
}

enum err __wrap_queue_settle_add(struct queue_settle *s,
    const struct store_outcome *o, unsigned noutcomes,
    const struct store_report *r, unsigned nreports);
enum err __real_queue_settle_add(struct queue_settle *s,
    const struct store_outcome *o, unsigned noutcomes,
    const struct store_report *r, unsigned nreports);

enum err
__wrap_queue_settle_add(struct queue_settle *s, const struct store_outcome *o,
    unsigned noutcomes, const struct store_report *r, unsigned nreports)
{
	return f->no_memory && nreports > 0
		   ? ERR_NOMEM
		   : __real_queue_settle_add(s, o, noutcomes, r, nreports);
}
