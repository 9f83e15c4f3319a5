/* The Berkeley DB backend: open, start, close, and the way in for requests. */
#include "base/clock.h"
#include "base/log.h"
#include "store/bdb/bdb_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READERS_DEFAULT = 2 };

static void
woken(void *ctx)
{
	bdb_reap(ctx);
}

/* --- open --- */

/* data_dir and its tmp folder; the other parts look after their own. */
static enum err
open_dirs(struct store *st, struct buf *why)
{
	const char *dir = st->conf.data_dir;
	char tmp[sizeof st->dir + 8];

	(void)umask(077);
	(void)snprintf(tmp, sizeof tmp, "%s/tmp", dir);
	(void)snprintf(st->dir, sizeof st->dir, "%s/db", dir);
	if (dir[0] != '/') {
		buf_addf(why, "data_dir must be absolute: %s", dir);
		return ERR_SYNTAX;
	}
	if ((mkdir(dir, 0700) < 0 && errno != EEXIST) ||
	    (mkdir(tmp, 0700) < 0 && errno != EEXIST) ||
	    (st->tmp_fd = open(tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		buf_addf(why, "%s: %s", dir, strerror(errno));
		return err_from_errno(errno);
	}
	return ERR_OK;
}

static enum err
init(struct store *st)
{
	list_init(&st->done);
	list_init(&st->finished);
	map_init(&st->watched);
	store_leases_init(&st->leases);
	bdb_routes_init(&st->routes);
	net_later_init(&st->later, woken, st);
	st->lock_fd = st->tmp_fd = st->space.dir_fd = -1;
	st->sweep_at = st->trail_at = st->seen_at = bdb_key_id(0);
	st->removing_at = bdb_key_id(0);
	atomic_store(&st->removals, true);
	st->checkpoint_ms = clock_mono_ms();
	if (store_reserve_init(&st->reserve) != ERR_OK ||
	    pthread_rwlock_init(&st->conf_lock, NULL) != 0 ||
	    pthread_mutex_init(&st->done_mutex, NULL) != 0 ||
	    pthread_mutex_init(&st->watch_mutex, NULL) != 0 ||
	    pthread_mutex_init(&st->left.mutex, NULL) != 0 ||
	    pthread_mutex_init(&st->checkpoint_mutex, NULL) != 0)
		return ERR_RETRY;
	for (unsigned i = 0; i < BDB_QUEUES; i++)
		if (bdb_queue_init(&st->queue[i]) != ERR_OK)
			return ERR_RETRY;
	if (bdb_flush_init(&st->flush) != ERR_OK ||
	    bdb_work_init(&st->loop_work, st, true) != ERR_OK)
		return ERR_RETRY;
	st->wake = net_wake_new(st->loop, woken, st);
	return st->wake == NULL ? ERR_RETRY : ERR_OK;
}

static enum err
open_data(struct store *st, struct buf *why)
{
	enum err e;

	if ((e = open_dirs(st, why)) != ERR_OK ||
	    (e = bdb_lock_take(st->conf.data_dir, &st->lock_fd, why)) !=
		ERR_OK ||
	    (e = bdb_space_open(st, why)) != ERR_OK ||
	    (e = bdb_env_open(st, why)) != ERR_OK ||
	    (e = bdb_meta_open(&st->loop_work, why)) != ERR_OK ||
	    (e = bdb_space_load(&st->loop_work)) != ERR_OK ||
	    (e = bdb_drop_left(&st->loop_work)) != ERR_OK)
		return e;
	bdb_space_restore(st);
	return ERR_OK;
}

static void
fini(struct store *st)
{
	bdb_env_close(st);
	bdb_space_close(st);
	if (st->tmp_fd >= 0)
		(void)close(st->tmp_fd);
	if (st->lock_fd >= 0)
		(void)close(st->lock_fd);
	bdb_work_fini(&st->loop_work);
	net_wake_free(&st->wake);
	for (unsigned i = 0; i < BDB_QUEUES; i++)
		bdb_queue_fini(&st->queue[i]);
	bdb_flush_fini(&st->flush);
	(void)pthread_mutex_destroy(&st->checkpoint_mutex);
	(void)pthread_mutex_destroy(&st->watch_mutex);
	(void)pthread_mutex_destroy(&st->left.mutex);
	(void)pthread_mutex_destroy(&st->done_mutex);
	(void)pthread_rwlock_destroy(&st->conf_lock);
	store_reserve_fini(&st->reserve);
	store_leases_fini(&st->leases);
	bdb_routes_fini(&st->routes);
	net_later_remove(st->loop, &st->later);
	map_fini(&st->watched);
	free(st);
}

static enum err
op_open(struct store **out, const struct conf *conf, struct net_loop *loop,
    struct buf *why)
{
	struct store *st = calloc(1, sizeof *st);
	enum err e;

	if (st == NULL)
		return ERR_NOMEM;
	st->conf = *conf;
	st->loop = loop;
	if ((e = init(st)) == ERR_OK)
		e = open_data(st, why);
	if (e == ERR_OK)
		*out = st;
	else
		fini(st);
	return e;
}

/* --- threads --- */

/* name: shown by top and perf, at most 15 octets */
static enum err
start_thread(
    struct store *st, const char *name, void *(*run)(void *), bool bulk)
{
	struct bdb_thread *t = &st->thread[st->nthreads];
	enum err e = bdb_work_init(&t->work, st, bulk);
	int ret;

	if (e != ERR_OK)
		return e;
	if ((ret = pthread_create(&t->thread, NULL, run, &t->work)) != 0) {
		bdb_work_fini(&t->work);
		log_errno(LOG_ERROR, "store", "thread", ret);
		return ERR_RETRY;
	}
	(void)pthread_setname_np(t->thread, name);
	st->nthreads++;
	return ERR_OK;
}

static enum err
op_start(struct store *st)
{
	enum err e;

	st->nreaders = st->conf.store.readers;
	if (st->nreaders == 0)
		st->nreaders = READERS_DEFAULT;
	if (st->nreaders > BDB_READERS_MAX)
		st->nreaders = BDB_READERS_MAX;
	st->started = true;
	if ((e = start_thread(st, "store-writer", bdb_writer_main, false)) !=
		ERR_OK ||
	    (e = start_thread(st, "store-flusher", bdb_flusher_main, false)) !=
		ERR_OK ||
	    (e = start_thread(st, "store-keeper", bdb_keeper_main, true)) !=
		ERR_OK ||
	    (e = start_thread(st, "store-walker", bdb_walker_main, true)) !=
		ERR_OK)
		return e;
	for (unsigned i = 0; i < st->nreaders && e == ERR_OK; i++)
		e = start_thread(st, "store-reader", bdb_reader_main, true);
	return e;
}

static void
stop_threads(struct store *st)
{
	for (unsigned i = 0; i < BDB_QUEUES; i++)
		bdb_queue_stop(&st->queue[i]);
	for (unsigned i = 0; i < st->nthreads; i++) {
		(void)pthread_join(st->thread[i].thread, NULL);
		bdb_work_fini(&st->thread[i].work);
	}
	st->nthreads = 0;
}

/* What no thread will take any more. */
static void
refuse_rest(struct store *st)
{
	for (unsigned i = 0; i < BDB_QUEUES; i++) {
		struct list_node *n;

		while ((n = list_pop_front(&st->queue[i].ops)) != NULL)
			bdb_done_one(
			    st, LIST_ITEM(n, struct store_op, node), ERR_RETRY);
	}
}

static void
op_close(struct store **stp)
{
	struct store *st = *stp;

	if (st == NULL)
		return;
	st->closing = true;
	stop_threads(st);
	refuse_rest(st);
	/* callers may ask for more while they are called back: refused */
	do
		bdb_reap(st);
	while (!list_empty(&st->done));
	if (!atomic_load(&st->dead))
		(void)bdb_checkpoint(&st->loop_work);
	fini(st);
	*stp = NULL;
}

static void
op_reload(struct store *st, const struct conf *conf)
{
	(void)pthread_rwlock_wrlock(&st->conf_lock);
	st->conf = *conf;
	(void)pthread_rwlock_unlock(&st->conf_lock);
	atomic_store(&st->forget_ms, 0);
	bdb_routes_void(&st->routes);
	bdb_space_conf(st);
}

/* --- requests --- */

#define SUBMIT(name, kind)                                                     \
	static void op_##name(struct store *st, struct store_##name *q)        \
	{                                                                      \
		bdb_submit(st, &q->op, BDB_OP_##kind);                         \
	}
SUBMIT(get, GET)
SUBMIT(scan, SCAN)
SUBMIT(commit, COMMIT)
SUBMIT(new_id, NEW_ID)
SUBMIT(sender, SENDER)
SUBMIT(deliver, DELIVER)
SUBMIT(spill, SPILL)
SUBMIT(list, LIST)
SUBMIT(read, READ)
SUBMIT(total, TOTAL_GET)
SUBMIT(touch, TOUCH)
SUBMIT(gone, GONE_LIST)
SUBMIT(undelete, UNDELETE)
SUBMIT(purge, PURGE)
SUBMIT(verify, VERIFY)
SUBMIT(backup, BACKUP)
SUBMIT(take, TAKE)
SUBMIT(doubt, DOUBT)
SUBMIT(settle, SETTLE)
SUBMIT(queue_read, QUEUE_READ)
SUBMIT(queue_list, QUEUE_LIST)
SUBMIT(edit, EDIT)
SUBMIT(trail_list, TRAIL_LIST)

static void
op_resolve(struct store *st, struct store_resolve *q)
{
	if (bdb_resolve_known(st, q))
		bdb_answer(st, &q->op, ERR_OK);
	else
		bdb_submit(st, &q->op, BDB_OP_RESOLVE);
}

static void
op_checkpoint(struct store *st, struct store_op *op)
{
	bdb_submit(st, op, BDB_OP_CHECKPOINT);
}

static void
op_lease_take(struct store *st, struct store_lease *q)
{
	bdb_answer(st, &q->op,
	    store_lease_take(&st->leases, q->mailbox, q->owner, &q->lease));
}

static void
op_lease_drop(struct store *st, uint64_t lease)
{
	store_lease_drop(&st->leases, lease);
}

/* The lease is held until the change is through: no session that comes next
 * sees half of it. */
static void
op_expunge(struct store *st, struct store_expunge *q)
{
	enum err e = store_lease_hold(&st->leases, q->lease, q->mailbox);

	q->removed = 0;
	if (e == ERR_OK)
		bdb_submit(st, &q->op, BDB_OP_EXPUNGE);
	else
		bdb_answer(st, &q->op, e);
}

static void
op_tx_end(struct store *st, uint64_t owner, uint64_t tx)
{
	store_reserve_end(&st->reserve, owner, tx);
}

static void
op_owner_gone(struct store *st, uint64_t owner)
{
	store_lease_owner_gone(&st->leases, owner);
	store_reserve_owner_gone(&st->reserve, owner);
}

static void
op_on_broken(struct store *st, void (*broken)(void *ctx), void *ctx)
{
	st->broken = broken;
	st->broken_ctx = ctx;
}

static void
op_on_due(struct store *st, void (*due)(void *ctx, uint64_t dest, uint64_t us),
    void *ctx)
{
	st->due = due;
	st->due_ctx = ctx;
}

static void
op_space(struct store *st, struct store_space *out)
{
	bdb_space_look(st);
	out->free_octets = atomic_load(&st->space.free);
	out->floor_octets = atomic_load(&st->space.floor);
	out->low = atomic_load(&st->space.low);
}

/* The one request that is waited for: a number for a new process, and one
 * small commit for every NODE_BLOCK of them. */
static enum err
op_node(struct store *st, uint32_t *node_out, uint64_t *floor_us_out)
{
	if (atomic_load(&st->dead))
		return ERR_RETRY;
	return bdb_meta_node(&st->loop_work, node_out, floor_us_out);
}

const struct store_ops store_bdb = {
    .name = "bdb",
    .open = op_open,
    .start = op_start,
    .close = op_close,
    .reload = op_reload,
    .get = op_get,
    .scan = op_scan,
    .commit = op_commit,
    .new_id = op_new_id,
    .resolve = op_resolve,
    .sender = op_sender,
    .deliver = op_deliver,
    .tx_end = op_tx_end,
    .spill = op_spill,
    .lease_take = op_lease_take,
    .lease_drop = op_lease_drop,
    .owner_gone = op_owner_gone,
    .list = op_list,
    .read = op_read,
    .expunge = op_expunge,
    .total = op_total,
    .touch = op_touch,
    .gone = op_gone,
    .undelete = op_undelete,
    .purge = op_purge,
    .verify = op_verify,
    .backup = op_backup,
    .checkpoint = op_checkpoint,
    .take = op_take,
    .doubt = op_doubt,
    .settle = op_settle,
    .queue_read = op_queue_read,
    .queue_list = op_queue_list,
    .edit = op_edit,
    .trail = op_trail_list,
    .on_due = op_on_due,
    .node = op_node,
    .space = op_space,
    .on_broken = op_on_broken,
};
