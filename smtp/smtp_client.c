/* The connection of a client: replies in, commands out, patience, the end. */
#include "smtp/smtp_client.h"

#include "dns/dns.h"
#include "smtp/smtp_client_priv.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	IN_MAX = 4096,         /* replies are taken whole, as they come */
	BLOCK_MS = 180 * 1000, /* RFC 5321 section 4.5.3.2.5 */
	/* for an address behind which there are others: that IPv6 is half
	 * there is not to cost all of the time */
	OTHERS_MS = 5000,
	GOODBYE_MS = 2000 /* for the reply to QUIT */
};

/* RFC 5321 section 4.5.3.2; what it does not name takes as long as MAIL. */
/* clang-format off */
static const struct {
	const char *name; /* for people */
	smtp_step_fn *reply;
	uint32_t wait_s;
} steps[SMTP_STEPS] = {
    [SMTP_STEP_CONNECT] = {"connect", NULL, 0},
    [SMTP_STEP_GREETING] = {"greeting", smtp_client_on_greeting, 300},
    [SMTP_STEP_EHLO] = {"EHLO", smtp_client_on_ehlo, 300},
    [SMTP_STEP_HELO] = {"HELO", smtp_client_on_helo, 300},
    [SMTP_STEP_STARTTLS] = {"STARTTLS", smtp_client_on_starttls, 300},
    [SMTP_STEP_SHAKE] = {"TLS handshake", NULL, 0},
    [SMTP_STEP_PLAIN] = {"AUTH", smtp_client_on_last_login, 300},
    [SMTP_STEP_LOGIN] = {"AUTH", smtp_client_on_login, 300},
    [SMTP_STEP_USER] = {"AUTH", smtp_client_on_user, 300},
    [SMTP_STEP_PASSWORD] = {"AUTH", smtp_client_on_last_login, 300},
    [SMTP_STEP_IDLE] = {"idle", NULL, 0},
    [SMTP_STEP_REFUSED] = {"idle", NULL, 0},
    [SMTP_STEP_MAIL] = {"MAIL", smtp_client_on_mail, 300},
    [SMTP_STEP_RCPT] = {"RCPT", smtp_client_on_rcpt, 300},
    [SMTP_STEP_DATA] = {"DATA", smtp_client_on_data, 120},
    [SMTP_STEP_BODY] = {"text of the message", smtp_client_on_early, 0},
    [SMTP_STEP_END] = {"end of the message", smtp_client_on_end, 600},
    [SMTP_STEP_LONE] = {"end of no message", smtp_client_on_lone, 300},
    [SMTP_STEP_RSET] = {"RSET", smtp_client_on_rset, 300},
    [SMTP_STEP_OVER] = {"end", NULL, 0},
};
/* clang-format on */

/* --- being freed in callbacks --------------------------------------------- */

static void
destroy(struct smtp_client *c)
{
	smtp_client_tx_fini(&c->tx);
	free(c);
}

/* Every way in from the loop is between these two. */
static void
enter(struct smtp_client *c)
{
	c->held = true;
}

static void
leave(struct smtp_client *c)
{
	c->held = false;
	if (c->dead)
		destroy(c);
}

/* --- commands and patience ------------------------------------------------ */

void
smtp_client_rest(struct smtp_client *c, enum smtp_step step)
{
	c->step = step;
	net_timer_clear(&c->timer);
}

void
smtp_client_expect(struct smtp_client *c, enum smtp_step step)
{
	uint64_t ms = steps[step].wait_s * 1000ULL,
		 most = c->site->conf->outbound.command_ms;

	/* a reply behind the text that is not waited for may mean a message
	 * twice: that patience is not cut short */
	if (step != SMTP_STEP_END && most != 0 && most < ms)
		ms = most;
	c->step = step;
	c->lines = 0;
	(void)net_timer_set(&c->timer, ms);
}

void
smtp_client_say_ahead(struct smtp_client *c, struct slice line)
{
	net_stream_write(c->stream, line);
	c->due++;
}

void
smtp_client_say(struct smtp_client *c, enum smtp_step step, struct slice line)
{
	smtp_client_say_ahead(c, line);
	smtp_client_expect(c, step);
}

/* --- the end -------------------------------------------------------------- */

/* Say QUIT if that has a meaning, and have no connection any more. */
static void
hang_up(struct smtp_client *c, bool politely)
{
	net_timer_clear(&c->timer);
	net_later_remove(c->site->loop, &c->later);
	net_race_free(&c->connect);
	if (politely && c->stream != NULL) {
		net_stream_write(c->stream, SLICE("QUIT\r\n"));
		net_stream_leave(&c->stream, GOODBYE_MS);
	}
	net_stream_free(&c->stream);
	c->step = SMTP_STEP_OVER;
}

