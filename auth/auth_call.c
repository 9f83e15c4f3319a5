/*
 * Logins from a front's point of view. An answer names its exchange by a place
 * in a table and a count of how often the place was used, so that a late answer
 * never reaches somebody else.
 */
#include "auth/auth_call.h"

#include "auth/auth_sasl.h"
#include "base/buf.h"
#include "base/secret.h"
#include "proc/chan.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place {
	struct auth_exchange *x;  /* NULL: free */
	uint32_t uses, next_free; /* index + 1; 0: none */
};

struct auth_call {
	struct net_loop *loop;
	enum role self;
	struct chan *chan; /* NULL: auth is away */
	struct place *place;
	uint32_t places, first_free; /* index + 1; 0: none */
	struct list running, failing;
	struct net_later later;
	void (*closed)(void *ctx);
	void *closed_ctx;
};

/* --- the table --------------------------------------------------- */

static enum err
grow(struct auth_call *c)
{
	uint32_t n = c->places == 0 ? 16 : c->places * 2;
	struct place *p = realloc(c->place, n * sizeof *p);

	if (p == NULL)
		return ERR_NOMEM;
	c->place = p;
	memset(p + c->places, 0, (n - c->places) * sizeof *p);
	for (uint32_t i = n; i > c->places; i--) {
		p[i - 1].next_free = c->first_free;
		c->first_free = i;
	}
	c->places = n;
	return ERR_OK;
}

static enum err
place_take(struct auth_call *c, struct auth_exchange *x)
{
	uint32_t i;

	if (c->first_free == 0 && grow(c) != ERR_OK)
		return ERR_NOMEM;
	i = c->first_free - 1;
	c->first_free = c->place[i].next_free;
	c->place[i].x = x;
	x->id = (uint64_t)++c->place[i].uses << 32 | i;
	return ERR_OK;
}

static void
place_drop(struct auth_call *c, uint64_t id)
{
	uint32_t i = (uint32_t)id;

	c->place[i].x = NULL;
	c->place[i].next_free = c->first_free;
	c->first_free = i + 1;
}

/* NULL: that one is over. */
static struct auth_exchange *
find(const struct auth_call *c, uint64_t id)
{
	uint32_t i = (uint32_t)id;

	if (i >= c->places || c->place[i].x == NULL || c->place[i].x->id != id)
		return NULL;
	return c->place[i].x;
}

/* --- ends -------------------------------------------------------- */

/* x is the caller's again. */
static void
release(struct auth_call *c, struct auth_exchange *x)
{
	list_remove(x->failing ? &c->failing : &c->running, &x->node);
	if (!x->failing)
		place_drop(c, x->id);
	x->busy = x->failing = false;
}

/* `done` will be called with why, from the loop. x is on no list. */
static void
fail_later(struct auth_call *c, struct auth_exchange *x, enum err why)
{
	x->busy = x->failing = true;
	x->why = why;
	list_push_back(&c->failing, &x->node);
	net_later_add(c->loop, &c->later);
}

static void
fail_running(struct auth_call *c, struct auth_exchange *x, enum err why)
{
	release(c, x);
	fail_later(c, x, why);
}

static void
tell_failing(void *ctx)
{
	struct auth_call *c = ctx;
	/* what fails again while these are told waits for its own turn */
	size_t n = c->failing.count;

	while (n-- > 0 && !list_empty(&c->failing)) {
		struct auth_exchange *x =
		    LIST_ITEM(c->failing.head.next, struct auth_exchange, node);

		release(c, x);
		x->done(x, x->why, SLICE_NONE);
	}
}

static void
lose(struct auth_call *c)
{
	chan_free(&c->chan);
	while (!list_empty(&c->running))
		fail_running(c,
		    LIST_ITEM(c->running.head.next, struct auth_exchange, node),
		    ERR_RETRY);
}

/* --- the channel
 * --------------------------------------------------------------- */

static void
closed(void *ctx, enum err why)
{
	struct auth_call *c = ctx;

	(void)why;
	lose(c);
	if (c->closed != NULL)
		c->closed(c->closed_ctx);
}

void
auth_call_on_closed(struct auth_call *c, void (*fn)(void *ctx), void *ctx)
{
	c->closed = fn;
	c->closed_ctx = ctx;
}

static void
on_challenge(void *ctx, struct msg_auth_challenge *m, struct slice tail, int fd)
{
	struct auth_exchange *x = find(ctx, m->req);

	(void)fd;
	if (x != NULL)
		x->challenge(x, tail);
}

