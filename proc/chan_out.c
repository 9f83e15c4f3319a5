/*
 * What a channel has to send. The head moves; memory is moved only when more
 * than half of it has been sent. A descriptor must arrive with the first octet
 * of its frame: each is sent by a sendmsg that begins with that octet and ends
 * before the next one that has a descriptor.
 */
#include "proc/chan_out.h"

#include "base/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	OUT_FIRST = 16 * 1024,
	OUT_MAX = 64 * 1024 * 1024, /* a channel that lags this far is broken */
	FDS_MAX = 1024
};

struct chan_out_fd {
	uint64_t at;
	int fd;
};

static void
release(struct chan_out *o)
{
	if (o->secret)
		secret_wipe(o->p, o->tail);
	free(o->p);
}

void
chan_out_fini(struct chan_out *o)
{
	while (o->fd_head < o->fd_tail)
		(void)close(o->fd[o->fd_head++].fd);
	free(o->fd);
	release(o);
	memset(o, 0, sizeof *o);
}

/* Not realloc: it would leave copies of secrets behind. */
static enum err
grow(struct chan_out *o, size_t need)
{
	size_t len = chan_out_len(o), cap = o->cap == 0 ? OUT_FIRST : o->cap;
	char *p;

	if (need > OUT_MAX - len)
		return ERR_NOMEM;
	while (cap < len + need)
		cap *= 2;
	if ((p = malloc(cap)) == NULL)
		return ERR_NOMEM;
	if (len > 0)
		memcpy(p, o->p + o->head, len);
	release(o);
	o->p = p;
	o->cap = cap;
	o->head = 0;
	o->tail = len;
	return ERR_OK;
}

static enum err
grow_fds(struct chan_out *o)
{
	unsigned cap = o->fd_cap == 0 ? 4 : o->fd_cap * 2;
	unsigned count = o->fd_tail - o->fd_head;
	struct chan_out_fd *fd;

	if (o->fd_head > 0) {
		memmove(o->fd, o->fd + o->fd_head, count * sizeof *o->fd);
		o->fd_head = 0;
		o->fd_tail = count;
		return ERR_OK;
	}
	if (cap > FDS_MAX || (fd = realloc(o->fd, cap * sizeof *fd)) == NULL)
		return ERR_NOMEM;
	o->fd = fd;
	o->fd_cap = cap;
	return ERR_OK;
}

enum err
chan_out_reserve(struct chan_out *o, size_t n, bool fd)
{
	size_t len = chan_out_len(o);

	if (fd && o->fd_tail == o->fd_cap && grow_fds(o) != ERR_OK)
		return ERR_NOMEM;
	if (o->cap - o->tail >= n)
		return ERR_OK;
	if (o->head < len || o->cap - len < n)
		return grow(o, n);
	memcpy(o->p, o->p + o->head, len); /* head >= len: no overlap */
	if (o->secret)
		secret_wipe(o->p + len, o->tail - len);
	o->head = 0;
	o->tail = len;
	return ERR_OK;
}

void
chan_out_add(struct chan_out *o, const void *p, size_t n)
{
	if (n == 0)
		return;
	memcpy(o->p + o->tail, p, n);
	o->tail += n;
}

void
chan_out_add_fd(struct chan_out *o, int fd)
{
	o->fd[o->fd_tail].at = o->sent + chan_out_len(o);
	o->fd[o->fd_tail++].fd = fd;
}

size_t
chan_out_len(const struct chan_out *o)
{
	return o->tail - o->head;
}

/* Octets that one sendmsg may take; *fd_out: the descriptor that goes along. */
static size_t
next_run(const struct chan_out *o, int *fd_out)
{
	unsigned i = o->fd_head;

	*fd_out = -1;
	if (i < o->fd_tail && o->fd[i].at == o->sent)
		*fd_out = o->fd[i++].fd;
	return i < o->fd_tail ? (size_t)(o->fd[i].at - o->sent)
			      : chan_out_len(o);
}

static ssize_t
send_run(int sock, char *p, size_t n, int fd)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = {p, n};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t sent;

	if (fd >= 0) {
		memset(&control, 0, sizeof control);
		m.msg_control = &control;
		m.msg_controllen = sizeof control.space;
		CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, sizeof fd);
	}
	do
		sent = sendmsg(sock, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	return sent;
}

static void
sent_all(struct chan_out *o)
{
	if (o->secret)
		secret_wipe(o->p, o->tail);
	o->secret = false;
	o->head = o->tail = 0;
	o->fd_head = o->fd_tail = 0;
}

enum err
chan_out_write(struct chan_out *o, int sock)
{
	while (chan_out_len(o) > 0) {
		int fd;
		size_t n = next_run(o, &fd);
		ssize_t sent = send_run(sock, o->p + o->head, n, fd);

		if (sent < 0)
			return errno == EAGAIN ? ERR_RETRY
					       : err_from_errno(errno);
		if (fd >= 0) {
			(void)close(fd);
			o->fd_head++;
		}
		o->head += (size_t)sent;
		o->sent += (uint64_t)sent;
		if ((size_t)sent < n)
			return ERR_RETRY;
	}
	sent_all(o);
	return ERR_OK;
}
