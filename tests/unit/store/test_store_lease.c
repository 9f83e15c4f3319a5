/* Leases of mailboxes: one at a time, held, dropped with their owner. */
#include "store/store_lease.h"

#include "tests/unit/unit.h"

TEST(lease_one_at_a_time)
{
	struct store_leases l;
	uint64_t a = 0, b = 0, c = 0;

	store_leases_init(&l);
	EQ_INT(store_lease_take(&l, 7, 1, &a), ERR_OK);
	OK(a != 0);
	EQ_INT(store_lease_take(&l, 7, 1, &b), ERR_BUSY);
	EQ_INT(b, 0);
	EQ_INT(store_lease_take(&l, 8, 1, &b), ERR_OK);
	OK(a != b);
	store_lease_drop(&l, a);
	store_lease_drop(&l, a);
	EQ_INT(store_lease_take(&l, 7, 2, &c), ERR_OK);
	EQ_INT(store_lease_take(&l, 8, 2, &c), ERR_BUSY);
	store_leases_fini(&l);
}

TEST(lease_ends_with_its_owner)
{
	struct store_leases l;
	uint64_t lease[5], again;

	store_leases_init(&l);
	for (uint64_t i = 0; i < 5; i++)
		EQ_INT(store_lease_take(&l, i, i % 2, &lease[i]), ERR_OK);
	store_lease_owner_gone(&l, 0);
	EQ_INT(store_lease_take(&l, 0, 9, &again), ERR_OK);
	EQ_INT(store_lease_take(&l, 1, 9, &again), ERR_BUSY);
	EQ_INT(store_lease_take(&l, 4, 9, &again), ERR_OK);
	store_leases_fini(&l);
}

TEST(lease_fences)
{
	struct store_leases l;
	uint64_t a, b;

	store_leases_init(&l);
	EQ_INT(store_lease_take(&l, 7, 1, &a), ERR_OK);
	EQ_INT(store_lease_hold(&l, a + 1, 7), ERR_FENCED);
	EQ_INT(store_lease_hold(&l, a, 8), ERR_FENCED);
	EQ_INT(store_lease_hold(&l, a, 7), ERR_OK);
	/* the change goes on, and nobody else gets in before its end */
	store_lease_owner_gone(&l, 1);
	EQ_INT(store_lease_take(&l, 7, 2, &b), ERR_BUSY);
	EQ_INT(store_lease_hold(&l, a, 7), ERR_FENCED);
	store_lease_release(&l, a);
	EQ_INT(store_lease_take(&l, 7, 2, &b), ERR_OK);
	store_lease_release(&l, a);
	EQ_INT(store_lease_hold(&l, a, 7), ERR_FENCED);
	store_leases_fini(&l);
}
