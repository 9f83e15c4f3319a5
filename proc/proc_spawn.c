/*
 * Starting processes: always this executable, never anything else. The image
 * is taken from /proc/self/exe, so that a role started after an upgrade of the
 * file still speaks the same messages as its parent.
 */
#include "proc/proc_spawn.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAIR_ROOM = 1 << 20, CHANNEL_FD = 3, ENV_MAX = 16 };

/* What a role may inherit; the last ones matter to tests only. */
static const char *const kept[] = {"PATH", "TZ", "JOURNAL_STREAM",
    "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS",
    "LD_LIBRARY_PATH", "LD_PRELOAD", "RESTANTE_SECCOMP", "RESTANTE_FAULT"};

_Static_assert(sizeof kept / sizeof *kept < ENV_MAX, "no room for NULL");

extern char **environ;

/* Borrows the strings of our own environment. */
static void
make_env(char *env[ENV_MAX])
{
	unsigned n = 0;

	for (unsigned i = 0; i < sizeof kept / sizeof *kept; i++)
		for (char **e = environ; e != NULL && *e != NULL; e++) {
			size_t len = strlen(kept[i]);

			if (strncmp(*e, kept[i], len) == 0 && (*e)[len] == '=')
				env[n++] = *e;
			if (n == ENV_MAX - 1)
				break;
		}
	env[n] = NULL;
}

static enum err
roomy(int fd)
{
	int room = PAIR_ROOM;

	/* beyond the system's limit only with CAP_NET_ADMIN: take what there is
	 */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) !=
		0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room) != 0)
		return err_from_errno(errno);
	return ERR_OK;
}

enum err
proc_pair(int fd[2])
{
	enum err e;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		fd) != 0)
		return err_from_errno(errno);
	if ((e = roomy(fd[0])) == ERR_OK && (e = roomy(fd[1])) == ERR_OK)
		return ERR_OK;
	(void)close(fd[0]);
	(void)close(fd[1]);
	return e;
}

/* The child's descriptors: stdin, stdout, stderr, channel, nothing more. */
static int
add_actions(posix_spawn_file_actions_t *a, int channel)
{
	int code = posix_spawn_file_actions_addopen(
	    a, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

	if (code == 0)
		code = posix_spawn_file_actions_adddup2(a, channel, CHANNEL_FD);
	if (code == 0)
		code =
		    posix_spawn_file_actions_addclosefrom_np(a, CHANNEL_FD + 1);
	return code;
}

/* Signals as after boot, whatever we ignore or block. */
static int
set_signals(posix_spawnattr_t *attr)
{
	sigset_t none, all;
	int code;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	code = posix_spawnattr_setsigmask(attr, &none);
	if (code == 0)
		code = posix_spawnattr_setsigdefault(attr, &all);
	if (code == 0)
		code = posix_spawnattr_setflags(
		    attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return code;
}

static int
spawn(enum role role, unsigned index, int channel, pid_t *pid_out)
{
	char name[] = "restante", role_flag[] = "--role",
	     index_flag[] = "--index", role_text[16], index_text[16];
	char *argv[] = {
	    name, role_flag, role_text, index_flag, index_text, NULL};
	char *env[ENV_MAX];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int code;

	(void)snprintf(role_text, sizeof role_text, "%s", role_name(role));
	(void)snprintf(index_text, sizeof index_text, "%u", index);
	make_env(env);
	if ((code = posix_spawn_file_actions_init(&actions)) != 0)
		return code;
	if ((code = posix_spawnattr_init(&attr)) == 0) {
		code = add_actions(&actions, channel);
		if (code == 0)
			code = set_signals(&attr);
		if (code == 0)
			code = posix_spawn(pid_out, "/proc/self/exe", &actions,
			    &attr, argv, env);
		(void)posix_spawnattr_destroy(&attr);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return code;
}

enum err
proc_spawn(enum role role, unsigned index, pid_t *pid_out, int *fd_out)
{
	int fd[2], code;
	enum err e = proc_pair(fd);

	if (e != ERR_OK)
		return e == ERR_LIMIT || e == ERR_NOMEM ? ERR_RETRY : e;
	code = spawn(role, index, fd[1], pid_out);
	(void)close(fd[1]);
	if (code == 0) {
		*fd_out = fd[0];
		return ERR_OK;
	}
	(void)close(fd[0]);
	log_errno(LOG_ERROR, "spawn-failed", role_name(role), code);
	return code == EAGAIN || code == ENOMEM ? ERR_RETRY
						: err_from_errno(code);
}
