#ifndef NET_TLS_PRIV_H
#define NET_TLS_PRIV_H
/* What the net_tls files share: the part that names OpenSSL's types. */
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
/* Append our words and OpenSSL's first reason; forget OpenSSL's errors. */
void net_tls_explain(struct buf *why, const char *what);

#endif
