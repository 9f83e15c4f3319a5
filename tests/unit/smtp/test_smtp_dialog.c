/*
 * Plays the transcripts of tests/dialog.
 * Covers: smtp/smtp_cmd*.c smtp/smtp_tx.c
 *
 * A file holds lines of
 *
 *	# anything
 *	listen submission | smtp | smtp-auth | local   begin a connection
 *	                    (smtp: the default), with logins in clear where
 *	                    there are any; local: by the submission socket
 *	set recipients=N | message_size=N | repair=1 | plain=0 | turns=N |
 *	    down=N | fenced=N | held=N
 *	C: a line to send, CRLF added; several C: in a row go out as one
 *	C! octets to send, with \r \n \0 \t \\ and \xHH
 *	S: a line that must come, with the wildcards of fnmatch(3)
 *	wait MS             let time go by
 *	closed              the server must have closed
 *	mail COUNT          so many messages have been delivered in all
 *	from, rcpts, text, envid, loops TEXT   the last of them holds this (as
 *	                    C!); lacks TEXT: its text does not
 *	info TEXT           what the trail is told (expect_info)
 *	flags N             MSG_DELIVER_ of the last one
 *
 * %UID% is the number of the user who runs this;
 * and nothing else may have come at the end. They are the test of smtp_cmd.c,
 * smtp_cmd_auth.c, smtp_cmd_data.c, smtp_cmd_hello.c, smtp_cmd_mail.c,
 * smtp_cmd_misc.c, smtp_cmd_rcpt.c, smtp_cmd_tls.c, smtp_input.c and smtp_tx.c.
 */
#include "../unit.h"
#include "fake.h"

#include "store/store_queue.h"

#include <ctype.h>
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char where[400];

static void
unescape(struct slice s, struct buf *out)
{
	uint8_t octet;
	static const char from[] = "rnt0\\", to[] = "\r\n\t\0\\";

	while (s.len > 0) {
		size_t n = 1;
		const char *hit;
		char c = s.p[0];

		if (c == '\\' && s.len > 1 && s.p[1] == 'x' &&
		    sscanf(s.p + 2, "%2hhx", &octet) == 1) {
			c = (char)octet;
			n = 4;
		} else if (c == '\\' && s.len > 1 &&
			   (hit = strchr(from, s.p[1])) != NULL) {
			c = to[hit - from];
			n = 2;
		}
		buf_add_char(out, c);
		s = slice_skip(s, n);
	}
}

static void
connect_as(struct fake *f, struct slice what)
{
	struct conf_listener *l = &f->conf.listener[0];
	bool smtp = slice_starts(what, SLICE("smtp"));

	f->local = slice_eq(what, SLICE("local"));
	l->service = smtp ? CONF_SMTP : CONF_SUBMISSION;
	l->auth = slice_eq(what, SLICE("smtp"))     ? CONF_AUTH_OFF
		  : slice_starts(what, SLICE("su")) ? CONF_AUTH_REQUIRED
						    : CONF_AUTH_OPTIONAL;
	fake_connect(f);
}

static void
set(struct fake *f, const char *key)
{
	unsigned long n = strtoul(strchr(key, '=') + 1, NULL, 10);

	if (strncmp(key, "recipients=", 11) == 0)
		f->conf.limits.recipients = (uint32_t)n;
	else if (strncmp(key, "message_size=", 13) == 0)
		f->conf.limits.message_size = n;
	else if (strncmp(key, "errors=", 7) == 0)
		f->conf.limits.command_errors = (uint32_t)n;
	else if (strncmp(key, "repair=", 7) == 0)
		f->conf.bare_newline_repair = n != 0;
	else if (strncmp(key, "plain=", 6) == 0)
		f->conf.listener[0].plaintext_auth = n != 0;
	else if (strncmp(key, "tls=", 4) == 0)
		f->conf.listener[0].tls = (uint32_t)n;
	else if (strncmp(key, "turns=", 6) == 0)
		f->turns = (unsigned)n;
	else if (strncmp(key, "down=", 5) == 0)
		f->down = n != 0;
	else if (strncmp(key, "fenced=", 7) == 0)
		f->fenced = n != 0;
	else if (strncmp(key, "held=", 5) == 0)
		f->held = (unsigned)n;
	else
		OK(!"a known setting");
}

static void
expect_line(struct fake *f, const char *pattern)
{
	struct buf line = BUF_INIT(65536);
	bool got = fake_line(f, &line);

	if (!got || fnmatch(pattern, buf_cstr(&line), FNM_NOESCAPE) != 0) {
		printf("%s: want %s\n", where, pattern);
		EQ_STR(got ? buf_cstr(&line) : "(nothing)", pattern);
	}
	buf_fini(&line);
}

static void
expect_in(const struct buf *b, struct slice arg)
{
	struct buf want = BUF_INIT(65536);

	unescape(arg, &want);
	if (slice_find_slice(buf_slice(b), buf_slice(&want)) == b->len) {
		printf("%s\n", where);
		EQ_MEM(b->p, b->len, want.p, want.len);
	}
	buf_fini(&want);
}

static void
expect_not_in(const struct buf *b, struct slice arg)
{
	struct buf text = BUF_INIT(65536);

	unescape(arg, &text);
	if (slice_find_slice(buf_slice(b), buf_slice(&text)) < b->len) {
		printf("%s: there is %.*s\n", where, SLICE_ARG(arg));
		OK(!"lacks it");
	}
	buf_fini(&text);
}

