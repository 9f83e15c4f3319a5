/*
 * Open the environment with recovery, and its databases; close it. Regions are
 * private to this process: nothing in shared memory goes stale or can be
 * scribbled on by another.
 */
#include "base/clock.h"
#include "base/log.h"
#include "store/bdb/bdb_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	LOG_BUFFER = 4 * 1024 * 1024, /* a batch fits: one write each */
	/*
	 * One page is one device block, so that a power cut cannot tear it:
	 * with larger pages recovery lost acknowledged mail.
	 */
	PAGE = 4096,
	COMPLAINTS = 10, /* of the library, a minute, in the log */
	MINUTE_MS = 60 * 1000,
	/* an expunge of 200,000 messages is one transaction: about 15,000
	 * pages of box and as many of gone */
	LOCKS = 400000,
	/* ...but only memory for the locks of an ordinary day at first */
	LOCKS_AT_FIRST = 2000,
	LOCK_BUCKETS = 5003,
	CACHE_MAX = 1 << 30, /* of a quarter of memory, four of these */
	CACHE_MIN = 4 * 1024 * 1024,
	HEAP_STEP = 4 * 1024 * 1024
};

static const char *const names[BDB_DBS] = {
#define X(name, file) [BDB_##name] = file,
    BDB_TABLE(X)
#undef X
};

/* On a full disk there is a complaint for each page of the cache, and one for
 * each try to read a page that cannot be read. */
static bool
too_many(void)
{
	static atomic_uint_fast64_t minute;
	static atomic_uint count;
	uint64_t now = clock_mono_ms() / MINUTE_MS;

	if (atomic_exchange(&minute, now) != now)
		atomic_store(&count, 0);
	return atomic_fetch_add(&count, 1) >= COMPLAINTS;
}

/* A complaint of the library; names in it are our own. */
static void
said(const DB_ENV *env, const char *prefix, const char *text)
{
	struct log_line l;

	(void)env;
	(void)prefix;
	if (too_many())
		return;
	log_begin(&l, LOG_ERROR, "database");
	log_cstr(&l, "error", text);
	log_end(&l);
}

static void
told(const DB_ENV *env, const char *text)
{
	log_textf(LOG_DEBUG, "database", "%s", text);
	(void)env;
}

static void
event(DB_ENV *env, uint32_t what, void *info)
{
	const int *code = info;

	if (what == DB_EVENT_PANIC)
		bdb_panic(env->app_private, "database", code ? *code : 0);
}

/* The library asks for these all the time; its own way is a system call. */
static void
thread_id(DB_ENV *env, pid_t *pid, db_threadid_t *tid)
{
	const struct store *st = env->app_private;

	if (pid != NULL)
		*pid = st->pid;
	if (tid != NULL)
		*tid = pthread_self();
}

static uint64_t
cache_octets(const struct conf *c)
{
	uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES);
	uint64_t octets = pages * (uint64_t)sysconf(_SC_PAGESIZE) / 4;

	if (c->store.cache != 0)
		octets = c->store.cache;
	else if (octets > (uint64_t)4 * CACHE_MAX)
		octets = (uint64_t)4 * CACHE_MAX;
	return octets < CACHE_MIN ? CACHE_MIN : octets;
}

static int
set_cache(DB_ENV *env, const struct conf *c)
{
	uint64_t octets = cache_octets(c);
	int regions = (int)(octets / CACHE_MAX) + 1;

	return env->set_cachesize(env, (uint32_t)(octets >> 30),
	    (uint32_t)(octets & ((1u << 30) - 1)), regions);
}

static int
set_up(struct store *st, DB_ENV *env)
{
	int ret;

	env->app_private = st;
	env->set_errcall(env, said);
	env->set_msgcall(env, told);
	st->pid = getpid();
	if ((ret = env->set_event_notify(env, event)) != 0 ||
	    (ret = env->set_thread_id(env, thread_id)) != 0 ||
	    (ret = set_cache(env, &st->conf)) != 0 ||
	    (ret = env->set_lg_bsize(env, LOG_BUFFER)) != 0 ||
	    (ret = env->set_lg_max(env, BDB_LOG_FILE)) != 0 ||
	    (ret = env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1)) != 0 ||
	    (ret = env->set_lk_detect(env, DB_LOCK_MINWRITE)) != 0 ||
	    (ret = env->set_lk_max_locks(env, LOCKS)) != 0 ||
	    (ret = env->set_lk_max_objects(env, LOCKS)) != 0 ||
	    (ret = env->set_memory_init(env, DB_MEM_LOCK, LOCKS_AT_FIRST)) !=
		0 ||
	    (ret = env->set_lk_tablesize(env, LOCK_BUCKETS)) != 0 ||
	    (ret = env->set_memory_init(
		 env, DB_MEM_LOCKOBJECT, LOCKS_AT_FIRST)) != 0)
		return ret;
	return 0;
}

static bool
has_file(const struct store *st, const char *name)
{
	char path[sizeof st->dir + 16];
	struct stat sb;

	(void)snprintf(path, sizeof path, "%s/%s", st->dir, name);
	return lstat(path, &sb) == 0;
}

