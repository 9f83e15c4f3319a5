/*
 * Channels: frames, descriptors, back pressure, hostile peers.
 * Covers: proc/chan_in.c proc/chan_out.c
 */
#include "proc/chan.h"

#include "base/log.h"
#include "proc/chan_in.h"
#include "proc/msg.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_pair.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* One end of a pair: the store, or a pop3 process that counts. */
struct end {
	struct chan *chan;
	unsigned bodies, listeners, spilled, roomy, closed;
	uint64_t octets, next, wrong;
	enum err why;
	bool free_in_handler, pause_in_handler;
	int fds[8];
	unsigned nfds;
};

static void
on_body(void *ctx, struct msg_body *m, struct slice tail, int fd)
{
	struct end *e = ctx;

	(void)fd;
	e->bodies++;
	e->octets += tail.len;
	e->wrong += m->req != e->next++;
	for (size_t i = 0; i < tail.len; i += 251)
		e->wrong += (uint8_t)tail.p[i] != (uint8_t)(m->req + i);
	if (e->pause_in_handler)
		chan_pause(e->chan, true);
	if (e->free_in_handler)
		chan_free(&e->chan);
}

static void
on_spilled(void *ctx, struct msg_spilled *m, struct slice tail, int fd)
{
	struct end *e = ctx;

	(void)m;
	(void)tail;
	e->spilled++;
	if (fd >= 0 && e->nfds < 8)
		e->fds[e->nfds++] = fd;
}

static void
on_closed(void *ctx, enum err why)
{
	struct end *e = ctx;

	e->closed++;
	e->why = why;
	chan_free(&e->chan);
}

static void
on_roomy(void *ctx)
{
	struct end *e = ctx;

	e->roomy++;
}

static const struct msg_handlers handlers = {
    .body = on_body, .spilled = on_spilled};
static const struct msg_handlers no_handlers;

static struct net_loop *loop;
static struct end store, front;

static void
setup(enum role front_role)
{
	int fd[2];

	memset(&store, 0, sizeof store);
	memset(&front, 0, sizeof front);
	loop = net_loop_new();
	OK(unit_pair(fd));
	store.chan = chan_new(loop, fd[0], ROLE_STORE, front_role, &no_handlers,
	    on_closed, &store);
	front.chan = chan_new(
	    loop, fd[1], front_role, ROLE_STORE, &handlers, on_closed, &front);
	OK(store.chan != NULL && front.chan != NULL);
}

/* The store's end is a plain socket that sends what it likes. */
static int
setup_raw(enum role front_role)
{
	int fd[2];

	memset(&front, 0, sizeof front);
	loop = net_loop_new();
	OK(unit_pair(fd));
	front.chan = chan_new(
	    loop, fd[1], front_role, ROLE_STORE, &handlers, on_closed, &front);
	return fd[0];
}

static void
teardown(void)
{
	chan_free(&store.chan);
	chan_free(&front.chan);
	net_loop_free(&loop);
}

static void
turns(unsigned n)
{
	while (n-- > 0)
		net_loop_turn(loop, 1);
}

static enum err
send_body(uint64_t req, size_t len)
{
	static char octets[1 << 20];
	struct msg_body m = {.req = req, .total = len};

	for (size_t i = 0; i < len; i += 251)
		octets[i] = (char)(req + i);
	return msg_send_body(store.chan, &m, slice_of(octets, len), -1);
}

TEST(chan_frames_of_all_sizes_arrive_in_order)
{
	static const size_t sizes[] = {0, 1, 7, 8, 4096, 65536, 262143, 262144,
	    1 << 20, 3, 262145, 500000, 0};
	size_t n = sizeof sizes / sizeof *sizes, sum = 0;

	setup(ROLE_POP3);
	for (unsigned round = 0; round < 20; round++)
		for (size_t i = 0; i < n; i++) {
			EQ_INT(send_body(round * n + i, sizes[i]), ERR_OK);
			sum += sizes[i];
			if (i % 3 == 0)
				turns(1);
		}
	for (unsigned i = 0; i < 10000 && front.bodies < 20 * n; i++)
		turns(1);
	EQ_INT(front.bodies, 20 * n);
	EQ_INT(front.octets, sum);
	EQ_INT(front.wrong, 0);
	EQ_INT(front.closed + store.closed, 0);
	teardown();
}

