/*
 * The cages from inside: a child of this test locks itself in and tries what
 * must not work. Killed by SIGSYS or refused are both right; success is not.
 * Covers: proc/proc_drop_*.c
 */
#include "proc/proc_drop.h"

#include "base/log.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef SANITIZED
enum { CAGED = 0 };
#else
enum { CAGED = 1 };
#endif

static char data_dir[] = "/tmp/restante-drop-XXXXXX";
static char empty_dir[64];

static void
drop_line(void *ctx, struct slice line)
{
	(void)ctx;
	(void)line;
}

/* root becomes nobody here, so that the test needs no account of its own */
static struct proc_cage
cage(enum proc_sandbox sandbox)
{
	return (struct proc_cage){.sandbox = sandbox,
	    .user = "nobody",
	    .root_dir = sandbox == PROC_STORE ? NULL : empty_dir,
	    .data_dir = sandbox == PROC_STORE ? data_dir : NULL};
}

/* Run f in a cage; wait status. */
static int
in_cage(const struct proc_cage *c, int (*f)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		log_set_sink(drop_line, NULL);
		_exit(proc_drop(c) == ERR_OK ? f() : 99);
	}
	EQ_INT(waitpid(pid, &status, 0), pid);
	return status;
}

static void
make_dirs(void)
{
	if (empty_dir[0] != '\0')
		return;
	OK(mkdtemp(data_dir) != NULL);
	(void)snprintf(empty_dir, sizeof empty_dir, "%s.empty", data_dir);
	EQ_INT(mkdir(empty_dir, 0555), 0);
	if (geteuid() == 0)
		EQ_INT(chown(data_dir, 65534, 65534), 0);
}

__attribute__((destructor)) static void
remove_dirs(void)
{
	if (empty_dir[0] != '\0') {
		(void)rmdir(empty_dir);
		(void)rmdir(data_dir);
	}
}

/* --- what must fail: 0 it worked, 1 it was refused --------------------------
 */

static int
try_exec(void)
{
	char *const argv[] = {NULL};

	return execve("/bin/true", argv, argv) == 0 ? 0 : 1;
}

static int
try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : 1;
}

static int
try_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : 1;
}

static int
try_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0) >= 0 ? 0 : 1;
}

/* A kernel without the network rules of Landlock leaves the bind, which is of
 * no use then. */
static int
try_listen(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in in = {.sin_family = AF_INET};

	if (fd < 0 || bind(fd, (const struct sockaddr *)&in, sizeof in) != 0)
		return 1;
	return listen(fd, 1) == 0 ? 0 : 1;
}

static int
try_open(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0 ? 0 : 1;
}

static int
try_create(void)
{
	return open("/tmp/restante-drop-outside", O_CREAT | O_RDWR, 0600) >= 0
		   ? 0
		   : 1;
}

static int
try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0 ? 0 : 1;
}

static int
try_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1;
}

static int
try_kill_parent(void)
{
	return kill(getppid(), 0) == 0 ? 0 : 1;
}

static int
try_exec_memory(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0 ? 0 : 1;
}

static int
try_root(void)
{
	return setuid(0) == 0 || setresuid(0, 0, 0) == 0 ? 0 : 1;
}

static int
try_limits(void)
{
	struct rlimit l = {1 << 20, 1 << 20};

	return setrlimit(RLIMIT_CORE, &l) == 0 ? 0 : 1;
}

