/*
 * Listeners for each worker, at the start and at a reload; the sockets of the
 * file system.
 * Covers: daemon/sockets_local.c
 */
#include "daemon/sockets.h"

#include "base/clock.h"
#include "net/net_listen.h"
#include "proc/msg.h"
#include "proc/proc_spawn.h"
#include "tests/unit/daemon/toy.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char dir[] = "/tmp/restante-sockets-XXXXXX";
static const uint8_t loopback[16] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};

/* A free port, as far as that can be known. */
static uint16_t
free_port(void)
{
	struct net_addr a = {.port = 0};
	int fd = -1;

	memcpy(a.ip, loopback, sizeof a.ip);
	EQ_INT(net_listen_open(&a, false, &fd), ERR_OK);
	EQ_INT(net_addr_of_socket(fd, false, &a), ERR_OK);
	(void)close(fd);
	return a.port;
}

static void
set_up(struct conf *c)
{
	if (dir[strlen(dir) - 1] == 'X')
		OK(mkdtemp(dir) != NULL);
	memset(c, 0, sizeof *c);
	(void)snprintf(c->run_dir, CONF_TEXT, "%s", dir);
	c->front_workers = 3;
	c->nlisteners = 1;
	(void)snprintf(c->listener[0].name, CONF_NAME, "smtp");
	c->listener[0].service = CONF_SMTP;
	c->listener[0].naddr = 1;
	memcpy(c->listener[0].addr[0].ip, loopback, sizeof loopback);
	c->listener[0].addr[0].port = free_port();
}

static void
clean(void)
{
	(void)rmdir(dir);
	(void)snprintf(dir, sizeof dir, "/tmp/restante-sockets-XXXXXX");
}

static const char *
admin_path(void)
{
	static char text[64];

	(void)snprintf(text, sizeof text, "%s/control", dir);
	return text;
}

TEST(sockets_one_for_each_worker)
{
	struct conf c;
	struct sockets s, other;
	struct buf why = BUF_INIT(1000);
	struct stat st;

	set_up(&c);
	EQ_INT(sockets_open(&s, &c, toy_roles, 0, &why), ERR_OK);
	EQ_INT(s.count, 3);
	EQ_INT(stat(admin_path(), &st), 0);
	EQ_INT(st.st_mode & 07777, 0600);
	/* although the addresses are shared, nobody else gets in */
	EQ_INT(sockets_open(&other, &c, toy_roles, 0, &why), ERR_BUSY);
	OK(strstr(buf_cstr(&why), "listen smtp: 127.0.0.1:") != NULL);
	sockets_close(&other, &c);
	EQ_INT(stat(admin_path(), &st), 0);
	sockets_close(&s, &c);
	EQ_INT(stat(admin_path(), &st), -1);
	buf_fini(&why);
	clean();
}

TEST(sockets_at_an_address_of_others)
{
	struct conf c;
	struct sockets s;
	struct buf why = BUF_INIT(1000);

	set_up(&c);
	EQ_INT(net_addr_parse(SLICE("192.0.2.1:0"), &c.listener[0].addr[0]),
	    ERR_OK);
	EQ_INT(sockets_open(&s, &c, toy_roles, 0, &why), ERR_NOENT);
	EQ_STR(buf_cstr(&why), "listen smtp: 192.0.2.1:0: does not exist (this "
			       "machine has no such "
			       "address)\n");
	sockets_close(&s, &c);
	buf_fini(&why);
	clean();
}

/* Every user of the machine may connect to this one. */
TEST(sockets_submit)
{
	struct conf c;
	struct sockets s;
	struct buf why = BUF_INIT(1000);
	struct stat st;
	char path[CONF_TEXT + 16];

	set_up(&c);
	c.nlisteners = 0;
	conf_submit_socket(&c, path);
	EQ_INT(sockets_open(&s, &c, toy_roles, 0, &why), ERR_OK);
	EQ_INT(stat(path, &st), 0);
	EQ_INT(st.st_mode & 07777, 0666);
	sockets_close(&s, &c);
	EQ_INT(stat(path, &st), -1);
	strcpy(c.submit.socket, "off");
	EQ_INT(sockets_open(&s, &c, toy_roles, 0, &why), ERR_OK);
	EQ_INT(s.submit_fd, -1);
	EQ_INT(stat(path, &st), -1);
	sockets_close(&s, &c);
	memset(c.submit.socket, 'x', CONF_TEXT - 1);
	EQ_INT(sockets_open(&s, &c, toy_roles, 0, &why), ERR_TOOBIG);
	OK(strstr(buf_cstr(&why), "(submit.socket)") != NULL);
	c.submit.socket[0] = '\0';
	sockets_close(&s, &c);
	buf_fini(&why);
	clean();
}

