/* Logging in: USER and PASS, AUTH (RFC 5034), STLS (RFC 2595). */
#include "mime/mime_code.h"
#include "pop3/pop3_priv.h"

#include "base/secret.h"

enum {
	NAME_MAX = 320,
	FAILURES_MAX = 3 /* wrong passwords on one connection */
};

/* --- the mailbox opens ---------------------------------------------------- */

static void
on_rows(struct store_open_req *q, struct slice rows, unsigned n)
{
	struct pop3_session *s = LIST_ITEM(q, struct pop3_session, open);

	(void)n;
	s->lease = q->lease;
	if (s->loading == ERR_OK)
		s->loading = pop3_drop_add(&s->drop, rows);
}

static void
on_open(struct store_req *r, enum err e)
{
	struct pop3_session *s = LIST_ITEM(r, struct pop3_session, open.r);

	s->lease = e == ERR_OK ? s->open.lease : 0;
	if (e == ERR_OK)
		e = s->loading;
	if (e != ERR_OK) {
		pop3_leave_mailbox(s);
		pop3_drop_fini(&s->drop);
		pop3_drop_init(&s->drop);
		pop3_resume(s, pop3_fail_err(s, e));
		return;
	}
	pop3_drop_loaded(&s->drop);
	pop3_enter_transaction(s);
	pop3_resume(s, pop3_line(s, "+OK %u messages (%llu octets)",
			   s->drop.count, (unsigned long long)s->drop.octets));
}

/* --- auth answers ----------------------------------------------------------
 */

static enum pop3_next
refused(struct pop3_session *s, enum err e)
{
	if (e == ERR_SYNTAX || e == ERR_UNSUPPORTED)
		return pop3_fail(s, e == ERR_SYNTAX
					? "not a response of this mechanism"
					: "mechanism not available here");
	if (e != ERR_DENIED)
		return pop3_fail_err(s, e);
	pop3_line(s, "-ERR [AUTH] wrong name or password");
	return ++s->failures < FAILURES_MAX ? POP3_READ : POP3_CLOSE;
}

static enum pop3_next
open_mailbox(struct pop3_session *s)
{
	s->loading = ERR_OK;
	s->open.rows = on_rows;
	s->open.r.done = on_open;
	s->open.lease = 0;
	store_call_open(s->server->store, &s->open, &s->auth.login.ticket);
	return POP3_WAIT;
}

static void
send_challenge(struct pop3_session *s, struct slice data)
{
	struct buf text = BUF_INIT(2 * POP3_AUTH_LINE_MAX);

	mime_code_add_base64(&text, data);
	pop3_line(s, "+ %s", buf_cstr(&text));
	buf_wipe(&text);
	s->in_auth = true;
	pop3_resume(s, POP3_READ);
}

static void
login_done(struct auth_exchange *x, enum err e, struct slice data)
{
	struct pop3_session *s = LIST_ITEM(x, struct pop3_session, auth);

	s->authenticated = e == ERR_OK;
	if (s->in_auth) /* lost while the client has its say: told after it */
		return;
	if (e != ERR_OK)
		pop3_resume(s, refused(s, e));
	else if (data.len > 0) /* SCRAM's last word; answered by "" */
		send_challenge(s, data);
	else
		pop3_resume(s, open_mailbox(s));
}

static void
challenge(struct auth_exchange *x, struct slice data)
{
	send_challenge(LIST_ITEM(x, struct pop3_session, auth), data);
}

static void
prepare(struct pop3_session *s)
{
	s->authenticated = false;
	s->auth.challenge = challenge;
	s->auth.done = login_done;
}

/* --- commands ---------------------------------------------------------------
 */

/* USER name (RFC 1939 section 7): never says whether the name exists. */
enum pop3_next
pop3_user(struct pop3_session *s, const struct pop3_args *a)
{
	if (a->rest.len > NAME_MAX)
		return pop3_fail(s, "name too long");
	buf_reset(&s->user);
	buf_add_slice(&s->user, a->rest);
	return s->user.err == ERR_OK ? pop3_line(s, "+OK")
				     : pop3_fail_err(s, s->user.err);
}

