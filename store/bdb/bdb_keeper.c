/*
 * The keeper looks after the store once a second: free space, checkpoints by
 * bytes and by time, removed mail and trails that have been kept long enough.
 */
#include "base/clock.h"
#include "base/log.h"
#include "store/bdb/bdb_out.h"

#include <errno.h>
#include <stdlib.h>

enum { TICK_MS = 1000, TAKE = 8 };

static enum err
checkpoint(struct store *st)
{
	int ret = st->env->txn_checkpoint(st->env, 0, 0, 0);

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
	uint64_t bytes, ms;

	(void)pthread_rwlock_rdlock(&st->conf_lock);
	bytes = st->conf.store.checkpoint_bytes;
	ms = st->conf.store.checkpoint_ms;
	(void)pthread_rwlock_unlock(&st->conf_lock);
	if (octets == 0)
		return false;
	return octets >= bytes || is_tight(st) ||
	       clock_mono_ms() - st->checkpoint_ms >= ms;
}

static void
turn(struct bdb_work *w)
{
	struct store *st = w->st;

	bdb_space_look(st);
	if (is_due(st, log_octets(st)))
		(void)bdb_checkpoint(w);
	if (atomic_exchange(&st->space.pressed, false))
		log_textf(LOG_ERROR, "disk_full", "a write found no space");
	bdb_space_restore(st);
	bdb_spare_turn(st);
	bdb_removal_turn(w);
	if (bdb_age_believe(&st->age, clock_wall_us(), clock_mono_us())) {
		bdb_sweep_turn(w);
		bdb_forget_turn(w);
	}
}

void *
bdb_keeper_main(void *arg)
{
	struct bdb_work *w = arg;
	struct store *st = w->st;
	uint64_t last_ms = 0;
	struct list ops;

	list_init(&ops);
	while (bdb_queue_take(&st->queue[BDB_KEEPER], &ops, TAKE, TICK_MS)) {
		bdb_work_run(w, &ops);
		if (atomic_load(&st->dead) ||
		    clock_mono_ms() - last_ms < TICK_MS)
			continue;
		turn(w);
		last_ms = clock_mono_ms();
	}
	return NULL;
}
