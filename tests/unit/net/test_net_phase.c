/* The phases of a stream: end of file, finishing, time-outs, being freed. */
#include "net/net_stream.h"

#include "../unit.h"
#include "base/clock.h"
#include "pair.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *
got(struct pair *p)
{
	return buf_cstr(&p->got);
}

TEST(phase_peer_closes)
{
	struct pair p;

	pair_open_with(&p, 4096, pair_take_lines);
	pair_send(&p, "one\ntw");
	close(p.fd);
	p.fd = -1;
	pair_settle(&p);
	EQ_STR(got(&p), "one\n");
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_CLOSED);
	net_stream_write(p.s, SLICE("into nowhere"));
	net_stream_pause(p.s, true);
	net_stream_pause(p.s, false);
	net_stream_finish(p.s, 10);
	OK(net_stream_reserve(p.s, 10) == NULL);
	pair_settle(&p);
	EQ_INT(p.closed, 1);
	pair_close(&p);
}

/* Half close: who has sent its last command still gets all replies. */
TEST(phase_half_close_while_paused)
{
	struct pair p;

	pair_open_with(&p, 4096, pair_take_line_pause);
	pair_send(&p, "one\ntwo\n");
	OK(shutdown(p.fd, SHUT_WR) == 0);
	for (int i = 0; i < 2; i++) {
		pair_settle(&p);
		EQ_INT(p.closed, 0);
		net_stream_write(p.s, SLICE("ok\r\n"));
		net_stream_pause(p.s, false);
	}
	pair_settle(&p);
	EQ_STR(got(&p), "one\ntwo\n");
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_CLOSED);
	pair_expect(&p, "ok\r\nok\r\n");
	pair_close(&p);
}

TEST(phase_half_close_waits_for_output)
{
	struct pair p;
	char *big = pair_pattern(2000000);
	struct buf b = BUF_INIT(4000000);

	pair_open(&p, 4096);
	net_stream_write(p.s, slice_of(big, 2000000));
	OK(shutdown(p.fd, SHUT_WR) == 0);
	pair_settle(&p);
	EQ_INT(p.closed, 0);
	OK(net_stream_unsent(p.s) > 0);
	for (int i = 0; i < 1000 && p.closed == 0; i++) {
		(void)pair_recv(&p, &b);
		net_loop_turn(p.loop, 0);
	}
	(void)pair_recv(&p, &b);
	EQ_INT(p.closed, 1);
	EQ_MEM(b.p, b.len, big, 2000000);
	buf_fini(&b);
	free(big);
	pair_close(&p);
}

TEST(phase_reset_by_peer)
{
	struct pair p;

	pair_open(&p, 4096);
	net_stream_write(p.s, SLICE("unread"));
	pair_settle(&p);
	close(p.fd); /* with octets unread: a reset */
	p.fd = -1;
	pair_settle(&p);
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_CLOSED);
	pair_close(&p);
}

TEST(phase_write_to_a_closed_peer)
{
	struct pair p;

	pair_open(&p, 4096);
	net_stream_pause(p.s, true);
	close(p.fd);
	p.fd = -1;
	pair_settle(&p);
	EQ_INT(p.closed, 0); /* not read, so not known */
	net_stream_write(p.s, SLICE("x"));
	pair_settle(&p); /* and no SIGPIPE */
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_CLOSED);
	pair_close(&p);
}

/* High and low water, with the exact octets in the end. */
TEST(phase_finish)
{
	struct pair p;
	struct buf b = BUF_INIT(100);

	pair_open(&p, 4096);
	net_stream_write(p.s, SLICE("bye"));
	net_stream_finish(p.s, 10000);
	net_stream_write(p.s, SLICE("too late"));
	EQ_INT(p.closed, 0);
	pair_settle(&p);
	OK(!pair_recv(&p, &b)); /* our side is ended */
	EQ_STR(buf_cstr(&b), "bye");
	EQ_INT(p.closed, 0);
	pair_send(&p, "still talking"); /* is read away, not offered */
	pair_settle(&p);
	EQ_INT(p.inputs, 0);
	EQ_INT(p.closed, 0);
	OK(shutdown(p.fd, SHUT_WR) == 0);
	pair_settle(&p);
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_CLOSED);
	buf_fini(&b);
	pair_close(&p);
}

