/* Settings of TLS clients, and one handshake's part of them: whom to trust, for
 * which name, and the session to go on with. */
#include "net/net_tls_client.h"

#include "net/net_priv.h"
#include "net/net_tls_priv.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum { HOST_MAX = 255, WHY_MAX = 120 };

struct net_tls_client {
	SSL_CTX *any, *strong;
	struct net_tls_cache cache;
	unsigned refs; /* ours, and one for each handshake and connection */
};

struct net_tls_dial {
	struct net_tls_client *client;
	bool named, verify;
	char why[WHY_MAX];
	size_t key_len;
	char key[];
};

static const char suites_any[] = "DEFAULT:@SECLEVEL=1";
static const char suites_strong[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

/* See net_tls.c about an end without close_notify. */
static const uint64_t options =
    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT |
    SSL_OP_IGNORE_UNEXPECTED_EOF;

static void
unref(struct net_tls_client *t)
{
	if (--t->refs > 0)
		return;
	net_tls_cache_fini(&t->cache);
	SSL_CTX_free(t->any);
	SSL_CTX_free(t->strong);
	free(t);
}

/* The server has given something to resume with: TLS 1.3 does so after the
 * handshake, any number of times. */
static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct net_tls_dial *d = SSL_get_app_data(ssl);

	if (d == NULL)
		return 0;
	net_tls_cache_put(
	    &d->client->cache, (struct slice){d->key, d->key_len}, session);
	return 1; /* ours now */
}

static SSL_CTX *
context(const char *suites, X509_STORE *store)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL)
		return NULL;
	(void)SSL_CTX_set_options(ctx, options);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS |
					SSL_MODE_ENABLE_PARTIAL_WRITE |
					SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ctx, 1);
	(void)SSL_CTX_set_session_cache_mode(
	    ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, keep_session);
	SSL_CTX_set1_cert_store(ctx, store);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(ctx, suites) != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

