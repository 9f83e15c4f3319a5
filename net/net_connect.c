/* One attempt to connect. Its end comes from the loop, also when it is known at
 * once, so that the caller has what it needs by then. */
#include "net/net_connect.h"

#include "net/net_priv.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct net_connect {
	struct net_loop *loop;
	struct net_watch *watch;
	struct net_timer timer;
	struct net_later later; /* `early` is known without waiting */
	void (*done)(void *ctx, enum err e, int fd);
	void *ctx;
	int fd;
	enum err early;
};

void
net_connect_free(struct net_connect **cp)
{
	struct net_connect *c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	net_timer_clear(&c->timer);
	net_later_remove(c->loop, &c->later);
	net_watch_free(&c->watch);
	if (c->fd >= 0)
		(void)close(c->fd);
	free(c);
}

static void
over(struct net_connect *c, enum err e)
{
	void (*done)(void *, enum err, int) = c->done;
	void *ctx = c->ctx;
	int fd = -1;

	if (e == ERR_OK) {
		fd = c->fd;
		c->fd = -1;
	}
	net_connect_free(&c);
	done(ctx, e, fd);
}

static enum err
meaning(int code)
{
	switch (code) {
	case 0:
		return ERR_OK;
	case ECONNREFUSED:
	case ECONNRESET:
		return ERR_CLOSED;
	case ETIMEDOUT:
		return ERR_TIMEOUT;
	default:
		return ERR_IO;
	}
}

static void
on_ready(void *ctx, int events)
{
	struct net_connect *c = ctx;
	int code = 0;
	socklen_t len = sizeof code;

	(void)events;
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &code, &len) != 0)
		code = errno;
	over(c, meaning(code));
}

static void
on_due(void *ctx)
{
	over(ctx, ERR_TIMEOUT);
}

static void
on_later(void *ctx)
{
	struct net_connect *c = ctx;

	over(c, c->early);
}

static bool
bind_to(int fd, const struct net_addr *near)
{
	struct sockaddr_storage ss;
	socklen_t len;

	if (near == NULL)
		return true;
	len = net_addr_to_sockaddr(near, &ss);
	return bind(fd, (const struct sockaddr *)&ss, len) == 0;
}

/* ERR_OK: it is on its way, or there already (*there). */
static enum err
start(
    int fd, const struct net_addr *to, const struct net_addr *near, bool *there)
{
	const int one = 1;
	struct sockaddr_storage ss;
	socklen_t len = net_addr_to_sockaddr(to, &ss);

	/* commands are written whole: nothing is won by waiting for more */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (!bind_to(fd, near))
		return ERR_IO;
	*there = connect(fd, (const struct sockaddr *)&ss, len) == 0;
	return *there || errno == EINPROGRESS ? ERR_OK : meaning(errno);
}

static bool
wait_for(struct net_connect *c, uint64_t wait_ms)
{
	c->watch = net_watch_new(c->loop, c->fd, on_ready, c);
	return c->watch != NULL &&
	       net_watch_set(c->watch, NET_WRITE) == ERR_OK &&
	       net_timer_set(&c->timer, wait_ms) == ERR_OK;
}

struct net_connect *
net_connect_new(struct net_loop *l, const struct net_addr *to,
    const struct net_addr *bind, uint64_t wait_ms,
    void (*done)(void *ctx, enum err e, int fd), void *ctx)
{
	struct net_connect *c = calloc(1, sizeof *c);
	bool there = false;

	if (c == NULL)
		return NULL;
	c->loop = l;
	c->done = done;
	c->ctx = ctx;
	net_timer_init(&c->timer, l, on_due, c);
	net_later_init(&c->later, on_later, c);
	c->fd = socket(net_addr_is_v4(to) ? AF_INET : AF_INET6,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	if (c->fd < 0 && errno != EAFNOSUPPORT) {
		net_connect_free(&c);
		return NULL;
	}
	c->early = c->fd < 0 ? ERR_IO : start(c->fd, to, bind, &there);
	if (c->early != ERR_OK || there)
		net_later_add(l, &c->later);
	else if (!wait_for(c, wait_ms))
		net_connect_free(&c);
	return c;
}
