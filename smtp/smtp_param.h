#ifndef SMTP_SMTP_PARAM_H
#define SMTP_SMTP_PARAM_H
/*
 * Parameters of MAIL and RCPT: one row each, with the extension that owns it.
 * Values are checked here and kept as views of the line. Pure.
 */
#include "base/slice.h"
#include "smtp/smtp_ext.h"
#include "smtp/smtp_reply.h"

#include <stdbool.h>
#include <stdint.h>

enum { SMTP_ENVID_MAX = 100, SMTP_ORCPT_MAX = 500 }; /* RFC 3461 section 4 */

struct smtp_params {
	/* MAIL */
	uint64_t size;      /* SIZE; 0: not given */
	bool eight;         /* BODY=8BITMIME */
	bool utf8;          /* SMTPUTF8 */
	uint32_t ret;       /* RET: 0 none, 1 FULL, 2 HDRS */
	struct slice envid; /* xtext */
	/* RCPT */
	unsigned notify;    /* STORE_NOTIFY_; 0: not given */
	struct slice orcpt; /* "rfc822;xtext" */
};

/*
 * Read the parameters behind a path. rcpt: those of RCPT, else of MAIL.
 * SMTP_SAY_OK, or the reply to refuse with; *out is then undefined.
 */
enum smtp_say smtp_param_read(struct slice params, bool rcpt,
    const struct smtp_facts *f, struct smtp_params *out);

#endif
