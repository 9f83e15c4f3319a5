#include "net/net_stream.h"

#include "../unit.h"
#include "base/clock.h"
#include "pair.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *
got(struct pair *p)
{
	return buf_cstr(&p->got);
}

TEST(stream_input_and_output)
{
	struct pair p;

	pair_open(&p, 4096);
	pair_send(&p, "hello");
	net_loop_turn(p.loop, 1000);
	EQ_STR(got(&p), "hello");
	net_stream_write(p.s, SLICE("one "));
	net_stream_write(p.s, SLICE(""));
	net_stream_write(p.s, SLICE("two"));
	EQ_INT(net_stream_unsent(p.s), 7);
	pair_expect(&p, "one two");
	EQ_INT(net_stream_unsent(p.s), 0);
	EQ_INT(net_stream_secure(p.s), false);
	EQ_INT(net_stream_tls_name(p.s).len, 0);
	EQ_INT(p.closed, 0);
	pair_close(&p);
}

TEST(stream_reserve)
{
	struct pair p;
	char *room;

	pair_open(&p, 4096);
	room = net_stream_reserve(p.s, 100);
	memcpy(room, "abc", 3);
	net_stream_wrote(p.s, 3);
	(void)net_stream_reserve(p.s, 100000); /* nothing comes of it */
	net_stream_wrote(p.s, 0);
	net_stream_write(p.s, SLICE("def"));
	pair_expect(&p, "abcdef");
	pair_close(&p);
}

/* The rest is kept and offered again with what follows. */
TEST(stream_rest_is_offered_again)
{
	struct pair p;

	pair_open_with(&p, 4096, pair_take_lines);
	pair_send(&p, "one\ntw");
	pair_settle(&p);
	EQ_STR(got(&p), "one\n");
	EQ_INT(net_stream_waiting(p.s), 2);
	EQ_INT(p.inputs, 1); /* not without new octets */
	pair_send(&p, "o\nthr");
	pair_settle(&p);
	EQ_STR(got(&p), "one\ntwo\n");
	EQ_INT(p.last_len, 7);
	EQ_INT(net_stream_waiting(p.s), 3);
	pair_close(&p);
}

TEST(stream_one_octet_at_a_time)
{
	struct pair p;
	const char *text = "EHLO x\r\nMAIL\r\n";

	pair_open_with(&p, 4096, pair_take_lines);
	for (const char *c = text; *c != '\0'; c++) {
		OK(write(p.fd, c, 1) == 1);
		net_loop_turn(p.loop, 1000);
	}
	EQ_STR(got(&p), text);
	EQ_INT(p.inputs, (int)strlen(text));
	EQ_INT(net_stream_waiting(p.s), 0);
	pair_close(&p);
}

static size_t
see_waiting(struct pair *p, struct slice in)
{
	EQ_INT(net_stream_waiting(p->s), in.len);
	return in.len;
}

TEST(stream_waiting_inside_input)
{
	struct pair p;

	pair_open_with(&p, 4096, see_waiting);
	pair_send(&p, "abc");
	pair_settle(&p);
	EQ_INT(p.inputs, 1);
	EQ_INT(net_stream_waiting(p.s), 0);
	pair_close(&p);
}

TEST(stream_pause_and_resume)
{
	struct pair p;

	pair_open_with(&p, 4096, pair_take_line_pause);
	pair_send(&p, "one\ntwo\nthree\n");
	pair_settle(&p);
	EQ_STR(got(&p), "one\n");
	pair_send(&p, "four\n");
	pair_settle(&p);
	EQ_INT(p.inputs, 1);
	net_stream_pause(p.s, false);
	EQ_INT(p.inputs, 1); /* not inside the call */
	pair_settle(&p);
	EQ_STR(got(&p), "one\ntwo\n");
	for (int i = 0; i < 2; i++) {
		net_stream_pause(p.s, false);
		pair_settle(&p);
	}
	EQ_STR(got(&p), "one\ntwo\nthree\nfour\n");
	EQ_INT(net_stream_waiting(p.s), 0);
	pair_close(&p);
}

static size_t
take_line_ask_again(struct pair *p, struct slice in)
{
	size_t n = slice_find(in, '\n');

	net_stream_pause(p->s, true);
	net_stream_pause(p->s, n == in.len);
	return n == in.len ? 0 : n + 1;
}

TEST(stream_resumed_inside_input)
{
	struct pair p;

	pair_open_with(&p, 4096, take_line_ask_again);
	pair_send(&p, "one\ntwo\nthree\nfo");
	pair_settle(&p);
	EQ_STR(got(&p), "one\ntwo\nthree\n");
	EQ_INT(p.inputs, 4);
	pair_close(&p);
}

/* No more is kept than in_max while the session does not take it. */
TEST(stream_input_is_bounded)
{
	struct pair p;
	char *big = pair_pattern(100000);

	pair_open_with(&p, 1000, pair_take_none);
	OK(send(p.fd, big, 100000, MSG_NOSIGNAL) > 50000);
	pair_settle(&p);
	EQ_INT(net_stream_waiting(p.s), 1000);
	EQ_INT(p.inputs, 1);
	p.input = NULL;
	net_stream_pause(p.s, true);
	net_stream_pause(p.s, false);
	for (int i = 0; i < 100; i++)
		net_loop_turn(p.loop, 0);
	EQ_MEM(p.got.p, p.got.len, big, 100000);
	OK(p.inputs < 20); /* large reads once they are taken whole */
	free(big);
	pair_close(&p);
}

