/*
 * Dot-unstuffing and line ends of message text.
 *
 * BEGIN   at the start of a line, behind CRLF or at the very start
 * INSIDE  in a line; also behind a bare newline that was repaired
 * CR      a CR has been taken and is held back: LF must follow
 * DOT     BEGIN, then a dot, held back
 * DOT_CR  the same, then a CR
 *
 * Whole lines go by in long pieces; only what is special is looked at by octet.
 */
#include "smtp/smtp_data.h"

#include <string.h>

enum { BEGIN, INSIDE, CR, DOT, DOT_CR };

void
smtp_data_init(struct smtp_data *d, bool dots, bool repair)
{
	*d = (struct smtp_data){.dots = dots, .repair = repair, .state = BEGIN};
}

static void
count_line(struct smtp_data *d, size_t n)
{
	if (n > SMTP_TEXT_LINE_MAX - d->line) {
		d->long_line = true;
		d->line = SMTP_TEXT_LINE_MAX;
	} else {
		d->line += (uint32_t)n;
	}
}

static bool
end_line(struct smtp_data *d, int state, struct slice *piece)
{
	d->state = (uint8_t)state;
	d->line = 0;
	*piece = SLICE("\r\n");
	return true;
}

/* true when there is a piece to give, to repair it with */
static bool
meet_bare(struct smtp_data *d, struct slice *piece)
{
	d->bare = true;
	(void)end_line(d, INSIDE, piece);
	return d->repair;
}

/*
 * Octets at the start of in that go out as they are: lines that end with CRLF,
 * up to a line that begins with a dot, and the beginning of the last line. It
 * stops at a bare newline, and before a CR at the end of in.
 */
static size_t
run_len(struct smtp_data *d, struct slice in)
{
	const char *p = in.p, *end = in.p + in.len;

	d->state = INSIDE;
	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		const char *stop = lf == NULL ? end : lf;
		const char *cr = memchr(p, '\r', (size_t)(stop - p));

		if (cr != NULL)
			stop = cr;
		count_line(d, (size_t)(stop - p));
		p = stop;
		if (cr == NULL || cr + 1 != lf)
			break;
		p = lf + 1;
		d->line = 0;
		if (d->dots && p < end && *p == '.') {
			d->state = BEGIN;
			break;
		}
		if (p == end)
			d->state = BEGIN;
	}
	return (size_t)(p - in.p);
}

static bool
take_run(struct smtp_data *d, struct slice *in, struct slice *piece)
{
	size_t n = run_len(d, *in);

	*piece = slice_first(*in, n);
	*in = slice_skip(*in, n);
	if (memchr(piece->p, '\0', n) != NULL)
		d->nul = true;
	return true;
}

/* INSIDE, or BEGIN of a line without a dot. */
static bool
take_text(struct smtp_data *d, struct slice *in, struct slice *piece)
{
	char c = in->p[0];

	if (c != '\r' && c != '\n')
		return take_run(d, in, piece);
	if (c == '\r' && in->len > 1 && in->p[1] == '\n')
		return take_run(d, in, piece);
	*in = slice_skip(*in, 1);
	if (c == '\n')
		return meet_bare(d, piece);
	d->state = CR;
	return false;
}

/* A dot at the start of a line: the end, or stuffing (section 4.5.2). */
static bool
take_after_dot(struct smtp_data *d, struct slice *in, struct slice *piece)
{
	char c = in->p[0];

	if (d->state == DOT) {
		d->state = INSIDE;
		if (c != '\r')
			return take_text(d, in, piece);
		d->state = DOT_CR;
		*in = slice_skip(*in, 1);
		return false;
	}
	if (c != '\n')
		return meet_bare(d, piece);
	*in = slice_skip(*in, 1);
	d->ended = true;
	return false;
}

static bool
take_after_cr(struct smtp_data *d, struct slice *in, struct slice *piece)
{
	if (in->p[0] != '\n')
		return meet_bare(d, piece);
	*in = slice_skip(*in, 1);
	return end_line(d, BEGIN, piece);
}

bool
smtp_data_next(struct smtp_data *d, struct slice *in, struct slice *piece)
{
	bool given = false;

	while (!given && !d->ended && in->len > 0) {
		if (d->state == BEGIN && d->dots && in->p[0] == '.') {
			d->state = DOT;
			*in = slice_skip(*in, 1);
		} else if (d->state == CR) {
			given = take_after_cr(d, in, piece);
		} else if (d->state == DOT || d->state == DOT_CR) {
			given = take_after_dot(d, in, piece);
		} else {
			given = take_text(d, in, piece);
		}
	}
	return given;
}

bool
smtp_data_close(struct smtp_data *d, struct slice *piece)
{
	/* INSIDE an empty line: behind a newline that was repaired */
	if (d->state == BEGIN || (d->state == INSIDE && d->line == 0))
		return false;
	if (d->state == CR)
		d->bare = true;
	return end_line(d, BEGIN, piece);
}