TEST(sockets_wait_for_a_dying_server)
{
	struct conf c;
	struct sockets s;
	struct buf why = BUF_INIT(1000);
	uint64_t begun = clock_mono_ms();
	int fd;

	set_up(&c);
	EQ_INT(net_listen_open(&c.listener[0].addr[0], false, &fd), ERR_OK);
	EQ_INT(sockets_open(&s, &c, toy_roles, begun + 500, &why), ERR_BUSY);
	OK(clock_mono_ms() - begun >= 500);
	(void)close(fd);
	sockets_close(&s, &c);
	buf_fini(&why);
	clean();
}

TEST(sockets_replace_only_dead_admin_sockets)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct buf why = BUF_INIT(1000);
	struct sockets s;
	struct conf c;
	FILE *f;

	set_up(&c);
	c.nlisteners = 0;
	(void)snprintf(a.sun_path, sizeof a.sun_path, "%s", admin_path());
	EQ_INT(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	EQ_INT(listen(fd, 1), 0);
	EQ_INT(sockets_open(&s, &c, toy_roles, 0, &why), ERR_BUSY);
	sockets_close(&s, &c);
	(void)close(fd);
	EQ_INT(sockets_open(&s, &c, toy_roles, 0, &why), ERR_OK);
	sockets_close(&s, &c);
	OK((f = fopen(admin_path(), "w")) != NULL);
	(void)fclose(f);
	EQ_INT(sockets_open(&s, &c, toy_roles, 0, &why), ERR_EXISTS);
	sockets_close(&s, &c);
	EQ_INT(unlink(admin_path()), 0);
	(void)snprintf(c.admin.group, CONF_NAME, "no-such-group");
	EQ_INT(sockets_open(&s, &c, toy_roles, 0, &why), ERR_NOENT);
	sockets_close(&s, &c);
	buf_fini(&why);
	clean();
}

/* --- another configuration
 * ---------------------------------------------------- */

