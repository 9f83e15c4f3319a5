/* STARTTLS and implicit TLS from the client's side: what is asked of the
 * server, what is done when it fails, that nothing crosses the handshake. */
#include "smtp/smtp_client.h"

#include "../unit.h"
#include "net/net_tls.h"
#include "net/net_tls_client.h"
#include "sink.h"

#include <string.h>

enum { GOOD, BROKEN, INJECTED, REFUSED };

/* A server that answers by itself. */
static struct server {
	struct sink sink;
	struct net_stream *stream;
	struct net_tls *tls;
	struct net_tls_client *client;
	int kind;
	bool data, deaf; /* in the text; broken, what comes is not read */
	struct buf seen; /* commands, each with '!' in front if over TLS */
} server;

static void
reply(const char *text)
{
	net_stream_write(server.stream, slice_str(text));
}

static void
starttls(void)
{
	if (server.kind == REFUSED) {
		reply("454 4.7.0 not now\r\n");
		return;
	}
	reply("220 go\r\n");
	if (server.kind == INJECTED)
		reply("250-mx.test\r\n250 AUTH PLAIN\r\n");
	else if (server.kind == BROKEN)
		server.deaf = true;
	else
		OK(net_stream_starttls(server.stream, server.tls) == ERR_OK);
}

static void
command(struct slice line)
{
	if (net_stream_secure(server.stream))
		buf_add_char(&server.seen, '!');
	buf_add_slice(&server.seen, line);
	buf_add_char(&server.seen, '\n');
	if (slice_eq(line, SLICE("STARTTLS")))
		starttls();
	else if (slice_starts(line, SLICE("EHLO")))
		reply(
		    net_stream_secure(server.stream)
			? "250-mx.test\r\n250 AUTH PLAIN\r\n"
			: "250-mx.test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n");
	else if (slice_starts(line, SLICE("AUTH")))
		reply("235 in\r\n");
	else if (slice_eq(line, SLICE("DATA")))
		reply("354 go\r\n");
	else if (!server.data || slice_eq(line, SLICE(".")))
		reply("250 ok\r\n");
	server.data = slice_eq(line, SLICE("DATA")) ||
		      (server.data && !slice_eq(line, SLICE(".")));
}

static size_t
on_input(void *ctx, struct slice in)
{
	struct slice rest = in, line;

	(void)ctx;
	if (server.deaf) {
		reply("what?\r\n");
		return in.len;
	}
	while (slice_find(rest, '\n') < rest.len) {
		(void)slice_cut(&rest, '\n', &line);
		if (line.len > 0 && line.p[line.len - 1] == '\r')
			line.len--;
		command(line);
	}
	return in.len - rest.len;
}

static void
on_secured(void *ctx, enum err e)
{
	(void)ctx;
	if (e == ERR_OK && server.sink.target.implicit_tls)
		reply("220 mx.test\r\n");
}

static void
on_closed(void *ctx, enum err why)
{
	(void)ctx;
	(void)why;
}

static const struct net_stream_ops server_ops = {
    .input = on_input,
    .secured = on_secured,
    .closed = on_closed,
};

static void
serve(struct sink *s)
{
	(void)s;
	net_stream_free(&server.stream);
	server.stream = net_stream_new(
	    server.sink.loop, server.sink.fd, 10000, &server_ops, NULL);
	server.sink.fd = -1;
	server.data = server.deaf = false;
	if (server.sink.target.implicit_tls)
		OK(net_stream_starttls(server.stream, server.tls) == ERR_OK);
	else
		reply("220 mx.test\r\n");
}

static void
settle(void)
{
	for (int i = 0; i < 10; i++)
		sink_settle(&server.sink);
}

/* The client knows the server's certificate, which is for mx.test. */
static void
begin(int kind, uint32_t policy)
{
	struct buf chain = BUF_INIT(65536), key = BUF_INIT(65536),
		   why = BUF_INIT(1000);

	server = (struct server){.kind = kind};
	buf_init(&server.seen, 1 << 20);
	OK(net_tls_self_signed("mx.test", &chain, &key) == ERR_OK);
	server.tls =
	    net_tls_new(buf_slice(&chain), buf_slice(&key), false, NULL, &why);
	server.client = net_tls_client_new(buf_slice(&chain), &why);
	EQ_STR(buf_cstr(&why), "");
	buf_fini(&chain);
	buf_fini(&key);
	buf_fini(&why);
	sink_init(&server.sink);
	server.sink.accepted = serve;
	server.sink.site.tls = server.client;
	server.sink.target.tls = policy;
}

static void
run(const char *said, const char *tls, const char *seen)
{
	sink_begin(&server.sink);
	settle();
	EQ_STR(buf_cstr(&server.sink.said), said);
	EQ_SLICE(smtp_client_tls(server.sink.client), tls);
	EQ_STR(buf_cstr(&server.seen), seen);
}

static void
end(void)
{
	net_stream_free(&server.stream);
	sink_fini(&server.sink);
	net_tls_unref(&server.tls);
	net_tls_client_free(&server.client);
	buf_fini(&server.seen);
}

#define HELLO_TLS "EHLO host.test\nSTARTTLS\n!EHLO host.test\n"
#define IN_TLS "ready ok 250 2.0.0 mx.test AUTH PLAIN\n"
#define IN_CLEAR "ready ok 250 2.0.0 mx.test STARTTLS AUTH PLAIN\n"

