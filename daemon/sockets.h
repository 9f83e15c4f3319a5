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

#include <stdint.h>

struct sockets {
	struct socket_item *item;
	unsigned count;
	int admin_fd;  /* -1: none */
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
/* Give process number `index` of a role copies of its own. */
enum err sockets_send(
    const struct sockets *s, enum role role, unsigned index, struct chan *chan);

#endif
