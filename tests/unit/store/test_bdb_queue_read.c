/* The list of what waits, whole and in portions, and bodies. */
#include "tests/unit/store/bdb_out_fixture.h"

#include <string.h>

static void
fill(struct out_fix *x, unsigned messages, unsigned each)
{
	struct buf to = BUF_INIT(65536);

	for (unsigned i = 0; i < each; i++)
		buf_addf(&to, "%su%u@d%u.test", i > 0 ? " " : "", i, i % 5);
	for (unsigned i = 0; i < messages; i++)
		EQ_INT(out_send(x, buf_cstr(&to), NULL), ERR_OK);
	buf_fini(&to);
}

TEST(queue_list_in_portions)
{
	struct store_queue_list q = {.max = 7};
	struct store_out_row r;
	struct slice rest;
	unsigned n = 0, envelopes = 0;
	struct out_fix x;

	out_begin(&x);
	fill(&x, 20, 30);
	EQ_INT(out_list(&x), 600);
	EQ_INT(x.row[599].env.left, 30);
	q.rows = &x.rows;
	do {
		q.op.done = fix_done;
		buf_reset(&x.rows);
		x.f.ops->queue_list(x.f.st, &q);
		EQ_INT(fix_wait(&x.f, &q.op), ERR_OK);
		OK(q.n <= 7);
		rest = buf_slice(&x.rows);
		while (store_out_rows_next(&rest, &r) == ERR_OK) {
			EQ_INT(r.key.n, n % 30);
			q.after = r.key;
			envelopes += r.envelope.len > 0;
			n++;
		}
	} while (q.more);
	EQ_INT(n, 600);
	OK(envelopes < 200); /* once in each portion */
	out_end(&x);
}

/* Rows of a list in which one of envelope and record does not decode. */
static unsigned
damaged(struct out_fix *x)
{
	struct store_queue_list q = {
	    .op.done = fix_done, .max = OUT_ROWS, .rows = &x->rows};
	struct slice rest, envelope = SLICE_NONE;
	struct store_envelope env;
	struct store_out_row r;
	struct store_out o;
	unsigned n = 0;

	buf_reset(&x->rows);
	x->f.ops->queue_list(x->f.st, &q);
	EQ_INT(fix_wait(&x->f, &q.op), ERR_OK);
	for (rest = buf_slice(&x->rows);
	     store_out_rows_next(&rest, &r) == ERR_OK;) {
		if (r.envelope.len > 0)
			envelope = r.envelope;
		n += store_envelope_decode(envelope, &env) != ERR_OK ||
		     store_out_decode(r.out, &o) != ERR_OK;
	}
	EQ_INT(rest.len, 0);
	return n;
}

TEST(queue_list_shows_what_is_damaged)
{
	struct bdb_key k;
	struct out_fix x;
	struct bdb_work *w;

	out_begin(&x);
	fill(&x, 3, 2);
	EQ_INT(out_list(&x), 6);
	w = &x.f.st->loop_work;
	k = bdb_key_out(&x.row[1].key);
	EQ_INT(bdb_put(w, x.f.st->db[BDB_RCPT], &k, SLICE("x"), 0), ERR_OK);
	k = bdb_key_mail(&x.row[2].key.id);
	EQ_INT(bdb_put(w, x.f.st->db[BDB_QUEUE], &k, SLICE("x"), 0), ERR_OK);
	EQ_INT(damaged(&x), 3);
	/* what can be read is taken all the same, and the rest is passed over
	 */
	EQ_INT(out_take_all(&x), 3);
	EQ_INT(out_records(&x, BDB_DUE), 0);
	out_end(&x);
}

static const struct {
	const char *name;
	uint64_t offset;
	uint32_t max;
	const char *want;
} parts[] = {
    {"all",       0,  100, "Subject: x\r\n\r\nbody\r\n"},
    {"a part",    14, 4,   "body"                      },
    {"the end",   18, 100, "\r\n"                      },
    {"behind it", 20, 100, ""                          },
};

TEST(queue_read_parts)
{
	struct mail_id id, none = {{1}};
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test", &id), ERR_OK);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct store_queue_read q = {.op.done = fix_done,
		    .id = id,
		    .offset = parts[i].offset,
		    .max = parts[i].max,
		    .out = &x.rows};

		unit_case(parts[i].name);
		buf_reset(&x.rows);
		x.f.ops->queue_read(x.f.st, &q);
		EQ_INT(fix_wait(&x.f, &q.op), ERR_OK);
		EQ_SLICE(buf_slice(&x.rows), parts[i].want);
		EQ_INT(q.total, 20);
		q.op.done = fix_done;
		q.id = none;
		x.f.ops->queue_read(x.f.st, &q);
		EQ_INT(fix_wait(&x.f, &q.op), ERR_NOENT);
	}
	out_end(&x);
}

TEST(queue_read_of_a_damaged_body)
{
	struct bdb_key k = bdb_key_body(1, 0);
	struct store_queue_read q = {.op.done = fix_done, .max = 100};
	struct out_fix x;

	out_begin(&x);
	EQ_INT(out_send(&x, "a@one.test", &q.id), ERR_OK);
	EQ_INT(bdb_put(&x.f.st->loop_work, bdb_bodies(x.f.st, 1), &k,
		   SLICE("rubbish"), 0),
	    ERR_OK);
	q.out = &x.rows;
	x.f.ops->queue_read(x.f.st, &q);
	EQ_INT(fix_wait(&x.f, &q.op), ERR_CORRUPT);
	EQ_INT(x.rows.len, 0);
	out_end(&x);
}
