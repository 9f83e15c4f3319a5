/*
 * The parent with toy roles (toy.h): order, restart, reload, stop. Each test
 * runs a whole server in a process of its own and talks to it from outside.
 * Covers: daemon/files.c daemon/parent_conf.c
 * Covers: daemon/parent_control.c daemon/worker.c
 */
#include "daemon/parent.h"

#include "base/buf.h"
#include "base/clock.h"
#include "net/net_listen.h"
#include "net/net_tls.h"
#include "tests/unit/daemon/toy.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/restante-parent-XXXXXX";
static unsigned port;
static pid_t owner; /* of dir: not the servers, which are forked from us */
static pid_t server;
static int log_fd = -1;
static char log_text[1 << 16];
static size_t log_len;

/* --- files ------------------------------------------------------------------
 */

static const char *
path(const char *name)
{
	static char text[128];

	(void)snprintf(text, sizeof text, "%s/%s", dir, name);
	return text;
}

/* Not with a pid of 0, which would be us and all around us. */
static void
send_signal(long pid, int signo)
{
	if (OK(pid > 0))
		EQ_INT(kill((pid_t)pid, signo), 0);
}

static void
put(const char *name, const char *text, size_t len)
{
	int fd = open(path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	OK(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	(void)close(fd);
}

static void
put_conf(const char *hostname, const char *more)
{
	struct buf b = BUF_INIT(4096);

	buf_addf(&b,
	    "hostname = %s\ndata_dir = data\nrun_dir = run\n"
	    "user = nobody\nfront_user = nobody\nfront_workers = 2\n"
	    "log { level = debug }\n%s\n"
	    "listen smtp { address = {\"127.0.0.1:%u\"}\n auth = off\n"
	    " tls = %s }\n",
	    hostname, more, port,
	    strstr(more, "tls") == NULL ? "off" : "starttls");
	put("conf", b.p, b.len);
	buf_fini(&b);
}

static void
put_certificate(void)
{
	struct buf chain = BUF_INIT(65536), key = BUF_INIT(65536);

	EQ_INT(net_tls_self_signed("toy.test", &chain, &key), ERR_OK);
	put("cert.pem", chain.p, chain.len);
	put("key.pem", key.p, key.len);
	buf_fini(&chain);
	buf_fini(&key);
}

static void
make_place(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	bool bound = false;
	int fd;

	if (port != 0)
		return;
	OK(mkdtemp(dir) != NULL);
	owner = getpid();
	EQ_INT(chmod(dir, 0755), 0);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	/* none that a connection of somebody may get as its own meanwhile; the
	 * next one is used, too */
	port = 10100 + 2 * ((unsigned)owner % 10000);
	for (unsigned i = 0; i < 500 && !bound; i++) {
		port += 2;
		a.sin_port = htons((uint16_t)port);
		bound = bind(fd, (struct sockaddr *)&a, sizeof a) == 0;
	}
	OK(bound);
	(void)close(fd);
}

__attribute__((destructor)) static void
remove_place(void)
{
	static const char *const names[] = {"conf", "pw", "cert.pem", "key.pem",
	    "run/pid", "run/empty", "run/control", "run", "data", ""};

	for (size_t i = 0;
	     owner == getpid() && i < sizeof names / sizeof *names; i++)
		(void)remove(path(names[i]));
}

/* --- the server
 * --------------------------------------------------------------- */

static void
launch(void)
{
	int fd[2];

	EQ_INT(pipe2(fd, O_CLOEXEC), 0);
	(void)fcntl(fd[0], F_SETFL, O_NONBLOCK);
	log_len = 0;
	log_text[0] = '\0';
	(void)fflush(stdout);
	if ((server = fork()) == 0) {
		(void)dup2(fd[1], STDERR_FILENO);
		exit(parent_run(path("conf"), toy_roles));
	}
	(void)close(fd[1]);
	log_fd = fd[0];
}

static void
read_log(void)
{
	ssize_t n;

	while ((n = read(log_fd, log_text + log_len,
		    sizeof log_text - 1 - log_len)) > 0)
		log_len += (size_t)n;
	log_text[log_len] = '\0';
}

/* Wait until the log says so, as often; false after a while. */
static bool
logged(const char *text, unsigned times)
{
	for (unsigned tries = 0; tries < 6000; tries++) {
		unsigned n = 0;

		read_log();
		for (const char *p = log_text; (p = strstr(p, text)) != NULL;
		     p++)
			n++;
		if (n >= times)
			return true;
		(void)poll(NULL, 0, 10);
	}
	printf("\nnot logged: %s\n%s\n", text, log_text);
	return false;
}

static int
ended(void)
{
	int status = 0;

	EQ_INT(waitpid(server, &status, 0), server);
	read_log();
	(void)close(log_fd);
	server = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* All that somebody says until he hangs up. */
static const char *
answer(int fd)
{
	static char text[8192];
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof text - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	(void)close(fd);
	return text;
}

/* new; -1: nobody listens there */
static int
dial(unsigned at)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)at)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* new: another program has it */
static int
occupy(unsigned at)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)at)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	EQ_INT(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	EQ_INT(listen(fd, 1), 0);
	return fd;
}

