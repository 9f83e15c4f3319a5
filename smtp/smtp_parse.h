#ifndef SMTP_SMTP_PARSE_H
#define SMTP_SMTP_PARSE_H
/*
 * Command lines as structs: verb, path, parameters, numbers. Knows no session
 * and no command; all results are views of the line. Pure.
 */
#include "base/err.h"
#include "base/slice.h"
#include "mime/mime_addr.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	SMTP_LINE_MAX = 2048, /* octets with CRLF; RFC 5321 asks for 512 */
	/* the same for AUTH: RFC 4954 section 4 asks for 12,288 of base64, in
	 * front of which the command may stand */
	SMTP_AUTH_MAX = 12288 + 64,
	SMTP_HELO_MAX = 255
};

struct smtp_line {
	struct slice verb, args; /* args without blanks at both ends */
};
/*
 * Cut a line (without its CRLF) into verb and arguments. ERR_SYNTAX when it
 * holds a control octet or is not UTF-8 (RFC 6531 section 3.3).
 */
enum err smtp_parse_line(struct slice line, struct smtp_line *out);

/* A path behind "FROM:" or "TO:". */
struct smtp_path {
	struct mime_addr addr;
	bool utf8;           /* as written it was not all ASCII */
	struct slice params; /* what follows, for smtp_parse_param */
};
/*
 * Parse the arguments of MAIL (null path allowed) or RCPT (bare postmaster
 * allowed). A blank behind the colon is tolerated, since many clients send it.
 * ERR_SYNTAX, ERR_TOOBIG.
 */
enum err smtp_parse_mail(struct slice args, struct smtp_path *out);
enum err smtp_parse_rcpt(struct slice args, struct smtp_path *out);

struct smtp_param {
	struct slice key, value; /* value.p == NULL: no "=" */
};
/* The next parameter off *rest (RFC 5321 section 4.1.2): ERR_NOENT at the end,
 * ERR_SYNTAX. */
enum err smtp_parse_param(struct slice *rest, struct smtp_param *out);

/* "1234 [LAST]" (RFC 3030 section 2). ERR_TOOBIG: no number of ours. On
 * ERR_SYNTAX *octets_out holds the number when there was one, else 0. */
enum err smtp_parse_bdat(
    struct slice args, uint64_t *octets_out, bool *last_out);

/* The name a client gives itself: the first word, up to SMTP_HELO_MAX. */
enum err smtp_parse_helo(struct slice args, struct slice *out);

#endif
