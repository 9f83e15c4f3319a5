/*
 * Puts a report together. Its three parts are made first, each in a form that
 * is valid by itself; then a boundary is chosen that none of them holds.
 */
#include "queue/queue_bounce.h"

#include "mime/mime_addr.h"
#include "mime/mime_date.h"
#include "mime/mime_encode.h"
#include "mime/mime_header.h"
#include "mime/mime_recode.h"
#include "mime/mime_text.h"
#include "queue/queue_bounce_priv.h"

enum {
	SUBJECT_MAX = 200, /* octets of the message's that are repeated */
	BOUNDARIES = 100,  /* that are tried */
	RECODED_MORE = 65536
};

static const struct {
	const char *action, *subject;
	const char *classes; /* of a status that goes with it */
} actions[] = {
    [QUEUE_FAILED] = {"failed",    "Undelivered: ", "54"},
    [QUEUE_DELAYED] = {"delayed",   "Delayed: ",     "4" },
    [QUEUE_DELIVERED] = {"delivered", "Delivered: ",   "2" },
    [QUEUE_RELAYED] = {"relayed",   "Delivered: ",   "2" },
    [QUEUE_EXPANDED] = {"expanded",  "Delivered: ",   "2" },
};

void
queue_bounce_status(
    const struct queue_bounce_rcpt *r, char out[MIME_DSN_STATUS])
{
	mime_dsn_status(r->status, r->code, actions[r->action].classes, out);
}

static struct slice
header_of(struct slice message)
{
	struct slice rest = message;
	struct mime_field f;

	while (mime_header_next(&rest, &f))
		;
	return slice_first(message, message.len - rest.len);
}

bool
queue_bounce_utf8(const struct queue_bounce *b)
{
	if (!slice_is_ascii(b->to))
		return true;
	if (!b->utf8)
		return false;
	for (unsigned i = 0; i < b->nrcpts; i++)
		if (!slice_is_ascii(b->rcpt[i].addr))
			return true;
	return !slice_is_ascii(header_of(b->original));
}

