/* The process: accepting, turning away, reload, stop. */
#include "../unit.h"
#include "fake.h"

#include "smtp/smtp_proc.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fake f; /* for its store, clock and configuration */
static struct proc_child *child;
static void *ctx;
static struct net_addr at;
static unsigned lost; /* ROLE_SET */

/* in place of proc_child.c, whose child has a process around it */
void
proc_child_exit(struct proc_child *c, int status)
{
	EQ_INT(status, 0);
	net_loop_stop(c->loop);
}

void
proc_child_lost(struct proc_child *c, enum role role)
{
	OK(c == child);
	lost |= 1u << role;
}

static void
start(unsigned max_clients)
{
	int census;

	fake_init(&f, false);
	child = calloc(1, sizeof *child);
	child->loop = f.loop;
	child->conf = f.conf;
	child->conf.listener[0].max_clients = max_clients;
	child->conf.listener[0].max_clients_per_ip = 100;
	child->conf.listener[1].service = CONF_POP3;
	child->conf.nlisteners = 2;
	child->workers = 1;
	EQ_INT(net_census_create(1, &census), ERR_OK);
	child->census = net_census_open(census, 0);
	EQ_INT(net_addr_parse(SLICE("127.0.0.1:0"), &at), ERR_OK);
	EQ_INT(net_listen_open(&at, false, &child->listener[0].fd), ERR_OK);
	EQ_INT(net_addr_of_socket(child->listener[0].fd, false, &at), ERR_OK);
	child->listener[1] = (struct proc_listener){-1, 1};
	child->nlisteners = 2;
	EQ_INT(smtp_role.start(child, &ctx), ERR_OK);
	EQ_INT(smtp_role.listen(ctx), ERR_OK);
}

static void
end(void)
{
	close(child->listener[0].fd);
	net_census_free(&child->census);
	free(child);
	fake_fini(&f);
}

static int
dial(void)
{
	struct sockaddr_storage sa;
	socklen_t len = net_addr_to_sockaddr(&at, &sa);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	OK(connect(fd, (const struct sockaddr *)&sa, len) == 0);
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* What comes, as far as it has; "closed" when it has ended. */
static const char *
hear(int fd)
{
	static char text[1024];
	ssize_t n = -1;

	for (unsigned i = 0; i < 200 && n < 0; i++) {
		net_loop_turn(f.loop, 1);
		n = recv(fd, text, sizeof text - 1, 0);
	}
	text[n < 0 ? 0 : n] = '\0';
	return n == 0 ? "closed" : text;
}

static void
expect(int fd, const char *want)
{
	const char *got = hear(fd);

	EQ_MEM(got, strlen(want) < strlen(got) ? strlen(want) : strlen(got),
	    want, strlen(want));
}

/* The parent hears of it when a channel has closed. */
TEST(smtp_proc_loses_peers)
{
	start(2);
	lost = 0;
	smtp_role.peer(ctx, ROLE_STORE, 0, dup(0));
	smtp_role.peer(ctx, ROLE_AUTH, 0, dup(0));
	EQ_INT(lost, 0);
	fake_store_closed.fn(fake_store_closed.ctx);
	EQ_INT(lost, ROLE_SET(STORE));
	fake_auth_closed.fn(fake_auth_closed.ctx);
	EQ_INT(lost, ROLE_SET(STORE) | ROLE_SET(AUTH));
	smtp_role.stop(ctx, 1000);
	fake_run(&f);
	end();
}

TEST(smtp_proc_accepts)
{
	int a, b, c;

	start(2);
	a = dial();
	expect(a, "220 mail.example.test");
	b = dial();
	expect(b, "220 ");
	c = dial();
	expect(c, "421 4.3.2");
	expect(c, "closed");
	close(c);
	OK(send(a, "QUIT\r\n", 6, 0) == 6);
	expect(a, "221 ");
	expect(a, "closed");
	close(a);
	c = dial();
	expect(c, "220 ");

	/* new ones see the new configuration, old ones what they began with */
	strcpy(child->conf.hostname, "new.example.test");
	smtp_role.reload(ctx);
	OK(send(c, "HELO x\r\nQUIT\r\n", 14, 0) == 14);
	expect(c, "250 mail.example.test\r\n221");
	close(c);
	net_loop_turn(f.loop, 10);
	c = dial();
	expect(c, "220 new.example.test");

	smtp_role.stop(ctx, 10000);
	expect(b, "421 4.3.2");
	expect(c, "421 4.3.2");
	close(b);
	close(c);
	net_loop_run(f.loop); /* until proc_child_exit */
	end();
}

/* One listener is added, then the first goes: its session and who waits in the
 * backlog of the other notice nothing. */
TEST(smtp_proc_changes_listeners)
{
	int a, b, c, fd;

	start(5);
	a = dial();
	expect(a, "220 ");
	fd = child->listener[0].fd;
	child->listener[0].fd = dup(fd);
	child->conf.listener[2] = child->conf.listener[0];
	child->conf.nlisteners = 3;
	EQ_INT(net_addr_parse(SLICE("127.0.0.1:0"), &at), ERR_OK);
	child->listener[2].listener = 2;
	EQ_INT(net_listen_open(&at, false, &child->listener[2].fd), ERR_OK);
	EQ_INT(net_addr_of_socket(child->listener[2].fd, false, &at), ERR_OK);
	child->nlisteners = 3;
	smtp_role.reload(ctx);
	EQ_INT(smtp_role.listen(ctx), ERR_OK);
	close(fd);
	b = dial();
	expect(b, "220 ");
	EQ_INT(net_census_total(child->census, 0), 1);
	EQ_INT(net_census_total(child->census, 2), 1);

	c = dial();
	child->conf.listener[0].naddr = 0;
	fd = child->listener[0].fd;
	child->listener[0] = child->listener[2];
	child->nlisteners = 1;
	smtp_role.reload(ctx);
	EQ_INT(smtp_role.listen(ctx), ERR_OK);
	close(fd);
	expect(c, "220 ");
	OK(send(a, "QUIT\r\n", 6, 0) == 6);
	expect(a, "221 ");
	expect(a, "closed");
	close(a);
	net_loop_turn(f.loop, 10);
	EQ_INT(net_census_total(child->census, 0), 0);
	EQ_INT(net_census_total(child->census, 2), 2);
	close(b);
	close(c);
	smtp_role.stop(ctx, 100);
	net_loop_run(f.loop);
	end();
}

TEST(smtp_proc_stop_at_once)
{
	start(2);
	smtp_role.stop(ctx, 10000);
	net_loop_run(f.loop);
	end();
}

/* A client that never takes its 421: grace ends. */
TEST(smtp_proc_stop_with_grace)
{
	int a;

	start(2);
	a = dial();
	expect(a, "220 ");
	smtp_role.stop(ctx, 20);
	net_loop_run(f.loop);
	close(a);
	end();
}
