/* The admin socket: who may connect, and how many. */
#include "store/store_admin.h"

#include "tests/unit/store/rig.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct door {
	struct rig r;
	struct store_admin *admin;
	struct sockaddr_un addr;
	int fd;
};

static void
begin(struct door *d)
{
	rig_open(&d->r);
	memset(&d->addr, 0, sizeof d->addr);
	d->addr.sun_family = AF_UNIX;
	/* an abstract name: nothing to remove afterwards */
	snprintf(d->addr.sun_path + 1, sizeof d->addr.sun_path - 1,
	    "restante-test-%d", (int)getpid());
	d->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	OK(bind(d->fd, (const struct sockaddr *)&d->addr, sizeof d->addr) == 0);
	OK(listen(d->fd, 200) == 0);
	d->admin = store_admin_new(d->r.loop, d->fd, &d->r.conf, d->r.proc);
	OK(d->admin != NULL);
}

static void
end(struct door *d)
{
	store_admin_free(&d->admin);
	(void)close(d->fd);
	rig_close(&d->r);
}

static int
knock(const struct door *d)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	OK(connect(fd, (const struct sockaddr *)&d->addr, sizeof d->addr) == 0);
	return fd;
}

TEST(admin_as_ourselves)
{
	struct door d;
	char head[8];
	int fd;

	begin(&d);
	fd = knock(&d);
	rig_settle(&d.r);
	EQ_INT(store_proc_count(d.r.proc, ROLE_CTL), 1);
	unit_case("greeted with a NODE");
	EQ_INT(recv(fd, head, sizeof head, MSG_DONTWAIT), 8);
	(void)close(fd);
	rig_settle(&d.r);
	EQ_INT(store_proc_count(d.r.proc, ROLE_CTL), 0);
	end(&d);
}

TEST(admin_not_too_many)
{
	struct door d;
	int fd[70];

	begin(&d);
	for (int i = 0; i < 70; i++)
		fd[i] = knock(&d);
	rig_settle(&d.r);
	EQ_INT(store_proc_count(d.r.proc, ROLE_CTL), 64);
	OK(slice_find_slice(buf_slice(&d.r.log), SLICE("operator_refused")) <
	    d.r.log.len);
	for (int i = 0; i < 70; i++)
		(void)close(fd[i]);
	end(&d);
}

/* As another user: a child that gives root away, connects and waits. */
static void
as_nobody(struct door *d, unsigned want)
{
	int go[2], there[2];
	pid_t pid;
	char c;

	OK(pipe(go) == 0 && pipe(there) == 0);
	if ((pid = fork()) == 0) {
		(void)close(go[1]);
		if (setuid(65534) == 0)
			(void)knock(d);
		(void)!write(there[1], "x", 1);
		(void)!read(go[0], &c, 1);
		_exit(0);
	}
	OK(read(there[0], &c, 1) == 1);
	(void)close(there[0]);
	(void)close(there[1]);
	rig_pass(&d->r, 100);
	EQ_INT(store_proc_count(d->r.proc, ROLE_CTL), want);
	(void)close(go[0]);
	(void)close(go[1]);
	(void)waitpid(pid, NULL, 0);
	rig_settle(&d->r);
}

TEST(admin_as_another_user)
{
	struct door d;

	if (geteuid() != 0)
		return;
	begin(&d);
	as_nobody(&d, 0);
	unit_case("the socket is for a group: its mode decides");
	strcpy(d.r.conf.admin.group, "mail");
	as_nobody(&d, 1);
	end(&d);
}
