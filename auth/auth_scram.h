#ifndef AUTH_AUTH_SCRAM_H
#define AUTH_AUTH_SCRAM_H
/* SCRAM-SHA-256 verifiers (RFC 5803): "SCRAM-SHA-256$iter:salt$stored:server",
 * base64 fields. */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

/* Append a new verifier of password (SASLprepped). Blocks on CPU. */
enum err auth_scram_make(struct slice password, unsigned iterations,
    struct buf *out);

#endif
