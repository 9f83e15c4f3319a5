#ifndef AUTH_AUTH_CRYPT_H
#define AUTH_AUTH_CRYPT_H
/* Password hashes, crypt(5); the only user of libxcrypt. */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>

enum {
	AUTH_PASSWORD_MAX = 511, /* octets; libxcrypt takes no more */
	AUTH_HASH_MAX = 383      /* octets of a hash */
};

/*
 * Append a new hash of password. scheme: "yescrypt", "gost-yescrypt",
 * "scrypt", "bcrypt", "sha512" or "sha256"; cost: libxcrypt's count for it
 * (crypt(5)), 0 for its default (bcrypt: 10, as 5 is no longer enough).
 * UNSUPPORTED for other schemes and for a cost that the scheme does not have,
 * SYNTAX when the password is empty or holds NUL, TOOBIG over
 * AUTH_PASSWORD_MAX, NOMEM. Blocks: costs CPU time and memory on purpose.
 */
enum err auth_crypt_hash(
    const char *scheme, unsigned cost, struct slice password, struct buf *out);
/*
 * OK or DENIED; UNSUPPORTED: not a hash libxcrypt knows; NOMEM. A password
 * that no hash can be of (empty, NUL, too long) is DENIED at once. Blocks as
 * above.
 */
enum err auth_crypt_verify(struct slice hash, struct slice password);
/* Could a login ever match this? For the command line: OK, or SYNTAX. */
enum err auth_crypt_check(struct slice hash);
/* The hash is weaker than scheme and cost: time for an upgrade. false when
 * hash or scheme is not known. */
bool auth_crypt_weaker(struct slice hash, const char *scheme, unsigned cost);
/*
 * The hash in the password field of an imported file: "$6$..." as it is, or
 * behind one of the prefixes "{CRYPT}", "{SHA512-CRYPT}", "{SHA256-CRYPT}",
 * "{BLF-CRYPT}", "{MD5-CRYPT}", "{DES-CRYPT}" of any case. *out points into
 * field. UNSUPPORTED for other prefixes, SYNTAX as auth_crypt_check.
 */
enum err auth_crypt_import(struct slice field, struct slice *out);
/*
 * Append a hash that costs as much to verify as this one and that no password
 * matches; UNSUPPORTED: not a hash libxcrypt knows. Does not block.
 */
enum err auth_crypt_blind(struct slice hash, struct buf *out);

#endif
