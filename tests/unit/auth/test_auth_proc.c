/* The process around the logins: hostile and vanishing peers, and its end. */
#include "auth/auth_priv.h"

#include "../unit.h"
#include "fixture.h"

#include <sys/socket.h>
#include <unistd.h>

#define IP "192.0.2.1"
#define ANN "ann@example.test"

static unsigned results;
static enum err last;

static void
on_result(void *ctx, struct msg_auth_result *m, struct slice tail, int fd)
{
	(void)ctx;
	(void)tail;
	(void)fd;
	results++;
	last = (enum err)m->err;
}

static void
on_challenge(void *ctx, struct msg_auth_challenge *m, struct slice tail, int fd)
{
	(void)ctx;
	(void)m;
	(void)tail;
	(void)fd;
}

static const struct msg_handlers handlers = {
    .auth_result = on_result, .auth_challenge = on_challenge};
static struct chan *front;

static void
front_closed(void *ctx, enum err why)
{
	(void)ctx;
	(void)why;
	chan_free(&front);
}

enum { FRONT = 1000 }; /* its number */

static void
front_open(void)
{
	int fd[2];

	EQ_INT(socketpair(
		   AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd),
	    0);
	front = chan_new(fix.loop, fd[0], ROLE_SMTP, ROLE_AUTH, &handlers,
	    front_closed, NULL);
	EQ_INT(auth_proc_peer(fix.proc, ROLE_SMTP, FRONT, fd[1]), ERR_OK);
	results = 0;
}

static void
start(uint64_t req, const char *initial, size_t len)
{
	struct msg_auth_start m = {.req = req,
	    .protocol = MSG_PROTO_SUBMISSION,
	    .flags = initial == NULL ? 0 : MSG_AUTH_INITIAL,
	    .peer = fix_addr(IP)};

	msg_short_set(&m.mechanism, SLICE("PLAIN"));
	msg_send_auth_start(front, &m, slice_of(initial, len), -1);
}

/* Steps out of turn, for nobody, numbers used twice. */
TEST(proc_front_that_keeps_no_order)
{
	struct msg_auth_step s = {7};
	struct msg_auth_abort a = {9};

	fix_open();
	fix_add(ANN, "secret");
	front_open();
	msg_send_auth_step(front, &s, SLICE("x"), -1);
	msg_send_auth_abort(front, &a, SLICE_NONE, -1);
	start(7, NULL, 0);
	start(7, NULL, 0);
	fix_turns(5);
	EQ_INT(fix.proc->logins.count, 1);
	msg_send_auth_step(front, &s, SLICE("\0" ANN "\0secret"), -1);
	msg_send_auth_step(front, &s, SLICE("\0" ANN "\0secret"), -1);
	OK(fix_until(&results, 1));
	EQ_INT(last, ERR_OK);
	fix_turns(20);
	EQ_INT(results, 1);
	EQ_INT(fix.proc->logins.count, 0);
	chan_free(&front);
	fix_close();
}

TEST(proc_front_that_dies)
{
	fix_open();
	fix_add(ANN, "secret");
	fix.mute = true;
	front_open();
	start(1, NULL, 0);
	start(2, "\0" ANN "\0secret", 24);
	start(3, "x", 1);
	OK(fix_until(&results, 1));
	EQ_INT(fix.proc->logins.count, 2);
	EQ_INT(fix.proc->peers.count, 2);
	chan_free(&front);
	fix_turns(5);
	EQ_INT(fix.proc->logins.count, 0);
	EQ_INT(fix.proc->peers.count, 1);
	fix_close();
}

/* It has been given a new channel: the old one ends, with all its logins. */
TEST(proc_front_that_comes_again)
{
	struct chan *old;

	fix_open();
	fix_add(ANN, "secret");
	fix.mute = true;
	front_open();
	start(2, "\0" ANN "\0secret", 24);
	fix_turns(5);
	EQ_INT(fix.proc->logins.count, 1);
	old = front;
	front_open();
	EQ_INT(fix.proc->logins.count, 0);
	EQ_INT(fix.proc->peers.count, 2);
	chan_free(&old);
	fix_turns(5);
	EQ_INT(fix.proc->peers.count, 2);
	chan_free(&front);
	fix_close();
}

static void
note(void *ctx)
{
	++*(int *)ctx;
}

TEST(proc_says_that_the_store_has_gone)
{
	int closed = 0;

	fix_open();
	auth_proc_on_closed(fix.proc, note, &closed);
	fix_store_attach(); /* one in the place of another */
	fix_turns(5);
	EQ_INT(closed, 0);
	chan_free(&fix.store);
	fix_turns(5);
	EQ_INT(closed, 1);
	fix_close();
}

TEST(proc_front_that_asks_too_much)
{
	fix_open();
	front_open();
	for (uint64_t i = 0; i < AUTH_LOGINS_MAX + 5u; i++)
		start(i, NULL, 0);
	OK(fix_until(&results, 5));
	EQ_INT(last, ERR_RETRY);
	fix_turns(20);
	EQ_INT(results, 5);
	EQ_INT(fix.proc->logins.count, AUTH_LOGINS_MAX);
	chan_free(&front);
	fix_close();
}

TEST(proc_ends_in_the_middle)
{
	struct fix_try t[4];

	fix_open();
	fix_add(ANN, "secret");
	for (unsigned i = 0; i < 4; i++) {
		fix_try_init(&t[i]);
		fix_plain(&t[i], IP, ANN, i % 2 == 0 ? "secret" : "wrong");
	}
	OK(fix_until(&fix.gets, 4));
	auth_proc_free(&fix.proc);
	OK(fix.proc == NULL);
	for (unsigned i = 0; i < 4; i++) {
		fix_wait(&t[i]);
		OK(t[i].done && t[i].e == ERR_RETRY);
		fix_try_fini(&t[i]);
	}
	fix_close();
}

TEST(proc_other_roles_are_no_peers)
{
	int fd[2];

	fix_open();
	EQ_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	EQ_INT(auth_proc_peer(fix.proc, ROLE_CTL, 0, fd[1]), ERR_UNSUPPORTED);
	EQ_INT(read(fd[0], fd, 1), 0); /* closed */
	(void)close(fd[0]);
	fix_close();
}
