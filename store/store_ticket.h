#ifndef STORE_STORE_TICKET_H
#define STORE_STORE_TICKET_H
/*
 * Tickets: who may reach which mailbox. Auth makes one at each login; the
 * process that was told of it may use it, and from its first use on no other.
 * Bounded: when the table is full the one that was not used for the longest
 * time goes.
 */
#include "base/err.h"
#include "base/list.h"
#include "base/map.h"
#include "proc/msg.h"

#include <stdint.h>

enum { STORE_TICKETS_MAX = 200000 };

struct store_ticket {
	struct map_node by_ticket;
	struct list_node node; /* by last use */
	struct msg_ticket ticket;
	uint64_t account, mailbox;
	uint64_t owner;      /* who has used it; 0: nobody yet */
	uint64_t expires_ms; /* clock_mono_ms */
	uint64_t last_ms;    /* the latest that expires_ms may become */
	uint32_t protocol;   /* MSG_PROTO_ */
};

struct store_tickets {
	struct map map;
	struct list used; /* least recently used first */
};

void store_tickets_init(struct store_tickets *t);
void store_tickets_fini(struct store_tickets *t);
/* ttl_ms: how long until the first use. EXISTS; RETRY: out of memory;
 * DENIED: the zero ticket, which means "none" everywhere */
enum err store_ticket_add(
    struct store_tickets *t, const struct msg_ticket_new *m);
/*
 * The live ticket of this protocol, bound to owner from now on; NULL: no such
 * ticket, or of another protocol or owner, or it has expired. Each use of a
 * submission ticket keeps it alive for two hours, for a day in all.
 */
struct store_ticket *store_ticket_use(struct store_tickets *t,
    const struct msg_ticket *ticket, uint32_t protocol, uint64_t owner);
void store_ticket_end(struct store_tickets *t, struct store_ticket *k);
/* End all of this account, or of this owner. */
void store_tickets_account_gone(struct store_tickets *t, uint64_t account);
void store_tickets_owner_gone(struct store_tickets *t, uint64_t owner);
/* End those that have expired; from time to time. */
void store_tickets_sweep(struct store_tickets *t);

#endif
