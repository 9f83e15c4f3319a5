/* MAIL (RFC 5321 section 4.1.1.2). */
#include "smtp/smtp_priv.h"

#include "smtp/smtp_parse.h"
#include "smtp/smtp_policy.h"

#include <string.h>

static enum smtp_say
check(const struct smtp_session *s, const struct smtp_path *path,
    struct smtp_params *p)
{
	struct smtp_facts f = smtp_session_facts(s);
	enum smtp_say say = smtp_param_read(path->params, false, &f, p);

	if (say == SMTP_SAY_OK && path->utf8 && !p->utf8)
		say = SMTP_SAY_NEED_UTF8;
	return say == SMTP_SAY_OK ? smtp_policy_mail(&f, p->size) : say;
}

static void
fill(struct smtp_tx *tx, const struct smtp_path *path,
    const struct smtp_params *p)
{
	tx->from = path->addr;
	tx->size = p->size;
	tx->utf8 = p->utf8;
	tx->eight = p->eight;
	tx->ret = p->ret;
	tx->envid_len = (uint8_t)p->envid.len;
	if (p->envid.len > 0)
		memcpy(tx->envid, p->envid.p, p->envid.len);
}

static enum smtp_next
begun(struct smtp_session *s)
{
	s->d.state = SMTP_MAIL;
	return smtp_session_say(s, SMTP_SAY_SENDER_OK);
}

/* RFC 6409 section 6.1: the store knows whose address this is. */
static void
sender_checked(struct store_req *r, enum err e)
{
	struct smtp_tx *tx = LIST_ITEM(r, struct smtp_tx, req);
	struct smtp_session *s = tx->s;
	enum smtp_say say = smtp_say_of(SMTP_AT_MAIL, e);
	enum smtp_next next;

	if (e == ERR_OK) {
		next = begun(s);
	} else {
		smtp_log_reject(s, "MAIL", SLICE_NONE, say);
		next = smtp_session_say(s, say);
		smtp_session_end_tx(s);
	}
	smtp_session_go_on(s, SMTP_ON_REPLY, next);
}

enum smtp_next
smtp_cmd_mail(struct smtp_session *s, struct slice args)
{
	struct smtp_path path;
	struct smtp_params params;
	enum smtp_say say = SMTP_SAY_BAD_SENDER;

	if (smtp_parse_mail(args, &path) == ERR_OK)
		say = check(s, &path, &params);
	if (say != SMTP_SAY_OK)
		return smtp_session_say(s, say);
	if ((s->tx = smtp_tx_new(s)) == NULL)
		return smtp_session_say(s, SMTP_SAY_RETRY);
	fill(s->tx, &path, &params);
	/* reports have the null path, RFC 6409 section 6.1 lets them through */
	if (!s->d.logged_in || path.addr.len == 0)
		return begun(s);
	s->tx->req.done = sender_checked;
	store_call_sender(s->host->store, &s->tx->req,
	    &s->login->x.login.ticket, mime_addr_slice(&s->tx->from));
	return SMTP_WAIT;
}
