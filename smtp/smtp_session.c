/*
 * One connection: begin, time, pauses, output, end. Input is cut into lines and
 * text in smtp_input.c; which command does what is in smtp_cmd.c and its
 * handlers.
 */
#include "smtp/smtp_session.h"

#include "base/clock.h"
#include "smtp/smtp_policy.h"
#include "smtp/smtp_priv.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	IN_MAX = 16 * 1024,  /* over SMTP_AUTH_MAX, the longest line */
	OUT_MAX = 16 * 1024, /* replies held back before they are written */
	WRITE_MS = 60 * 1000,
	LINGER_MS = 5000,
	LINGER_STOPPING_MS = 500, /* a sleeping client holds nobody up */
};

/* --- facts ---------------------------------------------------------------- */

static const struct conf_listener *
listener_of(const struct smtp_session *s)
{
	return s->local ? &smtp_program_listener
			: &s->site->conf.listener[s->listener];
}

struct smtp_facts
smtp_session_facts(const struct smtp_session *s)
{
	return (struct smtp_facts){
	    .conf = &s->site->conf,
	    .listener = listener_of(s),
	    .has_tls = s->site->tls != NULL,
	    .secure = s->stream != NULL && net_stream_secure(s->stream),
	    .logged_in = s->d.logged_in,
	    .local = s->local,
	};
}

const struct msg_ticket *
smtp_session_ticket(const struct smtp_session *s)
{
	return s->d.logged_in ? &s->login->x.login.ticket : NULL;
}

bool
smtp_session_crowded(const struct smtp_session *s)
{
	unsigned max = listener_of(s)->max_clients;

	return s->host->census != NULL && !s->local &&
	       smtp_policy_crowded(
		   net_census_total(s->host->census, s->listener), max);
}

/* --- output --------------------------------------------------------------- */

enum smtp_next
smtp_session_say(struct smtp_session *s, enum smtp_say r)
{
	smtp_say_add(&s->out, r);
	if (smtp_say_code(r) >= 500)
		s->d.errors++;
	return smtp_say_code(r) == 421 ? SMTP_CLOSE : SMTP_READ;
}

void
smtp_session_flush(struct smtp_session *s)
{
	if (s->out.len == 0 || s->stream == NULL)
		return;
	net_stream_write(s->stream, buf_slice(&s->out));
	buf_fini(&s->out);
	s->owes = false;
}

/* Time for the client to take the last reply; in a handshake there is none. */
static unsigned
linger_ms(const struct smtp_session *s)
{
	if (!s->host->stopping)
		return LINGER_MS;
	return (s->waits & SMTP_ON_TLS) != 0 ? 0 : LINGER_STOPPING_MS;
}

static void
close_session(struct smtp_session *s)
{
	if (s->closing)
		return;
	s->closing = true;
	smtp_session_flush(s);
	if (s->stream != NULL)
		net_stream_finish(s->stream, linger_ms(s));
}

/* --- time ----------------------------------------------------------------- */

static void
arm(struct smtp_session *s)
{
	struct smtp_facts f = smtp_session_facts(s);
	uint64_t ms = smtp_policy_idle_ms(&f, smtp_session_crowded(s));

	if ((s->mode == SMTP_DATA || s->mode == SMTP_CHUNK) &&
	    ms > SMTP_BLOCK_MS)
		ms = SMTP_BLOCK_MS;
	(void)net_timer_set(&s->timer, ms);
}

static void
time_is_up(void *ctx)
{
	struct smtp_session *s = ctx;

	if (s->closing)
		return;
	if ((s->waits & SMTP_ON_PATIENCE) != 0) {
		smtp_session_go_on(s, SMTP_ON_PATIENCE, SMTP_READ);
	} else if (s->waits != 0) {
		arm(s); /* not the client's doing, or bounded elsewhere */
	} else {
		smtp_session_say(s, SMTP_SAY_TIMEOUT);
		close_session(s);
	}
}

/* --- pausing and going on ------------------------------------------------- */

void
smtp_session_rest(struct smtp_session *s, unsigned what)
{
	s->waits |= (uint8_t)what;
	/* a handshake needs its input */
	if (what != SMTP_ON_TLS && s->stream != NULL)
		net_stream_pause(s->stream, true);
}

