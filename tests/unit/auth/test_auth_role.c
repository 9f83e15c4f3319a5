/* The role's life: start, peers, reload, stop. */
#include "../unit.h"
#include "auth/auth_priv.h"
#include "fixture.h"

#include <sys/socket.h>
#include <unistd.h>

#define IP "192.0.2.1"
#define ANN "ann@example.test"

static struct proc_child child;
static void *role;
static unsigned exits, losses;

/* Instead of proc_child.c's, which ends a process. */
void
proc_child_exit(struct proc_child *c, int status)
{
	OK(c == &child);
	EQ_INT(status, 0);
	exits++;
}

void
proc_child_lost(struct proc_child *c, enum role r)
{
	OK(c == &child && r == ROLE_STORE);
	losses++;
}

static void
join(enum role r, int fd)
{
	auth_role.peer(role, r, 0, fd);
}

static void
begin(void)
{
	fix_open();
	auth_proc_free(&fix.proc);
	exits = 0;
	child.loop = fix.loop;
	child.conf = fix.conf;
	EQ_INT(auth_role.role, ROLE_AUTH);
	EQ_INT(auth_role.start(&child, &role), ERR_OK);
	fix.join = join;
	fix_store_attach();
	fix_front_attach();
}

TEST(role_serves_reloads_and_stops)
{
	int fd[2];
	char c;

	begin();
	fix_add(ANN, "secret");
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	child.conf.auth.mechanisms = CONF_MECH_LOGIN;
	auth_role.reload(role);
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_UNSUPPORTED);
	auth_role.stop(role, 1000);
	EQ_INT(exits, 1);
	/* a peer, or a reload, that was sent at that moment */
	EQ_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	auth_role.peer(role, ROLE_SMTP, 0, fd[1]);
	EQ_INT(read(fd[0], &c, 1), 0);
	(void)close(fd[0]);
	auth_role.reload(role);
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_RETRY);
	auth_role.fini(role);
	fix_close();
}

TEST(role_says_that_the_store_has_gone)
{
	begin();
	losses = 0;
	fix_store_attach();
	fix_turns(5);
	EQ_INT(losses, 0);
	chan_free(&fix.store);
	fix_turns(5);
	EQ_INT(losses, 1);
	auth_role.stop(role, 1000);
	auth_role.fini(role);
	fix_close();
}

TEST(role_limits_change_with_a_reload)
{
	uint64_t before;

	begin();
	fix_add(ANN, "secret");
	for (unsigned i = 0; i < 3; i++)
		EQ_INT(fix_login(IP, ANN, "x"), ERR_DENIED);
	child.conf.limits.login_failures = 3;
	auth_role.reload(role);
	before = fix.now_ms;
	EQ_INT(fix_login(IP, ANN, "secret"), ERR_OK);
	OK(fix.now_ms - before >= AUTH_LIMIT_FIRST_MS);
	auth_role.stop(role, 1000);
	auth_role.fini(role);
	fix_close();
}
