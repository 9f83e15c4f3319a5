/*
 * What people read of a report. Everything from outside is indented, so that it
 * can be told from our own words and no line of it looks like a boundary.
 */
#include "queue/queue_bounce_priv.h"

#include "mime/mime_addr.h"
#include "mime/mime_date.h"
#include "mime/mime_text.h"
#include "queue/queue_hint.h"

#include <string.h>

enum {
	NAMED_MAX = 100, /* recipients in this part; machines read them all */
	HOST_MAX = STORE_HOST_MAX,
	DAY_S = 24 * 60 * 60
};
#define INDENT "    "

/* What is said in front of the addresses, of one recipient or several. */
static const char *const openings[] = {
    [QUEUE_FAILED] = "Your message could not be delivered to",
    [QUEUE_DELAYED] = "Your message has not been delivered yet to",
    [QUEUE_DELIVERED] = "Your message has been delivered to",
    [QUEUE_RELAYED] =
	"Your message was passed on to a server that sends no reports, for",
    [QUEUE_EXPANDED] =
	"Your message has been passed on to all who are behind the address",
};

void
queue_bounce_say(struct buf *out, const char *text)
{
	mime_text_wrap(out, "", 0, slice_str(text), true);
	buf_add_str(out, "\r\n\r\n");
}

static void
add_indented(struct buf *out, struct slice text)
{
	buf_add_str(out, INDENT);
	mime_text_wrap(out, INDENT, strlen(INDENT), text, true);
	buf_add_str(out, "\r\n");
}

void
queue_bounce_greet(struct slice hostname, struct buf *out)
{
	buf_add_str(out, "This is the mail system at host ");
	mime_text_add(out, slice_first(hostname, MIME_DOMAIN_MAX), true);
	buf_add_str(out, ".\r\n\r\n");
}

void
queue_bounce_refer(const struct mail_id *about, struct buf *out)
{
	buf_add_str(out, "Reference for your postmaster: ");
	buf_add_hex(out, about->b, sizeof about->b);
	buf_add_str(out, "\r\n");
}

/* Did the same happen to both? */
static bool
same_fate(const struct queue_bounce_rcpt *a, const struct queue_bounce_rcpt *b)
{
	return a->action == b->action && a->code == b->code &&
	       a->until_us == b->until_us && slice_eq(a->status, b->status) &&
	       slice_eq(a->reply, b->reply) && slice_eq(a->host, b->host);
}

static void
add_reason(
    const struct queue_bounce_rcpt *r, const char *status, struct buf *out)
{
	struct slice reply = slice_first(r->reply, STORE_REPLY_MAX);
	struct buf text = BUF_INIT(2 * STORE_REPLY_MAX);

	if (reply.len == 0 && r->code == 0)
		return;
	if (r->code != 0 && r->host.len > 0) {
		buf_add_str(out, "The server ");
		mime_text_add(out, slice_first(r->host, HOST_MAX), true);
		buf_add_str(out, " said:\r\n\r\n");
	} else {
		buf_add_str(out, r->code != 0 ? "The other server said:\r\n\r\n"
					      : "The reason:\r\n\r\n");
	}
	if (r->code != 0)
		buf_addf(&text, "%03u ", (unsigned)(r->code % 1000));
	if (r->code != 0 && !mime_dsn_is_said(reply, status))
		buf_addf(&text, "%s ", status);
	buf_add_slice(&text, reply);
	add_indented(out, buf_slice(&text));
	buf_add_str(out, "\r\n");
	buf_fini(&text);
}

static void
add_meaning(const char *status, struct buf *out)
{
	struct buf text = BUF_INIT(1000);

	buf_addf(&text, "What this means: %s", queue_hint(status));
	queue_bounce_say(out, buf_cstr(&text));
	buf_fini(&text);
}

/* "5 days", or hours when it was less than two days */
static void
add_patience(const struct queue_bounce *b, struct buf *out)
{
	uint64_t s = b->now_us > b->arrived_us
			 ? (b->now_us - b->arrived_us) / 1000000
			 : 0;
	struct buf text = BUF_INIT(1000);

	if (s < 2 * 60 * 60)
		return;
	buf_addf(&text,
	    "It was tried again and again for %llu %s. Now this system has "
	    "given up.",
	    (unsigned long long)(s < 2 * DAY_S ? s / 3600 : s / DAY_S),
	    s < 2 * DAY_S ? "hours" : "days");
	queue_bounce_say(out, buf_cstr(&text));
	buf_fini(&text);
}

static void
add_prospect(const struct queue_bounce_rcpt *r, struct buf *out)
{
	struct buf text = BUF_INIT(1000);

	buf_add_str(&text,
	    "It may still arrive. This system keeps trying, and will tell you "
	    "if it has to give up");
	if (r->until_us != 0) {
		buf_add_str(&text, ", at the latest on ");
		mime_date_add(&text, r->until_us);
	}
	buf_add_str(&text,
	    ". You need not do anything; above all do not send it again.");
	queue_bounce_say(out, buf_cstr(&text));
	buf_fini(&text);
}

/* What happened to the recipients from the first on that share a fate; their
 * number */
static unsigned
add_group(const struct queue_bounce *b, unsigned first, struct buf *out)
{
	const struct queue_bounce_rcpt *r = &b->rcpt[first];
	char status[MIME_DSN_STATUS];
	unsigned n = 0;

	queue_bounce_status(r, status);
	mime_text_wrap(out, "", 0, slice_str(openings[r->action]), true);
	buf_add_str(out, "\r\n\r\n");
	while (first + n < NAMED_MAX && first + n < b->nrcpts &&
	       same_fate(r, &r[n]))
		add_indented(out, slice_first(r[n++].addr, MIME_ADDR_MAX));
	buf_add_str(out, "\r\n");
	add_reason(r, status, out);
	if (r->action == QUEUE_FAILED) {
		if (status[0] == '4')
			add_patience(b, out);
		add_meaning(status, out);
	}
	if (r->action == QUEUE_DELAYED)
		add_prospect(r, out);
	return n;
}

void
queue_bounce_text(const struct queue_bounce *b, struct buf *out)
{
	unsigned i = 0;

	queue_bounce_greet(b->hostname, out);
	while (i < b->nrcpts && i < NAMED_MAX)
		i += add_group(b, i, out);
	if (i < b->nrcpts)
		buf_addf(out,
		    "The same goes for %u more recipients, who are named in "
		    "the "
		    "second part.\r\n\r\n",
		    b->nrcpts - i);
	queue_bounce_refer(&b->about, out);
}
