/*
 * One TLS connection over a non-blocking socket. OpenSSL sees the socket
 * through a BIO of ours: it sends without SIGPIPE, knows when the socket has
 * been read empty (which saves the read that would only say so), and owns no
 * buffer; OpenSSL's own are released whenever they are empty.
 */
#include "net/net_priv.h"
#include "net/net_tls_priv.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

struct net_tls_conn {
	SSL *ssl;
	int fd;
	int code; /* errno of a failed socket call */
	bool dry; /* nothing to read before the socket is readable again */
	bool eof;
	bool shaken;
	struct net_tls_dial *dial; /* of a client */
	char name[55];             /* of version and suite */
};

static BIO_METHOD *method;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Sort out a failed call: try again later, or remember why. */
static int
failed(BIO *b, struct net_tls_conn *c, int retry)
{
	if (errno == EAGAIN || errno == EINTR)
		BIO_set_flags(b, retry | BIO_FLAGS_SHOULD_RETRY);
	else
		c->code = errno;
	return -1;
}

static int
bio_read(BIO *b, char *p, int n)
{
	struct net_tls_conn *c = BIO_get_data(b);
	ssize_t r;

	BIO_clear_retry_flags(b);
	if (c->dry) {
		BIO_set_retry_read(b);
		return -1;
	}
	r = recv(c->fd, p, (size_t)n, 0);
	c->dry = r < n;
	c->eof = r == 0;
	return r >= 0 ? (int)r : failed(b, c, BIO_FLAGS_READ);
}

static int
bio_write(BIO *b, const char *p, int n)
{
	struct net_tls_conn *c = BIO_get_data(b);
	ssize_t r;

	BIO_clear_retry_flags(b);
	r = send(c->fd, p, (size_t)n, MSG_NOSIGNAL);
	return r >= 0 ? (int)r : failed(b, c, BIO_FLAGS_WRITE);
}

static long
bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	const struct net_tls_conn *c = BIO_get_data(b);

	(void)num;
	(void)ptr;
	if (cmd == BIO_CTRL_FLUSH)
		return 1;
	return cmd == BIO_CTRL_EOF && c->eof;
}

static void
make_method(void)
{
	BIO_METHOD *m = BIO_meth_new(
	    BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "net_stream");

	if (m != NULL && BIO_meth_set_read(m, bio_read) == 1 &&
	    BIO_meth_set_write(m, bio_write) == 1 &&
	    BIO_meth_set_ctrl(m, bio_ctrl) == 1)
		method = m;
	else
		BIO_meth_free(m);
}

static bool
set_bio(struct net_tls_conn *c)
{
	BIO *b;

	(void)pthread_once(&once, make_method);
	if (method == NULL || (b = BIO_new(method)) == NULL)
		return false;
	BIO_set_data(b, c);
	BIO_set_init(b, 1);
	SSL_set_bio(c->ssl, b, b); /* given, once for both directions */
	return true;
}

struct net_tls_conn *
net_tls_conn_wrap(SSL *ssl, int fd, struct net_tls_dial *dial)
{
	struct net_tls_conn *c = calloc(1, sizeof *c);

	if (c == NULL) {
		SSL_free(ssl);
		net_tls_dial_free(&dial);
		return NULL;
	}
	c->fd = fd;
	c->ssl = ssl;
	c->dial = dial;
	c->dry = dial != NULL; /* a client speaks first */
	if (c->ssl == NULL || !set_bio(c)) {
		ERR_clear_error();
		net_tls_conn_free(&c);
	}
	return c;
}

struct net_tls_conn *
net_tls_conn_new(struct net_tls *t, int fd)
{
	return net_tls_conn_wrap(net_tls_session(t), fd, NULL);
}

