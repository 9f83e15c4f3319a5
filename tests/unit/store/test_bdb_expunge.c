/* QUIT: removed whole or not at all, and only by who holds the lease. */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <stdlib.h>

static void
begin(struct fix *f, struct mail_id *ids, unsigned n)
{
	fix_init(f);
	fix_open(f);
	fix_domain(f, "example.test");
	fix_user(f, 1, "ann@example.test", 0);
	for (unsigned i = 0; i < n; i++)
		EQ_INT(
		    fix_deliver(f, "ann@example.test", SLICE("body"), &ids[i]),
		    ERR_OK);
}

TEST(expunge_moves_to_gone)
{
	struct buf problems = BUF_INIT(65536);
	struct mail_id ids[5];
	struct store_total t;
	uint64_t lease;
	unsigned removed;
	struct fix f;

	begin(&f, ids, 5);
	t = fix_total(&f, 1);
	OK(t.count == 5 && t.octets == 5 * 71 && t.gone_count == 0);
	EQ_INT(fix_lease(&f, 1, &lease), ERR_OK);
	ids[0] = ids[2]; /* twice the same, and one that never was */
	ids[4].b[0] ^= 1;
	EQ_INT(fix_expunge(&f, 1, lease, ids, 5, &removed), ERR_OK);
	EQ_INT(removed, 3);
	EQ_INT(fix_count(&f, 1), 2);
	t = fix_total(&f, 1);
	OK(t.count == 2 && t.octets == 2 * 71);
	OK(t.gone_count == 3 && t.gone_octets == 3 * 71);
	EQ_INT(fix_expunge(&f, 1, lease, ids, 5, &removed), ERR_OK);
	EQ_INT(removed, 0);
	EQ_INT(fix_verify(&f, &problems), 0);
	buf_fini(&problems);
	fix_fini(&f);
}

TEST(expunge_needs_the_lease)
{
	struct mail_id ids[1];
	uint64_t lease, other;
	struct fix f;

	begin(&f, ids, 1);
	EQ_INT(fix_expunge(&f, 1, 0, ids, 1, NULL), ERR_FENCED);
	EQ_INT(fix_lease(&f, 1, &lease), ERR_OK);
	EQ_INT(fix_lease(&f, 1, &other), ERR_BUSY);
	EQ_INT(fix_lease(&f, 2, &other), ERR_OK);
	EQ_INT(fix_expunge(&f, 1, other, ids, 1, NULL), ERR_FENCED);
	f.ops->lease_drop(f.st, lease);
	EQ_INT(fix_expunge(&f, 1, lease, ids, 1, NULL), ERR_FENCED);
	EQ_INT(fix_lease(&f, 1, &lease), ERR_OK);
	f.ops->owner_gone(f.st, 1);
	EQ_INT(fix_expunge(&f, 1, lease, ids, 1, NULL), ERR_FENCED);
	EQ_INT(fix_count(&f, 1), 1);
	fix_fini(&f);
}

/* The session is gone before its QUIT is done: nobody gets in between. */
TEST(expunge_holds_the_mailbox)
{
	struct mail_id ids[1];
	uint64_t lease, next;
	struct store_expunge q = {.op.done = fix_done, .mailbox = 1};
	struct store_lease l = {.op.done = fix_done, .mailbox = 1};
	struct fix f;

	begin(&f, ids, 1);
	EQ_INT(fix_lease(&f, 1, &lease), ERR_OK);
	q.lease = lease;
	q.ids = ids;
	q.n = 1;
	f.ops->expunge(f.st, &q);
	f.ops->owner_gone(f.st, 1);
	f.ops->lease_take(f.st, &l);
	EQ_INT(fix_wait(&f, &l.op), ERR_BUSY);
	EQ_INT(fix_wait(&f, &q.op), ERR_OK);
	EQ_INT(fix_lease(&f, 1, &next), ERR_OK);
	EQ_INT(fix_count(&f, 1), 0);
	fix_fini(&f);
}

/* Rows without ceremony: one body, many messages. */
static void
fill(struct fix *f, struct mail_id *ids, unsigned n)
{
	struct bdb_work *w = &f->st->loop_work;
	struct bdb_source src = {SLICE("body"), -1, 0};
	struct bdb_row r = {.body = 1, .octets = 4};
	struct buf value = BUF_INIT(BDB_ROW_MAX);
	struct bdb_moved m = {.count = n, .octets = 4 * (int64_t)n};
	uint64_t sum;

	for (unsigned i = 0; i < n; i++) {
		struct bdb_key k;

		if (i % 5000 == 0) {
			if (w->txn != NULL)
				(void)w->txn->commit(w->txn, 0);
			(void)f->st->env->txn_begin(
			    f->st->env, NULL, &w->txn, DB_TXN_NOSYNC);
		}
		if (i == 0) {
			(void)bdb_body_put(w, r.body, &src, 0, 1, &sum);
			r.sum = bdb_sum_body(&sum, 1, 4);
			EQ_INT(bdb_row_encode(&r, &value), ERR_OK);
			EQ_INT(bdb_ref_put(w, r.body, n), ERR_OK);
			EQ_INT(bdb_total_move(w, 1, &m), ERR_OK);
		}
		ids[i] = mail_id_make(&f->maker);
		k = bdb_key_box(1, &ids[i]);
		if (bdb_put(w, f->st->db[BDB_BOX], &k, buf_slice(&value), 0) !=
		    ERR_OK)
			OK(false);
	}
	(void)w->txn->commit(w->txn, 0);
	w->txn = NULL;
	buf_fini(&value);
}

/* As many as anybody keeps, in one transaction. */
TEST(expunge_200000)
{
	enum { MANY = 200000 };
	struct mail_id *ids = calloc(MANY, sizeof *ids);
	struct buf problems = BUF_INIT(65536);
	unsigned removed = 0;
	uint64_t lease;
	struct fix f;

	begin(&f, NULL, 0);
	fill(&f, ids, MANY);
	EQ_INT(fix_count(&f, 1), MANY);
	EQ_INT(fix_lease(&f, 1, &lease), ERR_OK);
	EQ_INT(fix_expunge(&f, 1, lease, ids, MANY, &removed), ERR_OK);
	EQ_INT(removed, MANY);
	EQ_INT(fix_count(&f, 1), 0);
	EQ_INT(fix_total(&f, 1).gone_count, MANY);
	EQ_INT(fix_verify(&f, &problems), 0);
	EQ_SLICE(buf_slice(&problems), "");
	free(ids);
	buf_fini(&problems);
	fix_fini(&f);
}