/* client, proto, login, tls, Message-ID, parted by '|' */
static void
expect_info(const struct buf *info, struct slice arg)
{
	struct buf got = BUF_INIT(65536);
	struct store_trail t;

	if (EQ_INT(store_trail_decode(buf_slice(info), &t), ERR_OK))
		buf_addf(&got, "%.*s|%.*s|%.*s|%.*s|%.*s", SLICE_ARG(t.client),
		    SLICE_ARG(t.proto), SLICE_ARG(t.login), SLICE_ARG(t.tls),
		    SLICE_ARG(t.msgid));
	if (!slice_eq(buf_slice(&got), arg))
		printf("%s\n", where);
	EQ_MEM(got.p, got.len, arg.p, arg.len);
	buf_fini(&got);
}

static void
check(struct fake *f, struct slice word, struct slice arg)
{
	if (slice_eq(word, SLICE("closed")))
		OK(f->closed);
	else if (slice_eq(word, SLICE("mail")))
		EQ_INT(f->mail.count, strtol(arg.p, NULL, 10));
	else if (slice_eq(word, SLICE("from")))
		expect_in(&f->mail.from, arg);
	else if (slice_eq(word, SLICE("rcpts")))
		expect_in(&f->mail.rcpts, arg);
	else if (slice_eq(word, SLICE("text")))
		expect_in(&f->mail.text, arg);
	else if (slice_eq(word, SLICE("lacks")))
		expect_not_in(&f->mail.text, arg);
	else if (slice_eq(word, SLICE("envid")))
		expect_in(&f->mail.envid, arg);
	else if (slice_eq(word, SLICE("info")))
		expect_info(&f->mail.info, arg);
	else if (slice_eq(word, SLICE("loops")))
		expect_in(&f->mail.loops, arg);
	else if (slice_eq(word, SLICE("flags")))
		EQ_INT(f->mail.flags, strtol(arg.p, NULL, 10));
	else
		OK(!"a known word");
}

static void
flush(struct fake *f, struct buf *out)
{
	if (out->len > 0)
		fake_send(f, buf_slice(out));
	buf_reset(out);
}

/* What is a line of the client's; false: it is none. */
static bool
gather(struct buf *out, struct slice line)
{
	if (slice_starts(line, SLICE("C:"))) {
		buf_add_slice(out, slice_skip(line, line.len > 2 ? 3 : 2));
		buf_add_str(out, "\r\n");
		return true;
	}
	if (!slice_starts(line, SLICE("C! ")))
		return false;
	unescape(slice_skip(line, 3), out);
	return true;
}

static void
play_line(struct fake *f, struct slice line)
{
	struct slice word;
	char *text = strndup(line.p, line.len);

	if (line.len == 0 || line.p[0] == '#') {
		free(text);
		return;
	}
	slice_cut(&line, ' ', &word);
	if (slice_eq(word, SLICE("S:")))
		expect_line(f, text + 3);
	else if (slice_eq(word, SLICE("listen")))
		connect_as(f, line);
	else if (slice_eq(word, SLICE("set")))
		set(f, text + 4);
	else if (slice_eq(word, SLICE("wait")))
		fake_wait(f, strtoul(text + 5, NULL, 10));
	else
		check(f, word, line);
	free(text);
}

/* %UID% is ours. */
static void
fill_in_uid(char line[8192], struct slice *s)
{
	static const char mark[] = "%UID%";
	char *at = memmem(line, s->len, mark, sizeof mark - 1), rest[8192];

	if (at == NULL)
		return;
	line[s->len] = '\0';
	strcpy(rest, at + sizeof mark - 1);
	snprintf(at, 8192 - (size_t)(at - line), "%lu%s",
	    (unsigned long)getuid(), rest);
	*s = slice_str(line);
}

static void
play(const char *path)
{
	char line[8192];
	struct fake f;
	struct buf out = BUF_INIT(1 << 20);
	unsigned number = 0;
	FILE *in = fopen(path, "r");

	OK(in != NULL);
	fake_init(&f, false);
	unit_case(where);
	while (in != NULL && fgets(line, sizeof line, in) != NULL) {
		struct slice s = slice_first(
		    slice_str(line), slice_find(slice_str(line), '\n'));

		fill_in_uid(line, &s);
		snprintf(where, sizeof where, "%s:%u", strrchr(path, '/') + 1,
		    ++number);
		if (gather(&out, s))
			continue;
		flush(&f, &out);
		play_line(&f, s);
	}
	flush(&f, &out);
	EQ_MEM(f.in.p, f.in.len, "", 0);
	fake_fini(&f);
	EQ_INT(f.host.held, 0);
	EQ_INT(f.open_tx, 0);
	if (in != NULL)
		fclose(in);
	buf_fini(&out);
}

TEST(smtp_dialogs)
{
	struct dirent **found;
	char path[1000];
	int n = scandir(DIALOG_DIR, &found, NULL, alphasort), played = 0;

	for (int i = 0; i < n; i++) {
		struct slice name = slice_str(found[i]->d_name);

		if (slice_starts(name, SLICE("smtp_")) &&
		    slice_ends(name, SLICE(".txt"))) {
			snprintf(path, sizeof path, "%s/%s", DIALOG_DIR,
			    found[i]->d_name);
			play(path);
			played++;
		}
		free(found[i]);
	}
	if (n >= 0)
		free(found);
	OK(played > 5);
}
