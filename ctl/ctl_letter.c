/* A message as programs hand it to sendmail. */
#include "ctl/ctl_letter.h"

#include "mime/mime_code.h"
#include "mime/mime_header.h"
#include "mime/mime_list.h"

#include <string.h>

enum { RCPTS_MAX = 4 << 20 };

/* --- line ends -------------------------------------------------------------
 */

/* Take the next line off *in, without its end; CRs in front of the LF belong
 * to the end. */
static struct slice
next_line(struct slice *in)
{
	size_t n = 0;
	struct slice line;

	while (n < in->len && in->p[n] != '\n' && in->p[n] != '\r')
		n++;
	line = slice_first(*in, n);
	*in = slice_skip(*in, n);
	n = 0;
	while (n < in->len && in->p[n] == '\r')
		n++;
	if (n < in->len && in->p[n] == '\n')
		n++;
	else if (n > 1)
		n = 1; /* CRs that end no line together: a line each */
	*in = slice_skip(*in, n);
	return line;
}

static void
add_without_nul(struct buf *out, struct slice line)
{
	struct slice part;

	while (line.len > 0) {
		slice_cut(&line, '\0', &part);
		buf_add_slice(out, part);
	}
}

void
ctl_letter_text(struct slice in, bool dot_ends, struct buf *out)
{
	bool first = true;

	for (; in.len > 0; first = false) {
		struct slice line = next_line(&in);

		if (first && slice_starts(line, SLICE("From ")))
			continue;
		if (dot_ends && slice_eq(line, SLICE(".")))
			return;
		add_without_nul(out, line);
		buf_add(out, "\r\n", 2);
	}
}

/* --- header ----------------------------------------------------------------
 */

void
ctl_letter_init(struct ctl_letter *l, size_t max)
{
	memset(l, 0, sizeof *l);
	buf_init(&l->text, max);
	buf_init(&l->rcpts, RCPTS_MAX);
}

void
ctl_letter_fini(struct ctl_letter *l)
{
	buf_fini(&l->text);
	buf_fini(&l->rcpts);
}

static bool
is_one_of(struct slice name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (slice_eq_nocase(name, slice_str(*names)))
			return true;
	return false;
}

static const char *const plain[] = {"To", "Cc", "Bcc", NULL};
static const char *const resent[] = {
    "Resent-To", "Resent-Cc", "Resent-Bcc", NULL};
static const char *const blind[] = {"Bcc", "Resent-Bcc", NULL};

static void
add_addresses(struct buf *rcpts, struct slice list)
{
	struct buf one = BUF_INIT(MIME_LIST_ADDR_MAX);

	while (mime_list_next(&list, &one)) {
		if (one.err != ERR_OK)
			buf_add_str(rcpts, "(too long)");
		else
			buf_add_slice(rcpts, buf_slice(&one));
		buf_add_char(rcpts, '\n');
	}
	buf_fini(&one);
}

static void
extract_from(struct slice header, struct buf *rcpts)
{
	const char *const *names = plain;
	struct slice rest = header;
	struct mime_field f;

	while (mime_header_next(&rest, &f))
		if (is_one_of(f.name, resent))
			names = resent;
	while (mime_header_next(&header, &f))
		if (is_one_of(f.name, names))
			add_addresses(rcpts, f.value);
}

/* Copy the header; what is behind it is left in *rest. true: it has From. */
static bool
copy_header(struct buf *out, struct slice *rest, bool drop_blind)
{
	struct mime_field f;
	bool has_from = false;

	while (mime_header_next(rest, &f)) {
		has_from = has_from || slice_eq_nocase(f.name, SLICE("From"));
		if (!drop_blind || !is_one_of(f.name, blind))
			buf_add_slice(out, f.whole);
	}
	return has_from;
}

enum err
ctl_letter_make(
    struct slice text, bool extract, struct slice from, struct ctl_letter *out)
{
	struct slice rest = text;

	if (extract)
		extract_from(text, &out->rcpts);
	if (!copy_header(&out->text, &rest, extract))
		buf_add_slice(&out->text, from);
	/* what is no field ends the header, and is the body's */
	if (!slice_starts(rest, SLICE("\r\n")))
		buf_add(&out->text, "\r\n", 2);
	buf_add_slice(&out->text, rest);
	out->eight = !slice_is_ascii(buf_slice(&out->text));
	return out->text.err != ERR_OK ? out->text.err : out->rcpts.err;
}

/* --- From ------------------------------------------------------------------
 */

/* RFC 5322 section 3.2.3: what a name may be made of without quotes */
static bool
is_plain(struct slice name)
{
	static const char specials[] = "()<>[]:;@\\,.\"";

	for (size_t i = 0; i < name.len; i++)
		if (memchr(specials, name.p[i], sizeof specials - 1) != NULL)
			return false;
	return true;
}

static void
add_name(struct buf *b, struct slice name)
{
	if (!slice_is_printable(name)) {
		buf_add_str(b, "=?utf-8?B?");
		mime_code_add_base64(b, name);
		buf_add_str(b, "?=");
	} else if (is_plain(name)) {
		buf_add_slice(b, name);
	} else {
		buf_add_char(b, '"');
		for (size_t i = 0; i < name.len; i++) {
			if (name.p[i] == '"' || name.p[i] == '\\')
				buf_add_char(b, '\\');
			buf_add_char(b, name.p[i]);
		}
		buf_add_char(b, '"');
	}
}

void
ctl_letter_add_from(struct buf *b, struct slice name, struct slice addr)
{
	name = slice_trim(name);
	buf_add_str(b, "From: ");
	if (name.len > 0 && name.len <= 200 && slice_is_utf8(name)) {
		add_name(b, name);
		buf_add_str(b, " <");
		buf_add_slice(b, addr);
		buf_add_char(b, '>');
	} else {
		buf_add_slice(b, addr);
	}
	buf_add(b, "\r\n", 2);
}
