#include "sink.h"

#include "../unit.h"
#include "../unit_tcp.h"
#include "base/clock.h"
#include "net/net_listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	QUIET = 4,        /* turns in which nothing happens */
	PATIENCE = 100000 /* naps, for what is on its way */
};

static void
note(struct sink *s, const char *what, const struct smtp_verdict *v)
{
	buf_addf(&s->said, "%s %s %u %s %.*s\n", what, err_name(v->err),
	    v->code, v->status, (int)v->len, v->text);
}

static void
free_at(struct sink *s, char where)
{
	if (s->free_in == where)
		smtp_client_free(&s->client);
}

static void
on_ready(void *ctx, const struct smtp_verdict *v)
{
	struct sink *s = ctx;

	note(s, "ready", v);
	if (v->err == ERR_OK && s->sends > 0) {
		s->sends--;
		smtp_client_send(s->client, &s->mail);
	}
	free_at(s, 'r');
}

void
sink_body(struct sink *s)
{
	size_t at = (size_t)s->want_at;
	struct slice rest;

	if (s->endless)
		at %= s->body.len;
	rest = slice_skip(s->body, at);
	if (s->piece != 0)
		rest = slice_first(rest, s->piece);
	s->want_open = false;
	smtp_client_body(s->client, rest, s->body_err);
}

static void
on_want(void *ctx, uint64_t offset)
{
	struct sink *s = ctx;

	s->want_at = offset;
	s->want_open = true;
	free_at(s, 'w');
	if (!s->late && s->client != NULL)
		sink_body(s);
}

static void
on_recipient(void *ctx, unsigned i, const struct smtp_verdict *v)
{
	struct sink *s = ctx;
	char what[20];

	(void)snprintf(what, sizeof what, "rcpt %u", i);
	note(s, what, v);
	s->whole = v->whole;
	free_at(s, 'c');
}

static void
on_finished(void *ctx, bool usable)
{
	struct sink *s = ctx;

	buf_add_str(&s->said, usable ? "finished usable\n" : "finished\n");
	if (usable && s->sends > 0) {
		s->sends--;
		smtp_client_send(s->client, &s->mail);
	}
	free_at(s, 'f');
}

static void
on_closed(void *ctx)
{
	struct sink *s = ctx;

	buf_add_str(&s->said, "closed\n");
	free_at(s, 'l');
}

static const struct smtp_client_ops ops = {
    .ready = on_ready,
    .want = on_want,
    .recipient = on_recipient,
    .finished = on_finished,
    .closed = on_closed,
};

void
sink_init(struct sink *s)
{
	struct net_addr at;

	*s = (struct sink){.listener = -1, .fd = -1};
	clock_set_for_test(1795443660000000, 1000000000);
	conf_defaults(&s->conf);
	strcpy(s->conf.hostname, "host.test");
	s->loop = net_loop_new();
	s->site = (struct smtp_client_site){.loop = s->loop, .conf = &s->conf};
	buf_init(&s->in, 64 << 20);
	buf_init(&s->said, 1 << 20);
	OK(net_addr_parse(SLICE("127.0.0.1:0"), &at) == ERR_OK);
	OK(net_listen_open(&at, false, &s->listener) == ERR_OK);
	OK(net_addr_of_socket(s->listener, false, &s->target.addr) == ERR_OK);
	s->target.tls = CONF_OUT_NEVER;
	s->conf.outbound.command_ms = 3600 * 1000;
	strcpy(s->target.host, "mx.test");
}

void
sink_mail(struct sink *s, unsigned nrcpts)
{
	static const char *const addrs[] = {
	    "r0@mx.test", "r1@mx.test", "r2@mx.test"};

	for (unsigned i = 0; i < nrcpts; i++)
		s->rcpts[i].addr = slice_str(addrs[i]);
	s->sends = nrcpts > 0;
	s->body = slice_str(BODY);
	s->mail = (struct smtp_client_mail){.from = SLICE("a@host.test"),
	    .rcpt = s->rcpts,
	    .nrcpts = nrcpts,
	    .octets = s->body.len};
}

