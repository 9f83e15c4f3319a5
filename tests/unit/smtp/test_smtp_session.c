/*
 * What no transcript can say: floods, sizes, ends at bad moments.
 * Covers: smtp/smtp_host.c smtp/smtp_input.c
 */
#include "../unit.h"
#include "fake.h"

#include "base/clock.h"
#include "smtp/smtp_body.h"
#include "smtp/smtp_parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fake f;

static void
expect(const char *want)
{
	struct buf line = BUF_INIT(65536);

	if (!fake_line(&f, &line))
		EQ_STR("(nothing)", want);
	else
		EQ_MEM(line.p,
		    strlen(want) < line.len ? strlen(want) : line.len, want,
		    strlen(want));
	buf_fini(&line);
}

static void
say(const char *text)
{
	fake_send(&f, slice_str(text));
}

static void
begin_data(void)
{
	say("HELO c\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<alice@example.test>\r\n"
	    "DATA\r\n");
	expect("250 mail");
	expect("250 2.1.0");
	expect("250 2.1.5");
	expect("354");
}

static void
begin(bool submission)
{
	fake_init(&f, submission);
	fake_connect(&f);
	expect("220 ");
}

static void
send_line(const char *start, size_t len)
{
	char *line = malloc(len);

	memset(line, 'x', len);
	memcpy(line, start, strlen(start));
	memcpy(line + len - 2, "\r\n", 2);
	fake_send(&f, slice_of(line, len));
	free(line);
}

TEST(smtp_session_line_limits)
{
	begin(false);
	send_line("NOOP ", SMTP_LINE_MAX);
	expect("250 2.0.0");
	send_line("NOOP ", SMTP_LINE_MAX + 1);
	expect("500 5.5.2 Line too long");
	send_line("NOOP ", 100000);
	expect("500 5.5.2 Line too long");
	say("NOOP\r\n");
	expect("250 2.0.0");
	EQ_INT(f.in.len, 0);
	fake_fini(&f);

	begin(true);
	say("HELO c\r\n");
	expect("250 mail");
	send_line("AUTH PLAIN ", SMTP_AUTH_MAX);
	expect("501 5.5.2 Not base64");
	send_line("auth PLAIN ", SMTP_AUTH_MAX + 1);
	expect("500 5.5.6 Authentication line too long");
	say("AUTH PLAIN\r\n");
	expect("334 ");
	send_line("", SMTP_AUTH_MAX + 1);
	expect("500 5.5.6 Authentication line too long");
	say("NOOP\r\n"); /* the exchange is over */
	expect("250 2.0.0");
	fake_fini(&f);
}

/* The limit falls behind the CR of the end, and before a bare LF. */
TEST(smtp_session_long_line_cut)
{
	static const char *const ends[] = {"\r\n", "\nQUIT\r\n", "x\r\n"};
	char line[SMTP_LINE_MAX - 1];

	memset(line, 'x', sizeof line);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		unit_case(ends[i]);
		begin(false);
		fake_send(&f, slice_of(line, sizeof line));
		say(i == 0 ? "\r" : "x");
		say(i == 0 ? "\n" : ends[i]);
		say("NOOP\r\n");
		expect("500 5.5.2 Line too long");
		expect("250 2.0.0");
		OK(!f.closed);
		fake_fini(&f);
	}
}

TEST(smtp_session_endless_line)
{
	static char block[65536];

	begin(false);
	memset(block, 'A', sizeof block);
	for (unsigned i = 0; i < 400 && !f.closed; i++)
		fake_send(&f, slice_of(block, sizeof block));
	expect("500 5.5.2 Line too long");
	expect("421 4.7.0");
	OK(f.closed);
	fake_fini(&f);
}

/* 3 MiB arrive whole, through a file, and memory stays small. */
TEST(smtp_session_large_message)
{
	struct buf text = BUF_INIT(4 << 20);

	begin(false);
	begin_data();
	buf_add_str(&text, "Subject: large\r\n\r\n");
	for (unsigned i = 0; i < 40000; i++)
		buf_addf(&text,
		    "%08u and some more text to make a line of "
		    "it, and then more\r\n",
		    i);
	fake_send(&f, buf_slice(&text));
	EQ_INT(f.in.len, 0);
	say(".\r\n");
	expect("250 2.0.0 Ok ");
	EQ_INT(f.spills, 1);
	EQ_INT(f.mail.count, 1);
	OK(f.held_max < 4 * SMTP_BODY_MEMORY);
	OK(slice_ends(buf_slice(&f.mail.text), buf_slice(&text)));
	fake_fini(&f);
	EQ_INT(f.host.held, 0);
	buf_fini(&text);
}

