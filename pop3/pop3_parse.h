#ifndef POP3_POP3_PARSE_H
#define POP3_POP3_PARSE_H
/* POP3 command lines (RFC 1939 section 3, RFC 2449 section 4). Pure. */
#include "base/err.h"
#include "base/slice.h"

enum {
	POP3_LINE_MAX = 2048, /* octets of a command, CRLF included */
	/* of a SASL response, 12,288 of base64 (RFC 4954), or of AUTH */
	POP3_AUTH_LINE_MAX = 12288 + 64,
	POP3_ARGS = 3
};

/* One command line; everything points into it. */
struct pop3_args {
	struct slice verb;
	struct slice rest; /* all behind the first space, as it came */
	unsigned count;    /* words in rest, also those beyond POP3_ARGS */
	struct slice arg[POP3_ARGS];
};

/* Take a line without its CRLF apart. SYNTAX: it holds a NUL or a bare CR or
 * begins with no letter. */
enum err pop3_parse(struct slice line, struct pop3_args *out);

#endif
