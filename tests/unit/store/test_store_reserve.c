/* Room promised in mailboxes: sums, limits, the end of promises. */
#include "store/store_reserve.h"

#include "tests/unit/unit.h"

static const struct {
	const char *name;
	uint64_t size, used, quota;
	enum err want;
} cases[] = {
    {"no quota",             UINT64_MAX, UINT64_MAX,     0,   ERR_OK   },
    {"fits exactly",         40,         60,             100, ERR_OK   },
    {"one too many",         41,         60,             100, ERR_QUOTA},
    {"unknown size",         0,          99,             100, ERR_OK   },
    {"unknown size, full",   0,          100,            100, ERR_QUOTA},
    {"over it already",      1,          101,            100, ERR_QUOTA},
    {"sum would wrap",       UINT64_MAX, 1,              100, ERR_QUOTA},
    {"more than everything", 1,          UINT64_MAX - 5, 100, ERR_QUOTA},
};

TEST(reserve_quota)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct store_reserve r;

		unit_case(cases[i].name);
		EQ_INT(store_reserve_init(&r), ERR_OK);
		EQ_INT(store_reserve_add(&r, 1, 1, 5, cases[i].size,
			   cases[i].used, cases[i].quota),
		    cases[i].want);
		store_reserve_fini(&r);
	}
}

TEST(reserve_adds_up)
{
	struct store_reserve r;

	EQ_INT(store_reserve_init(&r), ERR_OK);
	EQ_INT(store_reserve_add(&r, 1, 1, 5, 40, 0, 100), ERR_OK);
	EQ_INT(store_reserve_add(&r, 1, 1, 5, 40, 0, 100), ERR_OK);
	EQ_INT(store_reserve_add(&r, 1, 2, 5, 40, 0, 100), ERR_OK);
	EQ_INT(store_reserve_add(&r, 2, 1, 5, 40, 0, 100), ERR_QUOTA);
	EQ_INT(store_reserve_add(&r, 2, 1, 6, 40, 0, 100), ERR_OK);
	EQ_INT(store_reserve_others(&r, 1, 1, 5), 40);
	EQ_INT(store_reserve_others(&r, 9, 9, 5), 80);
	EQ_INT(store_reserve_others(&r, 9, 9, 99), 0);
	store_reserve_end(&r, 1, 2);
	store_reserve_end(&r, 1, 2);
	EQ_INT(store_reserve_others(&r, 9, 9, 5), 40);
	EQ_INT(store_reserve_add(&r, 2, 1, 5, 60, 0, 100), ERR_OK);
	store_reserve_owner_gone(&r, 2);
	EQ_INT(store_reserve_others(&r, 9, 9, 5), 40);
	EQ_INT(store_reserve_others(&r, 9, 9, 6), 0);
	store_reserve_owner_gone(&r, 1);
	EQ_INT(r.by_mailbox.count, 0);
	EQ_INT(r.by_tx.count, 0);
	store_reserve_fini(&r);
}
