/*
 * Starting a role: this test program is "this executable", so a constructor
 * plays the role when the arguments say so.
 */
#include "proc/proc_spawn.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child sees, told to the parent over the channel. */
static void
child(const char *role, const char *index)
{
	char line[256];
	unsigned fds = 0;
	sigset_t mask;
	int n;

	for (int fd = 4; fd < 1024; fd++)
		fds += fcntl(fd, F_GETFD) >= 0;
	(void)sigprocmask(SIG_BLOCK, NULL, &mask);
	n = snprintf(line, sizeof line,
	    "role=%s index=%s extra=%u home=%s usr1=%d tz=%s", role, index, fds,
	    getenv("HOME") == NULL ? "none" : "set",
	    sigismember(&mask, SIGUSR1), getenv("TZ"));
	_exit(write(3, line, (size_t)n) == n ? 7 : 1);
}

__attribute__((constructor)) static void
play_role(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "--role") == 0 &&
	    strcmp(argv[2], "auth") == 0)
		child(argv[2], argv[4]);
}

TEST(proc_spawn_starts_a_bare_process)
{
	int left_open = open("/dev/null", O_RDONLY); /* not close-on-exec */
	char line[256] = "";
	sigset_t block;
	pid_t pid = 0;
	int fd = -1, status = 0;
	struct pollfd p;

	(void)setenv("HOME", "/root", 1);
	(void)setenv("TZ", "UTC", 1);
	(void)sigemptyset(&block);
	(void)sigaddset(&block, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &block, NULL);
	EQ_INT(proc_spawn(ROLE_AUTH, 12, &pid, &fd), ERR_OK);
	(void)sigprocmask(SIG_UNBLOCK, &block, NULL);
	OK(pid > 0 && fd >= 0);
	OK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	OK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	p = (struct pollfd){.fd = fd, .events = POLLIN};
	EQ_INT(poll(&p, 1, 10000), 1);
	OK(read(fd, line, sizeof line - 1) > 0);
	EQ_STR(line, "role=auth index=12 extra=0 home=none usr1=0 tz=UTC");
	EQ_INT(waitpid(pid, &status, 0), pid);
	OK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	(void)close(fd);
	(void)close(left_open);
	(void)unsetenv("TZ");
}

TEST(proc_pair_is_roomy_and_close_on_exec)
{
	static char load[200 * 1024];
	int fd[2];

	EQ_INT(proc_pair(fd), ERR_OK);
	for (unsigned i = 0; i < 2; i++) {
		OK((fcntl(fd[i], F_GETFD) & FD_CLOEXEC) != 0);
		OK((fcntl(fd[i], F_GETFL) & O_NONBLOCK) != 0);
	}
	EQ_INT(send(fd[0], load, sizeof load, 0), sizeof load);
	(void)close(fd[0]);
	(void)close(fd[1]);
}