void
smtp_client_fail(struct smtp_client *c, const struct smtp_verdict *v)
{
	enum smtp_step was = c->step;

	if (was == SMTP_STEP_OVER)
		return;
	/* a server that refuses to go on waits for QUIT (RFC 5321 section
	 * 3.1), unless it has said 421 */
	hang_up(c, was < SMTP_STEP_IDLE && v->code != 0 && v->code != 421);
	if (was < SMTP_STEP_IDLE)
		c->ops->ready(c->ctx, v);
	else if (was == SMTP_STEP_IDLE)
		c->ops->closed(c->ctx);
	else
		smtp_client_tx_end(c, v, false);
}

void
smtp_client_fail_with(
    struct smtp_client *c, enum err e, const char *status, const char *text)
{
	struct smtp_verdict v;

	smtp_verdict_set(&v, e, status, slice_str(text));
	smtp_client_fail(c, &v);
}

/* Something went wrong with the connection. Once all of the message has been
 * sent, it may have been taken. */
static void
lost(struct smtp_client *c, enum err e, const char *what)
{
	bool sent =
	    c->step == SMTP_STEP_END && net_stream_unsent(c->stream) == 0;
	char text[200];

	(void)snprintf(text, sizeof text, "%s (%s)", what, steps[c->step].name);
	smtp_client_fail_with(c, sent ? ERR_UNKNOWN : e, "4.4.2", text);
}

void
smtp_client_breach(struct smtp_client *c, const char *what)
{
	lost(c, ERR_PROTO, what);
}

void
smtp_client_free(struct smtp_client **cp)
{
	struct smtp_client *c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	hang_up(c, c->step == SMTP_STEP_IDLE);
	c->dead = true;
	if (!c->held)
		destroy(c);
}

/* --- replies -------------------------------------------------------------- */

/* A reply that answers nothing: the last words of a server, or a mix-up. */
static void
on_unasked(struct smtp_client *c, const struct smtp_verdict *v)
{
	if (c->step == SMTP_STEP_BODY)
		smtp_client_on_early(c, v);
	else if (v->code == 421)
		smtp_client_fail(c, v);
	else
		smtp_client_breach(c, "server sent a reply too many");
}

static void
on_reply(struct smtp_client *c, bool more)
{
	struct smtp_verdict v;

	smtp_answer_verdict(&c->answer, &v);
	if (c->stray || c->due == 0) {
		on_unasked(c, &v);
		return;
	}
	c->due--;
	/* nothing is asked that this could be the answer to */
	c->stray = c->due == 0 && more;
	if (v.code == 421)
		smtp_client_fail(c, &v);
	else
		steps[c->step].reply(c, &v);
}

static void
on_line(struct smtp_client *c)
{
	/* the first line has the server's name */
	if (c->step == SMTP_STEP_EHLO && c->lines > 0)
		smtp_offer_add(&c->offer, smtp_answer_line(&c->answer));
	c->lines++;
}

static void
take(struct smtp_client *c, struct slice *in)
{
	switch (smtp_answer_take(&c->answer, in)) {
	case SMTP_GOT_NOTHING:
		return;
	case SMTP_GOT_LINE:
		on_line(c);
		return;
	case SMTP_GOT_REPLY:
		on_line(c);
		on_reply(c, in->len > 0);
		return;
	case SMTP_GOT_NONSENSE:
		smtp_client_breach(c, "server sent what is not a reply");
		return;
	}
}

static size_t
on_input(void *ctx, struct slice in)
{
	struct smtp_client *c = ctx;
	size_t all = in.len;

	enter(c);
	c->stray = c->stray || c->due == 0;
	/* idle: whatever it says, it is about to go */
	while (in.len > 0 && !c->dead && c->step != SMTP_STEP_OVER &&
	       c->step != SMTP_STEP_SHAKE && c->step != SMTP_STEP_IDLE)
		take(c, &in);
	if (!c->dead && c->step == SMTP_STEP_IDLE && c->stray)
		smtp_client_breach(c, "server spoke unasked");
	leave(c);
	return all;
}

/* --- the stream's other news ---------------------------------------------- */

static void
on_drained(void *ctx)
{
	struct smtp_client *c = ctx;

	enter(c);
	smtp_client_go_on(c);
	leave(c);
}

static void
on_secured(void *ctx, enum err e)
{
	struct smtp_client *c = ctx;

	enter(c);
	smtp_client_secured(c, e);
	leave(c);
}

static void
on_closed(void *ctx, enum err why)
{
	struct smtp_client *c = ctx;

	enter(c);
	if (why == ERR_TIMEOUT)
		lost(c, ERR_TIMEOUT, "timed out");
	else
		lost(c, ERR_CLOSED, "connection closed by the server");
	leave(c);
}

static const struct net_stream_ops stream_ops = {
    .input = on_input,
    .drained = on_drained,
    .secured = on_secured,
    .closed = on_closed,
};

