#ifndef MIME_SRS_H
#define MIME_SRS_H
/*
 * Sender Rewriting Scheme, so that forwarded mail passes SPF and its bounces
 * come back. Pure; days are days since 1970.
 *
 *	SRS0=HHHHHH=TT=domain=local@ours     HHHHHH: our word that we made it
 *	SRS1=HHHHHH=host==HHHH=TT=domain=local@ours
 *
 * SRS1 is what becomes of an SRS0 of host: a bounce goes to host directly, with
 * what host wrote, whatever number of forwarders came between.
 */
#include "base/err.h"
#include "base/slice.h"
#include "mime/mime_addr.h"

#include <stdint.h>

enum { MIME_SRS_KEY = 32, MIME_SRS_DAYS = 21 };

/*
 * sender as it is to leave for somebody else's server, at domain. The null path
 * stays as it is. TOOBIG: does not fit an address (then leave it as it is);
 * SYNTAX: domain is none; NOMEM. *out is untouched on error.
 */
enum err mime_srs_forward(const uint8_t key[MIME_SRS_KEY], uint64_t day,
    const struct mime_addr *sender, struct slice domain, struct mime_addr *out);
/*
 * Where an SRS address of ours leads. NOENT: not one; DENIED: forged; TIMEOUT:
 * older than MIME_SRS_DAYS; NOMEM. The local part's case does not matter, but
 * what it leads to has it. *out is untouched on error.
 */
enum err mime_srs_reverse(const uint8_t key[MIME_SRS_KEY], uint64_t day,
    const struct mime_addr *addr, struct mime_addr *out);

#endif
