/* Dialogs with a server that the test plays. */
/* Covers: smtp/smtp_client_hello.c smtp/smtp_client_line.c */
#include "smtp/smtp_client.h"

#include "../unit.h"
#include "base/clock.h"
#include "sink.h"
#include "store/store_rcpt.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EIGHT = 1, UTF8 = 2, DSN = 4, LOGIN = 8, TLS = 16 };

/* clang-format off */
static const struct {
	const char *name;
	unsigned rcpts; /* 0: no message */
	unsigned flags;
	const char *script, *said;
} cases[] = {
    /* --- the beginning */
    {"ready", 0, 0, PLAIN "C.\n", READY},
    {"greeting in lines", 0, 0,
	"S: 220-mx.test\nS: 220 hello\nC: EHLO host.test\nS: 250 mx.test\n", READY},
    {"HELO", 1, 0,
	HELLO "S: 502 5.5.1 what\nC: HELO host.test\nS: 250 mx.test\n" MAIL
	"C.\n", READY},
    {"HELO refused", 0, 0,
	HELLO "S: 500 what\nC: HELO host.test\nS: 550 5.7.1 no\nC: QUIT\n",
	"ready denied 550 5.7.1 no\n"},
    {"EHLO put off", 0, 0, HELLO "S: 451 4.3.0 later\nC: QUIT\n",
	"ready retry 451 4.3.0 later\n"},
    {"greeting 554", 0, 0, "S: 554-go\nS: 554 away\nC: QUIT\n",
	"ready denied 554 5.0.0 go away\n"},
    {"greeting 421", 0, 0, "S: 421 4.3.2 busy\nC.\n",
	"ready retry 421 4.3.2 busy\n"},
    {"greeting 450", 0, 0, "S: 450 4.7.1 grey\nC: QUIT\n",
	"ready retry 450 4.7.1 grey\n"},
    {"greeting 354", 0, 0, "S: 354 go on\nC.\n",
	"ready proto 0 4.4.2 unexpected reply (greeting)\n"},
    {"not SMTP", 0, 0, "S: SSH-2.0-OpenSSH_9.2\nC.\n",
	"ready proto 0 4.4.2 server sent what is not a reply (greeting)\n"},
    {"two greetings", 0, 0, "S: 220 a\nS: 220 b\n",
	"ready proto 0 4.4.2 server sent a reply too many (EHLO)\n"},
    {"greeting, then 421", 0, 0, "S: 220 a\nS: 421 4.3.2 down\n",
	"ready retry 421 4.3.2 down\n"},
    {"closed at once", 0, 0, "X\n",
	"ready closed 0 4.4.2 connection closed by the server (greeting)\n"},
    {"closed in EHLO", 0, 0, HELLO "S: 250-mx\nX\n",
	"ready closed 0 4.4.2 connection closed by the server (EHLO)\n"},
    {"silent greeting", 0, 0, "T 299\nC.\nT 1\n",
	"ready timeout 0 4.4.2 timed out waiting for a reply (greeting)\n"},
    {"endless EHLO", 0, 0, HELLO "S: 250-mx\nT 200\nS: 250-X\nT 100\n",
	"ready timeout 0 4.4.2 timed out waiting for a reply (EHLO)\n"},
    {"closed while idle", 0, 0, PLAIN "X\n", READY "closed\n"},
    {"421 while idle", 0, 0, PLAIN "S: 421 4.3.2 bye\n", READY "closed\n"},
    {"half a line while idle", 0, 0, PLAIN "S: 4\n", READY "closed\n"},
    {"a reply behind EHLO's", 0, 0, HELLO "S: 250 mx.test\nS: 250 b\n",
	READY "closed\n"},
    {"TLS that is not there", 0, TLS, PLAIN "C.\n",
	"ready retry 0 4.7.4 TLS is required, and the server does not offer "
	"it\n"},
    {"TLS refused", 0, TLS,
	HELLO "S: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 4.7.0 no\n"
	"C: QUIT\n", "ready retry 454 4.7.0 no\n"},
    /* --- login; loopback does without TLS */
    {"AUTH PLAIN", 0, LOGIN,
	HELLO "S: 250-mx\nS: 250 AUTH LOGIN PLAIN\n"
	"C: AUTH PLAIN AHVzZXIAc2VjcmV0\nS: 235 2.7.0 in\nC.\n", "ready ok 235 2.7.0 in\n"},
    {"AUTH LOGIN", 0, LOGIN,
	HELLO "S: 250-mx\nS: 250 AUTH=LOGIN\nC: AUTH LOGIN\n"
	"S: 334 VXNlcm5hbWU6\nC: dXNlcg==\nS: 334 UGFzc3dvcmQ6\n"
	"C: c2VjcmV0\nS: 235 in\n", "ready ok 235 2.0.0 in\n"},
    {"wrong password", 0, LOGIN,
	HELLO "S: 250-mx\nS: 250 AUTH PLAIN\nC: AUTH PLAIN AHVzZXIAc2VjcmV0\n"
	"S: 535 5.7.8 wrong\nC: QUIT\n", "ready retry 535 5.7.8 wrong\n"},
    {"wrong user", 0, LOGIN,
	HELLO "S: 250-mx\nS: 250 AUTH LOGIN\nC: AUTH LOGIN\nS: 334 x\n"
	"C: dXNlcg==\nS: 535 5.7.8 wrong\nC: QUIT\n", "ready retry 535 5.7.8 wrong\n"},
    {"challenge to PLAIN", 0, LOGIN,
	HELLO "S: 250-mx\nS: 250 AUTH PLAIN\nC: AUTH PLAIN AHVzZXIAc2VjcmV0\n"
	"S: 334 \nC.\n", "ready proto 0 4.4.2 unexpected reply (AUTH)\n"},
    {"no mechanism", 0, LOGIN, HELLO "S: 250-mx\nS: 250 AUTH GSSAPI\nC.\n",
	"ready retry 0 4.7.4 server offers neither AUTH PLAIN nor LOGIN\n"},
    /* --- a message, step by step */
    {"message", 2, 0,
	PLAIN MAIL "C.\nS: 250 2.1.0 ok\n" RCPT0 "C.\nS: 250 2.1.5 ok\n" RCPT1
	"C.\nS: 251 ok\nC: DATA\nC.\nS: 354 go\n" TEXT
	"C.\nS: 250 2.0.0 queued\nC.\n", READY "rcpt 0 ok 250 2.0.0 queued\nrcpt 1 ok 250 2.0.0 queued\n"
	"finished usable\n"},
    {"MAIL refused", 2, 0, PLAIN MAIL "S: 550 5.1.0 no\nC.\n",
	READY "rcpt 0 denied 550 5.1.0 no\nrcpt 1 denied 550 5.1.0 no\n"
	"finished usable\n"},
    {"one RCPT refused", 2, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 550 5.1.1 who\n" RCPT1
	"S: 250 ok\nC: DATA\nS: 354 go\n" TEXT "S: 250 done\n",
	READY "rcpt 0 denied 550 5.1.1 who\nrcpt 1 ok 250 2.0.0 done\n"
	"finished usable\n"},
    {"all RCPTs refused", 2, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 550 5.1.1 who\n" RCPT1
	"S: 450 4.2.0 later\nC: RSET\nC.\nS: 250 ok\nC.\n", READY "rcpt 0 denied 550 5.1.1 who\nrcpt 1 retry 450 4.2.0 later\n"
	"finished usable\n"},
    {"RSET refused", 1, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 550 no\nC: RSET\nS: 500 what\n",
	READY "rcpt 0 denied 550 5.0.0 no\nfinished\n"},
    {"DATA refused", 1, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0
	"S: 250 ok\nC: DATA\nS: 451 4.3.0 no\nC: RSET\nS: 250 ok\n", READY "rcpt 0 retry 451 4.3.0 no\nfinished usable\n"},
    {"DATA 250", 1, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 250 ok\nC: DATA\nS: 250 ok\nC.\n",
	READY "rcpt 0 proto 0 4.4.2 unexpected reply (DATA)\nfinished\n"},
    {"too many recipients", 3, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 552 5.5.3 many\n" RCPT1
	"S: 552 many\n" RCPT2 "S: 552 5.2.2 full\nC: RSET\n",
	READY "rcpt 0 retry 452 4.5.3 many\nrcpt 1 retry 452 4.0.0 many\n"
	"rcpt 2 denied 552 5.2.2 full\n"},
    {"text refused", 1, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 250 ok\nC: DATA\nS: 354 go\n" TEXT
	"S: 554 5.6.0 spam\n", READY "rcpt 0 denied 554 5.6.0 spam\nfinished usable\n"},
    {"text put off", 1, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 250 ok\nC: DATA\nS: 354 go\n" TEXT
	"S: 451 4.7.1 grey\n", READY "rcpt 0 retry 451 4.7.1 grey\nfinished usable\n"},
    /* --- the end of a connection */
    {"421 at MAIL", 2, 0, PLAIN MAIL "S: 421 4.3.2 bye\n",
	READY "rcpt 0 retry 421 4.3.2 bye\nrcpt 1 retry 421 4.3.2 bye\n"
	"finished\n"},
    {"421 at RCPT", 2, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 550 no\n" RCPT1 "S: 421 4.3.2 bye\n",
	READY "rcpt 0 denied 550 5.0.0 no\nrcpt 1 retry 421 4.3.2 bye\n"
	"finished\n"},
    {"421 behind the text", 1, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 250 ok\nC: DATA\nS: 354 go\n" TEXT
	"S: 421 4.3.2 bye\n", READY "rcpt 0 retry 421 4.3.2 bye\nfinished\n"},
    {"closed in MAIL", 1, 0, PLAIN MAIL "X\n",
	READY "rcpt 0 closed 0 4.4.2 connection closed by the server (MAIL)\n"
	"finished\n"},
    {"closed in DATA", 1, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 250 ok\nC: DATA\nX\n",
	READY "rcpt 0 closed 0 4.4.2 connection closed by the server (DATA)\n"
	"finished\n"},
    {"closed behind the text", 2, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 250 ok\n" RCPT1
	"S: 550 no\nC: DATA\nS: 354 go\n" TEXT "X\n",
	READY
	"rcpt 1 denied 550 5.0.0 no\n"
	"rcpt 0 unknown 0 4.4.2 connection closed by the server (end of the "
	"message)\nfinished\n"},
    {"silent behind the text", 1, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 250 ok\nC: DATA\nS: 354 go\n" TEXT
	"T 599\nC.\nT 1\n", READY "rcpt 0 unknown 0 4.4.2 timed out waiting for a reply (end of "
	"the message)\nfinished\n"},
    {"nonsense behind the text", 1, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 250 ok\nC: DATA\nS: 354 go\n" TEXT
	"S: OK\n", READY "rcpt 0 unknown 0 4.4.2 server sent what is not a reply (end of "
	"the message)\nfinished\n"},
    {"354 behind the text", 1, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 250 ok\nC: DATA\nS: 354 go\n" TEXT
	"S: 354 more\n", READY "rcpt 0 unknown 0 4.4.2 unexpected reply (end of the message)\n"
	"finished\n"},
    {"silent DATA", 1, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 250 ok\nC: DATA\nT 119\nC.\nT 1\n",
	READY "rcpt 0 timeout 0 4.4.2 timed out waiting for a reply (DATA)\n"
	"finished\n"},
    {"a reply too many", 2, 0, PLAIN MAIL "S: 250 ok\nS: 250 ok\n",
	READY
	"rcpt 0 proto 0 4.4.2 server sent a reply too many (RCPT)\n"
	"rcpt 1 proto 0 4.4.2 server sent a reply too many (RCPT)\nfinished\n"},
    {"taken, then 421", 1, 0,
	PLAIN MAIL "S: 250 ok\n" RCPT0 "S: 250 ok\nC: DATA\nS: 354 go\n" TEXT
	"S: 250 ok\nS: 421 bye\n", READY "rcpt 0 ok 250 2.0.0 ok\nfinished usable\nclosed\n"},
    /* --- PIPELINING */
    {"pipelined", 2, 0,
	PIPE MAIL RCPT0 RCPT1 "C: DATA\nC.\nS: 250 ok\nS: 250 ok\nS: 250 ok\n"
	"S: 354 go\n" TEXT "C.\nS: 250 done\n",
	READY_PIPE "rcpt 0 ok 250 2.0.0 done\nrcpt 1 ok 250 2.0.0 done\n"
	"finished usable\n"},
    {"pipelined, MAIL refused", 2, 0,
	PIPE MAIL RCPT0 RCPT1 "C: DATA\nS: 550 5.7.1 no\nS: 503 a\nS: 503 b\n"
	"S: 503 c\nC.\n", READY_PIPE "rcpt 0 denied 550 5.7.1 no\nrcpt 1 denied 550 5.7.1 no\n"
	"finished usable\n"},
    {"pipelined, MAIL refused, 354", 1, 0,
	PIPE MAIL RCPT0 "C: DATA\nS: 550 5.7.1 no\nS: 250 a\nS: 354 b\nC: .\n"
	"C.\nS: 554 c\n", READY_PIPE "rcpt 0 denied 550 5.7.1 no\nfinished usable\n"},
    {"pipelined, all refused", 1, 0,
	PIPE MAIL RCPT0 "C: DATA\nS: 250 ok\nS: 550 no\nS: 554 none\nC: RSET\n"
	"S: 250 ok\n", READY_PIPE "rcpt 0 denied 550 5.0.0 no\nfinished usable\n"},
    {"pipelined, all refused, 354", 1, 0,
	PIPE MAIL RCPT0 "C: DATA\nS: 250 ok\nS: 550 no\nS: 354 go\nC: .\nC.\n"
	"S: 250 taken\n", READY_PIPE "rcpt 0 denied 550 5.0.0 no\nfinished usable\n"},
    {"pipelined, one refused", 3, 0,
	PIPE MAIL RCPT0 RCPT1 RCPT2
	"C: DATA\nS: 250 ok\nS: 250 ok\nS: 550 no\nS: 250 ok\nS: 354 go\n" TEXT
	"S: 250 done\n", READY_PIPE "rcpt 1 denied 550 5.0.0 no\nrcpt 0 ok 250 2.0.0 done\n"
	"rcpt 2 ok 250 2.0.0 done\nfinished usable\n"},
    {"pipelined, DATA refused", 2, 0,
	PIPE MAIL RCPT0 RCPT1 "C: DATA\nS: 250 ok\nS: 550 no\nS: 250 ok\n"
	"S: 452 4.3.1 full\nC: RSET\nS: 250 ok\n", READY_PIPE "rcpt 0 denied 550 5.0.0 no\nrcpt 1 retry 452 4.3.1 full\n"
	"finished usable\n"},
    {"pipelined, one reply too many", 1, 0,
	PIPE MAIL RCPT0 "C: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\nS: 250 ok\n",
	READY_PIPE "rcpt 0 proto 0 4.4.2 server sent a reply too many (end "
	"of the message)\nfinished\n"},
    /* --- CHUNKING */
    {"chunk", 1, 0,
	CHUNK MAIL RCPT0 "C.\nS: 250 ok\nS: 250 ok\n" RAW
	"C.\nS: 250 2.0.0 done\n", READY_CHUNK "rcpt 0 ok 250 2.0.0 done\nfinished usable\n"},
    {"chunk without RCPT", 1, 0,
	CHUNK MAIL RCPT0 "S: 250 ok\nS: 550 no\nC: RSET\nC.\nS: 250 ok\n",
	READY_CHUNK "rcpt 0 denied 550 5.0.0 no\nfinished usable\n"},
    {"chunk, MAIL refused", 1, 0, CHUNK MAIL RCPT0 "S: 550 no\nS: 503 x\nC.\n",
	READY_CHUNK "rcpt 0 denied 550 5.0.0 no\nfinished usable\n"},
    {"chunk, closed", 1, 0, CHUNK MAIL RCPT0 "S: 250 ok\nS: 250 ok\n" RAW "X\n",
	READY_CHUNK "rcpt 0 unknown 0 4.4.2 connection closed by the server "
	"(end of the message)\nfinished\n"},
    /* --- extensions */
    {"all parameters", 1, EIGHT | UTF8 | DSN,
	HELLO "S: 250-x\nS: 250-SIZE 1000\nS: 250-DSN\nS: 250-SMTPUTF8\n"
	"S: 250 8BITMIME\n"
	"C: MAIL FROM:<a@host.test> SIZE=22 BODY=8BITMIME SMTPUTF8 "
	"RET=HDRS ENVID=e+2B1\nS: 250 ok\n"
	"C: RCPT TO:<r0@mx.test> NOTIFY=SUCCESS,FAILURE "
	"ORCPT=rfc822;o@x.test\nC.\n", "ready ok 250 2.0.0 x SIZE 1000 DSN SMTPUTF8 8BITMIME\n"},
    {"nothing is offered", 1, DSN, PLAIN MAIL "S: 250 ok\n" RCPT0, READY},
    {"no 8BITMIME", 2, EIGHT, PLAIN "C.\n",
	READY "rcpt 0 unsupported 0 5.6.3 server does not take messages in 8 "
	"bits (8BITMIME)\nrcpt 1 unsupported 0 5.6.3 server does not "
	"take messages in 8 bits (8BITMIME)\nfinished usable\n"},
    {"no SMTPUTF8", 1, UTF8, PLAIN "C.\n",
	READY
	"rcpt 0 unsupported 0 5.6.7 server does not take addresses or headers "
	"in UTF-8 (SMTPUTF8)\nfinished usable\n"},
    {"too large", 1, 0, HELLO "S: 250-x\nS: 250 SIZE 21\nC.\n",
	"ready ok 250 2.0.0 x SIZE 21\nrcpt 0 denied 0 5.3.4 message of 22 "
	"octets is larger than the 21 that the server takes\n"
	"finished usable\n"},
    {"HELO takes nothing", 1, EIGHT,
	HELLO "S: 502 no\nC: HELO host.test\nS: 250-mx\nS: 250 8BITMIME\nC.\n",
	"ready ok 250 2.0.0 mx 8BITMIME\nrcpt 0 unsupported 0 5.6.3 server "
	"does not take messages in 8 bits (8BITMIME)\nfinished usable\n"},
};
/* clang-format on */

