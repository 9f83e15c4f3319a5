/* The role's life, over the real backend: start, peers, stop in good order. */
#include "proc/proc_child.h"
#include "tests/unit/store/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int exit_status;
static bool exited;

/* Instead of proc_child.c's, which ends a process. */
void
proc_child_exit(struct proc_child *c, int status)
{
	(void)c;
	exit_status = status;
	exited = true;
}

struct life {
	struct rig r; /* only its loop and log */
	struct proc_child child;
	struct rig_peer parent;
	char dir[64];
	void *ctx;
};

static void
keep_quiet(void *ctx, struct slice line)
{
	struct rig *r = ctx;

	buf_add_slice(&r->log, line);
}

static void
begin(struct life *t)
{
	memset(t, 0, sizeof *t);
	exited = false;
	buf_init(&t->r.log, 1 << 16);
	log_set_sink(keep_quiet, &t->r);
	t->r.loop = net_loop_new();
	strcpy(t->dir, "/tmp/restante-test-XXXXXX");
	OK(mkdtemp(t->dir) != NULL);
	conf_defaults(&t->child.conf);
	snprintf(t->child.conf.data_dir, sizeof t->child.conf.data_dir, "%s",
	    t->dir);
	t->child.conf.store.ballast = 1 << 20;
	t->child.conf.store.cache = 4 << 20;
	t->child.conf.store.min_free = 1;
	t->child.loop = t->r.loop;
	t->child.admin_fd = -1;
}

static void
end(struct life *t)
{
	char command[128];

	net_loop_free(&t->r.loop);
	log_set_sink(NULL, NULL);
	buf_fini(&t->r.log);
	snprintf(command, sizeof command, "rm -r '%s'", t->dir);
	OK(system(command) == 0);
}

static void
join(struct life *t, struct rig_peer *p, enum role role)
{
	int fd[2];

	OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	       fd) == 0);
	store_role.peer(t->ctx, role, 0, fd[0]);
	rig_adopt(&t->r, p, role, fd[1]);
}

/* A domain and an account by way of a command, which is what one does. */
static void
make_alice(struct rig_peer *ctl)
{
	struct store_domain d = {0, 0, 1};
	struct store_name n = {STORE_MAILBOX, 1, SLICE_NONE, 0};
	struct buf v[3] = {BUF_INIT(999), BUF_INIT(999), BUF_INIT(999)};
	struct buf tail = BUF_INIT(9999);
	struct msg_dir_commit m = {1, 3, 0};

	store_domain_encode(&d, &v[0]);
	store_name_encode(&n, &v[1]);
	rig_account(&v[2], "alice@example.test", RIG_ALICE, 0, STORE_ACTIVE);
	store_changes_add(
	    &tail, &(struct store_change){STORE_DOMAIN, SLICE("example.test"),
		       buf_slice(&v[0]), 0});
	store_changes_add(
	    &tail, &(struct store_change){STORE_NAME,
		       SLICE("alice@example.test"), buf_slice(&v[1]), 0});
	store_changes_add(
	    &tail, &(struct store_change){STORE_ACCOUNT,
		       SLICE("\0\0\0\0\0\0\0\1"), buf_slice(&v[2]), 0});
	msg_send_dir_commit(ctl->chan, &m, buf_slice(&tail), -1);
	EQ_INT(rig_done(ctl, 1, NULL), ERR_OK);
	for (int i = 0; i < 3; i++)
		buf_fini(&v[i]);
	buf_fini(&tail);
}

static enum err
ask_status(struct rig_peer *ctl)
{
	struct msg_control m;

	memset(&m, 0, sizeof m);
	m.req = 9;
	m.what = CONTROL_STATUS;
	msg_send_control(ctl->chan, &m, SLICE_NONE, -1);
	return rig_done(ctl, 9, NULL);
}