void
sink_fini(struct sink *s)
{
	smtp_client_free(&s->client);
	sink_hang_up(s);
	close(s->listener);
	net_loop_free(&s->loop);
	buf_fini(&s->in);
	buf_fini(&s->said);
	clock_set_for_test(0, 0);
}

void
sink_begin(struct sink *s)
{
	s->client = smtp_client_new(&s->site, &s->target, &ops, s);
	OK(s->client != NULL);
	EQ_INT(s->said.len, 0);
}

static bool
turn(struct sink *s)
{
	char block[65536];
	const int one = 1;
	ssize_t n = -1;
	bool news = false;
	int fd;

	net_loop_turn(s->loop, 0);
	fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK);
	if (fd >= 0) {
		sink_hang_up(s);
		s->fd = fd;
		s->connects++;
		buf_reset(&s->in);
		(void)setsockopt(
		    fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		news = true;
		if (s->accepted != NULL)
			s->accepted(s);
	}
	while (s->fd >= 0 && !s->deaf &&
	       (n = recv(s->fd, block, sizeof block, 0)) > 0) {
		buf_add(&s->in, block, (size_t)n);
		s->reads++;
		news = true;
	}
	return news;
}

void
sink_settle(struct sink *s)
{
	uint64_t seen = 0;
	int left = PATIENCE;

	do {
		if (seen != 0)
			(void)usleep(100);
		for (int quiet = 0; quiet < QUIET;)
			quiet = turn(s) ? 0 : quiet + 1;
	} while (!unit_tcp_quiet(&seen, s->deaf ? s->fd : -1) && --left > 0);
	OK(left > 0);
}

void
sink_say(struct sink *s, struct slice text)
{
	if (text.len > 0)
		OK(send(s->fd, text.p, text.len, MSG_NOSIGNAL) ==
		    (ssize_t)text.len);
	sink_settle(s);
}

void
sink_hang_up(struct sink *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static void
expect_line(struct sink *s, struct slice want)
{
	struct slice got = buf_slice(&s->in), line;

	if (slice_cut(&got, '\n', &line) && line.len > 0 &&
	    line.p[line.len - 1] == '\r')
		line.len--;
	EQ_MEM(line.p, line.len, want.p, want.len);
	buf_drop(&s->in, s->in.len - got.len);
}

static void
step(struct sink *s, struct slice line, struct buf *out)
{
	struct slice text = slice_skip(line, 3);
	uint32_t n = 0;

	if (line.p[0] == 'S') {
		buf_add_slice(out, text);
		buf_add_str(out, "\r\n");
		return;
	}
	sink_say(s, buf_slice(out));
	buf_reset(out);
	switch (line.p[0]) {
	case 'C':
		if (line.p[1] == '.')
			EQ_SLICE(buf_slice(&s->in), "");
		else
			expect_line(s, text);
		break;
	case 'X':
		sink_hang_up(s);
		break;
	case 'A':
		sink_settle(s);
		EQ_INT(s->connects, 2);
		break;
	default: /* T */
		for (size_t i = 2; i < line.len; i++)
			n = n * 10 + (uint32_t)(line.p[i] - '0');
		clock_set_for_test(clock_wall_us() + n * 1000000ULL,
		    clock_mono_us() + n * 1000000ULL);
	}
	sink_settle(s);
}

void
sink_play(struct sink *s, const char *script)
{
	struct slice rest = slice_str(script), line;
	struct buf out = BUF_INIT(1 << 20);

	sink_settle(s);
	while (rest.len > 0) {
		(void)slice_cut(&rest, '\n', &line);
		if (line.len > 0)
			step(s, line, &out);
	}
	sink_say(s, buf_slice(&out));
	buf_fini(&out);
}
