#include "net/net_priv.h"

#include "../unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

static struct net_shared sh;

/* All of o as one string. */
static size_t
gather(const struct net_out *o, size_t limit, char *dst)
{
	struct iovec iov[NET_OUT_IOV];
	size_t n = net_out_iov(o, limit, iov), len = 0;

	for (size_t i = 0; i < n; i++) {
		memcpy(dst + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	return len;
}

TEST(out_small_replies_share_a_chunk)
{
	struct net_out o = {0};
	struct iovec iov[NET_OUT_IOV];
	char text[100];

	for (int i = 0; i < 10; i++)
		OK(net_out_add(&o, &sh, SLICE("250 ok\r\n")));
	EQ_INT(o.unsent, 80);
	EQ_INT(net_out_iov(&o, SIZE_MAX, iov), 1);
	EQ_INT(gather(&o, 10, text), 10);
	net_out_sent(&o, &sh, 79);
	EQ_INT(gather(&o, SIZE_MAX, text), 1);
	OK(text[0] == '\n');
	net_out_sent(&o, &sh, 1);
	OK(o.first == NULL && o.unsent == 0);
	net_shared_fini(&sh);
}

/* A small chunk that is outgrown moves into the next: one vector. */
TEST(out_small_chunk_moves_over)
{
	struct net_out o = {0};
	struct iovec iov[NET_OUT_IOV];
	char body[3000], text[4000];

	memset(body, 'b', sizeof body);
	OK(net_out_add(&o, &sh, SLICE("+OK follows\r\n")));
	net_out_sent(&o, &sh, 4); /* even when partly written */
	OK(net_out_add(&o, &sh, slice_of(body, sizeof body)));
	EQ_INT(net_out_iov(&o, SIZE_MAX, iov), 1);
	EQ_INT(gather(&o, SIZE_MAX, text), 9 + sizeof body);
	EQ_MEM(text, 9, "follows\r\n", 9);
	EQ_MEM(text + 9, sizeof body, body, sizeof body);
	net_out_drop(&o, &sh);
	OK(o.first == NULL && o.last == NULL && o.unsent == 0);
	net_shared_fini(&sh);
}

TEST(out_reserve_is_in_one_piece)
{
	static const size_t sizes[] = {1, 900, 2000, 16384, 16385, 500000};
	struct net_out o = {0};
	size_t sum = 0, len;
	char *all = malloc(1000000), *p;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		p = net_out_reserve(&o, &sh, sizes[i]);
		OK(p != NULL);
		memset(p, (int)('a' + i), sizes[i]);
		net_out_commit(&o, sizes[i]);
		sum += sizes[i];
	}
	EQ_INT(o.unsent, sum);
	OK(net_out_reserve(&o, &sh, SIZE_MAX) == NULL);
	OK(net_out_reserve(&o, &sh, SIZE_MAX - 100) == NULL);
	len = gather(&o, SIZE_MAX, all);
	EQ_INT(len, sum);
	len = 0;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		OK(all[len] == (char)('a' + i));
		len += sizes[i];
		OK(all[len - 1] == (char)('a' + i));
	}
	net_out_drop(&o, &sh);
	net_shared_fini(&sh);
	free(all);
}

/* Chunks go around, and not more of them than a burst needs are kept. */
TEST(out_chunks_are_used_again)
{
	struct net_out o = {0};
	char block[20000] = {0};
	struct net_chunk *was;

	for (int i = 0; i < 200; i++)
		OK(net_out_add(&o, &sh, slice_of(block, sizeof block)));
	net_out_drop(&o, &sh);
	OK(sh.spares > 0 && sh.spares <= 64);
	was = sh.spare;
	OK(net_out_add(&o, &sh, slice_of(block, 5000)));
	OK(o.first == was);
	net_out_drop(&o, &sh);
	net_shared_fini(&sh);
	EQ_INT(sh.spares, 0);
}

/* Against a plain string, in any mixture of calls. */
TEST(out_random)
{
	unsigned seed = 3;
	struct net_out o = {0};
	size_t cap = 8000000, len = 0, head = 0;
	char *want = malloc(cap), *all = malloc(cap);

	while (len < cap - 100000) {
		size_t n = (size_t)rand_r(&seed) % 40000, m;
		char *p = NULL;

		if (rand_r(&seed) % 2 == 0)
			n %= 100;
		for (size_t i = 0; i < n; i++)
			want[len + i] = (char)rand_r(&seed);
		if (rand_r(&seed) % 2 == 0) {
			OK(net_out_add(&o, &sh, slice_of(want + len, n)));
		} else {
			p = net_out_reserve(&o, &sh, n + 50);
			memcpy(p, want + len, n);
			net_out_commit(&o, n);
		}
		len += n;
		OK(o.unsent == len - head);
		m = gather(&o, (size_t)rand_r(&seed) % 100000, all);
		OK(memcmp(all, want + head, m) == 0);
		if (m > 0)
			m = (size_t)rand_r(&seed) % (m + 1);
		net_out_sent(&o, &sh, m);
		head += m;
	}
	net_out_drop(&o, &sh);
	net_shared_fini(&sh);
	free(want);
	free(all);
}

/* What is secret is gone once it is sent, and only then is the rest usual. */
TEST(out_secret_is_wiped)
{
	struct net_out o = {0};
	struct iovec iov[NET_OUT_IOV];
	char *p;

	OK(net_out_add(&o, &sh, SLICE("AUTH PLAIN secret\r\n")));
	while (o.unsent < 20000) /* a chunk that is kept when it is empty */
		OK(net_out_add(&o, &sh, SLICE("0123456789")));
	EQ_INT(net_out_iov(&o, 100, iov), 1);
	p = iov[0].iov_base;
	o.secret = true;
	net_out_sent(&o, &sh, 10);
	OK(o.secret);
	OK(memcmp(p, "AUTH", 4) == 0);
	net_out_sent(&o, &sh, o.unsent);
	OK(!o.secret);
	for (int i = 0; i < 19; i++)
		EQ_INT(p[i], 0);
	net_shared_fini(&sh);
}
