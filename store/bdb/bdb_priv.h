#ifndef STORE_BDB_PRIV_H
#define STORE_BDB_PRIV_H
/*
 * Inside the Berkeley DB backend. Threads:
 *
 *	loop     the caller's: submits, completes, leases
 *	writer   the only one that changes a database; batches, one flush each
 *	flusher  flushes and answers large batches while the writer goes on
 *	readers  no transactions, cursors of one bulk get
 *	keeper   checkpoints, free space, spare log file, what has to be purged
 *	walker   verify and backup, which take their time
 *
 * A request is a store_op on one of their queues; when done it goes to the
 * `done` list, which the loop thread empties.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "base/slice.h"
#include "conf/conf.h"
#include "mime/mime_srs.h"
#include "net/net_loop.h"
#include "store/bdb/bdb_io.h"
#include "store/bdb/bdb_left.h"
#include "store/bdb/bdb_schema.h"
#include "store/store.h"
#include "store/store_lease.h"
#include "store/store_reserve.h"
#include "store/store_route.h"

#include <db.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Databases besides bodies.NN: name and flags. */
#define BDB_TABLE(X)                                                           \
	X(BOX, "box")                                                          \
	X(TOTAL, "total")                                                      \
	X(GONE, "gone")                                                        \
	X(ACCOUNT, "account")                                                  \
	X(NAME, "name")                                                        \
	X(DOMAIN, "domain")                                                    \
	X(REMOVING, "removing")                                                \
	X(BODYREF, "bodyref")                                                  \
	X(STAGING, "staging")                                                  \
	X(META, "meta")                                                        \
	X(QUEUE, "queue")                                                      \
	X(RCPT, "rcpt")                                                        \
	X(DUE, "due")                                                          \
	X(SENDING, "sending")                                                  \
	X(TRAIL, "trail")                                                      \
	X(SEEN, "seen")                                                        \
	X(SENT, "sent")
#define X(name, file) BDB_##name,
enum bdb_db { BDB_TABLE(X) BDB_DBS };
#undef X

enum bdb_where { BDB_READERS, BDB_WRITER, BDB_KEEPER, BDB_WALKER, BDB_QUEUES };

struct bdb_work;
struct store;

/*
 * Every request: name, struct, thread, run by itself when requests are taken
 * off the queue together (it may take long). Each has bdb_run_NAME.
 */
#define BDB_OPS(X)                                                             \
	X(GET, get, store_get, BDB_READERS, false)                             \
	X(SCAN, scan, store_scan, BDB_READERS, true)                           \
	X(COMMIT, commit, store_commit, BDB_WRITER, false)                     \
	X(NEW_ID, new_id, store_new_id, BDB_WRITER, false)                     \
	X(RESOLVE, resolve, store_resolve, BDB_READERS, false)                 \
	X(SENDER, sender, store_sender, BDB_READERS, false)                    \
	X(DELIVER, deliver, store_deliver, BDB_WRITER, false)                  \
	X(SPILL, spill, store_spill, BDB_READERS, false)                       \
	X(LIST, list, store_list, BDB_READERS, true)                           \
	X(READ, read, store_read, BDB_READERS, false)                          \
	X(EXPUNGE, expunge, store_expunge, BDB_WRITER, false)                  \
	X(TOTAL_GET, total, store_total, BDB_READERS, false)                   \
	X(TOUCH, touch, store_touch, BDB_WRITER, false)                        \
	X(GONE_LIST, gone, store_gone, BDB_READERS, true)                      \
	X(UNDELETE, undelete, store_undelete, BDB_WRITER, false)               \
	X(PURGE, purge, store_purge, BDB_WRITER, false)                        \
	X(VERIFY, verify, store_verify, BDB_WALKER, true)                      \
	X(BACKUP, backup, store_backup, BDB_WALKER, true)                      \
	X(CHECKPOINT, checkpoint, store_op_only, BDB_KEEPER, true)             \
	X(DROP, drop, bdb_drop, BDB_WRITER, false)                             \
	X(SWEEP, sweep, bdb_sweep, BDB_WRITER, false)                          \
	X(TAKE, take, store_take, BDB_WRITER, false)                           \
	X(DOUBT, doubt, store_doubt, BDB_WRITER, false)                        \
	X(REDOUBT, redoubt, bdb_redoubt, BDB_WRITER, false)                    \
	X(SETTLE, settle, store_settle, BDB_WRITER, false)                     \
	X(EDIT, edit, store_edit, BDB_WRITER, false)                           \
	X(QUEUE_READ, queue_read, store_queue_read, BDB_READERS, false)        \
	X(QUEUE_LIST, queue_list, store_queue_list, BDB_READERS, true)         \
	X(TRAIL_LIST, trail_list, store_trail_list, BDB_READERS, true)         \
	X(FORGET, forget, bdb_forget, BDB_WRITER, false)