/* All certificates of pem into store. */
static enum err
add_trusted(X509_STORE *store, struct slice pem)
{
	BIO *b =
	    pem.len > INT_MAX ? NULL : BIO_new_mem_buf(pem.p, (int)pem.len);
	enum err e = ERR_OK;
	X509 *x;

	if (b == NULL)
		return ERR_NOMEM;
	while (e == ERR_OK &&
	       (x = PEM_read_bio_X509_AUX(b, NULL, NULL, NULL)) != NULL) {
		if (X509_STORE_add_cert(store, x) != 1)
			e = ERR_SYNTAX;
		X509_free(x);
	}
	/* the normal end is that there is no further PEM block */
	if (e == ERR_OK &&
	    ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		e = ERR_SYNTAX;
	if (e == ERR_OK)
		ERR_clear_error();
	BIO_free(b);
	return e;
}

static bool
set_up(struct net_tls_client *t, struct slice ca_pem, struct buf *why)
{
	X509_STORE *store = X509_STORE_new();
	bool read = true;

	ERR_clear_error();
	if (store != NULL && ca_pem.len > 0)
		read = add_trusted(store, ca_pem) == ERR_OK;
	if (!read) {
		net_tls_explain(why, "trusted certificates cannot be read");
	} else if (store != NULL) {
		t->any = context(suites_any, store);
		t->strong = context(suites_strong, store);
		if (t->any == NULL || t->strong == NULL)
			net_tls_explain(why, "TLS cannot be set up");
	}
	X509_STORE_free(store);
	return t->any != NULL && t->strong != NULL;
}

struct net_tls_client *
net_tls_client_new(struct slice ca_pem, struct buf *why)
{
	struct net_tls_client *t = calloc(1, sizeof *t);

	if (t == NULL) {
		net_tls_explain(why, err_text(ERR_NOMEM));
		return NULL;
	}
	t->refs = 1;
	net_tls_cache_init(&t->cache);
	if (!set_up(t, ca_pem, why))
		net_tls_client_free(&t);
	return t;
}

void
net_tls_client_free(struct net_tls_client **t)
{
	if (*t != NULL)
		unref(*t);
	*t = NULL;
}

/* --- one handshake -------------------------------------------------------- */

void
net_tls_dial_free(struct net_tls_dial **d)
{
	if (*d != NULL)
		unref((*d)->client);
	free(*d);
	*d = NULL;
}

/* What was established for one host and trust is not resumed for another. */
static struct net_tls_dial *
dial_new(struct net_tls_client *t, const char *host, enum net_tls_trust trust,
    struct slice key)
{
	size_t host_len = strlen(host), len = 1 + host_len + 1 + key.len;
	struct net_tls_dial *d = calloc(1, sizeof *d + len);

	if (d == NULL)
		return NULL;
	d->client = t;
	t->refs++;
	d->named = host_len > 0;
	d->verify = trust == NET_TLS_VERIFY;
	d->key_len = len;
	d->key[0] = (char)('0' + trust);
	memcpy(d->key + 1, host, host_len + 1);
	if (key.len > 0)
		memcpy(d->key + 2 + host_len, key.p, key.len);
	return d;
}

static bool
set_name(SSL *ssl, const char *host)
{
	char sni[HOST_MAX + 1]; /* OpenSSL's macro takes no const */
	struct net_addr a;

	if (host[0] == '\0')
		return true;
	if (net_addr_parse_ip(slice_str(host), &a) == ERR_OK)
		return X509_VERIFY_PARAM_set1_ip_asc(
			   SSL_get0_param(ssl), host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	(void)snprintf(sni, sizeof sni, "%s", host);
	return SSL_set_tlsext_host_name(ssl, sni) == 1 &&
	       SSL_set1_host(ssl, host) == 1;
}

static SSL *
session(struct net_tls_dial *d, const char *host, enum net_tls_trust trust)
{
	struct net_tls_client *t = d->client;
	struct slice key = {d->key, d->key_len};
	SSL *ssl = SSL_new(trust == NET_TLS_ANY ? t->any : t->strong);
	SSL_SESSION *old;

	if (ssl == NULL || !set_name(ssl, host)) {
		SSL_free(ssl);
		ERR_clear_error();
		return NULL;
	}
	SSL_set_app_data(ssl, d);
	SSL_set_connect_state(ssl);
	SSL_set_verify(
	    ssl, d->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	if ((old = net_tls_cache_get(&t->cache, key)) != NULL)
		(void)SSL_set_session(ssl, old);
	return ssl;
}

enum err
net_stream_tls_connect(struct net_stream *s, struct net_tls_client *t,
    const char *host, enum net_tls_trust trust, struct slice key)
{
	struct net_tls_dial *d;
	struct net_tls_conn *conn;
	SSL *ssl;

	if (strlen(host) > HOST_MAX ||
	    (host[0] == '\0' && trust == NET_TLS_VERIFY))
		return ERR_SYNTAX;
	if ((d = dial_new(t, host, trust, key)) == NULL)
		return ERR_NOMEM;
	if ((ssl = session(d, host, trust)) == NULL) {
		net_tls_dial_free(&d);
		return ERR_SYNTAX;
	}
	if ((conn = net_tls_conn_wrap(ssl, s->fd, d)) == NULL)
		return ERR_NOMEM;
	return net_stream_dial(s, conn);
}

bool
net_tls_dial_verified(const struct net_tls_dial *d, const SSL *ssl)
{
	return d->named && SSL_get_verify_result(ssl) == X509_V_OK &&
	       SSL_get0_peer_certificate(ssl) != NULL;
}

bool
net_tls_dial_content(struct net_tls_dial *d, const SSL *ssl)
{
	if (!d->verify || net_tls_dial_verified(d, ssl))
		return true;
	net_tls_dial_failed(d, ssl, 0);
	return false;
}

bool
net_tls_dial_distrusts(const struct net_tls_dial *d, const SSL *ssl)
{
	return d->verify && SSL_get_verify_result(ssl) != X509_V_OK;
}

void
net_tls_dial_failed(
    struct net_tls_dial *d, const SSL *ssl, unsigned long reason)
{
	const char *text =
	    net_tls_dial_distrusts(d, ssl)
		? X509_verify_cert_error_string(SSL_get_verify_result(ssl))
		: ERR_reason_error_string(reason);

	/* what we tried to resume with may be the reason */
	net_tls_cache_drop(
	    &d->client->cache, (struct slice){d->key, d->key_len});
	if (text != NULL)
		(void)snprintf(d->why, sizeof d->why, "%s", text);
}

struct slice
net_tls_dial_why(const struct net_tls_dial *d)
{
	return slice_str(d->why);
}

bool
net_stream_verified(const struct net_stream *s)
{
	return net_stream_secure(s) && net_tls_conn_verified(s->tls);
}

bool
net_stream_resumed(const struct net_stream *s)
{
	return net_stream_secure(s) && net_tls_conn_resumed(s->tls);
}

struct slice
net_stream_tls_error(const struct net_stream *s)
{
	return s->tls == NULL ? SLICE_NONE : net_tls_conn_why(s->tls);
}
