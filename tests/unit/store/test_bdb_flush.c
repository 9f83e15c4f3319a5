/*
 * Large mail is flushed by a thread of its own: the writer goes on meanwhile,
 * and nothing that counts on the flush is answered before it.
 */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LARGE = 300000, PATIENCE = 60000, LITTLE = 30 };

static atomic_bool shut, waiting; /* the gate; is a sync before it? */
static atomic_int code;
static unsigned panics;

static void
nap(void)
{
	const struct timespec ms = {0, 1000000};

	(void)nanosleep(&ms, NULL);
}

static int
gated_sync(int fd)
{
	while (atomic_load(&shut)) {
		atomic_store(&waiting, true);
		nap();
	}
	errno = atomic_load(&code);
	return errno == 0 ? fdatasync(fd) : -1;
}

static void
note_panic(void *ctx)
{
	(void)ctx;
	panics++;
}

struct large {
	struct fix f;
	char *body;
	struct buf rcpts[4];
	struct store_deliver q[4]; /* two large, one small, the first again */
};

static void
submit(struct large *l, unsigned i, size_t len)
{
	buf_init(&l->rcpts[i], 4096);
	l->q[i] = fix_mail(
	    &l->f, &l->rcpts[i], "ann@example.test", slice_of(l->body, len));
	if (i == 3)
		l->q[i].id = l->q[0].id;
	l->f.ops->deliver(l->f.st, &l->q[i]);
}

static bool
is_running(struct bdb_flush *f)
{
	bool running;

	(void)pthread_mutex_lock(&f->mutex);
	running = f->running;
	(void)pthread_mutex_unlock(&f->mutex);
	return running;
}

/* The first large one waits for the disk; the second is committed. */
static bool
begin(struct large *l)
{
	bool two = false;

	panics = 0;
	atomic_store(&code, 0);
	atomic_store(&waiting, false);
	bdb_sync_fn = gated_sync;
	fix_init(&l->f);
	fix_open(&l->f);
	l->f.ops->on_broken(l->f.st, note_panic, NULL);
	fix_domain(&l->f, "example.test");
	fix_user(&l->f, 1, "ann@example.test", 0);
	if (!OK((l->body = malloc(LARGE)) != NULL))
		return false;
	memset(l->body, 'x', LARGE);
	for (unsigned i = 0; i < PATIENCE && !is_running(&l->f.st->flush); i++)
		nap();
	atomic_store(&shut, true);
	submit(l, 0, LARGE);
	for (unsigned i = 0; i < PATIENCE && !atomic_load(&waiting); i++)
		nap();
	submit(l, 1, LARGE);
	for (unsigned i = 0; i < PATIENCE && !two; i++) {
		two = fix_count(&l->f, 1) == 2;
		nap();
	}
	OK(atomic_load(&waiting));
	return OK(two);
}

static void
finish(struct large *l, enum err want)
{
	for (unsigned i = 0; i < 4; i++) {
		EQ_INT(fix_wait(&l->f, &l->q[i].op), want);
		buf_fini(&l->rcpts[i]);
	}
}

static void
end(struct large *l)
{
	atomic_store(&shut, false);
	fix_fini(&l->f);
	free(l->body);
	bdb_sync_fn = fdatasync;
}

TEST(flush_of_large_mail_holds_only_answers)
{
	struct large l;

	if (begin(&l)) {
		submit(&l, 2, 10);
		submit(&l, 3, 10);
		for (unsigned i = 0; i < LITTLE; i++) {
			net_loop_turn(l.f.loop, 0);
			nap();
		}
		for (unsigned i = 0; i < 4; i++)
			OK(l.q[i].op.done != NULL);
		atomic_store(&shut, false);
		finish(&l, ERR_OK);
		EQ_INT(fix_count(&l.f, 1), 3);
	}
	end(&l);
}

/* Also what the writer answers meanwhile on the strength of it. */
TEST(flush_of_nothing_new_waits_for_the_old)
{
	struct large l;

	if (begin(&l)) {
		submit(&l, 3, 10);
		for (unsigned i = 0; i < LITTLE; i++) {
			net_loop_turn(l.f.loop, 0);
			nap();
		}
		OK(l.q[3].op.done != NULL);
		atomic_store(&shut, false);
		submit(&l, 2, 10);
		finish(&l, ERR_OK);
		EQ_INT(l.q[3].delivered, 1);
	}
	end(&l);
}

TEST(flush_aside_that_fails_acknowledges_nothing)
{
	struct large l;

	if (begin(&l)) {
		submit(&l, 2, 10);
		submit(&l, 3, 10);
		atomic_store(&code, EIO);
		atomic_store(&shut, false);
		for (unsigned i = 0; i < 4; i++) {
			enum err e = fix_wait(&l.f, &l.q[i].op);

			OK(e == ERR_UNKNOWN || (i > 1 && e == ERR_RETRY));
			buf_fini(&l.rcpts[i]);
		}
		EQ_INT(panics, 1);
	}
	end(&l);
}

/* Closing answers what is still with the other thread. */
TEST(flush_ends_before_the_store)
{
	struct large l;

	if (begin(&l)) {
		atomic_store(&shut, false);
		fix_close(&l.f);
		for (unsigned i = 0; i < 2; i++) {
			OK(l.q[i].op.done == NULL);
			EQ_INT(l.q[i].op.err, ERR_OK);
			buf_fini(&l.rcpts[i]);
		}
		fix_open(&l.f);
		EQ_INT(fix_count(&l.f, 1), 2);
	}
	end(&l);
}
