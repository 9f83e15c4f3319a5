#include "../unit.h"
#include "base/clock.h"
#include "net/net_loop.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

struct probe {
	struct net_loop *loop;
	struct net_watch *watch, *other;
	struct net_later later;
	int fd, calls, events, stop_after;
};

static void
pair(int fd[2])
{
	OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == 0);
}

static void
on_ready(void *ctx, int events)
{
	struct probe *p = ctx;

	p->calls++;
	p->events |= events;
}

TEST(loop_watch_read_and_write)
{
	struct probe p = {.loop = net_loop_new()};
	int fd[2];
	char c;

	pair(fd);
	p.watch = net_watch_new(p.loop, fd[0], on_ready, &p);
	OK(write(fd[1], "x", 1) == 1);
	net_loop_turn(p.loop, 0);
	EQ_INT(p.calls, 0); /* watches nothing yet */
	EQ_INT(net_watch_set(p.watch, NET_READ), ERR_OK);
	net_loop_turn(p.loop, 1000);
	EQ_INT(p.events, NET_READ);
	net_loop_turn(p.loop, 1000);
	EQ_INT(p.calls, 2); /* as long as it is not read */
	EQ_INT(net_watch_set(p.watch, NET_READ | NET_WRITE), ERR_OK);
	net_loop_turn(p.loop, 1000);
	EQ_INT(p.events, NET_READ | NET_WRITE);
	OK(read(fd[0], &c, 1) == 1);
	p.events = 0;
	net_loop_turn(p.loop, 1000);
	EQ_INT(p.events, NET_WRITE);
	EQ_INT(net_watch_set(p.watch, NET_READ), ERR_OK);
	p.events = 0;
	net_loop_turn(p.loop, 0);
	EQ_INT(p.events, 0);
	close(fd[1]);
	net_loop_turn(p.loop, 1000);
	EQ_INT(p.events, NET_READ); /* end of file */
	net_watch_free(&p.watch);
	OK(p.watch == NULL);
	net_watch_free(&p.watch);
	close(fd[0]);
	net_loop_free(&p.loop);
	OK(p.loop == NULL);
	net_loop_free(&p.loop);
}

static void
on_ready_free_both(void *ctx, int events)
{
	struct probe *p = ctx;

	(void)events;
	p->calls++;
	net_watch_free(&p->watch);
	net_watch_free(&p->other);
}

TEST(loop_watch_freed_by_its_callback)
{
	struct probe p = {.loop = net_loop_new()};
	int fd[2], gd[2];

	pair(fd);
	pair(gd);
	p.watch = net_watch_new(p.loop, fd[0], on_ready_free_both, &p);
	p.other = net_watch_new(p.loop, gd[0], on_ready_free_both, &p);
	OK(net_watch_set(p.watch, NET_READ | NET_WRITE) == ERR_OK);
	OK(net_watch_set(p.other, NET_READ | NET_WRITE) == ERR_OK);
	OK(write(fd[1], "x", 1) == 1 && write(gd[1], "x", 1) == 1);
	net_loop_turn(p.loop, 1000);
	net_loop_turn(p.loop, 0);
	EQ_INT(p.calls, 1);
	for (int i = 0; i < 2; i++) {
		close(fd[i]);
		close(gd[i]);
	}
	net_loop_free(&p.loop);
}

static void
on_later(void *ctx)
{
	struct probe *p = ctx;

	p->calls++;
	if (p->calls < p->stop_after)
		net_later_add(p->loop, &p->later);
}

TEST(loop_later)
{
	struct probe p = {.loop = net_loop_new(), .stop_after = 1};
	struct net_later other;

	net_later_init(&p.later, on_later, &p);
	net_later_init(&other, on_later, &p);
	net_later_add(p.loop, &p.later);
	net_later_add(p.loop, &p.later); /* twice on the list runs once */
	EQ_INT(p.calls, 0);
	net_loop_turn(p.loop, 60000);
	EQ_INT(p.calls, 1);
	net_later_add(p.loop, &p.later);
	net_later_add(p.loop, &other);
	net_later_remove(p.loop, &p.later);
	net_later_remove(p.loop, &p.later);
	net_loop_turn(p.loop, 60000);
	EQ_INT(p.calls, 2);
	net_loop_free(&p.loop);
}

TEST(loop_later_that_adds_itself)
{
	struct probe p = {.loop = net_loop_new(), .stop_after = 1000};
	int calls;

	net_later_init(&p.later, on_later, &p);
	net_later_add(p.loop, &p.later);
	net_loop_turn(p.loop, 60000); /* comes back */
	OK(p.calls > 1 && p.calls < 1000);
	calls = p.calls;
	net_loop_turn(p.loop, 60000); /* does not wait with work to do */
	OK(p.calls > calls);
	net_later_remove(p.loop, &p.later);
	net_loop_free(&p.loop);
}

static void
on_later_stop(void *ctx)
{
	struct probe *p = ctx;

	if (++p->calls == p->stop_after)
		net_loop_stop(p->loop);
	else
		net_later_add(p->loop, &p->later);
}

TEST(loop_run_and_stop)
{
	struct probe p = {.loop = net_loop_new(), .stop_after = 20};

	net_later_init(&p.later, on_later_stop, &p);
	net_later_add(p.loop, &p.later);
	net_loop_run(p.loop);
	EQ_INT(p.calls, 20);
	net_loop_free(&p.loop);
}

static void
on_due_stop(void *ctx)
{
	struct probe *p = ctx;

	p->calls++;
	net_loop_stop(p->loop);
}

/* Nothing but a timer: the loop sleeps for it, and it comes in time. */
TEST(loop_run_until_timer)
{
	struct probe p = {.loop = net_loop_new()};
	struct net_timer t, far;
	uint64_t start = clock_mono_ms(), took;

	net_timer_init(&t, p.loop, on_due_stop, &p);
	net_timer_init(&far, p.loop, on_due_stop, &p);
	EQ_INT(net_timer_set(&far, UINT64_MAX), ERR_OK);
	EQ_INT(net_timer_set(&t, 10), ERR_OK);
	EQ_INT(net_timer_set(&t, 30), ERR_OK);
	net_loop_run(p.loop);
	took = clock_mono_ms() - start;
	EQ_INT(p.calls, 1);
	OK(took >= 30 && took < 5000);
	net_timer_clear(&far);
	net_loop_free(&p.loop);
}

static void
on_signal(void *ctx, int signo)
{
	struct probe *p = ctx;

	p->calls++;
	p->events = signo;
}

TEST(loop_signal)
{
	struct probe p = {.loop = net_loop_new()};
	struct net_signal *s;

	s = net_signal_new(p.loop, SIGUSR1, on_signal, &p);
	OK(s != NULL);
	OK(raise(SIGUSR1) == 0);
	EQ_INT(p.calls, 0); /* not in the handler: from the loop */
	for (int i = 0; i < 10 && p.calls == 0; i++)
		net_loop_turn(p.loop, 1000);
	EQ_INT(p.calls, 1);
	EQ_INT(p.events, SIGUSR1);
	net_signal_free(&s);
	OK(s == NULL);
	net_loop_free(&p.loop);
}
