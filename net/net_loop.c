/*
 * The event loop: libevent tells what is ready, the rest is ours. Timers are
 * in net_timer.c; their earliest deadline is the one libevent timer we use.
 */
#include "net/net_loop.h"

#include "base/clock.h"
#include "base/log.h"
#include "net/net_priv.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>

enum {
	/*
	 * Rounds of net_later work in one turn: output that such work makes is
	 * written in the same turn, but work that goes on adding itself does
	 * not keep the loop from looking at its sockets.
	 */
	LATER_ROUNDS = 8,
	SLEEP_MAX_MS = 3600 * 1000,
};

struct net_loop {
	struct event_base *base;
	struct event tick;     /* wakes us for the first timer */
	uint64_t tick_at_ms;   /* when that is; 0: not set */
	struct event turn_end; /* net_loop_turn has waited enough */
	struct net_timers timers;
	struct list later; /* of struct net_later */
	struct net_shared shared;
	bool stop;
};

struct net_watch {
	struct event read;
	struct event *write; /* only while writing is watched, which is rare */
	struct net_loop *loop;
	void (*ready)(void *ctx, int events);
	void *ctx;
	int events;
};

struct net_signal {
	struct event event;
	void (*caught)(void *ctx, int signo);
	void *ctx;
};

/* libevent's own complaints: an error of ours, or of the system. */
static void
event_said(int severity, const char *text)
{
	if (severity >= EVENT_LOG_WARN)
		log_textf(LOG_WARN, "libevent", "%s", text);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct net_loop *l = arg;

	(void)fd;
	(void)what;
	l->tick_at_ms = 0;
}

static void
on_turn_end(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg; /* being active is enough to end the wait */
}

static struct event_base *
new_base(void)
{
	struct event_config *conf = event_config_new();
	struct event_base *base = NULL;

	event_set_log_callback(event_said);
	if (conf != NULL &&
	    event_config_set_flag(
		conf, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV) == 0)
		base = event_base_new_with_config(conf);
	if (conf != NULL)
		event_config_free(conf);
	return base;
}

struct net_loop *
net_loop_new(void)
{
	struct net_loop *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	if ((l->base = new_base()) == NULL) {
		free(l);
		return NULL;
	}
	list_init(&l->later);
	list_init(&l->shared.left);
	(void)evtimer_assign(&l->tick, l->base, on_tick, l);
	(void)evtimer_assign(&l->turn_end, l->base, on_turn_end, l);
	return l;
}

void
net_loop_free(struct net_loop **l)
{
	if (*l == NULL)
		return;
	net_shared_free_left(&(*l)->shared);
	(void)event_del(&(*l)->tick);
	(void)event_del(&(*l)->turn_end);
	event_base_free((*l)->base);
	net_timers_fini(&(*l)->timers);
	net_shared_fini(&(*l)->shared);
	free(*l);
	*l = NULL;
}

void *
net_loop_base(struct net_loop *l)
{
	return l->base;
}

struct net_shared *
net_loop_shared(struct net_loop *l)
{
	return &l->shared;
}

struct net_timers *
net_loop_timers(struct net_loop *l)
{
	return &l->timers;
}

