#ifndef STORE_STORE_LEASE_H
#define STORE_STORE_LEASE_H
/*
 * Who may change which mailbox: one lease at a time for each. In memory only,
 * so nothing is ever left locked by a process that died. For one thread.
 */
#include "base/err.h"
#include "base/map.h"

#include <stdbool.h>
#include <stdint.h>

struct store_leases {
	struct map by_number, by_mailbox;
};

void store_leases_init(struct store_leases *l);
void store_leases_fini(struct store_leases *l);

/* BUSY: somebody has it; RETRY: out of memory. *lease_out is random, so that no
 * holder can guess the lease of another. */
enum err store_lease_take(struct store_leases *l, uint64_t mailbox,
    uint64_t owner, uint64_t *lease_out);
/* No effect when it is gone. A held lease goes when it is released. */
void store_lease_drop(struct store_leases *l, uint64_t lease);
/* Drop all leases of this owner. */
void store_lease_owner_gone(struct store_leases *l, uint64_t owner);

/*
 * Keep the mailbox from others until store_lease_release, even if the lease is
 * dropped meanwhile: for a change that is under way. FENCED when it is gone or
 * is another mailbox's.
 */
enum err store_lease_hold(
    struct store_leases *l, uint64_t lease, uint64_t mailbox);
void store_lease_release(struct store_leases *l, uint64_t lease);

#endif
