/* Both ends of a connection are streams of ours. Covers: net/net_tls_cache.c */
#include "net/net_tls_client.h"

#include "../unit.h"
#include "base/clock.h"
#include "net/net_tls.h"
#include "net/net_tls_priv.h"
#include "pair.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct duo {
	struct pair c, s; /* client, server */
	struct net_tls *tls;
	struct net_tls_client *client;
	struct buf chain;
};

static struct net_tls_client *
client_for(struct slice ca)
{
	struct buf why = BUF_INIT(1000);
	struct net_tls_client *t = net_tls_client_new(ca, &why);

	EQ_STR(buf_cstr(&why), "");
	buf_fini(&why);
	return t;
}

/* A server with a certificate for host, and a client that knows it. */
static void
duo_init(struct duo *d, const char *host)
{
	struct buf key = BUF_INIT(10000), why = BUF_INIT(1000);

	*d = (struct duo){0};
	buf_init(&d->chain, 10000);
	EQ_INT(net_tls_self_signed(host, &d->chain, &key), ERR_OK);
	d->tls = net_tls_new(
	    buf_slice(&d->chain), buf_slice(&key), false, NULL, &why);
	OK(d->tls != NULL);
	d->client = client_for(buf_slice(&d->chain));
	buf_fini(&key);
	buf_fini(&why);
}

static void
duo_connect(struct duo *d)
{
	pair_open(&d->c, 4096);
	d->s = (struct pair){.loop = d->c.loop, .fd = -1};
	buf_init(&d->s.got, 64 * 1024 * 1024);
	d->s.s = net_stream_new(d->s.loop, d->c.fd, 4096, &pair_ops, &d->s);
	d->c.fd = -1;
}

static void
duo_part(struct duo *d)
{
	net_stream_free(&d->s.s);
	buf_fini(&d->s.got);
	pair_close(&d->c);
}

static void
duo_fini(struct duo *d)
{
	net_tls_unref(&d->tls);
	net_tls_client_free(&d->client);
	buf_fini(&d->chain);
}

static void
shake(struct duo *d, const char *host, enum net_tls_trust trust)
{
	EQ_INT(net_stream_starttls(d->s.s, d->tls), ERR_OK);
	EQ_INT(net_stream_tls_connect(
		   d->c.s, d->client, host, trust, SLICE("key")),
	    ERR_OK);
	for (int i = 0; i < 5; i++)
		pair_settle(&d->c);
	EQ_INT(d->c.secured, 1);
}

/* clang-format off */
static const struct {
	const char *name, *cert, *host;
	enum net_tls_trust trust;
	bool known; /* the client has the certificate */
	enum err want;
	bool verified;
	const char *why;
} cases[] = {
    {"verified", "mx.test", "mx.test", NET_TLS_VERIFY, true, ERR_OK, true, ""},
    {"case", "mx.test", "MX.Test", NET_TLS_VERIFY, true, ERR_OK, true, ""},
    {"address", "192.0.2.9", "192.0.2.9", NET_TLS_VERIFY, true, ERR_OK, true,
	""},
    {"other name", "mx.test", "my.test", NET_TLS_VERIFY, true, ERR_DENIED,
	false, "hostname mismatch"},
    {"other address", "192.0.2.9", "192.0.2.8", NET_TLS_VERIFY, true,
	ERR_DENIED, false, "IP address mismatch"},
    {"unknown", "mx.test", "mx.test", NET_TLS_VERIFY, false, ERR_DENIED, false,
	"self-signed certificate"},
    {"any, known", "mx.test", "mx.test", NET_TLS_ANY, true, ERR_OK, true, ""},
    {"any, unknown", "mx.test", "mx.test", NET_TLS_ANY, false, ERR_OK, false,
	""},
    {"any, other name", "mx.test", "my.test", NET_TLS_STRONG, true, ERR_OK,
	false, ""},
    {"any, no name", "mx.test", "", NET_TLS_STRONG, true, ERR_OK, false, ""},
};
/* clang-format on */

