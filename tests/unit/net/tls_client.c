#include "tls_client.h"

#include "../unit.h"

#include <openssl/err.h>
#include <sys/socket.h>

struct net_tls *
tls_for(const char *host, const void *ticket_key)
{
	struct buf chain = BUF_INIT(10000), key = BUF_INIT(10000);
	struct buf why = BUF_INIT(1000);
	struct net_tls *t;

	EQ_INT(net_tls_self_signed(host, &chain, &key), ERR_OK);
	t = net_tls_new(
	    buf_slice(&chain), buf_slice(&key), false, ticket_key, &why);
	EQ_STR(buf_cstr(&why), "");
	OK(t != NULL);
	buf_fini(&chain);
	buf_fini(&key);
	buf_fini(&why);
	return t;
}

static int
keep_ticket(SSL *ssl, SSL_SESSION *session)
{
	struct client *c = SSL_get_app_data(ssl);

	SSL_SESSION_free(c->session);
	c->session = session;
	return 1; /* ours now */
}

void
client_open(struct client *c, struct pair *p)
{
	*c = (struct client){.p = p};
	buf_init(&c->got, 64 * 1024 * 1024);
	c->ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_session_cache_mode(
	    c->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(c->ctx, keep_ticket);
	c->ssl = SSL_new(c->ctx);
	SSL_set_app_data(c->ssl, c);
	SSL_set_bio(c->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(c->ssl);
}

void
client_close(struct client *c)
{
	SSL_SESSION_free(c->session);
	SSL_free(c->ssl);
	SSL_CTX_free(c->ctx);
	buf_fini(&c->got);
	ERR_clear_error();
}

static void
push(struct client *c)
{
	BIO *out = SSL_get_wbio(c->ssl);
	char *p;
	long n = BIO_get_mem_data(out, &p);
	char block[65536];
	ssize_t sent;

	if (c->chunk != 0 && (size_t)n > c->chunk)
		n = (long)c->chunk;
	if (n <= 0 || c->p->fd < 0)
		return;
	sent = send(c->p->fd, p, (size_t)n, MSG_NOSIGNAL);
	while (sent > 0)
		sent -= BIO_read(out, block,
		    sent > (ssize_t)sizeof block ? (int)sizeof block
						 : (int)sent);
}

static void
pull(struct client *c)
{
	char block[65536];
	ssize_t n = c->p->fd < 0 ? 0 : recv(c->p->fd, block, sizeof block, 0);

	if (n > 0)
		BIO_write(SSL_get_rbio(c->ssl), block, (int)n);
}

void
client_step(struct client *c)
{
	char block[65536];
	int n = 0;

	ERR_clear_error();
	if (!c->shaken && !c->failed) {
		n = SSL_do_handshake(c->ssl);
		c->shaken = n == 1;
		c->failed =
		    n != 1 && SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_READ;
	}
	while (c->shaken && (n = SSL_read(c->ssl, block, sizeof block)) > 0)
		buf_add(&c->got, block, (size_t)n);
	if (c->shaken)
		c->error = SSL_get_error(c->ssl, n);
	push(c);
	net_loop_turn(c->p->loop, 0);
	pull(c);
}

void
client_settle(struct client *c)
{
	for (int i = 0; i < 60; i++)
		client_step(c);
}

void
client_send(struct client *c, struct slice data)
{
	EQ_INT(SSL_write(c->ssl, data.p, (int)data.len), (int)data.len);
}

void
client_pair(struct client *c, struct pair *p, struct net_tls *t, size_t in_max)
{
	pair_open(p, in_max);
	EQ_INT(net_stream_starttls(p->s, t), ERR_OK);
	net_tls_unref(&t);
	client_open(c, p);
	client_settle(c);
	OK(c->shaken);
	EQ_INT(p->secured, 1);
	EQ_INT(p->secured_err, ERR_OK);
}
