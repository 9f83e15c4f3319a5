/*
 * sendmail: options, exit status, and what the server hears: a scripted one in
 * a thread.
 * Covers: ctl/ctl_sendmail_options.c ctl/ctl_submit.c
 */
#include "tests/unit/ctl/rig.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))

/* --- a server that says what it is told to ----------------------------------
 */

struct server {
	int fd;
	pthread_t thread;
	/* the reply to a line that begins like this; "text": to the end of a
	 * message; NULL ends the list. Else 250, or 354 to DATA. */
	const char *begin[4], *reply[4];
	struct buf heard; /* lines, ended by '\n' */
};

static const char *
reply_to(const struct server *s, const char *line)
{
	for (unsigned i = 0; i < 4 && s->begin[i] != NULL; i++)
		if (strncmp(line, s->begin[i], strlen(s->begin[i])) == 0)
			return s->reply[i];
	return strcmp(line, "DATA\n") == 0 ? "354 go on" : "250 2.0.0 fine";
}

static void *
serve(void *ctx)
{
	struct server *s = ctx;
	char line[4096];
	bool text = false;
	int fd = accept(s->fd, NULL, NULL);
	FILE *f = fdopen(fd, "r+");

	dprintf(fd, "220-hello\r\n220 there\r\n");
	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		char *cr = strchr(line, '\r');

		if (cr != NULL)
			memmove(cr, cr + 1, strlen(cr));
		buf_add_str(&s->heard, line);
		if (text && strcmp(line, ".\n") != 0)
			continue;
		dprintf(fd, "%s\r\n", reply_to(s, text ? "text" : line));
		text = !text && strcmp(line, "DATA\n") == 0 &&
		       strncmp(reply_to(s, line), "354", 3) == 0;
	}
	if (f != NULL)
		fclose(f);
	return NULL;
}

static void
begin(struct server *s)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	buf_init(&s->heard, 1 << 20);
	(void)snprintf(a.sun_path, sizeof a.sun_path, "%s", rig_path("submit"));
	(void)unlink(a.sun_path);
	s->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	OK(bind(s->fd, (struct sockaddr *)&a, sizeof a) == 0);
	OK(listen(s->fd, 1) == 0);
	OK(pthread_create(&s->thread, NULL, serve, s) == 0);
}

static void
end(struct server *s)
{
	pthread_join(s->thread, NULL);
	(void)close(s->fd);
	(void)unlink(rig_path("submit"));
}

static void
write_conf(const char *more)
{
	char text[1000];

	(void)snprintf(text, sizeof text,
	    "version = 1\nhostname = mx.example.test\nrun_dir = %s\n%s",
	    rig_dir(), more);
	rig_file("sendmail.conf", text);
}

static int
call(const char *args, const char *in)
{
	char line[2000];

	(void)snprintf(line, sizeof line, "-c %s sendmail %s",
	    rig_path("sendmail.conf"), args);
	return rig_main_with(line, in);
}

/* --- what it says -----------------------------------------------------------
 */

TEST(ctl_sendmail_says)
{
	static const struct {
		const char *name, *args, *in, *want;
	} cases[] = {
	    {"plain",           "-f a@b.test c@d.test",             "From: x\n\nhello\n.\nmore\n",
             "EHLO localhost\nMAIL FROM:<a@b.test>\nRCPT "
		"TO:<c@d.test>\nDATA\n"
		"From: x\n\nhello\n.\nQUIT\n"										   },
	    {"dots",            "-f a@b.test -oi c@d.test",         "From: x\n\n.\n..a\n",
             "EHLO localhost\nMAIL FROM:<a@b.test>\nRCPT "
		"TO:<c@d.test>\nDATA\n"
		"From: x\n\n..\n...a\n.\nQUIT\n"										},
	    {"all the rest",
             "-G -U -m -n -oem -oee -odb -O x -L l -A c -h 3 -p smtp -d0 -X "
		"/x "
		"-B 8BITMIME -N success,delay -R full -V a+b -ra@b.test -- "
		"c@d.test",					 "From: x\n\n",
             "EHLO localhost\nMAIL FROM:<a@b.test> BODY=8BITMIME RET=FULL "
		"ENVID=a+2Bb\nRCPT TO:<c@d.test> NOTIFY=success,delay\nDATA\n"
		"From: x\n\n.\nQUIT\n"											  },
	    {"from the header", "-ti -f <>",
             "To: A <a@b.test>, root\nBcc: c@d.test\nFrom: x\n\n",				 "EHLO localhost\nMAIL FROM:<>\nRCPT TO:<a@b.test>\n"
		"RCPT TO:<root@localhost>\nRCPT TO:<c@d.test>\nDATA\n"
		"To: A <a@b.test>, root\nFrom: x\n\n.\nQUIT\n"},
	    {"both",            "-t -f a@b.test e@f.test,g@h.test",
             "To: c@d.test\nFrom: x\n\n",							  "EHLO localhost\nMAIL FROM:<a@b.test>\nRCPT TO:<e@f.test>\n"
		"RCPT TO:<g@h.test>\nRCPT TO:<c@d.test>\nDATA\n"
		"To: c@d.test\nFrom: x\n\n.\nQUIT\n"                                   },
	    {"no From",         "-f me -F A.B c@d.test",            "x\n",
             "EHLO localhost\nMAIL FROM:<me@mx.example.test>\n"
		"RCPT TO:<c@d.test>\nDATA\n"
		"From: \"A.B\" <me@mx.example.test>\n\nx\n.\nQUIT\n"                                                            },
	    {"utf8",            "-f a@b.test j\xc3\xbc@d.test",     "From: x\n\n\xc3\xbc\n",
             "EHLO localhost\nMAIL FROM:<a@b.test> BODY=8BITMIME SMTPUTF8\n"
		"RCPT TO:<j\xc3\xbc@d.test>\nDATA\nFrom: "
		"x\n\n\xc3\xbc\n.\nQUIT\n"										      },
	};

	write_conf("");
	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct server s = {0};

		unit_case(cases[i].name);
		begin(&s);
		EQ_INT(call(cases[i].args, cases[i].in), EX_OK);
		EQ_STR(rig_err, "");
		EQ_STR(rig_out, "");
		end(&s);
		EQ_STR(buf_cstr(&s.heard), cases[i].want);
		buf_fini(&s.heard);
	}
}

