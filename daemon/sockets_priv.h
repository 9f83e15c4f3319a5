#ifndef DAEMON_SOCKETS_PRIV_H
#define DAEMON_SOCKETS_PRIV_H
/* What the two kinds of sockets share. */
#include "daemon/sockets.h"

/* Sleep a moment; false when it is time to give up. The parent does nothing
 * else meanwhile: before it serves, or for a second at a reload. */
bool sockets_wait(uint64_t until_ms);
/* admin_fd and submit_fd; as sockets_open. */
enum err sockets_open_local(struct sockets *s, const struct conf *conf,
    uint64_t until_ms, struct buf *why);
void sockets_close_local(struct sockets *s, const struct conf *conf);

#endif
