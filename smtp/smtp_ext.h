#ifndef SMTP_SMTP_EXT_H
#define SMTP_SMTP_EXT_H
/*
 * Service extensions: which exist, when each is open, how EHLO names it. The
 * same predicate decides what EHLO announces and what dispatch and parameters
 * accept. Pure.
 */
#include "base/buf.h"
#include "conf/conf.h"

#include <stdbool.h>

enum smtp_ext {
	SMTP_EXT_NONE, /* plain RFC 5321: always open, never announced */
	SMTP_EXT_PIPELINING,
	SMTP_EXT_SIZE,
	SMTP_EXT_8BITMIME,
	SMTP_EXT_CODES,
	SMTP_EXT_DSN,
	SMTP_EXT_CHUNKING,
	SMTP_EXT_UTF8,
	SMTP_EXT_STARTTLS,
	SMTP_EXT_AUTH,
	SMTP_EXT_LIMITS,
	SMTP_EXT_HELP,
	SMTP_EXT_COUNT
};

/* What a session is like, as far as anything is decided by it. */
struct smtp_facts {
	const struct conf *conf;
	const struct conf_listener *listener;
	bool has_tls; /* there is a certificate */
	bool secure;  /* this connection is in TLS */
	bool logged_in;
	bool local; /* a program on this machine, by the submission socket */
};
/* Its mail is that of somebody we know: it may name any recipient, and what a
 * mail program left out is supplied (RFC 6409). */
bool smtp_ext_trusted(const struct smtp_facts *f);

/* The extension of an EHLO keyword, in any case; SMTP_EXT_NONE: not one of ours
 */
enum smtp_ext smtp_ext_named(struct slice keyword);
bool smtp_ext_open(enum smtp_ext x, const struct smtp_facts *f);
/* Passwords may cross this connection. */
bool smtp_ext_password_ok(const struct smtp_facts *f);
/* Append the 250 lines of EHLO that follow the first; the last one ends the
 * reply. */
void smtp_ext_add_all(struct buf *out, const struct smtp_facts *f);

#endif
