/*
 * Whole dialogs with a store and an auth process in memory: the same octets get
 * the same replies however they are cut, 250 is said to as many messages as the
 * store has taken, and memory stays bounded. The first octet picks the kind of
 * listener and how the octets are cut the second time.
 */
#include "fuzz.h"

#include "base/clock.h"
#include "store/store_queue.h"
#include "unit/smtp/fake.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { PAUSES = 25 }; /* more than there are errors to be slow about */

static void
push(struct fake *f, struct slice s)
{
	for (unsigned stuck = 0; s.len > 0 && stuck < 100;) {
		ssize_t n = send(f->fd, s.p, s.len, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return;
		if (n > 0)
			s = slice_skip(s, (size_t)n);
		else
			stuck++;
		fake_turn(f);
	}
}

static void
play(struct fake *f, unsigned flags, struct slice in, uint32_t seed)
{
	size_t n;

	fake_init(f, (flags & 1) != 0);
	clock_set_for_test(1795443660000000, 1000000000);
	f->conf.bare_newline_repair = (flags & 2) != 0;
	f->conf.limits.message_size = 100000;
	f->conf.limits.recipients = 5;
	f->turns = flags >> 2 & 1;
	f->local = (flags & 128) != 0;
	fake_connect(f);
	while (in.len > 0 && !f->closed) {
		n = seed == 0 ? in.len : 1 + fuzz_rand(&seed) % 64;
		push(f, slice_first(in, n));
		in = slice_skip(in, n);
	}
	fake_run(f);
	for (unsigned i = 0; i < PAUSES; i++)
		fake_wait(f, 1001);
	FUZZ_CHECK(f->held_max < 1 << 20);
	FUZZ_CHECK(store_trail_info_valid(buf_slice(&f->mail.info)));
	FUZZ_CHECK(f->mail.count == 0 || f->mail.info.len > 0);
}

/* Lines "250 2.0.0 Ok ID": what no other reply looks like */
static unsigned
count_stored(struct slice said)
{
	struct slice line, start = SLICE("250 2.0.0 Ok 0");
	unsigned n = 0;

	while (slice_cut(&said, '\n', &line))
		n += line.len == start.len + 32 && slice_starts(line, start);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned flags = size > 0 ? data[0] : 0;
	struct slice in = slice_skip(slice_of(data, size), 1);
	struct buf said = BUF_INIT(64 << 20);
	struct fake f;
	unsigned count;
	bool closed;

	if (size > 16384)
		return 0;
	play(&f, flags, in, 0);
	buf_add_slice(&said, buf_slice(&f.in));
	count = f.mail.count;
	closed = f.closed;
	FUZZ_CHECK(count_stored(buf_slice(&said)) == count);
	fake_fini(&f);
	FUZZ_CHECK(f.host.held == 0 && f.open_tx == 0);

	play(&f, flags, in, 1 + (flags >> 3));
	FUZZ_CHECK(f.mail.count == count && f.closed == closed);
	FUZZ_CHECK(slice_eq(buf_slice(&f.in), buf_slice(&said)));
	fake_fini(&f);
	FUZZ_CHECK(f.host.held == 0 && f.open_tx == 0);
	buf_fini(&said);
	return 0;
}
