#ifndef STORE_STORE_H
#define STORE_STORE_H
/*
 * What a place that keeps mail can do: mail operations, asynchronous and
 * batched. Nothing here knows cursors, transactions or Berkeley DB; store/bdb
 * and store/mem are behind it, and RADOS can be.
 *
 * Rules every backend keeps:
 * - An operation is a struct of the caller's with a store_op inside; it and all
 *   it points to stay as they are until `done`, which is called exactly once,
 *   from the loop's thread, never from inside the call that submitted it; also
 *   at close (ERR_RETRY, or ERR_UNKNOWN when it may have been done).
 * - ERR_OK for a change means: on stable storage. ERR_RETRY: nothing was done.
 *   ERR_UNKNOWN: may have been done, remove nothing. ERR_FULL: no space, ask
 *   later. ERR_CORRUPT: this one thing is damaged: it does not decode, or does
 *   not match its sum. ERR_IO (of read and queue_read): it cannot be read now,
 *   which says nothing about it. ERR_FENCED: lease is gone.
 * - deliver is idempotent by message id and mailbox.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "base/slice.h"
#include "conf/conf.h"
#include "net/net_loop.h"
#include "proc/mail_id.h"
#include "store/store_queue.h"
#include "store/store_record.h"

#include <stdbool.h>
#include <stdint.h>

struct store; /* one open backend */

struct store_op {
	void (*done)(struct store_op *, enum err);
	/* private to the backend */
	struct list_node node;
	enum err err;
	unsigned kind;
	void *state; /* of one that is done in steps */
};

/* Directory: small records under (kind, key), see store_record.h. NOENT */
struct store_get {
	struct store_op op;
	enum store_kind kind;
	struct slice key;
	struct buf *value; /* appended */
	uint64_t version;  /* out */
};
struct store_scan {
	struct store_op op;
	enum store_kind kind;
	struct slice after; /* keys greater than this, bytewise */
	unsigned max;       /* records */
	struct buf *rows;   /* store_rows_add; at most about 512 KiB */
	unsigned n;         /* out */
	bool more;          /* out */
};
struct store_change {
	enum store_kind kind;
	struct slice key;
	struct slice value; /* p == NULL: delete the record */
	/* the record must be at this version; 0: must not exist;
	 * UINT64_MAX: whatever it is */
	uint64_t expect;
};
/* All changes or none. A record STORE_REMOVING has the backend remove that
 * mailbox and then the record: at once, in steps, nobody waits for it, and
 * after a restart it goes on. EXISTS, NOENT or BUSY (another version): `failed`
 * is the index of the change that did not fit. */
struct store_commit {
	struct store_op op;
	const struct store_change *change;
	unsigned n, failed;
};

/* Where does an address lead, and is there room? */
struct store_resolve {
	struct store_op op;
	struct slice addr;     /* canonical, mime_addr */
	uint64_t tx_owner, tx; /* names a mail transaction; reserves `size` for
				  it in each mailbox until tx_end or deliver */
	uint64_t size;         /* declared; 0: not known */
	bool relay;            /* addresses of other domains are taken, too */
	unsigned mailboxes;    /* out */
	unsigned remotes;      /* out: addresses elsewhere that it leads to */
}; /* NOENT, DENIED (domain not local), QUOTA, FULL, SUSPENDED */

/* May this account send as addr? store_route_sender with the backend's own
 * records. DENIED */
struct store_sender {
	struct store_op op;
	uint64_t account;
	struct slice addr; /* canonical, mime_addr */
};

struct store_deliver {
	struct store_op op;
	struct mail_id id;
	struct slice from;  /* envelope sender, empty: null path */
	struct slice rcpts; /* encoded, store_rcpt.h; validated */
	unsigned nrcpts;
	uint64_t tx_owner, tx;
	struct slice head; /* first octets of the body */
	int fd;            /* the rest, from offset 0; -1: none; borrowed */
	uint64_t fd_len;
	unsigned flags;     /* MSG_DELIVER_ */
	struct slice envid; /* DSN ENVID as xtext, or empty */
	unsigned ret;       /* DSN RET, as in msg_deliver */
	uint64_t account;   /* who has logged in; 0: nobody */
	bool relay;         /* as in store_resolve */
	struct slice loops; /* addresses in Delivered-To fields, canonical, each
			       ended by '\n': what would be forwarded by one of
			       them again is failed instead (5.4.6) */
	struct slice info;  /* store_trail record: client, proto, login, tls,
			       msgid; the rest is filled in; may be empty */
	unsigned delivered; /* out: mailboxes that got it */
	unsigned queued;    /* out: recipients that wait to be sent to */
	unsigned held;      /* out: of these, over the account's limit */
}; /* NOENT: an address leads nowhere any more; QUOTA; FULL */

struct store_list {
	struct store_op op;
	uint64_t mailbox;
	struct mail_id after;
	unsigned max;
	struct buf *rows; /* store_row.h */
	unsigned n;       /* out */
	bool more;        /* out */
};
/* Octets of one message as RETR sends it: prefix and body. */
struct store_read {
	struct store_op op;
	uint64_t mailbox;
	struct mail_id id;
	uint64_t offset;
	uint32_t max;
	struct buf *out; /* appended */
	uint64_t total;  /* out: octets of the whole */
};                       /* NOENT, CORRUPT, IO */

