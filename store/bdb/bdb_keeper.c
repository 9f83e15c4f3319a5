/*
 * The keeper looks after the store once a second: free space, checkpoints by
 * bytes and by time, removed mail and trails that have been kept long enough.
 * While much is written it looks for checkpoints more often.
 */
#include "base/clock.h"
#include "base/log.h"
#include "store/bdb/bdb_out.h"

#include <errno.h>
#include <stdlib.h>

enum {
	TICK_MS = 1000,
	BUSY_TICK_MS = 50,
	BUSY_OCTETS = 1024 * 1024, /* made dirty since the last look */
	TAKE = 8
};

static enum err
checkpoint(struct store *st)
{
	int ret;

	bdb_io_ahead(true);
	ret = st->env->txn_checkpoint(st->env, 0, 0, 0);
	bdb_io_ahead(false);
	if (ret == 0)
		ret = bdb_io_failed();
	if (ret == 0) {
		atomic_store(&st->space.dirty, 0);
		return ERR_OK;
	}
	if (ret == ENOSPC || ret == EDQUOT) {
		/* nothing is lost, the log has it all; try again later */
		(void)bdb_space_release(st);
		return ERR_FULL;
	}
	bdb_panic(st, "checkpoint", ret);
	return ERR_RETRY;
}

enum err
bdb_checkpoint(struct bdb_work *w)
{
	struct store *st = w->st;
	enum err e;

	(void)pthread_mutex_lock(&st->checkpoint_mutex);
	bdb_space_save(w);
	e = checkpoint(st);
	st->checkpoint_ms = clock_mono_ms();
	(void)pthread_mutex_unlock(&st->checkpoint_mutex);
	return e;
}

enum err
bdb_run_checkpoint(struct bdb_work *w, struct store_op_only *q)
{
	(void)q;
	return bdb_checkpoint(w);
}

/* Octets of log since the last checkpoint. */
static uint64_t
log_octets(struct store *st)
{
	DB_LOG_STAT *log = NULL;
	uint64_t n = 0;

	if (st->env->log_stat(st->env, &log, 0) == 0)
		n = ((uint64_t)log->st_wc_mbytes << 20) + log->st_wc_bytes;
	free(log);
	return n;
}

/*
 * The less room, the sooner: what is only in the cache and the log would need
 * room in the files when the store has to recover on a full disk.
 */
static bool
is_tight(const struct store *st)
{
	return atomic_load(&st->space.free) < 2 * atomic_load(&st->space.floor);
}

static bool
is_due(struct store *st, uint64_t octets)
{
	uint64_t bytes, ms, since = clock_mono_ms() - st->checkpoint_ms;

	(void)pthread_rwlock_rdlock(&st->conf_lock);
	bytes = st->conf.store.checkpoint_bytes;
	ms = st->conf.store.checkpoint_ms;
	(void)pthread_rwlock_unlock(&st->conf_lock);
	if (octets == 0)
		return false;
	return octets >= bytes || since >= ms ||
	       (is_tight(st) && since >= TICK_MS);
}

static void
turn(struct bdb_work *w)
{
	struct store *st = w->st;

	bdb_space_look(st);
	if (atomic_exchange(&st->space.pressed, false))
		log_textf(LOG_ERROR, "disk_full", "a write found no space");
	bdb_space_restore(st);
	bdb_spare_turn(st);
	bdb_removal_turn(w);
	bdb_left_turn(st);
	if (bdb_age_believe(&st->age, clock_wall_us(), clock_mono_us())) {
		bdb_sweep_turn(w);
		bdb_forget_turn(w);
	}
}

/* When one has failed, not again before the next turn. */
static void
look(struct bdb_work *w, uint64_t *not_before_ms)
{
	struct store *st = w->st;

	if (clock_mono_ms() >= *not_before_ms && is_due(st, log_octets(st)) &&
	    bdb_checkpoint(w) != ERR_OK)
		*not_before_ms = clock_mono_ms() + TICK_MS;
}

/*
 * While much is written the next look is soon: with more than a cache between
 * two checkpoints it is the writer that has to write pages, one by one.
 */
static unsigned
wait_ms(struct store *st, uint64_t *dirty_before)
{
	uint64_t dirty = atomic_load(&st->space.dirty);
	bool busy = dirty > *dirty_before + BUSY_OCTETS;

	*dirty_before = dirty;
	return busy ? BUSY_TICK_MS : TICK_MS;
}

void *
bdb_keeper_main(void *arg)
{
	struct bdb_work *w = arg;
	struct store *st = w->st;
	uint64_t last_ms = 0, dirty = 0, not_before_ms = 0;
	struct list ops;

	list_init(&ops);
	while (bdb_queue_take(
	    &st->queue[BDB_KEEPER], &ops, TAKE, wait_ms(st, &dirty))) {
		bdb_work_run(w, &ops);
		if (atomic_load(&st->dead))
			continue;
		look(w, &not_before_ms);
		if (clock_mono_ms() - last_ms < TICK_MS)
			continue;
		turn(w);
		last_ms = clock_mono_ms();
	}
	return NULL;
}