#define X(kind, name, type, where, alone) BDB_OP_##kind,
enum bdb_kind { BDB_OPS(X) BDB_OP_COUNT, BDB_OP_ANSWERED };
#undef X

struct store_op_only { /* a request without arguments */
	struct store_op op;
};
struct bdb_drop { /* delete a body that nobody refers to, in steps */
	struct store_op op;
	uint64_t body;
};
enum { BDB_SWEEP_MAX = 2048 };
struct bdb_sweep { /* purge what has been gone long enough, in steps */
	struct store_op op;
	struct store *st;
	unsigned n, at, at_tried; /* rows; committed; tried */
	struct bdb_key key[BDB_SWEEP_MAX];
};
enum { BDB_FORGET_MAX = 4096 };
struct bdb_forget { /* delete what is old of the trail, in steps */
	struct store_op op;
	struct store *st;
	unsigned n, at, at_tried; /* as in bdb_sweep */
	struct {
		enum bdb_db db; /* trail, seen */
		struct bdb_key key;
	} row[BDB_FORGET_MAX];
};

#define X(kind, name, type, where, alone)                                      \
	enum err bdb_run_##name(struct bdb_work *w, struct type *q);
BDB_OPS(X)
#undef X
/* Loop thread: an address whose answer is OK without a look. */
bool bdb_resolve_known(struct store *st, struct store_resolve *q);

/* --- queues (bdb_queue.c) --- */

struct bdb_queue {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	struct list ops;
	unsigned sleepers; /* threads that wait for work */
	bool stop;         /* when empty */
};
enum err bdb_queue_init(struct bdb_queue *q);
void bdb_queue_fini(struct bdb_queue *q);
void bdb_queue_add(struct bdb_queue *q, struct store_op *op);
void bdb_queue_stop(struct bdb_queue *q);
/* Move the next requests to *out: at most max, one that runs alone by itself.
 * Waits wait_ms (UINT_MAX: for ever) for the first; false: stopped and empty */
bool bdb_queue_take(
    struct bdb_queue *q, struct list *out, unsigned max, unsigned wait_ms);

/* What a request needs in its thread. */
struct bdb_work {
	struct store *st;
	DB_TXN *txn;      /* writer: of the request being run, else NULL */
	struct buf value; /* scratch of bdb_get users */
	struct buf prefix;
	uint8_t *chunk;   /* BDB_CHUNK_RECORD octets */
	uint8_t *bulk;    /* BDB_BULK octets; readers, walker, keeper */
	unsigned attempt; /* writer: times that this request was rolled back */
	/* writer, set by a request: */
	bool more; /* one step is done; run again in the next batch */
	bool lazy; /* need not be flushed */
	bool idle; /* nothing was changed */
};
enum {
	BDB_BULK = 1024 * 1024,    /* the largest directory record fits */
	BDB_BULK_ROWS = 256 * 1024 /* about 1,000 rows of a mailbox */
};
enum err bdb_work_init(struct bdb_work *w, struct store *st, bool bulk);
void bdb_work_fini(struct bdb_work *w);
/* Run requests and hand them back; empties the list. Not for the writer. */
void bdb_work_run(struct bdb_work *w, struct list *ops);

/* --- flush and answer (bdb_flush.c) --- */

struct bdb_flush {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	struct list waiting; /* committed, to be flushed and answered */
	bool running, busy, stop;
};
enum err bdb_flush_init(struct bdb_flush *f);
void bdb_flush_fini(struct bdb_flush *f);
/* Writer: answer these. First flush the log if they are dirty, or if they may
 * count on what is not flushed yet. After a failed flush none is OK. */
void bdb_flush(struct store *st, struct list *ops, bool dirty);
/* Writer: the same, by the flusher, later; false: there is none, not done. */
bool bdb_flush_aside(struct store *st, struct list *ops);
/* Writer: that was all. */
void bdb_flush_stop(struct store *st);

