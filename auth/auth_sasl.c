/*
 * SASL exchanges. PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login) are
 * taken apart here, SCRAM in auth_scram.c. Passwords are compared as the
 * octets given: hashes that were imported know no SASLprep.
 */
#include "auth/auth_sasl.h"

void
auth_sasl_init(struct auth_sasl *s, const struct auth_mech *mech)
{
	*s = (struct auth_sasl){.mech = mech,
	    .user = BUF_INIT(AUTH_SASL_MESSAGE_MAX),
	    .secret = BUF_INIT(AUTH_SASL_MESSAGE_MAX)};
}

void
auth_sasl_fini(struct auth_sasl *s)
{
	buf_wipe(&s->user);
	buf_wipe(&s->secret);
	auth_scram_free(&s->scram);
}

static enum auth_sasl_next
fail(struct auth_sasl *s, enum err e)
{
	s->err = e;
	return AUTH_SASL_FAIL;
}

static enum auth_sasl_next
ask(struct auth_sasl *s, struct buf *out, const char *text)
{
	buf_add_str(out, text);
	return out->err == ERR_OK ? AUTH_SASL_CHALLENGE : fail(s, out->err);
}

/* Take what the message gave; the parts are checked for presence already. */
static enum auth_sasl_next
take(struct auth_sasl *s, struct slice user, struct slice secret,
    enum auth_sasl_next next)
{
	buf_add_slice(&s->user, user);
	buf_add_slice(&s->secret, secret);
	if (s->user.err != ERR_OK)
		return fail(s, s->user.err);
	return s->secret.err == ERR_OK ? next : fail(s, s->secret.err);
}

/* [authzid] NUL authcid NUL passwd (RFC 4616, section 2) */
static enum auth_sasl_next
plain(struct auth_sasl *s, struct slice in)
{
	struct slice authzid, authcid, passwd = in;

	if (!slice_cut(&passwd, '\0', &authzid) ||
	    !slice_cut(&passwd, '\0', &authcid))
		return fail(s, ERR_SYNTAX);
	if (authcid.len == 0 || slice_find(passwd, '\0') < passwd.len)
		return fail(s, ERR_SYNTAX);
	if (authzid.len > 0 && !slice_eq_nocase(authzid, authcid)) {
		(void)take(s, authcid, SLICE_NONE, AUTH_SASL_FAIL);
		return fail(s, ERR_DENIED); /* nobody acts for others */
	}
	return take(s, authcid, passwd, AUTH_SASL_PASSWORD);
}

/* User name, then password. An initial response is the user name. */
static enum auth_sasl_next
login(struct auth_sasl *s, struct slice in, struct buf *out)
{
	if (s->step == 1) {
		s->step = 2;
		if (in.len == 0)
			return fail(s, ERR_SYNTAX);
		if (take(s, in, SLICE_NONE, AUTH_SASL_CHALLENGE) ==
		    AUTH_SASL_FAIL)
			return AUTH_SASL_FAIL;
		return ask(s, out, "Password:");
	}
	return take(s, SLICE_NONE, in, AUTH_SASL_PASSWORD);
}

static enum auth_sasl_next
scram(struct auth_sasl *s, struct slice in)
{
	enum err e;

	if (s->step == 2)
		return take(s, SLICE_NONE, in, AUTH_SASL_PROOF);
	s->step = 2;
	if ((e = auth_scram_user(in, &s->user)) != ERR_OK)
		return fail(s, e);
	return take(s, SLICE_NONE, in, AUTH_SASL_ACCOUNT);
}

enum auth_sasl_next
auth_sasl_input(struct auth_sasl *s, struct slice in, struct buf *out)
{
	if (s->step == 0) {
		s->step = 1;
		if (in.p == NULL) /* RFC 4422: an empty challenge */
			return ask(
			    s, out, s->mech->client_first ? "" : "Username:");
	}
	if (in.len > AUTH_SASL_MESSAGE_MAX)
		return fail(s, ERR_SYNTAX);
	switch (s->mech->kind) {
	case AUTH_PLAIN:
		return plain(s, in);
	case AUTH_LOGIN:
		return login(s, in, out);
	case AUTH_SCRAM_SHA_256:
		return scram(s, in);
	}
	return fail(s, ERR_UNSUPPORTED);
}

enum auth_sasl_next
auth_sasl_verifier(struct auth_sasl *s, struct slice verifier, struct buf *out)
{
	enum err e =
	    auth_scram_begin(verifier, buf_slice(&s->secret), &s->scram, out);

	buf_wipe(&s->secret); /* room for the client's last message */
	return e == ERR_OK ? AUTH_SASL_CHALLENGE : fail(s, e);
}

enum err
auth_sasl_prove(struct auth_sasl *s, struct buf *out)
{
	return auth_scram_end(s->scram, buf_slice(&s->secret), out);
}
