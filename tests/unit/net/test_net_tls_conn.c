#include "net/net_tls.h"

#include "../unit.h"
#include "base/clock.h"
#include "tls_client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t
echo(struct pair *p, struct slice in)
{
	net_stream_write(p->s, in);
	return in.len;
}

TEST(tls_large_input_and_output)
{
	struct client c;
	struct pair p;
	size_t n = 3000000;
	char *big = pair_pattern(n);

	client_pair(&c, &p, tls_for("h", NULL), 4096);
	client_send(&c, slice_of(big, n));
	net_stream_write(p.s, slice_of(big, n));
	for (int i = 0; i < 2000 && (c.got.len < n || p.got.len < n); i++)
		client_step(&c);
	EQ_MEM(p.got.p, p.got.len, big, n);
	EQ_MEM(c.got.p, c.got.len, big, n);
	EQ_INT(p.drained, 1);
	client_close(&c);
	pair_close(&p);
	free(big);
}

TEST(tls_one_octet_at_a_time)
{
	struct client c;
	struct pair p;

	pair_open_with(&p, 4096, pair_take_lines);
	client_open(&c, &p);
	{
		struct net_tls *t = tls_for("h", NULL);

		EQ_INT(net_stream_starttls(p.s, t), ERR_OK);
		net_tls_unref(&t);
	}
	c.chunk = 1;
	for (int i = 0; i < 2000 && !c.shaken; i++)
		client_step(&c);
	OK(c.shaken);
	client_send(&c, SLICE("EHLO x\r\nMA"));
	client_send(&c, SLICE("IL\r\nQ"));
	for (int i = 0; i < 300; i++)
		client_step(&c);
	EQ_STR(buf_cstr(&p.got), "EHLO x\r\nMAIL\r\n");
	EQ_INT(net_stream_waiting(p.s), 1);
	client_close(&c);
	pair_close(&p);
}

/* Records that OpenSSL has read already come after a resume, although the
 * socket tells of nothing more. */
TEST(tls_pause_and_resume)
{
	struct client c;
	struct pair p;

	client_pair(&c, &p, tls_for("h", NULL), 10);
	p.input = pair_take_line_pause;
	client_send(&c, SLICE("one\ntwo\nthree\nfour\n"));
	client_send(&c, SLICE("five\nsix\n"));
	client_settle(&c);
	EQ_STR(buf_cstr(&p.got), "one\n");
	for (int i = 0; i < 5; i++) {
		net_stream_pause(p.s, false);
		pair_settle(&p);
	}
	EQ_STR(buf_cstr(&p.got), "one\ntwo\nthree\nfour\nfive\nsix\n");
	client_close(&c);
	pair_close(&p);
}

/* More than in_max in one record, and a session that takes its time. */
TEST(tls_input_is_bounded)
{
	struct client c;
	struct pair p;
	char *big = pair_pattern(50000);

	client_pair(&c, &p, tls_for("h", NULL), 1000);
	p.input = pair_take_none;
	client_send(&c, slice_of(big, 50000));
	client_settle(&c);
	EQ_INT(net_stream_waiting(p.s), 1000);
	p.input = NULL;
	net_stream_pause(p.s, true);
	net_stream_pause(p.s, false);
	client_settle(&c);
	client_settle(&c);
	EQ_MEM(p.got.p, p.got.len, big, 50000);
	client_close(&c);
	pair_close(&p);
	free(big);
}

TEST(tls_clear_output_comes_first)
{
	struct net_tls *t = tls_for("h", NULL);
	struct client c;
	struct pair p;

	pair_open_with(&p, 4096, echo);
	net_stream_write(p.s, SLICE("220 go ahead\r\n"));
	EQ_INT(net_stream_starttls(p.s, t), ERR_OK);
	EQ_INT(net_stream_starttls(p.s, t), ERR_BUSY);
	net_stream_write(p.s, SLICE("220 greeting\r\n")); /* secret */
	pair_expect(&p, "220 go ahead\r\n");
	EQ_INT(net_stream_secure(p.s), false);
	client_open(&c, &p);
	client_settle(&c);
	EQ_STR(buf_cstr(&c.got), "220 greeting\r\n");
	EQ_INT(net_stream_starttls(p.s, t), ERR_BUSY);
	net_tls_unref(&t);
	client_close(&c);
	pair_close(&p);
}