static void
set_up(struct sink *s, unsigned nrcpts, unsigned flags)
{
	struct smtp_client_rcpt *r = s->rcpts;

	sink_init(s);
	sink_mail(s, nrcpts);
	s->mail.eight = (flags & EIGHT) != 0;
	s->mail.utf8 = (flags & UTF8) != 0;
	if ((flags & DSN) != 0) {
		s->mail.ret = 2;
		s->mail.envid = SLICE("e+2B1");
		r->notify = STORE_NOTIFY_SUCCESS | STORE_NOTIFY_FAILURE;
		r->orcpt = SLICE("rfc822;o@x.test");
	}
	if ((flags & LOGIN) != 0) {
		s->target.user = "user";
		s->target.password = SLICE("secret");
	}
	if ((flags & TLS) != 0)
		s->target.tls = CONF_OUT_REQUIRE;
}

TEST(client_dialogs)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sink s;

		unit_case(cases[i].name);
		set_up(&s, cases[i].rcpts, cases[i].flags);
		sink_begin(&s);
		sink_play(&s, cases[i].script);
		EQ_STR(buf_cstr(&s.said), cases[i].said);
		sink_fini(&s);
	}
}

/* RFC 6533 section 3: an original address in UTF-8 gets through to servers that
 * know none. */
