#ifndef BASE_MAC_H
#define BASE_MAC_H
/* Keyed digests (HMAC-SHA-256, RFC 2104). Not for several threads at once. */
#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

enum { MAC_LEN = 32 };

struct mac;
/* new; NULL when out of memory */
struct mac *mac_new(struct slice key);
/* With a random key that nobody ever sees: the same digest for equal input
 * while it lives. */
struct mac *mac_new_random(void);
void mac_free(struct mac **m);
/* The digest of n pieces, each with its length, so that where one ends makes a
 * difference. NOMEM. */
enum err mac_run(
    struct mac *m, const struct slice *piece, unsigned n, uint8_t out[MAC_LEN]);

#endif