static void
remove_file(const struct store *st, const char *name)
{
	char path[sizeof st->dir + 16];

	(void)snprintf(path, sizeof path, "%s/%s", st->dir, name);
	(void)unlink(path);
}

/* Our folder, and nobody else's: what is in it is trusted. */
static enum err
check_dir(const struct store *st, struct buf *why)
{
	struct stat sb;

	if (mkdir(st->dir, 0700) < 0 && errno != EEXIST) {
		buf_addf(why, "%s: %s", st->dir, strerror(errno));
		return err_from_errno(errno);
	}
	if (lstat(st->dir, &sb) < 0 || !S_ISDIR(sb.st_mode) ||
	    sb.st_uid != geteuid() || (sb.st_mode & 077) != 0) {
		buf_addf(why,
		    "%s must be a directory of user %ld with mode 0700",
		    st->dir, (long)geteuid());
		return ERR_DENIED;
	}
	/* the library would obey it, also to give up durability */
	if (has_file(st, "DB_CONFIG")) {
		buf_addf(
		    why, "%s/DB_CONFIG must not exist: remove it", st->dir);
		return ERR_DENIED;
	}
	return ERR_OK;
}

/*
 * Recovery from the last checkpoint; for a restored backup from the first
 * record of its logs, since its files are older than the last checkpoint.
 */
static int
open_env(struct store *st)
{
	bool restored = has_file(st, BDB_RESTORED);
	uint32_t flags = DB_PRIVATE | DB_THREAD | DB_CREATE | DB_INIT_TXN |
			 DB_INIT_LOG | DB_INIT_LOCK | DB_INIT_MPOOL |
			 (restored ? DB_RECOVER_FATAL : DB_RECOVER);
	int ret = db_env_create(&st->env, 0);

	if (ret == 0)
		ret = set_up(st, st->env);
	if (ret == 0)
		ret = st->env->open(st->env, st->dir, flags, 0600);
	if (ret == 0 && restored) {
		/* what recovery has redone is in the files before the mark
		 * goes */
		ret = st->env->txn_checkpoint(st->env, 0, 0, DB_FORCE);
		if (ret == 0)
			remove_file(st, BDB_RESTORED);
	}
	return ret;
}

static int
open_db(struct store *st, DB **out, const char *file, uint32_t flags)
{
	DB *db;
	int ret = db_create(&db, st->env, 0);

	if (ret != 0)
		return ret;
	*out = db;
	if ((ret = db->set_pagesize(db, PAGE)) != 0 ||
	    (flags != 0 && (ret = db->set_flags(db, flags)) != 0))
		return ret;
	return db->open(db, NULL, file, NULL, DB_BTREE,
	    DB_CREATE | DB_THREAD | DB_AUTO_COMMIT, 0600);
}

static int
open_dbs(struct store *st)
{
	char file[16];
	int ret = 0;

	for (unsigned i = 0; i < BDB_BODIES && ret == 0; i++) {
		(void)snprintf(file, sizeof file, "bodies.%02u", i);
		ret = open_db(st, &st->bodies[i], file, 0);
	}
	for (unsigned i = 0; i < BDB_DBS && ret == 0; i++)
		ret = open_db(st, &st->db[i], names[i], DB_CHKSUM);
	return ret;
}

/*
 * A private cache is made of one allocation a page, most of them by the writer.
 * The heap of a thread of its own grows by a page, with a system call each; the
 * common one grows in steps as long as we like.
 */
static void
shape_heap(void)
{
#ifdef M_ARENA_MAX
	(void)mallopt(M_ARENA_MAX, 1);
	(void)mallopt(M_TOP_PAD, HEAP_STEP);
#endif
}

enum err
bdb_env_open(struct store *st, struct buf *why)
{
	enum err e = check_dir(st, why);
	int ret;

	if (e != ERR_OK)
		return e;
	shape_heap();
	bdb_io_install();
	(void)bdb_libsum_install();
	bdb_io_reset();
	bdb_spare_open(st);
	if ((ret = open_env(st)) == 0 && (ret = open_dbs(st)) == 0)
		return ERR_OK;
	buf_addf(why, "%s: %s", st->dir, db_strerror(ret));
	return ret == ENOSPC ? ERR_FULL : ERR_IO;
}

static void
close_db(DB **db)
{
	if (*db != NULL)
		(void)(*db)->close(
		    *db, DB_NOSYNC); /* a checkpoint has synced */
	*db = NULL;
}

void
bdb_env_close(struct store *st)
{
	for (unsigned i = 0; i < BDB_BODIES; i++)
		close_db(&st->bodies[i]);
	for (unsigned i = 0; i < BDB_DBS; i++)
		close_db(&st->db[i]);
	if (st->env != NULL)
		(void)st->env->close(st->env, 0);
	st->env = NULL;
}

DB *
bdb_bodies(struct store *st, uint64_t body)
{
	return st->bodies[body % BDB_BODIES];
}

const char *
bdb_db_name(enum bdb_db db)
{
	return names[db];
}
