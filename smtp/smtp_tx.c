/* One mail transaction: its memory, and the way to the store. */
#include "smtp/smtp_priv.h"

#include "base/clock.h"
#include "mime/mime_trace.h"
#include "store/store_rcpt.h"

#include <stdlib.h>
#include <string.h>

enum {
	RCPTS_MAX = 2 * 1024 * 1024, /* conf.limits.recipients: at most 8,000 */
	TRACE_MAX = 4096
};

struct smtp_tx *
smtp_tx_new(struct smtp_session *s)
{
	struct smtp_tx *tx = calloc(1, sizeof *tx);

	if (tx == NULL)
		return NULL;
	tx->s = s;
	list_init(&tx->pending);
	buf_init(&tx->rcpts, RCPTS_MAX);
	return tx;
}

void
smtp_tx_free(struct smtp_tx **txp)
{
	struct smtp_tx *tx = *txp;
	struct store_call *store = tx->s->host->store;

	LIST_EACH_SAFE(&tx->pending, n)
	smtp_rcpt_free(LIST_ITEM(n, struct smtp_rcpt, node));
	store_req_cancel(store, &tx->req);
	store_req_cancel(store, &tx->spill.r);
	if (tx->number != 0)
		store_call_tx_end(store, tx->number);
	if (tx->has_body)
		smtp_body_fini(&tx->body);
	buf_fini(&tx->rcpts);
	free(tx);
	*txp = NULL;
}

/* RFC 3848, RFC 6531 section 4.3 */
static struct slice
protocol(const struct smtp_session *s, const struct smtp_facts *f)
{
	static const char *const names[2][2][2] = {
	    {{"ESMTP", "ESMTPA"},       {"ESMTPS", "ESMTPSA"}      },
	    {{"UTF8SMTP", "UTF8SMTPA"}, {"UTF8SMTPS", "UTF8SMTPSA"}}
        };

	if (!s->d.esmtp)
		return SLICE("SMTP");
	return slice_str(names[s->tx->utf8][f->secure][f->logged_in]);
}

/* The recipient when it is the only one: others must not learn of each other
 * (RFC 5321 section 7.6). */
static struct slice
only_recipient(const struct smtp_tx *tx)
{
	struct slice rcpts = buf_slice(&tx->rcpts);
	struct store_rcpt r;

	if (tx->nrcpts != 1 || store_rcpt_next(&rcpts, &r) != ERR_OK)
		return SLICE_NONE;
	return r.addr;
}

static void
add_received(struct buf *b, const struct smtp_tx *tx,
    const struct smtp_facts *f, struct slice id)
{
	const struct smtp_session *s = tx->s;
	struct buf ip = BUF_INIT(64);
	struct mime_received r = {
	    .helo = slice_str(s->d.helo),
	    .by = slice_str(f->conf->hostname),
	    .with = protocol(s, f),
	    .tls = net_stream_tls_name(s->stream),
	    .id = id,
	    .only_for = only_recipient(tx),
	    .us = clock_wall_us(),
	};

	net_addr_add_ip(&ip, &s->peer);
	r.peer_ip = buf_slice(&ip);
	mime_trace_add_received(b, &r);
	buf_fini(&ip);
}

/*
 * What goes in front of the text. Submission supplies what a mail program left
 * out (RFC 6409 section 8); nothing else is touched. Text whose first line is
 * no header field gets the empty line that makes it a body.
 */
static void
add_trace(struct buf *b, const struct smtp_tx *tx)
{
	struct smtp_facts f = smtp_session_facts(tx->s);
	const struct mime_scan *scan = &tx->body.scan;
	char hex[MAIL_ID_HEX];
	struct slice id = slice_of(hex, sizeof hex);

	mail_id_hex(&tx->id, hex);
	add_received(b, tx, &f, id);
	if (f.logged_in && !scan->has_message_id)
		mime_trace_add_message_id(b, id, slice_str(f.conf->hostname));
	if (f.logged_in && !scan->has_date)
		mime_trace_add_date(b, clock_wall_us());
	if (scan->broken && scan->lines == 0)
		buf_add_str(b, "\r\n");
}

static void
fill(struct msg_deliver *m, const struct smtp_tx *tx)
{
	struct slice envid = slice_of(tx->envid, tx->envid_len);

	memset(m, 0, sizeof *m);
	m->tx = tx->number;
	m->id = tx->id;
	if (tx->s->d.logged_in)
		m->ticket = tx->s->login->x.login.ticket;
	m->rcpts = tx->nrcpts;
	m->flags = (tx->utf8 ? MSG_DELIVER_UTF8 : 0u) |
		   (tx->eight ? MSG_DELIVER_8BIT : 0u);
	m->ret = tx->ret;
	msg_text_set(&m->from, mime_addr_slice(&tx->from));
	msg_short_set(
	    &m->envid_head, slice_first(envid, sizeof m->envid_head.s));
	msg_short_set(
	    &m->envid_tail, slice_skip(envid, sizeof m->envid_head.s));
}

enum err
smtp_tx_deliver(struct smtp_tx *tx, void (*done)(struct store_req *, enum err))
{
	struct store_call *store = tx->s->host->store;
	struct smtp_body *body = &tx->body;
	struct buf trace = BUF_INIT(TRACE_MAX);
	struct slice pieces[2];
	struct msg_deliver m;
	enum err e = ERR_RETRY;
	int fd = body->fd;

	if (store_call_new_id(store, &tx->id)) {
		add_trace(&trace, tx);
		e = trace.err;
	}
	if (e == ERR_OK) {
		fill(&m, tx);
		pieces[0] = buf_slice(&trace);
		pieces[1] = fd >= 0 ? SLICE_NONE : buf_slice(&body->mem);
		tx->req.done = done;
		body->fd = -1; /* given */
		store_call_deliver(store, &tx->req, &m, buf_slice(&tx->rcpts),
		    pieces, 2, fd, body->written);
		smtp_body_fini(body); /* it has been copied */
	}
	buf_fini(&trace);
	return e;
}
