/* STARTTLS (RFC 3207). When it may be given is the table's and the extension's
 * to say; what it does, the session's. */
#include "smtp/smtp_priv.h"

enum smtp_next
smtp_cmd_starttls(struct smtp_session *s, struct slice args)
{
	(void)s;
	(void)args;
	return SMTP_TLS;
}
