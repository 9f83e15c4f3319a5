/*
 * Replies, octet by octet and line by line. A line ends at LF, with or without
 * a CR before it: there is no harm in reading what some servers send. Lines of
 * one reply have the same code, or else two replies have been mixed up.
 */
#include "smtp/smtp_answer.h"

#include <stdio.h>
#include <string.h>

enum { CODE_LEN = 3, STATUS_MAX = 9 /* "5.123.123" */ };

/* --- making it printable ------------------------------------------------- */

/* Append s to text[*len..max): blanks and tabs as one blank, what is no text
 * as '?'. What does not fit is left away, whole characters at a time. */
static void
add_text(char *text, size_t max, uint16_t *len, struct slice s)
{
	while (s.len > 0) {
		uint32_t code = 0;
		size_t n = slice_utf8_first(s, &code);
		const char *p = s.p;

		if (*p == '\t')
			p = " ";
		else if (n == 0 || !slice_code_is_text(code))
			p = "?";
		s = slice_skip(s, n > 0 ? n : 1);
		if (n == 0 || *p == '?' || *p == ' ')
			n = 1;
		if (*len + n > max)
			return;
		memcpy(text + *len, p, n);
		*len = (uint16_t)(*len + n);
	}
}

void
smtp_verdict_set(
    struct smtp_verdict *v, enum err e, const char *status, struct slice text)
{
	memset(v, 0, sizeof *v);
	v->err = e;
	(void)snprintf(v->status, sizeof v->status, "%s", status);
	add_text(v->text, sizeof v->text, &v->len, text);
}

/* --- enhanced codes (RFC 3463 section 2, RFC 2034 section 4) ------------- */

static size_t
digits(struct slice s)
{
	size_t n = 0;

	while (n < s.len && n < CODE_LEN && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n;
}

/* Octets of the enhanced code that s begins with; 0: none of this class. */
static size_t
status_len(struct slice s, char class)
{
	size_t n = 1, part;

	if (s.len == 0 || s.p[0] != class)
		return 0;
	for (int i = 0; i < 2; i++) {
		if (n >= s.len || s.p[n] != '.')
			return 0;
		part = digits(slice_skip(s, n + 1));
		if (part == 0)
			return 0;
		n += 1 + part;
	}
	return n == s.len || s.p[n] == ' ' || s.p[n] == '\t' ? n : 0;
}

/* Take the enhanced code off the line; the reply's is that of the first line
 * that has one. */
static struct slice
without_status(struct smtp_answer *a, struct slice line)
{
	size_t n = status_len(line, a->digits[0]);

	_Static_assert(STATUS_MAX < sizeof a->status, "no room for it");
	if (n > 0 && a->status[0] == '\0')
		memcpy(a->status, line.p, n);
	return slice_trim(slice_skip(line, n));
}

/* --- lines --------------------------------------------------------------- */

/* Make room for n octets: whole lines go, the oldest first. */
static void
make_room(struct smtp_answer *a, size_t n)
{
	while (a->len > 0 && a->len + n > sizeof a->text) {
		struct slice s = {a->text, a->len}, first;

		(void)slice_cut(&s, '\n', &first);
		memmove(a->text, s.p, s.len);
		a->len = (uint16_t)s.len;
	}
}

static void
keep_line(struct smtp_answer *a)
{
	char one[sizeof a->text];
	uint16_t len = 0;
	struct slice line = without_status(a, smtp_answer_line(a));

	add_text(one, sizeof one, &len, line);
	if (len == 0)
		return;
	make_room(a, len + 1u);
	if (a->len > 0)
		a->text[a->len++] = '\n';
	memcpy(a->text + a->len, one, len);
	a->len = (uint16_t)(a->len + len);
}

/* The line has come to its end. */
static enum smtp_got
line_done(struct smtp_answer *a)
{
	if (a->line_len > 0 && a->line[a->line_len - 1] == '\r')
		a->line_len--;
	if (a->at < CODE_LEN)
		return SMTP_GOT_NONSENSE;
	a->last = a->last || a->at == CODE_LEN;
	keep_line(a);
	a->at = 0;
	a->ended = a->last;
	return a->last ? SMTP_GOT_REPLY : SMTP_GOT_LINE;
}

static bool
code_done(struct smtp_answer *a)
{
	unsigned code = (unsigned)(a->digits[0] - '0') * 100 +
			(unsigned)(a->digits[1] - '0') * 10 +
			(unsigned)(a->digits[2] - '0');

	if (a->code != 0 && a->code != code)
		return false;
	a->code = (uint16_t)code;
	return true;
}

/* One octet of a line that is not its end. */
static bool
put(struct smtp_answer *a, char c)
{
	if (a->at < CODE_LEN) {
		if (c < (a->at == 0 ? '2' : '0') ||
		    c > (a->at == 0 ? '5' : '9'))
			return false;
		a->digits[a->at++] = c;
		return a->at < CODE_LEN || code_done(a);
	}
	if (a->at == CODE_LEN) {
		if (c == '\r') /* "250<CRLF>" */
			return true;
		a->at++;
		a->last = c != '-';
		return c == '-' || c == ' ';
	}
	if (a->line_len < sizeof a->line)
		a->line[a->line_len++] = c;
	return true;
}

static void
begin_line(struct smtp_answer *a)
{
	if (a->ended) {
		a->octets = 0;
		a->code = 0;
		a->len = 0;
		a->ended = false;
		memset(a->status, 0, sizeof a->status);
	}
	a->line_len = 0;
	a->last = false;
}

enum smtp_got
smtp_answer_take(struct smtp_answer *a, struct slice *in)
{
	while (in->len > 0) {
		char c = in->p[0];

		if (a->at == 0)
			begin_line(a);
		*in = slice_skip(*in, 1);
		if (++a->octets > SMTP_ANSWER_OCTETS)
			return SMTP_GOT_NONSENSE;
		if (c == '\n')
			return line_done(a);
		if (!put(a, c))
			return SMTP_GOT_NONSENSE;
	}
	return SMTP_GOT_NOTHING;
}

struct slice
smtp_answer_line(const struct smtp_answer *a)
{
	return (struct slice){a->line, a->line_len};
}

static enum err
err_of(unsigned code)
{
	return code >= 500 ? ERR_DENIED : code >= 400 ? ERR_RETRY : ERR_OK;
}

void
smtp_answer_verdict(const struct smtp_answer *a, struct smtp_verdict *out)
{
	memset(out, 0, sizeof *out);
	out->err = err_of(a->code);
	out->code = a->code;
	if (a->status[0] != '\0')
		memcpy(out->status, a->status, sizeof out->status);
	else
		(void)snprintf(
		    out->status, sizeof out->status, "%u.0.0", a->code / 100u);
	out->len = a->len;
	memcpy(out->text, a->text, a->len);
	for (size_t i = 0; i < out->len; i++)
		if (out->text[i] == '\n')
			out->text[i] = ' ';
}
