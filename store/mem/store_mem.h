#ifndef STORE_MEM_STORE_MEM_H
#define STORE_MEM_STORE_MEM_H
/*
 * The store in memory, for tests: it keeps the rules of store.h, and does what
 * real ones do seldom whenever it is told to: be slow, fail, do a thing and not
 * say so, be full, be damaged, break.
 */
#include "store/store.h"

#include <stdbool.h>

/* the operations, as in struct store_ops */
enum store_mem_kind {
	STORE_MEM_GET,
	STORE_MEM_SCAN,
	STORE_MEM_COMMIT,
	STORE_MEM_NEW_ID,
	STORE_MEM_RESOLVE,
	STORE_MEM_SENDER,
	STORE_MEM_DELIVER,
	STORE_MEM_SPILL,
	STORE_MEM_LEASE_TAKE,
	STORE_MEM_LIST,
	STORE_MEM_READ,
	STORE_MEM_EXPUNGE,
	STORE_MEM_TOTAL,
	STORE_MEM_TOUCH,
	STORE_MEM_GONE,
	STORE_MEM_UNDELETE,
	STORE_MEM_PURGE,
	STORE_MEM_VERIFY,
	STORE_MEM_BACKUP,
	STORE_MEM_CHECKPOINT,
	STORE_MEM_TAKE,
	STORE_MEM_DOUBT,
	STORE_MEM_SETTLE,
	STORE_MEM_QUEUE_READ,
	STORE_MEM_QUEUE_LIST,
	STORE_MEM_EDIT,
	STORE_MEM_TRAIL,
	STORE_MEM_KINDS
};

/* Operations of this kind take ms from now on (0: done in the next turn). */
void store_mem_delay(struct store *s, enum store_mem_kind kind, unsigned ms);
/* Leave operations of this kind undone until told otherwise. */
void store_mem_hold(struct store *s, enum store_mem_kind kind, bool hold);
/* Do n of them all the same. */
void store_mem_pass(struct store *s, enum store_mem_kind kind, unsigned n);
/* The next n operations of this kind end with e; done: after they have done
 * what they should. */
void store_mem_fail(struct store *s, enum store_mem_kind kind, enum err e,
    unsigned n, bool done);
/* No space left: mail is refused with FULL. */
void store_mem_full(struct store *s, bool full);
/* Reading this message gives CORRUPT, and verify a problem. */
void store_mem_damage(
    struct store *s, uint64_t mailbox, const struct mail_id *id);
/* Reading this queued message gives CORRUPT. */
void store_mem_damage_queued(struct store *s, const struct mail_id *id);
/* As if a log flush had failed: calls what on_broken was given. */
void store_mem_break(struct store *s);
/* Leave operations undone until told otherwise, or until close. */
void store_mem_hang(struct store *s, bool hang);
/* Put a record without an operation. */
void store_mem_put(struct store *s, enum store_kind kind, struct slice key,
    struct slice value);
/* How many operations of this kind have been asked for so far. */
unsigned store_mem_count(const struct store *s, enum store_mem_kind kind);

#endif
