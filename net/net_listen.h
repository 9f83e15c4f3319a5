#ifndef NET_LISTEN_H
#define NET_LISTEN_H
/*
 * Listening sockets: made by the parent, accepted by the front processes, with
 * a cap for all and one for each address unit (net_addr_unit).
 */
#include "base/err.h"
#include "net/net_addr.h"
#include "net/net_loop.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * new socket bound to addr and listening, close-on-exec, non-blocking,
 * SO_REUSEADDR, SO_REUSEPORT when shared (one socket a worker, the kernel
 * spreads connections), IPV6_V6ONLY. Backlog from the system's maximum.
 * NOENT: this machine has no such address; BUSY: somebody else listens there.
 */
enum err net_listen_open(const struct net_addr *addr, bool shared, int *fd_out);
/* Let shared sockets of the same user have its address from now on, too. */
enum err net_listen_share(int fd);

/*
 * Counts connections by address unit across all workers of a role, in memory
 * that the parent makes (memfd) and every worker maps: a row a worker, so that
 * the counts of a dead worker are wiped by its successor. Units are told apart
 * by a keyed hash with 16,384 values: rarely, two of them share a limit.
 */
struct net_census;
enum err net_census_create(unsigned workers, int *fd_out);
/* new: map the census behind fd (borrowed) as worker number `worker`, whose row
 * is zeroed. NULL when fd is none, has no such row, or out of memory. */
struct net_census *net_census_open(int fd, unsigned worker);
void net_census_free(struct net_census **c);

enum net_admit { NET_ADMIT, NET_FULL, NET_FULL_ADDR, NET_FAST };

struct net_limits {
	unsigned max_clients;        /* of this listener, all workers */
	unsigned max_clients_per_ip; /* of this listener by address unit */
	unsigned max_new_per_minute; /* by address unit; 0: no limit */
};

/*
 * Count a new connection of addr on listener number `listener` (0..15).
 * Anything but NET_ADMIT counts nothing, and the caller refuses politely.
 */
enum net_admit net_census_add(struct net_census *c, unsigned listener,
    const struct net_addr *addr, const struct net_limits *limits);
void net_census_drop(
    struct net_census *c, unsigned listener, const struct net_addr *addr);
/* connections of all workers on this listener */
unsigned net_census_total(const struct net_census *c, unsigned listener);

/*
 * Accept on fd (kept by the caller) from the loop: `accepted` gets a new
 * non-blocking, close-on-exec socket with TCP_NODELAY; peer is zero when the
 * socket is one of the file system. At the descriptor limit
 * accepting rests for a moment; it never spins.
 */
struct net_acceptor;
struct net_acceptor *net_acceptor_new(struct net_loop *l, int fd,
    void (*accepted)(void *ctx, int fd, const struct net_addr *peer),
    void *ctx);
void net_acceptor_pause(struct net_acceptor *a, bool paused);
void net_acceptor_free(struct net_acceptor **a);

#endif
