/*
 * One message: MAIL, RCPT for each recipient and DATA in one write where the
 * server offers PIPELINING, else one after the other; then the text. Replies
 * come in order, and each recipient's fate is told as soon as it is known.
 *
 * BDAT is written when recipients are known to be accepted, not ahead: text
 * that has left before anybody was accepted would make every connection that
 * breaks down then a message in doubt. It saves the reply to DATA and the
 * stuffing, and costs no round trip more.
 */
#include "smtp/smtp_client_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	LINE_MAX_LEN = 4096,
	/* of the body at a time; with all its dots it fits in one of the
	 * stream's chunks */
	PIECE = 10000,
	/* for all of the text, and 1 ms for each octet of it: 1 KB/s */
	BODY_MS = 600 * 1000
};

void
smtp_client_tx_fini(struct smtp_client_tx *tx)
{
	free(tx->told);
	*tx = (struct smtp_client_tx){0};
}

/* --- telling -------------------------------------------------------------- */

static void
tell(struct smtp_client *c, unsigned i, const struct smtp_verdict *v)
{
	if (c->dead || (c->tx.told != NULL && c->tx.told[i]))
		return;
	if (c->tx.told != NULL) /* or else there was no memory for it */
		c->tx.told[i] = true;
	c->ops->recipient(c->ctx, i, v);
}

static void
tell_rest(struct smtp_client *c, const struct smtp_verdict *v)
{
	for (unsigned i = 0; !c->dead && i < c->tx.mail->nrcpts; i++)
		tell(c, i, v);
}

static void
finish(struct smtp_client *c, bool usable)
{
	if (c->dead)
		return;
	smtp_client_tx_fini(&c->tx);
	if (usable)
		smtp_client_rest(c, SMTP_STEP_IDLE);
	c->ops->finished(c->ctx, usable);
}

void
smtp_client_tx_end(
    struct smtp_client *c, const struct smtp_verdict *v, bool usable)
{
	tell_rest(c, v);
	finish(c, usable);
}

/* --- the commands --------------------------------------------------------- */

static void
say_mail(struct smtp_client *c)
{
	struct buf b = BUF_INIT(LINE_MAX_LEN);

	smtp_client_line_mail(&b, c->tx.mail, &c->offer);
	smtp_client_say(c, SMTP_STEP_MAIL, buf_slice(&b));
	buf_fini(&b);
}

static void
say_rcpt(struct smtp_client *c)
{
	struct buf b = BUF_INIT(LINE_MAX_LEN);

	smtp_client_line_rcpt(&b, &c->tx.mail->rcpt[c->tx.said++], &c->offer);
	smtp_client_say_ahead(c, buf_slice(&b));
	buf_fini(&b);
}

/* Everything up to the text, in one write at the end of the turn. */
static void
say_all(struct smtp_client *c)
{
	while (c->tx.said < c->tx.mail->nrcpts)
		say_rcpt(c);
	if (!c->tx.chunking)
		smtp_client_say_ahead(c, SLICE("DATA\r\n"));
}

/* To be refused without a word to the server; told from the loop. */
static void
refuse(struct smtp_client *c)
{
	c->tx.refused = true;
	smtp_client_rest(c, SMTP_STEP_REFUSED);
	net_later_add(c->site->loop, &c->later);
}

void
smtp_client_send(struct smtp_client *c, const struct smtp_client_mail *m)
{
	struct smtp_client_tx *tx = &c->tx;

	assert(c->step == SMTP_STEP_IDLE && m->nrcpts > 0);
	*tx = (struct smtp_client_tx){.mail = m};
	tx->pipelining = smtp_offer_has(&c->offer, SMTP_EXT_PIPELINING);
	tx->chunking = smtp_offer_has(&c->offer, SMTP_EXT_CHUNKING);
	tx->told = calloc(m->nrcpts, sizeof *tx->told);
	if (tx->told == NULL) {
		smtp_verdict_set(&tx->why, ERR_RETRY, "4.3.0",
		    slice_str(err_text(ERR_NOMEM)));
		refuse(c);
	} else if (smtp_client_line_check(m, &c->offer, &tx->why) != ERR_OK) {
		refuse(c);
	} else {
		say_mail(c);
		if (tx->pipelining)
			say_all(c);
	}
}

