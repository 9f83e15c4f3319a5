/*
 * One POP3 session: takes lines off the stream, runs them, and does what they
 * want next. Nothing here knows a command.
 */
#include "pop3/pop3_priv.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdarg.h>
#include <stdlib.h>

enum {
	IN_MAX = POP3_AUTH_LINE_MAX + 512,
	GREETING_MS = 60 * 1000, /* before the first login */
	WRITE_STALL_MS = 60 * 1000,
	LINGER_MS = 2000,
	ERRORS_MAX = 20, /* in a row, once somebody has logged in */
	LINE_OUT_MAX = 2 * POP3_AUTH_LINE_MAX + 64
};

const struct conf_listener *
pop3_listener(const struct pop3_session *s)
{
	return &s->server->conf->listener[s->listener];
}

bool
pop3_secrets_ok(const struct pop3_session *s)
{
	return s->secure || pop3_listener(s)->plaintext_auth;
}

/* --- replies
 * ------------------------------------------------------------------ */

enum pop3_next
pop3_line(struct pop3_session *s, const char *fmt, ...)
{
	struct buf text = BUF_INIT(LINE_OUT_MAX);
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	buf_add(&text, "\r\n", 2);
	net_stream_write(s->stream, buf_slice(&text));
	buf_wipe(&text);
	return POP3_READ;
}

enum pop3_next
pop3_fail(struct pop3_session *s, const char *text)
{
	pop3_line(s, "-ERR %s", text);
	return ++s->errors < ERRORS_MAX ? POP3_READ : POP3_CLOSE;
}

enum pop3_next
pop3_fail_err(struct pop3_session *s, enum err e)
{
	static const struct {
		enum err e;
		const char *text;
	} table[] = {
	    {ERR_BUSY,    "[IN-USE] mailbox is open in another session"       },
	    {ERR_LIMIT,   "[LOGIN-DELAY] too soon after the last login"       },
	    {ERR_CORRUPT, "[SYS/PERM] message is damaged, ask the operator"   },
	    {ERR_NOENT,   "[SYS/PERM] message is gone"                        },
	    {ERR_TOOBIG,  "[SYS/PERM] mailbox is too large"                   },
	    {ERR_UNKNOWN, "[SYS/TEMP] some messages may not have been removed"},
	    {ERR_FENCED,  "[SYS/TEMP] session was interrupted, log in again"  },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].e == e)
			return pop3_line(s, "-ERR %s", table[i].text);
	return pop3_line(s, "-ERR [SYS/TEMP] temporary failure, try again");
}

/* --- what comes next
 * ------------------------------------------------------------ */

static void
log_end_of(const struct pop3_session *s, enum err why)
{
	struct slice user = msg_text_get(&s->auth.login.user);
	struct log_line l;
	struct buf ip = BUF_INIT(64);

	if (s->state != POP3_TRANSACTION)
		return;
	net_addr_add_ip(&ip, net_stream_peer(s->stream));
	log_begin(&l, LOG_INFO, "logout");
	log_str(&l, "user", user);
	log_str(&l, "ip", buf_slice(&ip));
	log_u64(&l, "retr", s->retr);
	log_u64(&l, "bytes", s->retr_octets);
	log_u64(&l, "dele", s->dele);
	log_u64(&l, "left", s->drop.count - s->dele);
	log_ms(&l, "time", clock_mono_ms() - s->since_ms);
	if (s->secure)
		log_str(&l, "tls", net_stream_tls_name(s->stream));
	log_err(&l, "end", why);
	log_end(&l);
	buf_fini(&ip);
}

void
pop3_leave_mailbox(struct pop3_session *s)
{
	if (s->lease != 0)
		store_call_close(s->server->store, s->lease);
	s->lease = 0;
}