/* --- addresses seen lately (bdb_routes.c) --- */

struct bdb_routes {
	struct map known; /* the loop thread's */
	/* of the directory: higher after each change of it */
	atomic_uint_fast64_t epoch;
};
void bdb_routes_init(struct bdb_routes *r);
void bdb_routes_fini(struct bdb_routes *r);
uint64_t bdb_routes_epoch(struct bdb_routes *r);
/* Any thread, once a change can be seen and before it is answered: what was
 * found earlier does not count any more. */
void bdb_routes_void(struct bdb_routes *r);
struct bdb_found {
	unsigned mailboxes, remotes;
	bool relay; /* only for who may relay */
};
/* What was found at addr, to be kept; epoch: from before the search. New, by
 * malloc; may be NULL. */
void *bdb_route_new(
    uint64_t epoch, struct slice addr, const struct bdb_found *found);
/* Loop thread. given: by bdb_route_new */
void bdb_routes_keep(struct bdb_routes *r, void *given);
/* Loop thread: what is there, or NULL; until the next change of r. */
const struct bdb_found *bdb_routes_find(
    struct bdb_routes *r, struct slice addr);

/* --- the store --- */

struct bdb_counter { /* numbers handed out from memory, reserved in meta */
	const char *key;
	uint64_t next, end;
};

struct bdb_space {
	atomic_uint_fast64_t free, floor;
	atomic_bool low;
	/* octets that the cache will want from the disk, about */
	atomic_uint_fast64_t dirty;
	atomic_bool pressed; /* a write has failed for want of space */
	/* octets inside the files that purged bodies have left, about */
	atomic_uint_fast64_t reusable;
	uint64_t saved; /* what meta has of it; with the checkpoint mutex */
	int dir_fd;
	pthread_mutex_t mutex; /* of the ballast */
	/* octets of ballast by configuration; to be made (0: it is there) */
	atomic_uint_fast64_t ballast, missing;
};

enum { BDB_READERS_MAX = 16, BDB_THREADS_MAX = BDB_READERS_MAX + 4 };
struct bdb_thread {
	pthread_t thread;
	struct bdb_work work;
};

/*
 * Is the wall clock to be believed when it says what is old? Not for a day
 * after it has jumped more than an hour ahead, unless it jumps back. To be
 * asked every few minutes at least. Zero: begins with the first question.
 */
struct bdb_age {
	bool begun, doubts;
	int64_t offset_us, doubted_us; /* wall less monotonic clock: believed;
					  since then not */
	uint64_t since_us;             /* monotonic clock */
};
bool bdb_age_believe(struct bdb_age *a, uint64_t wall_us, uint64_t mono_us);

struct store {
	struct conf conf;
	pthread_rwlock_t conf_lock;
	struct net_loop *loop;
	struct net_wake *wake;
	int lock_fd, tmp_fd;
	char dir[CONF_TEXT + 16]; /* conf.data_dir/db, absolute */

	DB_ENV *env;
	pid_t pid;
	DB *bodies[BDB_BODIES];
	DB *db[BDB_DBS];

	struct bdb_queue queue[BDB_QUEUES]; /* by enum bdb_where */
	struct bdb_flush flush;
	pthread_mutex_t done_mutex;
	struct list done;
	struct list finished; /* loop thread only: taken off `done` */

	struct bdb_thread thread[BDB_THREADS_MAX];
	unsigned nthreads, nreaders;
	bool started, closing;
	atomic_bool dead;                     /* see bdb_panic */
	atomic_uint_fast64_t told_ms, untold; /* bdb_err.c: of trouble */
	void (*broken)(void *ctx);
	void *broken_ctx;
	bool told; /* broken was called */
	void (*due)(void *ctx, uint64_t dest, uint64_t us);
	void *due_ctx;

	/* the writer's */
	struct bdb_counter bodies_next, versions_next;
	/* in meta: what rewritten senders are signed with; made once */
	uint8_t srs_key[MIME_SRS_KEY];
	uint64_t trail_us; /* of the last record of the trail */
	/* in meta; above every message id seen */
	atomic_uint_fast64_t id_ceiling_us;
	atomic_uint_fast64_t bodies_seen; /* bodies from here on are new */
	/* while `watch` is set: bodies whose references have changed */
	atomic_bool watch;
	pthread_mutex_t watch_mutex;
	struct map watched;

	void *backup; /* the walker's */