/* After a reply: were there too many errors, pause for a while, or for good. */
static void
keep_patience(struct smtp_session *s)
{
	struct smtp_facts f = smtp_session_facts(s);
	bool more = s->d.errors > s->d.errors_seen;

	s->d.errors_seen = s->d.errors;
	if (!more || s->closing)
		return;
	switch (smtp_policy_errors(&f, s->d.errors)) {
	case SMTP_ENOUGH:
		smtp_session_say(s, SMTP_SAY_TOO_MANY_ERRORS);
		close_session(s);
		break;
	case SMTP_SLOW:
		smtp_session_flush(s);
		smtp_session_rest(s, SMTP_ON_PATIENCE);
		(void)net_timer_set(&s->timer, SMTP_SLOW_MS);
		break;
	case SMTP_GO_ON:
		break;
	}
}

static void
shake_hands(struct smtp_session *s, bool more_input)
{
	if (more_input) { /* RFC 3207 section 6, and what was made of it */
		smtp_session_say(s, SMTP_SAY_INJECTED);
		close_session(s);
		return;
	}
	smtp_session_say(s, SMTP_SAY_TLS_READY);
	smtp_session_flush(s);
	smtp_session_rest(s, SMTP_ON_TLS);
	if (net_stream_starttls(s->stream, s->site->tls) != ERR_OK)
		close_session(s);
}

static void
perform(struct smtp_session *s, enum smtp_next next, bool more_input)
{
	switch (next) {
	case SMTP_READ:
		break;
	case SMTP_WAIT:
		smtp_session_rest(s, SMTP_ON_REPLY);
		break;
	case SMTP_TLS:
		shake_hands(s, more_input);
		break;
	case SMTP_CLOSE:
		close_session(s);
		break;
	}
}

void
smtp_session_perform(
    struct smtp_session *s, enum smtp_next next, bool more_input)
{
	perform(s, next, more_input);
	keep_patience(s);
}

void
smtp_session_go_on(struct smtp_session *s, unsigned what, enum smtp_next next)
{
	bool resting = s->waits != 0;

	s->waits &= (uint8_t)~what;
	if (s->stream == NULL || s->closing)
		return;
	if (s->host->stopping && next != SMTP_CLOSE)
		next = smtp_session_say(s, SMTP_SAY_SHUTDOWN);
	smtp_session_perform(s, next, false);
	if (s->waits != 0 || s->closing)
		return;
	arm(s);
	/* replies are written once all that has come is answered; a stream
	 * that rested asks about what waits */
	if (!resting || net_stream_waiting(s->stream) == 0)
		smtp_session_flush(s);
	net_stream_pause(s->stream, false);
}

/* --- input ---------------------------------------------------------------- */

/* A client that asks and does not read the answers is not asked on. */
static void
watch_output(struct smtp_session *s)
{
	if (s->out.len > OUT_MAX)
		smtp_session_flush(s);
	if (!s->closing && net_stream_full(s->stream))
		smtp_session_rest(s, SMTP_ON_OUTPUT);
	if (s->out.err != ERR_OK)
		close_session(s);
}

static size_t
on_input(void *ctx, struct slice in)
{
	struct smtp_session *s = ctx;
	struct slice rest = in;
	bool more = true;

	while (more && s->waits == 0 && !s->closing && rest.len > 0) {
		size_t before = rest.len;
		enum smtp_next next = smtp_input_take(s, &rest);

		more = rest.len < before;
		smtp_session_perform(s, next, rest.len > 0);
		watch_output(s);
	}
	if (s->closing)
		return in.len;
	/* neither a half line nor an endless one buys time */
	if (rest.len < in.len && s->mode != SMTP_SKIP &&
	    (s->waits & SMTP_ON_PATIENCE) == 0)
		arm(s);
	/* the answers to a group in one piece; but what was accepted is not
	 * kept from its sender while something else is waited for */
	if (s->owes || ((s->waits & (SMTP_ON_REPLY | SMTP_ON_RCPTS)) == 0 &&
			   (s->tx == NULL || list_empty(&s->tx->pending))))
		smtp_session_flush(s);
	return in.len - rest.len;
}

static void
on_drained(void *ctx)
{
	struct smtp_session *s = ctx;

	if ((s->waits & SMTP_ON_OUTPUT) != 0)
		smtp_session_go_on(s, SMTP_ON_OUTPUT, SMTP_READ);
}

/* --- begin and end -------------------------------------------------------- */

void
smtp_session_end_tx(struct smtp_session *s)
{
	if (s->tx == NULL)
		return;
	smtp_tx_free(&s->tx);
	if (s->d.state > SMTP_READY)
		s->d.state = SMTP_READY;
}

