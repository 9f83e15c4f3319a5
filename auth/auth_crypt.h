#ifndef AUTH_AUTH_CRYPT_H
#define AUTH_AUTH_CRYPT_H
/* Password hashes, crypt(5); the only user of libxcrypt. */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>

/*
 * Append a new hash of password. scheme: "yescrypt", "sha512", "bcrypt",
 * "scrypt", "gost-yescrypt"...; cost: libxcrypt's count, 0 for its default.
 * UNSUPPORTED for other schemes, SYNTAX when the password holds NUL or is
 * empty, TOOBIG over 512 octets. Blocks: costs CPU time on purpose.
 */
enum err auth_crypt_hash(const char *scheme, unsigned cost,
    struct slice password, struct buf *out);
/* OK or DENIED; UNSUPPORTED: not a hash libxcrypt knows. Blocks as above. */
enum err auth_crypt_verify(struct slice hash, struct slice password);
/* Could a login ever match this? For the command line: OK, or SYNTAX. */
enum err auth_crypt_check(struct slice hash);
/* The hash is weaker than scheme and cost: time for an upgrade. */
bool auth_crypt_weaker(struct slice hash, const char *scheme, unsigned cost);

#endif