/* clang-format off */
static const struct {
	const char *name;
	int kind;
	uint32_t policy;
	const char *host;
	const char *user;
	const char *said, *tls, *seen;
	unsigned connects;
} cases[] = {
    {"may", GOOD, CONF_OUT_MAY, "mx.test", NULL, IN_TLS, "TLSv1.3 verified",
	HELLO_TLS, 1},
    {"may, other name", GOOD, CONF_OUT_MAY, "my.test", NULL, IN_TLS, "TLSv1.3",
	HELLO_TLS, 1},
    {"inherit is may", GOOD, CONF_OUT_INHERIT, "", NULL, IN_TLS,
	"TLSv1.3 verified", HELLO_TLS, 1},
    {"require", GOOD, CONF_OUT_REQUIRE, "my.test", NULL, IN_TLS, "TLSv1.3",
	HELLO_TLS, 1},
    {"verify", GOOD, CONF_OUT_VERIFY, "mx.test", NULL, IN_TLS,
	"TLSv1.3 verified", HELLO_TLS, 1},
    {"verify, address", GOOD, CONF_OUT_VERIFY, "", NULL, IN_TLS,
	"TLSv1.3 verified", HELLO_TLS, 1},
    {"verify, other name", GOOD, CONF_OUT_VERIFY, "my.test", NULL,
	"ready retry 0 4.7.5 TLS handshake failed: hostname mismatch\n", "",
	"EHLO host.test\nSTARTTLS\n", 1},
    {"never", GOOD, CONF_OUT_NEVER, "mx.test", NULL,
	IN_CLEAR, "", "EHLO host.test\n", 1},
    {"login", GOOD, CONF_OUT_REQUIRE, "mx.test", "user",
	"ready ok 235 2.0.0 in\n", "TLSv1.3 verified",
	HELLO_TLS "!AUTH PLAIN AHVzZXIAc2VjcmV0\n", 1},
    {"may, handshake fails", BROKEN, CONF_OUT_MAY, "mx.test", NULL,
	IN_CLEAR, "", "EHLO host.test\nSTARTTLS\nEHLO host.test\n", 2},
    {"require, handshake fails", BROKEN, CONF_OUT_REQUIRE, "mx.test", NULL,
	"ready retry 0 4.7.5 TLS handshake failed: wrong version number\n", "",
	"EHLO host.test\nSTARTTLS\n", 1},
    {"may with a password, handshake fails", BROKEN, CONF_OUT_MAY, "mx.test",
	"user",
	"ready retry 0 4.7.5 TLS handshake failed: wrong version number\n", "",
	"EHLO host.test\nSTARTTLS\n", 1},
    {"may, 454", REFUSED, CONF_OUT_MAY, "mx.test", NULL,
	"ready ok 0 2.0.0 without TLS: the server refused it\n", "",
	"EHLO host.test\nSTARTTLS\n", 1},
    {"require, 454", REFUSED, CONF_OUT_REQUIRE, "mx.test", NULL,
	"ready retry 454 4.7.0 not now\n", "",
	"EHLO host.test\nSTARTTLS\nQUIT\n", 1},
    {"injected", INJECTED, CONF_OUT_MAY, "mx.test", NULL,
	"ready proto 0 4.4.2 server spoke in clear behind STARTTLS "
	"(STARTTLS)\n", "", "EHLO host.test\nSTARTTLS\n", 1},
};
/* clang-format on */

TEST(client_tls_policies)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_case(cases[i].name);
		begin(cases[i].kind, cases[i].policy);
		strcpy(server.sink.target.host, cases[i].host);
		server.sink.target.user = cases[i].user;
		server.sink.target.password = SLICE("secret");
		run(cases[i].said, cases[i].tls, cases[i].seen);
		EQ_INT(server.sink.connects, cases[i].connects);
		end();
	}
}

TEST(client_tls_sends)
{
	begin(GOOD, CONF_OUT_VERIFY);
	sink_mail(&server.sink, 2);
	sink_begin(&server.sink);
	settle();
	OK(slice_ends(buf_slice(&server.sink.said),
	    SLICE("rcpt 0 ok 250 2.0.0 ok\nrcpt 1 ok 250 2.0.0 ok\n"
		  "finished usable\n")));
	OK(slice_ends(buf_slice(&server.seen),
	    SLICE("!DATA\n!Subject: x\n!\n!..hello\n!.\n")));
	unit_case("QUIT goes out too");
	smtp_client_free(&server.sink.client);
	settle();
	OK(slice_ends(buf_slice(&server.seen), SLICE("!QUIT\n")));
	end();
}

TEST(client_tls_implicit)
{
	begin(GOOD, CONF_OUT_MAY);
	server.sink.target.implicit_tls = true;
	run(IN_TLS, "TLSv1.3 verified", "!EHLO host.test\n");
	end();

	unit_case("with a server that does not know");
	begin(GOOD, CONF_OUT_MAY);
	server.sink.target.implicit_tls = true;
	server.sink.accepted = NULL;
	sink_begin(&server.sink);
	sink_settle(&server.sink);
	sink_say(&server.sink, SLICE("220 mx.test\r\n"));
	EQ_STR(buf_cstr(&server.sink.said),
	    "ready retry 0 4.7.5 TLS handshake failed: wrong version "
	    "number\n");
	end();
}

/* Not one octet of a session that is not there. */
TEST(client_tls_without_settings)
{
	begin(GOOD, CONF_OUT_MAY);
	server.sink.site.tls = NULL;
	run(IN_CLEAR, "", "EHLO host.test\n");
	end();
	begin(GOOD, CONF_OUT_REQUIRE);
	server.sink.site.tls = NULL;
	run("ready retry 0 4.7.5 TLS handshake failed: not supported\n", "",
	    "EHLO host.test\nSTARTTLS\n");
	end();
}