TEST(role_for_a_command)
{
	struct life t;
	struct rig_peer ctl;

	begin(&t);
	EQ_INT(store_role.start(&t.child, &t.ctx), ERR_OK);
	join(&t, &ctl, ROLE_CTL);
	EQ_INT(store_role.serve(t.ctx), ERR_OK);
	make_alice(&ctl);
	EQ_INT(rig_deliver(&ctl, "alice@example.test", "x", NULL), ERR_OK);
	unit_case("no server to ask");
	EQ_INT(ask_status(&ctl), ERR_UNSUPPORTED);
	unit_case("a command that is connected holds nothing up");
	store_role.stop(t.ctx, 60000);
	OK(rig_until(&t.r, &exited));
	EQ_INT(exit_status, 0);
	rig_leave(&ctl);
	end(&t);
}

TEST(role_data_in_use)
{
	struct life t;
	int fd[2], status;
	pid_t pid;
	char c;

	begin(&t);
	EQ_INT(store_role.start(&t.child, &t.ctx), ERR_OK);
	EQ_INT(store_role.serve(t.ctx), ERR_OK);
	OK(pipe(fd) == 0);
	if ((pid = fork()) == 0) {
		/* there is one role in a process: another process */
		c = (char)store_role.start(&t.child, &t.ctx);
		_exit(write(fd[1], &c, 1) != 1);
	}
	OK(read(fd[0], &c, 1) == 1);
	EQ_INT(c, ERR_BUSY);
	(void)waitpid(pid, &status, 0);
	(void)close(fd[0]);
	(void)close(fd[1]);
	store_role.stop(t.ctx, 60000);
	OK(rig_until(&t.r, &exited));
	end(&t);
}

static void
begin_server(struct life *t, struct rig_peer *smtp)
{
	int fd[2];

	begin(t);
	OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	       fd) == 0);
	t->child.parent = rig_parent(&t->r, &t->parent, fd);
	EQ_INT(store_role.start(&t->child, &t->ctx), ERR_OK);
	join(t, smtp, ROLE_SMTP);
	EQ_INT(store_role.serve(t->ctx), ERR_OK);
}

static void
end_server(struct life *t)
{
	chan_free(&t->child.parent);
	rig_leave(&t->parent);
	end(t);
}

/* What is on its way when the stop comes is waited for. */
TEST(role_stop_waits)
{
	struct life t;
	struct rig_peer smtp;

	begin_server(&t, &smtp);
	store_role.stop(t.ctx, 60000);
	rig_pass(&t.r, 30);
	OK(!exited);
	unit_case("still serving");
	EQ_INT(rig_deliver(&smtp, "a@example.test", "x", NULL), ERR_NOENT);
	rig_leave(&smtp);
	OK(rig_until(&t.r, &exited));
	EQ_INT(exit_status, 0);
	end_server(&t);
}

TEST(role_stop_not_for_ever)
{
	struct life t;
	struct rig_peer smtp;

	begin_server(&t, &smtp);
	store_role.stop(t.ctx, 40);
	OK(rig_until(&t.r, &exited));
	EQ_INT(exit_status, 0);
	rig_leave(&smtp);
	end_server(&t);
}

TEST(role_asks_its_parent)
{
	struct life t;
	struct rig_peer smtp, ctl;
	const struct rig_msg *g;
	struct msg_control m;
	struct msg_done d;

	begin_server(&t, &smtp);
	join(&t, &ctl, ROLE_CTL); /* as the admin socket would */
	memset(&m, 0, sizeof m);
	m.req = 5;
	m.what = CONTROL_STATUS;
	msg_send_control(ctl.chan, &m, SLICE_NONE, -1);
	g = rig_get(&t.parent, MSG_CONTROL);
	memset(&d, 0, sizeof d);
	d.req = g->m.control.req;
	store_role.control_row(t.ctx, d.req, SLICE("pid=1\0"));
	g = rig_get(&ctl, MSG_CONTROL_ROW);
	EQ_INT(g->m.control_row.req, 5);
	store_role.control_done(t.ctx, &d);
	EQ_INT(rig_done(&ctl, 5, NULL), ERR_OK);
	store_role.reload(t.ctx);
	rig_leave(&smtp);
	store_role.stop(t.ctx, 60000);
	OK(rig_until(&t.r, &exited));
	rig_leave(&ctl);
	end_server(&t);
}
