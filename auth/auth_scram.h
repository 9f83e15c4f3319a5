#ifndef AUTH_AUTH_SCRAM_H
#define AUTH_AUTH_SCRAM_H
/*
 * SCRAM-SHA-256 (RFC 5802, 7677) and its verifiers (RFC 5803):
 * "SCRAM-SHA-256$iter:salt$stored:server", base64 fields. The only user of
 * GNU SASL.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

enum {
	AUTH_SCRAM_ITERATIONS_MIN = 4096, /* RFC 7677, section 4 */
	AUTH_SCRAM_ITERATIONS_MAX = 10 * 1000 * 1000,
	AUTH_SCRAM_MAX = 383 /* octets of a verifier */
};

/*
 * Append a new verifier of password. iterations is raised or cut to the limits
 * above. SYNTAX when the password is empty or holds NUL, TOOBIG over 511
 * octets; UNSUPPORTED: SASLprep (RFC 4013) refuses it, so that no SCRAM client
 * could send it either; NOMEM. Blocks on CPU.
 */
enum err auth_scram_make(
    struct slice password, unsigned iterations, struct buf *out);
/*
 * Append a verifier that no password fits, with a salt that depends on seed
 * alone: what a name without a verifier is asked with, so that it looks like
 * any other (RFC 5802, section 9).
 */
void auth_scram_fake(
    const uint8_t seed[32], unsigned iterations, struct buf *out);
/* Is this a verifier that a login can use? OK or SYNTAX. */
enum err auth_scram_check(struct slice verifier);

/* One exchange on the server's side. Not for several threads at once. */
struct auth_scram;

/* Set GNU SASL up, once, before the sandbox closes; it may read files. NOMEM.
 * Pairs with auth_scram_unload. */
enum err auth_scram_load(void);
void auth_scram_unload(void);
/*
 * The user name in a client-first-message, appended. SYNTAX: not such a
 * message; DENIED: it asks to act as somebody else; NOMEM.
 */
enum err auth_scram_user(struct slice client_first, struct buf *user);
/*
 * Begin: new session with the verifier (copied), server-first-message appended
 * to challenge. SYNTAX: bad message or verifier; NOMEM.
 */
enum err auth_scram_begin(struct slice verifier, struct slice client_first,
    struct auth_scram **out, struct buf *challenge);
/* The client-final-message. OK: the server-final-message is appended; DENIED;
 * SYNTAX; NOMEM. */
enum err auth_scram_end(
    struct auth_scram *s, struct slice client_final, struct buf *server_final);
void auth_scram_free(struct auth_scram **s);

#endif
