/* Settings of a TLS server: versions, suites, certificates by name, tickets. */
#include "net/net_tls.h"

#include "base/map.h"
#include "base/secret.h"
#include "net/net_priv.h"
#include "net/net_tls_priv.h"

#include <ctype.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	NAME_MAX_LEN = 253,
	/* Tickets are keys that outlive their connection: keep them short of a
	 * working day. */
	TICKET_LIFE_S = 2 * 3600,
};

/* TLS 1.2: forward secrecy and AEAD only. DHE is not among them, because each
 * such handshake costs the server far more than the client. */
static const char suites_12[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

/*
 * An end without close_notify is an end like any other: our protocols say
 * themselves when they are complete, so that a cut-off line or message is never
 * acted on.
 */
static const uint64_t options =
    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
    SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_IGNORE_UNEXPECTED_EOF;

struct named_cert {
	struct map_node node;
	struct net_cert cert;
	char name[NAME_MAX_LEN + 1]; /* lower case; may begin with "*." */
};

struct net_tls {
	SSL_CTX *ctx;
	struct map names; /* of named_cert */
	long long expiry;
	atomic_uint refs;
};

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
}

/* The certificate for a name the client asks for: the name itself, or a
 * wildcard in place of its first label (RFC 6125, section 6.4.3). */
static const struct net_cert *
find_cert(const struct net_tls *t, const char *asked)
{
	char name[NAME_MAX_LEN + 1];
	struct map_node *n;
	char *dot;

	if (slice_to_str(slice_str(asked), name, sizeof name) != ERR_OK)
		return NULL;
	lower(name);
	n = map_get(&t->names, slice_str(name));
	if (n == NULL && (dot = strchr(name, '.')) != NULL && dot > name) {
		dot[-1] = '*';
		n = map_get(&t->names, slice_str(dot - 1));
	}
	return n == NULL ? NULL : &MAP_ITEM(n, struct named_cert, node)->cert;
}

static int
choose_cert(SSL *ssl, void *arg)
{
	const struct net_tls *t = arg;
	const char *asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	const struct net_cert *c;

	if (asked == NULL || (c = find_cert(t, asked)) == NULL)
		return 1; /* the first certificate */
	return SSL_use_cert_and_key(ssl, c->leaf, c->key, c->chain, 1);
}

static bool
set_up(SSL_CTX *ctx, bool min_13, const void *ticket_key)
{
	unsigned char key[NET_TLS_TICKET_KEY];
	bool ok;

	if (ticket_key != NULL)
		memcpy(key, ticket_key, sizeof key);
	else
		secret_random(key, sizeof key);
	(void)SSL_CTX_set_options(ctx, options);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS |
					SSL_MODE_ENABLE_PARTIAL_WRITE |
					SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* one read(2) a record; the buffer goes when it is empty */
	SSL_CTX_set_read_ahead(ctx, 1);
	/* what a client needs to resume, the client keeps */
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_timeout(ctx, TICKET_LIFE_S);
	ok = SSL_CTX_set_min_proto_version(
		 ctx, min_13 ? TLS1_3_VERSION : TLS1_2_VERSION) == 1 &&
	     SSL_CTX_set_cipher_list(ctx, suites_12) == 1 &&
	     SSL_CTX_set_num_tickets(ctx, 1) == 1 &&
	     SSL_CTX_set_max_early_data(ctx, 0) == 1 &&
	     SSL_CTX_set_session_id_context(
		 ctx, (const unsigned char *)"restante", 8) == 1 &&
	     SSL_CTX_set_tlsext_ticket_keys(ctx, key, sizeof key) == 1;
	secret_wipe(key, sizeof key);
	return ok;
}

/* Without timegm(3), which may look for the file of the time zone. */
static long long
expiry_of(const X509 *x)
{
	ASN1_TIME *start = ASN1_TIME_new();
	int days = 0, seconds = 0;

	if (start != NULL &&
	    ASN1_TIME_set_string(start, "19700101000000Z") == 1)
		(void)ASN1_TIME_diff(
		    &days, &seconds, start, X509_get0_notAfter(x));
	ASN1_TIME_free(start);
	return 86400LL * days + seconds;
}