/* --- the text ------------------------------------------------------------- */

static void
body_done(struct smtp_client *c)
{
	struct smtp_client_tx *tx = &c->tx;

	if (tx->chunking ? tx->pad : tx->stuff.inside)
		net_stream_write(c->stream, SLICE("\r\n"));
	if (!tx->chunking)
		smtp_client_say_ahead(c, SLICE(".\r\n"));
	smtp_client_expect(c, SMTP_STEP_END);
}

static void
write_stuffed(struct smtp_client *c, struct slice s)
{
	while (s.len > 0) {
		struct slice piece = slice_first(s, PIECE);
		char *room =
		    net_stream_reserve(c->stream, mime_stuff_room(piece.len));

		if (room == NULL) /* the stream closes */
			return;
		net_stream_wrote(
		    c->stream, mime_stuff_copy(&c->tx.stuff, piece, room));
		s = slice_skip(s, piece.len);
	}
}

/* One chunk for all. A text without a line end gets one, when all of it is
 * there by the time its octets are counted. */
static void
say_bdat(struct smtp_client *c, struct slice first)
{
	struct smtp_client_tx *tx = &c->tx;
	uint64_t n = tx->mail->octets;
	struct buf b = BUF_INIT(64);

	tx->pad = n > 0 && first.len == n && first.p[n - 1] != '\n';
	buf_addf(&b, "BDAT %llu LAST\r\n",
	    (unsigned long long)n + (tx->pad ? 2 : 0));
	smtp_client_say_ahead(c, buf_slice(&b));
	buf_fini(&b);
}

static void
pump(struct smtp_client *c)
{
	struct smtp_client_tx *tx = &c->tx;

	while (!c->dead && c->step == SMTP_STEP_BODY && !tx->asked &&
	       !net_stream_full(c->stream)) {
		tx->asked = true;
		c->ops->want(c->ctx, tx->at);
	}
}

void
smtp_client_body(struct smtp_client *c, struct slice octets, enum err e)
{
	struct smtp_client_tx *tx = &c->tx;

	if (c->step != SMTP_STEP_BODY || !tx->asked)
		return; /* the answer to a transaction that has ended */
	if (e != ERR_OK || octets.len == 0 ||
	    octets.len > tx->mail->octets - tx->at) {
		tx->broken = true; /* and still asked */
		net_later_add(c->site->loop, &c->later);
		return;
	}
	tx->asked = false;
	if (tx->chunking && tx->at == 0)
		say_bdat(c, octets);
	if (tx->chunking)
		net_stream_write(c->stream, octets);
	else
		write_stuffed(c, octets);
	tx->at += octets.len;
	if (tx->at == tx->mail->octets)
		body_done(c);
	else if (!c->held) /* or else pump is looking */
		net_later_add(c->site->loop, &c->later);
}

static void
begin_body(struct smtp_client *c)
{
	smtp_client_rest(c, SMTP_STEP_BODY);
	/* who takes a few octets now and then is not to hold us for ever */
	(void)net_timer_set(&c->timer, BODY_MS + c->tx.mail->octets);
	if (c->tx.mail->octets > 0) {
		pump(c);
		return;
	}
	if (c->tx.chunking)
		say_bdat(c, SLICE_NONE);
	body_done(c);
}

void
smtp_client_go_on(struct smtp_client *c)
{
	if (c->step == SMTP_STEP_REFUSED)
		smtp_client_tx_end(c, &c->tx.why, true);
	else if (c->step == SMTP_STEP_BODY && c->tx.broken)
		smtp_client_fail_with(
		    c, ERR_PROTO, "4.3.0", "the message could not be read");
	else
		pump(c);
}

/* --- replies -------------------------------------------------------------- */

/* All is told, and the server may still have a transaction open. */
static void
reset(struct smtp_client *c)
{
	if (!c->dead)
		smtp_client_say(c, SMTP_STEP_RSET, SLICE("RSET\r\n"));
}

