#ifndef CTL_CTL_LINK_H
#define CTL_CTL_LINK_H
/*
 * The way to the store: the admin socket of the running server, or, when none
 * runs, a store process of our own on the data folder, which ends with the
 * command.
 */
#include "ctl/ctl_cmd.h"

struct ctl_link; /* a store process of our own */

/*
 * Set c->rpc. need_server: a store of our own will not do. EX_OK, or an exit
 * status with a message printed. *link_out: NULL, or our own store.
 */
int ctl_link_open(struct ctl *c, bool need_server, struct ctl_link **link_out);
/* Release c->rpc and end our own store. EX_OK, or its failure. */
int ctl_link_close(struct ctl *c, struct ctl_link **link);

/* The server has been told to stop: wait, a minute at most, until nobody
 * listens on its admin socket any more. */
void ctl_link_await_end(const struct ctl *c);

#endif
