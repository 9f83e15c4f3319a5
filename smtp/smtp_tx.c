/* One mail transaction: its memory, and the way to the store. */
#include "smtp/smtp_priv.h"

#include "base/clock.h"
#include "base/log.h"
#include "mime/mime_trace.h"
#include "store/store_queue.h"
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
	buf_init(&tx->msgid, LOG_VALUE_MAX);
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
	store_req_cancel(store, &tx->delivery.r);
	store_req_cancel(store, &tx->spill.r);
	if (tx->number != 0)
		store_call_tx_end(store, tx->number);
	if (tx->has_body)
		smtp_body_fini(&tx->body);
	buf_fini(&tx->rcpts);
	buf_fini(&tx->msgid);
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
add_peer(struct buf *b, const struct smtp_session *s)
{
	if (s->local)
		buf_addf(b, "uid %lu", (unsigned long)s->uid);
	else
		net_addr_add_ip(b, &s->peer);
}

/* What a program on this machine calls itself is worth less than who runs it.
 */
static struct slice
helo(const struct smtp_session *s)
{
	return s->local ? SLICE("localhost") : slice_str(s->d.helo);
}

/* The trail takes text only. */
static struct slice
helo_text(const struct smtp_session *s)
{
	struct slice name = helo(s);

	return name.len <= MIME_DOMAIN_MAX && slice_is_printable(name)
		   ? name
		   : SLICE("?");
}

static void
add_received(struct buf *b, const struct smtp_tx *tx,
    const struct smtp_facts *f, struct slice id)
{
	const struct smtp_session *s = tx->s;
	struct buf peer = BUF_INIT(64);
	struct mime_received r = {
	    .helo = helo(s),
	    .by = slice_str(f->conf->hostname),
	    .with = protocol(s, f),
	    .tls = net_stream_tls_name(s->stream),
	    .id = id,
	    .only_for = only_recipient(tx),
	    .us = clock_wall_us(),
	};

	add_peer(&peer, s);
	if (s->local)
		r.peer_user = buf_slice(&peer);
	else
		r.peer_ip = buf_slice(&peer);
	mime_trace_add_received(b, &r);
	buf_fini(&peer);
}

/* What the trail is to say about where the message came from. */
static void
add_info(struct buf *b, const struct smtp_tx *tx)
{
	const struct smtp_session *s = tx->s;
	struct smtp_facts f = smtp_session_facts(s);
	struct buf client = BUF_INIT(STORE_HOST_MAX);
	struct store_trail t = {
	    .event = STORE_EV_RECEIVED,
	    .proto = protocol(s, &f),
	    .tls = net_stream_tls_name(s->stream),
	    .msgid = buf_slice(&tx->body.scan.msgid),
	};

	if (f.logged_in)
		t.login = msg_text_get(&s->login->x.login.user);
	buf_add_slice(&client, helo_text(s));
	buf_add_char(&client, '[');
	add_peer(&client, s);
	buf_add_char(&client, ']');
	t.client = buf_slice(&client);
	if (store_trail_encode(&t, b) != ERR_OK)
		buf_reset(b); /* the message counts, not its story */
	buf_fini(&client);
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
	if (smtp_ext_trusted(&f) && !scan->has_message_id)
		mime_trace_add_message_id(b, id, slice_str(f.conf->hostname));
	if (smtp_ext_trusted(&f) && !scan->has_date)
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
	if (smtp_session_ticket(tx->s) != NULL)
		m->ticket = *smtp_session_ticket(tx->s);
	m->rcpts = tx->nrcpts;
	m->flags = (tx->utf8 ? MSG_DELIVER_UTF8 : 0u) |
		   (tx->eight ? MSG_DELIVER_8BIT : 0u) |
		   (tx->s->local ? MSG_DELIVER_LOCAL : 0u);
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
	struct buf trace = BUF_INIT(TRACE_MAX), info = BUF_INIT(STORE_INFO_MAX);
	struct slice pieces[2];
	struct msg_deliver m;
	enum err e = ERR_RETRY;
	int fd = body->fd;

	if (store_call_new_id(store, &tx->id)) {
		add_trace(&trace, tx);
		add_info(&info, tx);
		e = trace.err;
	}
	if (e == ERR_OK) {
		fill(&m, tx);
		pieces[0] = buf_slice(&trace);
		pieces[1] = fd >= 0 ? SLICE_NONE : buf_slice(&body->mem);
		tx->delivery.r.done = done;
		body->fd = -1; /* given */
		store_call_deliver(store, &tx->delivery, &m,
		    buf_slice(&tx->rcpts), buf_slice(&info),
		    buf_slice(&body->scan.loops), pieces, 2, fd, body->written);
		buf_add_slice(&tx->msgid,
		    slice_first(buf_slice(&body->scan.msgid), LOG_VALUE_MAX));
		smtp_body_fini(body); /* it has been copied */
	}
	buf_fini(&trace);
	buf_fini(&info);
	return e;
}
