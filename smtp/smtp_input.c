/*
 * Input of a session: octets into command lines, or to whoever takes text. Here
 * is what keeps a line from being something else for another server.
 */
#include "smtp/smtp_priv.h"

#include "smtp/smtp_parse.h"

enum { SKIP_MAX = 16 * 1024 * 1024 /* of an endless line, then 421 */ };

/* After a refused line: drop octets up to CRLF, however many. */
static enum smtp_next
skip_line(struct smtp_session *s, struct slice *in)
{
	bool cr = s->skip_cr;

	for (size_t i = 0; i < in->len; i++) {
		if (in->p[i] == '\n' && cr) {
			*in = slice_skip(*in, i + 1);
			s->mode = SMTP_LINES;
			return SMTP_READ;
		}
		cr = in->p[i] == '\r';
	}
	s->skip_cr = cr;
	s->skip += in->len;
	*in = slice_skip(*in, in->len);
	return s->skip > SKIP_MAX
		   ? smtp_session_say(s, SMTP_SAY_TOO_MANY_ERRORS)
		   : SMTP_READ;
}

static enum smtp_next
refuse_line(
    struct smtp_session *s, struct slice *in, size_t used, enum smtp_say r)
{
	if (s->tx != NULL && !list_empty(&s->tx->pending)) {
		smtp_session_rest(s, SMTP_ON_RCPTS); /* replies in order */
		return SMTP_READ;
	}
	if (s->mode == SMTP_SASL)
		smtp_auth_free(s);
	s->mode = SMTP_SKIP;
	s->skip = 0;
	s->skip_cr = used > 0 && in->p[used - 1] == '\r';
	*in = slice_skip(*in, used);
	return smtp_session_say(s, r);
}

static size_t
line_max(const struct smtp_session *s, struct slice in)
{
	return s->mode == SMTP_SASL || slice_starts_nocase(in, SLICE("AUTH "))
		   ? SMTP_AUTH_MAX
		   : SMTP_LINE_MAX;
}

/*
 * A command ends with CRLF (RFC 5321 section 2.3.8). One that holds a bare
 * newline is refused as a whole, up to its CRLF: were the LF an end, two
 * servers could see different commands.
 */
static enum smtp_next
take_line(struct smtp_session *s, struct slice *in)
{
	size_t max = line_max(s, *in),
	       n = slice_find(slice_first(*in, max), '\n');
	struct slice line;
	enum smtp_next next;
	bool consumed = true;

	if (n == in->len && n < max)
		return SMTP_READ; /* the rest of it is to come */
	if (n == max)
		return refuse_line(s, in, max,
		    max == SMTP_AUTH_MAX ? SMTP_SAY_LONG_LOGIN
					 : SMTP_SAY_LONG_LINE);
	if (n == 0 || in->p[n - 1] != '\r')
		return refuse_line(s, in, n + 1, SMTP_SAY_BARE_NEWLINE);
	line = slice_first(*in, n - 1);
	next = s->mode == SMTP_SASL ? smtp_auth_answer(s, line)
				    : smtp_cmd_run(s, line, &consumed);
	if (consumed)
		*in = slice_skip(*in, n + 1);
	return next;
}

enum smtp_next
smtp_input_take(struct smtp_session *s, struct slice *in)
{
	switch ((enum smtp_mode)s->mode) {
	case SMTP_LINES:
	case SMTP_SASL:
		return take_line(s, in);
	case SMTP_SKIP:
		return skip_line(s, in);
	case SMTP_DATA:
		return smtp_text_data(s, in);
	case SMTP_CHUNK:
		return smtp_text_chunk(s, in);
	}
	return SMTP_CLOSE;
}
