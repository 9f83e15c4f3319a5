#ifndef TESTS_UNIT_NET_TLS_CLIENT_H
#define TESTS_UNIT_NET_TLS_CLIENT_H
/* A TLS client at the far end of a pair: OpenSSL over memory, so that the test
 * decides which octets travel when. */
#include "net/net_tls.h"
#include "pair.h"

#include <openssl/ssl.h>

struct client {
	struct pair *p;
	SSL_CTX *ctx;
	SSL *ssl;
	struct buf got; /* what the server has said, deciphered */
	int error;      /* of the last SSL_read: SSL_get_error */
	bool shaken;    /* handshake done */
	bool failed;
	size_t chunk;         /* octets sent at a time; 0: all there is */
	SSL_SESSION *session; /* the last ticket */
};

/* Certificate and settings for a host; min_13 off. */
struct net_tls *tls_for(const char *host, const void *ticket_key);
void client_open(struct client *c, struct pair *p);
void client_close(struct client *c);
/* Move octets both ways and let the loop turn until nothing more happens. */
void client_settle(struct client *c);
/* As that, once. */
void client_step(struct client *c);
void client_send(struct client *c, struct slice data);
/* A pair that is secure, with its client; t is given. */
void client_pair(
    struct client *c, struct pair *p, struct net_tls *t, size_t in_max);

#endif
