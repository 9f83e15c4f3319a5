#ifndef PROC_CHILD_H
#define PROC_CHILD_H
/*
 * What every child process does the same way: take configuration, certificates,
 * listeners, census, files and peers from the parent, then run its role,
 * reload, stop.
 */
#include "base/err.h"
#include "base/log.h"
#include "base/slice.h"
#include "conf/conf.h"
#include "net/net_listen.h"
#include "net/net_loop.h"
#include "net/net_tls.h"
#include "proc/chan.h"
#include "proc/msg.h"
#include "proc/proc_drop.h"
#include "proc/proc_file.h"
#include "proc/role.h"

#include <stdbool.h>

struct proc_child;

/* What a role gives. Each callback may be NULL. All run in the loop's thread.
 */
struct proc_role {
	enum role role;
	/* Everything the parent sends before START is there (conf, tls,
	 * files, listeners); peers come by `peer`, after it. The cage is closed
	 * already, so that files are made by the right user: the store has
	 * data_dir and nothing else, the others have no files at all. Open
	 * what is needed, start threads. Not OK: exit. */
	enum err (*start)(struct proc_child *, void **ctx_out);
	/* accept on what is in child->listener and on nothing else: before
	 * `serve`, and after each `reload`. The sockets of before are closed
	 * when it returns; a connection that waits in the backlog of one that
	 * stays waits on in the new descriptor. Not OK: exit. */
	enum err (*listen)(void *ctx);
	/* begin serving: all peers that were known at START have come; READY
	 * is sent after it */
	enum err (*serve)(void *ctx);
	/* a channel to another process; fd is given. Called again when that
	 * process was restarted. Before `start`: kept back until after it. */
	void (*peer)(void *ctx, enum role role, unsigned index, int fd);
	/* new configuration and certificates: child->conf, ->tls and ->files
	 * are new; listeners that went have no address in conf any more */
	void (*reload)(void *ctx);
	/* stop: finish, then call proc_child_exit. The parent kills after
	 * grace_ms. Also called when the parent is gone. */
	void (*stop)(void *ctx, uint64_t grace_ms);
	/* after proc_child_exit, when the loop has ended: free what is left.
	 * No other callback comes after proc_child_exit. */
	void (*fini)(void *ctx);
	/* from the parent's own requests (store, auth): handlers for messages
	 * on the parent channel beyond those of this file; NULL: none. Their
	 * ctx is the role's. */
	void (*control_done)(void *ctx, const struct msg_done *);
	void (*control_row)(void *ctx, uint64_t req, struct slice row);
};

struct proc_listener { /* one listening socket */
	int fd;
	unsigned listener; /* index into conf.listener; smtp:
			      MSG_LISTENER_SUBMIT, too */
};
enum { PROC_LISTENERS = CONF_LISTENERS * CONF_ADDRESSES + 1 };

struct proc_child {
	struct net_loop *loop;
	struct chan *parent;     /* never NULL; refuses messages when the parent
				    is gone */
	struct conf conf;        /* as of the last CONF */
	struct net_tls *tls;     /* NULL: no certificate */
	struct proc_files files; /* relay: as of the last CONF */
	struct net_census *census;
	unsigned index, workers; /* number of this process within its role */
	struct proc_listener listener[PROC_LISTENERS];
	unsigned nlisteners;
	/* store: the admin socket, listening; -1: none. Whoever accepts on it
	 * and on the listeners keeps them open as long as the process lives */
	int admin_fd;
};

/*
 * Run a role on the channel in descriptor 3 until it exits; returns the exit
 * status. cage is what the role table says; user, directories and limits are
 * filled in from the configuration.
 */
int proc_child_run(
    const struct proc_role *role, unsigned index, enum proc_sandbox sandbox);
/* Leave the loop; proc_child_run flushes the parent channel and returns. */
void proc_child_exit(struct proc_child *c, int status);
/*
 * The channel to this process has closed, and nobody has replaced it: what it
 * or we have sent was refused, or it has died. When no new one comes within
 * some seconds the parent is asked for one, again and again.
 */
void proc_child_lost(struct proc_child *c, enum role role);
/* log_init, and the journal's level prefixes when stderr leads there. */
void proc_log_init(const char *name, enum log_level level);
/* Where the processes that read from strangers have their root: below run_dir,
 * made by the parent, always empty. ERR_TOOBIG when it does not fit. */
enum err proc_empty_dir(const struct conf *c, char *out, size_t size);

#endif