static const char *
ask_smtp(void)
{
	int fd = dial(port);

	OK(fd >= 0);
	return answer(fd);
}

static const char *
ask_admin(const char *letter)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(a.sun_path, sizeof a.sun_path, "%s/run/control", dir);
	EQ_INT(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	EQ_INT(write(fd, letter, 1), 1);
	return answer(fd);
}

/* pid of a process from the status; its restarts */
static long
pid_of(const char *role, unsigned index, unsigned long *restarts_out)
{
	const char *row, *text = ask_admin("s");
	char start[64];
	long pid = 0;
	unsigned long long uptime;

	(void)snprintf(
	    start, sizeof start, "role=%s index=%u pid=", role, index);
	if ((row = strstr(text, start)) != NULL)
		(void)sscanf(row + strlen(start),
		    "%ld uptime_s=%llu restarts=%lu", &pid, &uptime,
		    restarts_out);
	return pid;
}

/* --- tests
 * --------------------------------------------------------------------- */

TEST(parent_serves_and_stops)
{
	struct stat st;

	make_place();
	put_conf("one.test", "");
	launch();
	OK(logged("serving hostname=one.test processes=5", 1));
	OK(strstr(ask_smtp(), "one.test tls=0 peers=2") != NULL);
	OK(strstr(ask_admin("v"), "done not supported") != NULL);
	EQ_INT(stat(path("run/control"), &st), 0);
	EQ_INT(st.st_mode & 07777, 0600);
	EQ_INT(stat(path("data"), &st), 0);
	EQ_INT(st.st_mode & 07777, 0700);
	EQ_INT(stat(path("run/empty"), &st), 0);
	EQ_INT(st.st_mode & 07777, 0555);
	send_signal(server, SIGTERM);
	EQ_INT(ended(), 0);
	OK(strstr(log_text, "role-stopped role=store") != NULL);
	OK(strstr(log_text, "role-died") == NULL);
	EQ_INT(stat(path("run/control"), &st), -1);
	EQ_INT(stat(path("run/pid"), &st), 0);
	EQ_INT(st.st_size, 0);
}

TEST(parent_starts_again_what_dies)
{
	static const struct {
		const char *role;
		unsigned index, peers; /* that smtp 1 has been given then */
	} cases[] = {
	    {"smtp",  0, 2},
            {"auth",  0, 3},
            {"store", 0, 4}
        };

	make_place();
	put_conf("two.test", "");
	launch();
	OK(logged("serving", 1));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned long restarts = 99;
		char want[64];
		long pid = pid_of(cases[i].role, cases[i].index, &restarts);

		unit_case(cases[i].role);
		EQ_INT(restarts, 0);
		send_signal(pid, SIGKILL);
		(void)snprintf(
		    want, sizeof want, "role-ready role=%s", cases[i].role);
		OK(logged(want, strcmp(cases[i].role, "smtp") == 0 ? 3 : 2));
		OK(pid_of(cases[i].role, cases[i].index, &restarts) != pid);
		EQ_INT(restarts, 1);
		(void)snprintf(want, sizeof want, "peers=%u", cases[i].peers);
		for (unsigned k = 0; k < 1000; k++) {
			const char *text = ask_smtp();

			if (strncmp(text, "smtp 1", 6) == 0) {
				OK(strstr(text, want) != NULL);
				break;
			}
		}
	}
	OK(strstr(log_text, "signal=KILL") != NULL);
	send_signal(server, SIGINT);
	EQ_INT(ended(), 0);
}

/* The parent logs a reload when it has told its children; they come to it a
 * little later, on a busy machine much later. */
