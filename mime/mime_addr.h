#ifndef MIME_ADDR_H
#define MIME_ADDR_H
/*
 * Mailbox addresses of the envelope (RFC 5321 section 4.1.2, RFC 6531 for
 * UTF-8) in one canonical form: local part unquoted where quotes are not needed
 * and minimally quoted where they are, domain in lower case as A-labels (RFC
 * 5890), address literals as written by their RFC. Pure.
 *
 * Local parts with dots where RFC 5321 has none (a..b, a.) are accepted, since
 * some providers gave them out, and quoted in the canonical form.
 */
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	MIME_LOCAL_MAX = 64,   /* octets, RFC 5321 section 4.5.3.1.1 */
	MIME_DOMAIN_MAX = 255, /* octets, section 4.5.3.1.2 */
	MIME_ADDR_MAX = 320    /* local "@" domain */
};

/* A parsed address. len 0 is the null path <>; a plain value, copy at will. */
struct mime_addr {
	uint16_t len; /* octets of text */
	uint16_t at;  /* index of the '@' that parts local and domain;
			 len when there is no domain (postmaster) */
	bool utf8;    /* not all ASCII: needs SMTPUTF8 (RFC 6531) */
	bool literal; /* domain is an address literal [..] */
	char text[MIME_ADDR_MAX];
};

/*
 * Parse the path of MAIL or RCPT at the start of *in: "<" [source route ":"]
 * mailbox ">" or "<>". A source route is checked and dropped (RFC 5321
 * appendix C). *in moves behind the ">".
 *
 * allow_utf8    accept UTF-8 in local part and domain (SMTPUTF8 was given)
 * allow_null    accept <> (MAIL)
 * allow_bare    accept <postmaster>, any case, without domain (RCPT)
 *
 * ERR_SYNTAX: not a path; ERR_TOOBIG: local part or domain over its limit;
 * ERR_UNSUPPORTED: UTF-8 without allow_utf8. Nothing changes on error.
 */
enum err mime_addr_parse_path(struct slice *in, bool allow_utf8,
    bool allow_null, bool allow_bare, struct mime_addr *out);

/*
 * Parse one bare address, "local@domain", all of s: for the command line,
 * config and login names. UTF-8 allowed.
 */
enum err mime_addr_parse(struct slice s, struct mime_addr *out);

/*
 * Parse a domain or (allow_literal) an address literal into canonical text:
 * lower case, A-labels. UTF-8 only with allow_utf8. Labels are letters,
 * digits, hyphens and, as many hosts in the world have them, underscores.
 */
enum err mime_addr_parse_domain(struct slice s, bool allow_literal,
    bool allow_utf8, char out[MIME_DOMAIN_MAX + 1]);

struct slice mime_addr_slice(const struct mime_addr *a);
struct slice mime_addr_local(const struct mime_addr *a);  /* as in text */
struct slice mime_addr_domain(const struct mime_addr *a); /* empty: none */

/*
 * The form under which mailboxes are looked up: local part unquoted when
 * possible, ASCII letters in lower case (we treat local parts without regard
 * to case, as every large host does), UTF-8 in Form C (RFC 6532 section 3.1;
 * mime_nfc.h), so that what looks the same is the same. A local part that has
 * no room for its Form C is in lower case only.
 */
void mime_addr_key(const struct mime_addr *a, struct mime_addr *key_out);

/*
 * Split a subaddress off (alice+shop@...): true when sep occurs in an unquoted
 * local part behind its first octet; *base_out is then the address without
 * sep and what follows it. sep NUL: always false.
 */
bool mime_addr_unsub(
    const struct mime_addr *a, char sep, struct mime_addr *base_out);

#endif