TEST(client_original_in_utf8)
{
	struct sink s;

	set_up(&s, 1, DSN);
	s.rcpts[0].orcpt = SLICE("utf-8;j\xc3\xb6@x.test");
	sink_begin(&s);
	sink_play(&s,
	    HELLO "S: 250-x\nS: 250 DSN\n"
		  "C: MAIL FROM:<a@host.test> RET=HDRS ENVID=e+2B1\nS: 250 ok\n"
		  "C: RCPT TO:<r0@mx.test> NOTIFY=SUCCESS,FAILURE "
		  "ORCPT=utf-8;j\\x{F6}@x.test\nC.\n");
	sink_fini(&s);
}

TEST(client_patience_is_capped)
{
	struct sink s;

	set_up(&s, 1, 0);
	s.conf.outbound.command_ms = 30 * 1000;
	sink_begin(&s);
	sink_play(&s, PIPE MAIL RCPT0 "C: DATA\nT 29\nC.\nS: 250 a\nS: 250 b\n"
				      "T 29\nC.\nS: 354 c\n" TEXT "T 500\nC.\n"
				      "S: 250 ok\n");
	OK(slice_ends(buf_slice(&s.said), SLICE("finished usable\n")));
	sink_fini(&s);

	set_up(&s, 1, 0);
	s.conf.outbound.command_ms = 30 * 1000;
	sink_begin(&s);
	sink_play(&s, "T 30\n");
	OK(slice_starts(buf_slice(&s.said), SLICE("ready timeout ")));
	sink_fini(&s);
}