static bool
says(unsigned at, const char *text)
{
	for (unsigned i = 0; i < 3000; i++) {
		int fd = dial(at);

		if (fd >= 0 && strstr(answer(fd), text) != NULL)
			return true;
		(void)poll(NULL, 0, 20);
	}
	return false;
}

/* A channel has broken between two that live: they get a new one, once. */
TEST(parent_mends_channels)
{
	unsigned long restarts = 99;

	make_place();
	put_conf("lost.test", "");
	launch();
	OK(logged("serving", 1));
	OK(logged("channel-replaced detail=\"smtp 1 to store\"", 1));
	OK(says(port, "lost.test tls=0 peers=3"));
	OK(pid_of("smtp", 1, &restarts) > 0); /* after what it has said since */
	EQ_INT(restarts, 0);
	read_log();
	OK(strstr(strstr(log_text, "channel-replaced") + 1,
	       "channel-replaced") == NULL);
	send_signal(server, SIGTERM);
	EQ_INT(ended(), 0);
	OK(strstr(log_text, "role-died") == NULL);
}

TEST(parent_reloads_whole_or_not_at_all)
{
	make_place();
	put_conf("three.test", "");
	launch();
	OK(logged("serving", 1));
	put_conf("four.test", "limits { hops = x }");
	send_signal(server, SIGHUP);
	OK(logged("reload-failed", 1));
	OK(strstr(log_text, "limits.hops") != NULL);
	OK(strstr(ask_smtp(), "three.test") != NULL);
	OK(strstr(ask_admin("r"), "limits.hops") != NULL);
	put_conf(
	    "four.test", "tls {\n certificate = cert.pem\n key = key.pem\n}");
	OK(strstr(ask_admin("r"), "cert.pem: No such file") != NULL);
	put_certificate();
	send_signal(server, SIGHUP);
	OK(logged("reloaded", 1));
	OK(says(port, "four.test tls=1"));
	put_conf("five.test", "");
	OK(strcmp(ask_admin("r"), "done ok\n") == 0);
	OK(says(port, "five.test tls=0"));
	OK(strcmp(ask_admin("t"), "done ok\n") == 0);
	EQ_INT(ended(), 0);
}

TEST(parent_hands_files_to_the_relay)
{
	static const char route[] =
	    "outbound {\n relay = \"smtps://me@mx\" relay_password_file = pw\n"
	    " route a { fallback = \"smtps://me@mx\""
	    " fallback_password_file = pw } }";

	make_place();
	put_conf("files.test", route);
	launch();
	EQ_INT(ended(), 78);
	OK(strstr(log_text, "/pw: No such file") != NULL);
	put("pw", "first\n", 6);
	launch();
	OK(logged("files.test: first, first, hosts 1", 1));
	OK(logged("serving", 1));
	put("pw", "second\nx\n", 9);
	OK(strcmp(ask_admin("r"), "done ok\n") == 0);
	OK(logged("files.test: second, second, hosts 1", 1));
	put_conf("plain.test", "");
	OK(strcmp(ask_admin("r"), "done ok\n") == 0);
	OK(logged("plain.test: , , hosts 1", 1));
	send_signal(pid_of("relay", 0, &(unsigned long){0}), SIGKILL);
	OK(logged("plain.test: , , hosts 1", 2));
	send_signal(server, SIGTERM);
	EQ_INT(ended(), 0);
	OK(strstr(log_text, "role-stopped role=relay") <
	    strstr(log_text, "role-stopped role=auth"));
	OK(strstr(log_text, "role-stopped role=smtp") <
	    strstr(log_text, "role-stopped role=relay"));
}

/* A server with the main listener and, when there is one, another. */
static void
put_listeners(const char *hostname, unsigned first, const char *name,
    const char *service, unsigned second)
{
	struct buf more = BUF_INIT(1024);
	unsigned old = port;

	if (name != NULL)
		buf_addf(&more,
		    "listen %s { service = %s\n address = {\"127.0.0.1:%u\"}\n"
		    " plaintext_auth = on\n tls = off }",
		    name, service, second);
	buf_addf(&more, "\ntls { certificate = cert.pem\n key = key.pem }\n");
	port = first;
	put_conf(hostname, buf_cstr(&more));
	port = old;
	buf_fini(&more);
}