/* --- how it ends ------------------------------------------------------------
 */

TEST(ctl_sendmail_status)
{
	static const struct {
		const char *name, *begin, *reply;
		int status;
		const char *err;
	} cases[] = {
	    {"no such user", "RCPT TO:<no@",
             "550-5.1.1 no\r\n550 5.1.1 such user",                EX_NOUSER,
             "restante: recipient no@d.test: 550-5.1.1 no\n550 5.1.1 such "
		"user\n"					      },
	    {"later",        "RCPT TO:<no@", "451 4.3.0 later",    EX_TEMPFAIL,
             "restante: recipient no@d.test: 451 4.3.0 later\n"       },
	    {"sender",       "MAIL",         "553 5.7.1 not you",  EX_DATAERR,
             "restante: sender a@b.test: 553 5.7.1 not you\n"         },
	    {"stopping",     "MAIL",         "421 4.3.2 stopping", EX_TEMPFAIL,
             "restante: sender a@b.test: 421 4.3.2 stopping\n"        },
	    {"no text",      "DATA",         "451 4.3.0 later",    EX_TEMPFAIL,
             "restante: message: 451 4.3.0 later\n"                   },
	    {"bad text",     "text",         "554 5.6.0 bad",      EX_DATAERR,
             "restante: message: 554 5.6.0 bad\n"                     },
	    {"full",         "text",         "452 4.3.1 full",     EX_TEMPFAIL,
             "restante: message: 452 4.3.1 full\n"                    },
	    {"nonsense",     "EHLO",         "hello",              EX_TEMPFAIL,
             "restante: server: the server has gone away; try again\n"},
	};

	write_conf("");
	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct server s = {
		    .begin = {cases[i].begin}, .reply = {cases[i].reply}};

		unit_case(cases[i].name);
		begin(&s);
		EQ_INT(call("-f a@b.test no@d.test yes@d.test", "From: x\n\n"),
		    cases[i].status);
		EQ_STR(rig_err, cases[i].err);
		end(&s);
		/* one who is not there keeps it from nobody else */
		EQ_INT(strstr(buf_cstr(&s.heard), "\nDATA\n") != NULL,
		    cases[i].status == EX_NOUSER ||
			strcmp(cases[i].begin, "text") == 0 ||
			strcmp(cases[i].begin, "DATA") == 0);
		buf_fini(&s.heard);
	}
}

TEST(ctl_sendmail_refuses)
{
	static const struct {
		const char *args, *in;
		int status;
		const char *err;
	} cases[] = {
	    {"",		      "",               EX_USAGE,
             "restante: sendmail: no recipients (name them, or use -t)\n"                                   },
	    {"-t -f a@b.test",        "Subject: x\n\n", EX_DATAERR,
             "restante: sendmail: no recipients (name them, or use -t)\n"                                   },
	    {"-f a@b.test a@@b",      "\n",             EX_DATAERR,
             "restante: sendmail: \"a@@b\" is not an address\n"                                             },
	    {"-f a@@b a@b.test",      "\n",             EX_USAGE,
             "restante: sendmail: \"a@@b\" is not an address\n"                                             },
	    {"-bd",                   "",               EX_USAGE,
             "restante: sendmail: -bd is not for this server (-bm, -bs, "
		"-bp, "
		"-bi)\n"										    },
	    {"-f",		    "",               EX_USAGE,   "restante: sendmail: -f takes a value\n"},
	    {"-Z x@y.test",           "",               EX_USAGE,
             "restante: sendmail: no option \"-Z\"\n"                                                       },
	    {"-N sometimes x@y.test", "",               EX_USAGE,
             "restante: sendmail: -N is never, or of success, failure, "
		"delay\n"										   },
	    {"-R some x@y.test",      "",               EX_USAGE,
             "restante: sendmail: -R is full or hdrs\n"                                                     },
	};

	write_conf("");
	for (size_t i = 0; i < NITEMS(cases); i++) {
		unit_case(cases[i].args);
		EQ_INT(call(cases[i].args, cases[i].in), cases[i].status);
		EQ_STR(rig_err, cases[i].err);
	}
	EQ_INT(call("x@y.test", "\n"), EX_TEMPFAIL); /* no server */
	OK(strstr(rig_err, "is the server running?") != NULL);
	write_conf("submit { socket = \"off\" }\n");
	EQ_INT(call("x@y.test", "\n"), EX_TEMPFAIL);
	OK(strstr(rig_err, "submit.socket is off") != NULL);
	write_conf("nonsense = 1\n"); /* mended soon, perhaps */
	EQ_INT(call("x@y.test", "\n"), EX_TEMPFAIL);
	write_conf("limits { message_size = 64k }\n");
	{
		char *large = malloc(70000);

		memset(large, 'x', 69999);
		large[69999] = '\0';
		EQ_INT(call("x@y.test", large), EX_DATAERR);
		OK(strstr(rig_err, "larger than 65536 octets") != NULL);
		free(large);
	}
	EQ_INT(call("-bi", ""), EX_OK);
	OK(strstr(rig_err, "nothing to be made anew") != NULL);
}