TEST(phase_finish_without_linger)
{
	struct pair p;
	struct buf b = BUF_INIT(100);

	pair_open(&p, 4096);
	net_stream_write(p.s, SLICE("bye"));
	net_stream_finish(p.s, 0);
	net_loop_turn(p.loop, 0);
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_CLOSED);
	OK(!pair_recv(&p, &b));
	EQ_STR(buf_cstr(&b), "bye");
	buf_fini(&b);
	pair_close(&p);
}

enum { WALL = 1 };
static uint64_t now_ms;

static void
set_now(uint64_t ms)
{
	now_ms = ms;
	clock_set_for_test(WALL, ms * 1000);
}

static void
pass(struct pair *p, uint64_t ms)
{
	set_now(now_ms + ms);
	pair_settle(p);
}

TEST(phase_finish_lingers_no_longer)
{
	struct pair p;

	set_now(1000);
	pair_open(&p, 4096);
	net_stream_write(p.s, SLICE("bye"));
	net_stream_finish(p.s, 500);
	pass(&p, 499);
	EQ_INT(p.closed, 0);
	pass(&p, 1);
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_CLOSED);
	pair_close(&p);
	clock_set_for_test(0, 0);
}

TEST(phase_finish_of_a_slow_reader)
{
	struct pair p;
	char *big = pair_pattern(2000000);

	set_now(1000);
	pair_open(&p, 4096);
	net_stream_write(p.s, slice_of(big, 2000000));
	net_stream_finish(p.s, 500);
	pass(&p, 499);
	EQ_INT(p.closed, 0);
	pass(&p, 1);
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_TIMEOUT);
	free(big);
	pair_close(&p);
	clock_set_for_test(0, 0);
}

TEST(phase_input_timeout)
{
	struct pair p;

	set_now(1000);
	pair_open(&p, 4096);
	net_stream_set_timeouts(p.s, 300, 0);
	pass(&p, 200);
	pair_send(&p, "x");
	pass(&p, 200); /* starts again with each octet */
	pass(&p, 200);
	EQ_INT(p.closed, 0);
	net_stream_write(p.s, SLICE("reply"));
	pass(&p, 200); /* and with our reply */
	EQ_INT(p.closed, 0);
	net_stream_pause(p.s, true); /* does not run while paused */
	pass(&p, 5000);
	EQ_INT(p.closed, 0);
	net_stream_pause(p.s, false);
	pass(&p, 299);
	EQ_INT(p.closed, 0);
	pass(&p, 1);
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_TIMEOUT);
	pair_close(&p);
	clock_set_for_test(0, 0);
}

TEST(phase_timeouts_changed)
{
	struct pair p;

	set_now(1000);
	pair_open(&p, 4096);
	net_stream_set_timeouts(p.s, 100000, 0);
	net_stream_set_timeouts(p.s, 50, 0); /* sooner than the timer stands */
	pass(&p, 50);
	EQ_INT(p.closed_err, ERR_TIMEOUT);
	pair_close(&p);
	pair_open(&p, 4096);
	net_stream_set_timeouts(p.s, 50, 0);
	net_stream_set_timeouts(p.s, 0, 0);
	pass(&p, 100000);
	EQ_INT(p.closed, 0);
	pair_close(&p);
	clock_set_for_test(0, 0);
}

TEST(phase_output_timeout)
{
	struct pair p;
	char *big = pair_pattern(2000000);
	struct buf b = BUF_INIT(4000000);

	set_now(1000);
	pair_open(&p, 4096);
	net_stream_set_timeouts(p.s, 400, 300);
	net_stream_write(p.s, slice_of(big, 2000000));
	for (int i = 0; i < 5; i++) { /* slow, but there is progress */
		pass(&p, 250);
		EQ_INT(p.closed, 0);
		OK(pair_recv(&p, &b));
		pair_settle(&p);
	}
	pass(&p, 299);
	EQ_INT(p.closed, 0);
	pass(&p, 1);
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_TIMEOUT);
	buf_fini(&b);
	free(big);
	pair_close(&p);
	clock_set_for_test(0, 0);
}