/* Nobody listens there any more, soon. */
static bool
closes(unsigned at)
{
	for (unsigned i = 0; i < 500; i++) {
		int fd = dial(at);

		if (fd < 0)
			return true;
		(void)close(fd);
		(void)poll(NULL, 0, 10);
	}
	return false;
}

TEST(parent_changes_listeners)
{
	unsigned long n;
	const char *text;
	int fd;

	make_place();
	put_certificate();
	put_listeners("six.test", port, NULL, NULL, 0);
	launch();
	OK(logged("serving", 1));
	put_listeners("add.test", port, "more", "smtp", port + 1);
	OK(strcmp(ask_admin("r"), "done ok\n") == 0);
	OK(says(port + 1, "add.test"));
	OK(says(port, "add.test"));
	for (unsigned i = 0; i < 2; i++) /* the next life has them, too */
		send_signal(pid_of("smtp", i, &n), SIGKILL);
	OK(says(port + 1, "add.test"));
	OK(says(port, "add.test"));
	put_listeners("move.test", port + 1, NULL, NULL, 0);
	OK(strcmp(ask_admin("r"), "done ok\n") == 0);
	OK(closes(port));
	OK(says(port + 1, "move.test"));
	put_listeners("back.test", port, NULL, NULL, 0);
	send_signal(server, SIGHUP);
	OK(closes(port + 1));
	OK(says(port, "back.test"));
	fd = occupy(port + 1);
	put_listeners("fail.test", port + 1, NULL, NULL, 0);
	text = ask_admin("r");
	OK(strstr(text, "error=listen smtp: 127.0.0.1:") != NULL);
	OK(strstr(text, "another program listens there") != NULL);
	OK(strstr(text, "done in use") != NULL);
	(void)close(fd);
	OK(says(port, "back.test"));
	OK(strstr(log_text, "needs-restart") == NULL);
	put_listeners("last.test", port, "pop3", "pop3", port + 1);
	OK(strcmp(ask_admin("r"), "done ok\n") == 0);
	OK(logged("needs-restart detail=\"listen pop3\"", 1));
	OK(closes(port + 1));
	OK(says(port, "last.test"));
	send_signal(server, SIGTERM);
	EQ_INT(ended(), 0);
}

TEST(parent_says_why_it_does_not_start)
{
	int fd;

	make_place();
	put_conf("eight.test", "hostnme = x");
	launch();
	EQ_INT(ended(), 78);
	OK(strstr(log_text, "unknown key \"hostnme\"") != NULL);
	put_conf("broken.test", "");
	launch();
	EQ_INT(ended(), 74);
	OK(strstr(log_text, "the store process could not start") != NULL);
	put_conf("nine.test", "");
	fd = occupy(port);
	launch();
	EQ_INT(ended(), 69);
	OK(strstr(log_text, "listen smtp: 127.0.0.1:") != NULL);
	(void)close(fd);
}

TEST(parent_keeps_a_second_server_out)
{
	pid_t first;
	int first_log;

	make_place();
	put_conf("ten.test", "");
	launch();
	OK(logged("serving", 1));
	first = server;
	first_log = log_fd;
	launch();
	EQ_INT(ended(), 75);
	OK(strstr(log_text, "a server runs here already, process") != NULL);
	server = first;
	log_fd = first_log;
	OK(strstr(ask_smtp(), "ten.test") != NULL);
	send_signal(server, SIGTERM);
	EQ_INT(ended(), 0);
}

/* kill -9 of the parent alone: its children go, a new server takes over. */
TEST(parent_may_be_killed)
{
	make_place();
	put_conf("eleven.test", "");
	launch();
	OK(logged("serving", 1));
	send_signal(server, SIGKILL);
	EQ_INT(ended(), -SIGKILL);
	launch();
	OK(logged("serving", 1));
	OK(strstr(ask_smtp(), "eleven.test") != NULL);
	send_signal(server, SIGTERM);
	EQ_INT(ended(), 0);
}

TEST(parent_kills_what_does_not_stop)
{
	uint64_t begun;

	make_place();
	put_conf("stuck.test", "");
	launch();
	OK(logged("serving", 1));
	begun = clock_mono_ms();
	send_signal(server, SIGTERM);
	EQ_INT(ended(), 0);
	OK(clock_mono_ms() - begun < 20000);
	if (!OK(strstr(log_text, "role-died role=smtp") != NULL))
		puts(log_text);
}