void
pop3_session_free(struct pop3_session *s)
{
	struct pop3_server *srv = s->server;

	auth_call_abort(srv->auth, &s->auth);
	store_req_cancel(srv->store, &s->open.r);
	store_req_cancel(srv->store, &s->expunge);
	pop3_fetch_fini(s);
	pop3_leave_mailbox(s);
	pop3_drop_fini(&s->drop);
	free(s->expunging);
	buf_wipe(&s->user);
	if (s->counted && srv->census != NULL)
		net_census_drop(
		    srv->census, s->listener, net_stream_peer(s->stream));
	net_stream_free(&s->stream);
	list_remove(&srv->sessions, &s->node);
	free(s);
	if (srv->stopping && list_empty(&srv->sessions) && srv->empty != NULL)
		srv->empty(srv->empty_ctx);
}

static void
set_timeouts(struct pop3_session *s)
{
	uint64_t in_ms = pop3_listener(s)->idle_timeout_ms;

	if (s->state == POP3_AUTHORIZATION && in_ms > GREETING_MS)
		in_ms = GREETING_MS;
	net_stream_set_timeouts(s->stream, in_ms, WRITE_STALL_MS);
}

void
pop3_enter_transaction(struct pop3_session *s)
{
	s->state = POP3_TRANSACTION;
	set_timeouts(s);
}

/* Act on what a command wanted. Nothing of the session is freed here. */
static void
act(struct pop3_session *s)
{
	if (s->ending)
		return;
	switch (s->next) {
	case POP3_READ:
		if (s->server->stopping) {
			s->next = POP3_CLOSE;
			break;
		}
		if (net_stream_full(s->stream))
			s->next = POP3_WAIT; /* `drained` goes on */
		break;
	case POP3_TLS:
		if (net_stream_starttls(s->stream, s->server->tls) != ERR_OK)
			s->next = POP3_CLOSE;
		break;
	case POP3_WAIT:
	case POP3_CLOSE:
		break;
	}
	if (s->next == POP3_CLOSE) {
		s->ending = true;
		net_stream_finish(s->stream, LINGER_MS);
	} else if (s->next != POP3_TLS) {
		net_stream_pause(s->stream, s->next == POP3_WAIT);
	}
}

void
pop3_resume(struct pop3_session *s, enum pop3_next next)
{
	s->next = next;
	act(s);
}

void
pop3_session_lost(struct pop3_session *s)
{
	if (s->state != POP3_TRANSACTION || s->lease == 0)
		return;
	s->lease = 0;
	if (s->expunge.busy || s->ending)
		return; /* its answer ends the session */
	store_req_cancel(s->server->store, &s->fetch.req.r);
	if (s->job == POP3_NO_JOB)
		(void)pop3_fail_err(s, ERR_FENCED);
	pop3_resume(s, POP3_CLOSE);
}

/* --- input
 * ------------------------------------------------------------------------ */

static enum pop3_next
run_line(struct pop3_session *s, struct slice line)
{
	struct pop3_args a;

	if (s->in_auth)
		return pop3_auth_line(s, line);
	if (pop3_parse(line, &a) != ERR_OK)
		return pop3_fail(s, "not a command");
	return pop3_cmd_run(s, &a);
}

static size_t
line_max(const struct pop3_session *s)
{
	return s->in_auth || s->state == POP3_AUTHORIZATION ? POP3_AUTH_LINE_MAX
							    : POP3_LINE_MAX;
}

static enum pop3_next
too_long(struct pop3_session *s)
{
	if (s->in_auth) {
		s->in_auth = false;
		auth_call_abort(s->server->auth, &s->auth);
	}
	return pop3_fail(s, "line too long");
}

/* A line that never ends is thrown away as it comes. */
static size_t
no_end_yet(struct pop3_session *s, struct slice rest)
{
	if (!s->skipping && rest.len < line_max(s))
		return 0;
	if (!s->skipping)
		s->next = too_long(s);
	s->skipping = true;
	return rest.len;
}

/* Run the line that ends at index `end` of rest. */
static void
take_line(struct pop3_session *s, struct slice rest, size_t end)
{
	struct slice line = slice_first(rest, end);
	unsigned errors = s->errors;

	if (s->skipping) {
		s->skipping = false;
		return;
	}
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	s->behind = rest.len - end - 1;
	s->next = line.len < line_max(s) ? run_line(s, line) : too_long(s);
	/* somebody who has logged in may be wrong now and then for days */
	if (s->state == POP3_TRANSACTION && s->errors == errors)
		s->errors = 0;
}

