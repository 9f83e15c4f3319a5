/*
 * Certificates: read, tried, noticed when they change, sent.
 * Covers: proc/proc_cert.c
 */
#include "daemon/certs.h"

#include "net/net_tls.h"
#include "proc/proc_spawn.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/restante-certs-XXXXXX";
static const uint8_t ticket_key[NET_TLS_TICKET_KEY] = "secret";

static void
put(const char *path, struct slice s)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	OK(fd >= 0 && write(fd, s.p, s.len) == (ssize_t)s.len);
	(void)close(fd);
}

/* A new pair in the files that conf names. */
static void
renew(const char *cert, const char *key)
{
	struct buf chain = BUF_INIT(65536), pem = BUF_INIT(65536);

	EQ_INT(net_tls_self_signed("mail.test", &chain, &pem), ERR_OK);
	put(cert, buf_slice(&chain));
	if (key != NULL)
		put(key, buf_slice(&pem));
	buf_fini(&chain);
	buf_fini(&pem);
}

static void
set_up(struct conf *c)
{
	if (dir[strlen(dir) - 1] == 'X')
		OK(mkdtemp(dir) != NULL);
	memset(c, 0, sizeof *c);
	(void)snprintf(c->tls.certificate, CONF_TEXT, "%s/cert", dir);
	(void)snprintf(c->tls.key, CONF_TEXT, "%s/key", dir);
	(void)snprintf(c->tls.sni[0].name, CONF_TEXT, "other.test");
	(void)snprintf(c->tls.sni[0].certificate, CONF_TEXT, "%s/cert", dir);
	(void)snprintf(c->tls.sni[0].key, CONF_TEXT, "%s/key", dir);
	c->nlisteners = 1;
	c->listener[0].naddr = 1;
	c->listener[0].tls = CONF_TLS_STARTTLS;
	renew(c->tls.certificate, c->tls.key);
}

static void
clean(const struct conf *c)
{
	(void)unlink(c->tls.certificate);
	(void)unlink(c->tls.key);
	(void)rmdir(dir);
	(void)snprintf(dir, sizeof dir, "/tmp/restante-certs-XXXXXX");
}

TEST(certs_are_replaced_only_by_better_ones)
{
	struct conf c;
	struct certs certs;
	struct buf why = BUF_INIT(1000);

	memset(&certs, 0, sizeof certs);
	set_up(&c);
	c.tls.nsni = 1;
	EQ_INT(certs_read(&certs, &c, ticket_key, &why), ERR_OK);
	EQ_INT(certs.set.count, 2);
	EQ_STR(certs.set.cert[0].name, "");
	EQ_STR(certs.set.cert[1].name, "other.test");
	EQ_INT(certs.stamp, certs_stamp(&c));
	renew(c.tls.certificate, NULL); /* the key is that of the old one */
	OK(certs.stamp != certs_stamp(&c));
	OK(certs_read(&certs, &c, ticket_key, &why) != ERR_OK);
	OK(strstr(buf_cstr(&why), c.tls.certificate) != NULL);
	EQ_INT(certs.set.count, 2);
	(void)unlink(c.tls.key);
	buf_reset(&why);
	EQ_INT(certs_read(&certs, &c, ticket_key, &why), ERR_IO);
	OK(strstr(buf_cstr(&why), "No such file") != NULL);
	EQ_INT(certs.set.count, 2);
	certs_wipe(&certs);
	buf_fini(&why);
	clean(&c);
}

TEST(certs_may_be_none)
{
	struct conf c;
	struct certs certs;
	struct buf why = BUF_INIT(1000);

	memset(&c, 0, sizeof c);
	memset(&certs, 0, sizeof certs);
	EQ_INT(certs_read(&certs, &c, ticket_key, &why), ERR_OK);
	EQ_INT(certs.set.count, 0);
	/* a path that nobody needs, as the default is */
	c.nlisteners = 1;
	c.listener[0].naddr = 1;
	(void)snprintf(c.tls.certificate, CONF_TEXT, "/nonexistent");
	EQ_INT(certs_read(&certs, &c, ticket_key, &why), ERR_OK);
	EQ_INT(certs.set.count, 0);
	EQ_INT(why.len, 0);
}

/* --- on the other side of a channel ------------------------------------------
 */

struct other {
	struct chan *chan;
	struct proc_certs got;
	bool closed;
};

static void
on_cert(void *ctx, struct msg_cert *m, struct slice tail, int fd)
{
	struct other *o = ctx;

	(void)fd;
	EQ_INT(proc_certs_add(&o->got, m, tail), ERR_OK);
}

static void
on_closed(void *ctx, enum err why)
{
	struct other *o = ctx;

	(void)why;
	o->closed = true;
}

TEST(certs_arrive_and_can_be_used)
{
	static const struct msg_handlers none, handlers = {.cert = on_cert};
	struct net_loop *loop = net_loop_new();
	struct buf why = BUF_INIT(1000);
	struct other here, there;
	struct certs certs;
	struct net_tls *t;
	struct conf c;
	int fd[2];

	memset(&certs, 0, sizeof certs);
	memset(&here, 0, sizeof here);
	memset(&there, 0, sizeof there);
	set_up(&c);
	c.tls.nsni = 1;
	EQ_INT(certs_read(&certs, &c, ticket_key, &why), ERR_OK);
	EQ_INT(proc_pair(fd), ERR_OK);
	here.chan = chan_new(
	    loop, fd[0], ROLE_PARENT, ROLE_SMTP, &none, on_closed, &here);
	there.chan = chan_new(
	    loop, fd[1], ROLE_SMTP, ROLE_PARENT, &handlers, on_closed, &there);
	EQ_INT(certs_send(&certs, here.chan), ERR_OK);
	for (unsigned i = 0; i < 10; i++)
		net_loop_turn(loop, 1);
	EQ_INT(there.got.count, 2);
	EQ_MEM(there.got.ticket_key, 6, "secret", 6);
	OK((t = proc_certs_build(&there.got, false, &why)) != NULL);
	OK(!here.closed && !there.closed);
	net_tls_unref(&t);
	proc_certs_wipe(&there.got);
	certs_wipe(&certs);
	chan_free(&here.chan);
	chan_free(&there.chan);
	net_loop_free(&loop);
	buf_fini(&why);
	clean(&c);
}

/* Nobody needs them for a listener that a reload has removed. */
TEST(certs_are_for_those_who_listen)
{
	struct conf c;

	set_up(&c);
	c.tls.nsni = 1;
	EQ_INT(proc_certs_count(&c), 2);
	c.listener[0].naddr = 0;
	EQ_INT(proc_certs_count(&c), 0);
	c.listener[0].naddr = 1;
	c.listener[0].tls = CONF_TLS_OFF;
	EQ_INT(proc_certs_count(&c), 0);
	clean(&c);
}