static bool
use(struct net_tls *t, struct slice chain_pem, struct slice key_pem,
    struct buf *why)
{
	struct net_cert c = {0};
	bool ok;

	if (net_cert_read(chain_pem, key_pem, &c, why) != ERR_OK)
		return false;
	ok = SSL_CTX_use_cert_and_key(t->ctx, c.leaf, c.key, c.chain, 1) == 1;
	if (ok)
		t->expiry = expiry_of(c.leaf);
	else
		net_tls_explain(why, "certificate is not fit for TLS");
	net_cert_fini(&c);
	return ok;
}

struct net_tls *
net_tls_new(struct slice chain_pem, struct slice key_pem, bool min_13,
    const void *ticket_key, struct buf *why)
{
	struct net_tls *t = calloc(1, sizeof *t);

	if (t == NULL || (t->ctx = SSL_CTX_new(TLS_server_method())) == NULL) {
		net_tls_explain(why, err_text(ERR_NOMEM));
		free(t);
		return NULL;
	}
	atomic_init(&t->refs, 1);
	map_init(&t->names);
	SSL_CTX_set_cert_cb(t->ctx, choose_cert, t);
	if (!set_up(t->ctx, min_13, ticket_key)) {
		net_tls_explain(why, "TLS cannot be set up");
		net_tls_unref(&t);
	} else if (!use(t, chain_pem, key_pem, why)) {
		net_tls_unref(&t);
	}
	return t;
}

/* Would a handshake take it? The security level refuses short keys. */
static bool
fit(struct net_tls *t, const struct net_cert *c)
{
	SSL *ssl = SSL_new(t->ctx);
	bool ok = ssl != NULL &&
		  SSL_use_cert_and_key(ssl, c->leaf, c->key, c->chain, 1) == 1;

	SSL_free(ssl);
	return ok;
}

static void
named_free(struct named_cert *n)
{
	net_cert_fini(&n->cert);
	free(n);
}

enum err
net_tls_add_name(struct net_tls *t, const char *name, struct slice chain_pem,
    struct slice key_pem, struct buf *why)
{
	struct named_cert *n = calloc(1, sizeof *n);
	enum err e;

	if (n == NULL)
		return ERR_NOMEM;
	e = slice_to_str(slice_str(name), n->name, sizeof n->name);
	lower(n->name);
	if (e != ERR_OK)
		net_tls_explain(why, "name is too long");
	else
		e = net_cert_read(chain_pem, key_pem, &n->cert, why);
	if (e == ERR_OK && !fit(t, &n->cert)) {
		net_tls_explain(why, "certificate is not fit for TLS");
		e = ERR_DENIED;
	}
	if (e == ERR_OK &&
	    (e = map_put(&t->names, &n->node, slice_str(n->name))) != ERR_OK)
		net_tls_explain(why, err_text(e));
	if (e != ERR_OK)
		named_free(n);
	return e;
}

struct net_tls *
net_tls_ref(struct net_tls *t)
{
	atomic_fetch_add(&t->refs, 1);
	return t;
}

void
net_tls_unref(struct net_tls **tp)
{
	struct net_tls *t = *tp;
	struct map_node *n, *next;

	*tp = NULL;
	if (t == NULL || atomic_fetch_sub(&t->refs, 1) > 1)
		return;
	for (n = map_next(&t->names, NULL); n != NULL; n = next) {
		next = map_next(&t->names, n);
		map_remove(&t->names, n);
		named_free(MAP_ITEM(n, struct named_cert, node));
	}
	map_fini(&t->names);
	SSL_CTX_free(t->ctx);
	free(t);
}

SSL *
net_tls_session(struct net_tls *t)
{
	SSL *ssl = SSL_new(t->ctx);

	if (ssl != NULL)
		SSL_set_accept_state(ssl);
	return ssl;
}

long long
net_tls_expiry(const struct net_tls *t)
{
	return t->expiry;
}

bool
net_tls_is_for(const struct net_tls *t, const char *host)
{
	X509 *leaf = SSL_CTX_get0_certificate(t->ctx);

	return leaf != NULL && X509_check_host(leaf, host, 0, 0, NULL) == 1;
}
