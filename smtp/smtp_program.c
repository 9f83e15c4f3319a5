/*
 * Programs on this machine (cron, mutt, a web application) hand in mail by a
 * socket of the file system. The kernel names the user behind it, so nobody has
 * to log in; who it was stands in Received and in the trail. Any sender is
 * taken, as sendmail -f has always allowed it.
 */
#include "smtp/smtp_priv.h"

#include <sys/socket.h>
#include <unistd.h>

const struct conf_listener smtp_program_listener = {
    .name = "submit",
    .service = CONF_SUBMISSION,
    .tls = CONF_TLS_OFF,
    .auth = CONF_AUTH_OFF,
    .max_clients = SMTP_PROGRAMS,
    .idle_timeout_ms = 5 * 60 * 1000,
    .banner = "ESMTP",
};

/* One user's programs must not keep those of all others out. */
static bool
has_room(const struct smtp_host *h, uint32_t uid)
{
	unsigned mine = 0;

	if (h->programs >= SMTP_PROGRAMS)
		return false;
	if (h->programs < SMTP_PROGRAMS_USER)
		return true;
	LIST_EACH_SAFE(&h->sessions, n)
	{
		const struct smtp_session *s =
		    LIST_ITEM(n, struct smtp_session, node);

		mine += s->local && s->uid == uid;
	}
	return mine < SMTP_PROGRAMS_USER;
}

static enum err
begin(struct smtp_host *h, struct smtp_site *site, uint32_t uid, int fd)
{
	struct smtp_session *s = smtp_session_new(h, site);

	if (s == NULL) {
		(void)close(fd);
		return ERR_NOMEM;
	}
	s->local = true;
	s->uid = uid;
	h->programs++;
	return smtp_session_open(s, fd);
}

enum err
smtp_session_start_program(struct smtp_host *h, struct smtp_site *site, int fd)
{
	struct ucred who;
	socklen_t len = sizeof who;
	struct buf text = BUF_INIT(256);
	enum err e = ERR_LIMIT;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0 ||
	    len != sizeof who || who.uid == (uid_t)-1)
		e = ERR_IO;
	else if (has_room(h, who.uid))
		return begin(h, site, who.uid, fd);
	smtp_say_add(&text, e == ERR_IO ? SMTP_SAY_SHUTDOWN : SMTP_SAY_BUSY);
	(void)send(fd, text.p, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	buf_fini(&text);
	(void)close(fd);
	return e;
}
