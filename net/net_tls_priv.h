#ifndef NET_TLS_PRIV_H
#define NET_TLS_PRIV_H
/* What the net_tls files share: the part that names OpenSSL's types. */
#include "base/list.h"
#include "base/map.h"
#include "net/net_tls.h"

#include <openssl/ssl.h>

/* new: the server's side of one connection, without its BIO */
SSL *net_tls_session(struct net_tls *t);

/* A certificate chain with its key; net_tls_cert.c */
struct net_cert {
	X509 *leaf;
	STACK_OF(X509) * chain; /* what is sent behind the leaf */
	EVP_PKEY *key;
};
/* Read and check that they belong together. On error *out is untouched. */
enum err net_cert_read(struct slice chain_pem, struct slice key_pem,
    struct net_cert *out, struct buf *why);
void net_cert_fini(struct net_cert *c);
/* One end of a connection over fd (kept), from an SSL without BIO; ssl and dial
 * (of a client, or NULL) are given. net_tls_conn.c */
struct net_tls_conn;
struct net_tls_dial;
struct net_tls_conn *net_tls_conn_wrap(
    SSL *ssl, int fd, struct net_tls_dial *dial);

/* A client's part of one connection; net_tls_client.c */
void net_tls_dial_free(struct net_tls_dial **d);
bool net_tls_dial_verified(const struct net_tls_dial *d, const SSL *ssl);
/* The handshake is done: is it what was asked for? If not, why is noted. */
bool net_tls_dial_content(struct net_tls_dial *d, const SSL *ssl);
/* The handshake has failed: note why. reason: OpenSSL's */
void net_tls_dial_failed(
    struct net_tls_dial *d, const SSL *ssl, unsigned long reason);
/* It has failed because of the certificate. */
bool net_tls_dial_distrusts(const struct net_tls_dial *d, const SSL *ssl);
struct slice net_tls_dial_why(const struct net_tls_dial *d);

/* Sessions to resume, by a client's key; net_tls_cache.c */
struct net_tls_cache {
	struct map map;
	struct list order; /* the least recently used first */
};
void net_tls_cache_init(struct net_tls_cache *c);
void net_tls_cache_fini(struct net_tls_cache *c);
/* session is given; it replaces the one that was there. */
void net_tls_cache_put(
    struct net_tls_cache *c, struct slice key, SSL_SESSION *session);
/* borrowed; NULL: none, or too old */
SSL_SESSION *net_tls_cache_get(struct net_tls_cache *c, struct slice key);
void net_tls_cache_drop(struct net_tls_cache *c, struct slice key);

/* Append our words and OpenSSL's first reason; forget OpenSSL's errors. */
void net_tls_explain(struct buf *why, const char *what);

#endif
