/* Listening sockets, and accepting from them without ever spinning. */
#include "net/net_listen.h"

#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ACCEPT_MAX = 64, /* a turn, so that sessions get theirs */
	REST_MS = 100,   /* when the system has no room for another one */
};

struct net_acceptor {
	struct net_watch *watch;
	struct net_timer rest;
	void (*accepted)(void *ctx, int fd, const struct net_addr *peer);
	void *ctx;
	int fd;
	bool paused, resting, complained;
	bool held, dead; /* freed by its callback: goes when that is over */
};

static bool
switch_on(int fd, int level, int option)
{
	const int one = 1;

	return setsockopt(fd, level, option, &one, sizeof one) == 0;
}

/*
 * On Linux an accepted socket inherits TCP_NODELAY, so that it is set once,
 * here. The kernel cuts the backlog down to net.core.somaxconn.
 */
static bool
set_up(int fd, const struct net_addr *addr, bool shared)
{
	struct sockaddr_storage ss;
	socklen_t len = net_addr_to_sockaddr(addr, &ss);

	return switch_on(fd, SOL_SOCKET, SO_REUSEADDR) &&
	       (!shared || switch_on(fd, SOL_SOCKET, SO_REUSEPORT)) &&
	       (ss.ss_family != AF_INET6 ||
		   switch_on(fd, IPPROTO_IPV6, IPV6_V6ONLY)) &&
	       switch_on(fd, IPPROTO_TCP, TCP_NODELAY) &&
	       bind(fd, (const struct sockaddr *)&ss, len) == 0 &&
	       listen(fd, INT_MAX) == 0;
}

enum err
net_listen_open(const struct net_addr *addr, bool shared, int *fd_out)
{
	int family = net_addr_is_v4(addr) ? AF_INET : AF_INET6;
	int fd = socket(
	    family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	enum err e;

	if (fd < 0)
		return err_from_errno(errno);
	if (!set_up(fd, addr, shared)) {
		e = errno == EADDRNOTAVAIL ? ERR_NOENT : err_from_errno(errno);
		(void)close(fd);
		return e;
	}
	*fd_out = fd;
	return ERR_OK;
}

enum err
net_listen_share(int fd)
{
	return switch_on(fd, SOL_SOCKET, SO_REUSEPORT) ? ERR_OK
						       : err_from_errno(errno);
}

static void
rewatch(struct net_acceptor *a)
{
	bool on = !a->paused && !a->resting;

	(void)net_watch_set(a->watch, on ? NET_READ : 0);
}

static void
on_rested(void *ctx)
{
	struct net_acceptor *a = ctx;

	a->resting = false;
	rewatch(a);
}

/* Out of descriptors or memory: the connection stays in the backlog. */
static void
take_a_rest(struct net_acceptor *a, int code)
{
	if (!a->complained)
		log_errno(LOG_ERROR, "accept-rests", "accept", code);
	a->complained = true;
	a->resting = net_timer_set(&a->rest, REST_MS) == ERR_OK;
	rewatch(a);
}

/* A socket of the file system has no address. */
static bool
peer_of(const struct sockaddr_storage *ss, socklen_t len, struct net_addr *out)
{
	memset(out, 0, sizeof *out);
	return ss->ss_family == AF_UNIX ||
	       net_addr_of_sockaddr((const struct sockaddr *)ss, len, out) ==
		   ERR_OK;
}

/* Returns false when there is no more to accept for now. */
static bool
accept_one(struct net_acceptor *a)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof ss;
	struct net_addr peer;
	int fd = accept4(
	    a->fd, (struct sockaddr *)&ss, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM)
			take_a_rest(a, errno);
		/* else an error of that one connection: accept(2) passes on
		 * what the network has said about it */
		return errno != EAGAIN && !a->resting;
	}
	a->complained = false;
	if (peer_of(&ss, len, &peer))
		a->accepted(a->ctx, fd, &peer);
	else
		(void)close(fd);
	return true;
}

static void
on_ready(void *ctx, int events)
{
	struct net_acceptor *a = ctx;

	(void)events;
	a->held = true;
	for (int i = 0; i < ACCEPT_MAX; i++)
		if (!accept_one(a) || a->dead || a->paused)
			break;
	a->held = false;
	if (a->dead)
		free(a);
}

struct net_acceptor *
net_acceptor_new(struct net_loop *l, int fd,
    void (*accepted)(void *ctx, int fd, const struct net_addr *peer), void *ctx)
{
	struct net_acceptor *a = calloc(1, sizeof *a);

	if (a == NULL)
		return NULL;
	a->accepted = accepted;
	a->ctx = ctx;
	a->fd = fd;
	net_timer_init(&a->rest, l, on_rested, a);
	a->watch = net_watch_new(l, fd, on_ready, a);
	if (a->watch == NULL || net_watch_set(a->watch, NET_READ) != ERR_OK)
		net_acceptor_free(&a);
	return a;
}

void
net_acceptor_pause(struct net_acceptor *a, bool paused)
{
	a->paused = paused;
	rewatch(a);
}

void
net_acceptor_free(struct net_acceptor **ap)
{
	struct net_acceptor *a = *ap;

	*ap = NULL;
	if (a == NULL)
		return;
	net_timer_clear(&a->rest);
	net_watch_free(&a->watch);
	a->dead = true;
	if (!a->held)
		free(a);
}
