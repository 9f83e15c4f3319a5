#include "net/net_connect.h"

#include "../unit.h"
#include "../unit_tcp.h"
#include "base/clock.h"
#include "net/net_listen.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct probe {
	struct net_loop *loop;
	struct net_connect *c;
	int calls, fd;
	enum err e;
};

static void
on_done(void *ctx, enum err e, int fd)
{
	struct probe *p = ctx;

	p->calls++;
	p->e = e;
	p->fd = fd;
	p->c = NULL;
}

static struct net_addr
addr_of(const char *text)
{
	struct net_addr a = {0};

	EQ_INT(net_addr_parse(slice_str(text), &a), ERR_OK);
	return a;
}

/* A port of this host: listening, or free. */
static struct net_addr
port_of(const char *text, bool listening, int *fd_out)
{
	struct net_addr a = addr_of(text);
	int fd = -1;

	EQ_INT(net_listen_open(&a, false, &fd), ERR_OK);
	EQ_INT(net_addr_of_socket(fd, false, &a), ERR_OK);
	if (!listening)
		close(fd);
	*fd_out = listening ? fd : -1;
	return a;
}

static void
begin(struct probe *p, const struct net_addr *to, const struct net_addr *near,
    uint64_t wait_ms)
{
	*p = (struct probe){.loop = net_loop_new(), .fd = -1};
	p->c = net_connect_new(p->loop, to, near, wait_ms, on_done, p);
	OK(p->c != NULL);
	EQ_INT(p->calls, 0); /* never from inside */
}

static void
end(struct probe *p)
{
	net_connect_free(&p->c);
	if (p->fd >= 0)
		close(p->fd);
	net_loop_free(&p->loop);
}

static void
settle(struct probe *p)
{
	for (int i = 0; i < 100 && p->calls == 0; i++)
		net_loop_turn(p->loop, 10);
}

TEST(connect_to_listener)
{
	static const char *const where[] = {"127.0.0.1:0", "[::1]:0"};

	for (int i = 0; i < 1 + unit_ipv6(); i++) {
		struct probe p;
		struct net_addr far;
		int l, on = 0;
		struct net_addr to = port_of(where[i], true, &l);
		socklen_t len = sizeof on;

		unit_case(where[i]);
		begin(&p, &to, NULL, 5000);
		settle(&p);
		EQ_INT(p.calls, 1);
		EQ_INT(p.e, ERR_OK);
		EQ_INT(net_addr_of_socket(p.fd, true, &far), ERR_OK);
		EQ_INT(far.port, to.port);
		OK((fcntl(p.fd, F_GETFL) & O_NONBLOCK) != 0);
		OK((fcntl(p.fd, F_GETFD) & FD_CLOEXEC) != 0);
		OK(getsockopt(p.fd, IPPROTO_TCP, TCP_NODELAY, &on, &len) == 0);
		OK(on != 0);
		end(&p);
		close(l);
	}
}

TEST(connect_from_an_address)
{
	struct probe p;
	struct net_addr near = addr_of("127.0.0.3:0"), got;
	int l;
	struct net_addr to = port_of("127.0.0.1:0", true, &l);

	begin(&p, &to, &near, 5000);
	settle(&p);
	EQ_INT(p.e, ERR_OK);
	EQ_INT(net_addr_of_socket(p.fd, false, &got), ERR_OK);
	OK(memcmp(got.ip, near.ip, sizeof got.ip) == 0);
	end(&p);

	unit_case("not ours");
	near = addr_of("192.0.2.77:0");
	begin(&p, &to, &near, 5000);
	settle(&p);
	EQ_INT(p.calls, 1);
	EQ_INT(p.e, ERR_IO);
	EQ_INT(p.fd, -1);
	end(&p);
	close(l);
}

TEST(connect_refused)
{
	struct probe p;
	int l;
	struct net_addr to = port_of("127.0.0.1:0", false, &l);

	begin(&p, &to, NULL, 5000);
	settle(&p);
	EQ_INT(p.calls, 1);
	EQ_INT(p.e, ERR_CLOSED);
	EQ_INT(p.fd, -1);
	end(&p);
}

/* A listener whose backlog is full does not answer. */
TEST(connect_times_out)
{
	struct sockaddr_storage ss;
	struct probe p, filler[4];
	int l = socket(AF_INET, SOCK_STREAM, 0);
	struct net_addr to = addr_of("127.0.0.1:0");
	socklen_t len = net_addr_to_sockaddr(&to, &ss);

	OK(bind(l, (struct sockaddr *)&ss, len) == 0 && listen(l, 0) == 0);
	EQ_INT(net_addr_of_socket(l, false, &to), ERR_OK);
	for (int i = 0; i < 4; i++) {
		begin(&filler[i], &to, NULL, 60000);
		for (int k = 0; k < 3; k++)
			net_loop_turn(filler[i].loop, 5);
	}
	clock_set_for_test(1, 1000000);
	begin(&p, &to, NULL, 3000);
	clock_set_for_test(1, 3999000);
	net_loop_turn(p.loop, 0);
	EQ_INT(p.calls, 0);
	clock_set_for_test(1, 4000000);
	settle(&p);
	EQ_INT(p.calls, 1);
	EQ_INT(p.e, ERR_TIMEOUT);
	clock_set_for_test(0, 0);
	end(&p);
	for (int i = 0; i < 4; i++)
		end(&filler[i]);
	close(l);
}

TEST(connect_given_up)
{
	struct probe p;
	int l;
	struct net_addr to = port_of("127.0.0.1:0", true, &l);

	begin(&p, &to, NULL, 5000);
	net_connect_free(&p.c);
	for (int i = 0; i < 5; i++)
		net_loop_turn(p.loop, 1);
	EQ_INT(p.calls, 0);
	end(&p);
	close(l);
}
