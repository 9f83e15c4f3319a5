#ifndef DAEMON_SLOTS_H
#define DAEMON_SLOTS_H
/* Which number a listener has in conf.listener, over all reloads. */
#include "conf/conf.h"

/*
 * Put the listeners of new where sessions and counters know them: one whose
 * name old has gets that number, the others get free ones. What old has and new
 * has not stays in its place without an address, because its sessions go on
 * with its settings; such a place is taken again only when there is no other.
 */
void slots_assign(const struct conf *old, struct conf *new);

#endif
