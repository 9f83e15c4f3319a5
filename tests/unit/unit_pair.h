#ifndef TESTS_UNIT_UNIT_PAIR_H
#define TESTS_UNIT_UNIT_PAIR_H
/*
 * Two ends of a stream with the same room on every machine, whatever
 * net.core.wmem_default is there: what a test calls large does not fit, and
 * what it calls small does. In a header, for the fuzz targets too.
 */
#include <stdbool.h>
#include <sys/socket.h>

enum { UNIT_PAIR_ROOM = 104 * 1024 /* octets; Linux doubles it */ };

/* Non-blocking; closed by exec. */
static inline bool
unit_pair(int fd[2])
{
	const int room = UNIT_PAIR_ROOM;

	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		   0, fd) == 0 &&
	       setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room) ==
		   0 &&
	       setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room) ==
		   0;
}

#endif