void
net_tls_conn_free(struct net_tls_conn **c)
{
	if (*c == NULL)
		return;
	/* or else OpenSSL would spoil the session for the next connection:
	 * a peer that just closes is not a reason to */
	if ((*c)->dial != NULL && (*c)->shaken)
		SSL_set_shutdown(
		    (*c)->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free((*c)->ssl);
	net_tls_dial_free(&(*c)->dial);
	free(*c);
	*c = NULL;
}

void
net_tls_conn_readable(struct net_tls_conn *c)
{
	c->dry = false;
}

/* What a call that did not succeed wants. */
static enum net_io
outcome(struct net_tls_conn *c, int ret)
{
	int e = SSL_get_error(c->ssl, ret);

	ERR_clear_error();
	if (e == SSL_ERROR_WANT_READ)
		return NET_IO_WANT_READ;
	if (e == SSL_ERROR_WANT_WRITE)
		return NET_IO_WANT_WRITE;
	return e == SSL_ERROR_ZERO_RETURN ? NET_IO_EOF : NET_IO_FAILED;
}

static enum net_io
not_shaken(struct net_tls_conn *c, int r)
{
	unsigned long reason = ERR_peek_error();
	enum net_io io = outcome(c, r);

	if (io == NET_IO_FAILED && c->dial != NULL)
		net_tls_dial_failed(c->dial, c->ssl, reason);
	return io;
}

enum net_io
net_tls_conn_shake(struct net_tls_conn *c)
{
	int r;

	ERR_clear_error();
	r = SSL_do_handshake(c->ssl);
	if (r != 1)
		return not_shaken(c, r);
	if (c->dial != NULL && !net_tls_dial_content(c->dial, c->ssl))
		return NET_IO_FAILED;
	c->shaken = true;
	(void)snprintf(c->name, sizeof c->name, "%s %s",
	    SSL_get_version(c->ssl), SSL_get_cipher_name(c->ssl));
	return NET_IO_OK;
}

enum net_io
net_tls_conn_read(struct net_tls_conn *c, char *p, size_t n, size_t *got_out)
{
	int r;

	*got_out = 0;
	ERR_clear_error();
	r = SSL_read(c->ssl, p, n > INT_MAX ? INT_MAX : (int)n);
	if (r <= 0)
		return outcome(c, r);
	*got_out = (size_t)r;
	return NET_IO_OK;
}

enum net_io
net_tls_conn_write(
    struct net_tls_conn *c, const char *p, size_t n, size_t *put_out)
{
	enum net_io io;
	int r;

	*put_out = 0;
	ERR_clear_error();
	r = SSL_write(c->ssl, p, n > INT_MAX ? INT_MAX : (int)n);
	if (r > 0) {
		*put_out = (size_t)r;
		return NET_IO_OK;
	}
	io = outcome(c, r);
	return io == NET_IO_EOF ? NET_IO_FAILED : io;
}

enum net_io
net_tls_conn_notify(struct net_tls_conn *c)
{
	int r;
	enum net_io io;

	ERR_clear_error();
	r = SSL_shutdown(c->ssl);
	if (r >= 0) /* 0: sent, and the peer's is not here yet */
		return NET_IO_OK;
	io = outcome(c, r);
	return io == NET_IO_WANT_READ ? NET_IO_OK : io;
}

enum err
net_tls_conn_error(const struct net_tls_conn *c)
{
	if (c->code != 0)
		return net_err_of_socket(c->code);
	return c->dial != NULL && !c->shaken &&
		       net_tls_dial_distrusts(c->dial, c->ssl)
		   ? ERR_DENIED
		   : ERR_PROTO;
}

bool
net_tls_conn_verified(const struct net_tls_conn *c)
{
	return c->dial != NULL && net_tls_dial_verified(c->dial, c->ssl);
}

bool
net_tls_conn_resumed(const struct net_tls_conn *c)
{
	return SSL_session_reused(c->ssl) == 1;
}

struct slice
net_tls_conn_why(const struct net_tls_conn *c)
{
	return c->dial != NULL ? net_tls_dial_why(c->dial) : SLICE_NONE;
}

struct slice
net_tls_conn_name(const struct net_tls_conn *c)
{
	return slice_str(c->name);
}
