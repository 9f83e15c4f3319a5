/*
 * AUTH (RFC 4954). Mechanisms and secrets are the auth process's; here are
 * base64, order and the number of tries.
 */
#include "smtp/smtp_priv.h"

#include "mime/mime_code.h"
#include "smtp/smtp_parse.h"
#include "smtp/smtp_policy.h"

#include <stdlib.h>

void
smtp_auth_free(struct smtp_session *s)
{
	if (s->login == NULL)
		return;
	if (s->login->x.busy)
		auth_call_abort(s->host->auth, &s->login->x);
	free(s->login);
	s->login = NULL;
	if (s->mode == SMTP_SASL)
		s->mode = SMTP_LINES;
}

/* "334 " and base64: a challenge, which may be empty */
static void
say_challenge(struct smtp_session *s, struct slice data)
{
	struct buf text = BUF_INIT(2 * SMTP_AUTH_MAX);

	mime_code_add_base64(&text, data);
	smtp_say_line(&s->out, 334, true, buf_slice(&text));
	buf_wipe(&text);
}

static void
challenged(struct auth_exchange *x, struct slice data)
{
	struct smtp_session *s = LIST_ITEM(x, struct smtp_login, x)->s;

	say_challenge(s, data);
	s->mode = SMTP_SASL;
	smtp_session_go_on(s, SMTP_ON_REPLY, SMTP_READ);
}

static enum smtp_next
failed(struct smtp_session *s, enum err e)
{
	smtp_auth_free(s);
	if (e == ERR_DENIED)
		s->d.failed_logins++;
	return smtp_session_say(s, smtp_say_of(SMTP_AT_AUTH, e));
}

static enum smtp_next
succeeded(struct smtp_session *s)
{
	s->mode = SMTP_LINES;
	s->d.logged_in = true;
	smtp_log_login(s);
	return smtp_session_say(s, SMTP_SAY_LOGIN_OK);
}

/*
 * The end of the exchange. Data that goes with success (SCRAM's signature) is
 * a last challenge, which the client answers with an empty line: 235 has no
 * place for it (RFC 4954 section 4).
 */
static void
finished(struct auth_exchange *x, enum err e, struct slice data)
{
	struct smtp_session *s = LIST_ITEM(x, struct smtp_login, x)->s;
	enum smtp_next next;

	if ((s->waits & SMTP_ON_REPLY) == 0) {
		s->login->lost = true; /* told when the client has answered */
		return;
	}
	if (e == ERR_OK && data.len > 0) {
		say_challenge(s, data);
		s->login->last = true;
		s->mode = SMTP_SASL;
		next = SMTP_READ;
	} else {
		next = e == ERR_OK ? succeeded(s) : failed(s, e);
	}
	smtp_session_go_on(s, SMTP_ON_REPLY, next);
}

/* The client's part of the exchange is bad: no guess, but an error. */
static enum smtp_next
give_up(struct smtp_session *s, enum smtp_say say)
{
	smtp_auth_free(s);
	return smtp_session_say(s, say);
}

static enum smtp_next
answer(struct smtp_session *s, struct slice response)
{
	if (s->login->lost)
		return give_up(s, SMTP_SAY_LOGIN_RETRY);
	if (s->login->last)
		return response.len == 0 ? succeeded(s)
					 : give_up(s, SMTP_SAY_LOGIN_SYNTAX);
	auth_call_step(s->host->auth, &s->login->x, response);
	return SMTP_WAIT;
}

enum smtp_next
smtp_auth_answer(struct smtp_session *s, struct slice line)
{
	struct buf plain = BUF_INIT(SMTP_AUTH_MAX);
	enum smtp_next next;

	if (slice_eq(line, SLICE("*")))
		return give_up(s, SMTP_SAY_CANCELLED);
	if (mime_code_base64(line, &plain) != ERR_OK)
		next = give_up(s, SMTP_SAY_BAD_BASE64);
	else
		next = answer(s, buf_slice(&plain));
	buf_wipe(&plain);
	return next;
}

/* Does EHLO announce it here? */
static bool
is_open(const struct smtp_session *s, struct slice mechanism)
{
	struct smtp_facts f = smtp_session_facts(s);
	bool ok = smtp_ext_password_ok(&f);
	const char *name;

	for (unsigned i = 0; (name = auth_mechanism(f.conf, ok, i)); i++)
		if (slice_eq_nocase(mechanism, slice_str(name)))
			return true;
	return false;
}

static enum smtp_next
start(struct smtp_session *s, struct slice mechanism, struct slice initial)
{
	if ((s->login = calloc(1, sizeof *s->login)) == NULL)
		return smtp_session_say(s, SMTP_SAY_LOGIN_RETRY);
	s->login->s = s;
	s->login->x.challenge = challenged;
	s->login->x.done = finished;
	smtp_session_flush(s); /* a wrong password has time */
	auth_call_start(s->host->auth, &s->login->x, MSG_PROTO_SUBMISSION,
	    net_stream_secure(s->stream), &s->peer, mechanism, initial);
	return SMTP_WAIT;
}

/* No initial response, an empty one ("="), or base64 (section 4) */
static enum smtp_next
decode_and_start(
    struct smtp_session *s, struct slice mechanism, struct slice text)
{
	struct buf plain = BUF_INIT(SMTP_AUTH_MAX);
	enum smtp_next next;

	if (text.len == 0)
		next = start(s, mechanism, SLICE_NONE);
	else if (slice_eq(text, SLICE("=")))
		next = start(s, mechanism, SLICE(""));
	else if (mime_code_base64(text, &plain) != ERR_OK)
		next = smtp_session_say(s, SMTP_SAY_BAD_BASE64);
	else
		next = start(s, mechanism, buf_slice(&plain));
	buf_wipe(&plain);
	return next;
}

/* Why AUTH is refused on this connection or now */
static enum smtp_say
refusal(const struct smtp_session *s, struct slice args)
{
	struct smtp_facts f = smtp_session_facts(s);
	enum smtp_say say = smtp_policy_channel(&f);

	if (say == SMTP_SAY_OK && s->d.logged_in)
		say = SMTP_SAY_LOGGED_IN;
	if (say == SMTP_SAY_OK && f.listener->auth != CONF_AUTH_OFF &&
	    !smtp_ext_password_ok(&f) && f.has_tls)
		say = SMTP_SAY_LOGIN_TLS;
	if (say == SMTP_SAY_OK)
		say = smtp_cmd_refusal(s, smtp_cmd_auth);
	if (say == SMTP_SAY_OK && args.len == 0)
		say = SMTP_SAY_BAD_ARGS;
	return say;
}

enum smtp_next
smtp_cmd_auth(struct smtp_session *s, struct slice args)
{
	struct slice mechanism;
	enum smtp_say say = refusal(s, args);

	if (say != SMTP_SAY_OK)
		return smtp_session_say(s, say);
	if (s->d.failed_logins >= SMTP_LOGIN_TRIES)
		return smtp_session_say(s, SMTP_SAY_TOO_MANY_LOGINS);
	slice_cut(&args, ' ', &mechanism);
	if (!is_open(s, mechanism))
		return smtp_session_say(s, SMTP_SAY_NO_MECHANISM);
	return decode_and_start(s, mechanism, slice_trim(args));
}