/* The same in chunks so small that each comes whole. */
TEST(smtp_session_large_in_small_chunks)
{
	static char text[8192];
	struct buf chunk = BUF_INIT(16384);

	begin(false);
	say("EHLO c\r\nMAIL FROM:<a@b.test>\r\nRCPT "
	    "TO:<alice@example.test>\r\n");
	buf_reset(&f.in);
	memset(text, 'x', sizeof text);
	for (size_t i = 0; i < sizeof text; i += 64)
		memcpy(text + i, "\r\n", 2);
	buf_add_str(&chunk, "BDAT 8192\r\n");
	buf_add(&chunk, text, sizeof text);
	for (unsigned i = 0; i < (3u << 20) / sizeof text; i++) {
		fake_send(&f, buf_slice(&chunk));
		expect("250 2.0.0");
	}
	say("BDAT 0 LAST\r\n");
	expect("250 2.0.0 Ok ");
	EQ_INT(f.spills, 1);
	EQ_INT(f.mail.count, 1);
	OK(f.held_max < 4 * SMTP_BODY_MEMORY);
	fake_fini(&f);
	EQ_INT(f.host.held, 0);
	buf_fini(&chunk);
}

/* Far beyond SIZE: told and cut off, not read for ever. */
TEST(smtp_session_absurd_message)
{
	static char line[65536];

	begin(false);
	f.conf.limits.message_size = 1 << 20;
	fake_connect(&f);
	expect("220 ");
	begin_data();
	memset(line, 'x', sizeof line);
	for (size_t i = 2; i <= sizeof line; i += 512)
		memcpy(line + i - 2, "\r\n", 2);
	for (unsigned i = 0; i < 1000 && !f.closed; i++)
		fake_send(&f, slice_of(line, sizeof line));
	expect("552 5.3.4");
	OK(f.closed);
	EQ_INT(f.mail.count, 0);
	fake_fini(&f);
}

/* The client goes while its message is being stored: stored it is. */
TEST(smtp_session_gone_while_delivering)
{
	begin(false);
	begin_data();
	f.turns = 5;
	fake_send(&f, SLICE("x\r\n.\r\n"));
	fake_fini(&f);

	begin(false);
	begin_data();
	f.turns = 1000;
	(void)!send(f.fd, "x\r\n.\r\n", 6, 0);
	for (unsigned i = 0; i < 10; i++)
		fake_turn(&f);
	EQ_INT(f.mail.count, 1);
	close(f.fd);
	f.fd = -1;
	f.closed = true;
	for (unsigned i = 0; i < 10; i++)
		fake_turn(&f);
	f.turns = 0;
	for (unsigned i = 0; i < 10; i++)
		fake_turn(&f);
	OK(list_empty(&f.host.sessions));
	fake_fini(&f);
}

/* Half a message, then the client is gone, in each of the ways there are. */
TEST(smtp_session_lost_text)
{
	static const char *const texts[] = {
	    "", "half", "half\r\n.", "x\r\n.\r"};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		unit_case(texts[i]);
		begin(false);
		begin_data();
		say(texts[i]);
		shutdown(f.fd, SHUT_WR);
		fake_run(&f);
		EQ_INT(f.mail.count, 0);
		OK(f.closed && list_empty(&f.host.sessions));
		fake_fini(&f);
	}
}

TEST(smtp_session_stop)
{
	begin(false);
	smtp_host_stop(&f.host);
	fake_run(&f);
	expect("421 4.3.2");
	OK(f.closed);
	fake_fini(&f);

	/* what is being stored gets its reply first */
	begin(false);
	begin_data();
	f.turns = 20;
	(void)!send(f.fd, "x\r\n.\r\nNOOP\r\n", 12, 0);
	for (unsigned i = 0; i < 10; i++)
		fake_turn(&f);
	smtp_host_stop(&f.host);
	fake_run(&f);
	expect("250 2.0.0 Ok ");
	expect("421 4.3.2");
	OK(f.closed);
	EQ_INT(f.mail.count, 1);
	fake_fini(&f);
}

