#ifndef SMTP_SMTP_OFFER_H
#define SMTP_SMTP_OFFER_H
/* What a server offers in its reply to EHLO (RFC 5321 section 4.1.1.1). Pure.
 */
#include "base/slice.h"
#include "smtp/smtp_ext.h"

#include <stdbool.h>
#include <stdint.h>

struct smtp_offer {
	uint32_t set;   /* bits of enum smtp_ext */
	uint32_t mechs; /* CONF_MECH_ */
	uint64_t size;  /* SIZE; 0: no limit known */
};

/* One line of the reply behind the first, without code. Unknown keywords, and
 * parameters that make no sense, count for nothing. */
void smtp_offer_add(struct smtp_offer *o, struct slice line);
bool smtp_offer_has(const struct smtp_offer *o, enum smtp_ext x);

#endif
