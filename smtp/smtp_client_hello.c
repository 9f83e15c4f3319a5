/*
 * From the greeting to a connection that takes mail. What is known of a server
 * before TLS is forgotten behind it (RFC 3207 section 4.2). Where TLS is only
 * wished for and the handshake fails, the same is done once more without; a
 * password never goes that way.
 */
#include "smtp/smtp_client_priv.h"

#include "base/secret.h"
#include "mime/mime_code.h"

#include <stdio.h>
#include <string.h>

enum { LINE_MAX_LEN = 12288 }; /* RFC 4954 section 4 */

static void
say_word(struct smtp_client *c, enum smtp_step step, const char *verb,
    const char *word)
{
	struct buf b = BUF_INIT(LINE_MAX_LEN);

	buf_addf(&b, "%s %s\r\n", verb, word);
	smtp_client_say(c, step, buf_slice(&b));
	buf_fini(&b);
}

static void
say_hello(struct smtp_client *c, enum smtp_step step)
{
	c->offer = (struct smtp_offer){0};
	say_word(c, step, step == SMTP_STEP_EHLO ? "EHLO" : "HELO",
	    c->site->conf->hostname);
}

static void
await_greeting(struct smtp_client *c)
{
	c->due = 1;
	smtp_client_expect(c, SMTP_STEP_GREETING);
}

static void
ready(struct smtp_client *c, const struct smtp_verdict *v)
{
	c->target.user = NULL;
	c->target.password = SLICE_NONE;
	smtp_client_rest(c, SMTP_STEP_IDLE);
	c->ops->ready(c->ctx, v);
}

/* --- login ---------------------------------------------------------------- */

/* A line of secrets: lead, then base64 of what; no copy of it is left. */
static void
say_secret(struct smtp_client *c, enum smtp_step step, const char *lead,
    struct slice what)
{
	struct buf b = BUF_INIT(LINE_MAX_LEN);

	/* at once, so that no outgrown copy is freed as it is */
	(void)buf_reserve(&b, strlen(lead) + what.len * 2 + 8);
	buf_add_str(&b, lead);
	mime_code_add_base64(&b, what);
	buf_add_str(&b, "\r\n");
	if (b.err != ERR_OK) {
		buf_wipe(&b);
		smtp_client_fail_with(
		    c, ERR_RETRY, "4.7.8", "user name or password is too long");
		return;
	}
	smtp_client_say(c, step, buf_slice(&b));
	net_stream_secret(c->stream);
	buf_wipe(&b);
}

static void
say_plain(struct smtp_client *c)
{
	struct slice password = c->target.password;
	struct buf b = BUF_INIT(LINE_MAX_LEN);

	(void)buf_reserve(&b, strlen(c->target.user) + password.len + 2);
	buf_add_char(&b, '\0');
	buf_add_str(&b, c->target.user);
	buf_add_char(&b, '\0');
	buf_add_slice(&b, password);
	say_secret(c, SMTP_STEP_PLAIN, "AUTH PLAIN ", buf_slice(&b));
	buf_wipe(&b);
}

static void
log_in(struct smtp_client *c, const struct smtp_verdict *v)
{
	if (c->target.user == NULL)
		ready(c, v);
	else if (c->target.password.len == 0)
		smtp_client_fail_with(c, ERR_RETRY, "4.3.5",
		    "the password for this server cannot be read");
	else if (!net_stream_secure(c->stream) &&
		 !net_addr_is_loopback(&c->target.addr))
		smtp_client_fail_with(
		    c, ERR_RETRY, "4.7.0", "password is not sent without TLS");
	else if ((c->offer.mechs & CONF_MECH_PLAIN) != 0)
		say_plain(c);
	else if ((c->offer.mechs & CONF_MECH_LOGIN) != 0)
		smtp_client_say(c, SMTP_STEP_LOGIN, SLICE("AUTH LOGIN\r\n"));
	else
		smtp_client_fail_with(c, ERR_RETRY, "4.7.4",
		    "server offers neither AUTH PLAIN nor LOGIN");
}

/* What an operator can set right is not the message's fault. */
static void
not_let_in(struct smtp_client *c, const struct smtp_verdict *v)
{
	struct smtp_verdict retry = *v;

	if (v->err == ERR_OK) {
		smtp_client_breach(c, "unexpected reply");
		return;
	}
	retry.err = ERR_RETRY;
	smtp_client_fail(c, &retry);
}

void
smtp_client_on_login(struct smtp_client *c, const struct smtp_verdict *v)
{
	if (v->code == 334)
		say_secret(c, SMTP_STEP_USER, "", slice_str(c->target.user));
	else
		not_let_in(c, v);
}

void
smtp_client_on_user(struct smtp_client *c, const struct smtp_verdict *v)
{
	if (v->code == 334)
		say_secret(c, SMTP_STEP_PASSWORD, "", c->target.password);
	else
		not_let_in(c, v);
}

void
smtp_client_on_last_login(struct smtp_client *c, const struct smtp_verdict *v)
{
	if (v->err == ERR_OK && v->code < 300)
		ready(c, v);
	else
		not_let_in(c, v);
}

/* --- TLS ------------------------------------------------------------------ */

static bool
tls_is_must(const struct smtp_client *c)
{
	return c->target.implicit_tls || c->target.tls == CONF_OUT_REQUIRE ||
	       c->target.tls == CONF_OUT_VERIFY;
}