static struct timeval
timeval_of_ms(uint64_t ms)
{
	return (struct timeval){.tv_sec = (time_t)(ms / 1000),
	    .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
}

/*
 * Make libevent wake us for the first timer. One that has been put off leaves
 * the earlier wake-up standing: it does nothing and costs less than setting
 * libevent's timer at each line of each session. Returns false when a timer is
 * due already.
 */
static bool
arm_tick(struct net_loop *l)
{
	uint64_t first = net_timers_first(&l->timers);
	uint64_t now, wait;
	struct timeval tv;

	if (first == 0 || (l->tick_at_ms != 0 && l->tick_at_ms <= first))
		return true;
	now = clock_mono_ms();
	if (first <= now)
		return false;
	wait = first - now < SLEEP_MAX_MS ? first - now : SLEEP_MAX_MS;
	tv = timeval_of_ms(wait);
	if (evtimer_add(&l->tick, &tv) == 0)
		l->tick_at_ms = first;
	return true;
}

static void
run_later(struct net_loop *l)
{
	struct list_node *n;

	for (int round = 0; round < LATER_ROUNDS; round++)
		for (size_t left = l->later.count; left > 0; left--) {
			struct net_later *w;

			if ((n = list_pop_front(&l->later)) == NULL)
				return;
			w = LIST_ITEM(n, struct net_later, node);
			w->run(w->ctx);
		}
}

static void
one_turn(struct net_loop *l, bool may_wait)
{
	if (!arm_tick(l) || !list_empty(&l->later))
		may_wait = false;
	(void)event_base_loop(
	    l->base, (may_wait ? EVLOOP_ONCE : EVLOOP_NONBLOCK) |
			 EVLOOP_NO_EXIT_ON_EMPTY);
	net_timers_run(&l->timers);
	run_later(l);
}

void
net_loop_run(struct net_loop *l)
{
	l->stop = false;
	while (!l->stop)
		one_turn(l, true);
}

void
net_loop_turn(struct net_loop *l, unsigned wait_ms)
{
	struct timeval tv = timeval_of_ms(wait_ms);

	if (wait_ms != 0)
		(void)evtimer_add(&l->turn_end, &tv);
	one_turn(l, wait_ms != 0);
	(void)event_del(&l->turn_end);
}

void
net_loop_stop(struct net_loop *l)
{
	l->stop = true;
}

static void
on_io(evutil_socket_t fd, short what, void *arg)
{
	struct net_watch *w = arg;

	(void)fd;
	w->ready(w->ctx, ((what & EV_READ) != 0 ? NET_READ : 0) |
			     ((what & EV_WRITE) != 0 ? NET_WRITE : 0));
}

struct net_watch *
net_watch_new(
    struct net_loop *l, int fd, void (*ready)(void *ctx, int events), void *ctx)
{
	struct net_watch *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->loop = l;
	w->ready = ready;
	w->ctx = ctx;
	(void)event_assign(
	    &w->read, l->base, fd, EV_READ | EV_PERSIST, on_io, w);
	return w;
}

static bool
watch_write(struct net_watch *w, bool on)
{
	if (!on) {
		event_free(w->write);
		w->write = NULL;
		return true;
	}
	w->write = event_new(w->loop->base, event_get_fd(&w->read),
	    EV_WRITE | EV_PERSIST, on_io, w);
	if (w->write == NULL)
		return false;
	if (event_add(w->write, NULL) == 0)
		return true;
	event_free(w->write);
	w->write = NULL;
	return false;
}

enum err
net_watch_set(struct net_watch *w, int events)
{
	int change = events ^ w->events;
	bool ok = true;

	/* libevent makes of both one EPOLL_CTL_MOD; add before taking away */
	if ((change & NET_WRITE) != 0 && (events & NET_WRITE) != 0)
		ok = watch_write(w, true);
	if (ok && (change & NET_READ) != 0)
		ok = ((events & NET_READ) != 0 ? event_add(&w->read, NULL)
					       : event_del(&w->read)) == 0;
	if (!ok)
		return ERR_NOMEM;
	if ((change & NET_WRITE) != 0 && (events & NET_WRITE) == 0)
		watch_write(w, false);
	w->events = events;
	return ERR_OK;
}

void
net_watch_free(struct net_watch **w)
{
	if (*w == NULL)
		return;
	(void)event_del(&(*w)->read);
	if ((*w)->write != NULL)
		event_free((*w)->write);
	free(*w);
	*w = NULL;
}

void
net_later_init(struct net_later *w, void (*run)(void *ctx), void *ctx)
{
	list_node_init(&w->node);
	w->run = run;
	w->ctx = ctx;
}

void
net_later_add(struct net_loop *l, struct net_later *w)
{
	if (!list_linked(&w->node))
		list_push_back(&l->later, &w->node);
}

void
net_later_remove(struct net_loop *l, struct net_later *w)
{
	list_remove(&l->later, &w->node);
}

static void
on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct net_signal *s = arg;

	(void)what;
	s->caught(s->ctx, signo);
}

struct net_signal *
net_signal_new(struct net_loop *l, int signo,
    void (*caught)(void *ctx, int signo), void *ctx)
{
	struct net_signal *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->caught = caught;
	s->ctx = ctx;
	(void)evsignal_assign(&s->event, l->base, signo, on_signal, s);
	if (event_add(&s->event, NULL) != 0) {
		free(s);
		return NULL;
	}
	return s;
}

void
net_signal_free(struct net_signal **s)
{
	if (*s == NULL)
		return;
	(void)event_del(&(*s)->event);
	free(*s);
	*s = NULL;
}