/* Neither when it has taken all before, as long as that was little. */
TEST(stream_input_is_bounded_after_commands)
{
	struct pair p;
	char *big = pair_pattern(50000);

	pair_open(&p, 1000);
	pair_send(&p, "NOOP\r\n");
	pair_settle(&p);
	p.input = pair_take_none;
	OK(send(p.fd, big, 50000, MSG_NOSIGNAL) == 50000);
	pair_settle(&p);
	EQ_INT(net_stream_waiting(p.s), 1000);
	free(big);
	pair_close(&p);
}

/* A resume asks once; and the loop can sleep then. */
TEST(stream_asks_once)
{
	struct pair p;
	uint64_t start;

	pair_open_with(&p, 4096, pair_take_none);
	pair_send(&p, "abc");
	pair_settle(&p);
	EQ_INT(p.inputs, 1);
	net_stream_pause(p.s, true);
	net_stream_pause(p.s, false);
	pair_settle(&p);
	EQ_INT(p.inputs, 2);
	start = clock_mono_ms();
	net_loop_turn(p.loop, 40);
	OK(clock_mono_ms() - start >= 30);
	pair_close(&p);
}

TEST(stream_back_pressure)
{
	struct pair p;
	char *big = pair_pattern(50000);
	struct buf sent = BUF_INIT(64000000), b = BUF_INIT(64000000);
	int full = 0;

	pair_open(&p, 4096);
	while (sent.len < 5000000) {
		if (net_stream_full(p.s)) {
			int before = p.drained;

			full++;
			pair_settle(&p);
			EQ_INT(p.drained, before);
			for (int i = 0; i < 1000 && p.drained == before; i++) {
				(void)pair_recv(&p, &b);
				net_loop_turn(p.loop, 0);
			}
			EQ_INT(p.drained, before + 1);
			OK(net_stream_unsent(p.s) < 64 * 1024);
		}
		net_stream_write(p.s, slice_of(big, 50000));
		buf_add(&sent, big, 50000);
	}
	OK(full > 5);
	for (int i = 0; i < 1000 && net_stream_unsent(p.s) > 0; i++) {
		net_loop_turn(p.loop, 0);
		(void)pair_recv(&p, &b);
	}
	EQ_MEM(b.p, b.len, sent.p, sent.len);
	buf_fini(&b);
	buf_fini(&sent);
	free(big);
	pair_close(&p);
}

TEST(stream_addresses)
{
	struct sockaddr_in in = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof in;
	int l = socket(AF_INET, SOCK_STREAM, 0);
	int c = socket(AF_INET, SOCK_STREAM, 0);
	struct net_loop *loop = net_loop_new();
	struct pair p = {.loop = loop};

	OK(bind(l, (struct sockaddr *)&in, len) == 0 && listen(l, 1) == 0);
	OK(getsockname(l, (struct sockaddr *)&in, &len) == 0);
	OK(connect(c, (struct sockaddr *)&in, len) == 0);
	p.s = net_stream_new(loop, accept(l, NULL, NULL), 100, &pair_ops, &p);
	EQ_INT(net_stream_local(p.s)->port, ntohs(in.sin_port));
	OK(net_addr_is_loopback(net_stream_peer(p.s)));
	OK(net_stream_peer(p.s)->port != 0);
	net_stream_free(&p.s);
	close(l);
	close(c);
	net_loop_free(&loop);
}

/*
 * Whatever the chunks that octets come in and the way the session takes them,
 * it sees the same octets in the same order, and all of them.
 */
static unsigned seed;

static size_t
take_at_random(struct pair *p, struct slice in)
{
	size_t n = (size_t)rand_r(&seed) % (in.len + 1);

	switch (rand_r(&seed) % 6) {
	case 0:
		net_stream_pause(p->s, true);
		return n;
	case 1:
		net_stream_pause(p->s, true);
		net_stream_pause(p->s, false);
		return n;
	case 2:
		net_stream_write(p->s, slice_first(in, n));
		return in.len;
	default:
		return in.len;
	}
}

TEST(stream_random_chunks)
{
	for (seed = 1; seed < 60; seed++) {
		size_t total = 300000, at = 0, idle = 0;
		char *big = pair_pattern(total), name[20];
		struct buf echo = BUF_INIT(1000000);
		struct pair p;
		unsigned max = seed % 3 == 0 ? 3 : seed % 3 == 1 ? 700 : 70000;

		snprintf(name, sizeof name, "seed %u", seed);
		unit_case(name);
		if (max == 3)
			total = 3000;
		pair_open_with(&p, 1 + seed * 37 % 5000, take_at_random);
		while (p.got.len < total && idle < 1000) {
			size_t n = (unsigned)rand_r(&seed) % max + 1,
			       had = p.got.len;

			if (n > total - at)
				n = total - at;
			if (n > 0) {
				ssize_t r =
				    send(p.fd, big + at, n, MSG_NOSIGNAL);

				at += r > 0 ? (size_t)r : 0;
			}
			net_loop_turn(p.loop, 0);
			if (rand_r(&seed) % 3 == 0)
				net_stream_pause(p.s, false);
			/* a session that takes nothing asks for more some time
			 */
			if (p.got.len == had && ++idle % 10 == 0) {
				net_stream_pause(p.s, true);
				net_stream_pause(p.s, false);
			} else if (p.got.len != had) {
				idle = 0;
			}
			(void)pair_recv(&p, &echo);
		}
		EQ_MEM(p.got.p, p.got.len, big, total);
		free(big);
		buf_fini(&echo);
		pair_close(&p);
	}
}
