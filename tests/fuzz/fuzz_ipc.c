/*
 * Frames of a hostile process: whatever comes, what a handler sees has the
 * size and the contents its type promises, descriptors are given once, and the
 * kernel's way of cutting the stream makes no difference.
 *
 * The first octet names the two roles, the rest is what one of them sends. The
 * frames whose head says so come with a descriptor.
 */
#include "fuzz.h"

#include "base/log.h"
#include "proc/chan.h"
#include "proc/chan_in.h"
#include "proc/msg.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECES_MAX = 64 };

struct seen {
	unsigned messages, given; /* given: descriptors */
	uint64_t sum; /* of all octets of all messages */
	bool closed;
};

static void
touch(struct seen *s, unsigned type, const void *p, size_t len)
{
	const unsigned char *c = p;

	s->sum = s->sum * 31 + type;
	for (size_t i = 0; i < len; i++)
		s->sum = s->sum * 31 + c[i];
}

#define X(name, payload, from, to, tail_max, fds)                              \
	static void on_##payload(                                              \
	    void *ctx, struct msg_##payload *m, struct slice tail, int fd)     \
	{                                                                      \
		struct seen *s = ctx;                                          \
                                                                               \
		FUZZ_CHECK(tail.len <= (tail_max));                            \
		FUZZ_CHECK((fds) != 0 || fd < 0);                              \
		FUZZ_CHECK((fds) != 1 || fd >= 0);                             \
		FUZZ_CHECK(msg_##payload##_valid(m, tail));                    \
		touch(s, MSG_##name, m, sizeof *m);                            \
		touch(s, MSG_##name, tail.p, tail.len);                        \
		s->messages++;                                                 \
		s->given += fd >= 0;                                           \
		if (fd >= 0)                                                   \
			FUZZ_CHECK(close(fd) == 0);                            \
	}
MSG_TABLE(X)
#undef X
static const struct msg_handlers handlers = {
#define X(name, payload, from, to, tail_max, fds) .payload = on_##payload,
    MSG_TABLE(X)
#undef X
};

static void
on_closed(void *ctx, enum err why)
{
	struct seen *s = ctx;

	FUZZ_CHECK(why == ERR_CLOSED || why == ERR_PROTO);
	s->closed = true;
}

static int
null_fd(void)
{
	static int null = -1;

	if (null < 0)
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fcntl(null, F_DUPFD_CLOEXEC, 0);
}

/* Frame by frame, without a channel; ends at the first breach. */
static struct seen
deliver(enum role peer, enum role self, struct slice s)
{
	struct seen seen = {0, 0, 0, false};

	for (;;) {
		struct chan_head head = {0, 0, 0};
		size_t need = chan_in_need(s, &head);
		int fd;

		if (need > s.len)
			return seen;
		fd = need > 0 && head.has_fd != 0 ? null_fd() : -1;
		if (need == 0 || msg_deliver_frame(peer, self, head.type,
				     slice_of(s.p + sizeof head, head.len), fd,
				     &handlers, &seen) != ERR_OK) {
			FUZZ_CHECK(fd < 0 || fcntl(fd, F_GETFD) < 0);
			return seen;
		}
		s = slice_skip(s, need);
	}
}

static void
send_piece(int sock, struct slice s, int fd)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char octets[1];
	struct iovec iov = {octets, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd < 0) {
		FUZZ_CHECK(write(sock, s.p, s.len) == (ssize_t)s.len);
		return;
	}
	memset(&control, 0, sizeof control);
	octets[0] = s.p[0];
	m.msg_control = &control;
	m.msg_controllen = sizeof control.space;
	CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
	CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
	CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, sizeof fd);
	FUZZ_CHECK(sendmsg(sock, &m, MSG_NOSIGNAL) == 1);
	(void)close(fd);
	if (s.len > 1)
		send_piece(sock, slice_skip(s, 1), -1);
}

/* One frame in pieces that the seed chooses, a turn of the loop after each. */
static void
send_frame(
    struct net_loop *l, int sock, struct slice s, bool has_fd, uint32_t *seed)
{
	size_t step = s.len / PIECES_MAX + 1 + fuzz_rand(seed) % (s.len + 1);
	int fd = has_fd ? null_fd() : -1;

	while (s.len > 0) {
		struct slice piece = slice_first(s, step);

		send_piece(sock, piece, fd);
		fd = -1;
		s = slice_skip(s, piece.len);
		net_loop_turn(l, 0);
	}
}

/* The same octets through a channel. */
static struct seen
transmit(enum role peer, enum role self, struct slice s, uint32_t seed)
{
	static struct net_loop *loop;
	struct seen seen = {0, 0, 0, false};
	struct chan *c;
	int fd[2];

	if (loop == NULL)
		loop = net_loop_new();
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == 0);
	FUZZ_CHECK(fcntl(fd[1], F_SETFL, O_NONBLOCK) == 0);
	c = chan_new(loop, fd[1], self, peer, &handlers, on_closed, &seen);
	FUZZ_CHECK(c != NULL);
	while (s.len > 0 && !seen.closed) {
		struct chan_head head = {0, 0, 0};
		size_t need = chan_in_need(s, &head);
		size_t len = need == 0 || need > s.len ? s.len : need;

		send_frame(loop, fd[0], slice_first(s, len),
		    need > 0 && head.has_fd != 0, &seed);
		s = slice_skip(s, len);
	}
	(void)close(fd[0]);
	for (unsigned i = 0; i < 100 && !seen.closed; i++)
		net_loop_turn(loop, 0);
	FUZZ_CHECK(seen.closed);
	chan_free(&c);
	return seen;
}

static void
no_line(void *ctx, struct slice line)
{
	(void)ctx;
	(void)line;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum role peer, self;
	struct seen a, b;
	struct slice s;

	if (size < 1)
		return 0;
	log_set_sink(no_line, NULL);
	peer = (enum role)(data[0] >> 4);
	self = (enum role)(data[0] & 15);
	s = slice_of(data + 1, size - 1);
	a = deliver(peer, self, s);
	if (peer >= ROLE_COUNT || self >= ROLE_COUNT) {
		FUZZ_CHECK(a.messages == 0);
		return 0;
	}
	b = transmit(peer, self, s, (uint32_t)size);
	FUZZ_CHECK(a.messages == b.messages && a.given == b.given);
	FUZZ_CHECK(a.sum == b.sum);
	return 0;
}
