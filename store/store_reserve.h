#ifndef STORE_STORE_RESERVE_H
#define STORE_STORE_RESERVE_H
/*
 * Room in mailboxes that was promised at RCPT and is not used yet, by mail
 * transaction (owner, tx). In memory only: a promise ends with the session. For
 * any number of threads.
 */
#include "base/err.h"
#include "base/map.h"

#include <pthread.h>
#include <stdint.h>

struct store_reserve {
	pthread_mutex_t mutex;
	struct map by_tx, by_mailbox;
};

/* RETRY: out of memory */
enum err store_reserve_init(struct store_reserve *r);
void store_reserve_fini(struct store_reserve *r);

/*
 * Promise size octets in a mailbox that holds `used` of `quota` (0: no quota).
 * Asking again within the transaction changes nothing. size 0 (not known) only
 * checks that there is room at all. QUOTA; RETRY when out of memory.
 */
enum err store_reserve_add(struct store_reserve *r, uint64_t owner, uint64_t tx,
    uint64_t mailbox, uint64_t size, uint64_t used, uint64_t quota);
/* What other transactions were promised in this mailbox. */
uint64_t store_reserve_others(
    struct store_reserve *r, uint64_t owner, uint64_t tx, uint64_t mailbox);
/* The transaction has ended. */
void store_reserve_end(struct store_reserve *r, uint64_t owner, uint64_t tx);
/* All transactions of this owner have ended. */
void store_reserve_owner_gone(struct store_reserve *r, uint64_t owner);

#endif
