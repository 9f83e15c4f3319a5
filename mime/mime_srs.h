#ifndef MIME_SRS_H
#define MIME_SRS_H
/*
 * Sender Rewriting Scheme, so that forwarded mail passes SPF and its bounces
 * come back: SRS0=HHHH=TT=domain=local@ours, SRS1=HHHH=host==HHHH=TT=...@ours.
 * Pure; days are days since 1970.
 */
#include "base/err.h"
#include "base/slice.h"
#include "mime/mime_addr.h"

#include <stdint.h>

enum { MIME_SRS_KEY = 32, MIME_SRS_DAYS = 21 };

/* sender as it is to leave for somebody else's server, at domain. TOOBIG: does
 * not fit an address (then leave it as it is). */
enum err mime_srs_forward(const uint8_t key[MIME_SRS_KEY], uint64_t day,
    const struct mime_addr *sender, struct slice domain, struct mime_addr *out);
/* Where an SRS address of ours leads. NOENT: not one; DENIED: forged; TIMEOUT:
 * older than MIME_SRS_DAYS. The local part's case does not matter. */
enum err mime_srs_reverse(const uint8_t key[MIME_SRS_KEY], uint64_t day,
    const struct mime_addr *addr, struct mime_addr *out);

#endif
