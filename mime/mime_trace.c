/*
 * Trace fields. Everything that comes from outside is made harmless here, on
 * the way into the field, so that no caller can forget it.
 */
#include "mime/mime_trace.h"

#include "mime/mime_addr.h"
#include "mime/mime_date.h"

#include <string.h>

/* Below 78 (RFC 5322 section 2.1.1), with room for the ';' behind a word. */
enum { LINE_LEN_MAX = 76 };

/* A field on its way: words, with a fold before one that would not fit. */
struct field {
	struct buf *b;
	size_t line; /* index in b where the line begins */
	size_t word; /* index in b of the blank before the word */
};

static void
begin_word(struct field *f)
{
	f->word = f->b->len;
	buf_add_char(f->b, ' ');
}

static void
end_word(struct field *f)
{
	struct buf *b = f->b;
	size_t len = b->len - f->word;

	if (b->len - f->line <= LINE_LEN_MAX)
		return;
	buf_add_str(b, "\r\n");
	if (b->err != ERR_OK)
		return;
	memmove(b->p + f->word + 2, b->p + f->word, len);
	memcpy(b->p + f->word, "\r\n\t", 3);
	f->line = f->word + 2;
}

/*
 * May c stand in a name a stranger chose? Not what ends or opens another part
 * of the field: a blank, a comment, a quote, a path, the date.
 */
static bool
is_harmless(char c)
{
	return c > 0x20 && c < 0x7f && strchr("()\\\"<>;,", c) == NULL;
}

/* s with '?' for each octet that may not stand there */
static void
add_masked(struct buf *b, struct slice s, bool (*allowed)(char))
{
	size_t n;

	for (; s.len > 0; s = slice_skip(s, n)) {
		for (n = 0; n < s.len && allowed(s.p[n]); n++)
			;
		buf_add(b, s.p, n);
		if (n < s.len) {
			buf_add_char(b, '?');
			n++;
		}
	}
}

/* A name, cut at the length of a domain; strangers may say more than that. */
static void
add_name(struct buf *b, struct slice name)
{
	add_masked(b, slice_first(name, MIME_DOMAIN_MAX), is_harmless);
}

static void
add_literal(struct buf *b, struct slice ip)
{
	buf_add_str(b, slice_find(ip, ':') < ip.len ? "[IPv6:" : "[");
	add_name(b, ip);
	buf_add_char(b, ']');
}

static bool
is_no_control(char c)
{
	return (unsigned char)c >= 0x20 && c != 0x7f;
}

/* Text of ours, without what could end the line it is in. */
static void
add_text(struct buf *b, struct slice s)
{
	add_masked(b, s, is_no_control);
}

/* From-domain and TCP-info (RFC 5321 section 4.4): from helo (name [ip]) */
static void
add_from(struct field *f, const struct mime_received *r)
{
	if (r->helo.len == 0 && r->peer_ip.len == 0)
		return;
	begin_word(f);
	buf_add_str(f->b, "from ");
	if (r->helo.len > 0)
		add_name(f->b, r->helo);
	else
		add_literal(f->b, r->peer_ip);
	end_word(f);
	if (r->peer_user.len > 0) {
		begin_word(f);
		buf_add_char(f->b, '(');
		add_text(f->b, r->peer_user);
		buf_add_char(f->b, ')');
		end_word(f);
	}
	if (r->peer_ip.len == 0)
		return;
	begin_word(f);
	buf_add_char(f->b, '(');
	if (r->peer_name.len > 0) {
		add_name(f->b, r->peer_name);
		end_word(f);
		begin_word(f);
	}
	add_literal(f->b, r->peer_ip);
	buf_add_char(f->b, ')');
	end_word(f);
}

static void
add_clause(struct field *f, const char *key, struct slice value)
{
	if (value.len == 0)
		return;
	begin_word(f);
	buf_add_str(f->b, key);
	buf_add_char(f->b, ' ');
	add_name(f->b, value);
	end_word(f);
}

static void
add_tls(struct field *f, struct slice tls)
{
	struct slice word;
	const char *before = "(";
	bool more = tls.len > 0;

	while (more) {
		more = slice_cut(&tls, ' ', &word);
		begin_word(f);
		buf_add_str(f->b, before);
		add_name(f->b, word);
		if (!more)
			buf_add_char(f->b, ')');
		end_word(f);
		before = "";
	}
}

void
mime_trace_add_received(struct buf *b, const struct mime_received *r)
{
	struct field f = {b, b->len, b->len};

	buf_add_str(b, "Received:");
	add_from(&f, r);
	add_clause(&f, "by", r->by);
	add_clause(&f, "with", r->with);
	add_tls(&f, r->tls);
	add_clause(&f, "id", r->id);
	if (r->only_for.len > 0) {
		begin_word(&f);
		buf_add_str(b, "for <");
		add_text(b, r->only_for);
		buf_add_char(b, '>');
		end_word(&f);
	}
	buf_add_char(b, ';');
	begin_word(&f);
	mime_date_add(b, r->us);
	end_word(&f);
	buf_add_str(b, "\r\n");
}

void
mime_trace_add_return_path(struct buf *b, struct slice sender)
{
	buf_add_str(b, "Return-Path: <");
	add_text(b, sender);
	buf_add_str(b, ">\r\n");
}

void
mime_trace_add_delivered_to(struct buf *b, struct slice address)
{
	buf_add_str(b, "Delivered-To: ");
	add_text(b, address);
	buf_add_str(b, "\r\n");
}

void
mime_trace_add_message_id(struct buf *b, struct slice id, struct slice host)
{
	buf_add_str(b, "Message-ID: <");
	add_name(b, id);
	buf_add_char(b, '@');
	add_name(b, host);
	buf_add_str(b, ">\r\n");
}

void
mime_trace_add_date(struct buf *b, uint64_t us)
{
	buf_add_str(b, "Date: ");
	mime_date_add(b, us);
	buf_add_str(b, "\r\n");
}
