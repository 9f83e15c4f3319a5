#ifndef DAEMON_SOCKETS_H
#define DAEMON_SOCKETS_H
/*
 * The listening sockets. The parent makes them and keeps them: a process that
 * is started again gets the same ones, and clients that came meanwhile wait in
 * the backlog.
 */
#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "daemon/roles.h"
#include "proc/chan.h"

#include <stdbool.h>
#include <stdint.h>

struct sockets {
	struct socket_item *item;
	unsigned count;
	unsigned workers[ROLE_COUNT]; /* there are, as of the start */
	int admin_fd;                 /* -1: none */
	int submit_fd; /* the same, for programs on this machine */
};
#define SOCKETS_NONE ((struct sockets){.admin_fd = -1, .submit_fd = -1})

/*
 * All that conf names, one for each worker of the role that serves it. While
 * an address is in use, try again until clock_mono_ms() is until_ms. A line
 * for people goes to why: ERR_BUSY, ERR_DENIED, ...
 */
enum err sockets_open(struct sockets *s, const struct conf *conf,
    const struct role_row *table, uint64_t until_ms, struct buf *why);
void sockets_close(struct sockets *s, const struct conf *conf);
/* Is there a process for listeners of this service? */
bool sockets_served(
    const struct sockets *s, const struct role_row *table, uint32_t service);
/*
 * What conf names by now, for the same processes. An address that old has is
 * the same socket, whatever service it is for: whoever waits in its backlog
 * waits on. old is untouched until sockets_drop tells which of the two stays.
 * A line for people goes to why: ERR_BUSY, ERR_DENIED, ... Blocks for up to a
 * second while an address is in use: it may be one that a process is letting
 * go of.
 */
enum err sockets_change(const struct sockets *old, const struct conf *conf,
    const struct role_row *table, struct sockets *new_out, struct buf *why);
/* Forget s and close those of its listeners that kept has not. */
void sockets_drop(struct sockets *s, const struct sockets *kept);
/* Give process number `index` of a role copies of its own. */
enum err sockets_send(
    const struct sockets *s, enum role role, unsigned index, struct chan *chan);

#endif