static size_t
on_input(void *ctx, struct slice in)
{
	struct pop3_session *s = ctx;
	size_t used = 0;

	while (s->next == POP3_READ && used < in.len && !s->ending) {
		struct slice rest = slice_skip(in, used);
		size_t end = slice_find(rest, '\n');

		if (end == rest.len) {
			used += no_end_yet(s, rest);
			act(s);
			break;
		}
		used += end + 1;
		take_line(s, rest, end);
		act(s);
	}
	return s->ending ? in.len : used;
}

static void
on_drained(void *ctx)
{
	struct pop3_session *s = ctx;

	if (s->next != POP3_WAIT)
		return;
	if (s->job != POP3_NO_JOB)
		pop3_resume(s, pop3_job_more(s));
	else if (!s->auth.busy && !s->open.r.busy && !s->expunge.busy)
		pop3_resume(s, POP3_READ);
}

static void
greet(struct pop3_session *s)
{
	const char *more = pop3_listener(s)->banner;

	pop3_line(s, "+OK %s%s%s", s->server->conf->hostname,
	    more[0] != '\0' ? " " : "", more[0] != '\0' ? more : " ready");
}

static void
on_secured(void *ctx, enum err e)
{
	struct pop3_session *s = ctx;

	if (e != ERR_OK) {
		pop3_session_free(s);
		return;
	}
	/* Nothing said in clear counts any more (RFC 2595 section 4). */
	s->secure = true;
	s->utf8 = false;
	s->errors = 0;
	buf_wipe(&s->user);
	set_timeouts(s);
	if (pop3_listener(s)->tls == CONF_TLS_IMPLICIT)
		greet(s);
	pop3_resume(s, POP3_READ);
}

static void
on_closed(void *ctx, enum err why)
{
	struct pop3_session *s = ctx;

	log_end_of(s, why);
	pop3_session_free(s);
}

static const struct net_stream_ops stream_ops = {
    .input = on_input,
    .drained = on_drained,
    .secured = on_secured,
    .closed = on_closed,
};

/* --- beginning
 * ---------------------------------------------------------------------- */

static enum net_admit
admit(struct pop3_session *s)
{
	const struct conf_listener *l = pop3_listener(s);
	struct net_limits limits = {.max_clients = l->max_clients,
	    .max_clients_per_ip = l->max_clients_per_ip,
	    .max_new_per_minute = l->max_new_per_minute};
	enum net_admit a;

	if (s->server->census == NULL)
		return NET_ADMIT;
	a = net_census_add(s->server->census, s->listener,
	    net_stream_peer(s->stream), &limits);
	s->counted = a == NET_ADMIT;
	return a;
}

static void
begin(struct pop3_session *s)
{
	set_timeouts(s);
	if (admit(s) != NET_ADMIT) {
		if (pop3_listener(s)->tls != CONF_TLS_IMPLICIT)
			pop3_line(s, "-ERR [SYS/TEMP] too many connections");
		pop3_resume(s, POP3_CLOSE);
	} else if (pop3_listener(s)->tls == CONF_TLS_IMPLICIT) {
		pop3_resume(s, s->server->tls != NULL ? POP3_TLS : POP3_CLOSE);
	} else {
		greet(s);
	}
}

struct pop3_session *
pop3_session_new(struct pop3_server *srv, int fd, unsigned listener)
{
	struct pop3_session *s = calloc(1, sizeof *s);
	struct net_stream *stream =
	    net_stream_new(srv->loop, fd, IN_MAX, &stream_ops, s);

	if (s == NULL || stream == NULL) {
		net_stream_free(&stream);
		free(s);
		return NULL;
	}
	s->stream = stream;
	s->server = srv;
	s->listener = listener;
	s->id = ++srv->next_id;
	s->since_ms = clock_mono_ms();
	buf_init(&s->user, POP3_LINE_MAX);
	pop3_drop_init(&s->drop);
	pop3_fetch_init(s);
	list_node_init(&s->node);
	list_push_back(&srv->sessions, &s->node);
	begin(s);
	return s;
}
