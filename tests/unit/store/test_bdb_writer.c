/*
 * The acknowledgement: nothing without a flush, and the end after a bad one.
 * Covers: store/bdb/bdb_err.c store/bdb/bdb_io.c
 */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned panics;
static int sync_code, write_code, read_code;

static void
note_panic(void *ctx)
{
	(void)ctx;
	panics++;
}

static int
failing_sync(int fd)
{
	if (sync_code == 0)
		return fdatasync(fd);
	errno = sync_code;
	sync_code = 0; /* as the kernel: the next one "succeeds" */
	return -1;
}

static ssize_t
failing_write(int fd, const void *p, size_t n, off_t at)
{
	if (write_code == 0)
		return pwrite(fd, p, n, at);
	errno = write_code;
	return -1;
}

static ssize_t
failing_read(int fd, void *p, size_t n, off_t at)
{
	if (read_code == 0)
		return pread(fd, p, n, at);
	errno = read_code;
	return -1;
}

static void
begin(struct fix *f)
{
	panics = 0;
	sync_code = write_code = read_code = 0;
	bdb_sync_fn = failing_sync;
	bdb_pwrite_fn = failing_write;
	bdb_pread_fn = failing_read;
	fix_init(f);
	fix_open(f);
	f->ops->on_broken(f->st, note_panic, NULL);
	fix_domain(f, "example.test");
	fix_user(f, 1, "ann@example.test", 0);
}

static void
end(struct fix *f)
{
	fix_fini(f);
	bdb_sync_fn = fdatasync;
	bdb_pwrite_fn = pwrite;
	bdb_pread_fn = pread;
}

static const struct {
	const char *name;
	int sync, write, read;
} cases[] = {
    {"EIO from fdatasync",    EIO,    0,     0  },
    {"ENOSPC from fdatasync", ENOSPC, 0,     0  },
    {"EIO from write",        0,      EIO,   0  },
    {"read-only file system", 0,      EROFS, 0  },
    {"shut down meanwhile",   0,      0,     EIO},
};

/* Not even the flush that "succeeds" after the one that failed. */
TEST(writer_failed_flush_acknowledges_nothing)
{
	enum { N = 20 };

	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		struct store_deliver q[N];
		struct buf rcpts[N];
		struct fix f;

		unit_case(cases[c].name);
		begin(&f);
		sync_code = cases[c].sync;
		write_code = cases[c].write;
		read_code = cases[c].read;
		for (unsigned i = 0; i < N; i++) {
			buf_init(&rcpts[i], 4096);
			q[i] = fix_mail(
			    &f, &rcpts[i], "ann@example.test", SLICE("x"));
			f.ops->deliver(f.st, &q[i]);
		}
		for (unsigned i = 0; i < N; i++) {
			enum err e = fix_wait(&f, &q[i].op);

			OK(e == ERR_UNKNOWN || e == ERR_RETRY);
			buf_fini(&rcpts[i]);
		}
		EQ_INT(panics, 1);
		write_code = read_code = 0;
		/* it stays that way */
		EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("y"), NULL),
		    ERR_RETRY);
		end(&f);
	}
}

/* What was acknowledged before a failure is there after the restart. */
TEST(writer_failure_loses_nothing_acknowledged)
{
	struct mail_id id;
	struct buf out = BUF_INIT(4096);
	struct fix f;

	begin(&f);
	EQ_INT(fix_deliver(&f, "ann@example.test", SLICE("x"), &id), ERR_OK);
	sync_code = EIO;
	OK(fix_deliver(&f, "ann@example.test", SLICE("y"), NULL) != ERR_OK);
	fix_close(&f);
	fix_open(&f);
	EQ_INT(fix_read(&f, 1, &id, 0, 4096, &out, NULL), ERR_OK);
	EQ_INT(fix_verify(&f, &out), 0);
	buf_fini(&out);
	end(&f);
}

