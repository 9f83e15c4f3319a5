#ifndef SMTP_RELAY_FATE_H
#define SMTP_RELAY_FATE_H
/*
 * What one verdict means for one recipient: done, failed, again later, in
 * doubt, and whom to tell. Pure.
 */
#include "conf/conf.h"
#include "smtp/smtp_client.h"
#include "store/store_queue.h"

#include <stdbool.h>
#include <stdint.h>

enum relay_tell {
	RELAY_TELL_NOBODY,
	RELAY_TELL_FAILED,
	RELAY_TELL_DELAYED,
	RELAY_TELL_RELAYED /* to a server that makes no reports (RFC 3461) */
};
struct relay_fate {
	enum store_outcome_kind kind;
	enum relay_tell tell;
	uint64_t next_us, until_us; /* again; given up (DELAYED) */
	uint32_t code;
	char status[STORE_STATUS_MAX + 1];
	uint16_t len; /* of text */
	char text[STORE_REPLY_MAX];
};
struct relay_facts {
	const struct conf *conf;
	const struct conf_route *route;
	const struct store_envelope *env;
	const struct store_out *out;
	const struct smtp_verdict *verdict;
	bool dsn; /* the server has taken NOTIFY over */
	uint64_t now_us;
	uint32_t random;
};
void relay_fate_of(const struct relay_facts *f, struct relay_fate *out);

/* A verdict of ours: code 0, status and text are literals. */
void relay_verdict(struct smtp_verdict *v, enum err e, const char *status,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
