/* EHLO and HELO (RFC 5321 section 4.1.1.1). */
#include "smtp/smtp_priv.h"

#include "smtp/smtp_parse.h"

#include <stdlib.h>
#include <string.h>

/* The name is not checked against anything: it says nothing about a client,
 * and many send a wrong one. */
static bool
begin(struct smtp_session *s, struct slice args, bool esmtp)
{
	struct slice name;
	char *helo;

	if (smtp_parse_helo(args, &name) != ERR_OK) {
		smtp_session_say(s, SMTP_SAY_BAD_HELLO);
		return false;
	}
	if ((helo = strndup(name.p, name.len)) == NULL) {
		smtp_session_say(s, SMTP_SAY_RETRY);
		return false;
	}
	free(s->d.helo);
	s->d.helo = helo;
	s->d.esmtp = esmtp;
	smtp_session_end_tx(s); /* as RSET, section 4.1.4 */
	s->d.state = SMTP_READY;
	return true;
}

enum smtp_next
smtp_cmd_helo(struct smtp_session *s, struct slice args)
{
	if (begin(s, args, false))
		smtp_say_line(
		    &s->out, 250, true, slice_str(s->site->conf.hostname));
	return SMTP_READ;
}

enum smtp_next
smtp_cmd_ehlo(struct smtp_session *s, struct slice args)
{
	struct smtp_facts f = smtp_session_facts(s);

	if (!begin(s, args, true))
		return SMTP_READ;
	smtp_say_line(&s->out, 250, false, slice_str(s->site->conf.hostname));
	smtp_ext_add_all(&s->out, &f);
	return SMTP_READ;
}
