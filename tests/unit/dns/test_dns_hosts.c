#include "base/buf.h"
#include "dns/dns_hosts.h"
#include "tests/unit/unit.h"

#include <string.h>

static const char hosts[] = "127.0.0.1 localhost\n"
			    "::1\tlocalhost ip6-localhost # not me\r\n"
			    "# 192.0.2.9 commented\n"
			    "192.0.2.1  Mx.Example.org\tmx other\n"
			    "2001:db8::1 mx.example.org\n"
			    "  192.0.2.2 mx.example.org#x\n"
			    "nonsense mx.example.org\n"
			    "192.0.2.3\n"
			    "\n"
			    "fe80::1%eth0 scoped\n"
			    "192.0.2.4 last";

static const struct {
	const char *name;
	bool ipv6;
	const char *want;
} cases[] = {
    {"mx.example.org", true,  "192.0.2.1 2001:db8::1 192.0.2.2 "},
    {"mx.example.org", false, "192.0.2.1 192.0.2.2 "            },
    {"other",          true,  "192.0.2.1 "                      },
    {"last",           true,  "192.0.2.4 "                      },
    {"localhost",      true,  "127.0.0.1 ::1 "                  },
    {"a.localhost",    true,  "127.0.0.1 ::1 "                  },
    {"a.localhost",    false, "127.0.0.1 "                      },
    {"xlocalhost",     true,  ""				},
    {"not",	    true,  ""				},
    {"commented",      true,  ""				},
    {"scoped",         true,  ""				},
    {"",	       true,  ""				},
};

static void
find(const struct dns_hosts *h, const char *name, bool ipv6, struct buf *out)
{
	struct net_addr a[8];
	unsigned n = dns_hosts_find(h, name, ipv6, a, 8);

	for (unsigned i = 0; i < n; i++) {
		net_addr_add_ip(out, &a[i]);
		buf_add_char(out, ' ');
	}
}

TEST(dns_hosts_are_found)
{
	struct dns_hosts h = {0};

	EQ_INT(dns_hosts_read(&h, slice_str(hosts)), ERR_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf out = BUF_INIT(1000);

		unit_case(cases[i].name);
		find(&h, cases[i].name, cases[i].ipv6, &out);
		EQ_SLICE(buf_slice(&out), cases[i].want);
		buf_fini(&out);
	}
	dns_hosts_fini(&h);
}

TEST(dns_hosts_without_a_file)
{
	struct dns_hosts h = {0};
	struct buf out = BUF_INIT(1000);

	EQ_INT(dns_hosts_read(&h, SLICE_NONE), ERR_OK);
	find(&h, "localhost", true, &out);
	EQ_SLICE(buf_slice(&out), "127.0.0.1 ::1 ");
	find(&h, "mx", true, &out);
	EQ_SLICE(buf_slice(&out), "127.0.0.1 ::1 ");
	buf_fini(&out);
	dns_hosts_fini(&h);
}

TEST(dns_hosts_are_bounded)
{
	struct dns_hosts h = {0};
	struct buf text = BUF_INIT(1 << 20);
	struct net_addr a[2];

	for (unsigned i = 0; i < 3 * DNS_HOSTS_MAX; i++)
		buf_add_str(&text, i % 60000 == 0 ? "\n192.0.2.1 x" : " x");
	EQ_INT(dns_hosts_read(&h, buf_slice(&text)), ERR_OK);
	EQ_INT(h.n, DNS_HOSTS_MAX);
	EQ_INT(dns_hosts_find(&h, "x", true, a, 2), 2);
	dns_hosts_fini(&h);
	buf_reset(&text);
	buf_add_str(&text, "192.0.2.1 ");
	for (unsigned i = 0; i < 300; i++)
		buf_add_char(&text, 'x');
	EQ_INT(dns_hosts_read(&h, buf_slice(&text)), ERR_OK);
	EQ_INT(h.n, 0);
	buf_fini(&text);
}

TEST(dns_servers_of_resolv_conf)
{
	struct net_addr a[DNS_SERVERS_MAX];
	struct buf out = BUF_INIT(1000);
	unsigned n = dns_servers_read(
	    SLICE("search example.org\nnameserver 192.0.2.53\r\n"
		  "#nameserver 192.0.2.54\nnameserver\t2001:db8::53 # x\n"
		  "nameserver fe80::1%eth0\nnameserver\nnameservers 1.2.3.4\n"
		  "options edns0\nnameserver 127.0.0.53"),
	    a);

	for (unsigned i = 0; i < n; i++) {
		net_addr_add(&out, &a[i]);
		buf_add_char(&out, ' ');
	}
	EQ_SLICE(
	    buf_slice(&out), "192.0.2.53:53 [2001:db8::53]:53 127.0.0.53:53 ");
	EQ_INT(dns_servers_read(SLICE_NONE, a), 0);
	buf_reset(&out);
	for (unsigned i = 0; i < 50; i++)
		buf_add_str(&out, "nameserver 192.0.2.1\n");
	EQ_INT(dns_servers_read(buf_slice(&out), a), DNS_SERVERS_MAX);
	buf_fini(&out);
}
