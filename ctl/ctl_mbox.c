/* mbox files (mboxrd) and the line ends of messages from elsewhere. */
#include "ctl/ctl_mbox.h"

#include "mime/mime_date.h"

#include <string.h>
#include <time.h>

enum { PIECE = 64 * 1024, UIDL_MAX = 70 };
#define FROM SLICE("From ")

/* --- reading --------------------------------------------------------- */

bool
ctl_mbox_is(struct slice file)
{
	return slice_starts(file, FROM);
}

/* Octets up to and with the next LF; all when there is none. */
static struct slice
first_line(struct slice s)
{
	size_t lf = slice_find(s, '\n');

	return slice_first(s, lf < s.len ? lf + 1 : lf);
}

static struct slice
without_end(struct slice line)
{
	if (line.len > 0 && line.p[line.len - 1] == '\n')
		line.len--;
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

bool
ctl_mbox_next(struct slice *rest, struct ctl_mbox_message *out)
{
	struct slice line = first_line(*rest), text;
	size_t n = 0, blank = 0;

	if (!ctl_mbox_is(line))
		return false;
	out->from = without_end(line);
	text = slice_skip(*rest, line.len);
	/* a message ends at an empty line with a "From " line behind it */
	while (n < text.len) {
		line = first_line(slice_skip(text, n));
		if (blank > 0 && slice_starts(line, FROM))
			break;
		blank = without_end(line).len == 0 ? line.len : 0;
		n += line.len;
	}
	out->text = slice_first(text, n - blank);
	*rest = slice_skip(text, n);
	return true;
}

/* "From ann@example.org Mon Nov 23 14:21:00 2026" */
uint64_t
ctl_mbox_time(struct slice from)
{
	struct slice rest = slice_skip(from, FROM.len), sender;
	uint64_t us = 0;

	slice_cut(&rest, ' ', &sender);
	if (mime_date_parse(slice_trim(rest), &us) != ERR_OK)
		return 0;
	return us;
}

void
ctl_canon_init(struct ctl_canon *k, struct slice message, bool unquote)
{
	k->in = message;
	k->unquote = unquote;
	buf_init(&k->out, 4 * (size_t)PIECE);
}

void
ctl_canon_fini(struct ctl_canon *k)
{
	buf_fini(&k->out);
}

static bool
is_quoted(struct slice line)
{
	size_t n = 0;

	while (n < line.len && line.p[n] == '>')
		n++;
	return n > 0 && slice_starts(slice_skip(line, n), FROM);
}

/* The part of s before a CR or LF, at most PIECE octets of it. */
static size_t
plain_length(struct slice s)
{
	size_t n = 0;

	while (n < s.len && n < PIECE && s.p[n] != '\r' && s.p[n] != '\n')
		n++;
	return n;
}

struct slice
ctl_canon_next(void *ctx)
{
	struct ctl_canon *k = ctx;
	struct slice s = k->in;
	size_t n;
	/* a line longer than a piece is never mistaken for a quoted one */
	bool bol = k->out.len == 0 || k->out.p[k->out.len - 1] == '\n';

	buf_reset(&k->out);
	while (s.len > 0 && k->out.len < PIECE) {
		if (bol && k->unquote && is_quoted(slice_first(s, PIECE)))
			s = slice_skip(s, 1);
		n = plain_length(s);
		buf_add(&k->out, s.p, n);
		s = slice_skip(s, n);
		bol = s.len == 0 || n < PIECE;
		if (bol) {
			buf_add_str(&k->out, "\r\n");
			n = slice_starts(s, SLICE("\r\n")) ? 2 : 1;
			s = slice_skip(s, n);
		}
	}
	k->in = s;
	return buf_slice(&k->out);
}

bool
ctl_uidl_good(struct slice uidl)
{
	for (size_t i = 0; i < uidl.len; i++)
		if (uidl.p[i] < 0x21 || uidl.p[i] > 0x7e)
			return false;
	return uidl.len > 0 && uidl.len <= UIDL_MAX;
}

/* Lines of an mbox end with LF, so mime_header_next is of no use here. */
bool
ctl_mbox_uidl(struct slice *message, struct slice *uidl_out)
{
	struct slice rest = *message, line, value, name;
	bool first = true;

	while ((line = first_line(rest)).len > 0 && without_end(line).len > 0) {
		rest = slice_skip(rest, line.len);
		value = without_end(line);
		if (slice_cut(&value, ':', &name) &&
		    slice_eq_nocase(name, SLICE("X-UIDL")) &&
		    ctl_uidl_good(slice_trim(value))) {
			*uidl_out = slice_trim(value);
			if (first)
				*message = rest;
			return true;
		}
		first = false;
	}
	*uidl_out = SLICE_NONE;
	return false;
}

/* --- writing --------------------------------------------------------- */

void
ctl_mbox_writer_init(struct ctl_mbox_writer *w, FILE *f)
{
	*w = (struct ctl_mbox_writer){.f = f, .bol = true};
}

void
ctl_mbox_begin(struct ctl_mbox_writer *w, uint64_t us, struct slice from,
    struct slice uidl)
{
	time_t t = (time_t)(us / 1000000);
	char date[64];
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(date, sizeof date, "%a %b %e %H:%M:%S %Y", &tm) == 0)
		(void)slice_to_str(
		    SLICE("Thu Jan  1 00:00:00 1970"), date, sizeof date);
	fprintf(w->f, "From %.*s %s\n",
	    SLICE_ARG(from.len > 0 ? from : SLICE("MAILER-DAEMON")), date);
	fprintf(w->f, "X-UIDL: %.*s\n", SLICE_ARG(uidl));
	w->bol = true;
	w->cr = false;
	w->matched = 0;
	w->quotes = 0;
}

/* What was held back, with one '>' more in front when it is a "From " line. */
static void
release(struct ctl_mbox_writer *w)
{
	if (w->matched == FROM.len)
		putc('>', w->f);
	for (; w->quotes > 0; w->quotes--)
		putc('>', w->f);
	fwrite(FROM.p, 1, w->matched, w->f);
	w->matched = 0;
	w->bol = false;
}

static void
put(struct ctl_mbox_writer *w, char c)
{
	if (w->bol && w->matched == 0 && c == '>') {
		w->quotes++;
		return;
	}
	if (w->bol && c == FROM.p[w->matched]) {
		if (++w->matched == FROM.len)
			release(w);
		return;
	}
	if (w->bol)
		release(w);
	putc(c, w->f);
	w->bol = c == '\n';
}

void
ctl_mbox_write(struct ctl_mbox_writer *w, struct slice piece)
{
	for (size_t i = 0; i < piece.len; i++) {
		if (w->cr && piece.p[i] != '\n')
			put(w, '\r');
		w->cr = piece.p[i] == '\r';
		if (!w->cr)
			put(w, piece.p[i]);
	}
}

void
ctl_mbox_end(struct ctl_mbox_writer *w)
{
	if (w->bol && (w->quotes > 0 || w->matched > 0))
		release(w);
	if (!w->bol)
		putc('\n', w->f);
	putc('\n', w->f);
}
