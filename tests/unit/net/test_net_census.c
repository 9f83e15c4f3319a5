#include "net/net_listen.h"

#include "../unit.h"
#include "base/clock.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct net_limits wide = {1000, 1000, 0};

static struct net_addr
addr(const char *text)
{
	struct net_addr a = {{0}, 0};

	EQ_INT(net_addr_parse_ip(slice_str(text), &a), ERR_OK);
	return a;
}

static int
census(unsigned workers)
{
	int fd = -1;

	EQ_INT(net_census_create(workers, &fd), ERR_OK);
	return fd;
}

TEST(census_limits_of_two_workers)
{
	static const struct net_limits l = {5, 3, 0};
	struct net_addr a = addr("192.0.2.1"), b = addr("192.0.2.2");
	int fd = census(2);
	struct net_census *w[2] = {
	    net_census_open(fd, 0), net_census_open(fd, 1)};

	OK(w[0] != NULL && w[1] != NULL);
	EQ_INT(net_census_add(w[0], 0, &a, &l), NET_ADMIT);
	EQ_INT(net_census_add(w[1], 0, &a, &l), NET_ADMIT);
	EQ_INT(net_census_add(w[1], 0, &a, &l), NET_ADMIT);
	EQ_INT(net_census_add(w[0], 0, &a, &l), NET_FULL_ADDR);
	EQ_INT(net_census_add(w[1], 0, &a, &l), NET_FULL_ADDR);
	EQ_INT(net_census_total(w[0], 0), 3); /* refused ones do not count */
	EQ_INT(net_census_add(w[0], 0, &b, &l), NET_ADMIT);
	EQ_INT(net_census_add(w[0], 0, &b, &l), NET_ADMIT);
	EQ_INT(net_census_add(w[0], 0, &b, &l), NET_FULL);
	EQ_INT(net_census_total(w[1], 0), 5);
	/* another listener counts by itself */
	EQ_INT(net_census_add(w[0], 15, &a, &l), NET_ADMIT);
	EQ_INT(net_census_total(w[1], 15), 1);
	net_census_drop(w[1], 0, &a);
	EQ_INT(net_census_add(w[0], 0, &a, &l), NET_ADMIT);
	net_census_free(&w[0]);
	net_census_free(&w[1]);
	OK(w[0] == NULL);
	close(fd);
}

TEST(census_successor_wipes_a_row)
{
	struct net_addr a = addr("2001:db8::1");
	int fd = census(2);
	struct net_census *one = net_census_open(fd, 0);
	struct net_census *two = net_census_open(fd, 1);

	for (int i = 0; i < 4; i++)
		EQ_INT(net_census_add(one, 3, &a, &wide), NET_ADMIT);
	EQ_INT(net_census_add(two, 3, &a, &wide), NET_ADMIT);
	net_census_free(&one); /* dies */
	EQ_INT(net_census_total(two, 3), 5);
	one = net_census_open(fd, 0);
	EQ_INT(net_census_total(two, 3), 1);
	EQ_INT(net_census_total(one, 3), 1);
	net_census_free(&one);
	net_census_free(&two);
	close(fd);
}

TEST(census_by_unit)
{
	static const struct net_limits l = {1000, 1, 0};
	struct net_addr a = addr("2001:db8:0:1::1"),
			same = addr("2001:db8:0:1::2");
	struct net_addr other = addr("2001:db8:0:2::1");
	int fd = census(1);
	struct net_census *c = net_census_open(fd, 0);

	a.port = 1, same.port = 2;
	EQ_INT(net_census_add(c, 0, &a, &l), NET_ADMIT);
	EQ_INT(net_census_add(c, 0, &same, &l), NET_FULL_ADDR);
	EQ_INT(net_census_add(c, 0, &other, &l), NET_ADMIT);
	net_census_drop(c, 0, &same);
	EQ_INT(net_census_add(c, 0, &a, &l), NET_ADMIT);
	net_census_free(&c);
	close(fd);
}

TEST(census_new_per_minute)
{
	static const struct net_limits l = {1000, 1000, 3};
	struct net_addr a = addr("192.0.2.1"), b = addr("192.0.2.2");
	int fd = census(2);
	struct net_census *w[2] = {
	    net_census_open(fd, 0), net_census_open(fd, 1)};

	clock_set_for_test(1, 600ull * 1000000);
	for (unsigned i = 0; i < 3; i++) {
		EQ_INT(net_census_add(w[i % 2], 0, &a, &l), NET_ADMIT);
		net_census_drop(w[i % 2], 0, &a);
	}
	EQ_INT(net_census_add(w[0], 0, &a, &l), NET_FAST);
	EQ_INT(net_census_total(w[0], 0), 0);
	EQ_INT(net_census_add(w[0], 0, &b, &l), NET_ADMIT);
	EQ_INT(net_census_add(w[0], 0, &a, &wide), NET_ADMIT); /* no limit */
	clock_set_for_test(1, 660ull * 1000000);
	EQ_INT(net_census_add(w[1], 0, &a, &l), NET_ADMIT);
	clock_set_for_test(0, 0);
	net_census_free(&w[0]);
	net_census_free(&w[1]);
	close(fd);
}

TEST(census_drop_too_often)
{
	struct net_addr a = addr("192.0.2.1");
	int fd = census(1);
	struct net_census *c = net_census_open(fd, 0);

	net_census_drop(c, 0, &a);
	EQ_INT(net_census_total(c, 0), 0);
	EQ_INT(net_census_add(c, 0, &a, &wide), NET_ADMIT);
	EQ_INT(net_census_total(c, 0), 1);
	net_census_free(&c);
	close(fd);
}

/* 10,000 addresses with one connection each: none is refused for others that
 * share its bucket. */
TEST(census_collisions_are_rare)
{
	static const struct net_limits l = {20000, 10, 0};
	int fd = census(1), refused = 0;
	struct net_census *c = net_census_open(fd, 0);
	struct net_addr a = addr("10.0.0.0");

	for (unsigned i = 0; i < 10000; i++) {
		a.ip[14] = (uint8_t)(i >> 8);
		a.ip[15] = (uint8_t)i;
		if (net_census_add(c, 0, &a, &l) != NET_ADMIT)
			refused++;
	}
	EQ_INT(refused, 0);
	EQ_INT(net_census_total(c, 0), 10000);
	net_census_free(&c);
	close(fd);
}

TEST(census_of_bad_memory)
{
	int fd = -1;

	EQ_INT(net_census_create(0, &fd), ERR_TOOBIG);
	EQ_INT(net_census_create(100000, &fd), ERR_TOOBIG);
	fd = census(2);
	OK(net_census_open(fd, 2) == NULL); /* no such row */
	/* nobody can cut it short under the others */
	OK(ftruncate(fd, 0) != 0);
	OK(ftruncate(fd, 1 << 24) != 0);
	close(fd);
	fd = memfd_create("other", MFD_CLOEXEC);
	OK(net_census_open(fd, 0) == NULL);
	OK(ftruncate(fd, 70000) == 0);
	OK(net_census_open(fd, 0) == NULL);
	close(fd);
	OK(net_census_open(-1, 0) == NULL);
}
