/* Replies: one table of words, one of errors to words. */
#include "smtp/smtp_reply.h"

static const struct {
	unsigned code;
	const char *enhanced, *text;
} replies[SMTP_SAY_COUNT] = {
#define X(name, code, enhanced, text) {code, enhanced, text},
    SMTP_REPLIES(X)
#undef X
};

/*
 * What is not named here is temporary: a client may always try again. FENCED is
 * a login whose ticket the store does not know any more: it was started anew,
 * or the session is very old. On a new connection all is well.
 */
enum { ELSE = ERR_COUNT };
/* clang-format off */
static const unsigned char of_err[SMTP_STAGES][ERR_COUNT + 1] = {
    [SMTP_AT_MAIL] = {
	[ERR_OK] = SMTP_SAY_SENDER_OK,
	[ERR_DENIED] = SMTP_SAY_NOT_YOURS,
	[ERR_NOENT] = SMTP_SAY_NOT_YOURS,
	[ERR_SUSPENDED] = SMTP_SAY_DISABLED,
	[ERR_FENCED] = SMTP_SAY_LOGIN_EXPIRED,
	[ELSE] = SMTP_SAY_RETRY,
    },
    [SMTP_AT_RCPT] = {
	[ERR_OK] = SMTP_SAY_RCPT_OK,
	[ERR_NOENT] = SMTP_SAY_NO_USER,
	[ERR_DENIED] = SMTP_SAY_RELAY,
	[ERR_SUSPENDED] = SMTP_SAY_DISABLED,
	[ERR_QUOTA] = SMTP_SAY_QUOTA,
	[ERR_FULL] = SMTP_SAY_FULL,
	[ERR_LIMIT] = SMTP_SAY_WIDE_LIST,
	[ERR_FENCED] = SMTP_SAY_LOGIN_EXPIRED,
	[ELSE] = SMTP_SAY_RETRY,
    },
    [SMTP_AT_DATA] = {
	[ERR_QUOTA] = SMTP_SAY_QUOTA,
	[ERR_FULL] = SMTP_SAY_FULL,
	[ERR_TOOBIG] = SMTP_SAY_TOO_BIG,
	[ERR_FENCED] = SMTP_SAY_LOGIN_EXPIRED,
	[ELSE] = SMTP_SAY_RETRY,
    },
    [SMTP_AT_AUTH] = {
	[ERR_OK] = SMTP_SAY_LOGIN_OK,
	[ERR_DENIED] = SMTP_SAY_LOGIN_WRONG,
	[ERR_SUSPENDED] = SMTP_SAY_LOGIN_WRONG,
	[ERR_SYNTAX] = SMTP_SAY_LOGIN_SYNTAX,
	[ERR_UNSUPPORTED] = SMTP_SAY_NO_MECHANISM,
	[ELSE] = SMTP_SAY_LOGIN_RETRY,
    },
};
/* clang-format on */

_Static_assert(SMTP_SAY_COUNT <= 255, "of_err holds octets");
_Static_assert(SMTP_SAY_OK == 0, "an empty place of of_err is the first reply");

unsigned
smtp_say_code(enum smtp_say r)
{
	return replies[r].code;
}

const char *
smtp_say_enhanced(enum smtp_say r)
{
	return replies[r].enhanced;
}

const char *
smtp_say_text(enum smtp_say r)
{
	return replies[r].text;
}

static void
add_start(struct buf *out, enum smtp_say r)
{
	buf_add_u64(out, replies[r].code);
	buf_add_char(out, ' ');
	if (replies[r].enhanced[0] != '\0') {
		buf_add_str(out, replies[r].enhanced);
		buf_add_char(out, ' ');
	}
	buf_add_str(out, replies[r].text);
}

void
smtp_say_add(struct buf *out, enum smtp_say r)
{
	add_start(out, r);
	buf_add(out, "\r\n", 2);
}

void
smtp_say_add_more(struct buf *out, enum smtp_say r, struct slice more)
{
	add_start(out, r);
	buf_add_char(out, ' ');
	buf_add_slice(out, more);
	buf_add(out, "\r\n", 2);
}

void
smtp_say_line(struct buf *out, unsigned code, bool last, struct slice text)
{
	buf_add_u64(out, code);
	buf_add_char(out, last ? ' ' : '-');
	buf_add_slice(out, text);
	buf_add(out, "\r\n", 2);
}

/* An empty place means ELSE, but for ERR_OK at DATA: that is SMTP_SAY_OK. */
enum smtp_say
smtp_say_of(enum smtp_stage stage, enum err e)
{
	unsigned r = of_err[stage][e];

	if (r == 0 && e != ERR_OK)
		r = of_err[stage][ELSE];
	return (enum smtp_say)r;
}
