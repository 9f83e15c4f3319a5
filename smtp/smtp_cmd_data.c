/*
 * DATA (RFC 5321 section 4.1.1.4), BDAT (RFC 3030), and what follows the text:
 * the store, then the reply.
 */
#include "smtp/smtp_priv.h"

#include "base/clock.h"
#include "smtp/smtp_parse.h"
#include "smtp/smtp_policy.h"

static void
begin_text(struct smtp_session *s, bool dots)
{
	struct smtp_facts f = smtp_session_facts(s);

	smtp_body_init(&s->tx->body, &f, dots, &s->host->held);
	s->tx->has_body = true;
	s->tx->began_ms = clock_mono_ms();
}

static enum smtp_next
refuse_text(struct smtp_session *s, enum smtp_say say)
{
	smtp_log_reject(s, "DATA", SLICE_NONE, say);
	smtp_session_end_tx(s);
	return smtp_session_say(s, say);
}

/* The reply names the message, and says so when it is going to rest here. */
static void
say_kept(struct smtp_session *s)
{
	struct buf text = BUF_INIT(128);
	char hex[MAIL_ID_HEX];

	mail_id_hex(&s->tx->id, hex);
	buf_add(&text, hex, sizeof hex);
	if (s->tx->delivery.held > 0)
		buf_add_str(&text, ", held: hourly limit");
	smtp_say_add_more(&s->out, SMTP_SAY_OK, buf_slice(&text));
	s->owes = true;
	buf_fini(&text);
}

/* RFC 5321 section 6.1: after 250 the message is ours to keep. */
static void
delivered(struct store_req *r, enum err e)
{
	struct smtp_session *s = LIST_ITEM(r, struct smtp_tx, delivery.r)->s;
	enum smtp_next next = SMTP_READ;

	smtp_log_received(s, e);
	if (e == ERR_OK) {
		s->tx->number = 0; /* it has ended with this */
		say_kept(s);
		s->messages++;
		s->d.errors = s->d.errors_seen = 0;
	} else {
		next = smtp_session_say(s, smtp_say_of(SMTP_AT_DATA, e));
	}
	smtp_session_end_tx(s);
	smtp_session_delivered(s, next);
}

static enum smtp_next
complete(struct smtp_session *s)
{
	struct smtp_facts f = smtp_session_facts(s);
	enum smtp_say say = smtp_body_finish(&s->tx->body, &f);
	enum err e;

	s->mode = SMTP_LINES;
	if (say != SMTP_SAY_OK)
		return refuse_text(s, say);
	if ((e = smtp_tx_deliver(s->tx, delivered)) != ERR_OK)
		return refuse_text(s, smtp_say_of(SMTP_AT_DATA, e));
	s->delivering = true;
	return SMTP_WAIT;
}

static void
file_opened(struct store_req *r, enum err e)
{
	struct smtp_tx *tx = LIST_ITEM(r, struct smtp_tx, spill.r);

	smtp_body_file(&tx->body, e == ERR_OK ? tx->spill.fd : -1, e);
	smtp_session_go_on(tx->s, SMTP_ON_REPLY, SMTP_READ);
}

/* The text goes on: is it worth waiting for, and where does it go? */
static enum smtp_next
await_more(struct smtp_session *s)
{
	struct smtp_facts f = smtp_session_facts(s);
	struct smtp_tx *tx = s->tx;
	uint64_t ms = clock_mono_ms() - tx->began_ms;

	if (smtp_policy_absurd(&f, tx->body.total)) {
		refuse_text(s, SMTP_SAY_TOO_BIG);
		return SMTP_CLOSE;
	}
	if (smtp_policy_drips(smtp_session_crowded(s), tx->body.total, ms))
		return smtp_session_say(s, SMTP_SAY_TIMEOUT);
	if (!smtp_body_wants_file(&tx->body))
		return SMTP_READ;
	tx->spill.r.done = file_opened;
	store_call_spill(s->host->store, &tx->spill, tx->size);
	return SMTP_WAIT;
}

enum smtp_next
smtp_cmd_data(struct smtp_session *s, struct slice args)
{
	(void)args;
	begin_text(s, true);
	s->mode = SMTP_DATA;
	return smtp_session_say(s, SMTP_SAY_SEND_DATA);
}

