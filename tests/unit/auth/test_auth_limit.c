#include "auth/auth_limit.h"

#include "../unit.h"

#include <stdio.h>
#include <string.h>

static const struct auth_limit_rule rule = {10, 600000, 900000};
static struct auth_limit limit;

static struct net_addr
addr(const char *ip)
{
	struct net_addr a = {{0}, 0};

	EQ_INT(net_addr_parse_ip(slice_str(ip), &a), ERR_OK);
	a.port = 99;
	return a;
}

static void
fail(const char *ip, const char *name, unsigned times, uint64_t now_ms)
{
	struct net_addr a = addr(ip);

	while (times-- > 0)
		auth_limit_failed(&limit, &a, slice_str(name), now_ms);
}

static uint64_t
wait_of(const char *ip, const char *name, uint64_t now_ms)
{
	struct net_addr a = addr(ip);

	return auth_limit_wait(&limit, &a, slice_str(name), now_ms);
}

TEST(limit_delays_grow)
{
	static const struct {
		unsigned failures;
		uint64_t want_ms;
	} cases[] = {
	    {0,    0    },
            {1,    0    },
            {9,    0    },
            {10,   2000 },
            {11,   3000 },
            {15,   7000 },
	    {23,   15000},
            {24,   15000},
            {5000, 15000}
        };

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		char label[32];

		snprintf(label, sizeof label, "%u", cases[i].failures);
		unit_case(label);
		auth_limit_init(&limit, &rule);
		fail("192.0.2.1", "a", cases[i].failures, 1000);
		EQ_INT(wait_of("192.0.2.1", "other", 1000), cases[i].want_ms);
		auth_limit_fini(&limit);
	}
}

TEST(limit_counts_units_of_addresses)
{
	auth_limit_init(&limit, &rule);
	fail("192.0.2.1", "a", 10, 0);
	fail("2001:db8:1:2::1", "b", 10, 0);
	EQ_INT(wait_of("192.0.2.1", "x", 0), 2000);
	EQ_INT(wait_of("192.0.2.2", "x", 0), 0);
	EQ_INT(wait_of("2001:db8:1:2:ffff::", "x", 0), 2000);
	EQ_INT(wait_of("2001:db8:1:3::1", "x", 0), 0);
	auth_limit_fini(&limit);
}

TEST(limit_by_name_spares_clean_addresses)
{
	char ip[32];

	auth_limit_init(&limit, &rule);
	for (unsigned i = 0; i < 20; i++) {
		snprintf(ip, sizeof ip, "198.51.100.%u", i + 1);
		fail(ip, "Bob@example.test", 1, 0);
	}
	/* the owner, who may even err twice */
	EQ_INT(wait_of("192.0.2.1", "bob@example.test", 0), 0);
	fail("192.0.2.1", "x", 2, 0);
	EQ_INT(wait_of("192.0.2.1", "bob@example.test", 0), 0);
	fail("192.0.2.1", "x", 1, 0);
	EQ_INT(wait_of("192.0.2.1", "bob@example.test", 0), 12000);
	EQ_INT(wait_of("192.0.2.1", "BOB@EXAMPLE.TEST", 0), 12000);
	EQ_INT(wait_of("192.0.2.1", "ann@example.test", 0), 0);
	auth_limit_fini(&limit);
}

TEST(limit_ends)
{
	auth_limit_init(&limit, &rule);
	fail("192.0.2.1", "a", 9, 0);
	fail("192.0.2.1", "a", 1, 600000); /* a new window: the first again */
	EQ_INT(wait_of("192.0.2.1", "a", 600000), 0);
	fail("192.0.2.1", "a", 9, 600001);
	EQ_INT(wait_of("192.0.2.1", "a", 600001), 2000);
	EQ_INT(wait_of("192.0.2.1", "a", 600001 + 899999), 2000);
	EQ_INT(wait_of("192.0.2.1", "a", 600001 + 900000), 0);
	fail("192.0.2.1", "a", 1, 600001 + 900000);
	EQ_INT(wait_of("192.0.2.1", "a", 600001 + 900000), 0);
	auth_limit_fini(&limit);
}

TEST(limit_new_rule)
{
	struct auth_limit_rule strict = {3, 600000, 900000};

	auth_limit_init(&limit, &rule);
	fail("192.0.2.1", "a", 5, 0);
	EQ_INT(wait_of("192.0.2.1", "a", 0), 0);
	auth_limit_set(&limit, &strict);
	EQ_INT(wait_of("192.0.2.1", "a", 0), 4000);
	auth_limit_fini(&limit);
}

TEST(limit_bounded)
{
	char ip[32];

	auth_limit_init(&limit, &rule);
	for (unsigned i = 0; i < AUTH_LIMIT_MAX + 100u; i++) {
		snprintf(ip, sizeof ip, "10.%u.%u.%u", i >> 16, i >> 8 & 255,
		    i & 255);
		fail(ip, ip, 1, 0);
	}
	EQ_INT(limit.by_addr.map.count, AUTH_LIMIT_MAX);
	EQ_INT(limit.by_name.map.count, AUTH_LIMIT_MAX);
	auth_limit_fini(&limit);
}

struct seen {
	unsigned addrs, names, failures;
	uint64_t delay_ms, until_ms;
};

static void
on_row(void *ctx, const struct auth_limit_row *r)
{
	struct seen *s = ctx;

	if (r->addr != NULL)
		s->addrs++;
	else
		s->names++;
	s->failures = r->failures;
	s->delay_ms = r->delay_ms;
	s->until_ms = r->until_ms;
}

TEST(limit_list_and_lift)
{
	struct seen s = {0, 0, 0, 0, 0};

	auth_limit_init(&limit, &rule);
	fail("192.0.2.1", "Bob", 12, 5000);
	fail("192.0.2.2", "ann", 3, 5000);
	auth_limit_list(&limit, 5000, on_row, &s);
	EQ_INT(s.addrs, 1);
	EQ_INT(s.names, 1);
	EQ_INT(s.failures, 12);
	EQ_INT(s.delay_ms, 4000);
	EQ_INT(s.until_ms, 905000);
	EQ_INT(auth_limit_lift(&limit, SLICE("192.0.2.1")), 1);
	EQ_INT(auth_limit_lift(&limit, SLICE("192.0.2.1")), 0);
	EQ_INT(auth_limit_lift(&limit, SLICE("BOB")), 1);
	EQ_INT(auth_limit_lift(&limit, SLICE("nobody")), 0);
	memset(&s, 0, sizeof s);
	auth_limit_list(&limit, 5000, on_row, &s);
	EQ_INT(s.addrs + s.names, 0);
	EQ_INT(wait_of("192.0.2.1", "bob", 5000), 0);
	auth_limit_fini(&limit);
}
