#ifndef STORE_STORE_CALL_H
#define STORE_STORE_CALL_H
/*
 * The front processes' side of the store: requests embedded in the caller,
 * completion in the caller's loop, never from inside the call that asked.
 *
 * While the store is away (it restarts in well under a second) requests that
 * need nothing of its memory wait for it: resolve, sender, spill, open; at most
 * STORE_CALL_WAITING of them, for at most STORE_CALL_WAIT_MS, and then end with
 * ERR_RETRY. Others end with ERR_RETRY, or with ERR_FENCED if they need a
 * lease, since leases are gone with the store. Those that were under way end
 * with ERR_RETRY, or with ERR_UNKNOWN for a delivery or expunge whose answer
 * was lost. The same goes for tickets: what was logged in before meets
 * ERR_FENCED.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "base/map.h"
#include "net/net_loop.h"
#include "proc/mail_id.h"
#include "proc/msg.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	STORE_CALL_WAITING = 4096, /* requests */
	STORE_CALL_WAIT_MS = 30 * 1000,
	STORE_CALL_READ_MAX = 256,     /* ids in one read */
	STORE_CALL_TAIL_MAX = 3 << 20, /* recipients and head of a delivery */
	STORE_CALL_DELIVER_MAX = 48
				 << 20 /* octets of all deliveries under way */
};

struct store_call;

/* new; self: ROLE_SMTP, ROLE_POP3 or ROLE_RELAY (store_call_queue.h) */
struct store_call *store_call_new(struct net_loop *l, enum role self);
void store_call_free(struct store_call **c);
/* A channel to the store (fd given): the first, or a new one after a restart.
 */
enum err store_call_attach(struct store_call *c, int fd);
bool store_call_up(const struct store_call *c);
/* Message ids may be made (smtp): NODE has come. */
bool store_call_new_id(struct store_call *c, struct mail_id *out);

/* One request under way; embedded in the caller's. Zero before first use. */
struct store_req {
	void (*done)(struct store_req *, enum err);
	bool busy; /* done is still to come */
	/* private */
	struct map_node by_id;
	struct list_node node;
	uint64_t id, since_ms;
	size_t octets;
	unsigned kind;
	enum err err;
	void *waits; /* the message, while the store is away */
};
/* Forget it: done will not be called. Safe when not busy. */
void store_req_cancel(struct store_call *c, struct store_req *r);

struct store_resolve_req { /* RCPT */
	struct store_req r;
	unsigned mailboxes; /* out */
	unsigned remotes;   /* out */
};
/* ticket: of the login, NULL for none; local: for a program on this machine.
 * FENCED: the ticket is gone. */
void store_call_resolve(struct store_call *c, struct store_resolve_req *q,
    uint64_t tx, uint64_t size, const struct msg_ticket *ticket, bool local,
    struct slice addr);

/* req of a plain answer: OK or what was wrong */
void store_call_sender(struct store_call *c, struct store_req *r,
    const struct msg_ticket *ticket, struct slice addr);

struct store_spill_req {
	struct store_req r;
	int fd; /* out; given */
};
void store_call_spill(
    struct store_call *c, struct store_spill_req *q, uint64_t size);

struct store_deliver_req {
	struct store_req r;
	unsigned held; /* out: recipients over the account's limit */
};
/*
 * m is filled but for req and lengths; info and loops are as in msg_deliver,
 * both may be empty. Everything is copied at once. fd
 * -1, or the spilled rest of the body: given. TOOBIG when recipients and head
 * are over STORE_CALL_TAIL_MAX; RETRY when the store is away or
 * STORE_CALL_DELIVER_MAX is under way already.
 */
void store_call_deliver(struct store_call *c, struct store_deliver_req *q,
    struct msg_deliver *m, struct slice rcpts, struct slice info,
    struct slice loops, const struct slice *head, unsigned npieces, int fd,
    uint64_t fd_len);
/* What was reserved by the resolves of this transaction is free again. To be
 * called for each that had one, unless its delivery was OK. */
void store_call_tx_end(struct store_call *c, uint64_t tx);
/* A number for a mail transaction, unique in this process. */
uint64_t store_call_tx(struct store_call *c);

/* Open a mailbox by ticket: `rows` for each page, in order, then done. Once
 * done is OK the lease is the caller's to close; before, cancelling does it. */
struct store_open_req {
	struct store_req r;
	void (*rows)(struct store_open_req *, struct slice rows, unsigned n);
	uint64_t lease; /* out; valid in rows too */
};
void store_call_open(struct store_call *c, struct store_open_req *q,
    const struct msg_ticket *ticket);
void store_call_close(struct store_call *c, uint64_t lease);
/* called when the channel has closed, not when another took its place */
void store_call_on_closed(
    struct store_call *c, void (*closed)(void *ctx), void *ctx);
/* called when the store has gone away: its leases are gone with it */
void store_call_on_lost(
    struct store_call *c, void (*lost)(void *ctx), void *ctx);

/* Read: `body` for each id in order, then done; when the store goes away, done
 * at once. err per message: OK, NOENT, CORRUPT, RETRY, FENCED. An answer may
 * have fewer octets than asked for: offset and total tell. */
struct store_read_req {
	struct store_req r;
	void (*body)(struct store_read_req *, enum err e,
	    const struct mail_id *id, uint64_t offset, uint64_t total,
	    struct slice octets);
	unsigned left; /* private */
};
/* n: 1 to STORE_CALL_READ_MAX */
void store_call_read(struct store_call *c, struct store_read_req *q,
    uint64_t lease, const struct mail_id *ids, unsigned n, uint64_t offset,
    uint32_t max);

/* Remove ids (any number; marked in pieces, then one commit). */
void store_call_expunge(struct store_call *c, struct store_req *r,
    uint64_t lease, const struct mail_id *ids, size_t n);

#endif
