#ifndef DAEMON_PARENT_PRIV_H
#define DAEMON_PARENT_PRIV_H
/* What the parts of the parent share. */
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "conf/conf.h"
#include "daemon/certs.h"
#include "daemon/place.h"
#include "daemon/roles.h"
#include "daemon/sockets.h"
#include "daemon/worker.h"
#include "net/net_loop.h"

#include <stdbool.h>
#include <stdint.h>

enum parent_phase { PARENT_STARTING, PARENT_SERVING, PARENT_STOPPING };

struct parent {
	struct net_loop *loop;
	const char *conf_path;
	const struct role_row *table;
	struct conf conf;
	uint32_t generation;
	int conf_fd; /* conf as the children get it: a sealed memfd */
	struct place place;
	struct sockets sockets;
	struct certs certs;
	uint8_t ticket_key[NET_TLS_TICKET_KEY];
	int census[ROLE_COUNT]; /* -1: none */
	struct worker *worker;
	unsigned nworkers;
	enum parent_phase phase;
	unsigned stage; /* that is being started or stopped */
	int status;     /* exit status */
	bool reload_wanted;
	uint64_t started_ms;
	uint64_t patience_ms;   /* until then start-up failures are the fault of
				   what a dead server has left running */
	struct net_timer grace; /* of the stage that stops */
	struct net_timer watch; /* certificate files */
	struct net_signal *signal[4];
};

/* --- parent.c ------------------------------------------------------------- */

/* From worker.c: it serves; its process is gone (status of waitpid). */
void parent_ready(struct parent *p, struct worker *w);
void parent_gone(struct parent *p, struct worker *w, int status);
/* Begin to stop; a second time: hurry. */
void parent_stop(struct parent *p);

/* --- parent_conf.c -------------------------------------------------------- */

/* Fill conf, conf_fd and certs; lines for people go to why. */
enum err parent_load(struct parent *p, struct buf *why);
/* The same while serving: all or nothing, and the children are told. */
enum err parent_reload(struct parent *p, struct buf *why);
/* Log each line of why. */
void parent_log_lines(
    enum log_level level, const char *event, const struct buf *why);
/* Hand changed certificate files on, now and then. */
void parent_watch_certs(struct parent *p);

/* --- parent_control.c ----------------------------------------------------- */

/* An operator's request that the store has passed on. */
void parent_control(
    struct parent *p, struct worker *w, const struct msg_control *m);

#endif