static void
on_due(void *ctx)
{
	struct smtp_client *c = ctx;

	enter(c);
	lost(c, ERR_TIMEOUT,
	    c->step == SMTP_STEP_BODY ? "the message was taken too slowly"
				      : "timed out waiting for a reply");
	leave(c);
}

static void
on_later(void *ctx)
{
	struct smtp_client *c = ctx;

	enter(c);
	smtp_client_go_on(c);
	leave(c);
}

/* --- the beginning -------------------------------------------------------- */

static const char *
no_connection(enum err e)
{
	return e == ERR_TIMEOUT  ? "connection timed out"
	       : e == ERR_CLOSED ? "connection refused"
				 : "host cannot be reached";
}

static void
name_peer(struct smtp_client *c)
{
	struct buf b = BUF_INIT(sizeof c->peer);

	buf_add_str(&b, c->target.host);
	buf_add_char(&b, '[');
	net_addr_add_ip(&b, &c->target.addr);
	buf_addf(&b, "]:%u", c->target.addr.port);
	(void)snprintf(c->peer, sizeof c->peer, "%s", buf_cstr(&b));
	buf_fini(&b);
}

/* That is the address which is spoken to, and the one to call back. */
static void
settle_on(struct smtp_client *c, unsigned i)
{
	if (i > 0)
		c->target.addr = c->target.others[i - 1];
	c->target.nothers = 0;
	c->met = true;
	name_peer(c);
}

static void
on_connect(void *ctx, enum err e, int fd, unsigned i)
{
	struct smtp_client *c = ctx;
	uint64_t block = c->site->conf->outbound.command_ms;

	enter(c);
	c->connect = NULL;
	if (e != ERR_OK) {
		smtp_client_fail_with(c, ERR_RETRY, "4.4.1", no_connection(e));
	} else if ((c->stream = net_stream_new(
			c->site->loop, fd, IN_MAX, &stream_ops, c)) == NULL) {
		smtp_client_fail_with(
		    c, ERR_RETRY, "4.3.0", err_text(ERR_NOMEM));
	} else {
		settle_on(c, i);
		net_stream_set_timeouts(c->stream, 0,
		    block != 0 && block < BLOCK_MS ? block : BLOCK_MS);
		smtp_client_connected(c);
	}
	leave(c);
}

void
smtp_client_dial(struct smtp_client *c)
{
	uint64_t wait_ms = c->site->conf->outbound.connect_ms;
	struct net_addr to[DNS_ADDRS_MAX];
	unsigned n = 0;

	if (c->target.connect_ms != 0 && c->target.connect_ms < wait_ms)
		wait_ms = c->target.connect_ms;
	net_stream_free(&c->stream);
	smtp_client_rest(c, SMTP_STEP_CONNECT);
	c->due = 0;
	c->stray = false;
	c->answer = (struct smtp_answer){0};
	to[n++] = c->target.addr;
	while (n <= c->target.nothers && n < DNS_ADDRS_MAX) {
		to[n] = c->target.others[n - 1];
		n++;
	}
	c->connect = net_race_new(c->site->loop, to, n,
	    wait_ms < OTHERS_MS ? wait_ms : OTHERS_MS, wait_ms, on_connect, c);
}

struct smtp_client *
smtp_client_new(const struct smtp_client_site *site,
    const struct smtp_client_target *target, const struct smtp_client_ops *ops,
    void *ctx)
{
	struct smtp_client *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->site = site;
	c->target = *target;
	c->ops = ops;
	c->ctx = ctx;
	net_timer_init(&c->timer, site->loop, on_due, c);
	net_later_init(&c->later, on_later, c);
	name_peer(c);
	smtp_client_dial(c);
	if (c->connect == NULL)
		smtp_client_free(&c);
	return c;
}

/* --- questions ------------------------------------------------------------ */

bool
smtp_client_takes_eight(const struct smtp_client *c)
{
	return smtp_offer_has(&c->offer, SMTP_EXT_8BITMIME);
}

bool
smtp_client_takes_utf8(const struct smtp_client *c)
{
	return smtp_offer_has(&c->offer, SMTP_EXT_UTF8);
}

bool
smtp_client_takes_dsn(const struct smtp_client *c)
{
	return smtp_offer_has(&c->offer, SMTP_EXT_DSN);
}

uint64_t
smtp_client_size_max(const struct smtp_client *c)
{
	return c->offer.size;
}

struct slice
smtp_client_tls(const struct smtp_client *c)
{
	return slice_str(c->tls_name);
}

struct slice
smtp_client_peer(const struct smtp_client *c)
{
	return slice_str(c->peer);
}

const struct net_addr *
smtp_client_addr(const struct smtp_client *c)
{
	return &c->target.addr;
}

bool
smtp_client_met(const struct smtp_client *c)
{
	return c->met;
}