/* It asks and asks, and reads no answers: it is not asked on for ever. */
TEST(smtp_session_never_reads)
{
	struct buf many = BUF_INIT(1 << 20);
	size_t sent = 0;

	begin(false);
	for (unsigned i = 0; i < 5000; i++)
		buf_add_str(&many, "EHLO a.test\r\n");
	for (unsigned i = 0; i < 200; i++) {
		ssize_t n = send(f.fd, many.p, many.len, MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		for (unsigned j = 0; j < 5; j++)
			fake_turn(&f);
	}
	OK(sent < many.len * 20); /* it has stopped reading */
	fake_run(&f);
	OK(!f.closed && f.in.len > 100000);
	OK(f.in.len / 200 <= sent / 13);
	buf_fini(&many);
	fake_fini(&f);
}

/* More RCPT at once than are asked at once. */
TEST(smtp_session_many_rcpts)
{
	struct buf many = BUF_INIT(1 << 20);

	begin(false);
	f.turns = 2;
	buf_add_str(&many, "HELO c\r\nMAIL FROM:<>\r\n");
	for (unsigned i = 0; i < 1002; i++)
		buf_addf(&many, "RCPT TO:<u%u@example.test>\r\n", i);
	buf_add_str(&many, "DATA\r\n");
	fake_send(&f, buf_slice(&many));
	for (unsigned i = 0; i < 20; i++) /* nothing is said before the end */
		fake_run(&f);
	fake_send(&f, SLICE(".\r\n"));
	expect("250 mail");
	expect("250 2.1.0");
	for (unsigned i = 0; i < 1002; i++)
		expect(i < 1000 ? "250 2.1.5" : "452 4.5.3");
	expect("354");
	expect("250 2.0.0 Ok ");
	EQ_INT(f.mail.nrcpts, 1000);
	buf_fini(&many);
	fake_fini(&f);
}

/* The answers to a group come in one piece (RFC 2920 section 3.2). */
TEST(smtp_session_replies_once)
{
	static const char group[] = "HELO c\r\nMAIL FROM:<>\r\n"
				    "RCPT TO:<a@example.test>\r\nDATA\r\n";
	char block[4096];
	ssize_t n = -1;

	begin(false);
	f.turns = 3;
	(void)!send(f.fd, group, sizeof group - 1, 0);
	for (unsigned i = 0; i < 100 && n < 0; i++) {
		fake_turn(&f);
		n = recv(f.fd, block, sizeof block, 0);
	}
	OK(n > 0);
	buf_add(&f.in, block, n > 0 ? (size_t)n : 0);
	expect("250 mail");
	expect("250 2.1.0");
	expect("250 2.1.5");
	expect("354");
	fake_fini(&f);
}

/* ...but that a message is accepted is said before the next one is: if that one
 * is stored late, or never, the client must know (RFC 5321 section 6.1). */
TEST(smtp_session_tells_what_it_has)
{
	static const char two[] = "MAIL FROM:<>\r\nRCPT TO:<a@example.test>\r\n"
				  "BDAT 3 LAST\r\nx\r\n"
				  "MAIL FROM:<>\r\nRCPT TO:<b@example.test>\r\n"
				  "BDAT 3 LAST\r\ny\r\n";

	char block[4096];
	ssize_t n;

	begin(false);
	say("EHLO c\r\n");
	buf_reset(&f.in);
	f.turns = 8;
	(void)!send(f.fd, two, sizeof two - 1, 0);
	for (unsigned i = 0; i < 200 && f.mail.count < 2; i++)
		fake_turn(&f);
	EQ_INT(f.mail.count, 2); /* the second waits for its answer */
	n = recv(f.fd, block, sizeof block, 0);
	buf_add(&f.in, block, n > 0 ? (size_t)n : 0);
	expect("250 2.1.0");
	expect("250 2.1.5");
	expect("250 2.0.0");
	f.turns = 0;
	fake_run(&f);
	expect("250 2.1.0");
	expect("250 2.1.5");
	expect("250 2.0.0");
	fake_fini(&f);
}

/* The auth process dies while the client is to answer: the client is told in
 * its turn, and what it says is not taken for a command. */
TEST(smtp_session_auth_lost)
{
	begin(true);
	say("HELO c\r\nAUTH PLAIN\r\n");
	expect("250 mail");
	expect("334 ");
	fake_lose_auth(&f);
	fake_run(&f);
	EQ_INT(f.in.len, 0);
	say("AGJvYkBleGFtcGxlLnRlc3QAc2VjcmV0\r\n");
	expect("454 4.7.0");
	say("AUTH PLAIN AGJvYkBleGFtcGxlLnRlc3QAc2VjcmV0\r\n");
	expect("235 2.7.0");
	EQ_INT(f.in.len, 0);
	fake_fini(&f);
}
