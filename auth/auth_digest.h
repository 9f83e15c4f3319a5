#ifndef AUTH_AUTH_DIGEST_H
#define AUTH_AUTH_DIGEST_H
/* The digest of SCRAM; the only user of OpenSSL in this folder. */
#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

enum { AUTH_DIGEST_LEN = 32 };

/* PBKDF2 with HMAC-SHA-256 (RFC 8018), 32 octets. NOMEM. Blocks on CPU. */
enum err auth_digest_stretch(struct slice password, struct slice salt,
    unsigned iterations, uint8_t out[AUTH_DIGEST_LEN]);

#endif
