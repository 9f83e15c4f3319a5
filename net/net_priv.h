#ifndef NET_PRIV_H
#define NET_PRIV_H
/* What the files of net/ share among themselves and nobody else. */
#include "net/net_loop.h"

#include <stddef.h>

/* A heap of what net_timer_set was asked for, earliest first; net_timer.c */
struct net_timer_slot {
	uint64_t key_ms; /* <= timer->at_ms: putting off is done lazily */
	struct net_timer *timer;
};
struct net_timers {
	struct net_timer_slot *slot;
	size_t count, cap;
};
struct net_timers *net_loop_timers(struct net_loop *l);
/* When to look next: at or before the first deadline; 0 when there is none. */
uint64_t net_timers_first(struct net_timers *h);
/* Call back what is due by now. */
void net_timers_run(struct net_timers *h);
void net_timers_fini(struct net_timers *h);

#endif
