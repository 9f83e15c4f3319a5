#ifndef STORE_STORE_ADMIN_H
#define STORE_STORE_ADMIN_H
/* The admin socket: operators' commands become peers of the store process. */
#include "net/net_loop.h"
#include "store/store_proc.h"

struct store_admin;

/*
 * new; listener is a listening unix socket, kept by the caller and open until
 * store_admin_free. Root and our own user may connect; others only where conf
 * names a group for the socket, whose mode then decides. conf and p are
 * borrowed and outlive it. NULL when out of memory.
 */
struct store_admin *store_admin_new(struct net_loop *l, int listener,
    const struct conf *conf, struct store_proc *p);
/* Those that are connected stay. */
void store_admin_free(struct store_admin **a);

#endif
