#ifndef STORE_STORE_PROC_H
#define STORE_STORE_PROC_H
/*
 * The store process: channels of the other roles and of the admin socket on
 * one side, a backend (store.h) on the other; tickets and leases between them.
 * It treats every front process as hostile.
 *
 * Rows of msg_control that are made here, numbers in decimal:
 *   CONTROL_TOTALS  messages, octets, gone_messages, gone_octets,
 *                   last_open_us (0: never): one row
 *   CONTROL_GONE    id (hex), octets, gone_us: a row each, oldest first
 *   CONTROL_VERIFY  problem: a row each; then messages, octets, problems
 * A record that is not there is msg_dir_rows with NOENT and n = 0.
 */
#include "conf/conf.h"
#include "net/net_loop.h"
#include "proc/proc_child.h"
#include "store/store.h"

extern const struct proc_role store_role;

/* The same without a process around it, for tests and fuzz targets. */
struct store_proc;
/* new; ops and st are borrowed and outlive it */
struct store_proc *store_proc_new(struct net_loop *l, const struct conf *conf,
    const struct store_ops *ops, struct store *st);
/* All channels close at once. Operations that are under way are waited for:
 * close the backend after this, it ends them and with the last one the memory
 * goes. */
void store_proc_free(struct store_proc **p);
/* A peer's channel end; fd is given. DENIED: not a role that has business
 * here. */
enum err store_proc_peer(struct store_proc *p, enum role role, int fd);
/* The same for process `index` of a role; the channel it had is closed. */
enum err store_proc_peer_at(
    struct store_proc *p, enum role role, unsigned index, int fd);

/* How many peers of this role are connected. */
unsigned store_proc_count(const struct store_proc *p, enum role role);

/* Whom to ask about processes; borrowed. NULL, as it is at first: nobody, and
 * CONTROL_STATUS, _RELOAD and _STOP are UNSUPPORTED. */
void store_proc_parent(struct store_proc *p, struct chan *parent);
/* Its answers. */
void store_proc_parent_done(struct store_proc *p, const struct msg_done *m);
void store_proc_parent_row(
    struct store_proc *p, uint64_t req, struct slice row);

/* Nothing is under way, and only operators are connected. */
bool store_proc_quiet(const struct store_proc *p);
/* Called whenever that may have come true; p must not be freed in it. */
void store_proc_on_quiet(
    struct store_proc *p, void (*quiet)(void *ctx), void *ctx);

#endif