TEST(client_cannot_connect)
{
	struct sink s;

	set_up(&s, 0, 0);
	EQ_INT(close(s.listener), 0);
	sink_begin(&s);
	s.listener = -1;
	for (int i = 0; i < 10; i++)
		net_loop_turn(s.loop, 10);
	EQ_STR(buf_cstr(&s.said), "ready retry 0 4.4.1 connection refused\n");
	sink_fini(&s);
}

/* 0.0.0.0 is this host too, though not loopback by its number. */
TEST(client_keeps_the_password)
{
	struct sink s;

	set_up(&s, 0, LOGIN);
	memset(s.target.addr.ip + 12, 0, 4);
	sink_begin(&s);
	sink_play(&s, HELLO "S: 250-x\nS: 250 AUTH PLAIN LOGIN\nC.\n");
	EQ_STR(buf_cstr(&s.said),
	    "ready retry 0 4.7.0 password is not sent without TLS\n");
	sink_fini(&s);
}

/* The file of the password is gone: the server may lock out who tries without
 * it again and again. */
TEST(client_has_no_password)
{
	struct sink s;

	set_up(&s, 0, LOGIN);
	s.target.password = SLICE_NONE;
	sink_begin(&s);
	sink_play(&s, HELLO "S: 250-x\nS: 250 AUTH PLAIN LOGIN\nC.\n");
	EQ_STR(buf_cstr(&s.said),
	    "ready retry 0 4.3.5 the password for this server cannot be "
	    "read\n");
	sink_fini(&s);
}

