#ifndef AUTH_AUTH_SASL_H
#define AUTH_AUTH_SASL_H
/*
 * The server's side of one SASL exchange: messages in, what to do next out. It
 * decides nothing about accounts and never waits.
 */
#include "auth/auth_mech.h"
#include "auth/auth_scram.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

enum { AUTH_SASL_MESSAGE_MAX = 12288 }; /* RFC 4954, section 4 */

enum auth_sasl_next {
	AUTH_SASL_CHALLENGE, /* send out to the client */
	AUTH_SASL_ACCOUNT,   /* look user up, then auth_sasl_verifier */
	AUTH_SASL_PASSWORD,  /* does secret open the account of user? */
	AUTH_SASL_PROOF,     /* all is said: auth_sasl_prove */
	AUTH_SASL_FAIL       /* err: SYNTAX, DENIED, NOMEM */
};

struct auth_sasl {
	const struct auth_mech *mech; /* kept */
	struct buf user;              /* login name as given */
	struct buf secret; /* password, or the client's last message */
	struct auth_scram *scram;
	unsigned step;
	enum err err;
};

void auth_sasl_init(struct auth_sasl *s, const struct auth_mech *mech);
/* Wipes everything. */
void auth_sasl_fini(struct auth_sasl *s);
/*
 * The client's next message; in.p == NULL: there is none yet (no initial
 * response). A challenge is appended to out.
 */
enum auth_sasl_next auth_sasl_input(
    struct auth_sasl *s, struct slice in, struct buf *out);
/* After ACCOUNT: CHALLENGE or FAIL. */
enum auth_sasl_next auth_sasl_verifier(
    struct auth_sasl *s, struct slice verifier, struct buf *out);
/* After PROOF: OK (out: what the client gets with the success), DENIED, SYNTAX,
 * NOMEM. */
enum err auth_sasl_prove(struct auth_sasl *s, struct buf *out);

#endif