static int
try_connect_unix(void)
{
	int fd[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0 ? 0 : 1;
}

TEST(proc_drop_takes_the_power_away)
{
	static const struct {
		const char *name;
		int (*f)(void);
		bool relay_may; /* the relay connects to others */
	} cases[] = {
	    {"execve",            try_exec,         false},
	    {"socket",            try_socket,       true },
	    {"socket AF_UNIX",    try_unix,         false},
	    {"socket AF_NETLINK", try_netlink,      false},
	    {"listen",            try_listen,       false},
	    {"socketpair",        try_connect_unix, false},
	    {"open /etc/passwd",  try_open,         false},
	    {"create in /tmp",    try_create,       false},
	    {"fork",              try_fork,         false},
	    {"ptrace",            try_ptrace,       false},
	    {"kill",              try_kill_parent,  false},
	    {"executable memory", try_exec_memory,  false},
	    {"setuid 0",          try_root,         false},
	    {"raise a limit",     try_limits,       false},
	};

	make_dirs();
	for (size_t i = 0; CAGED && i < sizeof cases / sizeof *cases; i++)
		for (unsigned s = PROC_FRONT; s < PROC_SANDBOXES; s++) {
			struct proc_cage c = cage((enum proc_sandbox)s);
			char name[80];
			int status;

			if (s == PROC_RELAY && cases[i].relay_may)
				continue;
			status = in_cage(&c, cases[i].f);
			(void)snprintf(
			    name, sizeof name, "%s in %u", cases[i].name, s);
			unit_case(name);
			OK((WIFSIGNALED(status) &&
			       WTERMSIG(status) == SIGSYS) ||
			    (WIFEXITED(status) && WEXITSTATUS(status) == 1));
		}
}

/* --- what must work: 0 it worked --------------------------------------------
 */

static void *
thread(void *arg)
{
	*(int *)arg = 1;
	return NULL;
}

static int
use_thread(void)
{
	pthread_t t;
	int ran = 0;

	if (pthread_create(&t, NULL, thread, &ran) != 0 ||
	    pthread_join(t, NULL) != 0)
		return 2;
	return ran == 1 ? 0 : 3;
}

static int
use_files(void)
{
	char path[96];
	struct stat st;
	int fd, code = 0;

	(void)snprintf(path, sizeof path, "%s/x", data_dir);
	if ((fd = open(path, O_CREAT | O_RDWR, 0600)) < 0)
		return 2;
	if (write(fd, "x", 1) != 1 || fdatasync(fd) != 0 ||
	    fstat(fd, &st) != 0 || ftruncate(fd, 100) != 0)
		code = 3;
	if (unlink(path) != 0)
		code = 4;
	(void)close(fd);
	if ((fd = open(data_dir, O_TMPFILE | O_RDWR, 0600)) < 0)
		return 5;
	return write(fd, "x", 1) == 1 ? code : 6;
}

static int
use_identity(void)
{
	struct rlimit l;

	if (getuid() == 0 || geteuid() == 0)
		return 2;
	if (CAGED && (getrlimit(RLIMIT_CORE, &l) != 0 || l.rlim_max != 0))
		return 3;
	return write(STDERR_FILENO, "", 0) == 0 ? 0 : 4;
}

static int
talk(int type, const struct sockaddr_in *to)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof in;
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return 2;
	if (type == SOCK_DGRAM &&
	    bind(fd, (const struct sockaddr *)&in, sizeof in) != 0)
		return 3;
	if (type == SOCK_STREAM &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
		return 4;
	if (connect(fd, (const struct sockaddr *)to, sizeof *to) != 0 &&
	    errno != EINPROGRESS)
		return 5;
	if (getsockname(fd, (struct sockaddr *)&in, &len) != 0)
		return 6;
	return type == SOCK_STREAM || send(fd, "x", 1, 0) == 1 ? 0 : 7;
}

static struct sockaddr_in listening[2]; /* of the test: TCP, UDP */

static int
use_network(void)
{
	int code = talk(SOCK_STREAM, &listening[0]);
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	if (code == 0)
		code = talk(SOCK_DGRAM, &listening[1]);
	return code == 0 && fd < 0 && errno != EAFNOSUPPORT ? 8 : code;
}

static int
listen_on(int type, struct sockaddr_in *at)
{
	socklen_t len = sizeof *at;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	memset(at, 0, sizeof *at);
	at->sin_family = AF_INET;
	at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	EQ_INT(bind(fd, (const struct sockaddr *)at, sizeof *at), 0);
	EQ_INT(getsockname(fd, (struct sockaddr *)at, &len), 0);
	if (type == SOCK_STREAM)
		EQ_INT(listen(fd, 5), 0);
	return fd;
}

TEST(proc_drop_lets_the_relay_out)
{
	struct proc_cage c;
	int tcp = listen_on(SOCK_STREAM, &listening[0]);
	int udp = listen_on(SOCK_DGRAM, &listening[1]);
	char x;

	make_dirs();
	c = cage(PROC_RELAY);
	EQ_INT(in_cage(&c, use_network), 0);
	EQ_INT(recv(udp, &x, 1, MSG_DONTWAIT), 1);
	(void)close(tcp);
	(void)close(udp);
}

static int
use_abort(void)
{
	abort();
}

TEST(proc_drop_leaves_what_is_needed)
{
	static const struct {
		const char *name;
		enum proc_sandbox sandbox;
		int (*f)(void);
	} cases[] = {
	    {"front is itself",     PROC_FRONT, use_identity},
	    {"auth is itself",      PROC_AUTH,  use_identity},
	    {"store is itself",     PROC_STORE, use_identity},
	    {"relay is itself",     PROC_RELAY, use_identity},
	    {"auth has threads",    PROC_AUTH,  use_thread  },
	    {"store has threads",   PROC_STORE, use_thread  },
	    {"store has its files", PROC_STORE, use_files   },
	};

	make_dirs();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct proc_cage c = cage(cases[i].sandbox);
		int status = in_cage(&c, cases[i].f);

		unit_case(cases[i].name);
		if (geteuid() != 0 && cases[i].f == use_identity)
			continue;
		OK(WIFEXITED(status));
		EQ_INT(WEXITSTATUS(status), 0);
	}
}

TEST(proc_drop_aborts_as_an_abort)
{
	struct proc_cage c = cage(PROC_FRONT);
	int status;

	make_dirs();
	status = in_cage(&c, use_abort);
	OK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

TEST(proc_drop_refuses_bad_cages)
{
	struct proc_cage c;

	if (geteuid() != 0)
		return;
	make_dirs();
	c = cage(PROC_FRONT);
	c.user = "restante-no-such-user";
	EQ_INT(WEXITSTATUS(in_cage(&c, use_identity)), 99);
	c = cage(PROC_FRONT);
	c.user = "root";
	EQ_INT(WEXITSTATUS(in_cage(&c, use_identity)), 99);
	c = cage(PROC_FRONT);
	c.root_dir = data_dir; /* belongs to somebody else */
	EQ_INT(WEXITSTATUS(in_cage(&c, use_identity)), CAGED ? 99 : 0);
	c = cage(PROC_STORE);
	c.data_dir = "/nonexistent";
	EQ_INT(WEXITSTATUS(in_cage(&c, use_identity)), CAGED ? 99 : 0);
}
