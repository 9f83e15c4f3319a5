/* Keeping message text within bounds. */
#include "smtp/smtp_body.h"

#include "smtp/smtp_policy.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
	/* pieces smaller than this gather in memory before they are written:
	 * dot-stuffed lines come one by one */
	GATHER = 16 * 1024,
	/* one turn of input may go over SMTP_BODY_MEMORY before a file comes */
	MEM_MAX = 2 * 1024 * 1024
};

void
smtp_body_init(
    struct smtp_body *b, const struct smtp_facts *f, bool dots, size_t *held)
{
	*b = (struct smtp_body){.fd = -1, .held = held};
	smtp_data_init(&b->data, dots, f->conf->bare_newline_repair);
	mime_scan_init(&b->scan);
	buf_init(&b->mem, MEM_MAX);
}

static void
count(struct smtp_body *b)
{
	*b->held -= b->counted;
	b->counted = b->mem.cap;
	*b->held += b->counted;
}

static void
drop(struct smtp_body *b)
{
	buf_fini(&b->mem);
	count(b);
	if (b->fd >= 0)
		(void)close(b->fd);
	b->fd = -1;
}

void
smtp_body_fini(struct smtp_body *b)
{
	if (b->held == NULL)
		return;
	drop(b);
	mime_scan_fini(&b->scan);
}

static void
refuse(struct smtp_body *b, enum smtp_say say)
{
	b->refused = true;
	b->say = say;
	drop(b);
}

/* The file is the store's; nothing but space and the disk can be wrong. */
static void
write_out(struct smtp_body *b, struct slice s)
{
	while (s.len > 0) {
		ssize_t n = write(b->fd, s.p, s.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			enum err e = err_from_errno(errno);

			refuse(b, smtp_say_of(SMTP_AT_DATA, e));
			return;
		}
		b->written += (uint64_t)n;
		s = slice_skip(s, (size_t)n);
	}
}

static void
flush(struct smtp_body *b)
{
	if (b->mem.len == 0)
		return;
	write_out(b, buf_slice(&b->mem));
	if (b->mem.cap > 2 * GATHER)
		buf_fini(&b->mem);
	buf_reset(&b->mem);
	count(b);
}

static void
keep(struct smtp_body *b, struct slice piece)
{
	if (b->fd >= 0 && piece.len >= GATHER) {
		flush(b);
		if (!b->refused)
			write_out(b, piece);
		return;
	}
	buf_add_slice(&b->mem, piece);
	if (b->mem.err != ERR_OK)
		refuse(b, SMTP_SAY_RETRY);
	else if (b->fd >= 0 && b->mem.len >= GATHER)
		flush(b);
	if (b->mem.cap != b->counted)
		count(b);
}

static void
take_piece(struct smtp_body *b, struct slice piece)
{
	b->total += piece.len;
	if (!b->scan.ended && !b->scan.broken)
		mime_scan_feed(&b->scan, piece);
	if (!b->refused)
		keep(b, piece);
}

static enum smtp_say
judge(const struct smtp_body *b, const struct smtp_facts *f)
{
	return smtp_policy_text(f, b->total, &b->data, &b->scan);
}

void
smtp_body_take(
    struct smtp_body *b, const struct smtp_facts *f, struct slice *in)
{
	struct slice piece;

	while (smtp_data_next(&b->data, in, &piece))
		take_piece(b, piece);
	if (!b->refused && judge(b, f) != SMTP_SAY_OK)
		refuse(b, SMTP_SAY_OK);
}

void
smtp_body_close(struct smtp_body *b)
{
	struct slice piece;

	if (smtp_data_close(&b->data, &piece))
		take_piece(b, piece);
}

/*
 * Take Return-Path fields out of what is in memory: the one in front of a
 * stored message is ours to write, and tells the truth (RFC 5321 section 4.4).
 * Unless it is all there, the last field may go on in what is to come.
 */
static void
strip_return_path(struct smtp_body *b, bool all)
{
	struct slice rest = buf_slice(&b->mem);
	struct mime_field f;

	while (mime_header_next(&rest, &f)) {
		size_t at = b->mem.len - rest.len - f.whole.len;

		if (!slice_eq_nocase(f.name, SLICE("Return-Path")) ||
		    (rest.len == 0 && !all))
			continue;
		memmove(b->mem.p + at, rest.p, rest.len);
		rest.p = b->mem.p + at;
		b->mem.len = at + rest.len;
	}
}

enum smtp_say
smtp_body_finish(struct smtp_body *b, const struct smtp_facts *f)
{
	enum smtp_say say;

	mime_scan_close(&b->scan);
	if (!b->refused && b->fd >= 0)
		flush(b);
	else if (!b->refused)
		strip_return_path(b, true);
	say = judge(b, f);
	return say != SMTP_SAY_OK ? say : b->say;
}

bool
smtp_body_wants_file(const struct smtp_body *b)
{
	size_t max =
	    *b->held > SMTP_BODY_HELD ? SMTP_BODY_CROWDED : SMTP_BODY_MEMORY;

	return !b->refused && b->fd < 0 && b->mem.len > max;
}

void
smtp_body_file(struct smtp_body *b, int fd, enum err e)
{
	if (b->refused || b->fd >= 0) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	if (e != ERR_OK || fd < 0) {
		refuse(b, e == ERR_OK ? SMTP_SAY_RETRY
				      : smtp_say_of(SMTP_AT_DATA, e));
		return;
	}
	b->fd = fd;
	strip_return_path(b, false);
	flush(b);
}
