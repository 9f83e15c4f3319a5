#ifndef STORE_BDB_LEFT_H
#define STORE_BDB_LEFT_H
/* Recipients that are left alone because their records cannot be read now. */
#include "store/store.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { BDB_LEFT_MAX = 256, BDB_LEFT_MS = 60 * 1000 };
struct bdb_left_row {
	struct store_out_key key;
	uint64_t until_ms; /* clock_mono_ms */
	uint64_t doubt_us; /* it was SENDING, and in doubt at this time; or 0 */
	bool hold;         /* as in store_doubt */
	bool seen_to;      /* by a bdb_redoubt */
};
struct bdb_left {
	pthread_mutex_t mutex;
	unsigned n;
	bool asking; /* a bdb_redoubt is under way */
	struct bdb_left_row row[BDB_LEFT_MAX];
};
struct bdb_redoubt { /* put in doubt what could not be read before */
	struct store_op op;
	struct store *st;
	unsigned n;
	struct bdb_left_row row[BDB_LEFT_MAX];
};

/* Is it to be left alone still? */
bool bdb_left_has(struct bdb_left *x, const struct store_out_key *k);
/* Leave it alone for BDB_LEFT_MS. doubt_us: it was SENDING at that time, and
 * nobody knows what became of it; or 0. false: too many are left already */
bool bdb_left_add(struct bdb_left *x, const struct store_out_key *k,
    uint64_t doubt_us, bool hold);
/* Keeper: what is in doubt is looked at again. */
void bdb_left_turn(struct store *st);

#endif
