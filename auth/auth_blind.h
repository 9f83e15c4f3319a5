#ifndef AUTH_AUTH_BLIND_H
#define AUTH_AUTH_BLIND_H
/*
 * Hashes to verify against when there is no account, so that a name that does
 * not exist costs what one of this site's names costs: hashes like those seen
 * lately, with a digest that fits nothing.
 */
#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

struct auth_blind;

/* new, with one hash of this scheme and cost to begin with (a good one of its
 * own when they are not usable). Blocks on CPU. NULL: out of memory. */
struct auth_blind *auth_blind_new(const char *scheme, unsigned cost);
void auth_blind_free(struct auth_blind **b);
/* An account with this hash was asked for. */
void auth_blind_saw(struct auth_blind *b, uint64_t account, struct slice hash);
/* One for this name, mostly the same for the same name; valid until the next
 * auth_blind_saw. */
struct slice auth_blind_for(const struct auth_blind *b, uint64_t seed);

#endif
