/* RSET, NOOP, VRFY, HELP, QUIT (RFC 5321 sections 4.1.1.5 to 4.1.1.10). */
#include "smtp/smtp_priv.h"

enum smtp_next
smtp_cmd_rset(struct smtp_session *s, struct slice args)
{
	(void)args;
	smtp_session_end_tx(s);
	return smtp_session_say(s, SMTP_SAY_OK);
}

enum smtp_next
smtp_cmd_noop(struct smtp_session *s, struct slice args)
{
	(void)args;
	return smtp_session_say(s, SMTP_SAY_OK);
}

/* Section 3.5.3: 252, whoever it is; to tell more is to help guessing. */
enum smtp_next
smtp_cmd_vrfy(struct smtp_session *s, struct slice args)
{
	(void)args;
	return smtp_session_say(s, SMTP_SAY_VRFY);
}

enum smtp_next
smtp_cmd_help(struct smtp_session *s, struct slice args)
{
	struct buf names = BUF_INIT(400);

	(void)args;
	smtp_cmd_add_names(&names);
	smtp_say_add_more(&s->out, SMTP_SAY_HELP, buf_slice(&names));
	buf_fini(&names);
	return SMTP_READ;
}

enum smtp_next
smtp_cmd_quit(struct smtp_session *s, struct slice args)
{
	(void)args;
	smtp_session_say(s, SMTP_SAY_BYE);
	return SMTP_CLOSE;
}