/* Freed wherever that may happen. */
TEST(client_freed_in_callbacks)
{
	static const struct {
		char where;
		const char *script;
	} at[] = {
	    {'r', PIPE						     },
	    {'r', "S: 554 no\n"					    },
	    {'c', PIPE MAIL "S: 250 a\nS: 550 b\nS: 550 c\nS: 354 d\n"     },
	    {'c', PIPE MAIL "S: 421 a\n"                                   },
	    {'w', PIPE MAIL "S: 250 a\nS: 250 b\nS: 550 c\nS: 354 d\n"     },
	    {'f',
             PIPE MAIL "S: 250 a\nS: 550 b\nS: 550 c\nS: 503 d\nS: 250 e\n"},
	    {'f', PIPE MAIL "S: 250 a\nX\n"                                },
	    {'l', PIPE MAIL "S: 550 a\nS: 550 b\nS: 550 c\nS: 503 d\nX\n"  },
	};

	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		struct sink s;

		unit_case(at[i].script);
		set_up(&s, 2, 0);
		s.free_in = at[i].where;
		sink_begin(&s);
		sink_play(&s, at[i].script);
		OK(s.client == NULL);
		sink_fini(&s);
	}
}

/* QUIT when idle, and nobody waits for its reply; not in the middle. */
TEST(client_says_goodbye)
{
	struct sink s;

	unit_case("idle");
	set_up(&s, 0, 0);
	sink_begin(&s);
	sink_play(&s, PLAIN);
	smtp_client_free(&s.client);
	sink_play(&s, "C: QUIT\nC.\nS: 221 bye\nX\n");
	EQ_STR(buf_cstr(&s.said), READY);
	sink_fini(&s);

	unit_case("in a message");
	set_up(&s, 1, 0);
	sink_begin(&s);
	sink_play(&s, PLAIN MAIL);
	smtp_client_free(&s.client);
	sink_play(&s, "C.\n");
	EQ_STR(buf_cstr(&s.said), READY);
	sink_fini(&s);

	unit_case("connecting");
	set_up(&s, 1, 0);
	sink_begin(&s);
	smtp_client_free(&s.client);
	sink_settle(&s);
	EQ_STR(buf_cstr(&s.said), "");
	sink_fini(&s);
}