	/* the loop thread's */
	struct bdb_work loop_work;
	struct bdb_counter nodes_next;
	struct store_leases leases;
	struct bdb_routes routes;
	struct net_later later; /* bdb_reap, of what was answered at once */

	struct store_reserve reserve;
	struct bdb_space space;
	pthread_mutex_t checkpoint_mutex; /* and switching log removal */
	uint64_t checkpoint_ms;           /* clock_mono_ms of the last */
	/* the keeper's */
	struct bdb_age age;
	struct bdb_key sweep_at; /* where the search for old mail goes on */
	uint64_t sweep_ms;       /* clock_mono_ms: not before */
	atomic_bool sweeping;    /* a request of it is under way */
	/* the same for mailboxes that are being removed; there may be some */
	struct bdb_key removing_at;
	uint64_t removing_ms;
	atomic_bool removing, removals;
	/* the same for the trail */
	struct bdb_key trail_at, seen_at;
	atomic_uint_fast64_t forget_ms; /* 0 with a new configuration */
	atomic_bool forgetting;

	struct bdb_left left;
};

/* --- requests (bdb_op.c) --- */

void bdb_submit(struct store *st, struct store_op *op, enum bdb_kind kind);
/* Run one in its thread. */
enum err bdb_run(struct bdb_work *w, struct store_op *op);
enum bdb_where bdb_kind_where(unsigned kind);
bool bdb_kind_alone(unsigned kind);
/* Hand over to the loop thread; empties the list. op->err is set. */
void bdb_done(struct store *st, struct list *ops);
void bdb_done_one(struct store *st, struct store_op *op, enum err e);
/* Loop thread: answer without a thread's help, later in this turn. */
void bdb_answer(struct store *st, struct store_op *op, enum err e);
/* Loop thread: call what is done back. */
void bdb_reap(struct store *st);
/* rows and problems go to their callbacks */
void bdb_gone_finish(struct store_gone *q);
void bdb_verify_finish(struct store_verify *q);
void bdb_dues_tell(struct store *st, const struct store_op *op);

/* --- errors and panic (bdb_err.c) --- */

/*
 * The environment can no longer be trusted (a write or flush has failed):
 * nothing is acknowledged from here on, and the process ends so that the parent
 * restarts it with recovery.
 */
void bdb_panic(struct store *st, const char *why, int code);
/*
 * What a return value of Berkeley DB means for one request. BDB_LOST: it was
 * the victim of a deadlock, begin anew; it never leaves this folder.
 * BDB_UNREAD: this page cannot be read now. That says nothing about what is on
 * it, so it is never ERR_CORRUPT, which is for records that do not decode or
 * do not match their sum.
 */
#define BDB_LOST ERR_TIMEOUT
#define BDB_UNREAD ERR_IO
enum err bdb_err(struct store *st, int ret, const char *what);
/* As the caller of op may see it. */
enum err bdb_err_outside(const struct store_op *op, enum err e);

/* --- files (bdb_io.h, bdb_lock.c) --- */

/* Our own sum of log records below Berkeley DB, if it is the same as the
 * library's (bdb_libsum.c); true when it is. */
bool bdb_libsum_install(void);
/*
 * Spare log files (bdb_spare.c): written with zeros beforehand, since a sync of
 * what overwrites needs no entry in the file system's journal.
 */
enum { BDB_LOG_FILE = 64 * 1024 * 1024 };
extern bool bdb_spare_logs; /* tests do without */
/* For the first log file: make one now, if there is none. */
void bdb_spare_open(struct store *st);
/* Keeper: make one when the present log file will be full before long. */
void bdb_spare_turn(struct store *st);
/* path is about to be created: give it the spare if it is a log file. */
bool bdb_spare_use(const char *path);

/* The lock file; BUSY with the process in *why. */
enum err bdb_lock_take(const char *data_dir, int *fd_out, struct buf *why);

/* --- the environment (bdb_env.c) --- */

/* file of a backup that says that it is one */
#define BDB_RESTORED "restored"

enum err bdb_env_open(struct store *st, struct buf *why);
void bdb_env_close(struct store *st);
DB *bdb_bodies(struct store *st, uint64_t body);
const char *bdb_db_name(enum bdb_db db); /* its file */

/* --- records (bdb_rec.c); of w->txn, or without transaction --- */

/* Append the value; NOENT. flags: DB_RMW */
enum err bdb_get(struct bdb_work *w, DB *db, const struct bdb_key *k,
    uint32_t flags, struct buf *out);
