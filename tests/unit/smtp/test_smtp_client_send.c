/* The text of a message on its way out: pieces, ends, back pressure. */
#include "smtp/smtp_client.h"

#include "../unit.h"
#include "base/clock.h"
#include "sink.h"

#include <string.h>
#include <sys/socket.h>

/* In pieces, and not at hand when it is wanted. */
TEST(client_send_body_in_pieces)
{
	static const char *const scripts[] = {PLAIN MAIL
	    "S: 250 ok\n" RCPT0 "S: 250 ok\nC: DATA\nS: 354 go\n",
	    CHUNK MAIL RCPT0 "S: 250 ok\nS: 250 ok\n"};

	for (int chunk = 0; chunk < 2; chunk++)
		for (size_t piece = 1; piece <= strlen(BODY); piece++) {
			struct sink s;

			unit_case(chunk ? "BDAT" : "DATA");
			sink_init(&s);
			sink_mail(&s, 1);
			s.late = piece % 2 != 0;
			s.piece = piece;
			sink_begin(&s);
			sink_play(&s, scripts[chunk]);
			while (s.want_open) {
				sink_body(&s);
				sink_settle(&s);
			}
			sink_play(&s, chunk ? RAW "C.\nS: 250 ok\n"
					    : TEXT "C.\nS: 250 ok\n");
			OK(slice_ends(
			    buf_slice(&s.said), SLICE("rcpt 0 ok 250 2.0.0 ok\n"
						      "finished usable\n")));
			sink_fini(&s);
		}
}

/* A reply to MAIL is about the sender or the server, whoever is told of it. */
TEST(client_send_tells_whom_a_reply_is_about)
{
	static const struct {
		const char *name, *script;
		bool whole;
	} cases[] = {
	    {"MAIL",            PLAIN MAIL "S: 451 no\nC.\n",                         true},
	    {"MAIL, pipelined",
             PIPE MAIL RCPT0 "C: DATA\nS: 451 no\nS: 503 b\nS: 503 c\nC.\n",
             true									 },
	    {"RCPT",            PLAIN MAIL "S: 250 a\n" RCPT0 "S: 451 no\nC: RSET\n",
             false									},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sink s;

		unit_case(cases[i].name);
		sink_init(&s);
		sink_mail(&s, 1);
		sink_begin(&s);
		sink_play(&s, cases[i].script);
		OK(slice_find_slice(buf_slice(&s.said),
		       SLICE("rcpt 0 retry 451")) < s.said.len);
		EQ_INT(s.whole, cases[i].whole);
		sink_fini(&s);
	}
}

/* A text whose last line has no end gets one. */
TEST(client_send_ends_the_last_line)
{
	struct sink s;

	unit_case("DATA");
	sink_init(&s);
	sink_mail(&s, 1);
	s.body = SLICE("x");
	s.mail.octets = 1;
	sink_begin(&s);
	sink_play(&s, PIPE MAIL RCPT0
	    "C: DATA\nS: 250 a\nS: 250 b\nS: 354 c\nC: x\nC: .\nC.\n");
	sink_fini(&s);

	unit_case("BDAT");
	sink_init(&s);
	sink_mail(&s, 1);
	s.body = SLICE("x");
	s.mail.octets = 1;
	sink_begin(&s);
	sink_play(&s,
	    CHUNK MAIL RCPT0 "S: 250 a\nS: 250 b\nC: BDAT 3 LAST\nC: x\nC.\n");
	sink_fini(&s);

	unit_case("nothing");
	sink_init(&s);
	sink_mail(&s, 1);
	s.mail.octets = 0;
	sink_begin(&s);
	sink_play(&s, PIPE MAIL RCPT0
	    "C: DATA\nS: 250 a\nS: 250 b\nS: 354 c\nC: .\nC.\nS: 250 ok\n");
	OK(slice_ends(buf_slice(&s.said), SLICE("finished usable\n")));
	sink_fini(&s);

	unit_case("nothing in a chunk");
	sink_init(&s);
	sink_mail(&s, 1);
	s.mail.octets = 0;
	sink_begin(&s);
	sink_play(&s, CHUNK MAIL RCPT0
	    "S: 250 a\nS: 250 b\nC: BDAT 0 LAST\nC.\nS: 250 ok\n");
	OK(slice_ends(buf_slice(&s.said), SLICE("finished usable\n")));
	sink_fini(&s);
}

/* Commands in one write, text and dot in another. */
TEST(client_send_writes_little)
{
	static const char *const answers[] = {
	    "250 a\r\n250 b\r\n354 c\r\n", "250 done\r\n"};
	struct sink s;

	sink_init(&s);
	sink_mail(&s, 2);
	s.sends = 2;
	sink_begin(&s);
	sink_play(&s, PIPE);
	buf_reset(&s.in);
	EQ_INT(s.reads, 2); /* EHLO; MAIL, RCPT, DATA */
	sink_say(&s, SLICE("250 a\r\n250 b\r\n250 c\r\n354 d\r\n"));
	EQ_INT(s.reads, 3);
	sink_say(&s, slice_str(answers[1]));
	EQ_INT(s.reads, 4); /* and the next one */
	EQ_SLICE(buf_slice(&s.in),
	    "Subject: x\r\n\r\n..hello\r\n.\r\nMAIL FROM:<a@host.test>\r\n"
	    "RCPT TO:<r0@mx.test>\r\nRCPT TO:<r1@mx.test>\r\nDATA\r\n");
	sink_fini(&s);
}

