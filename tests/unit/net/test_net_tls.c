#include "net/net_tls.h"

#include "../unit.h"
#include "tls_client.h"

#include <openssl/x509v3.h>
#include <string.h>

static const unsigned char ticket_key[NET_TLS_TICKET_KEY] = "same for all";

static size_t
echo(struct pair *p, struct slice in)
{
	net_stream_write(p->s, in);
	return in.len;
}

struct offer {
	const char *name;
	int min, max;
	const char *suites; /* of TLS 1.2; NULL: as they are */
	bool min_13;        /* the server's setting */
	bool want;
	const char *tls_name; /* begins with */
};

/* What the server takes, and what it refuses. */
static const struct offer offers[] = {
    {"1.3",	    TLS1_3_VERSION, TLS1_3_VERSION, NULL,                false, true,  "TLSv1.3 TLS_"                         },
    {"1.3 only",       TLS1_2_VERSION, TLS1_3_VERSION, NULL,                true,  true,
     "TLSv1.3 TLS_"													      },
    {"1.2 GCM",        TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE+AESGCM",      false, true,
     "TLSv1.2 ECDHE-ECDSA-AES"												   },
    {"1.2 ChaCha",     TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE+CHACHA20",    false,
     true,										"TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305"},
    {"1.2 refused",    TLS1_2_VERSION, TLS1_2_VERSION, NULL,                true,  false, ""                                     },
    {"1.2 CBC",        TLS1_2_VERSION, TLS1_2_VERSION,
     "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA",                    false, false, ""                                     },
    {"1.2 no secrecy", TLS1_2_VERSION, TLS1_2_VERSION, "kRSA",              false, false,
     ""															  },
    {"1.2 anonymous",  TLS1_2_VERSION, TLS1_2_VERSION, "aNULL:@SECLEVEL=0",
     false,									false, ""				     },
    {"1.1",	    TLS1_1_VERSION, TLS1_1_VERSION, "ALL:@SECLEVEL=0",   false, false,
     ""															  },
    {"1.0",	    TLS1_VERSION,   TLS1_VERSION,   "ALL:@SECLEVEL=0",   false, false, ""                                     },
};

static struct net_tls *
settings(bool min_13)
{
	struct buf chain = BUF_INIT(10000), key = BUF_INIT(10000);
	struct buf why = BUF_INIT(1000);
	struct net_tls *t;

	EQ_INT(net_tls_self_signed("h", &chain, &key), ERR_OK);
	t = net_tls_new(buf_slice(&chain), buf_slice(&key), min_13, NULL, &why);
	OK(t != NULL);
	buf_fini(&chain);
	buf_fini(&key);
	buf_fini(&why);
	return t;
}

static void
try_offer(const struct offer *o)
{
	struct net_tls *t = settings(o->min_13);
	struct client c;
	struct pair p;

	pair_open_with(&p, 4096, echo);
	EQ_INT(net_stream_starttls(p.s, t), ERR_OK);
	net_tls_unref(&t);
	client_open(&c, &p);
	SSL_set_min_proto_version(c.ssl, o->min);
	SSL_set_max_proto_version(c.ssl, o->max);
	if (o->suites != NULL)
		OK(SSL_set_cipher_list(c.ssl, o->suites) == 1);
	client_settle(&c);
	EQ_INT(c.shaken, o->want);
	EQ_INT(p.secured, 1);
	EQ_INT(p.secured_err, o->want ? ERR_OK : ERR_PROTO);
	EQ_INT(net_stream_secure(p.s), o->want);
	EQ_SLICE(slice_first(net_stream_tls_name(p.s), strlen(o->tls_name)),
	    o->tls_name);
	if (o->want) {
		client_send(&c, SLICE("hello"));
		client_settle(&c);
		EQ_STR(buf_cstr(&c.got), "hello");
	}
	EQ_INT(p.closed, 0);
	client_close(&c);
	pair_close(&p);
}

TEST(tls_versions_and_suites)
{
	for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
		unit_case(offers[i].name);
		try_offer(&offers[i]);
	}
}

static void
add_name(struct net_tls *t, const char *name, const char *host, enum err want)
{
	struct buf chain = BUF_INIT(10000), key = BUF_INIT(10000);
	struct buf why = BUF_INIT(1000);

	EQ_INT(net_tls_self_signed(host, &chain, &key), ERR_OK);
	EQ_INT(
	    net_tls_add_name(t, name, buf_slice(&chain), buf_slice(&key), &why),
	    want);
	OK((why.len > 0) == (want != ERR_OK));
	buf_fini(&chain);
	buf_fini(&key);
	buf_fini(&why);
}