static void
on_result(void *ctx, struct msg_auth_result *m, struct slice tail, int fd)
{
	struct auth_call *c = ctx;
	struct auth_exchange *x = find(c, m->req);

	(void)fd;
	if (x == NULL)
		return;
	release(c, x);
	if (m->err == ERR_OK) {
		x->login.account = m->account;
		x->login.mailbox = m->mailbox;
		x->login.ticket = m->ticket;
		x->login.user = m->user;
	}
	x->done(x, (enum err)m->err, tail);
}

static const struct msg_handlers handlers = {
    .auth_challenge = on_challenge, .auth_result = on_result};

struct auth_call *
auth_call_new(struct net_loop *l, enum role self)
{
	struct auth_call *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->loop = l;
	c->self = self;
	list_init(&c->running);
	list_init(&c->failing);
	net_later_init(&c->later, tell_failing, c);
	return c;
}

void
auth_call_free(struct auth_call **cp)
{
	struct auth_call *c = *cp;

	if (c == NULL)
		return;
	lose(c);
	while (!list_empty(&c->failing))
		release(c, LIST_ITEM(c->failing.head.next, struct auth_exchange,
			       node));
	net_later_remove(c->loop, &c->later);
	free(c->place);
	free(c);
	*cp = NULL;
}

enum err
auth_call_attach(struct auth_call *c, int fd)
{
	lose(c);
	c->chan =
	    chan_new(c->loop, fd, c->self, ROLE_AUTH, &handlers, closed, c);
	return c->chan != NULL ? ERR_OK : ERR_NOMEM;
}

/* --- exchanges
 * ------------------------------------------------------------------ */

static void
set_upper(struct msg_short *t)
{
	for (unsigned i = 0; i < t->len; i++)
		if (t->s[i] >= 'a' && t->s[i] <= 'z')
			t->s[i] = (char)(t->s[i] & ~0x20);
}

void
auth_call_start(struct auth_call *c, struct auth_exchange *x, unsigned protocol,
    bool tls, const struct net_addr *peer, struct slice mechanism,
    struct slice initial)
{
	struct msg_auth_start m = {.protocol = protocol, .peer = *peer};
	enum err e;

	if (mechanism.len == 0 || !msg_short_set(&m.mechanism, mechanism)) {
		fail_later(c, x, ERR_UNSUPPORTED);
		return;
	}
	set_upper(&m.mechanism);
	m.flags = (tls ? MSG_AUTH_TLS : 0u) |
		  (initial.p != NULL ? MSG_AUTH_INITIAL : 0u);
	if (c->chan == NULL || place_take(c, x) != ERR_OK) {
		fail_later(c, x, ERR_RETRY);
		return;
	}
	x->busy = true;
	list_push_back(&c->running, &x->node);
	m.req = x->id;
	e = msg_send_auth_start(c->chan, &m, initial, -1);
	if (e != ERR_OK)
		fail_running(c, x, e == ERR_TOOBIG ? ERR_SYNTAX : ERR_RETRY);
}

void
auth_call_step(
    struct auth_call *c, struct auth_exchange *x, struct slice response)
{
	struct msg_auth_step m = {.req = x->id};
	enum err e;

	if (!x->busy || x->failing)
		return;
	e = msg_send_auth_step(c->chan, &m, response, -1);
	if (e == ERR_OK)
		return;
	if (e == ERR_TOOBIG)
		auth_call_abort(c, x);
	else
		release(c, x);
	fail_later(c, x, e == ERR_TOOBIG ? ERR_SYNTAX : ERR_RETRY);
}

void
auth_call_abort(struct auth_call *c, struct auth_exchange *x)
{
	struct msg_auth_abort m = {.req = x->id};

	if (!x->busy)
		return;
	if (!x->failing && c->chan != NULL)
		(void)msg_send_auth_abort(c->chan, &m, SLICE_NONE, -1);
	release(c, x);
}

void
auth_call_password(struct auth_call *c, struct auth_exchange *x,
    unsigned protocol, bool tls, const struct net_addr *peer, struct slice user,
    struct slice password)
{
	struct buf message = BUF_INIT(AUTH_SASL_MESSAGE_MAX);

	buf_add_char(&message, '\0');
	buf_add_slice(&message, user);
	buf_add_char(&message, '\0');
	buf_add_slice(&message, password);
	if (message.err != ERR_OK)
		fail_later(c, x, ERR_SYNTAX);
	else
		auth_call_start(c, x, protocol, tls, peer, SLICE("PLAIN"),
		    buf_slice(&message));
	buf_wipe(&message);
}
