#ifndef NET_TLS_H
#define NET_TLS_H
/*
 * TLS 1.2 and 1.3 for servers; with net_tls_conn.c the only user of OpenSSL's
 * SSL part. AEAD and forward secrecy only; no renegotiation, compression or
 * anonymous suites. Session tickets work across the processes that were given
 * the same ticket key.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

enum { NET_TLS_TICKET_KEY = 80 };

struct net_tls; /* certificates and settings; reference counted */

/*
 * new: one certificate chain (leaf first) and its key, both PEM. On error NULL
 * and a line for people in *why ("key does not match certificate").
 * min_13         refuse TLS 1.2
 * ticket_key     NET_TLS_TICKET_KEY secret octets, copied; NULL: random. Best
 *                new with each reload: tickets of TLS 1.2 are only as secret
 * To be called once before a process gives up the file system: OpenSSL reads
 * its configuration then.
 */
struct net_tls *net_tls_new(struct slice chain_pem, struct slice key_pem,
    bool min_13, const void *ticket_key, struct buf *why);
/*
 * Add a certificate that is served for the given SNI name (RFC 6066), or, for
 * "*.example.org", for all names with one label in that place. ERR_EXISTS,
 * ERR_SYNTAX (PEM), ERR_DENIED (not a pair, or refused by OpenSSL); then a line
 * in *why, and nothing has changed.
 */
enum err net_tls_add_name(struct net_tls *t, const char *name,
    struct slice chain_pem, struct slice key_pem, struct buf *why);
struct net_tls *net_tls_ref(struct net_tls *t);
/* Connections keep their own reference: old ones live on after a reload. */
void net_tls_unref(struct net_tls **t);
/* Not after of the leaf, seconds since 1970. */
long long net_tls_expiry(const struct net_tls *t);
/* Is the leaf for this host name? (RFC 6125) */
bool net_tls_is_for(const struct net_tls *t, const char *host);

/*
 * Make a self-signed certificate (EC P-256, 10 years) for host, localhost and
 * 127.0.0.1. Both results PEM, appended. It is trusted for this server only: no
 * CA. ERR_SYNTAX when host is not made of letters, digits, '-' and '.'.
 */
enum err net_tls_self_signed(
    const char *host, struct buf *chain_out, struct buf *key_out);

#endif
