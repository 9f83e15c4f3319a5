#ifndef TESTS_UNIT_DAEMON_TOY_H
#define TESTS_UNIT_DAEMON_TOY_H
/*
 * Toy roles for the parent: real processes in real cages that do nearly
 * nothing. The test program is "this executable", so a constructor in toy.c
 * plays the role when the arguments say so.
 *
 * smtp   says "smtp INDEX PID HOSTNAME tls=0|1 peers=N" to who connects, where
 *        N counts all channels it was ever given, and hangs up
 * store  on the admin socket: takes a letter for a CONTROL_ (s, r, t), says
 *        what the parent answers, and hangs up
 * relay  logs what it has of the file system, at each start and reload
 * A host name of "lost.test" makes smtp 1 close its first channel to the store
 * and say so, and as soon as it has another, say so twice without a reason. One
 * of "broken.test" makes the store fail to start; "stuck.test"
 * makes smtp ignore that it should stop.
 */
#include "daemon/roles.h"

extern const struct role_row toy_roles[];

#endif
