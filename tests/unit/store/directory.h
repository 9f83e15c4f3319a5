#ifndef TESTS_UNIT_STORE_DIRECTORY_H
#define TESTS_UNIT_STORE_DIRECTORY_H
/* A directory that is a table: domains a.test, b.test and c.test, and the names
 * and accounts of a test. */
#include "store/store_route.h"

struct directory_name {
	const char *key;
	uint64_t account;    /* 0: an alias */
	const char *targets; /* of an alias, each ended by '\n' */
};
/* Its mailbox is 100 and its number. */
struct directory_account {
	uint64_t id;
	const char *name, *forward, *delegates;
	bool keep, suspended;
	bool damaged; /* has a record that says nothing */
};
struct directory {
	const struct directory_name *names;
	const struct directory_account *accounts;
	size_t nnames, naccounts;
};
#define DIRECTORY(n, a)                                                        \
	{                                                                      \
		n, a, sizeof(n) / sizeof *(n), sizeof(a) / sizeof *(a)         \
	}

/* store_getter.get; ctx is a struct directory. */
enum err directory_get(
    void *ctx, enum store_kind kind, struct slice key, struct buf *out);

#endif