/* Does anybody listen there? */
static bool
answers(const struct net_addr *a)
{
	struct sockaddr_storage sa;
	socklen_t len = net_addr_to_sockaddr(a, &sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = connect(fd, (const struct sockaddr *)&sa, len) == 0;

	(void)close(fd);
	return yes;
}

static void
add_listener(struct conf *c, const char *name, uint32_t service, uint16_t port)
{
	struct conf_listener *l = &c->listener[c->nlisteners++];

	*l = c->listener[0];
	(void)snprintf(l->name, CONF_NAME, "%s", name);
	l->service = service;
	l->addr[0].port = port;
}

static void
change(struct sockets *s, const struct conf *c)
{
	struct buf why = BUF_INIT(1000);
	struct sockets next;

	EQ_INT(sockets_change(s, c, toy_roles, &next, &why), ERR_OK);
	EQ_STR(buf_cstr(&why), "");
	sockets_drop(s, &next);
	*s = next;
	buf_fini(&why);
}

/* A client that nobody has accepted yet does not notice. */
TEST(sockets_change_keeps_what_stays)
{
	struct conf c;
	struct sockets s;
	struct buf why = BUF_INIT(1000);
	struct net_addr first, second = {.port = 0};
	struct sockaddr_storage sa;
	socklen_t len;
	char byte;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	set_up(&c);
	first = c.listener[0].addr[0];
	EQ_INT(sockets_open(&s, &c, toy_roles, 0, &why), ERR_OK);
	len = net_addr_to_sockaddr(&first, &sa);
	EQ_INT(connect(fd, (const struct sockaddr *)&sa, len), 0);
	add_listener(&c, "other", CONF_SMTP, free_port());
	second = c.listener[1].addr[0];
	c.listener[1].addr[0] = first; /* now at another number */
	c.listener[0].addr[0] = second;
	change(&s, &c);
	EQ_INT(s.count, 6);
	OK(answers(&second));
	EQ_INT(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
	c.listener[0].naddr = 0;
	change(&s, &c);
	EQ_INT(s.count, 3);
	OK(!answers(&second));
	EQ_INT(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
	c.listener[1].naddr = 0;
	change(&s, &c);
	EQ_INT(s.count, 0);
	OK(!answers(&first));
	OK(recv(fd, &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET);
	(void)close(fd);
	sockets_close(&s, &c);
	buf_fini(&why);
	clean();
}

/* 127.0.0.1 becomes all addresses, and back, with one worker and with more. */
TEST(sockets_change_widens_an_address)
{
	for (uint32_t workers = 1; workers <= 2; workers++) {
		struct conf c;
		struct sockets s;
		struct buf why = BUF_INIT(1000);
		struct net_addr narrow;

		set_up(&c);
		c.front_workers = workers;
		narrow = c.listener[0].addr[0];
		EQ_INT(sockets_open(&s, &c, toy_roles, 0, &why), ERR_OK);
		memset(c.listener[0].addr[0].ip + 12, 0, 4);
		change(&s, &c);
		EQ_INT(s.count, workers);
		OK(answers(&narrow));
		c.listener[0].addr[0] = narrow;
		change(&s, &c);
		EQ_INT(s.count, workers);
		OK(answers(&narrow));
		sockets_close(&s, &c);
		buf_fini(&why);
		clean();
	}
}

TEST(sockets_change_fails_whole)
{
	struct conf c, wanted;
	struct sockets s, next;
	struct buf why = BUF_INIT(1000);
	struct net_addr taken, other;
	int fd;

	set_up(&c);
	EQ_INT(sockets_open(&s, &c, toy_roles, 0, &why), ERR_OK);
	wanted = c;
	add_listener(&wanted, "new", CONF_SMTP, free_port());
	other = wanted.listener[1].addr[0];
	add_listener(&wanted, "taken", CONF_SMTP, free_port());
	taken = wanted.listener[2].addr[0];
	EQ_INT(net_listen_open(&taken, false, &fd), ERR_OK);
	EQ_INT(sockets_change(&s, &wanted, toy_roles, &next, &why), ERR_BUSY);
	OK(strstr(buf_cstr(&why), "listen taken: 127.0.0.1:") != NULL);
	sockets_drop(&next, &s);
	OK(answers(&c.listener[0].addr[0]));
	OK(!answers(&other));
	(void)close(fd);
	/* and nothing of it is in the way */
	change(&s, &wanted);
	EQ_INT(s.count, 9);
	sockets_close(&s, &c);
	buf_fini(&why);
	clean();
}

TEST(sockets_serve_the_services_of_the_start)
{
	struct conf c;
	struct sockets s;
	struct buf why = BUF_INIT(1000);

	set_up(&c);
	EQ_INT(sockets_open(&s, &c, toy_roles, 0, &why), ERR_OK);
	OK(sockets_served(&s, toy_roles, CONF_SMTP));
	OK(!sockets_served(&s, toy_roles, CONF_POP3)); /* no such role */
	sockets_close(&s, &c);
	c.nlisteners = 0;
	EQ_INT(sockets_open(&s, &c, toy_roles, 0, &why), ERR_OK);
	OK(!sockets_served(&s, toy_roles, CONF_SMTP)); /* not started */
	sockets_close(&s, &c);
	buf_fini(&why);
	clean();
}

/* --- handing them out
 * --------------------------------------------------------- */

static unsigned listeners, admins, submits;

static void
on_listener(void *ctx, struct msg_listener *m, struct slice tail, int fd)
{
	(void)ctx;
	(void)tail;
	if (m->listener == MSG_LISTENER_ADMIN)
		admins++;
	else if (m->listener == MSG_LISTENER_SUBMIT)
		submits++;
	else
		listeners++;
	(void)close(fd);
}

static void
on_closed(void *ctx, enum err why)
{
	(void)ctx;
	(void)why;
}

TEST(sockets_go_to_whom_they_belong)
{
	static const struct {
		enum role role;
		unsigned index, listeners, admins, submits;
	} cases[] = {
	    {ROLE_SMTP,  0, 1, 0, 1},
            {ROLE_SMTP,  2, 1, 0, 1},
	    {ROLE_SMTP,  3, 0, 0, 1},
            {ROLE_STORE, 0, 0, 1, 0},
	    {ROLE_AUTH,  0, 0, 0, 0}
        };
	static const struct msg_handlers none,
	    handlers = {.listener = on_listener};
	struct net_loop *loop = net_loop_new();
	struct buf why = BUF_INIT(1000);
	struct sockets s;
	struct conf c;

	set_up(&c);
	EQ_INT(sockets_open(&s, &c, toy_roles, 0, &why), ERR_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct chan *here, *there;
		int fd[2];

		unit_case(role_name(cases[i].role));
		listeners = admins = submits = 0;
		EQ_INT(proc_pair(fd), ERR_OK);
		here = chan_new(loop, fd[0], ROLE_PARENT, cases[i].role, &none,
		    on_closed, NULL);
		there = chan_new(loop, fd[1], cases[i].role, ROLE_PARENT,
		    &handlers, on_closed, NULL);
		EQ_INT(sockets_send(&s, cases[i].role, cases[i].index, here),
		    ERR_OK);
		for (unsigned k = 0; k < 5; k++)
			net_loop_turn(loop, 1);
		EQ_INT(listeners, cases[i].listeners);
		EQ_INT(admins, cases[i].admins);
		EQ_INT(submits, cases[i].submits);
		chan_free(&here);
		chan_free(&there);
	}
	sockets_close(&s, &c);
	net_loop_free(&loop);
	buf_fini(&why);
	clean();
}
