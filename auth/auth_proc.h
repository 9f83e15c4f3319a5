#ifndef AUTH_AUTH_PROC_H
#define AUTH_AUTH_PROC_H
/* The auth process: verifies passwords in threads, slows guessing down, hands
 * out tickets. */
#include "conf/conf.h"
#include "net/net_loop.h"
#include "proc/proc_child.h"

extern const struct proc_role auth_role;

/* The same without a process around it, for tests. */
struct auth_proc;
struct auth_proc *auth_proc_new(struct net_loop *l, const struct conf *conf);
void auth_proc_free(struct auth_proc **p);
/* A channel, fd given, to process `index` of a role: replaces the old one. */
enum err auth_proc_peer(
    struct auth_proc *p, enum role role, unsigned index, int fd);
/* called when the channel to the store has closed, not when another took its
 * place */
void auth_proc_on_closed(
    struct auth_proc *p, void (*closed)(void *ctx), void *ctx);

#endif
