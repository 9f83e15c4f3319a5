#ifndef STORE_STORE_PROC_PRIV_H
#define STORE_STORE_PROC_PRIV_H
/* What the files store_proc*.c share among themselves. */
#include "base/buf.h"
#include "base/list.h"
#include "base/map.h"
#include "proc/chan.h"
#include "proc/mail_id.h"
#include "proc/msg.h"
#include "store/store.h"
#include "store/store_proc.h"
#include "store/store_ticket.h"

#include <sys/types.h>

/* Bounds of one channel: from here on its input waits until some is done. */
enum {
	PEER_REQS_MAX = 4096,
	PEER_OCTETS_MAX = 64 * 1024 * 1024, /* held by its requests */
	PEER_TXS_MAX = 16384,               /* mail transactions */
	PEER_BOXES_MAX = 16384,             /* open mailboxes */
	PEER_MARKS_MAX = 64 * 1024 * 1024,  /* octets of marked ids */
	READ_OCTETS_MAX = 16 * 1024 * 1024, /* of bodies being read */
	READ_PIECE_MAX = 256 * 1024,        /* of one body in one message */
	ROWS_OCTETS_MAX = 1 << 20, /* of the queue or the trail, as well */
	REFUSED_LOGGED = 10        /* of one peer */
};

struct backup_req;

struct store_proc {
	struct net_loop *loop;
	const struct conf *conf;
	const struct store_ops *ops;
	struct store *st;
	struct chan *parent; /* borrowed; NULL: nobody to ask */
	struct list peers, doomed;
	struct net_later reap; /* drops the doomed */
	struct net_timer sweep;
	struct store_tickets tickets;
	struct list forwards; /* asked of parent or auth, not answered yet */
	struct list nodes;    /* free numbers of message id makers */
	uint32_t first_node;  /* the first number that is ours */
	uint64_t start_us;
	uint64_t latest_us; /* where the clock has stood, or ids of before */
	struct backup_req *backup;
	struct map dues; /* destinations relay is still to be told of */
	struct net_later tell;
	uint64_t last_owner, last_forward;
	size_t reqs; /* under way, of all peers */
	dev_t spill_dev;
	bool spill_known;
	bool freed;               /* the memory goes with the last request */
	void (*quiet)(void *ctx); /* store_proc_on_quiet */
	void *quiet_ctx;
};

/* A number that makes the message ids of one process its own. */
struct maker {
	struct list_node node;
	uint32_t number;
	uint64_t floor_us; /* no id it has made is above */
};

/* The process at the other end of a channel; outlives it until its requests
 * are done. */
struct peer {
	struct list_node node;
	struct store_proc *proc;
	struct chan *chan; /* NULL: gone */
	enum role role;
	unsigned index; /* within its role; UINT_MAX: not known */
	uint64_t owner; /* in leases, reservations, tickets; never used again */
	struct list reqs;
	size_t octets;
	bool paused;
	bool lagging;     /* too much has piled up: to be dropped */
	uint64_t refused; /* requests no honest process would send */
	bool doubted;     /* relay: has said what becomes of what is in doubt */
	struct maker *maker;
	struct map txs;
	struct map boxes;
	size_t mark_octets;
	struct list reads;       /* bodies not asked of the backend yet */
	struct list queue_reads; /* the same, of queued ones */
	size_t reading;          /* octets asked for and not sent yet */
	struct list opens;       /* rows that wait for room in the channel */
};

/* One request under way: first member of structs that hold the operation. */
struct req {
	struct list_node node;
	struct peer *peer;
	uint64_t id; /* the asker's number */
	size_t octets;
};

/* --- store_proc.c ------------------------------------------------------ */

/* The memory goes, unless requests are still under way. */
void store_proc_end(struct store_proc *p);

/* --- store_proc_node.c ------------------------------------------------- */

enum err store_node_send(struct peer *p);
/* The wall clock, as if it had never been set back: ids never go back. */
uint64_t store_node_clock(struct store_proc *p);
void store_node_give_back(struct peer *p);
void store_nodes_fini(struct store_proc *p);

/* --- store_proc_req.c -------------------------------------------------- */

/*
 * new, of size octets behind which extra octets of payload lie, zeroed but for
 * the payload; counts against the limits of the peer. NULL when out of memory.
 */
void *store_req_new(struct peer *p, size_t size, size_t extra, uint64_t id);
/* It will hold so many octets besides. */
void store_req_charge(struct req *r, size_t octets);
/* Done with it, answered or not. The last one may free peer and process: touch
 * neither after it. */
void store_req_end(struct req *r);
/* msg_done; nothing when the peer is gone */
void store_answer(struct peer *p, uint64_t req, enum err e, uint64_t value);
/* What a msg_send_ returned: a peer that lets too much pile up is dropped. */
void store_sent(struct peer *p, enum err e);
/* Answer, then store_req_end. */
void store_req_done(struct req *r, enum err e, uint64_t value);

/* --- store_proc_front.c: mail in --------------------------------------- */

void store_on_resolve(void *ctx, struct msg_resolve *, struct slice, int);
void store_on_sender(void *ctx, struct msg_sender *, struct slice, int);
void store_on_spill(void *ctx, struct msg_spill *, struct slice, int);
void store_on_tx_end(void *ctx, struct msg_tx_end *, struct slice, int);
/* The peer is gone: its transactions are. */
void store_txs_fini(struct peer *p);

/* --- store_proc_deliver.c ---------------------------------------------- */

