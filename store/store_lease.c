/* Leases of mailboxes, in two maps: by their number and by the mailbox. */
#include "store/store_lease.h"

#include "base/secret.h"

#include <stdlib.h>

struct lease {
	struct map_node by_number, by_mailbox;
	uint64_t number, mailbox, owner;
	unsigned held; /* changes under way */
	bool dropped;  /* goes with the last of them */
};

void
store_leases_init(struct store_leases *l)
{
	map_init(&l->by_number);
	map_init(&l->by_mailbox);
}

static void
forget(struct store_leases *l, struct lease *x)
{
	map_remove(&l->by_number, &x->by_number);
	map_remove(&l->by_mailbox, &x->by_mailbox);
	free(x);
}

void
store_leases_fini(struct store_leases *l)
{
	struct map_node *n = map_next(&l->by_number, NULL), *next;

	for (; n != NULL; n = next) {
		next = map_next(&l->by_number, n);
		forget(l, MAP_ITEM(n, struct lease, by_number));
	}
	map_fini(&l->by_number);
	map_fini(&l->by_mailbox);
}

static struct lease *
find(const struct store_leases *l, uint64_t number)
{
	struct map_node *n =
	    map_get(&l->by_number, slice_of(&number, sizeof number));

	return n == NULL ? NULL : MAP_ITEM(n, struct lease, by_number);
}

/* A number that is not zero and not in use. */
static uint64_t
new_number(const struct store_leases *l)
{
	uint64_t number;

	do
		secret_random(&number, sizeof number);
	while (number == 0 || find(l, number) != NULL);
	return number;
}

static enum err
add(struct store_leases *l, struct lease *x)
{
	if (map_put(&l->by_number, &x->by_number,
		slice_of(&x->number, sizeof x->number)) != ERR_OK)
		return ERR_RETRY;
	if (map_put(&l->by_mailbox, &x->by_mailbox,
		slice_of(&x->mailbox, sizeof x->mailbox)) != ERR_OK) {
		map_remove(&l->by_number, &x->by_number);
		return ERR_RETRY;
	}
	return ERR_OK;
}

enum err
store_lease_take(struct store_leases *l, uint64_t mailbox, uint64_t owner,
    uint64_t *lease_out)
{
	struct lease *x;
	enum err e;

	if (map_get(&l->by_mailbox, slice_of(&mailbox, sizeof mailbox)) != NULL)
		return ERR_BUSY;
	if ((x = calloc(1, sizeof *x)) == NULL)
		return ERR_RETRY;
	x->number = new_number(l);
	x->mailbox = mailbox;
	x->owner = owner;
	if ((e = add(l, x)) != ERR_OK)
		free(x);
	else
		*lease_out = x->number;
	return e;
}

static void
drop(struct store_leases *l, struct lease *x)
{
	x->dropped = true;
	if (x->held == 0)
		forget(l, x);
}

void
store_lease_drop(struct store_leases *l, uint64_t lease)
{
	struct lease *x = find(l, lease);

	if (x != NULL)
		drop(l, x);
}

void
store_lease_owner_gone(struct store_leases *l, uint64_t owner)
{
	struct map_node *n = map_next(&l->by_number, NULL), *next;

	for (; n != NULL; n = next) {
		struct lease *x = MAP_ITEM(n, struct lease, by_number);

		next = map_next(&l->by_number, n);
		if (x->owner == owner)
			drop(l, x);
	}
}

enum err
store_lease_hold(struct store_leases *l, uint64_t lease, uint64_t mailbox)
{
	struct lease *x = find(l, lease);

	if (x == NULL || x->dropped || x->mailbox != mailbox)
		return ERR_FENCED;
	x->held++;
	return ERR_OK;
}

void
store_lease_release(struct store_leases *l, uint64_t lease)
{
	struct lease *x = find(l, lease);

	if (x == NULL || x->held == 0)
		return;
	x->held--;
	if (x->dropped && x->held == 0)
		forget(l, x);
}