TEST(tls_client_trust)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct duo d;

		unit_case(cases[i].name);
		duo_init(&d, cases[i].cert);
		if (!cases[i].known) {
			net_tls_client_free(&d.client);
			d.client = client_for(SLICE_NONE);
		}
		duo_connect(&d);
		shake(&d, cases[i].host, cases[i].trust);
		EQ_INT(d.c.secured_err, cases[i].want);
		EQ_INT(net_stream_verified(d.c.s), cases[i].verified);
		EQ_SLICE(net_stream_tls_error(d.c.s), cases[i].why);
		if (cases[i].want == ERR_OK)
			EQ_SLICE(net_stream_tls_name(d.c.s),
			    "TLSv1.3 TLS_AES_256_GCM_SHA384");
		duo_part(&d);
		duo_fini(&d);
	}
}

TEST(tls_client_talks)
{
	size_t n = 1000000;
	char *big = pair_pattern(n);
	struct duo d;

	duo_init(&d, "mx.test");
	duo_connect(&d);
	EQ_INT(net_stream_starttls(d.s.s, d.tls), ERR_OK);
	EQ_INT(net_stream_tls_connect(
		   d.c.s, d.client, "mx.test", NET_TLS_VERIFY, SLICE_NONE),
	    ERR_OK);
	EQ_INT(net_stream_tls_connect(
		   d.c.s, d.client, "mx.test", NET_TLS_VERIFY, SLICE_NONE),
	    ERR_BUSY);
	net_stream_write(d.c.s, slice_of(big, n)); /* waits for TLS */
	EQ_INT(net_stream_secure(d.c.s), false);
	for (int i = 0; i < 200 && d.s.got.len < n; i++)
		pair_settle(&d.c);
	EQ_INT(d.c.secured_err, ERR_OK);
	OK(net_stream_secure(d.c.s));
	EQ_MEM(d.s.got.p, d.s.got.len, big, n);
	net_stream_write(d.s.s, SLICE("250 ok\r\n"));
	pair_settle(&d.c);
	EQ_STR(buf_cstr(&d.c.got), "250 ok\r\n");
	net_stream_free(&d.s.s);
	pair_settle(&d.c);
	EQ_INT(d.c.closed, 1);
	duo_part(&d);
	duo_fini(&d);
	free(big);
}

/* Was an old session resumed? */
static bool
connect_again(struct duo *d, const char *host, enum net_tls_trust trust)
{
	bool reused;

	duo_connect(d);
	shake(d, host, trust);
	EQ_INT(d->c.secured_err, ERR_OK);
	net_stream_write(d->s.s, SLICE("x")); /* the ticket comes with it */
	pair_settle(&d->c);
	reused = net_stream_resumed(d->c.s);
	duo_part(d);
	return reused;
}

TEST(tls_client_resumes)
{
	struct duo d;

	duo_init(&d, "mx.test");
	OK(!connect_again(&d, "mx.test", NET_TLS_ANY));
	for (int i = 0; i < 5; i++)
		OK(connect_again(&d, "mx.test", NET_TLS_ANY));
	unit_case("but not what was not verified as verified");
	OK(!connect_again(&d, "mx.test", NET_TLS_VERIFY));
	OK(connect_again(&d, "mx.test", NET_TLS_VERIFY));
	OK(!connect_again(&d, "localhost", NET_TLS_VERIFY));
	unit_case("and not for ever");
	clock_set_for_test(0, 0);
	{
		uint64_t now = clock_mono_us();

		clock_set_for_test(
		    clock_wall_us(), now + 3ULL * 3600 * 1000 * 1000);
		OK(!connect_again(&d, "mx.test", NET_TLS_VERIFY));
		clock_set_for_test(0, 0);
	}
	duo_fini(&d);
}