void store_on_deliver(void *ctx, struct msg_deliver *, struct slice, int);
/* The transaction's mail is in the mailboxes. */
void store_tx_delivered(struct peer *p, uint64_t tx);
/* May the peer make a message of this id? RETRY */
enum err store_id_check(const struct peer *p, const struct mail_id *id);
/* It does: whoever makes ids with its number next begins above. */
void store_id_note(struct peer *p, const struct mail_id *id);
struct right { /* to send elsewhere */
	bool relay;
	uint64_t account; /* 0: no login */
};
/* By the ticket of a login (FENCED: it is gone), or, for a program on this
 * machine, by the socket that it came by (DENIED: there is none). */
enum err store_right_of(struct peer *p, const struct msg_ticket *ticket,
    bool local, struct right *out);

/* --- store_proc_queue.c, _relay.c: mail out ------------------------------ */

void store_on_queue_list(void *ctx, struct msg_queue_list *, struct slice, int);
void store_on_queue_edit(void *ctx, struct msg_queue_edit *, struct slice, int);
void store_on_queue_read(void *ctx, struct msg_queue_read *, struct slice, int);
void store_on_trail_get(void *ctx, struct msg_trail_get *, struct slice, int);
/* There is room in the channel again. */
void store_queue_reads_go_on(struct peer *p);
/* The peer is gone. */
void store_queue_reads_fini(struct peer *p);

void store_on_queue_take(void *ctx, struct msg_queue_take *, struct slice, int);
void store_on_queue_doubt(
    void *ctx, struct msg_queue_doubt *, struct slice, int);
void store_on_queue_settle(
    void *ctx, struct msg_queue_settle *, struct slice, int);
void store_dues_go_on(struct peer *p);
void store_relay_init(struct store_proc *p);
void store_relay_fini(struct store_proc *p);

/* --- store_proc_auth.c ------------------------------------------------- */

void store_on_ticket_new(void *ctx, struct msg_ticket_new *, struct slice, int);
void store_on_account_get(
    void *ctx, struct msg_account_get *, struct slice, int);
void store_on_account_secret(
    void *ctx, struct msg_account_secret *, struct slice, int);
/* An operator changed or removed this account: logins of before are void. */
void store_account_changed(struct store_proc *p, uint64_t account, bool closed);

/* --- store_proc_box.c, _expunge.c, _read.c ----------------------------- */

struct box { /* a mailbox that a peer has the lease of */
	struct map_node by_lease;
	uint64_t lease, mailbox, account;
	struct buf marks;
	bool expunging;
};

void store_on_box_open(void *ctx, struct msg_box_open *, struct slice, int);
void store_on_box_close(void *ctx, struct msg_box_close *, struct slice, int);
void store_on_box_mark(void *ctx, struct msg_box_mark *, struct slice, int);
void store_on_box_expunge(
    void *ctx, struct msg_box_expunge *, struct slice, int);
void store_on_box_read(void *ctx, struct msg_box_read *, struct slice, int);
struct box *store_box_find(const struct peer *p, uint64_t lease);
/* The lease ends; what is under way under it ends FENCED. */
void store_box_close(struct peer *p, struct box *b);
/* All of this account; whoever has this mailbox open. */
void store_account_close(struct store_proc *p, uint64_t account);
void store_mailbox_close(struct store_proc *p, uint64_t mailbox);
/* There is room in the channel again. */
void store_opens_go_on(struct peer *p);
void store_reads_go_on(struct peer *p);
/* The peer is gone. */
void store_boxes_fini(struct peer *p);
void store_reads_fini(struct peer *p);

/* --- store_proc_dir.c, _ctl.c, _gone.c, _ask.c ------------------------- */

void store_on_dir_get(void *ctx, struct msg_dir_get *, struct slice, int);
void store_on_dir_scan(void *ctx, struct msg_dir_scan *, struct slice, int);
void store_on_dir_commit(void *ctx, struct msg_dir_commit *, struct slice, int);
void store_on_control(void *ctx, struct msg_control *, struct slice, int);
/* A row of "key=value" NUL ... for a request. */
void store_answer_row(struct peer *p, uint64_t req, struct slice row);

/* "key=decimal" NUL; key is ours */
void store_row_add_u64(struct buf *b, const char *key, uint64_t v);
/* Nothing when b is empty or has an error. */
void store_row_send(struct peer *p, uint64_t req, const struct buf *b);

/* CONTROL_GONE, _UNDELETE, _PURGE and _REMOVE; false: out of memory */
bool store_ask_gone(struct peer *p, const struct msg_control *m);
bool store_ask_undelete(struct peer *p, const struct msg_control *m);
bool store_ask_purge(struct peer *p, const struct msg_control *m);

/* Pass a request on to auth, relay or the parent, and their answers back. */
void store_ask(struct peer *p, const struct msg_control *m, enum role whom);
void store_on_asked_done(void *ctx, struct msg_done *, struct slice, int);
void store_on_asked_row(void *ctx, struct msg_control_row *, struct slice, int);
/* whom is gone, and with it the answers that were due */
void store_asks_lost(struct store_proc *p, enum role whom);
/* The peer is gone, and will not hear the answers. */
void store_asks_fini(struct peer *p);
/* The peer of this role; NULL: none */
struct peer *store_peer_of(const struct store_proc *p, enum role role);

/* --- store_proc_backup.c ----------------------------------------------- */

void store_backup_begin(struct peer *p, uint64_t req);
void store_on_backup_ack(void *ctx, struct msg_backup_ack *, struct slice, int);
void store_backup_go_on(struct peer *p);
/* The peer is gone, and its backup fails. */
void store_backup_stop(struct peer *p);

#endif