enum smtp_next
smtp_text_data(struct smtp_session *s, struct slice *in)
{
	struct smtp_facts f = smtp_session_facts(s);

	smtp_body_take(&s->tx->body, &f, in);
	return s->tx->body.data.ended ? complete(s) : await_more(s);
}

/* --- BDAT ----------------------------------------------------------------- */

/* The octets of a refused chunk are no commands: drop them, then say why. */
static enum smtp_next
drain(struct smtp_session *s, uint64_t octets, enum smtp_say say)
{
	smtp_session_end_tx(s);
	if (octets == 0)
		return smtp_session_say(s, say);
	s->mode = SMTP_CHUNK;
	s->skip = octets;
	s->drain_say = (uint8_t)say;
	return SMTP_READ;
}

static enum smtp_next
go_on_draining(struct smtp_session *s, struct slice *in)
{
	size_t n = in->len < s->skip ? in->len : (size_t)s->skip;
	enum smtp_say say = (enum smtp_say)s->drain_say;

	*in = slice_skip(*in, n);
	s->skip -= n;
	if (s->skip > 0)
		return SMTP_READ;
	s->mode = SMTP_LINES;
	s->drain_say = SMTP_SAY_OK;
	return smtp_session_say(s, say);
}

/* A chunk that made the message unfit ends the transaction: what is still to
 * come of it finds none (RFC 3030 section 2). */
static enum smtp_next
end_chunk(struct smtp_session *s)
{
	struct smtp_facts f = smtp_session_facts(s);
	struct smtp_body *b = &s->tx->body;
	struct buf text = BUF_INIT(64);

	s->mode = SMTP_LINES;
	if (s->tx->chunk_last) {
		smtp_body_close(b);
		return complete(s);
	}
	if (b->refused)
		return refuse_text(s, smtp_body_finish(b, &f));
	buf_addf(&text, "%llu octets", (unsigned long long)b->total);
	smtp_say_add_more(&s->out, SMTP_SAY_OK, buf_slice(&text));
	buf_fini(&text);
	return SMTP_READ;
}

static enum smtp_next
begin_chunk(struct smtp_session *s, uint64_t octets, bool last)
{
	if (!s->tx->has_body)
		begin_text(s, false);
	s->d.state = SMTP_CHUNKS;
	s->mode = SMTP_CHUNK;
	s->tx->chunk_left = octets;
	s->tx->chunk_last = last;
	/* small ones come whole, and end without having asked for a file */
	return octets == 0 ? end_chunk(s) : await_more(s);
}

enum smtp_next
smtp_cmd_bdat(struct smtp_session *s, struct slice args)
{
	struct smtp_facts f = smtp_session_facts(s);
	enum smtp_say say = smtp_cmd_refusal(s, smtp_cmd_bdat);
	uint64_t octets;
	bool last;
	enum err e = smtp_parse_bdat(args, &octets, &last);

	if (e == ERR_TOOBIG || smtp_policy_absurd(&f, octets)) {
		smtp_session_say(s, SMTP_SAY_TOO_BIG);
		return SMTP_CLOSE; /* nobody waits for so many octets */
	}
	if (say == SMTP_SAY_OK && e != ERR_OK)
		say = SMTP_SAY_BAD_ARGS;
	return say == SMTP_SAY_OK ? begin_chunk(s, octets, last)
				  : drain(s, octets, say);
}

enum smtp_next
smtp_text_chunk(struct smtp_session *s, struct slice *in)
{
	struct smtp_facts f = smtp_session_facts(s);
	struct smtp_tx *tx = s->tx;
	struct slice part;

	if (s->drain_say != SMTP_SAY_OK)
		return go_on_draining(s, in);
	part = slice_first(
	    *in, (size_t)(tx->chunk_left < in->len ? tx->chunk_left : in->len));
	*in = slice_skip(*in, part.len);
	tx->chunk_left -= part.len;
	smtp_body_take(&tx->body, &f, &part);
	return tx->chunk_left == 0 ? end_chunk(s) : await_more(s);
}