/* One that fails is answered alone; the others of its batch are done. */
TEST(writer_errors_are_answered_alone)
{
	enum { N = 30 };
	struct store_deliver q[N];
	struct buf rcpts[N];
	struct fix f;

	begin(&f);
	for (unsigned i = 0; i < N; i++) {
		buf_init(&rcpts[i], 4096);
		q[i] = fix_mail(&f, &rcpts[i],
		    i % 3 == 0 ? "eve@example.test" : "ann@example.test",
		    SLICE("x"));
		f.ops->deliver(f.st, &q[i]);
	}
	for (unsigned i = 0; i < N; i++) {
		EQ_INT(fix_wait(&f, &q[i].op), i % 3 == 0 ? ERR_NOENT : ERR_OK);
		buf_fini(&rcpts[i]);
	}
	EQ_INT(fix_count(&f, 1), 20);
	EQ_INT(panics, 0);
	end(&f);
}

/* Everything is answered at close, one way or the other. */
TEST(writer_close_answers_all)
{
	enum { N = 200 };
	static struct store_deliver q[N];
	static struct buf rcpts[N];
	struct store_list l = {.op.done = fix_done, .mailbox = 1, .max = 1};
	struct buf rows = BUF_INIT(4096);
	unsigned ok = 0;
	struct fix f;

	begin(&f);
	for (unsigned i = 0; i < N; i++) {
		buf_init(&rcpts[i], 4096);
		q[i] = fix_mail(&f, &rcpts[i], "ann@example.test", SLICE("x"));
		f.ops->deliver(f.st, &q[i]);
	}
	l.rows = &rows;
	f.ops->list(f.st, &l);
	fix_close(&f);
	OK(l.op.done == NULL);
	for (unsigned i = 0; i < N; i++) {
		OK(q[i].op.done == NULL);
		ok += q[i].op.err == ERR_OK;
		buf_fini(&rcpts[i]);
	}
	fix_open(&f);
	EQ_INT(fix_count(&f, 1), ok);
	buf_fini(&rows);
	end(&f);
}

/*
 * A transaction of ours has the page of totals, and many others, when the
 * writer wants it for a delivery; then we want the page of rows, which the
 * writer has. It has changed less, so it loses, and tries again.
 */
static void
block_totals(struct fix *f, struct bdb_work *w)
{
	static const enum bdb_db many[] = {BDB_GONE, BDB_STAGING, BDB_BODYREF,
	    BDB_SENT, BDB_DUE, BDB_SENDING, BDB_RCPT, BDB_QUEUE};
	struct bdb_key k = bdb_key_id(77);

	*w = f->st->loop_work;
	EQ_INT(f->st->env->txn_begin(f->st->env, NULL, &w->txn, 0), 0);
	for (size_t i = 0; i < sizeof many / sizeof *many; i++)
		EQ_INT(
		    bdb_put(w, f->st->db[many[i]], &k, SLICE("x"), 0), ERR_OK);
	EQ_INT(bdb_put(w, f->st->db[BDB_TOTAL], &k, SLICE("x"), 0), ERR_OK);
}

static uint64_t
lock_waits(struct fix *f)
{
	DB_LOCK_STAT *s = NULL;
	uint64_t n;

	EQ_INT(f->st->env->lock_stat(f->st->env, &s, 0), 0);
	n = s->st_lock_wait;
	free(s);
	return n;
}

TEST(writer_tries_again_after_a_deadlock)
{
	struct buf rcpts = BUF_INIT(4096);
	struct bdb_key k = bdb_key_id(77);
	struct store_deliver q;
	struct bdb_work w;
	uint64_t waits;
	struct fix f;

	begin(&f);
	block_totals(&f, &w);
	waits = lock_waits(&f);
	q = fix_mail(&f, &rcpts, "ann@example.test", SLICE("x"));
	f.ops->deliver(f.st, &q);
	for (unsigned i = 0; i < 60000 && lock_waits(&f) == waits; i++)
		(void)usleep(1000);
	EQ_INT(bdb_put(&w, f.st->db[BDB_BOX], &k, SLICE("x"), 0), ERR_OK);
	EQ_INT(w.txn->abort(w.txn), 0);
	EQ_INT(fix_wait(&f, &q.op), ERR_OK);
	EQ_INT(fix_count(&f, 1), 1);
	buf_fini(&rcpts);
	end(&f);
}
