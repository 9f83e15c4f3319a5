#ifndef TESTS_UNIT_UNIT_TCP_H
#define TESTS_UNIT_UNIT_TCP_H
/*
 * What is on its way between two sockets of this process. Over loopback it is
 * mostly there at once; on a busy machine, with another congestion control or
 * with small buffers it is not, and that nothing has happened in some turns of
 * a loop does not mean that nothing will.
 */
#include <stdbool.h>
#include <stdint.h>

/* Has this machine ::1? */
bool unit_ipv6(void);
/*
 * Is nothing on its way over TCP from this process to itself, and has nothing
 * been since the last call? On its way are a connection that is not made or not
 * accepted yet, an end that the other side does not know of, octets, and room
 * for more of them.
 *
 * seen  of the last call; 0 before the first
 * deaf  a socket at which nobody reads: not all that is on its way to it
 *       arrives, nor does the end; -1: none
 */
bool unit_tcp_quiet(uint64_t *seen, int deaf);

#endif