/* A part: its fields, the empty line, its content */
void
queue_bounce_add_text(struct slice text, struct buf *out)
{
	bool plain = mime_text_is_plain(text, true);

	buf_add_str(out, "Content-Type: text/plain; charset=utf-8\r\n");
	if (plain) {
		buf_add_str(out, "\r\n");
		buf_add_slice(out, text);
	} else {
		buf_add_str(
		    out, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
		mime_encode(out, text, MIME_QUOTED_PRINTABLE);
	}
}

static void
make_text(const struct queue_bounce *b, struct buf *out)
{
	struct buf text = BUF_INIT(out->max);

	queue_bounce_text(b, &text);
	queue_bounce_add_text(buf_slice(&text), out);
	if (text.err != ERR_OK)
		out->err = text.err;
	buf_fini(&text);
}

static void
add_type(struct buf *out, bool utf8, const char *global, const char *plain)
{
	buf_add_str(out, "Content-Type: ");
	buf_add_str(out, utf8 ? global : plain);
	buf_add_str(out, "\r\n");
}

static void
make_status(const struct queue_bounce *b, bool utf8, struct buf *out)
{
	add_type(out, utf8, "message/global-delivery-status",
	    "message/delivery-status");
	if (utf8)
		buf_add_str(out, "Content-Transfer-Encoding: 8bit\r\n");
	buf_add_str(out, "\r\n");
	mime_dsn_add_message(out, b->hostname, b->envid, b->arrived_us, utf8);
	for (unsigned i = 0; i < b->nrcpts; i++) {
		const struct queue_bounce_rcpt *r = &b->rcpt[i];
		char status[MIME_DSN_STATUS];

		queue_bounce_status(r, status);
		if (i > 0)
			buf_add_str(out, "\r\n");
		mime_dsn_add_rcpt(out,
		    &(struct mime_dsn_rcpt){r->addr, r->orcpt,
			actions[r->action].action, status, r->host, r->reply,
			r->code, r->last_us,
			r->action == QUEUE_DELAYED ? r->until_us : 0},
		    utf8);
	}
}

/* Headers may be encoded (RFC 6522 section 4), other than messages. */
static void
make_header(struct slice header, bool utf8, struct buf *out)
{
	add_type(out, utf8, "message/global-headers", "text/rfc822-headers");
	if (mime_text_is_plain(header, !utf8)) {
		if (!slice_is_ascii(header))
			buf_add_str(out, "Content-Transfer-Encoding: 8bit\r\n");
		buf_add_str(out, "\r\n");
		buf_add_slice(out, header);
	} else if (mime_text_is_lines(header)) {
		buf_add_str(
		    out, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
		mime_encode(out, header, MIME_QUOTED_PRINTABLE);
	} else {
		buf_add_str(out, "Content-Transfer-Encoding: base64\r\n\r\n");
		mime_encode(out, header, MIME_BASE64);
	}
}

static void
add_message(struct slice message, bool utf8, struct buf *out)
{
	add_type(out, utf8, "message/global", "message/rfc822");
	if (!slice_is_ascii(message))
		buf_add_str(out, "Content-Transfer-Encoding: 8bit\r\n");
	buf_add_str(out, "\r\n");
	buf_add_slice(out, message);
}

/* The whole message, made 7-bit if need be. false when that cannot be done
 * with it; then nothing was appended. */
static bool
make_message(struct slice message, bool utf8, struct buf *out)
{
	struct buf recoded =
	    BUF_INIT(message.len + message.len / 2 + RECODED_MORE);
	bool ok = mime_text_is_plain(message, !utf8);

	if (ok) {
		add_message(message, utf8, out);
	} else if (mime_recode_7bit(message, &recoded) == ERR_OK &&
		   mime_text_is_plain(buf_slice(&recoded), true)) {
		add_message(buf_slice(&recoded), false, out);
		ok = true;
	}
	buf_fini(&recoded);
	return ok;
}

static void
make_original(const struct queue_bounce *b, bool utf8, struct buf *out)
{
	if (b->original.len == 0)
		return;
	if (!b->whole || !make_message(b->original, utf8, out))
		make_header(header_of(b->original), utf8, out);
}

static struct slice
subject_of(struct slice message)
{
	struct mime_field f;
	struct slice s;
	size_t end;

	if (!mime_header_find(message, SLICE("Subject"), &f))
		return SLICE("(no subject)");
	s = slice_trim(f.value);
	if (s.len <= SUBJECT_MAX)
		return s;
	s = slice_first(s, SUBJECT_MAX);
	end = slice_rfind(s, ' '); /* not inside of an encoded word */
	return end < s.len ? slice_first(s, end) : s;
}

void
queue_bounce_header(const struct queue_bounce_head *h, struct buf *out)
{
	struct slice host = slice_first(h->hostname, MIME_DOMAIN_MAX);
	struct slice to = slice_first(h->to, MIME_ADDR_MAX);

	buf_add_str(out, "From: Mail Delivery System <MAILER-DAEMON@");
	mime_text_add(out, host, false);
	buf_add_str(out, ">\r\nTo: ");
	mime_text_add(out, to, true);
	if (slice_find(to, '@') == to.len) { /* a bare <postmaster> */
		buf_add_char(out, '@');
		mime_text_add(out, host, false);
	}
	buf_add_str(out, "\r\n");
	mime_text_add_field(out, "Subject", h->subject, h->utf8);
	buf_add_str(out, "Date: ");
	mime_date_add(out, h->now_us);
	buf_add_str(out, "\r\nMessage-ID: <");
	buf_add_hex(out, h->id->b, sizeof h->id->b);
	buf_add_char(out, '@');
	mime_text_add(out, host, false);
	buf_add_str(out, ">\r\nAuto-Submitted: auto-replied\r\n"
			 "MIME-Version: 1.0\r\n");
}

static void
add_header(const struct queue_bounce *b, bool utf8, struct buf *out)
{
	enum queue_action a = b->nrcpts > 0 ? b->rcpt[0].action : QUEUE_FAILED;
	struct buf text = BUF_INIT(2 * SUBJECT_MAX);

	buf_add_str(&text, actions[a].subject);
	buf_add_slice(&text, subject_of(b->original));
	queue_bounce_header(&(struct queue_bounce_head){&b->id, b->to,
				b->hostname, buf_slice(&text), b->now_us, utf8},
	    out);
	buf_fini(&text);
}

/* The first will do, since nobody knows the id of a report before it is made;
 * but an id is no secret to build on. */
static bool
choose_boundary(
    const struct queue_bounce *b, const struct buf part[3], struct buf *out)
{
	for (unsigned n = 0; n < BOUNDARIES; n++) {
		bool found = false;

		buf_reset(out);
		buf_add_str(out, "=_");
		buf_add_hex(out, b->id.b, sizeof b->id.b);
		buf_addf(out, "_%u", n);
		for (int i = 0; i < 3; i++)
			found |= slice_find_slice(buf_slice(&part[i]),
				     buf_slice(out)) < part[i].len;
		if (!found)
			return true;
	}
	return false;
}

static void
assemble(const struct queue_bounce *b, bool utf8, const struct buf part[3],
    const struct buf *boundary, struct buf *out)
{
	add_header(b, utf8, out);
	buf_addf(out,
	    "Content-Type: multipart/report; report-type=delivery-status;\r\n"
	    "\tboundary=\"%.*s\"\r\n\r\n",
	    SLICE_ARG(buf_slice(boundary)));
	for (int i = 0; i < 3; i++) {
		if (part[i].len == 0)
			continue;
		buf_add_str(out, i == 0 ? "--" : "\r\n--");
		buf_add_slice(out, buf_slice(boundary));
		buf_add_str(out, "\r\n");
		buf_add_slice(out, buf_slice(&part[i]));
	}
	buf_add_str(out, "\r\n--");
	buf_add_slice(out, buf_slice(boundary));
	buf_add_str(out, "--\r\n");
}

enum err
queue_bounce_make(const struct queue_bounce *b, struct buf *out)
{
	struct buf part[3] = {
	    BUF_INIT(out->max), BUF_INIT(out->max), BUF_INIT(out->max)};
	struct buf boundary = BUF_INIT(70);
	bool utf8 = queue_bounce_utf8(b);

	make_text(b, &part[0]);
	make_status(b, utf8, &part[1]);
	make_original(b, utf8, &part[2]);
	if (!choose_boundary(b, part, &boundary))
		buf_reset(&part[2]); /* it knows them all: it has to go */
	assemble(b, utf8, part, &boundary, out);
	for (int i = 0; i < 3; i++) {
		if (part[i].err != ERR_OK && out->err == ERR_OK)
			out->err = part[i].err;
		buf_fini(&part[i]);
	}
	buf_fini(&boundary);
	return out->err;
}
