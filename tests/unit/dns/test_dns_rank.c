#include "dns/dns_rank.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static void
list(const struct dns_mx_host *h, unsigned n, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < n && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%u %s",
		    i == 0 ? "" : ", ", h[i].preference, h[i].name);
}

TEST(dns_rank_best_first)
{
	struct dns_mx_host h[DNS_MX_MAX];
	struct dns_rank r;
	char text[200];

	dns_rank_init(&r, h, 1);
	dns_rank_add(&r, 20, "c");
	dns_rank_add(&r, 0, "a");
	dns_rank_add(&r, 65535, "d");
	dns_rank_add(&r, 10, "b");
	dns_rank_add(&r, 30, "a"); /* worse: as it was */
	dns_rank_add(&r, 5, "c");  /* better: moves */
	list(h, r.n, text, sizeof text);
	EQ_STR(text, "0 a, 5 c, 10 b, 65535 d");
}

TEST(dns_rank_shuffles_equals)
{
	unsigned first[3] = {0};

	for (uint64_t seed = 1; seed <= 3000; seed++) {
		struct dns_mx_host h[DNS_MX_MAX];
		struct dns_rank r;

		dns_rank_init(&r, h, seed * UINT64_C(0x9E3779B97F4A7C15));
		dns_rank_add(&r, 10, "a");
		dns_rank_add(&r, 10, "b");
		dns_rank_add(&r, 10, "c");
		dns_rank_add(&r, 20, "z");
		EQ_STR(h[3].name, "z");
		first[h[0].name[0] - 'a']++;
	}
	for (unsigned i = 0; i < 3; i++)
		OK(first[i] > 800 && first[i] < 1200);
}

TEST(dns_rank_keeps_the_best_of_many)
{
	struct dns_mx_host h[DNS_MX_MAX];
	struct dns_rank r;
	char name[16];

	dns_rank_init(&r, h, 7);
	for (unsigned i = 500; i > 0; i--) {
		(void)snprintf(name, sizeof name, "h%u", i);
		dns_rank_add(&r, (uint16_t)i, name);
	}
	EQ_INT(r.n, DNS_MX_MAX);
	for (unsigned i = 0; i < r.n; i++)
		EQ_INT(h[i].preference, i + 1);
	dns_rank_add(&r, 600, "worse");
	EQ_INT(h[DNS_MX_MAX - 1].preference, DNS_MX_MAX);
}

static const struct {
	const char *in, *want; /* 4 or 6: a family */
} mixes[] = {
    {"",       ""      },
    {"4",      "4"     },
    {"6",      "6"     },
    {"44",     "44"    },
    {"4466",   "6464"  },
    {"66664",  "64666" },
    {"444446", "644444"},
    {"466646", "646466"},
};

TEST(dns_rank_mixes_families)
{
	for (size_t i = 0; i < sizeof mixes / sizeof *mixes; i++) {
		size_t n = strlen(mixes[i].in);
		struct net_addr a[16];
		char got[16] = "";

		for (size_t k = 0; k < n; k++)
			EQ_INT(net_addr_parse_ip(mixes[i].in[k] == '4'
						     ? SLICE("192.0.2.1")
						     : SLICE("2001:db8::1"),
				   &a[k]),
			    ERR_OK);
		for (size_t k = 0; k < n; k++)
			a[k].port = (uint16_t)k;
		dns_rank_addrs(a, (unsigned)n, i + 1);
		for (size_t k = 0; k < n; k++)
			got[k] = net_addr_is_v4(&a[k]) ? '4' : '6';
		unit_case(mixes[i].in);
		EQ_STR(got, mixes[i].want);
		/* each is there once */
		for (size_t k = 0; k < n; k++)
			for (size_t m = 0; m < k; m++)
				OK(a[k].port != a[m].port);
	}
}

static const struct {
	const char *ip;
	bool v4, want;
} addresses[] = {
    {"192.0.2.1",        true,  true },
    {"127.0.0.1",        true,  true },
    {"0.0.0.0",          true,  false},
    {"0.1.2.3",          true,  false},
    {"224.0.0.1",        true,  false},
    {"255.255.255.255",  true,  false},
    {"2001:db8::1",      false, true },
    {"::1",	      false, true },
    {"::",	       false, false},
    {"::2",	      false, false},
    {"::192.0.2.1",      false, false},
    {"::ffff:192.0.2.1", false, false},
    {"ff02::1",          false, false},
    {"2001:db8::1",      true,  false},
};

TEST(dns_rank_leaves_out_what_nobody_is_at)
{
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		struct net_addr a;

		unit_case(addresses[i].ip);
		EQ_INT(
		    net_addr_parse_ip(slice_str(addresses[i].ip), &a), ERR_OK);
		EQ_INT(
		    dns_rank_is_usable(&a, addresses[i].v4), addresses[i].want);
	}
}
