#ifndef PROC_CHAN_IN_H
#define PROC_CHAN_IN_H
/*
 * Input of a channel: octets that have come but are no whole frame yet, or wait
 * because the channel is paused, and received descriptors. Part of chan.c.
 */
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHAN_IN_FDS = 16 };

struct chan_head {     /* in front of every frame */
	uint32_t len;  /* of fixed part and tail */
	uint16_t type; /* enum msg_type */
	uint16_t has_fd;
};

struct chan_in {
	char *p;
	size_t head, tail, cap; /* p[head..tail) is not served yet */
	int fd[CHAN_IN_FDS];    /* not claimed by a frame yet, in order */
	unsigned nfds;
};

void chan_in_fini(struct chan_in *in);
/* Append octets. ERR_NOMEM */
enum err chan_in_keep(struct chan_in *in, struct slice s);
struct slice chan_in_kept(const struct chan_in *in);
void chan_in_drop(struct chan_in *in, size_t n);
/*
 * Length of the frame that s begins with, head included; as long as s holds no
 * whole head: of the head. The frame is complete when s.len >= the result.
 * 0 when the head breaks the rules.
 */
size_t chan_in_need(struct slice s, struct chan_head *head_out);
/*
 * One recvmsg: first into what is missing of the kept frame, then into scratch;
 * *fresh_out is what came to lie in scratch. ERR_RETRY nothing there;
 * ERR_CLOSED, ERR_IO, ERR_PROTO (too many descriptors), ERR_NOMEM.
 */
enum err chan_in_recv(struct chan_in *in, int sock, char *scratch, size_t size,
    struct slice *fresh_out);
/* Take the oldest descriptor; -1 when there is none. */
int chan_in_claim(struct chan_in *in);

#endif