TEST(phase_freed_in_callbacks)
{
	struct pair p;
	char *big = pair_pattern(1000000);
	struct buf b = BUF_INIT(2000000);

	unit_case("input");
	pair_open(&p, 4096);
	p.free_in_input = true;
	pair_send(&p, "x");
	pair_settle(&p);
	OK(p.s == NULL && p.inputs == 1 && p.closed == 0);
	pair_close(&p);

	unit_case("input, with a rest");
	pair_open_with(&p, 4096, pair_take_line_pause);
	pair_send(&p, "a\nb\nc");
	pair_settle(&p);
	p.free_in_input = true;
	net_stream_pause(p.s, false);
	pair_settle(&p);
	OK(p.s == NULL && p.inputs == 2);
	pair_close(&p);

	unit_case("input, with output");
	pair_open(&p, 4096);
	p.free_in_input = true;
	net_stream_write(p.s, slice_of(big, 1000000));
	pair_send(&p, "x");
	pair_settle(&p);
	OK(p.s == NULL);
	pair_close(&p);

	unit_case("drained");
	pair_open(&p, 4096);
	p.free_in_drained = true;
	net_stream_write(p.s, slice_of(big, 1000000));
	for (int i = 0; i < 1000 && p.s != NULL; i++) {
		net_loop_turn(p.loop, 0);
		(void)pair_recv(&p, &b);
	}
	OK(p.s == NULL && p.drained == 1);
	pair_close(&p);

	unit_case("closed");
	pair_open(&p, 4096);
	p.free_in_closed = true;
	OK(shutdown(p.fd, SHUT_WR) == 0);
	pair_settle(&p);
	OK(p.s == NULL && p.closed == 1);
	pair_close(&p);

	unit_case("closed after finish");
	pair_open(&p, 4096);
	p.free_in_closed = true;
	net_stream_finish(p.s, 0);
	pair_settle(&p);
	OK(p.s == NULL && p.closed == 1);
	pair_close(&p);
	buf_fini(&b);
	free(big);
}

static size_t
finish_at_once(struct pair *p, struct slice in)
{
	(void)in;
	net_stream_write(p->s, SLICE("bye"));
	net_stream_finish(p->s, 0);
	return 1; /* the rest is of no interest any more */
}

TEST(phase_finished_inside_input)
{
	struct pair p;

	pair_open_with(&p, 4096, finish_at_once);
	pair_send(&p, "QUIT\nand more");
	pair_expect(&p, "bye");
	EQ_INT(p.inputs, 1);
	EQ_INT(p.closed, 1);
	EQ_INT(p.closed_err, ERR_CLOSED);
	pair_close(&p);
}

/* Nobody looks after it any more: it says goodbye and goes by itself. */
TEST(phase_left)
{
	struct pair p;

	pair_open(&p, 4096);
	net_stream_write(p.s, SLICE("QUIT\r\n"));
	net_stream_leave(&p.s, 1000);
	OK(p.s == NULL);
	pair_expect(&p, "QUIT\r\n");
	pair_send(&p, "221 bye\r\n");
	pair_settle(&p);
	OK(shutdown(p.fd, SHUT_WR) == 0);
	pair_settle(&p);
	OK(send(p.fd, "x", 1, MSG_NOSIGNAL) < 0); /* it is closed */
	EQ_INT(p.closed + p.inputs, 0);
	pair_close(&p);

	unit_case("in time");
	clock_set_for_test(1, 1000000);
	pair_open(&p, 4096);
	net_stream_leave(&p.s, 1000);
	pair_settle(&p);
	OK(send(p.fd, "x", 1, MSG_NOSIGNAL) == 1);
	clock_set_for_test(1, 2000000);
	pair_settle(&p);
	OK(send(p.fd, "x", 1, MSG_NOSIGNAL) < 0);
	clock_set_for_test(0, 0);
	pair_close(&p);

	unit_case("with the loop");
	pair_open(&p, 4096);
	net_stream_write(p.s, SLICE("QUIT\r\n"));
	net_stream_leave(&p.s, 1000);
	pair_close(&p);

	unit_case("when it is over");
	pair_open(&p, 4096);
	OK(shutdown(p.fd, SHUT_WR) == 0);
	pair_settle(&p);
	EQ_INT(p.closed, 1);
	net_stream_leave(&p.s, 1000);
	OK(p.s == NULL);
	pair_close(&p);
}
