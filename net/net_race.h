#ifndef NET_RACE_H
#define NET_RACE_H
/* One TCP connection to any of the addresses of a host (RFC 8305). */
#include "net/net_connect.h"

enum { NET_RACE_STEP_MS = 250 }; /* RFC 8305 section 5 */

struct net_race;

/*
 * new; begin with to[0] (n > 0, copied). When one has not succeeded in
 * NET_RACE_STEP_MS the next begins beside it, when one has failed at once. The
 * first connection that is there wins and the others are given up.
 * done: as of net_connect_new, with the address that won; or, when all have
 * failed, with what was wrong with the last to fail. All but the last of the
 * list have others_ms, that has wait_ms.
 */
struct net_race *net_race_new(struct net_loop *l, const struct net_addr *to,
    unsigned n, uint64_t others_ms, uint64_t wait_ms,
    void (*done)(void *ctx, enum err e, int fd, unsigned i), void *ctx);
/* Give up: done will not be called. */
void net_race_free(struct net_race **r);

#endif
