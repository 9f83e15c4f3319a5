/* The process: accepting, turning away, peers, reload, stop. */
#include "pop3/pop3_proc.h"

#include "pop3/fake.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct proc_child *child;
static void *ctx;
static struct net_addr at;
static unsigned exits, lost; /* lost: ROLE_SET */

/* In place of proc_child.c's, whose child has a process around it. */
void
proc_child_exit(struct proc_child *c, int status)
{
	OK(c == child);
	EQ_INT(status, 0);
	exits++;
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

	fake_init(2);
	exits = 0;
	child = calloc(1, sizeof *child);
	child->loop = fake.loop;
	child->conf = fake.conf;
	child->conf.listener[0].max_clients = max_clients;
	child->conf.listener[0].max_clients_per_ip = 100;
	child->conf.listener[0].banner[0] = '\0';
	child->conf.nlisteners = 1;
	child->workers = 1;
	EQ_INT(net_census_create(1, &census), ERR_OK);
	child->census = net_census_open(census, 0);
	EQ_INT(net_addr_parse(SLICE("127.0.0.1:0"), &at), ERR_OK);
	EQ_INT(net_listen_open(&at, false, &child->listener[0].fd), ERR_OK);
	EQ_INT(net_addr_of_socket(child->listener[0].fd, false, &at), ERR_OK);
	child->nlisteners = 1;
	EQ_INT(pop3_role.start(child, &ctx), ERR_OK);
	EQ_INT(pop3_role.listen(ctx), ERR_OK);
}

static void
to_client(int fd)
{
	if (fake.fd >= 0)
		(void)close(fake.fd);
	fake.fd = fd;
	fake.closed = false;
}

static void
end(void)
{
	to_client(-1); /* who has seen the end hangs up, too */
	for (unsigned i = 0; i < 200 && exits == 0; i++)
		net_loop_turn(fake.loop, 1);
	EQ_INT(exits, 1);
	pop3_role.fini(ctx);
	close(child->listener[0].fd);
	net_census_free(&child->census);
	free(child);
	fake_fini();
}

/* A client that fake_talk speaks for from now on; the one before is kept. */
static int
dial(const char *greeting)
{
	struct sockaddr_storage sa;
	socklen_t len = net_addr_to_sockaddr(&at, &sa);
	int before = fake.fd;

	fake.fd = socket(AF_INET, SOCK_STREAM, 0);
	fake.closed = false;
	OK(connect(fake.fd, (const struct sockaddr *)&sa, len) == 0);
	(void)fcntl(fake.fd, F_SETFL, O_NONBLOCK);
	/* over TCP what has been sent may come a moment later */
	for (unsigned i = 0; i < 20; i++)
		net_loop_turn(fake.loop, 1);
	fake_talk(greeting, "", greeting);
	return before;
}

TEST(proc_accepts_as_many_as_allowed)
{
	int first;

	start(1);
	dial("+OK mail.example.test ready\r\n");
	first = dial("-ERR [[]SYS/TEMP] too many connections\r\n");
	OK(fake.closed);
	to_client(first);
	fake_talk("log in", "USER alice@example.test\r\nPASS secret word\r\n",
	    "+OK\r\n+OK 2 messages *");
	fake_talk("quit", "QUIT\r\n", "+OK bye\r\n");
	OK(fake.closed);
	to_client(-1);
	dial("+OK mail.example.test ready\r\n");
	pop3_role.stop(ctx, 1000);
	fake_run();
	OK(fake.closed);
	end();
}

TEST(proc_peers_and_reload)
{
	start(10);
	dial("+OK *");
	pop3_role.peer(ctx, ROLE_STORE, 0, dup(0));
	pop3_role.peer(ctx, ROLE_AUTH, 0, dup(0));
	EQ_INT(fake.store_peers, 1);
	EQ_INT(fake.auth_peers, 1);
	EQ_INT(lost, 0);
	fake.store_closed(fake.closed_ctx);
	EQ_INT(lost, ROLE_SET(STORE));
	fake.auth_closed(fake.closed_ctx);
	EQ_INT(lost, ROLE_SET(STORE) | ROLE_SET(AUTH));
	strcpy(child->conf.hostname, "new.example.test");
	pop3_role.reload(ctx);
	fake_talk("still here", "CAPA\r\n", "+OK *");
	(void)close(dial("+OK new.example.test ready\r\n"));
	fake_talk("log in", "USER alice@example.test\r\nPASS secret word\r\n",
	    "+OK\r\n+OK 2 messages *");
	fake.lost(fake.lost_ctx); /* the store went away */
	fake_run();
	OK(fake.closed);
	pop3_role.stop(ctx, 1000);
	fake_run();
	end();
}

/* The only listener goes and another comes; its session stays. */
TEST(proc_changes_listeners)
{
	int fd, first, second;

	start(10);
	dial("+OK *");
	child->conf.listener[1] = child->conf.listener[0];
	child->conf.listener[0].naddr = 0;
	child->conf.nlisteners = 2;
	fd = child->listener[0].fd;
	EQ_INT(net_addr_parse(SLICE("127.0.0.1:0"), &at), ERR_OK);
	child->listener[0].listener = 1;
	EQ_INT(net_listen_open(&at, false, &child->listener[0].fd), ERR_OK);
	EQ_INT(net_addr_of_socket(child->listener[0].fd, false, &at), ERR_OK);
	pop3_role.reload(ctx);
	EQ_INT(pop3_role.listen(ctx), ERR_OK);
	close(fd);
	first = dial("+OK *");
	EQ_INT(net_census_total(child->census, 0), 1);
	EQ_INT(net_census_total(child->census, 1), 1);
	second = fake.fd;
	fake.fd = first;
	fake_talk("log in", "USER alice@example.test\r\nPASS secret word\r\n",
	    "+OK\r\n+OK 2 messages *");
	fake_talk("quit", "QUIT\r\n", "+OK bye\r\n");
	OK(fake.closed);
	to_client(second);
	fake_run();
	EQ_INT(net_census_total(child->census, 0), 0);
	EQ_INT(net_census_total(child->census, 1), 1);
	pop3_role.stop(ctx, 1000);
	fake_run();
	end();
}

/* A stop waits for what is being removed, and for nothing else. */
TEST(proc_stop_lets_quit_finish)
{
	int other;

	start(10);
	dial("+OK *");
	other = dial("+OK *");
	fake_talk("log in", "USER alice@example.test\r\nPASS secret word\r\n",
	    "+OK\r\n+OK 2 messages *");
	fake_talk("mark", "DELE 1\r\n", "+OK\r\n");
	buf_reset(&fake.in);
	OK(write(fake.fd, "QUIT\r\n", 6) == 6);
	for (unsigned i = 0; i < 100 && fake.expunges == 0; i++)
		net_loop_turn(fake.loop, 1);
	pop3_role.stop(ctx, 1000);
	fake_run();
	EQ_STR(buf_cstr(&fake.in), "+OK bye\r\n");
	OK(fake.closed);
	OK(fake.mail[0].p == NULL && fake.mail[1].p != NULL);
	to_client(other);
	fake_run();
	OK(fake.closed);
	end();
}

TEST(proc_stop_when_idle)
{
	start(1);
	pop3_role.stop(ctx, 1000);
	end();
}