/* Nothing will come of it: who is not told yet gets why. */
static void
give_up(struct smtp_client *c, const struct smtp_verdict *why)
{
	if (c->tx.refused) { /* no MAIL, no transaction */
		smtp_client_tx_end(c, &c->tx.why, true);
		return;
	}
	tell_rest(c, why);
	reset(c);
}

void
smtp_client_on_mail(struct smtp_client *c, const struct smtp_verdict *v)
{
	if (v->err == ERR_OK && v->code >= 300) {
		smtp_client_breach(c, "unexpected reply");
		return;
	}
	if (v->err != ERR_OK) {
		c->tx.refused = true;
		c->tx.why = *v;
		c->tx.why.whole = true;
	}
	if (c->tx.refused && !c->tx.pipelining) {
		give_up(c, &c->tx.why);
		return;
	}
	if (!c->tx.pipelining)
		say_rcpt(c);
	smtp_client_expect(c, SMTP_STEP_RCPT);
}

/*
 * 552 is said for too many recipients, as RFC 821 had it (RFC 5321 section
 * 4.5.3.1.10); unless the server says itself that it means something else, such
 * as a full mailbox.
 */
static struct smtp_verdict
rcpt_verdict(const struct smtp_verdict *v)
{
	struct smtp_verdict r = *v;
	bool many = strcmp(v->status, "5.0.0") == 0 ||
		    strncmp(v->status, "5.5.", 4) == 0;

	if (v->code == 552 && many) {
		r.err = ERR_RETRY;
		r.code = 452;
		r.status[0] = '4';
	}
	return r;
}

static void
all_answered(struct smtp_client *c, const struct smtp_verdict *v)
{
	struct smtp_client_tx *tx = &c->tx;

	if (tx->pipelining && !tx->chunking)
		smtp_client_expect(c, SMTP_STEP_DATA);
	else if (tx->accepted == 0)
		give_up(c, v);
	else if (tx->chunking)
		begin_body(c);
	else
		smtp_client_say(c, SMTP_STEP_DATA, SLICE("DATA\r\n"));
}

void
smtp_client_on_rcpt(struct smtp_client *c, const struct smtp_verdict *v)
{
	struct smtp_client_tx *tx = &c->tx;
	struct smtp_verdict r = rcpt_verdict(v);
	unsigned i = tx->answered++;

	if (v->err == ERR_OK && v->code >= 300) {
		smtp_client_breach(c, "unexpected reply");
		return;
	}
	if (!tx->refused && v->err == ERR_OK)
		tx->accepted++;
	else if (!tx->refused)
		tell(c, i, &r);
	if (c->dead)
		return;
	if (tx->answered == tx->mail->nrcpts) {
		all_answered(c, v);
		return;
	}
	if (!tx->pipelining)
		say_rcpt(c);
	smtp_client_expect(c, SMTP_STEP_RCPT);
}

void
smtp_client_on_data(struct smtp_client *c, const struct smtp_verdict *v)
{
	if (v->err == ERR_OK && v->code < 300)
		smtp_client_breach(c, "unexpected reply");
	else if (v->err != ERR_OK)
		give_up(c, v);
	else if (c->tx.accepted > 0)
		begin_body(c);
	else /* RFC 2920 section 3.1: 354 without a recipient */
		smtp_client_say(c, SMTP_STEP_LONE, SLICE(".\r\n"));
}

/* It has seen enough of the text. */
void
smtp_client_on_early(struct smtp_client *c, const struct smtp_verdict *v)
{
	if (v->err == ERR_OK)
		smtp_client_breach(c, "reply before the end of the message");
	else
		smtp_client_fail(c, v);
}

void
smtp_client_on_end(struct smtp_client *c, const struct smtp_verdict *v)
{
	if (v->err == ERR_OK && v->code >= 300)
		smtp_client_breach(c, "unexpected reply");
	else
		smtp_client_tx_end(c, v, true);
}

void
smtp_client_on_lone(struct smtp_client *c, const struct smtp_verdict *v)
{
	smtp_client_tx_end(c, c->tx.refused ? &c->tx.why : v, true);
}

void
smtp_client_on_rset(struct smtp_client *c, const struct smtp_verdict *v)
{
	if (v->err != ERR_OK || v->code >= 300)
		smtp_client_fail(c, v);
	else
		finish(c, true);
}
