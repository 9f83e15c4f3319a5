/*
 * RCPT (RFC 5321 section 4.1.1.3). The store tells where an address leads, and
 * whether this client may name it: addresses elsewhere are for who has logged
 * in, and for programs on this machine. A client that sends many RCPT at once
 * has many asked at once, and gets its answers in order.
 */
#include "smtp/smtp_priv.h"

#include "smtp/smtp_parse.h"
#include "smtp/smtp_policy.h"
#include "store/store_rcpt.h"
#include "store/store_route.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	PENDING_MAX = 64 /* questions under way for one session */
};

/* How many are taken must be certain when the last places are given away, so
 * that the reply does not depend on how commands were cut into packets. */
bool
smtp_rcpt_must_wait(const struct smtp_tx *tx)
{
	return tx->pending.count >= PENDING_MAX ||
	       tx->nrcpts + tx->pending.count >=
		   tx->s->site->conf.limits.recipients;
}

void
smtp_rcpt_free(struct smtp_rcpt *r)
{
	store_req_cancel(r->s->host->store, &r->q.r);
	list_remove(&r->s->tx->pending, &r->node);
	buf_fini(&r->orcpt);
	free(r);
}

/* Join the accepted. What there is no room for may come in another transaction,
 * as what is over the limit of recipients (RFC 5321 section 4.5.3.1.10). */
static enum smtp_say
take(struct smtp_tx *tx, const struct smtp_rcpt *r)
{
	struct store_rcpt row = {0, mime_addr_slice(&r->addr),
	    buf_slice(&r->orcpt), SLICE_NONE, r->notify};
	unsigned dests = r->q.mailboxes + r->q.remotes;
	size_t before = tx->rcpts.len;

	if (dests > STORE_DESTS_MAX - tx->ndests)
		return SMTP_SAY_MANY_RCPTS;
	store_rcpt_add(&tx->rcpts, &row);
	if (tx->rcpts.err != ERR_OK) {
		tx->rcpts.len = before;
		tx->rcpts.err = ERR_OK;
		return SMTP_SAY_MANY_RCPTS;
	}
	tx->ndests += dests;
	tx->nrcpts++;
	return r->say;
}

/* The answer to the first one is known. */
static enum smtp_next
answer(struct smtp_session *s, struct smtp_rcpt *r)
{
	struct smtp_tx *tx = s->tx;

	if (smtp_say_code(r->say) == 250)
		r->say = take(tx, r);
	if (smtp_say_code(r->say) == 250) {
		s->d.state = SMTP_RCPT;
	} else {
		tx->over += r->say == SMTP_SAY_MANY_RCPTS;
		smtp_log_reject(s, "RCPT", mime_addr_slice(&r->addr), r->say);
	}
	return smtp_session_say(s, r->say);
}

/* Give all answers that are known and have nothing due before them. */
static void
answer_all(struct smtp_session *s)
{
	struct list *pending = &s->tx->pending;

	while (!list_empty(pending) && !s->closing) {
		struct smtp_rcpt *r =
		    LIST_ITEM(pending->head.next, struct smtp_rcpt, node);
		enum smtp_next next;

		if (!r->known)
			return;
		next = answer(s, r);
		smtp_rcpt_free(r);
		smtp_session_perform(s, next, false);
	}
	if (!s->closing)
		smtp_session_go_on(s, SMTP_ON_RCPTS, SMTP_READ);
}

static void
ask(struct smtp_rcpt *r)
{
	struct smtp_session *s = r->s;

	store_call_resolve(s->host->store, &r->q, s->tx->number, s->tx->size,
	    smtp_session_ticket(s), s->local && !r->machine,
	    mime_addr_slice(&r->addr));
}

static void
move_to_host_name(struct smtp_rcpt *r)
{
	struct buf text = BUF_INIT(2 * MIME_ADDR_MAX);
	struct mime_addr a;

	buf_addf(&text, "%.*s@%s", SLICE_ARG(mime_addr_local(&r->addr)),
	    r->s->site->conf.hostname);
	if (mime_addr_parse(buf_slice(&text), &a) == ERR_OK)
		r->addr = a;
	buf_fini(&text);
}