enum err bdb_get_at(struct bdb_work *w, DB *db, struct slice key,
    uint32_t flags, struct buf *out);
/* Into memory of the caller; TOOBIG: *len octets are needed. */
enum err bdb_get_into(struct bdb_work *w, DB *db, struct slice key,
    uint32_t flags, void *p, size_t room, size_t *len);
/* flags: DB_NOOVERWRITE gives EXISTS */
enum err bdb_put(struct bdb_work *w, DB *db, const struct bdb_key *k,
    struct slice value, uint32_t flags);
enum err bdb_put_at(struct bdb_work *w, DB *db, struct slice key,
    struct slice value, uint32_t flags);
enum err bdb_del(struct bdb_work *w, DB *db, const struct bdb_key *k);
enum err bdb_del_at(struct bdb_work *w, DB *db, struct slice key);
enum err bdb_exists(struct bdb_work *w, DB *db, const struct bdb_key *k);
DBT bdb_dbt(struct slice s);

/*
 * A run of records from a key on, in w->bulk: one bulk get, the cursor is
 * closed again. bdb_bulk_next gives them one by one; NOENT at the end of the
 * bulk. Then bdb_bulk_seek again with the key behind the last. Readers only.
 */
struct bdb_bulk {
	DBT data;
	void *at;
	struct slice key, value; /* the current record */
};
enum err bdb_bulk_seek(struct bdb_work *w, struct bdb_bulk *b, DB *db,
    struct slice from, size_t room);
enum err bdb_bulk_next(struct bdb_bulk *b);
/* The least key greater than k of the same length. false: there is none */
bool bdb_key_after(struct bdb_key *k);

/* --- numbers (bdb_meta.c) --- */

extern const char bdb_meta_reusable[];
enum err bdb_meta_get(struct bdb_work *w, const char *key, uint64_t *out);
enum err bdb_meta_put(struct bdb_work *w, const char *key, uint64_t n);
/* Read at open; NOENT in a new environment. */
enum err bdb_meta_open(struct bdb_work *w, struct buf *why);
/* Before each batch, when it is low, in a transaction: the writer has numbers
 * for all of it. */
bool bdb_meta_is_low(const struct store *st, uint64_t newest_id_us);
enum err bdb_meta_refill(struct bdb_work *w, uint64_t newest_id_us);
/* What is in memory must never be ahead of what is stored: noted before a
 * refill, and put back when it was not committed. */
struct bdb_numbers {
	struct bdb_counter bodies, versions;
	uint64_t ceiling_us;
};
struct bdb_numbers bdb_meta_note(struct store *st);
void bdb_meta_put_back(struct store *st, const struct bdb_numbers *n);
uint64_t bdb_counter_next(struct bdb_counter *c);
/* For verify: is it a key of meta? Numbers from the ends on are new. */
bool bdb_meta_knows(struct slice key);
enum err bdb_meta_ends(struct bdb_work *w, uint64_t *ids, uint64_t *bodies);
/* Loop thread: a node number and a floor for the ids made under it. */
enum err bdb_meta_node(
    struct bdb_work *w, uint32_t *node_out, uint64_t *floor_us_out);

/* --- mailboxes --- */

enum err bdb_total_get(
    struct bdb_work *w, uint64_t mailbox, uint32_t flags, struct bdb_total *t);
enum err bdb_total_put(
    struct bdb_work *w, uint64_t mailbox, const struct bdb_total *t);

struct bdb_moved { /* changes of a total */
	int64_t count, octets, gone_count, gone_octets;
};
enum err bdb_total_move(
    struct bdb_work *w, uint64_t mailbox, const struct bdb_moved *m);

/* A cursor over the rows of one mailbox in box or gone, in a transaction. */
struct bdb_walk {
	struct bdb_work *w;
	DBC *cursor;
	uint64_t mailbox;
	bool begun;
	struct bdb_key key; /* of the current row; at first where to begin */
	struct slice value;
	uint8_t octets[BDB_ROW_MAX];
};
enum err bdb_walk_open(struct bdb_walk *x, struct bdb_work *w, enum bdb_db db,
    uint64_t mailbox, const struct bdb_key *from);