TEST(client_answers_questions)
{
	struct buf want = BUF_INIT(100);
	struct sink s;

	set_up(&s, 0, 0);
	sink_begin(&s);
	sink_play(&s, HELLO "S: 250-x\nS: 250-SIZE 77\nS: 250-DSN\n"
			    "S: 250-SMTPUTF8\nS: 250 8BITMIME\n");
	OK(smtp_client_takes_eight(s.client));
	OK(smtp_client_takes_utf8(s.client));
	OK(smtp_client_takes_dsn(s.client));
	EQ_INT(smtp_client_size_max(s.client), 77);
	EQ_SLICE(smtp_client_tls(s.client), "");
	buf_addf(&want, "mx.test[127.0.0.1]:%u", s.target.addr.port);
	EQ_SLICE(smtp_client_peer(s.client), buf_cstr(&want));
	buf_fini(&want);
	sink_fini(&s);
}

/* An address is never the beginning of another command. */
TEST(client_keeps_lines_whole)
{
	struct smtp_client_rcpt bad = {.addr = SLICE("x@y>\r\nDATA\r\n")};
	struct sink s;

	set_up(&s, 1, 0);
	s.mail.rcpt = &bad;
	sink_begin(&s);
	sink_play(&s, PLAIN "C.\n");
	EQ_STR(buf_cstr(&s.said),
	    READY "rcpt 0 denied 0 5.1.3 address with a control character\n"
		  "finished usable\n");
	sink_fini(&s);
}
