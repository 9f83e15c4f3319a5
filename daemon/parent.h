#ifndef DAEMON_PARENT_H
#define DAEMON_PARENT_H
/*
 * The parent of all roles: opens what needs rights, starts them in order,
 * starts again what dies, reloads, stops. Reads no byte from the network.
 */
#include "daemon/roles.h"

/*
 * Serve with the configuration at conf_path and the roles of table until told
 * to stop; returns an exit status of sysexits(3). Blocks.
 */
int parent_run(const char *conf_path, const struct role_row *table);

#endif