/* The address that the client has connected to names this host as well (RFC
 * 5321, sections 4.1.3 and 4.5.1). */
static bool
is_our_literal(const struct smtp_rcpt *r)
{
	const struct net_addr *here = net_stream_local(r->s->stream);
	struct net_addr a;

	return r->addr.literal &&
	       net_addr_parse_literal(mime_addr_domain(&r->addr), &a) ==
		   ERR_OK &&
	       memcmp(a.ip, here->ip, sizeof a.ip) == 0;
}

/*
 * Programs write to users of this machine, who need not have a mailbox:
 * NAME@localhost is NAME at our host name, where that is local, or else the
 * postmaster's to read.
 */
static void
note_host(struct smtp_rcpt *r)
{
	r->machine = r->s->local && slice_eq_nocase(mime_addr_domain(&r->addr),
					SLICE("localhost"));
	if (r->machine || (!r->s->local && is_our_literal(r)))
		move_to_host_name(r);
}

static void
make_postmaster(struct mime_addr *a)
{
	struct slice path = SLICE("<postmaster>");
	enum err e = mime_addr_parse_path(&path, false, false, true, a);

	assert(e == ERR_OK);
	(void)e;
}

static void
resolved(struct store_req *req, enum err e)
{
	struct smtp_rcpt *r = LIST_ITEM(req, struct smtp_rcpt, q.r);
	struct smtp_session *s = r->s;

	if (r->machine && (e == ERR_DENIED || e == ERR_NOENT)) {
		r->machine = false;
		make_postmaster(&r->addr);
		ask(r);
		return;
	}
	r->say = smtp_say_of(SMTP_AT_RCPT, e);
	r->known = true;
	answer_all(s);
}

static struct smtp_rcpt *
new_rcpt(struct smtp_session *s, const struct smtp_path *path,
    const struct smtp_params *p)
{
	struct smtp_rcpt *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->s = s;
	r->q.r.done = resolved;
	r->addr = path->addr;
	r->notify = p->notify;
	buf_init(&r->orcpt, SMTP_ORCPT_MAX);
	buf_add_slice(&r->orcpt, p->orcpt);
	list_push_back(&s->tx->pending, &r->node);
	return r;
}

/* A reply that needs nobody else: at once, or behind those that are due. */
static enum smtp_next
reply(struct smtp_session *s, const struct smtp_path *path, enum smtp_say say)
{
	static const struct smtp_params none;
	struct smtp_rcpt *r;
	struct smtp_path empty = {0};

	if (path == NULL)
		path = &empty;
	if ((r = new_rcpt(s, path, &none)) == NULL)
		return SMTP_CLOSE;
	r->say = say;
	r->known = true;
	if (s->tx->pending.count == 1) {
		enum smtp_next next = answer(s, r);

		smtp_rcpt_free(r);
		return next;
	}
	return SMTP_READ;
}

static enum smtp_say
check(const struct smtp_session *s, const struct smtp_path *path,
    struct smtp_params *p)
{
	struct smtp_facts f = smtp_session_facts(s);
	enum smtp_say say = smtp_param_read(path->params, true, &f, p);

	if (say == SMTP_SAY_OK && !s->tx->utf8 &&
	    (path->utf8 || !slice_is_ascii(p->orcpt)))
		say = SMTP_SAY_NEED_UTF8;
	return say == SMTP_SAY_OK
		   ? smtp_policy_rcpt(&f, s->tx->nrcpts, s->tx->over)
		   : say;
}

enum smtp_next
smtp_cmd_rcpt(struct smtp_session *s, struct slice args)
{
	struct smtp_tx *tx = s->tx;
	struct smtp_path path;
	struct smtp_params params;
	struct smtp_rcpt *r;
	enum smtp_say say;

	if (smtp_parse_rcpt(args, &path) != ERR_OK)
		return reply(s, NULL, SMTP_SAY_BAD_RCPT);
	if ((say = check(s, &path, &params)) != SMTP_SAY_OK)
		return reply(s, &path, say);
	if ((r = new_rcpt(s, &path, &params)) == NULL)
		return SMTP_CLOSE;
	if (tx->number == 0)
		tx->number = store_call_tx(s->host->store);
	note_host(r);
	ask(r);
	return SMTP_READ;
}
