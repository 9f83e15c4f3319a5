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
void store_proc_free(struct store_proc **p);
/* A peer's channel end; fd is given. */
enum err store_proc_peer(struct store_proc *p, enum role role, int fd);

#endif
