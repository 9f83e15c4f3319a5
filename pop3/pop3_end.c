/* QUIT: the UPDATE state (RFC 1939 section 6). */
#include "pop3/pop3_priv.h"

#include <stdlib.h>

static enum pop3_next
bye(struct pop3_session *s)
{
	/* before the client hears that it may come again */
	pop3_leave_mailbox(s);
	pop3_line(s, "+OK bye");
	return POP3_CLOSE;
}

/* Removed, all of them, on stable storage; or none. */
static void
on_expunged(struct store_req *r, enum err e)
{
	struct pop3_session *s = LIST_ITEM(r, struct pop3_session, expunge);

	free(s->expunging);
	s->expunging = NULL;
	if (e == ERR_OK) {
		s->dele = s->drop.marked;
		pop3_resume(s, bye(s));
		return;
	}
	(void)pop3_fail_err(s, e);
	pop3_resume(s, POP3_CLOSE);
}

enum pop3_next
pop3_quit(struct pop3_session *s, const struct pop3_args *a)
{
	(void)a;
	if (s->state == POP3_AUTHORIZATION || s->drop.marked == 0)
		return bye(s);
	s->expunging = pop3_drop_marked(&s->drop);
	if (s->expunging == NULL) {
		(void)pop3_fail_err(s, ERR_RETRY);
		return POP3_CLOSE;
	}
	s->expunge.done = on_expunged;
	store_call_expunge(s->server->store, &s->expunge, s->lease,
	    s->expunging, s->drop.marked);
	return POP3_WAIT;
}
