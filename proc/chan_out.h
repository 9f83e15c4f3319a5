#ifndef PROC_CHAN_OUT_H
#define PROC_CHAN_OUT_H
/*
 * Output of a channel: octets and descriptors that wait for the socket. Part
 * of chan.c; knows no loop.
 */
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chan_out_fd;

struct chan_out {
	char *p;
	size_t head, tail, cap; /* p[head..tail) is not sent yet */
	uint64_t sent;          /* octets sent so far: where p[head] is */
	struct chan_out_fd *fd; /* each goes with the octet at its place */
	unsigned fd_head, fd_tail, fd_cap;
	bool secret; /* wipe what has been sent */
};

void chan_out_fini(struct chan_out *o);
/* Room for n octets and, with fd, a descriptor: ERR_NOMEM or ERR_OK. */
enum err chan_out_reserve(struct chan_out *o, size_t n, bool fd);
/* After chan_out_reserve; an fd goes with the first octet added after it. */
void chan_out_add(struct chan_out *o, const void *p, size_t n);
void chan_out_add_fd(struct chan_out *o, int fd);
size_t chan_out_len(const struct chan_out *o);
/* Send: ERR_OK all is gone; ERR_RETRY the socket is full; ERR_CLOSED; ERR_IO */
enum err chan_out_write(struct chan_out *o, int sock);

#endif
