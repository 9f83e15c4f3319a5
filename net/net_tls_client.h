#ifndef NET_TLS_CLIENT_H
#define NET_TLS_CLIENT_H
/*
 * TLS 1.2 and 1.3 towards other servers: trusted certificates, remembered
 * sessions (so that the next connection to the same server costs no full
 * handshake). A stream becomes a TLS client by net_stream_tls_connect.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "net/net_stream.h"

#include <stdbool.h>

struct net_tls_client;

/* new; ca_pem: certificates to verify with, may be empty (nothing verifies).
 * NULL with a line in *why. Sessions are kept for up to 1,000 servers. */
struct net_tls_client *net_tls_client_new(struct slice ca_pem, struct buf *why);
void net_tls_client_free(struct net_tls_client **t);

/*
 * Begin a handshake as client after the output written so far; then `secured`
 * of the stream's ops. host: SNI, and the name that is verified; "" for none.
 * verify: fail (DENIED) unless the certificate is valid for host; without,
 * any certificate will do, and net_stream_verified tells whether it was.
 * key: under which the session is kept (server address and host).
 */
enum err net_stream_tls_connect(struct net_stream *s, struct net_tls_client *t,
    const char *host, bool verify, struct slice key);
bool net_stream_verified(const struct net_stream *s);
/* Why the handshake failed, for people: "certificate has expired"; or empty. */
struct slice net_stream_tls_error(const struct net_stream *s);

#endif
