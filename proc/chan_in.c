/*
 * Receiving for a channel. Whole frames are served out of a scratch buffer that
 * all channels of a thread share; only the beginning of a frame whose rest has
 * not come is kept, and the rest is then received right behind it.
 */
#include "proc/chan_in.h"

#include "base/secret.h"
#include "proc/msg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* What is kept may be half a password: nothing of it stays behind. */
static void
release(struct chan_in *in)
{
	if (in->p != NULL)
		secret_wipe(in->p, in->tail);
	free(in->p);
}

void
chan_in_fini(struct chan_in *in)
{
	for (unsigned i = 0; i < in->nfds; i++)
		(void)close(in->fd[i]);
	release(in);
	memset(in, 0, sizeof *in);
}

static void
move_to_front(struct chan_in *in, size_t len)
{
	memmove(in->p, in->p + in->head, len);
	secret_wipe(in->p + len, in->head);
	in->head = 0;
	in->tail = len;
}

/* Room for n octets at p + tail. */
static enum err
reserve(struct chan_in *in, size_t n)
{
	size_t len = in->tail - in->head, cap = len + n;
	char *p;

	if (in->cap - in->tail >= n)
		return ERR_OK;
	if (in->head > 0)
		move_to_front(in, len);
	if (cap <= in->cap)
		return ERR_OK;
	if ((p = malloc(cap)) == NULL)
		return ERR_NOMEM;
	if (len > 0)
		memcpy(p, in->p, len);
	release(in);
	in->p = p;
	in->cap = cap;
	return ERR_OK;
}

enum err
chan_in_keep(struct chan_in *in, struct slice s)
{
	if (s.len == 0)
		return ERR_OK;
	if (reserve(in, s.len) != ERR_OK)
		return ERR_NOMEM;
	memcpy(in->p + in->tail, s.p, s.len);
	in->tail += s.len;
	return ERR_OK;
}

struct slice
chan_in_kept(const struct chan_in *in)
{
	return slice_of(
	    in->p == NULL ? NULL : in->p + in->head, in->tail - in->head);
}

void
chan_in_drop(struct chan_in *in, size_t n)
{
	in->head += n;
	if (in->head == in->tail)
		in->head = in->tail = 0;
}

size_t
chan_in_need(struct slice s, struct chan_head *head_out)
{
	if (s.len < sizeof *head_out)
		return sizeof *head_out;
	memcpy(head_out, s.p, sizeof *head_out);
	if (head_out->type >= MSG_COUNT || head_out->has_fd > 1 ||
	    head_out->len > msg_frame_max(head_out->type))
		return 0;
	return sizeof *head_out + head_out->len;
}

/* Complete the kept frame, once its head is known, from what came after. */
static enum err
complete(struct chan_in *in, struct slice *fresh)
{
	struct chan_head head;

	while (fresh->len > 0 && in->tail > in->head) {
		struct slice kept = chan_in_kept(in);
		size_t need = chan_in_need(kept, &head), n;

		if (need == 0)
			return ERR_PROTO;
		if (need <= kept.len)
			break;
		n = need - kept.len < fresh->len ? need - kept.len : fresh->len;
		if (chan_in_keep(in, slice_first(*fresh, n)) != ERR_OK)
			return ERR_NOMEM;
		*fresh = slice_skip(*fresh, n);
	}
	return ERR_OK;
}

static enum err
collect_fds(struct chan_in *in, struct msghdr *m)
{
	enum err e = (m->msg_flags & MSG_CTRUNC) != 0 ? ERR_PROTO : ERR_OK;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL;
	     c = CMSG_NXTHDR(m, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (in->nfds < CHAN_IN_FDS) {
				in->fd[in->nfds++] = fd;
			} else {
				(void)close(fd);
				e = ERR_PROTO;
			}
		}
	}
	return e;
}

static ssize_t
receive(int sock, struct msghdr *m)
{
	ssize_t n;

	do
		n = recvmsg(sock, m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	return n;
}

enum err
chan_in_recv(struct chan_in *in, int sock, char *scratch, size_t size,
    struct slice *fresh_out)
{
	union {
		char space[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct chan_head head;
	struct slice kept = chan_in_kept(in);
	size_t need = kept.len == 0 ? 0 : chan_in_need(kept, &head);
	size_t missing = need > kept.len ? need - kept.len : 0;
	struct iovec iov[2];
	struct msghdr m = {.msg_iov = missing > 0 ? iov : iov + 1,
	    .msg_iovlen = missing > 0 ? 2 : 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof control.space};
	enum err e;
	ssize_t n;

	*fresh_out = SLICE_NONE;
	if (missing > 0 && reserve(in, missing) != ERR_OK)
		return ERR_NOMEM;
	if (missing > 0)
		iov[0] = (struct iovec){in->p + in->tail, missing};
	iov[1] = (struct iovec){scratch, size};
	if ((n = receive(sock, &m)) < 0)
		return errno == EAGAIN ? ERR_RETRY : err_from_errno(errno);
	if ((e = collect_fds(in, &m)) != ERR_OK)
		return e;
	if (n == 0)
		return ERR_CLOSED;
	if ((size_t)n <= missing) {
		in->tail += (size_t)n;
		return ERR_OK;
	}
	in->tail += missing;
	*fresh_out = slice_of(scratch, (size_t)n - missing);
	return complete(in, fresh_out);
}

int
chan_in_claim(struct chan_in *in)
{
	int fd;

	if (in->nfds == 0)
		return -1;
	fd = in->fd[0];
	memmove(in->fd, in->fd + 1, --in->nfds * sizeof fd);
	return fd;
}
