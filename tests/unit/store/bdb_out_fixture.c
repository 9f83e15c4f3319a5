/* The queue of a store under test. */
#include "tests/unit/store/bdb_out_fixture.h"

#include "base/clock.h"

#include <string.h>

static void
due(void *ctx, uint64_t dest, uint64_t us)
{
	struct out_fix *x = ctx;

	x->dues++;
	x->due_dest = dest;
	x->due_us = us;
}

void
out_begin(struct out_fix *x)
{
	memset(x, 0, sizeof *x);
	buf_init(&x->rows, OUT_MIB);
	buf_init(&x->texts, OUT_MIB);
	fix_init(&x->f);
	fix_open(&x->f);
	x->f.ops->on_due(x->f.st, due, x);
	fix_domain(&x->f, "example.test");
	fix_user(&x->f, 1, "ann@example.test", 0);
	fix_user(&x->f, 2, "bob@example.test", 0);
}

void
out_end(struct out_fix *x)
{
	fix_fini(&x->f);
	buf_fini(&x->rows);
	buf_fini(&x->texts);
}

struct store_deliver
out_mail(struct out_fix *x, struct buf *rcpts, const char *to)
{
	struct store_deliver q =
	    fix_mail(&x->f, rcpts, to, SLICE("Subject: x\r\n\r\nbody\r\n"));

	q.from = SLICE("ann@example.test");
	q.account = 1;
	q.relay = true;
	return q;
}

enum err
out_deliver(struct out_fix *x, struct store_deliver *q)
{
	q->op.done = fix_done;
	x->f.ops->deliver(x->f.st, q);
	return fix_wait(&x->f, &q->op);
}

enum err
out_send(struct out_fix *x, const char *to, struct mail_id *id)
{
	struct buf rcpts = BUF_INIT(1 << 20);
	struct store_deliver q = out_mail(x, &rcpts, to);
	enum err e = out_deliver(x, &q);

	if (id != NULL)
		*id = q.id;
	buf_fini(&rcpts);
	return e;
}

static unsigned
parse_rows(struct out_fix *x)
{
	struct slice rest = buf_slice(&x->rows), envelope = SLICE_NONE;
	struct store_out_row r;

	x->n = 0;
	while (x->n < OUT_ROWS && store_out_rows_next(&rest, &r) == ERR_OK) {
		struct out_row *o = &x->row[x->n++];

		if (r.envelope.len > 0)
			envelope = r.envelope;
		o->key = r.key;
		EQ_INT(store_envelope_decode(envelope, &o->env), ERR_OK);
		EQ_INT(store_out_decode(r.out, &o->out), ERR_OK);
	}
	EQ_INT(rest.len, 0);
	return x->n;
}

enum err
out_try_take(struct out_fix *x, uint64_t now_us)
{
	struct store_take *q = &x->take;

	buf_reset(&x->rows);
	q->op.done = fix_done;
	q->now_us = now_us;
	q->rows = &x->rows;
	x->f.ops->take(x->f.st, q);
	return fix_wait(&x->f, &q->op);
}

unsigned
out_take(struct out_fix *x, uint64_t now_us)
{
	EQ_INT(out_try_take(x, now_us), ERR_OK);
	EQ_INT(parse_rows(x), x->take.n);
	return x->take.n;
}

unsigned
out_take_all(struct out_fix *x)
{
	x->take = (struct store_take){.only = UINT64_MAX,
	    .after = UINT64_MAX,
	    .dests_max = 1000,
	    .per_dest = 1000,
	    .rows_max = 1000};
	return out_take(x, clock_wall_us());
}

unsigned
out_list(struct out_fix *x)
{
	struct store_queue_list q = {
	    .op.done = fix_done, .max = OUT_ROWS, .rows = &x->rows};

	buf_reset(&x->rows);
	x->f.ops->queue_list(x->f.st, &q);
	EQ_INT(fix_wait(&x->f, &q.op), ERR_OK);
	OK(!q.more);
	EQ_INT(parse_rows(x), q.n);
	return q.n;
}