TEST(client_send_body_cannot_be_had)
{
	static const struct {
		const char *name;
		enum err e;
		size_t octets; /* declared */
	} wrong[] = {
	    {"error",      ERR_RETRY, 22},
	    {"too much",   ERR_OK,    5 },
	    {"too little", ERR_OK,    30},
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct sink s;

		unit_case(wrong[i].name);
		sink_init(&s);
		sink_mail(&s, 1);
		s.body_err = wrong[i].e;
		s.mail.octets = wrong[i].octets;
		sink_begin(&s);
		sink_play(&s,
		    PIPE MAIL RCPT0 "C: DATA\nS: 250 a\nS: 250 b\nS: 354 c\n");
		EQ_STR(buf_cstr(&s.said),
		    READY_PIPE "rcpt 0 proto 0 4.3.0 the message could not be "
			       "read\nfinished\n");
		OK(slice_find_slice(buf_slice(&s.in), SLICE("\r\n.\r\n")) ==
		    s.in.len);
		sink_fini(&s);
	}
}

/* A large text waits for a server that reads slowly; one that refuses in the
 * middle of it is heard. */
TEST(client_send_large_text)
{
	size_t n = 4 << 20, dots = 0;
	struct buf big = BUF_INIT(8 << 20);
	struct sink s;

	for (size_t i = 0; big.len < n; i++) {
		buf_addf(&big, "%s line %zu\r\n", i % 7 == 0 ? "." : "", i);
		dots += i % 7 == 0;
	}
	for (int early = 0; early < 2; early++) {
		unit_case(early ? "refused in the middle" : "slowly");
		sink_init(&s);
		sink_mail(&s, 1);
		s.body = buf_slice(&big);
		s.piece = 100000;
		s.endless = early;
		s.mail.octets = early ? 1 << 30 : big.len;
		sink_begin(&s);
		sink_play(&s, PIPE MAIL RCPT0 "C: DATA\n");
		s.deaf = true;
		sink_say(&s, SLICE("250 a\r\n250 b\r\n354 c\r\n"));
		EQ_STR(buf_cstr(&s.said), READY_PIPE);
		if (early) {
			sink_say(&s, SLICE("552 5.3.4 enough\r\n"));
			EQ_STR(buf_cstr(&s.said),
			    READY_PIPE "rcpt 0 denied 552 5.3.4 enough\n"
				       "finished\n");
		} else {
			s.deaf = false;
			sink_settle(&s);
			OK(slice_ends(buf_slice(&s.in), SLICE("\r\n.\r\n")));
			OK(slice_starts(buf_slice(&s.in), SLICE(".. line 0")));
			EQ_INT(s.in.len, big.len + dots + 3);
			sink_say(&s, SLICE("250 ok\r\n"));
			OK(slice_ends(
			    buf_slice(&s.said), SLICE("finished usable\n")));
		}
		sink_fini(&s);
	}
	buf_fini(&big);
}

/* A server that stops reading: no doubt, for the dot never left. As long as the
 * kernel finds room for more of the text the time starts anew. */
TEST(client_send_blocked_text)
{
	const int little = 65536; /* and so little is under way at a time */
	struct buf big = BUF_INIT(64 << 20);
	struct sink s;

	while (big.len < 32 << 20)
		buf_add_str(
		    &big, "0123456789012345678901234567890123456789\r\n");
	sink_init(&s);
	EQ_INT(setsockopt(
		   s.listener, SOL_SOCKET, SO_RCVBUF, &little, sizeof little),
	    0);
	sink_mail(&s, 1);
	s.body = buf_slice(&big);
	s.mail.octets = big.len;
	sink_begin(&s);
	sink_play(&s, PIPE MAIL RCPT0 "C: DATA\n");
	s.deaf = true;
	sink_say(&s, SLICE("250 a\r\n250 b\r\n354 c\r\n"));
	for (unsigned i = 0; i < 20 && s.said.len == strlen(READY_PIPE); i++) {
		clock_set_for_test(1, clock_mono_us() + 180 * 1000000ULL);
		sink_settle(&s);
	}
	EQ_STR(buf_cstr(&s.said),
	    READY_PIPE "rcpt 0 timeout 0 4.4.2 timed out (end of the "
		       "message)\nfinished\n");
	sink_fini(&s);
	buf_fini(&big);
}

/* All of the text has its time, however often a little of it moves: ten minutes
 * and what its length needs. */
TEST(client_send_slow_text)
{
	static const struct {
		uint64_t octets;
		unsigned late_s; /* from the beginning */
	} cases[] = {
	    {20,     600},
            {100000, 700}
        };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sink s;
		uint64_t t0;

		sink_init(&s);
		sink_mail(&s, 1);
		s.late = true;
		s.piece = 1;
		s.mail.octets = cases[i].octets;
		sink_begin(&s);
		sink_play(&s,
		    PIPE MAIL RCPT0 "C: DATA\nS: 250 a\nS: 250 b\nS: 354 c\n");
		t0 = clock_mono_us();
		for (unsigned t = 60; t < cases[i].late_s; t += 60) {
			sink_body(&s);
			clock_set_for_test(1, t0 + t * UINT64_C(1000000));
			sink_settle(&s);
		}
		EQ_STR(buf_cstr(&s.said), READY_PIPE);
		clock_set_for_test(
		    1, t0 + (cases[i].late_s + 1) * UINT64_C(1000000));
		sink_settle(&s);
		EQ_STR(buf_cstr(&s.said),
		    READY_PIPE "rcpt 0 timeout 0 4.4.2 the message was taken "
			       "too slowly (text of the message)\nfinished\n");
		sink_fini(&s);
	}
}
