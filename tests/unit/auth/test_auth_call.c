#include "auth/auth_call.h"

#include "../unit.h"
#include "fixture.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define IP "192.0.2.1"
#define ANN "ann@example.test"

TEST(call_without_channel)
{
	struct fix_try t;

	fix_open();
	auth_call_free(&fix.call);
	fix.call = auth_call_new(fix.loop, ROLE_POP3);
	fix_try_init(&t);
	fix_plain(&t, IP, ANN, "secret");
	OK(!t.done);
	fix_wait(&t);
	OK(t.done);
	EQ_INT(t.e, ERR_RETRY);
	fix_try_fini(&t);
	fix_close();
}

TEST(call_channel_lost)
{
	struct fix_try t[3];

	fix_open();
	fix_add(ANN, "secret");
	fix.mute = true;
	for (unsigned i = 0; i < 3; i++) {
		fix_try_init(&t[i]);
		fix_plain(&t[i], IP, ANN, "secret");
	}
	OK(fix_until(&fix.gets, 3));
	auth_call_abort(fix.call, &t[1].x);
	fix_front_attach(); /* auth was restarted */
	fix_wait(&t[0]);
	fix_turns(3);
	EQ_INT(t[0].e, ERR_RETRY);
	OK(t[0].done && t[2].done && !t[1].done);
	fix.mute = false;
	t[0].done = false;
	fix_plain(&t[0], IP, ANN, "secret");
	fix_wait(&t[0]);
	EQ_INT(t[0].e, ERR_OK);
	for (unsigned i = 0; i < 3; i++)
		fix_try_fini(&t[i]);
	fix_close();
}

static void
note(void *ctx)
{
	++*(int *)ctx;
}

TEST(call_channel_closed)
{
	int fd[2], closed = 0;

	fix_open();
	auth_call_on_closed(fix.call, note, &closed);
	fix_front_attach(); /* one in the place of another */
	fix_turns(5);
	EQ_INT(closed, 0);
	EQ_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	EQ_INT(auth_call_attach(fix.call, fd[1]), ERR_OK);
	(void)close(fd[0]);
	fix_turns(5);
	EQ_INT(closed, 1);
	fix_close();
}

/* An auth process that answers when the test says so. */
static uint64_t asked[4];
static unsigned nasked, naborted;

static void
on_start(void *ctx, struct msg_auth_start *m, struct slice tail, int fd)
{
	(void)ctx;
	(void)tail;
	(void)fd;
	asked[nasked++ % 4] = m->req;
}

static void
on_abort(void *ctx, struct msg_auth_abort *m, struct slice tail, int fd)
{
	(void)ctx;
	(void)tail;
	(void)fd;
	EQ_INT(m->req, asked[0]);
	naborted++;
}

static void
never_closed(void *ctx, enum err why)
{
	(void)ctx;
	(void)why;
	OK(false);
}

static const struct msg_handlers handlers = {
    .auth_start = on_start, .auth_abort = on_abort};

/* A late answer must not reach the next exchange in the same place. */
TEST(call_late_answers)
{
	struct msg_auth_result m = {.account = 66};
	struct msg_auth_challenge ch = {0};
	struct chan *auth;
	struct fix_try t;
	int fd[2];

	fix_open();
	nasked = naborted = 0;
	EQ_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	auth = chan_new(fix.loop, fd[0], ROLE_AUTH, ROLE_POP3, &handlers,
	    never_closed, NULL);
	EQ_INT(auth_call_attach(fix.call, fd[1]), ERR_OK);
	fix_try_init(&t);
	fix_plain(&t, IP, ANN, "secret");
	auth_call_abort(fix.call, &t.x);
	fix_plain(&t, IP, "eve@example.test", "x");
	OK(fix_until(&nasked, 2));
	EQ_INT(naborted, 1);
	OK(asked[0] != asked[1]);
	m.req = ch.req = asked[0];
	msg_send_auth_challenge(auth, &ch, SLICE("x"), -1);
	msg_send_auth_result(auth, &m, SLICE_NONE, -1);
	fix_turns(5);
	OK(!t.done && t.challenges == 0);
	m.req = UINT64_MAX;
	msg_send_auth_result(auth, &m, SLICE_NONE, -1);
	m.req = asked[1];
	m.err = ERR_DENIED;
	msg_send_auth_result(auth, &m, SLICE_NONE, -1);
	fix_wait(&t);
	OK(t.done);
	EQ_INT(t.e, ERR_DENIED);
	EQ_INT(t.x.login.account, 0);
	fix_try_fini(&t);
	auth_call_free(&fix.call);
	chan_free(&auth);
	fix_close();
}

TEST(call_many_at_once)
{
	enum { N = 100 };
	static struct fix_try t[N];

	fix_open();
	fix_add(ANN, "secret");
	for (unsigned i = 0; i < N; i++) {
		fix_try_init(&t[i]);
		fix_plain(&t[i], IP, ANN, "secret");
	}
	for (unsigned i = 0; i < N; i++) {
		fix_wait(&t[i]);
		EQ_INT(t[i].e, ERR_OK);
		fix_try_fini(&t[i]);
	}
	EQ_INT(fix.tickets, N);
	fix_close();
}

TEST(call_too_long)
{
	static char text[20000];
	struct net_addr a = fix_addr(IP);
	struct fix_try t;

	fix_open();
	memset(text, 'x', sizeof text);
	fix_try_init(&t);
	auth_call_password(fix.call, &t.x, MSG_PROTO_POP3, true, &a,
	    slice_of(text, sizeof text), SLICE("x"));
	OK(!t.done);
	fix_wait(&t);
	EQ_INT(t.e, ERR_SYNTAX);
	t.done = false;
	auth_call_start(fix.call, &t.x, MSG_PROTO_POP3, true, &a,
	    SLICE("PLAIN"), slice_of(text, sizeof text));
	fix_wait(&t);
	EQ_INT(t.e, ERR_SYNTAX);
	t.done = false;
	auth_call_start(fix.call, &t.x, MSG_PROTO_POP3, true, &a,
	    SLICE("PLAIN"), SLICE_NONE);
	fix_wait(&t);
	EQ_INT(t.challenges, 1);
	auth_call_step(fix.call, &t.x, slice_of(text, sizeof text));
	fix_wait(&t);
	OK(t.done);
	EQ_INT(t.e, ERR_SYNTAX);
	fix_try_fini(&t);
	fix_close();
}

TEST(call_idle_calls_are_harmless)
{
	struct fix_try t;

	fix_open();
	fix_try_init(&t);
	auth_call_abort(fix.call, &t.x);
	auth_call_step(fix.call, &t.x, SLICE("x"));
	fix_turns(3);
	OK(!t.done);
	fix_try_fini(&t);
	fix_close();
}
