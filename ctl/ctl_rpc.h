#ifndef CTL_CTL_RPC_H
#define CTL_CTL_RPC_H
/*
 * The store, asked one thing after the other: each call sends a message and
 * runs the loop until the answer has come. The store is the running server's,
 * reached by its admin socket, or one that we have started for this command.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "conf/conf.h"
#include "proc/mail_id.h"
#include "proc/msg.h"
#include "store/store.h"
#include "store/store_queue.h"
#include "store/store_record.h"

#include <stdbool.h>
#include <stdint.h>

struct ctl_rpc;

/*
 * new; a channel to the store on fd, which is taken over.
 * ctl_rpc_free closes it.
 */
struct ctl_rpc *ctl_rpc_new(int fd);
void ctl_rpc_free(struct ctl_rpc **r);

/*
 * All calls: ERR_CLOSED when the store went away, otherwise what it answers.
 * Before an OK out parameters mean nothing.
 */

/* value: appended */
enum err ctl_rpc_get(struct ctl_rpc *r, enum store_kind kind, struct slice key,
    struct buf *value, uint64_t *version_out);
/* Up to max records behind after; rows (store_rows_next) are appended. */
enum err ctl_rpc_scan(struct ctl_rpc *r, enum store_kind kind,
    struct slice after, uint32_t max, struct buf *rows, bool *more_out);
/* changes: store_changes_add. failed_out: index of the one that did not fit */
enum err ctl_rpc_commit(
    struct ctl_rpc *r, struct slice changes, uint32_t n, uint64_t *failed_out);

/* One row of an answer: "key=value" NUL ... */
typedef void ctl_row_fn(void *ctx, struct slice row);
/* row may be NULL. value_out may be NULL. */
enum err ctl_rpc_control(struct ctl_rpc *r, enum control_what what,
    uint64_t arg, uint64_t arg2, struct slice text, ctl_row_fn *row, void *ctx,
    uint64_t *value_out);
/* Wait, a minute at most, until the store has closed the connection. */
void ctl_rpc_await_end(struct ctl_rpc *r);
/* The value of key in a row; empty when it is not there. */
struct slice ctl_row_get(struct slice row, const char *key);
/* The same as a number; 0 when it is not there or none. */
uint64_t ctl_row_u64(struct slice row, const char *key);

/* Open a mailbox; rows (store_row_next) come in pages, in order. */
typedef void ctl_rows_fn(void *ctx, struct slice rows, unsigned n);
enum err ctl_rpc_open(struct ctl_rpc *r, uint64_t mailbox, ctl_rows_fn *rows,
    void *ctx, uint64_t *lease_out);
void ctl_rpc_close(struct ctl_rpc *r, uint64_t lease);
/* One message, in pieces, in order. piece: not OK ends it. */
typedef enum err ctl_piece_fn(void *ctx, struct slice piece);
enum err ctl_rpc_read(struct ctl_rpc *r, uint64_t lease,
    const struct mail_id *id, ctl_piece_fn *piece, void *ctx);

struct ctl_source { /* a message that comes in pieces */
	/* the next piece, valid until the call after it; empty: the end */
	struct slice (*next)(void *ctx);
	/* all pieces have come: is it what it should be? May be NULL. Not OK:
	 * nothing is delivered. */
	enum err (*check)(void *ctx);
	void *ctx;
	uint64_t size; /* octets of the whole; 0: not known */
};
/*
 * Put a message under this id into a mailbox; nothing happens if it is there.
 * uidl: the one it had elsewhere, or empty. flags: MSG_DELIVER_. Comes back
 * while the store is at work, so that many can be written at a time: what is
 * returned may be about an earlier one. ctl_rpc_delivered waits for all and
 * says how many are in the mailbox; call it before anything is told.
 */
enum err ctl_rpc_deliver(struct ctl_rpc *r, uint64_t mailbox, struct slice uidl,
    const struct mail_id *id, unsigned flags, const struct ctl_source *source);
enum err ctl_rpc_delivered(struct ctl_rpc *r, uint64_t *count_out);

/* --- what waits to go out (store_queue.h) ----------------------------- */

/* Up to max records behind after; rows (store_out_rows_next) are appended. */
enum err ctl_rpc_queue_list(struct ctl_rpc *r,
    const struct store_out_key *after, uint32_t max, struct buf *rows,
    bool *more_out);
/* The body of a message that waits, in pieces, in order. */
enum err ctl_rpc_queue_read(struct ctl_rpc *r, const struct mail_id *id,
    ctl_piece_fn *piece, void *ctx);
/* As struct store_edit; keys: n of store_out_key_add. */
enum err ctl_rpc_queue_edit(struct ctl_rpc *r, enum store_edit_kind kind,
    struct slice keys, uint32_t n, struct slice text, uint32_t *done_out,
    uint32_t *busy_out);
struct ctl_trail_ask {
	struct mail_id id; /* unless word */
	struct slice word; /* canonical address or <Message-ID> */
	struct mail_id after;
};
/* Up to max messages; rows (store_trail_rows_next) are appended. */
enum err ctl_rpc_trail(struct ctl_rpc *r, const struct ctl_trail_ask *ask,
    uint32_t max, struct buf *rows, bool *more_out, struct mail_id *last_out);

/* n numbers that were never given before. */
enum err ctl_rpc_new_ids(struct ctl_rpc *r, uint64_t *ids, unsigned n);

/* The files of a backup, in pieces; then like ctl_rpc_control. */
typedef enum err ctl_backup_fn(
    void *ctx, struct slice file, uint64_t offset, struct slice data, bool end);
enum err ctl_rpc_backup(struct ctl_rpc *r, ctl_backup_fn *piece, void *ctx);

#endif
