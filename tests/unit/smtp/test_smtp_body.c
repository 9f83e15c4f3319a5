/* Message text in memory and in a file. */
#include "../unit.h"
#include "smtp/smtp_body.h"

#include "base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct conf conf;
static struct smtp_facts facts = {.conf = &conf, .listener = conf.listener};
static size_t held;

static void
begin(struct smtp_body *b, bool dots)
{
	conf.limits.message_size = 10u << 20;
	conf.limits.hops = 100;
	held = 0;
	smtp_body_init(b, &facts, dots, &held);
}

static void
take(struct smtp_body *b, struct slice s)
{
	smtp_body_take(b, &facts, &s);
}

/* the contents of an unlinked file, and memory behind it */
static void
expect(struct smtp_body *b, struct slice want)
{
	char *p = malloc(want.len + 1);
	ssize_t n = b->fd < 0 ? 0 : pread(b->fd, p, want.len, 0);

	OK(n >= 0 && (uint64_t)n == b->written);
	EQ_INT((size_t)n + b->mem.len, want.len);
	if (b->fd < 0 && b->mem.len <= want.len)
		memcpy(p, b->mem.p, b->mem.len);
	OK(memcmp(p, want.p, want.len) == 0);
	EQ_INT(b->total, want.len);
	free(p);
}

TEST(smtp_body_small)
{
	struct smtp_body b;

	begin(&b, true);
	take(&b, SLICE("Subject: x\r\n\r\n..dot\r\n.\r\n"));
	OK(b.data.ended && !smtp_body_wants_file(&b));
	EQ_INT(smtp_body_finish(&b, &facts), SMTP_SAY_OK);
	expect(&b, SLICE("Subject: x\r\n\r\n.dot\r\n"));
	OK(held > 0);
	smtp_body_fini(&b);
	EQ_INT(held, 0);
}

/* Large pieces and dot-stuffed lines one by one give the same file. */
TEST(smtp_body_file_keeps_order)
{
	static char text[600000];
	struct smtp_body b;
	struct buf sent = BUF_INIT(2 * sizeof text);
	size_t at = 0;
	bool asked = false;

	for (size_t i = 0; i < sizeof text; i += 8)
		memcpy(text + i,
		    i % 100000 < 50000 ? ".abcde\r\n" : "abcdef\r\n", 8);
	for (size_t i = 0; i < sizeof text; i += 8) {
		if (text[i] == '.')
			buf_add_char(&sent, '.');
		buf_add(&sent, text + i, 8);
	}
	begin(&b, true);
	while (at < sent.len) {
		take(&b, slice_first(slice_skip(buf_slice(&sent), at), 30011));
		at += 30011;
		if (smtp_body_wants_file(&b)) {
			OK(!asked && b.mem.len <= SMTP_BODY_MEMORY + 30011);
			asked = true;
			smtp_body_file(&b, memfd_create("body", 0), ERR_OK);
			EQ_INT(b.mem.len, 0);
		}
		OK(b.mem.cap <= 2 * (SMTP_BODY_MEMORY + 30011));
	}
	OK(asked);
	EQ_INT(smtp_body_finish(&b, &facts), SMTP_SAY_OK);
	expect(&b, slice_of(text, sizeof text));
	smtp_body_fini(&b);
	EQ_INT(held, 0);
	buf_fini(&sent);
}

TEST(smtp_body_refused)
{
	static char line[1002] = "\r\n";
	struct smtp_body b;

	begin(&b, true);
	memset(line + 2, 'x', sizeof line - 2);
	for (unsigned i = 0; i < 12000; i++)
		take(&b, slice_of(line, sizeof line));
	OK(b.refused);
	EQ_INT(held, 0);
	take(&b, SLICE("\r\n.\r\n"));
	OK(b.data.ended);
	EQ_INT(smtp_body_finish(&b, &facts), SMTP_SAY_TOO_BIG);
	smtp_body_fini(&b);

	begin(&b, true);
	take(&b, SLICE("a\nb\r\n.\r\n"));
	EQ_INT(smtp_body_finish(&b, &facts), SMTP_SAY_BARE_DATA);
	smtp_body_fini(&b);
}