/* Large output before the handshake, to a peer that reads it late. */
TEST(tls_waits_for_clear_output)
{
	struct net_tls *t = tls_for("h", NULL);
	struct client c;
	struct pair p;
	struct buf b = BUF_INIT(4000000);
	char *big = pair_pattern(2000000);

	pair_open(&p, 4096);
	net_stream_write(p.s, slice_of(big, 2000000));
	EQ_INT(net_stream_starttls(p.s, t), ERR_OK);
	net_tls_unref(&t);
	net_stream_write(p.s, SLICE("secret"));
	for (int i = 0; i < 1000 && b.len < 2000000; i++) {
		net_loop_turn(p.loop, 0);
		(void)pair_recv(&p, &b);
	}
	pair_settle(&p);
	(void)pair_recv(&p, &b);
	EQ_MEM(b.p, b.len, big, 2000000);
	client_open(&c, &p);
	client_settle(&c);
	EQ_STR(buf_cstr(&c.got), "secret");
	client_close(&c);
	buf_fini(&b);
	pair_close(&p);
	free(big);
}

static struct net_tls *upgrade_with;
static size_t waiting_then;

static size_t
start_tls_at_line(struct pair *p, struct slice in)
{
	size_t n = slice_find(in, '\n');

	if (n == in.len)
		return 0;
	waiting_then = net_stream_waiting(p->s) - (n + 1);
	net_stream_write(p->s, SLICE("220 go ahead\r\n"));
	EQ_INT(net_stream_starttls(p->s, upgrade_with), ERR_OK);
	return n + 1;
}

/* STARTTLS and more in one segment: the session can see it, and what was sent
 * in clear is never taken for something that came over TLS. */
TEST(tls_injected_plaintext)
{
	struct client c;
	struct pair p;

	upgrade_with = tls_for("h", NULL);
	pair_open_with(&p, 4096, start_tls_at_line);
	pair_send(&p, "STARTTLS\r\nMAIL FROM:<evil@example.test>\r\n");
	pair_expect(&p, "220 go ahead\r\n");
	EQ_INT(waiting_then, 31);
	EQ_INT(net_stream_waiting(p.s), 0);
	p.input = NULL;
	client_open(&c, &p);
	client_settle(&c);
	OK(c.shaken);
	client_send(&c, SLICE("EHLO good\r\n"));
	client_settle(&c);
	EQ_STR(buf_cstr(&p.got), "STARTTLS\r\nEHLO good\r\n");
	net_tls_unref(&upgrade_with);
	client_close(&c);
	pair_close(&p);
}

/* As well when it is asked for from outside `input`. */
TEST(tls_drops_what_waits)
{
	struct net_tls *t = tls_for("h", NULL);
	struct client c;
	struct pair p;

	pair_open_with(&p, 4096, pair_take_line_pause);
	pair_send(&p, "STARTTLS\r\nMAIL FROM:<evil@example.test>\r\n");
	pair_settle(&p);
	EQ_INT(net_stream_waiting(p.s), 31);
	EQ_INT(net_stream_starttls(p.s, t), ERR_OK);
	EQ_INT(net_stream_waiting(p.s), 0);
	net_tls_unref(&t);
	net_stream_pause(p.s, false);
	p.input = NULL;
	client_open(&c, &p);
	client_settle(&c);
	client_send(&c, SLICE("EHLO good\r\n"));
	client_settle(&c);
	EQ_STR(buf_cstr(&p.got), "STARTTLS\r\nEHLO good\r\n");
	client_close(&c);
	pair_close(&p);
}

static void
begin_handshake(struct pair *p)
{
	struct net_tls *t = tls_for("h", NULL);

	pair_open(p, 4096);
	EQ_INT(net_stream_starttls(p->s, t), ERR_OK);
	net_tls_unref(&t);
	pair_settle(p);
}

TEST(tls_spoken_to_in_clear)
{
	static const char *const words[] = {"EHLO plain.example.test\r\n",
	    "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\xff\xff garbage",
	    "\x80\x2e\x01\x00\x02 an SSLv2 hello, so to speak, of old"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct pair p;

		unit_case(words[i]);
		begin_handshake(&p);
		pair_send(&p, words[i]);
		pair_settle(&p);
		OK(shutdown(p.fd, SHUT_WR) == 0);
		pair_settle(&p);
		EQ_INT(p.secured, 1);
		OK(p.secured_err == ERR_PROTO || p.secured_err == ERR_CLOSED);
		EQ_INT(p.closed, 0);
		EQ_INT(p.inputs, 0);
		pair_close(&p);
	}
}

