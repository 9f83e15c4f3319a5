#ifndef TESTS_UNIT_STORE_RIG_H
#define TESTS_UNIT_STORE_RIG_H
/*
 * A store process around the backend in memory, on one loop with the test, and
 * peers of it over socket pairs: raw ones that keep every message they get.
 *
 * Accounts: alice (1, mailbox 101), bob (2, mailbox 102, quota 1000) and sue
 * (3, mailbox 103, suspended) at example.test; staff@ is alice and bob.
 */
#include "base/log.h"
#include "store/mem/store_mem.h"
#include "store/store_call.h"
#include "store/store_proc.h"
#include "store/store_queue.h"
#include "store/store_rcpt.h"
#include "store/store_row.h"
#include "tests/unit/unit.h"

enum { RIG_ALICE = 101, RIG_BOB = 102, RIG_SUE = 103 };

struct rig {
	struct net_loop *loop;
	struct conf conf;
	const struct store_ops *ops;
	struct store *st;
	struct store_proc *proc;
	struct buf log; /* lines, each ended by '\n' */
};

struct rig_msg { /* a message that came */
	struct list_node node;
	uint16_t type;
	union {
#define X(name, payload, from, to, tail_max, fds) struct msg_##payload payload;
		MSG_TABLE(X)
#undef X
	} m;
	struct buf tail;
	int fd;
};

struct rig_peer { /* the far end of a channel to the store */
	struct rig *rig;
	struct chan *chan;
	struct list msgs; /* not looked at yet */
	struct rig_msg *last;
	bool closed;
	enum err why;
	struct mail_id_maker maker; /* of the NODE that came */
};

void rig_open(struct rig *r);
void rig_close(struct rig *r);
/* One end of a pair is the store's, the other is returned. */
int rig_attach(struct rig *r, enum role role);
void rig_join(struct rig *r, struct rig_peer *p, enum role role);
/* The same with a channel end that the store has the other of (given). */
void rig_adopt(struct rig *r, struct rig_peer *p, enum role role, int fd);
/* p becomes a parent at fd[1]; the store's end of its channel, at fd[0]. */
struct chan *rig_parent(struct rig *r, struct rig_peer *p, const int fd[2]);
void rig_leave(struct rig_peer *p);
/* Turn the loop until *flag; false after twenty seconds. */
bool rig_until(struct rig *r, const bool *flag);
/* Turn the loop until nothing more happens, or for ms. */
void rig_settle(struct rig *r);
void rig_pass(struct rig *r, unsigned ms);
/* The next message, which must be of this type; borrowed until the next call.
 * Fails the test and gives an empty one when none comes. */
const struct rig_msg *rig_get(struct rig_peer *p, uint16_t type);
/* No message is there, and the channel is open. */
bool rig_silent(struct rig_peer *p);
/* msg_done of this request; its err, its value */
enum err rig_done(struct rig_peer *p, uint64_t req, uint64_t *value);

/* --- things often said ------------------------------------------------- */

/* A delivery of text to these addresses ("a@x b@x"); the answer. */
enum err rig_deliver(struct rig_peer *p, const char *rcpts, const char *text,
    struct mail_id *id_out);
/* The same, only sent; m is filled where it is 0. */
void rig_send_deliver(struct rig_peer *p, struct msg_deliver *m,
    const char *rcpts, const char *text, int fd);
/* A ticket from auth for this mailbox. */
struct msg_ticket rig_ticket(struct rig_peer *auth, uint64_t account,
    uint64_t mailbox, uint32_t protocol, uint64_t ttl_ms);
/* Open by ticket; the lease, 0 when refused. The rows are dropped but for
 * their number. */
uint64_t rig_box_open(struct rig_peer *p, const struct msg_ticket *ticket,
    enum err *e_out, unsigned *rows_out);
void rig_box_close(struct rig_peer *p, uint64_t lease);
/* How many messages a mailbox has. */
uint64_t rig_count(struct rig *r, uint64_t mailbox);
/* An account record as rig_open makes them. */
void rig_account(struct buf *out, const char *name, uint64_t mailbox,
    uint64_t quota, enum store_state state);

/* --- the queue (rig_queue.c) -------------------------------------------- */

/* A submission by a program of this machine, which may go anywhere. */
enum err rig_submit(struct rig_peer *p, const char *from, const char *rcpts,
    const char *text, struct mail_id *id_out);
/* What was SENDING is in doubt: how many. */
uint64_t rig_doubt(
    struct rig_peer *relay, uint64_t retry_us, bool hold, enum err *e);
const struct rig_msg *rig_take(
    struct rig_peer *relay, const struct msg_queue_take *m);
/* Whatever is due now. */
const struct rig_msg *rig_take_all(struct rig_peer *relay);
/* Settle one; report: with this, or NULL. */
enum err rig_outcome(struct rig_peer *relay, const struct store_outcome *o,
    const struct store_report *report);
/* Rows of a queue: "a@x due, b@y deferred 2, c@z report r1": report, attempts;
 * all good until the next call. */
const char *rig_rows(struct slice rows);
/* All that is in it. */
const char *rig_queue(struct rig_peer *ctl);
/* What the trail says of a message: "received sent" */
const char *rig_trail(struct rig_peer *ctl, const struct mail_id *id);

#endif
