/*
 * A copy of everything while serving: database files page by page through the
 * cache, then the logs. Logs are not removed meanwhile. The copy says that it
 * is one, so that its first opening runs recovery over all of its logs: its
 * pages are of different moments, and later checkpoints say nothing of them.
 */
#include "base/log.h"
#include "store/bdb/bdb_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The library hands no context to its callbacks: there is one backup at a
 * time, in the walker thread, and this is it. */
struct backup {
	struct store_backup *q;
	enum err err;
	char file[64];
	uint64_t at;
};

static struct backup *
current(DB_ENV *env)
{
	return ((struct store *)env->app_private)->backup;
}

static int
send_piece(struct backup *b, uint64_t at, struct slice data, bool end)
{
	if (b->err == ERR_OK)
		b->err = b->q->piece(b->q->ctx, b->file, at, data, end);
	return b->err == ERR_OK ? 0 : ECANCELED;
}

static int
begin_file(DB_ENV *env, const char *name, const char *target, void **handle)
{
	struct backup *b = current(env);
	const char *slash = strrchr(name, '/');

	(void)target;
	*handle = b;
	b->at = 0;
	return slice_to_str(slice_str(slash == NULL ? name : slash + 1),
		   b->file, sizeof b->file) == ERR_OK
		   ? 0
		   : ENAMETOOLONG;
}

static int
write_file(DB_ENV *env, uint32_t gigs, uint32_t offset, uint32_t size,
    uint8_t *p, void *handle)
{
	struct backup *b = handle;
	uint64_t at = ((uint64_t)gigs << 30) + offset;

	(void)env;
	b->at = at + size;
	return send_piece(b, at, slice_of(p, size), false);
}

static int
end_file(DB_ENV *env, const char *name, void *handle)
{
	struct backup *b = handle;

	(void)env;
	(void)name;
	return b == NULL ? 0 : send_piece(b, b->at, SLICE_NONE, true);
}

static void
keep_logs(struct store *st, bool keep)
{
	(void)pthread_mutex_lock(&st->checkpoint_mutex);
	(void)st->env->log_set_config(st->env, DB_LOG_AUTO_REMOVE, !keep);
	(void)pthread_mutex_unlock(&st->checkpoint_mutex);
}

static enum err
send_mark(struct backup *b)
{
	static const char file[] = BDB_RESTORED;
	struct slice text = SLICE("the first opening recovers all\n");

	memcpy(b->file, file, sizeof file);
	if (send_piece(b, 0, text, false) == 0)
		(void)send_piece(b, text.len, SLICE_NONE, true);
	return b->err;
}

enum err
bdb_run_backup(struct bdb_work *w, struct store_backup *q)
{
	struct store *st = w->st;
	struct backup b = {.q = q};
	int ret;

	st->backup = &b;
	keep_logs(st, true);
	ret = st->env->set_backup_callbacks(
	    st->env, begin_file, write_file, end_file);
	if (ret == 0)
		ret = st->env->backup(st->env, st->dir, 0);
	keep_logs(st, false);
	st->backup = NULL;
	if (ret == 0)
		return send_mark(&b);
	return b.err != ERR_OK ? b.err : bdb_err(st, ret, "backup");
}
