/* The table of mechanisms, best first: clients take the first they know. */
#include "auth/auth_mech.h"

#include "auth/auth_call.h"

/* clang-format off */
static const struct auth_mech mechs[] = {
    {"SCRAM-SHA-256", AUTH_SCRAM_SHA_256, CONF_MECH_SCRAM_SHA_256, true },
    {"PLAIN",         AUTH_PLAIN,         CONF_MECH_PLAIN,         true },
    {"LOGIN",         AUTH_LOGIN,         CONF_MECH_LOGIN,         false},
};
/* clang-format on */
enum { NMECHS = sizeof mechs / sizeof *mechs };

const struct auth_mech *
auth_mech_find(struct slice name)
{
	for (unsigned i = 0; i < NMECHS; i++)
		if (slice_eq_nocase(name, slice_str(mechs[i].name)))
			return &mechs[i];
	return NULL;
}

bool
auth_mech_open(
    const struct auth_mech *m, const struct conf *conf, bool plaintext_ok)
{
	return plaintext_ok && (conf->auth.mechanisms & m->bit) != 0;
}

const char *
auth_mechanism(const struct conf *conf, bool plaintext_ok, unsigned index)
{
	for (unsigned i = 0; i < NMECHS; i++)
		if (auth_mech_open(&mechs[i], conf, plaintext_ok) &&
		    index-- == 0)
			return mechs[i].name;
	return NULL;
}
