/*
 * MAIL and RCPT as a server may have them: parameters only of what it offers.
 * What a message needs and a server lacks is found here, before anything is
 * said.
 */
#include "smtp/smtp_client_priv.h"

#include "mime/mime_dsn.h"
#include "store/store_rcpt.h"

void
smtp_client_line_mail(struct buf *out, const struct smtp_client_mail *m,
    const struct smtp_offer *o)
{
	bool dsn = smtp_offer_has(o, SMTP_EXT_DSN);

	buf_add_str(out, "MAIL FROM:<");
	buf_add_slice(out, m->from);
	buf_add_char(out, '>');
	if (smtp_offer_has(o, SMTP_EXT_SIZE))
		buf_addf(out, " SIZE=%llu", (unsigned long long)m->octets);
	if (m->eight)
		buf_add_str(out, " BODY=8BITMIME");
	if (m->utf8)
		buf_add_str(out, " SMTPUTF8");
	if (dsn && m->ret != 0)
		buf_add_str(out, m->ret == 1 ? " RET=FULL" : " RET=HDRS");
	if (dsn && m->envid.len > 0) {
		buf_add_str(out, " ENVID=");
		buf_add_slice(out, m->envid);
	}
	buf_add_str(out, "\r\n");
}

static void
add_notify(struct buf *out, unsigned notify)
{
	static const struct {
		unsigned bit;
		const char *word;
	} words[] = {
	    {STORE_NOTIFY_NEVER,   "NEVER"  },
	    {STORE_NOTIFY_SUCCESS, "SUCCESS"},
	    {STORE_NOTIFY_FAILURE, "FAILURE"},
	    {STORE_NOTIFY_DELAY,   "DELAY"  },
	};
	const char *lead = " NOTIFY=";

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if ((notify & words[i].bit) != 0) {
			buf_add_str(out, lead);
			buf_add_str(out, words[i].word);
			lead = ",";
		}
}

void
smtp_client_line_rcpt(struct buf *out, const struct smtp_client_rcpt *r,
    const struct smtp_offer *o)
{
	buf_add_str(out, "RCPT TO:<");
	buf_add_slice(out, r->addr);
	buf_add_char(out, '>');
	if (smtp_offer_has(o, SMTP_EXT_DSN)) {
		add_notify(out, r->notify);
		/* RFC 6533 section 3: UTF-8 only where it is understood */
		if (r->orcpt.len > 0) {
			buf_add_str(out, " ORCPT=");
			mime_dsn_add_address(
			    out, r->orcpt, smtp_offer_has(o, SMTP_EXT_UTF8));
		}
	}
	buf_add_str(out, "\r\n");
}

/* A line end in an address would be a command of somebody else's. */
static bool
is_plain(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	return true;
}

static bool
all_plain(const struct smtp_client_mail *m)
{
	bool ok = is_plain(m->from) && is_plain(m->envid);

	for (unsigned i = 0; i < m->nrcpts; i++)
		ok = ok && is_plain(m->rcpt[i].addr) &&
		     is_plain(m->rcpt[i].orcpt);
	return ok;
}

static void
too_large(const struct smtp_client_mail *m, const struct smtp_offer *o,
    struct smtp_verdict *v)
{
	struct buf text = BUF_INIT(SMTP_CLIENT_REPLY);

	buf_addf(&text,
	    "message of %llu octets is larger than the %llu that the server "
	    "takes",
	    (unsigned long long)m->octets, (unsigned long long)o->size);
	smtp_verdict_set(v, ERR_DENIED, "5.3.4", buf_slice(&text));
	buf_fini(&text);
}

enum err
smtp_client_line_check(const struct smtp_client_mail *m,
    const struct smtp_offer *o, struct smtp_verdict *v)
{
	v->err = ERR_OK;
	if (o->size > 0 && m->octets > o->size)
		too_large(m, o, v);
	else if (m->utf8 && !smtp_offer_has(o, SMTP_EXT_UTF8))
		smtp_verdict_set(v, ERR_UNSUPPORTED, "5.6.7",
		    SLICE("server does not take addresses or headers in UTF-8 "
			  "(SMTPUTF8)"));
	else if (m->eight && !smtp_offer_has(o, SMTP_EXT_8BITMIME))
		smtp_verdict_set(v, ERR_UNSUPPORTED, "5.6.3",
		    SLICE("server does not take messages in 8 bits "
			  "(8BITMIME)"));
	else if (!all_plain(m))
		smtp_verdict_set(v, ERR_DENIED, "5.1.3",
		    SLICE("address with a control character"));
	return v->err;
}