/* However the kernel cuts the stream, the frames are the same. */
TEST(chan_input_may_be_cut_anywhere)
{
	struct chan_head head = {0, MSG_BODY, 0};
	struct msg_body m = {.req = 0, .total = 40};
	char stream[4 * (8 + sizeof m + 40)], *p = stream;

	for (uint64_t i = 0; i < 4; i++) {
		head.len = sizeof m + 40;
		m.req = i;
		memcpy(p, &head, sizeof head);
		memcpy(p + 8, &m, sizeof m);
		memset(p + 8 + sizeof m, (int)i, 40);
		p += 8 + sizeof m + 40;
	}
	for (size_t step = 1; step < sizeof stream; step++) {
		int fd = setup_raw(ROLE_POP3);

		for (size_t at = 0; at < sizeof stream; at += step) {
			size_t n = sizeof stream - at;

			n = n < step ? n : step;
			EQ_INT(write(fd, stream + at, n), n);
			net_loop_turn(loop, 0);
		}
		EQ_INT(front.bodies, 4);
		EQ_INT(front.wrong + front.closed, 0);
		(void)close(fd);
		teardown();
	}
}

static uint64_t
inode(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

TEST(chan_descriptors_stay_with_their_frames)
{
	struct msg_spilled m = {0, ERR_OK, 0};
	uint64_t want[5];

	setup(ROLE_SMTP);
	for (unsigned i = 0; i < 5; i++) {
		int fd = memfd_create("t", MFD_CLOEXEC);

		want[i] = inode(fd);
		m.req = i;
		EQ_INT(
		    msg_send_spilled(store.chan, &m, SLICE_NONE, -1), ERR_OK);
		EQ_INT(
		    msg_send_spilled(store.chan, &m, SLICE_NONE, fd), ERR_OK);
	}
	turns(20);
	EQ_INT(front.spilled, 10);
	EQ_INT(front.nfds, 5);
	for (unsigned i = 0; i < front.nfds; i++) {
		EQ_INT(inode(front.fds[i]), want[i]);
		OK((fcntl(front.fds[i], F_GETFD) & FD_CLOEXEC) != 0);
		(void)close(front.fds[i]);
	}
	EQ_INT(front.closed, 0);
	teardown();
}

TEST(chan_unsent_descriptors_are_closed)
{
	struct msg_spilled m = {0, ERR_OK, 0};
	int fd;

	setup(ROLE_SMTP);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	EQ_INT(msg_send_spilled(store.chan, &m, SLICE_NONE, fd), ERR_OK);
	chan_free(&store.chan);
	EQ_INT(fcntl(fd, F_GETFD), -1);
	turns(2);
	EQ_INT(front.why, ERR_CLOSED);
	teardown();
}

/* One raw frame with `n` descriptors of /dev/null. */
static void
raw_frame(
    int fd, struct chan_head head, const void *body, size_t len, unsigned n)
{
	union {
		char space[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr align;
	} control;
	char frame[256];
	struct iovec iov = {frame, sizeof head + len};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	memcpy(frame, &head, sizeof head);
	if (len > 0)
		memcpy(frame + sizeof head, body, len);
	if (n > 0) {
		memset(&control, 0, sizeof control);
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(n * sizeof(int));
	}
	for (unsigned i = 0; i < n; i++)
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)) + i * sizeof null, &null,
		    sizeof null);
	EQ_INT(sendmsg(fd, &m, MSG_NOSIGNAL), iov.iov_len);
	(void)close(null);
}

