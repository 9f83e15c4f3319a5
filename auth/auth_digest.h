#ifndef AUTH_AUTH_DIGEST_H
#define AUTH_AUTH_DIGEST_H
/* Keyed digests; the only user of OpenSSL in this folder. */
#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

enum { AUTH_DIGEST_LEN = 32 };

/* HMAC-SHA-256 with a random key that nobody ever sees: the same for equal
 * input while it lives. Not for several threads at once. */
struct auth_digest;
/* new; NULL when out of memory */
struct auth_digest *auth_digest_new(void);
void auth_digest_free(struct auth_digest **d);
/* The digest of n pieces, each with its length, so that where one ends makes a
 * difference. NOMEM. */
enum err auth_digest_run(struct auth_digest *d, const struct slice *piece,
    unsigned n, uint8_t out[AUTH_DIGEST_LEN]);

/* PBKDF2 with HMAC-SHA-256 (RFC 8018), 32 octets. NOMEM. Blocks on CPU. */
enum err auth_digest_stretch(struct slice password, struct slice salt,
    unsigned iterations, uint8_t out[AUTH_DIGEST_LEN]);

#endif