TEST(smtp_body_no_file)
{
	static const struct {
		const char *name;
		enum err e;
		enum smtp_say want;
	} cases[] = {
	    {"no space",    ERR_FULL,  SMTP_SAY_FULL },
	    {"store away",  ERR_RETRY, SMTP_SAY_RETRY},
	    {"no fd in it", ERR_OK,    SMTP_SAY_RETRY},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct smtp_body b;

		unit_case(cases[i].name);
		begin(&b, false);
		take(&b, SLICE("text\r\n"));
		smtp_body_file(&b, -1, cases[i].e);
		OK(b.refused);
		EQ_INT(smtp_body_finish(&b, &facts), cases[i].want);
		smtp_body_fini(&b);
	}
}

/* A file that cannot be written: /dev/full says ENOSPC. */
TEST(smtp_body_disk_full)
{
	struct smtp_body b;

	begin(&b, false);
	take(&b, SLICE("text\r\n"));
	smtp_body_file(&b, open("/dev/full", O_WRONLY), ERR_OK);
	EQ_INT(smtp_body_finish(&b, &facts), SMTP_SAY_FULL);
	EQ_INT(held, 0);
	smtp_body_fini(&b);
}

/* When all sessions together hold much, each may hold less. */
TEST(smtp_body_crowded)
{
	static char text[SMTP_BODY_CROWDED + 1];
	struct smtp_body b;

	memset(text, 'x', sizeof text);
	begin(&b, false);
	take(&b, slice_of(text, sizeof text));
	OK(!smtp_body_wants_file(&b));
	held += SMTP_BODY_HELD;
	OK(smtp_body_wants_file(&b));
	held -= SMTP_BODY_HELD;
	smtp_body_fini(&b);
}

/* Return-Path is ours to write, whoever wrote one before. */
TEST(smtp_body_forged_return_path)
{
	static const struct {
		const char *name, *in, *kept;
	} cases[] = {
	    {"first",         "Return-Path: <x>\r\nA: b\r\n\r\nt\r\n",
             "A: b\r\n\r\nt\r\n"								  },
	    {"folded, twice",
             "A: b\r\nreturn-path:\r\n <x>\r\nC: d\r\n"
		"RETURN-PATH : y\r\n\r\nt\r\n",			"A: b\r\nC: d\r\n\r\nt\r\n"},
	    {"header alone",  "A: b\r\nReturn-Path: x\r\n",            "A: b\r\n"                 },
	    {"nothing else",  "Return-Path: x\r\n",                    ""                         },
	    {"in the body",   "A: b\r\n\r\nReturn-Path: x\r\n",
             "A: b\r\n\r\nReturn-Path: x\r\n"						     },
	    {"no header",     "text\r\nReturn-Path: x\r\n",
             "text\r\nReturn-Path: x\r\n"							 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct smtp_body b;

		unit_case(cases[i].name);
		begin(&b, false);
		take(&b, slice_str(cases[i].in));
		EQ_INT(smtp_body_finish(&b, &facts), SMTP_SAY_OK);
		EQ_SLICE(buf_slice(&b.mem), cases[i].kept);
		smtp_body_fini(&b);
	}
}

/* Where a file begins within a header, what is behind stays as it is. */
TEST(smtp_body_forged_return_path_in_file)
{
	struct smtp_body b;

	begin(&b, false);
	take(&b, SLICE("Return-Path: <x>\r\nA: b\r\nReturn-P"));
	smtp_body_file(&b, memfd_create("body", 0), ERR_OK);
	take(&b, SLICE("ath: <y>\r\n\r\n"));
	EQ_INT(smtp_body_finish(&b, &facts), SMTP_SAY_OK);
	EQ_INT(b.written, strlen("A: b\r\nReturn-Path: <y>\r\n\r\n"));
	smtp_body_fini(&b);
}
