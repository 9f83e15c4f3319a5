#ifndef AUTH_AUTH_MECH_H
#define AUTH_AUTH_MECH_H
/* Which SASL mechanisms there are: one table for fronts and auth. */
#include "base/slice.h"
#include "conf/conf.h"

#include <stdbool.h>

enum auth_mech_kind { AUTH_PLAIN, AUTH_LOGIN, AUTH_SCRAM_SHA_256 };

struct auth_mech {
	const char *name;
	enum auth_mech_kind kind;
	unsigned bit;      /* CONF_MECH_ */
	bool client_first; /* the client speaks first (RFC 4422, section 5) */
};

/* Any case; NULL: none of this name. */
const struct auth_mech *auth_mech_find(struct slice name);
/*
 * May it be used with this configuration on this channel? In clear none may: a
 * SCRAM exchange that somebody has read can be guessed at offline, and what
 * comes behind the login is in the open.
 */
bool auth_mech_open(
    const struct auth_mech *m, const struct conf *conf, bool plaintext_ok);

#endif