/* NOENT: no more rows of this mailbox */
enum err bdb_walk_next(struct bdb_walk *x);
/* Exactly this row; NOENT */
enum err bdb_walk_to(struct bdb_walk *x, const struct bdb_key *k);
enum err bdb_walk_delete(struct bdb_walk *x);
/* e, or what went wrong in closing */
enum err bdb_walk_close(struct bdb_walk *x, enum err e);

/* Drop the row under the cursor and its part in the body. */
enum err bdb_purge_row(struct bdb_walk *x, int64_t *octets);
/* Keeper: look for old rows, and have them purged. */
void bdb_sweep_turn(struct bdb_work *w);
/* Keeper: look for a mailbox that is to be removed, and have it purged. */
void bdb_removal_turn(struct bdb_work *w);

/* A step of a long request: as many chunks, under 2 MiB, so that a message of
 * 1 MiB and its fields is a single one. */
enum {
	BDB_STEP_CHUNKS = 8,
	BDB_STEP_OCTETS = BDB_STEP_CHUNKS * BDB_CHUNK,
	BDB_STEP_ROWS = 128
};

/* A number for a new body. */
uint64_t bdb_body_new(struct store *st);

struct bdb_source { /* octets of a body on its way in */
	struct slice head;
	int fd;
	uint64_t fd_len;
};
/* Write chunks first..end-1 (end: less than or equal to bdb_chunks) of a body;
 * sums gets theirs at [chunk]. */
enum err bdb_body_put(struct bdb_work *w, uint64_t body,
    const struct bdb_source *src, unsigned first, unsigned end, uint64_t *sums);
/* One chunk into w->chunk, checked; *octets points there. */
enum err bdb_body_get(struct bdb_work *w, uint64_t body, unsigned chunk,
    struct slice *octets, uint64_t *sum);
/* Octets of prefix and body from an offset on, at most max, appended; CORRUPT
 */
enum err bdb_row_read(struct bdb_work *w, const struct bdb_row *r,
    uint64_t offset, uint32_t max, struct buf *out);
/* References to a body; 1 when there is no record of more. */
enum err bdb_ref_get(struct bdb_work *w, uint64_t body, uint64_t *refs);
enum err bdb_ref_put(struct bdb_work *w, uint64_t body, uint64_t refs);
/* One reference less; the body goes with the last one. */
enum err bdb_body_unref(struct bdb_work *w, const struct bdb_row *r);
/* Delete in steps, later, if a staging record names it then. */
void bdb_drop_later(struct store *st, uint64_t body);
/* At start: all that `staging` names. */
enum err bdb_drop_left(struct bdb_work *w);
/* A delivery has come to its end, well or not: its promises of room go, and
 * what was staged for nothing. */
void bdb_deliver_end(struct store *st, struct store_deliver *q);
/* While verify counts (between start and stop): note that the references of a
 * body have changed; was it noted? */
void bdb_watch(struct store *st, uint64_t body);
void bdb_watch_start(struct store *st);
bool bdb_watch_has(struct store *st, uint64_t body);
/* Too many to note: bdb_watch_has is true for all. */
bool bdb_watch_full(struct store *st);
void bdb_watch_stop(struct store *st);

struct store_getter bdb_getter(struct bdb_work *w);

/* --- space (bdb_space.c) --- */

enum err bdb_space_open(struct store *st, struct buf *why);
void bdb_space_close(struct store *st);
/* The configuration has changed. */
void bdb_space_conf(struct store *st);
/* Look at the disk; cheap. */
void bdb_space_look(struct store *st);
/* Give the ballast back to the disk; false when there is none. */
bool bdb_space_release(struct store *st);
/* Keeper: make ballast again when there is room. */
void bdb_space_restore(struct store *st);
/* Room for so many octets more above the floor? */
bool bdb_space_for(struct store *st, uint64_t octets);
/* The writer: bodies of so many octets were deleted; were added. */
void bdb_space_freed(struct store *st, uint64_t octets);
void bdb_space_taken(struct store *st, uint64_t octets);
/* At a checkpoint, and at open: remember what is reusable. */
void bdb_space_save(struct bdb_work *w);
enum err bdb_space_load(struct bdb_work *w);

/* --- threads --- */

/* arg: struct bdb_work */
void *bdb_writer_main(void *arg);
void *bdb_flusher_main(void *arg);
void *bdb_reader_main(void *arg);
void *bdb_keeper_main(void *arg);
void *bdb_walker_main(void *arg);
/* FULL: later */
enum err bdb_checkpoint(struct bdb_work *w);

#endif