static const struct {
	const char *asked, *host; /* whose certificate comes */
} names[] = {
    {NULL,		"first"},
    {"unknown.test",      "first"},
    {"mail.example.test", "mail" },
    {"MAIL.Example.TEST", "mail" },
    {"any.example.test",  "wild" },
    {"a.b.example.test",  "first"},
    {"example.test",      "first"},
    {"nodots",            "first"},
};

TEST(tls_certificate_by_name)
{
	struct net_tls *t = tls_for("first", NULL);
	char longest[300];

	add_name(t, "Mail.example.test", "mail", ERR_OK);
	add_name(t, "*.example.test", "wild", ERR_OK);
	add_name(t, "mail.EXAMPLE.test", "again", ERR_EXISTS);
	memset(longest, 'a', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	add_name(t, longest, "long", ERR_TOOBIG);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct client c;
		struct pair p;
		X509 *x;

		unit_case(names[i].asked == NULL ? "-" : names[i].asked);
		pair_open(&p, 4096);
		EQ_INT(net_stream_starttls(p.s, t), ERR_OK);
		client_open(&c, &p);
		if (names[i].asked != NULL)
			SSL_set_tlsext_host_name(c.ssl, names[i].asked);
		client_settle(&c);
		x = SSL_get1_peer_certificate(c.ssl);
		OK(x != NULL &&
		    X509_check_host(x, names[i].host, 0, 0, NULL) == 1);
		X509_free(x);
		client_close(&c);
		pair_close(&p);
	}
	net_tls_unref(&t);
}

/* Handshake with t, resuming session unless NULL; the new ticket. */
static SSL_SESSION *
visit(struct net_tls *t, int version, SSL_SESSION *session, bool want_reused)
{
	struct client c;
	struct pair p;
	SSL_SESSION *ticket;

	pair_open(&p, 4096);
	EQ_INT(net_stream_starttls(p.s, t), ERR_OK);
	client_open(&c, &p);
	SSL_set_max_proto_version(c.ssl, version);
	if (session != NULL)
		OK(SSL_set_session(c.ssl, session) == 1);
	client_settle(&c);
	OK(c.shaken);
	EQ_INT(SSL_session_reused(c.ssl), want_reused);
	ticket = c.session;
	c.session = NULL;
	/* properly closed, or the client would not resume it */
	SSL_shutdown(c.ssl);
	client_close(&c);
	pair_close(&p);
	return ticket;
}

TEST(tls_resumption_across_workers)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	struct net_tls *one = tls_for("h", ticket_key);
	struct net_tls *two = tls_for("h", ticket_key);
	struct net_tls *other = tls_for("h", NULL);

	for (int i = 0; i < 2; i++) {
		SSL_SESSION *a, *b, *c;

		unit_case(i == 0 ? "1.2" : "1.3");
		a = visit(one, versions[i], NULL, false);
		OK(a != NULL);
		b = visit(two, versions[i], a, true);
		c = visit(other, versions[i], a, false);
		SSL_SESSION_free(a);
		SSL_SESSION_free(b);
		SSL_SESSION_free(c);
	}
	net_tls_unref(&one);
	net_tls_unref(&two);
	net_tls_unref(&other);
}

/* Connections live on after their settings were let go (a reload). */
TEST(tls_certificate_is_for_a_host)
{
	struct buf chain = BUF_INIT(65536), key = BUF_INIT(65536);
	struct buf why = BUF_INIT(1024);
	struct net_tls *t;

	EQ_INT(net_tls_self_signed("mx.example.test", &chain, &key), ERR_OK);
	t = net_tls_new(buf_slice(&chain), buf_slice(&key), false, NULL, &why);
	OK(net_tls_is_for(t, "mx.example.test"));
	OK(net_tls_is_for(t, "MX.example.test"));
	OK(!net_tls_is_for(t, "example.test"));
	OK(!net_tls_is_for(t, ""));
	net_tls_unref(&t);
	buf_fini(&why);
	buf_fini(&key);
	buf_fini(&chain);
}

TEST(tls_settings_are_counted)
{
	struct net_tls *t = tls_for("h", NULL), *again = net_tls_ref(t);
	struct client c;
	struct pair p;

	OK(again == t);
	net_tls_unref(&again);
	pair_open_with(&p, 4096, echo);
	EQ_INT(net_stream_starttls(p.s, t), ERR_OK);
	net_tls_unref(&t);
	client_open(&c, &p);
	client_settle(&c);
	client_send(&c, SLICE("still here"));
	client_settle(&c);
	EQ_STR(buf_cstr(&c.got), "still here");
	client_close(&c);
	pair_close(&p);
}