/* Connections outlive the settings. */
TEST(tls_client_is_counted)
{
	struct duo d;

	duo_init(&d, "mx.test");
	duo_connect(&d);
	EQ_INT(net_stream_starttls(d.s.s, d.tls), ERR_OK);
	EQ_INT(net_stream_tls_connect(
		   d.c.s, d.client, "mx.test", NET_TLS_VERIFY, SLICE_NONE),
	    ERR_OK);
	net_tls_client_free(&d.client);
	for (int i = 0; i < 5; i++)
		pair_settle(&d.c);
	EQ_INT(d.c.secured_err, ERR_OK);
	net_stream_write(d.s.s, SLICE("x"));
	pair_settle(&d.c);
	EQ_STR(buf_cstr(&d.c.got), "x");
	duo_part(&d);
	duo_fini(&d);
}

TEST(tls_client_meets_nonsense)
{
	static const char *const words[] = {"454 not now\r\n",
	    "\x16\x03\x03\xff\xff garbage", "\x15\x03\x03\x00\x02\x02\x28"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct net_tls_client *t = client_for(SLICE_NONE);
		struct pair p;
		size_t n = i == 2 ? 7 : strlen(words[i]);

		unit_case(words[i]);
		pair_open(&p, 4096);
		EQ_INT(net_stream_tls_connect(
			   p.s, t, "h.test", NET_TLS_ANY, SLICE_NONE),
		    ERR_OK);
		pair_settle(&p);
		OK(send(p.fd, words[i], n, MSG_NOSIGNAL) == (ssize_t)n);
		pair_settle(&p);
		OK(shutdown(p.fd, SHUT_WR) == 0);
		pair_settle(&p);
		EQ_INT(p.secured, 1);
		OK(p.secured_err == ERR_PROTO || p.secured_err == ERR_CLOSED);
		OK(p.secured_err != ERR_PROTO ||
		    net_stream_tls_error(p.s).len > 0);
		EQ_INT(p.closed, 0);
		EQ_INT(p.inputs, 0);
		pair_close(&p);
		net_tls_client_free(&t);
	}
}

TEST(tls_client_arguments)
{
	struct net_tls_client *t = client_for(SLICE_NONE);
	struct buf why = BUF_INIT(1000);
	struct pair p;
	char host[300] = {0};

	pair_open(&p, 4096);
	EQ_INT(net_stream_tls_connect(p.s, t, "", NET_TLS_VERIFY, SLICE_NONE),
	    ERR_SYNTAX);
	memset(host, 'a', sizeof host - 1);
	EQ_INT(net_stream_tls_connect(p.s, t, host, NET_TLS_ANY, SLICE_NONE),
	    ERR_SYNTAX);
	pair_close(&p);
	net_tls_client_free(&t);
	t = net_tls_client_new(SLICE("-----BEGIN CERTIFICATE-----\nAAAA\n"
				     "-----END CERTIFICATE-----\n"),
	    &why);
	OK(t == NULL);
	OK(slice_starts(
	    buf_slice(&why), SLICE("trusted certificates cannot be read: ")));
	buf_fini(&why);
}

TEST(tls_cache_keeps_the_latest)
{
	struct net_tls_cache c;
	char key[20];

	net_tls_cache_init(&c);
	for (int i = 0; i < 1500; i++) {
		snprintf(key, sizeof key, "%d", i);
		net_tls_cache_put(&c, slice_str(key), SSL_SESSION_new());
	}
	EQ_INT(c.order.count, 1000);
	EQ_INT(c.map.count, 1000);
	net_tls_cache_put(&c, SLICE("1499"), SSL_SESSION_new());
	EQ_INT(c.order.count, 1000);
	net_tls_cache_drop(&c, SLICE("1499"));
	net_tls_cache_drop(&c, SLICE("nobody"));
	EQ_INT(c.order.count, 999);
	unit_case("an empty session is not resumable");
	OK(net_tls_cache_get(&c, SLICE("1498")) == NULL);
	EQ_INT(c.order.count, 998);
	net_tls_cache_fini(&c);
}