/* Leases: one session at a time may change a mailbox. In memory; they end with
 * the process that keeps them (owner: any number the caller ends by).
 * store_lease.h has them for backends of one process. */
struct store_lease {
	struct store_op op;
	uint64_t mailbox, owner;
	uint64_t lease; /* out */
};                      /* BUSY */
struct store_expunge {
	struct store_op op;
	uint64_t mailbox, lease;
	const struct mail_id *ids;
	unsigned n;
	unsigned removed; /* out; ids that are gone already do not count */
};                        /* FENCED */

struct store_total {
	struct store_op op;
	uint64_t mailbox;
	uint64_t count, octets;           /* out */
	uint64_t gone_count, gone_octets; /* out: can be undeleted */
	uint64_t last_open_us; /* out: last time a session opened it */
};
struct store_touch { /* note that a session opened it; need not be durable */
	struct store_op op;
	uint64_t mailbox, us;
};
/* What was removed and can come back, oldest first, through `row`, which may
 * run in a thread of the backend, but not after done. */
struct store_gone {
	struct store_op op;
	uint64_t mailbox;
	struct mail_id after;
	uint64_t after_us; /* in and out: where to go on */
	unsigned max;
	void (*row)(void *ctx, const struct mail_id *, uint64_t octets,
	    uint64_t gone_us);
	void *ctx;
	bool more;
};
struct store_undelete {
	struct store_op op;
	uint64_t mailbox, since_us, until_us; /* time of removal, inclusive */
	unsigned restored;                    /* out */
};
/* What is gone goes for good; remove: the mailbox too, and its record
 * STORE_REMOVING. */
struct store_purge {
	struct store_op op;
	uint64_t mailbox;
	bool remove;
	unsigned purged; /* out */
};
struct store_new_id {
	struct store_op op;
	uint64_t id; /* out: never given before, > 0 */
};
/* Walk everything; each problem is a line, which may come from a thread of the
 * backend, but not after done. */
struct store_verify {
	struct store_op op;
	void (*problem)(void *ctx, const char *text);
	void *ctx;
	uint64_t problems, messages, octets; /* out */
};
/* A copy of everything, taken while serving. `piece` runs in a thread of the
 * backend and may block; not OK ends the backup. */
struct store_backup {
	struct store_op op;
	enum err (*piece)(void *ctx, const char *file, uint64_t offset,
	    struct slice data, bool end);
	void *ctx;
};
/* --- what waits to go out (store_queue.h) ------------------------------- */

/*
 * Take recipients that are due: they become SENDING, with the attempt on
 * record, before done says OK; none are taken twice. They come in the order of
 * destination (STORE_DEST_REPORT first), then of time, all recipients of one
 * message and destination that are due together behind each other.
 *
 * `after`: begin behind this destination (for a round that goes on); skip:
 * sorted, destinations to be left out. At most dests_max destinations are
 * looked at, and of each at most per_dest messages are taken (so that the
 * recipients of one go together). Of a suspended account nothing is taken: it
 * becomes HELD.
 */
struct store_take {
	struct store_op op;
	uint64_t now_us;
	uint64_t only;  /* this destination; UINT64_MAX: any */
	uint64_t after; /* UINT64_MAX: from the first */
	const uint64_t *skip;
	unsigned nskip, dests_max, per_dest, rows_max;
	struct buf *rows; /* store_out_rows_add; about 512 KiB at most */
	unsigned n;       /* out */
	bool more;        /* out: there are destinations behind `at` */
	uint64_t at;      /* out: the last destination looked at */
	uint64_t next_us; /* out: the earliest time at which something else of
			     what was looked at is due; UINT64_MAX: never */
};
/* Everything in state SENDING becomes DOUBT, due at retry_us; or HELD, with
 * hold. After a restart, before the first take. */
struct store_doubt {
	struct store_op op;
	uint64_t retry_us;
	bool hold;
	unsigned n; /* out */
};
/* All outcomes and reports, or none. An outcome of a record that is not SENDING
 * any more (an operator was quicker) has no effect. A report to an address that
 * leads nowhere goes to the postmaster, or is dropped, as the configuration
 * says; quotas do not count for reports. FULL */
struct store_settle {
	struct store_op op;
	struct slice outcomes, reports; /* encoded, validated */
	unsigned noutcomes, nreports;
};
/* Octets of a queued body, without prefix. NOENT, CORRUPT, IO */
struct store_queue_read {
	struct store_op op;
	struct mail_id id;
	uint64_t offset;
	uint32_t max;
	struct buf *out; /* appended */
	uint64_t total;  /* out */
};
/* Records in order of their keys behind `after`, whatever their state. */
struct store_queue_list {
	struct store_op op;
	struct store_out_key after; /* zero: from the first */
	unsigned max;
	struct buf *rows; /* store_out_rows_add; about 512 KiB at most */
	unsigned n;       /* out */
	bool more;        /* out */
};
enum store_edit_kind {
	STORE_EDIT_FLUSH = 1, /* due now; not what is held */
	STORE_EDIT_HOLD,
	STORE_EDIT_RELEASE,
	STORE_EDIT_DELETE,  /* without a report */
	STORE_EDIT_BOUNCE,  /* with one; text: why, or empty */
	STORE_EDIT_REDIRECT /* text: the new address, canonical */
};
/* An operator's word about records; those SENDING are left alone. One commit
 * for all. */
