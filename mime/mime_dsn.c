/* Fields of message/delivery-status and message/global-delivery-status. */
#include "mime/mime_dsn.h"

#include "mime/mime_addr.h"
#include "mime/mime_code.h"
#include "mime/mime_date.h"
#include "mime/mime_text.h"

#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits of a number of a status code, RFC 3463 section 2; 0: none */
static size_t
number_run(struct slice s)
{
	size_t n = 0;

	while (n < s.len && n < 4 && is_digit(s.p[n]))
		n++;
	return n < 4 ? n : 0;
}

static bool
is_status(struct slice s)
{
	for (int i = 0; i < 3; i++) {
		size_t n = number_run(s);

		if (n == 0 || (i == 0 && n > 1))
			return false;
		s = slice_skip(s, n);
		if (i < 2 && (s.len == 0 || s.p[0] != '.'))
			return false;
		if (i < 2)
			s = slice_skip(s, 1);
	}
	return s.len == 0;
}

void
mime_dsn_status(struct slice given, uint32_t code, const char *classes,
    char out[MIME_DSN_STATUS])
{
	char by_code = code >= 200 && code < 600 ? (char)('0' + code / 100) : 0;

	if (is_status(given) && strchr(classes, given.p[0]) != NULL &&
	    slice_to_str(given, out, MIME_DSN_STATUS) == ERR_OK)
		return;
	memcpy(out, "0.0.0", 6);
	out[0] = by_code != 0 && strchr(classes, by_code) != NULL ? by_code
								  : classes[0];
}

static void
add_date(struct buf *b, const char *name, uint64_t us)
{
	if (us == 0)
		return;
	buf_add_str(b, name);
	buf_add_str(b, ": ");
	mime_date_add(b, us);
	buf_add_str(b, "\r\n");
}

/* Append what xtext means, if that is a line of printable ASCII. */
static bool
add_xtext(struct buf *b, struct slice xtext)
{
	struct buf plain = BUF_INIT(MIME_DSN_REPLY_MAX);
	bool ok = mime_code_xtext(xtext, &plain) == ERR_OK && plain.len > 0 &&
		  slice_is_printable(buf_slice(&plain));

	if (ok)
		buf_add_slice(b, buf_slice(&plain));
	buf_fini(&plain);
	return ok;
}

/* A field whose value is xtext, behind prefix; without it when that is bad */
static void
add_xtext_field(
    struct buf *b, const char *name, struct slice prefix, struct slice xtext)
{
	size_t from = b->len;

	buf_add_str(b, name);
	buf_add_str(b, ": ");
	buf_add_slice(b, prefix);
	if (add_xtext(b, xtext))
		buf_add_str(b, "\r\n");
	else
		buf_cut(b, from);
}

void
mime_dsn_add_message(struct buf *b, struct slice hostname, struct slice envid,
    uint64_t arrived_us, bool utf8)
{
	buf_add_str(b, "Reporting-MTA: dns; ");
	mime_text_add(b, slice_first(hostname, MIME_DOMAIN_MAX), utf8);
	buf_add_str(b, "\r\n");
	if (envid.len > 0)
		add_xtext_field(b, "Original-Envelope-Id", SLICE_NONE, envid);
	add_date(b, "Arrival-Date", arrived_us);
	buf_add_str(b, "\r\n");
}

void
mime_dsn_add_address(struct buf *b, struct slice addr, bool utf8)
{
	uint32_t code = 0;
	size_t n;

	for (; addr.len > 0; addr = slice_skip(addr, n)) {
		n = slice_utf8_first(addr, &code);
		if (n <= 1 || utf8 || !slice_code_is_text(code)) {
			n = n > 0 ? n : 1;
			mime_text_add(b, slice_first(addr, n), utf8);
		} else {
			buf_addf(b, "\\x{%X}", (unsigned)code);
		}
	}
}

static bool
is_atom(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_digit(s.p[i]) && s.p[i] != '-' &&
		    !((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z'))
			return false;
	return s.len > 0;
}

/* RFC 3461 section 4.2: addr-type ";" xtext; that of type utf-8 has an encoding
 * of its own, which is also that of the report. */
static void
add_original(struct buf *b, struct slice orcpt, bool utf8)
{
	struct slice type, rest = orcpt;

	if (!slice_cut(&rest, ';', &type) || !is_atom(type))
		return;
	if (!slice_eq_nocase(type, SLICE("utf-8"))) {
		add_xtext_field(b, "Original-Recipient",
		    slice_first(orcpt, type.len + 1), rest);
	} else if (rest.len <= MIME_DSN_REPLY_MAX && rest.len > 0) {
		buf_add_str(b, "Original-Recipient: utf-8;");
		mime_dsn_add_address(b, rest, utf8);
		buf_add_str(b, "\r\n");
	}
}

static void
add_final(struct buf *b, struct slice addr, bool utf8)
{
	addr = slice_first(addr, MIME_ADDR_MAX);
	buf_add_str(b, slice_is_ascii(addr) ? "Final-Recipient: rfc822; "
					    : "Final-Recipient: utf-8; ");
	mime_dsn_add_address(b, addr, utf8);
	buf_add_str(b, "\r\n");
}

/* The name of "mx.a.test[192.0.2.1]:25", or "[192.0.2.1]" without one */
static void
add_host(struct buf *b, struct slice host, bool utf8)
{
	struct slice name = slice_first(host, slice_find(host, '['));

	if (host.len == 0)
		return;
	if (name.len == 0)
		name = slice_first(host, slice_find(host, ']') + 1);
	else
		name = slice_first(name, slice_find(name, ':'));
	buf_add_str(b, "Remote-MTA: dns; ");
	mime_text_add(b, slice_first(name, MIME_DOMAIN_MAX), utf8);
	buf_add_str(b, "\r\n");
}

bool
mime_dsn_is_said(struct slice reply, const char *status)
{
	return strlen(status) < 4 || strcmp(status + 1, ".0.0") == 0 ||
	       slice_starts(reply, slice_str(status));
}

static void
add_reply(struct buf *b, const struct mime_dsn_rcpt *r, bool utf8)
{
	struct slice reply = slice_first(r->reply, MIME_DSN_REPLY_MAX);
	struct buf text = BUF_INIT(2 * MIME_DSN_REPLY_MAX);

	if (reply.len == 0 && r->code == 0)
		return;
	if (r->code == 0)
		buf_add_str(&text, "x-restante; ");
	else if (mime_dsn_is_said(reply, r->status))
		buf_addf(&text, "smtp; %03u ", (unsigned)(r->code % 1000));
	else
		buf_addf(&text, "smtp; %03u %s ", (unsigned)(r->code % 1000),
		    r->status);
	buf_add_slice(&text, reply);
	buf_add_str(b, "Diagnostic-Code: ");
	mime_text_wrap(
	    b, " ", strlen("Diagnostic-Code: "), buf_slice(&text), utf8);
	buf_add_str(b, "\r\n");
	buf_fini(&text);
}

void
mime_dsn_add_rcpt(struct buf *b, const struct mime_dsn_rcpt *r, bool utf8)
{
	add_original(b, r->orcpt, utf8);
	add_final(b, r->addr, utf8);
	buf_addf(b, "Action: %s\r\nStatus: %s\r\n", r->action, r->status);
	add_host(b, r->host, utf8);
	add_reply(b, r, utf8);
	add_date(b, "Last-Attempt-Date", r->last_us);
	add_date(b, "Will-Retry-Until", r->until_us);
}
