#ifndef NET_CONNECT_H
#define NET_CONNECT_H
/* A TCP connection to somewhere, made without waiting. */
#include "base/err.h"
#include "net/net_addr.h"
#include "net/net_loop.h"

#include <stdint.h>

struct net_connect; /* one attempt */

/*
 * new; begin. done: OK with a connected, non-blocking socket (given), or what
 * was wrong (TIMEOUT after wait_ms, CLOSED refused, IO unreachable) with -1;
 * never from inside this call, and the attempt is gone then. bind: near end, or
 * NULL. NULL: no descriptor or memory.
 */
struct net_connect *net_connect_new(struct net_loop *l,
    const struct net_addr *to, const struct net_addr *bind, uint64_t wait_ms,
    void (*done)(void *ctx, enum err e, int fd), void *ctx);
/* Give up: done will not be called. */
void net_connect_free(struct net_connect **c);

#endif
