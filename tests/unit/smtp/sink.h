#ifndef TESTS_UNIT_SMTP_SINK_H
#define TESTS_UNIT_SMTP_SINK_H
/*
 * A client of ours and, over loopback, a server that the test plays. What the
 * client tells is written down, a line each:
 *
 *	ready ok 250 2.0.0 text
 *	rcpt 0 denied 550 5.1.1 text
 *	finished usable
 *	closed
 */
#include "base/buf.h"
#include "conf/conf.h"
#include "net/net_loop.h"
#include "smtp/smtp_client.h"

/* What dialogs are made of. */
#define BODY "Subject: x\r\n\r\n.hello\r\n"
#define HELLO "S: 220 mx.test ESMTP\nC: EHLO host.test\n"
#define PLAIN HELLO "S: 250 mx.test\n"
#define PIPE HELLO "S: 250-mx.test\nS: 250 PIPELINING\n"
#define CHUNK HELLO "S: 250-mx.test\nS: 250-CHUNKING\nS: 250 PIPELINING\n"
#define READY "ready ok 250 2.0.0 mx.test\n"
#define READY_PIPE "ready ok 250 2.0.0 mx.test PIPELINING\n"
#define READY_CHUNK "ready ok 250 2.0.0 mx.test CHUNKING PIPELINING\n"
#define MAIL "C: MAIL FROM:<a@host.test>\n"
#define RCPT0 "C: RCPT TO:<r0@mx.test>\n"
#define RCPT1 "C: RCPT TO:<r1@mx.test>\n"
#define RCPT2 "C: RCPT TO:<r2@mx.test>\n"
#define TEXT "C: Subject: x\nC: \nC: ..hello\nC: .\n"
#define RAW "C: BDAT 22 LAST\nC: Subject: x\nC: \nC: .hello\n"

struct sink {
	struct conf conf;
	struct net_loop *loop;
	struct smtp_client_site site;
	struct smtp_client_target target;
	struct smtp_client *client;
	int listener, fd; /* fd: the server's end; -1 */
	struct buf in;    /* what the client has said and nobody has read */
	struct buf said;  /* what it has told the test */
	bool deaf;        /* the server does not read */
	bool whole;       /* of the last verdict about a recipient */
	unsigned connects;
	unsigned reads; /* of the server that brought something */
	void (*accepted)(struct sink *); /* may take fd; or NULL */

	struct smtp_client_rcpt rcpts[3];
	struct smtp_client_mail mail; /* nrcpts 0: none to send */
	unsigned sends;               /* times that it is sent */
	struct slice body;
	size_t piece;     /* octets of body at a time; 0: all */
	bool endless;     /* body over and over: more than a kernel buffers */
	bool late;        /* body not inside want */
	bool want_open;   /* late: an answer is due, from want_at on */
	uint64_t want_at; /* there */
	enum err body_err;
	char free_in; /* 'r'eady, r'c'pt, 'w'ant, 'f'inished, c'l'osed */
};

void sink_init(struct sink *s);
void sink_fini(struct sink *s);
/* Have BODY sent once, from a@host.test to so many of r0@mx.test... */
void sink_mail(struct sink *s, unsigned nrcpts);
/* Have the client connect. */
void sink_begin(struct sink *s);
/* Turn the loop until nothing happens and nothing is on its way, reading what
 * the client says. */
void sink_settle(struct sink *s);
void sink_say(struct sink *s, struct slice text);
void sink_hang_up(struct sink *s);
/* Answer the open want. */
void sink_body(struct sink *s);
/*
 * Play a dialog, one step a line: "S: text" the server says text CRLF (all such
 * lines in a row in one write), "C: text" the client must have said just that,
 * "C." it must have said nothing more, "X" the server closes, "T n" n seconds
 * go by, "A" the client must have connected anew.
 */
void sink_play(struct sink *s, const char *script);

#endif