static unsigned
open_fds(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
drop_line(void *ctx, struct slice line)
{
	(void)ctx;
	(void)line;
}

TEST(chan_breaches_close_the_channel)
{
	static const struct msg_spilled spilled;
	static const struct {
		const char *name;
		struct chan_head head;
		size_t len;
		unsigned fds, frames;
	} cases[] = {
	    {"unknown type",        {16, MSG_COUNT, 0},           16, 0, 1},
	    {"type of nobody",      {16, UINT16_MAX, 0},          16, 0, 1},
	    {"too long",            {17, MSG_SPILLED, 0},         17, 0, 1},
	    {"much too long",       {UINT32_MAX, MSG_SPILLED, 0}, 16, 0, 1},
	    {"too short",           {15, MSG_SPILLED, 0},         15, 0, 1},
	    {"empty",               {0, MSG_SPILLED, 0},          0,  0, 1},
	    {"flags",               {16, MSG_SPILLED, 2},         16, 1, 1},
	    {"descriptor missing",  {16, MSG_SPILLED, 1},         16, 0, 1},
	    {"not for this role",   {24, MSG_CONF, 0},            24, 0, 1},
	    {"five descriptors",    {16, MSG_SPILLED, 1},         16, 5, 1},
	    {"hoarded descriptors", {16, MSG_SPILLED, 0},         16, 4, 5},
	};
	unsigned before = open_fds();

	log_set_sink(drop_line, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char body[64] = {0};
		int fd = setup_raw(ROLE_SMTP);

		unit_case(cases[i].name);
		memcpy(body, &spilled, sizeof spilled);
		for (unsigned k = 0; k < cases[i].frames; k++)
			raw_frame(fd, cases[i].head, body, cases[i].len,
			    cases[i].fds);
		turns(10);
		EQ_INT(front.closed, 1);
		EQ_INT(front.why, ERR_PROTO);
		(void)close(fd);
		teardown();
		EQ_INT(open_fds(), before);
	}
	log_set_sink(NULL, NULL);
}

TEST(chan_may_be_freed_by_a_handler)
{
	setup(ROLE_POP3);
	front.free_in_handler = true;
	for (unsigned i = 0; i < 4; i++)
		EQ_INT(send_body(i, 100000), ERR_OK);
	turns(5);
	EQ_INT(front.bodies, 1);
	OK(front.chan == NULL);
	EQ_INT(front.closed, 0);
	EQ_INT(store.closed, 1);
	EQ_INT(store.why, ERR_CLOSED);
	teardown();
}

TEST(chan_pause_holds_even_what_has_been_read)
{
	setup(ROLE_POP3);
	front.pause_in_handler = true;
	for (unsigned i = 0; i < 5; i++)
		EQ_INT(send_body(i, 50000), ERR_OK);
	for (unsigned i = 1; i <= 5; i++) {
		turns(5);
		EQ_INT(front.bodies, i);
		chan_pause(front.chan, false);
	}
	front.pause_in_handler = false;
	EQ_INT(send_body(5, 1 << 20), ERR_OK);
	turns(20);
	EQ_INT(front.bodies, 6);
	EQ_INT(front.wrong + front.closed, 0);
	teardown();
}

TEST(chan_back_pressure)
{
	unsigned sent = 0;

	setup(ROLE_POP3);
	chan_on_roomy(store.chan, on_roomy);
	chan_pause(front.chan, true);
	while (!chan_full(store.chan) && sent < 100000)
		EQ_INT(send_body(sent++, 65536), ERR_OK);
	turns(5);
	OK(chan_full(store.chan));
	EQ_INT(store.roomy, 0);
	chan_pause(front.chan, false);
	for (unsigned i = 0; i < 10000 && front.bodies < sent; i++)
		turns(1);
	EQ_INT(front.bodies, sent);
	EQ_INT(front.wrong, 0);
	EQ_INT(store.roomy, 1);
	OK(!chan_full(store.chan));
	teardown();
}

/* A receiver that never reads does not make the sender eat all memory. */
TEST(chan_output_is_bounded)
{
	unsigned sent = 0;
	enum err e = ERR_OK;

	setup(ROLE_POP3);
	chan_pause(front.chan, true);
	while (sent < 1000 && (e = send_body(sent, 1 << 20)) == ERR_OK)
		sent++;
	EQ_INT(e, ERR_NOMEM);
	OK(sent < 70);
	chan_pause(front.chan, false);
	for (unsigned i = 0; i < 10000 && front.bodies < sent; i++)
		turns(1);
	EQ_INT(front.bodies, sent);
	EQ_INT(front.wrong, 0);
	teardown();
}

TEST(chan_refuses_what_cannot_be_sent)
{
	static char big[CHAN_FRAME_MAX];
	struct msg_body m = {.req = 0};
	int fd;

	setup(ROLE_SMTP);
	EQ_INT(chan_send(store.chan, MSG_SPILLED, big, 16,
		   slice_of(big, sizeof big - 15), -1),
	    ERR_TOOBIG);
	chan_free(&front.chan);
	turns(3);
	OK(store.chan == NULL);
	teardown();
	setup(ROLE_POP3);
	EQ_INT(msg_send_body(store.chan, &m, slice_of(big, (1 << 20) + 1), -1),
	    ERR_TOOBIG);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	EQ_INT(chan_send(
		   store.chan, MSG_BODY, big, sizeof big, slice_of(big, 1), fd),
	    ERR_TOOBIG);
	EQ_INT(fcntl(fd, F_GETFD), -1);
	teardown();
}

TEST(chan_flush_writes_now_or_gives_up)
{
	setup(ROLE_POP3);
	EQ_INT(send_body(0, 1000), ERR_OK);
	EQ_INT(chan_flush(store.chan, 1000), ERR_OK);
	chan_free(&store.chan);
	turns(3);
	EQ_INT(front.bodies, 1);
	EQ_INT(front.why, ERR_CLOSED);
	teardown();
	setup(ROLE_POP3);
	for (unsigned i = 0; i < 4; i++)
		EQ_INT(send_body(i, 1 << 20), ERR_OK);
	EQ_INT(chan_flush(store.chan, 10), ERR_TIMEOUT);
	teardown();
}

TEST(chan_gives_idle_memory_back)
{
	setup(ROLE_POP3);
	for (unsigned i = 0; i < 3; i++) {
		EQ_INT(send_body(i, 1 << 20), ERR_OK);
		turns(20);
	}
	EQ_INT(front.bodies, 3);
	for (unsigned i = 0; i < 5; i++)
		net_loop_turn(loop, 1000);
	EQ_INT(send_body(3, 1 << 20), ERR_OK);
	turns(20);
	EQ_INT(front.bodies, 4);
	EQ_INT(front.wrong, 0);
	teardown();
}
