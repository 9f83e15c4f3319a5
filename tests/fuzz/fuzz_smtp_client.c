/*
 * A whole session with a hostile server: whatever it says and however that is
 * cut, the client is ready once, tells each recipient's fate once and the end
 * once, and says that a message was taken only when it has sent all of it.
 *
 * The first octet picks what is sent and how, the second how the server's
 * octets are cut. Connections are socket pairs: net_connect is ours here.
 */
#include "fuzz.h"

#include "base/clock.h"
#include "net/net_connect.h"
#include "smtp/smtp_client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RCPTS = 3,
	MESSAGES = 3,
	F_TLS = 1,
	F_LOGIN = 2,
	F_EIGHT = 4,
	F_UTF8 = 8,
	F_LATE = 16,
	F_PIECES = 32,
	F_BIG = 64,
	F_FREE = 128
};

static struct world {
	unsigned flags;
	struct net_loop *loop;
	struct conf conf;
	struct smtp_client_site site;
	struct smtp_client *client;
	int fd;
	unsigned readies, sends, finishes, closes;
	bool sending, over, wanted;
	uint64_t want_at;
	unsigned told[RCPTS];
	struct slice body;
	struct smtp_client_rcpt rcpt[RCPTS];
	struct smtp_client_mail mail;
	struct buf said; /* by the client in this transaction */
} w;

/* --- connections ---------------------------------------------------------- */

struct net_connect {
	struct net_loop *loop;
	struct net_later later;
	void (*done)(void *ctx, enum err e, int fd);
	void *ctx;
};

static void
connected(void *ctx)
{
	struct net_connect *c = ctx;
	int fd[2];

	if (w.fd >= 0)
		close(w.fd);
	FUZZ_CHECK(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == 0);
	w.fd = fd[1];
	c->done(c->ctx, ERR_OK, fd[0]);
	free(c);
}

struct net_connect *
net_connect_new(struct net_loop *l, const struct net_addr *to,
    const struct net_addr *bind, uint64_t wait_ms,
    void (*done)(void *ctx, enum err e, int fd), void *ctx)
{
	struct net_connect *c = calloc(1, sizeof *c);

	(void)to;
	(void)bind;
	(void)wait_ms;
	FUZZ_CHECK(c != NULL);
	c->loop = l;
	c->done = done;
	c->ctx = ctx;
	net_later_init(&c->later, connected, c);
	net_later_add(l, &c->later);
	return c;
}

void
net_connect_free(struct net_connect **c)
{
	if (*c != NULL)
		net_later_remove((*c)->loop, &(*c)->later);
	free(*c);
	*c = NULL;
}

/* --- what the client tells ------------------------------------------------ */

static void
check(const struct smtp_verdict *v)
{
	FUZZ_CHECK(v->len <= SMTP_CLIENT_REPLY);
	FUZZ_CHECK(slice_is_utf8((struct slice){v->text, v->len}));
	FUZZ_CHECK(memchr(v->status, '\0', sizeof v->status) != NULL);
	FUZZ_CHECK(w.client != NULL);
}

static void
send_next(void)
{
	if (w.sends++ == MESSAGES)
		return;
	memset(w.told, 0, sizeof w.told);
	w.sending = true;
	buf_reset(&w.said);
	smtp_client_send(w.client, &w.mail);
}

static void
on_ready(void *ctx, const struct smtp_verdict *v)
{
	(void)ctx;
	check(v);
	FUZZ_CHECK(w.readies++ == 0);
	w.over = v->err != ERR_OK;
	if (!w.over)
		send_next();
}

static void
give(void)
{
	struct slice s = slice_skip(w.body, (size_t)w.want_at);

	w.wanted = false;
	if ((w.flags & F_PIECES) != 0)
		s = slice_first(s, 1 + w.want_at % 7000);
	smtp_client_body(w.client, s, ERR_OK);
}

static void
on_want(void *ctx, uint64_t offset)
{
	(void)ctx;
	FUZZ_CHECK(w.sending && offset < w.body.len);
	w.wanted = true;
	w.want_at = offset;
	if ((w.flags & F_LATE) == 0)
		give();
}

/* All that the client has written until now. */
static void
hear(void)
{
	char block[65536];
	ssize_t n;

	while (w.fd >= 0 && (n = recv(w.fd, block, sizeof block, 0)) > 0)
		buf_add(&w.said, block, (size_t)n);
}

static bool
all_was_sent(void)
{
	struct slice s, end = SLICE("last line\r\n.\r\n");

	hear();
	s = buf_slice(&w.said);
	if (slice_find_slice(s, SLICE("BDAT ")) < s.len)
		end = SLICE("last line\r\n");
	return slice_ends(s, end);
}