enum err
out_settle(struct out_fix *x, const struct store_outcome *o,
    const struct store_report *r)
{
	struct buf outcomes = BUF_INIT(65536), reports = BUF_INIT(4 * OUT_MIB);
	struct store_settle q = {.op.done = fix_done, .noutcomes = 1};
	enum err e;

	EQ_INT(store_outcome_add(&outcomes, o), ERR_OK);
	if (r != NULL)
		EQ_INT(store_report_add(&reports, r), ERR_OK);
	q.nreports = r != NULL;
	q.outcomes = buf_slice(&outcomes);
	q.reports = buf_slice(&reports);
	x->f.ops->settle(x->f.st, &q);
	e = fix_wait(&x->f, &q.op);
	buf_fini(&outcomes);
	buf_fini(&reports);
	return e;
}

enum err
out_settle_row(struct out_fix *x, unsigned i, enum store_outcome_kind kind)
{
	struct store_outcome o = {.key = x->row[i].key,
	    .kind = kind,
	    .attempted = true,
	    .next_us = clock_wall_us() + 60ull * 1000000,
	    .code = kind == STORE_OUTCOME_DONE ? 250 : 450,
	    .reply = SLICE("what it said"),
	    .host = SLICE("mx.remote.test[192.0.2.1]:25")};

	return out_settle(x, &o, NULL);
}

enum err
out_edit(struct out_fix *x, enum store_edit_kind kind, const char *text,
    unsigned *done, unsigned *busy)
{
	struct buf keys = BUF_INIT(OUT_MIB);
	struct store_edit q = {.op.done = fix_done,
	    .kind = kind,
	    .text = slice_str(text),
	    .n = x->n};
	enum err e;

	for (unsigned i = 0; i < x->n; i++)
		store_out_key_add(&keys, &x->row[i].key);
	q.keys = buf_slice(&keys);
	x->f.ops->edit(x->f.st, &q);
	e = fix_wait(&x->f, &q.op);
	*done = q.done;
	*busy = q.busy;
	buf_fini(&keys);
	return e;
}

unsigned
out_doubt(struct out_fix *x, uint64_t retry_us, bool hold)
{
	struct store_doubt q = {
	    .op.done = fix_done, .retry_us = retry_us, .hold = hold};

	x->f.ops->doubt(x->f.st, &q);
	EQ_INT(fix_wait(&x->f, &q.op), ERR_OK);
	return q.n;
}

const char *
out_story(struct out_fix *x, const struct mail_id *id)
{
	struct buf rows = BUF_INIT(OUT_MIB);
	struct store_trail_list q = {.op.done = fix_done,
	    .by_id = true,
	    .id = *id,
	    .max = 1,
	    .rows = &rows};
	struct store_trail_row r;
	struct store_trail t;
	struct slice rest;

	buf_reset(&x->texts);
	x->f.ops->trail(x->f.st, &q);
	EQ_INT(fix_wait(&x->f, &q.op), ERR_OK);
	rest = buf_slice(&rows);
	while (store_trail_rows_next(&rest, &r) == ERR_OK) {
		EQ_INT(store_trail_decode(r.record, &t), ERR_OK);
		buf_addf(&x->texts, "%s%s", x->texts.len > 0 ? " " : "",
		    store_event_name(t.event));
	}
	buf_fini(&rows);
	return buf_cstr(&x->texts);
}

const char *
out_verify(struct out_fix *x)
{
	buf_reset(&x->texts);
	(void)fix_verify(&x->f, &x->texts);
	return buf_cstr(&x->texts);
}

static uint64_t
records(struct out_fix *x, DB *db)
{
	struct bdb_work *w = &x->f.st->loop_work;
	struct bdb_key from = bdb_key_id(0);
	struct bdb_bulk b;
	uint64_t n = 0;

	while (bdb_bulk_seek(w, &b, db, bdb_key_slice(&from), BDB_BULK) ==
	       ERR_OK) {
		while (bdb_bulk_next(&b) == ERR_OK) {
			from.len = (uint32_t)b.key.len;
			memcpy(from.b, b.key.p, b.key.len);
			n++;
		}
		if (!bdb_key_after(&from))
			break;
	}
	return n;
}

uint64_t
out_records(struct out_fix *x, enum bdb_db db)
{
	return records(x, x->f.st->db[db]);
}

uint64_t
out_bodies(struct out_fix *x)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < BDB_BODIES; i++)
		n += records(x, x->f.st->bodies[i]);
	return n;
}
