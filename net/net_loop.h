#ifndef NET_LOOP_H
#define NET_LOOP_H
/*
 * Readiness, timers and signals for one thread; the only user of libevent.
 * Callbacks may add and remove anything, themselves included.
 */
#include "base/err.h"
#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct net_loop;
struct net_watch;  /* one descriptor */
struct net_signal; /* one signal */

enum { NET_READ = 1, NET_WRITE = 2 };

/* new; NULL when out of memory or descriptors */
struct net_loop *net_loop_new(void);
/* All that was made for the loop must be gone. */
void net_loop_free(struct net_loop **l);
/* Run until net_loop_stop. */
void net_loop_run(struct net_loop *l);
/* One turn: wait at most wait_ms for something, run what is due. For tests. */
void net_loop_turn(struct net_loop *l, unsigned wait_ms);
void net_loop_stop(struct net_loop *l);

/* libevent's struct event_base, for a library that brings events of its own to
 * the same loop (libunbound) and for nobody else. */
void *net_loop_base(struct net_loop *l);

/* Watch fd (kept by the caller, open until net_watch_free). events of
 * NET_READ, NET_WRITE, 0. NULL when out of memory. */
struct net_watch *net_watch_new(struct net_loop *l, int fd,
    void (*ready)(void *ctx, int events), void *ctx);
enum err net_watch_set(struct net_watch *w, int events);
void net_watch_free(struct net_watch **w);

/*
 * One-shot timer, embedded in the caller's struct; cheap to set again, as
 * every session does at each line. Must be cleared before its memory goes.
 */
struct net_timer {
	struct net_loop *loop;
	void (*due)(void *ctx);
	void *ctx;
	uint64_t at_ms; /* clock_mono_ms; 0: not set */
	size_t heap;    /* place in the loop's heap, private */
};
void net_timer_init(
    struct net_timer *t, struct net_loop *l, void (*due)(void *ctx), void *ctx);
/* Due once, in_ms from now; replaces what was set. */
enum err net_timer_set(struct net_timer *t, uint64_t in_ms);
void net_timer_clear(struct net_timer *t);

/*
 * Work for the end of this turn of the loop, after all that is ready has been
 * served: this is where output that has gathered is written, once. A node on
 * the list twice runs once. What such work adds runs in the same turn, up to a
 * few rounds; after that in the next, which then does not wait.
 */
struct net_later {
	struct list_node node;
	void (*run)(void *ctx);
	void *ctx;
};
void net_later_init(struct net_later *w, void (*run)(void *ctx), void *ctx);
void net_later_add(struct net_loop *l, struct net_later *w);
void net_later_remove(struct net_loop *l, struct net_later *w);

struct net_signal *net_signal_new(struct net_loop *l, int signo,
    void (*caught)(void *ctx, int signo), void *ctx);
void net_signal_free(struct net_signal **s);

/* Call from any thread; wakes the loop, which then calls back in its thread.
 * Several wakes before that become one. */
struct net_wake;
struct net_wake *net_wake_new(
    struct net_loop *l, void (*woken)(void *ctx), void *ctx);
void net_wake_up(struct net_wake *w);
void net_wake_free(struct net_wake **w);

#endif