/* RFC 3207 section 4.2: what was said before the handshake never was. */
static void
forget_dialog(struct smtp_session *s)
{
	smtp_session_end_tx(s);
	smtp_auth_free(s);
	free(s->d.helo);
	s->d = (struct smtp_dialog){0};
	s->mode = SMTP_LINES;
}

static void
free_session(struct smtp_session *s, enum err why)
{
	struct smtp_host *h = s->host;

	smtp_log_closed(s, why);
	forget_dialog(s);
	net_timer_clear(&s->timer);
	net_stream_free(&s->stream);
	if (s->local)
		h->programs--;
	else if (h->census != NULL)
		net_census_drop(h->census, s->listener, &s->peer);
	buf_fini(&s->out);
	smtp_site_unref(&s->site);
	list_remove(&h->sessions, &s->node);
	free(s);
	if (h->ended != NULL)
		h->ended(h);
}

void
smtp_session_delivered(struct smtp_session *s, enum smtp_next next)
{
	s->delivering = false;
	if (s->stream == NULL)
		free_session(s, ERR_CLOSED);
	else
		smtp_session_go_on(s, SMTP_ON_REPLY, next);
}

void
smtp_session_stop(struct smtp_session *s)
{
	if (s->closing || s->delivering)
		return;
	if ((s->waits & SMTP_ON_TLS) == 0)
		smtp_session_say(s, SMTP_SAY_SHUTDOWN);
	close_session(s);
}

void
smtp_session_abort(struct smtp_session *s)
{
	free_session(s, ERR_CLOSED);
}

/* What is being stored is stored, whether its client waits or not. */
static void
on_closed(void *ctx, enum err why)
{
	struct smtp_session *s = ctx;

	if (!s->delivering) {
		free_session(s, why);
		return;
	}
	net_timer_clear(&s->timer);
	net_stream_free(&s->stream);
}

static void
greet(struct smtp_session *s)
{
	const char *banner = listener_of(s)->banner;
	struct buf text = BUF_INIT(2 * CONF_TEXT + 2);

	buf_add_str(&text, s->site->conf.hostname);
	buf_add_str(&text, " ");
	buf_add_str(&text, banner[0] == '\0' ? "ESMTP" : banner);
	smtp_say_line(&s->out, 220, true, buf_slice(&text));
	buf_fini(&text);
	smtp_session_flush(s);
	arm(s);
}

static void
on_secured(void *ctx, enum err e)
{
	struct smtp_session *s = ctx;

	if (e != ERR_OK) {
		free_session(s, e);
		return;
	}
	s->waits = 0;
	forget_dialog(s);
	if (listener_of(s)->tls == CONF_TLS_IMPLICIT)
		greet(s);
	else
		arm(s);
}

static const struct net_stream_ops stream_ops = {
    .input = on_input,
    .drained = on_drained,
    .secured = on_secured,
    .closed = on_closed,
};

struct smtp_session *
smtp_session_new(struct smtp_host *h, struct smtp_site *site)
{
	struct smtp_session *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->host = h;
	s->site = site;
	site->refs++;
	s->began_ms = clock_mono_ms();
	buf_init(&s->out, 8 * OUT_MAX);
	net_timer_init(&s->timer, h->loop, time_is_up, s);
	list_push_back(&h->sessions, &s->node);
	return s;
}

enum err
smtp_session_open(struct smtp_session *s, int fd)
{
	s->stream = net_stream_new(s->host->loop, fd, IN_MAX, &stream_ops, s);
	if (s->stream == NULL) {
		free_session(s, ERR_NOMEM);
		return ERR_NOMEM;
	}
	net_stream_set_timeouts(s->stream, 0, WRITE_MS);
	if (listener_of(s)->tls != CONF_TLS_IMPLICIT) {
		greet(s);
		return ERR_OK;
	}
	smtp_session_rest(s, SMTP_ON_TLS);
	if (s->site->tls == NULL ||
	    net_stream_starttls(s->stream, s->site->tls) != ERR_OK)
		close_session(s);
	return ERR_OK;
}

enum err
smtp_session_start(struct smtp_host *h, struct smtp_site *site,
    unsigned listener, int fd, const struct net_addr *peer)
{
	struct smtp_session *s = smtp_session_new(h, site);

	if (s == NULL) {
		(void)close(fd);
		return ERR_NOMEM;
	}
	s->listener = (uint8_t)listener;
	s->peer = *peer;
	return smtp_session_open(s, fd);
}