static enum net_tls_trust
trust(const struct smtp_client *c)
{
	return c->target.tls == CONF_OUT_VERIFY    ? NET_TLS_VERIFY
	       : c->target.tls == CONF_OUT_REQUIRE ? NET_TLS_STRONG
						   : NET_TLS_ANY;
}

/* A certificate may be for an address, too. */
static enum err
connect_tls(struct smtp_client *c)
{
	struct buf ip = BUF_INIT(64), key = BUF_INIT(64);
	const char *host = c->target.host;
	enum err e;

	net_addr_add_ip(&ip, &c->target.addr);
	net_addr_add(&key, &c->target.addr);
	if (host[0] == '\0')
		host = buf_cstr(&ip);
	e = c->site->tls == NULL
		? ERR_UNSUPPORTED
		: net_stream_tls_connect(
		      c->stream, c->site->tls, host, trust(c), buf_slice(&key));
	buf_fini(&ip);
	buf_fini(&key);
	return e;
}

/* In clear, from the beginning, if that is allowed. */
static void
tls_failed(struct smtp_client *c, struct slice why)
{
	struct buf text = BUF_INIT(SMTP_CLIENT_REPLY);

	if (!tls_is_must(c) && c->target.user == NULL) {
		c->no_tls = true;
		smtp_client_dial(c);
		if (c->connect == NULL)
			smtp_client_fail_with(
			    c, ERR_RETRY, "4.3.0", err_text(ERR_NOMEM));
		return;
	}
	buf_addf(&text, "TLS handshake failed: %.*s", SLICE_ARG(why));
	smtp_client_fail_with(c, ERR_RETRY, "4.7.5", buf_cstr(&text));
	buf_fini(&text);
}

static void
begin_tls(struct smtp_client *c)
{
	enum err e = connect_tls(c);

	if (e == ERR_OK)
		smtp_client_rest(c, SMTP_STEP_SHAKE);
	else
		tls_failed(c, slice_str(err_text(e)));
}

static void
name_tls(struct smtp_client *c)
{
	struct slice rest = net_stream_tls_name(c->stream), version;

	(void)slice_cut(&rest, ' ', &version);
	(void)snprintf(c->tls_name, sizeof c->tls_name, "%.*s%s",
	    SLICE_ARG(version),
	    net_stream_verified(c->stream) ? " verified" : "");
}

void
smtp_client_secured(struct smtp_client *c, enum err e)
{
	struct slice why = net_stream_tls_error(c->stream);

	c->answer = (struct smtp_answer){0};
	if (e != ERR_OK) {
		tls_failed(c, why.len > 0 ? why : slice_str(err_text(e)));
		return;
	}
	name_tls(c);
	if (c->target.implicit_tls)
		await_greeting(c);
	else
		say_hello(c, SMTP_STEP_EHLO);
}

/* What was sent in clear behind the 220 would be read as if it had come over
 * TLS (CVE-2011-0411, from the other side). */
void
smtp_client_on_starttls(struct smtp_client *c, const struct smtp_verdict *v)
{
	struct smtp_verdict other = *v;

	if (v->err == ERR_OK && c->stray) {
		smtp_client_breach(c, "server spoke in clear behind STARTTLS");
	} else if (v->err == ERR_OK) {
		begin_tls(c);
	} else if (tls_is_must(c)) {
		other.err = ERR_RETRY;
		smtp_client_fail(c, &other);
	} else { /* 454: nothing has changed (RFC 3207 section 4) */
		c->no_tls = true;
		smtp_verdict_set(&other, ERR_OK, "2.0.0",
		    SLICE("without TLS: the server refused it"));
		log_in(c, &other);
	}
}

/* --- hello ---------------------------------------------------------------- */

static bool
tls_is_wanted(const struct smtp_client *c)
{
	return c->target.tls != CONF_OUT_NEVER && !c->no_tls &&
	       !net_stream_secure(c->stream) &&
	       (c->site->tls != NULL || tls_is_must(c));
}

static void
greeted(struct smtp_client *c, const struct smtp_verdict *v)
{
	if (!tls_is_wanted(c))
		log_in(c, v);
	else if (smtp_offer_has(&c->offer, SMTP_EXT_STARTTLS))
		smtp_client_say(c, SMTP_STEP_STARTTLS, SLICE("STARTTLS\r\n"));
	else if (tls_is_must(c))
		smtp_client_fail_with(c, ERR_RETRY, "4.7.4",
		    "TLS is required, and the server does not offer it");
	else
		log_in(c, v);
}

void
smtp_client_connected(struct smtp_client *c)
{
	if (c->target.implicit_tls)
		begin_tls(c);
	else
		await_greeting(c);
}

void
smtp_client_on_greeting(struct smtp_client *c, const struct smtp_verdict *v)
{
	if (v->err != ERR_OK)
		smtp_client_fail(c, v);
	else if (v->code >= 300)
		smtp_client_breach(c, "unexpected reply");
	else
		say_hello(c, SMTP_STEP_EHLO);
}

void
smtp_client_on_ehlo(struct smtp_client *c, const struct smtp_verdict *v)
{
	if (v->err == ERR_DENIED) /* RFC 5321 section 3.2 */
		say_hello(c, SMTP_STEP_HELO);
	else
		smtp_client_on_helo(c, v);
}

void
smtp_client_on_helo(struct smtp_client *c, const struct smtp_verdict *v)
{
	if (v->err != ERR_OK)
		smtp_client_fail(c, v);
	else if (v->code >= 300)
		smtp_client_breach(c, "unexpected reply");
	else
		greeted(c, v);
}