/* PASS string (section 7): all behind the first space, spaces included. */
enum pop3_next
pop3_pass(struct pop3_session *s, const struct pop3_args *a)
{
	if (s->user.len == 0)
		return pop3_fail(s, "USER first");
	prepare(s);
	auth_call_password(s->server->auth, &s->auth, MSG_PROTO_POP3, s->secure,
	    net_stream_peer(s->stream), buf_slice(&s->user), a->rest);
	buf_wipe(&s->user);
	return POP3_WAIT;
}

void
pop3_auth_names(const struct pop3_session *s, struct buf *out)
{
	const char *name;

	for (unsigned i = 0; (name = auth_mechanism(s->server->conf,
				  pop3_secrets_ok(s), i)) != NULL;
	     i++)
		buf_addf(out, " %s", name);
}

/* AUTH alone: clients older than CAPA expect the list. */
static enum pop3_next
list_mechanisms(struct pop3_session *s)
{
	const char *name;

	pop3_line(s, "+OK mechanisms follow");
	for (unsigned i = 0; (name = auth_mechanism(s->server->conf,
				  pop3_secrets_ok(s), i)) != NULL;
	     i++)
		pop3_line(s, "%s", name);
	return pop3_line(s, ".");
}

static bool
offered(const struct pop3_session *s, struct slice mechanism)
{
	const char *name;

	for (unsigned i = 0; (name = auth_mechanism(s->server->conf,
				  pop3_secrets_ok(s), i)) != NULL;
	     i++)
		if (slice_eq_nocase(mechanism, slice_str(name)))
			return true;
	return false;
}

/* AUTH mechanism [initial-response] (RFC 5034 section 4) */
enum pop3_next
pop3_auth(struct pop3_session *s, const struct pop3_args *a)
{
	struct buf initial = BUF_INIT(POP3_AUTH_LINE_MAX);
	struct slice given = SLICE_NONE;
	enum err e = ERR_OK;

	if (a->count == 0)
		return list_mechanisms(s);
	if (!offered(s, a->arg[0]))
		return pop3_fail(s, "mechanism not available here");
	if (a->count == 2) {
		given = SLICE("");
		if (!slice_eq(a->arg[1], SLICE("=")))
			e = mime_code_base64(a->arg[1], &initial);
		if (initial.len > 0)
			given = buf_slice(&initial);
	}
	prepare(s);
	if (e == ERR_OK)
		auth_call_start(s->server->auth, &s->auth, MSG_PROTO_POP3,
		    s->secure, net_stream_peer(s->stream), a->arg[0], given);
	buf_wipe(&initial);
	return e == ERR_OK ? POP3_WAIT : pop3_fail(s, "bad base64");
}

enum pop3_next
pop3_auth_line(struct pop3_session *s, struct slice line)
{
	struct buf response = BUF_INIT(POP3_AUTH_LINE_MAX);
	enum err e;

	s->in_auth = false;
	if (slice_eq(line, SLICE("*"))) {
		auth_call_abort(s->server->auth, &s->auth);
		return pop3_line(s, "-ERR cancelled");
	}
	if (s->authenticated)
		return line.len == 0 ? open_mailbox(s)
				     : pop3_fail(s, "empty line expected");
	if (!s->auth.busy)
		return pop3_fail_err(s, ERR_RETRY);
	e = mime_code_base64(line, &response);
	if (e == ERR_OK)
		auth_call_step(s->server->auth, &s->auth, buf_slice(&response));
	else
		auth_call_abort(s->server->auth, &s->auth);
	buf_wipe(&response);
	return e == ERR_OK ? POP3_WAIT : pop3_fail(s, "bad base64");
}

/*
 * STLS (RFC 2595 section 4). What came behind it in clear is somebody's
 * attempt to have it run under TLS: the connection ends.
 */
enum pop3_next
pop3_stls(struct pop3_session *s, const struct pop3_args *a)
{
	(void)a;
	pop3_line(s, "+OK begin TLS");
	return s->behind > 0 ? POP3_CLOSE : POP3_TLS;
}
