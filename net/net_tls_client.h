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

/* What is asked of the other side. */
enum net_tls_trust {
	NET_TLS_ANY,    /* any certificate, any suite OpenSSL's level 1 has:
			   better than sending in clear */
	NET_TLS_STRONG, /* any certificate; forward secrecy and AEAD only */
	NET_TLS_VERIFY  /* the same, and the certificate is valid for host */
};

/*
 * new; ca_pem: certificates to verify with, may be empty (nothing verifies).
 * NULL with a line in *why. Sessions are kept for up to 1,000 servers, two
 * hours each. To be called once before a process gives up the file system:
 * OpenSSL reads its configuration then.
 */
struct net_tls_client *net_tls_client_new(struct slice ca_pem, struct buf *why);
/* Connections keep what they need. */
void net_tls_client_free(struct net_tls_client **t);

/*
 * Begin a handshake as client after the output written so far; then `secured`
 * of the stream's ops: ERR_DENIED when the certificate is not trusted, else as
 * net_stream_starttls, which has the rest too (unconsumed input is dropped).
 * host: name (sent as SNI) or IP address that the certificate is verified for;
 * "" for none. key: under which the session is kept (server address and port).
 * ERR_BUSY; ERR_SYNTAX: no host to verify, or not one; ERR_NOMEM.
 */
enum err net_stream_tls_connect(struct net_stream *s, struct net_tls_client *t,
    const char *host, enum net_tls_trust trust, struct slice key);
/* Was the certificate valid for host, whether that was asked for or not? */
bool net_stream_verified(const struct net_stream *s);
/* Did the handshake go on with a session that was kept? */
bool net_stream_resumed(const struct net_stream *s);
/* Why the handshake failed, for people: "certificate has expired"; or empty.
 * Lives with the stream. */
struct slice net_stream_tls_error(const struct net_stream *s);

#endif