struct store_edit {
	struct store_op op;
	enum store_edit_kind kind;
	struct slice keys, text; /* store_out_key_add */
	unsigned n;
	unsigned done, busy; /* out: changed; SENDING. The rest is gone */
};
/* The trail: of one message, or of all in which an address or Message-ID
 * occurs, oldest first. */
struct store_trail_list {
	struct store_op op;
	bool by_id;
	struct mail_id id;    /* by_id */
	struct slice word;    /* else: canonical address or <Message-ID> */
	struct mail_id after; /* messages behind this one; zero: all */
	unsigned max;         /* messages */
	struct buf *rows;     /* store_trail_rows_add */
	unsigned n;           /* out: messages */
	bool more;            /* out; then go on behind `last` */
	struct mail_id last;  /* out */
};

struct store_spill { /* an unlinked temporary file */
	struct store_op op;
	uint64_t size;
	int fd; /* out; given */
};
struct store_space {
	uint64_t free_octets, floor_octets;
	bool low; /* below the floor: new mail is refused */
};

struct store_ops {
	const char *name;
	/*
	 * Open, create when new, recover when needed. Blocks. loop: where
	 * completions run. BUSY: another process has the data. *why gets a
	 * line for people.
	 */
	enum err (*open)(struct store **, const struct conf *,
	    struct net_loop *loop, struct buf *why);
	/* threads may be started; after the cage has closed. Blocks little. */
	enum err (*start)(struct store *);
	/* Finish what is queued, checkpoint, close. Blocks. */
	void (*close)(struct store **);
	void (*reload)(struct store *, const struct conf *);

	void (*get)(struct store *, struct store_get *);
	void (*scan)(struct store *, struct store_scan *);
	void (*commit)(struct store *, struct store_commit *);
	void (*new_id)(struct store *, struct store_new_id *);

	void (*resolve)(struct store *, struct store_resolve *);
	void (*sender)(struct store *, struct store_sender *);
	void (*deliver)(struct store *, struct store_deliver *);
	void (*tx_end)(struct store *, uint64_t owner, uint64_t tx);
	void (*spill)(struct store *, struct store_spill *);

	void (*lease_take)(struct store *, struct store_lease *);
	void (*lease_drop)(struct store *, uint64_t lease);
	/* drop all leases and reservations of this owner (its process died) */
	void (*owner_gone)(struct store *, uint64_t owner);
	void (*list)(struct store *, struct store_list *);
	void (*read)(struct store *, struct store_read *);
	void (*expunge)(struct store *, struct store_expunge *);

	void (*total)(struct store *, struct store_total *);
	void (*touch)(struct store *, struct store_touch *);
	void (*gone)(struct store *, struct store_gone *);
	void (*undelete)(struct store *, struct store_undelete *);
	void (*purge)(struct store *, struct store_purge *);
	void (*verify)(struct store *, struct store_verify *);
	void (*backup)(struct store *, struct store_backup *);
	void (*checkpoint)(struct store *, struct store_op *);

	void (*take)(struct store *, struct store_take *);
	void (*doubt)(struct store *, struct store_doubt *);
	void (*settle)(struct store *, struct store_settle *);
	void (*queue_read)(struct store *, struct store_queue_read *);
	void (*queue_list)(struct store *, struct store_queue_list *);
	void (*edit)(struct store *, struct store_edit *);
	void (*trail)(struct store *, struct store_trail_list *);
	/* due is called in the loop's thread, after a commit that made
	 * something of this destination (UINT64_MAX: any) due at us
	 * (microseconds of the wall clock; in the past: now). One call may
	 * stand for many records. due NULL: nobody is told any more. */
	void (*on_due)(struct store *,
	    void (*due)(void *ctx, uint64_t dest, uint64_t us), void *ctx);

	/* node number and floor of the message ids of one more maker: the
	 * number is higher than any before, also before a restart. Blocks on
	 * one small commit. */
	enum err (*node)(
	    struct store *, uint32_t *node_out, uint64_t *floor_us_out);
	void (*space)(struct store *, struct store_space *);
	/*
	 * broken is called once, in the loop's thread, when nothing can be made
	 * durable any more (a log flush failed): changes under way may or may
	 * not have been done, none will be answered OK, and the process should
	 * end and recover. NULL in backends that cannot break.
	 */
	void (*on_broken)(struct store *, void (*broken)(void *ctx), void *ctx);
};

extern const struct store_ops store_bdb; /* store/bdb */
extern const struct store_ops store_mem; /* store/mem */

#endif