static void
on_recipient(void *ctx, unsigned i, const struct smtp_verdict *v)
{
	(void)ctx;
	check(v);
	FUZZ_CHECK(w.sending && i < RCPTS && w.told[i]++ == 0);
	FUZZ_CHECK(v->err != ERR_OK || all_was_sent());
	FUZZ_CHECK(v->err != ERR_UNKNOWN || all_was_sent());
}

static void
on_finished(void *ctx, bool usable)
{
	(void)ctx;
	FUZZ_CHECK(w.sending && w.client != NULL);
	for (unsigned i = 0; i < RCPTS; i++)
		FUZZ_CHECK(w.told[i] == 1);
	w.sending = w.wanted = false;
	w.finishes++;
	if ((w.flags & F_FREE) != 0) {
		smtp_client_free(&w.client);
		w.over = true;
	} else if (usable) {
		send_next();
	} else {
		w.over = true;
	}
}

static void
on_closed(void *ctx)
{
	(void)ctx;
	FUZZ_CHECK(!w.sending && !w.over && w.readies == 1);
	FUZZ_CHECK(w.closes++ == 0);
	w.over = true;
}

static const struct smtp_client_ops ops = {
    .ready = on_ready,
    .want = on_want,
    .recipient = on_recipient,
    .finished = on_finished,
    .closed = on_closed,
};

/* --- the session ---------------------------------------------------------- */

static void
turn(void)
{
	for (unsigned i = 0; i < 3; i++) {
		net_loop_turn(w.loop, 0);
		hear();
	}
	if (w.wanted && w.client != NULL)
		give();
}

static void
begin(unsigned flags, struct net_tls_client *tls, struct slice body)
{
	struct smtp_client_target target = {.host = "mx.test"};

	w = (struct world){.flags = flags, .fd = -1, .body = body};
	clock_set_for_test(1795443660000000, 1000000000);
	conf_defaults(&w.conf);
	buf_init(&w.said, 64 << 20);
	w.loop = net_loop_new();
	w.site = (struct smtp_client_site){w.loop, &w.conf, tls};
	(void)net_addr_parse(SLICE("127.0.0.1:25"), &target.addr);
	target.tls = (flags & F_TLS) != 0 ? CONF_OUT_MAY : CONF_OUT_NEVER;
	if ((flags & F_LOGIN) != 0) {
		target.user = "user";
		target.password = SLICE("secret");
	}
	for (unsigned i = 0; i < RCPTS; i++)
		w.rcpt[i].addr = SLICE("r@mx.test");
	w.mail = (struct smtp_client_mail){.rcpt = w.rcpt,
	    .nrcpts = RCPTS,
	    .octets = body.len,
	    .eight = (flags & F_EIGHT) != 0,
	    .utf8 = (flags & F_UTF8) != 0};
	w.client = smtp_client_new(&w.site, &target, &ops, NULL);
	FUZZ_CHECK(w.client != NULL);
	turn();
}

static void
end(void)
{
	if (w.fd >= 0)
		(void)shutdown(w.fd, SHUT_WR);
	turn();
	turn();
	FUZZ_CHECK(w.over || w.sends == 0 || w.client == NULL || w.closes == 1);
	FUZZ_CHECK(!w.sending);
	smtp_client_free(&w.client);
	turn();
	if (w.fd >= 0)
		close(w.fd);
	net_loop_free(&w.loop);
	buf_fini(&w.said);
}

static void
make_body(struct buf *b, bool big)
{
	buf_add_str(b, "Subject: x\r\n\r\n.a\r\n..\r\n");
	while (big && b->len < 700000)
		buf_add_str(b, ".0123456789\r\n0123456789\r\n");
	buf_add_str(b, "last line\r\n");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct net_tls_client *tls;
	struct buf body = BUF_INIT(1 << 20), why = BUF_INIT(1000);
	struct slice in = slice_skip(slice_of(data, size), 2);
	uint32_t seed;
	ssize_t n;

	if (size < 2 || size > 16384)
		return 0;
	if (tls == NULL)
		tls = net_tls_client_new(SLICE_NONE, &why);
	seed = data[1];
	make_body(&body, (data[0] & F_BIG) != 0);
	begin(data[0], tls, buf_slice(&body));
	while (in.len > 0 && w.fd >= 0) {
		/* a line at a time, as a server answers; or anyhow */
		size_t len = seed == 0 ? slice_find(in, '\n') + 1
				       : 1 + fuzz_rand(&seed) % 128;

		if (len > in.len)
			len = in.len;
		n = send(w.fd, in.p, len, MSG_NOSIGNAL);
		if (n < 0)
			break;
		in = slice_skip(in, (size_t)n);
		turn();
	}
	end();
	buf_fini(&body);
	buf_fini(&why);
	return 0;
}
