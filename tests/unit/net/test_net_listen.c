#include "net/net_listen.h"

#include "../unit.h"
#include "../unit_tcp.h"
#include "base/log.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PATIENCE = 1000 /* turns of 10 ms, if nothing happens in them */ };

struct probe {
	struct net_loop *loop;
	struct net_acceptor *a;
	int calls, fd[200];
	struct net_addr peer;
	bool pause, free_it;
};

static void
on_accepted(void *ctx, int fd, const struct net_addr *peer)
{
	struct probe *p = ctx;

	p->fd[p->calls++] = fd;
	p->peer = *peer;
	if (p->pause)
		net_acceptor_pause(p->a, true);
	if (p->free_it)
		net_acceptor_free(&p->a);
}

static int
listen_at(const char *where, bool shared, struct net_addr *at_out)
{
	struct net_addr a;
	int fd = -1;

	EQ_INT(net_addr_parse(slice_str(where), &a), ERR_OK);
	EQ_INT(net_listen_open(&a, shared, &fd), ERR_OK);
	EQ_INT(net_addr_of_socket(fd, false, at_out), ERR_OK);
	return fd;
}

static int
dial(const struct net_addr *at)
{
	struct sockaddr_storage ss;
	socklen_t len = net_addr_to_sockaddr(at, &ss);
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	(void)connect(fd, (struct sockaddr *)&ss, len);
	return fd;
}

static int
option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof value;

	OK(getsockopt(fd, level, name, &value, &len) == 0);
	return value;
}

static void
begin(struct probe *p, int listener)
{
	*p = (struct probe){.loop = net_loop_new()};
	p->a = net_acceptor_new(p->loop, listener, on_accepted, p);
	OK(p->a != NULL);
}

static void
end(struct probe *p, int listener)
{
	net_acceptor_free(&p->a);
	for (int i = 0; i < p->calls; i++)
		close(p->fd[i]);
	close(listener);
	net_loop_free(&p->loop);
}

TEST(listen_and_accept)
{
	static const char *const where[] = {"127.0.0.1:0", "[::1]:0"};

	for (int i = 0; i < 1 + unit_ipv6(); i++) {
		struct net_addr at;
		int l = listen_at(where[i], false, &at), c = dial(&at);
		struct probe p;

		unit_case(where[i]);
		begin(&p, l);
		for (int k = 0; k < PATIENCE && p.calls == 0; k++)
			net_loop_turn(p.loop, 10);
		EQ_INT(p.calls, 1);
		OK(net_addr_is_loopback(&p.peer) && p.peer.port != 0);
		OK((fcntl(p.fd[0], F_GETFL) & O_NONBLOCK) != 0);
		OK((fcntl(p.fd[0], F_GETFD) & FD_CLOEXEC) != 0);
		OK((fcntl(l, F_GETFL) & O_NONBLOCK) != 0);
		OK((fcntl(l, F_GETFD) & FD_CLOEXEC) != 0);
		EQ_INT(option(p.fd[0], IPPROTO_TCP, TCP_NODELAY), 1);
		EQ_INT(option(l, SOL_SOCKET, SO_REUSEADDR), 1);
		EQ_INT(option(l, SOL_SOCKET, SO_REUSEPORT), 0);
		if (i == 1)
			EQ_INT(option(l, IPPROTO_IPV6, IPV6_V6ONLY), 1);
		close(c);
		end(&p, l);
	}
}

TEST(listen_shared)
{
	struct net_addr at;
	int one = listen_at("127.0.0.1:0", true, &at), two = -1;

	EQ_INT(net_listen_open(&at, true, &two), ERR_OK);
	close(two);
	EQ_INT(net_listen_open(&at, false, &two), ERR_BUSY);
	close(one);
}

/* One that was alone lets another in, at a wider address as well. */
TEST(listen_share)
{
	struct net_addr at;
	int one = listen_at("127.0.0.1:0", false, &at), two = -1;

	EQ_INT(net_listen_open(&at, true, &two), ERR_BUSY);
	EQ_INT(net_listen_share(one), ERR_OK);
	EQ_INT(net_listen_open(&at, true, &two), ERR_OK);
	close(two);
	memset(at.ip + 12, 0, 4);
	EQ_INT(net_listen_open(&at, true, &two), ERR_OK);
	close(two);
	close(one);
	EQ_INT(net_listen_share(-1), ERR_IO);
}

TEST(listen_not_possible)
{
	struct net_addr a;
	int fd = -1;

	net_addr_parse(SLICE("192.0.2.1:0"), &a); /* not ours (RFC 5737) */
	OK(net_listen_open(&a, false, &fd) != ERR_OK);
	EQ_INT(fd, -1);
}

TEST(accept_many_and_pause)
{
	struct net_addr at;
	int l = listen_at("127.0.0.1:0", false, &at), c[100];
	struct probe p;

	for (int i = 0; i < 100; i++)
		c[i] = dial(&at);
	begin(&p, l);
	p.pause = true;
	for (int i = 0; i < PATIENCE && p.calls == 0; i++)
		net_loop_turn(p.loop, 10);
	EQ_INT(p.calls, 1);
	net_loop_turn(p.loop, 20);
	EQ_INT(p.calls, 1);
	p.pause = false;
	net_acceptor_pause(p.a, false);
	for (int i = 0; i < PATIENCE && p.calls < 100; i++)
		net_loop_turn(p.loop, 10);
	EQ_INT(p.calls, 100);
	for (int i = 0; i < 100; i++)
		close(c[i]);
	end(&p, l);
}

TEST(accept_freed_by_its_callback)
{
	struct net_addr at;
	int l = listen_at("127.0.0.1:0", false, &at);
	int c = dial(&at), d = dial(&at);
	struct probe p;

	begin(&p, l);
	p.free_it = true;
	for (int i = 0; i < PATIENCE && p.calls == 0; i++)
		net_loop_turn(p.loop, 10);
	net_loop_turn(p.loop, 0);
	EQ_INT(p.calls, 1);
	OK(p.a == NULL);
	close(c);
	close(d);
	end(&p, l);
}

static int lines;

static void
count_line(void *ctx, struct slice line)
{
	(void)ctx;
	(void)line;
	lines++;
}

/* Without a free descriptor: it rests, says so once, and comes back. */
TEST(accept_out_of_descriptors)
{
	struct net_addr at;
	int l = listen_at("127.0.0.1:0", false, &at), c = dial(&at), turns;
	struct rlimit was, now;
	struct probe p;

	begin(&p, l);
	OK(getrlimit(RLIMIT_NOFILE, &was) == 0);
	now = was;
	now.rlim_cur = 3;
	lines = 0;
	log_set_sink(count_line, NULL);
	OK(setrlimit(RLIMIT_NOFILE, &now) == 0);
	for (turns = 0; turns < 5; turns++)
		net_loop_turn(p.loop, 50);
	OK(setrlimit(RLIMIT_NOFILE, &was) == 0);
	EQ_INT(p.calls, 0);
	EQ_INT(lines, 1);
	for (turns = 0; turns < 50 && p.calls == 0; turns++)
		net_loop_turn(p.loop, 50);
	EQ_INT(p.calls, 1);
	log_set_sink(NULL, NULL);
	close(c);
	end(&p, l);
}