TEST(tls_handshake_given_up)
{
	struct pair p;

	unit_case("at once");
	begin_handshake(&p);
	OK(shutdown(p.fd, SHUT_WR) == 0);
	pair_settle(&p);
	EQ_INT(p.secured_err, ERR_CLOSED);
	EQ_INT(p.closed, 0);
	pair_close(&p);

	unit_case("by the session");
	begin_handshake(&p);
	net_stream_write(p.s, SLICE("never in clear"));
	net_stream_finish(p.s, 0);
	pair_expect(&p, "");
	EQ_INT(p.secured, 0);
	EQ_INT(p.closed, 1);
	pair_close(&p);

	unit_case("by time");
	clock_set_for_test(1, 1000000);
	begin_handshake(&p);
	pair_send(&p, "\x16\x03\x01");
	pair_settle(&p);
	clock_set_for_test(1, 30999000);
	pair_settle(&p);
	EQ_INT(p.secured, 0);
	clock_set_for_test(1, 31000000);
	pair_settle(&p);
	EQ_INT(p.secured, 1);
	EQ_INT(p.secured_err, ERR_TIMEOUT);
	EQ_INT(p.closed, 0);
	clock_set_for_test(0, 0);
	pair_close(&p);
}

TEST(tls_freed_in_callbacks)
{
	struct net_tls *t = tls_for("h", NULL);
	struct client c;
	struct pair p;

	unit_case("secured");
	pair_open(&p, 4096);
	p.free_in_secured = true;
	EQ_INT(net_stream_starttls(p.s, t), ERR_OK);
	client_open(&c, &p);
	client_settle(&c);
	OK(p.s == NULL && p.secured == 1 && p.secured_err == ERR_OK);
	client_close(&c);
	pair_close(&p);

	unit_case("secured with an error");
	pair_open(&p, 4096);
	p.free_in_secured = true;
	EQ_INT(net_stream_starttls(p.s, t), ERR_OK);
	pair_send(&p, "not TLS at all");
	pair_settle(&p);
	OK(p.s == NULL && p.secured == 1 && p.secured_err == ERR_PROTO);
	pair_close(&p);

	unit_case("input");
	client_pair(&c, &p, net_tls_ref(t), 4096);
	p.free_in_input = true;
	client_send(&c, SLICE("x"));
	client_settle(&c);
	OK(p.s == NULL && p.inputs == 1);
	client_close(&c);
	pair_close(&p);

	unit_case("during the handshake");
	begin_handshake(&p);
	net_stream_free(&p.s);
	pair_settle(&p);
	OK(p.secured == 0 && p.closed == 0);
	pair_close(&p);
	net_tls_unref(&t);
}

TEST(tls_finish_says_so)
{
	struct client c;
	struct pair p;

	client_pair(&c, &p, tls_for("h", NULL), 4096);
	net_stream_write(p.s, SLICE("221 bye\r\n"));
	net_stream_finish(p.s, 10000);
	client_settle(&c);
	EQ_STR(buf_cstr(&c.got), "221 bye\r\n");
	EQ_INT(c.error, SSL_ERROR_ZERO_RETURN); /* close_notify */
	EQ_INT(p.closed, 0);
	OK(shutdown(p.fd, SHUT_WR) == 0);
	client_settle(&c);
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_CLOSED);
	client_close(&c);
	pair_close(&p);
}

TEST(tls_peer_closes)
{
	struct client c;
	struct pair p;

	unit_case("with close_notify: we can still answer");
	client_pair(&c, &p, tls_for("h", NULL), 4096);
	p.input = pair_take_line_pause;
	client_send(&c, SLICE("QUIT\n"));
	SSL_shutdown(c.ssl);
	client_settle(&c);
	EQ_INT(p.closed, 0);
	net_stream_write(p.s, SLICE("bye"));
	net_stream_pause(p.s, false);
	client_settle(&c);
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_CLOSED);
	EQ_STR(buf_cstr(&c.got), "bye");
	client_close(&c);
	pair_close(&p);

	unit_case("without");
	client_pair(&c, &p, tls_for("h", NULL), 4096);
	client_send(&c, SLICE("NOOP\r\n"));
	client_step(&c);
	OK(shutdown(p.fd, SHUT_WR) == 0);
	client_settle(&c);
	EQ_STR(buf_cstr(&p.got), "NOOP\r\n");
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_CLOSED);
	client_close(&c);
	pair_close(&p);
}

TEST(tls_write_to_a_closed_peer)
{
	struct client c;
	struct pair p;

	client_pair(&c, &p, tls_for("h", NULL), 4096);
	net_stream_pause(p.s, true);
	close(p.fd);
	p.fd = -1;
	net_stream_write(p.s, SLICE("x"));
	pair_settle(&p); /* and no SIGPIPE */
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_CLOSED);
	client_close(&c);
	pair_close(&p);
}

TEST(tls_idle)
{
	struct client c;
	struct pair p;
	uint64_t start;

	client_pair(&c, &p, tls_for("h", NULL), 10);
	client_send(&c, SLICE("more than ten octets\r\n"));
	client_settle(&c);
	EQ_STR(buf_cstr(&p.got), "more than ten octets\r\n");
	start = clock_mono_ms();
	net_loop_turn(p.loop, 40);
	OK(clock_mono_ms() - start >= 30);
	client_close(&c);
	pair_close(&p);
}

TEST(tls_garbage_afterwards)
{
	static const char record[5 + 32] = {23, 3, 3, 0, 32}; /* no such MAC */
	struct client c;
	struct pair p;

	client_pair(&c, &p, tls_for("h", NULL), 4096);
	OK(send(p.fd, record, sizeof record, MSG_NOSIGNAL) == sizeof record);
	pair_settle(&p);
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_PROTO);
	EQ_INT(p.inputs, 0);
	client_close(&c);
	pair_close(&p);
}

TEST(tls_no_renegotiation)
{
	struct net_tls *t = tls_for("h", NULL);
	struct client c;
	struct pair p;

	pair_open_with(&p, 4096, echo);
	EQ_INT(net_stream_starttls(p.s, t), ERR_OK);
	net_tls_unref(&t);
	client_open(&c, &p);
	SSL_set_max_proto_version(c.ssl, TLS1_2_VERSION);
	client_settle(&c);
	OK(c.shaken);
	OK(SSL_renegotiate(c.ssl) == 1);
	c.shaken = false; /* go through the handshake again */
	client_settle(&c);
	OK(c.failed);
	client_close(&c);
	pair_close(&p);
}

/*
 * RFC 8446, section 4.6.3: each of these asks for an answer. A peer that sends
 * them without end and reads nothing is not read any further, and does not
 * make the loop spin.
 */
TEST(tls_key_updates_without_end)
{
	struct client c;
	struct pair p;
	uint64_t start;

	client_pair(&c, &p, tls_for("h", NULL), 4096);
	for (int i = 0; i < 20000; i++) {
		BIO *out = SSL_get_wbio(c.ssl);
		char *data;
		long n;

		OK(SSL_key_update(c.ssl, SSL_KEY_UPDATE_REQUESTED) == 1);
		OK(SSL_do_handshake(c.ssl) == 1);
		n = BIO_get_mem_data(out, &data);
		if (send(p.fd, data, (size_t)n, MSG_NOSIGNAL) != n)
			break;
		(void)BIO_reset(out);
		if (i % 16 == 0)
			net_loop_turn(p.loop, 0);
	}
	pair_settle(&p);
	start = clock_mono_ms();
	net_loop_turn(p.loop, 60);
	OK(clock_mono_ms() - start >= 50);
	client_close(&c);
	pair_close(&p);
}

/* As stream_random_chunks, enciphered and in pieces that end anywhere. */
static unsigned seed;

static size_t
take_at_random(struct pair *p, struct slice in)
{
	size_t n = (size_t)rand_r(&seed) % (in.len + 1);

	if (rand_r(&seed) % 4 != 0)
		return in.len;
	net_stream_pause(p->s, true);
	net_stream_pause(p->s, rand_r(&seed) % 2 == 0);
	return n;
}

TEST(tls_random_chunks)
{
	size_t total = 200000;
	char *big = pair_pattern(total);

	for (unsigned round = 1; round < 20; round++) {
		struct client c;
		struct pair p;
		size_t at = 0;

		seed = round;
		client_pair(&c, &p, tls_for("h", NULL), 1 + round * 331 % 5000);
		p.input = take_at_random;
		net_stream_write(p.s, slice_of(big, total));
		for (int i = 0; i < 20000 && p.got.len < total; i++) {
			size_t n = (size_t)rand_r(&seed) % 30000 + 1;

			if (n > total - at)
				n = total - at;
			if (n > 0 && rand_r(&seed) % 2 == 0) {
				client_send(&c, slice_of(big + at, n));
				at += n;
			}
			c.chunk = (size_t)rand_r(&seed) % 20000 + 1;
			client_step(&c);
			net_stream_pause(p.s, true);
			net_stream_pause(p.s, false);
		}
		c.chunk = 0;
		client_settle(&c);
		EQ_MEM(p.got.p, p.got.len, big, total);
		EQ_MEM(c.got.p, c.got.len, big, total);
		client_close(&c);
		pair_close(&p);
	}
	free(big);
}
