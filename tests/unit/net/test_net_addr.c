#include "../unit.h"
#include "net/net_addr.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static const struct {
	const char *text, *again; /* NULL: a syntax error */
	bool v4, loopback;
} ips[] = {
    {"127.0.0.1",				      "127.0.0.1",       true,  true },
    {"127.9.9.9",				      "127.9.9.9",       true,  true },
    {"0.0.0.0",					"0.0.0.0",         true,  false},
    {"255.255.255.255",				"255.255.255.255", true,  false},
    {"::",					     "::",              false, false},
    {"::1",					    "::1",             false, true },
    {"2001:DB8:0:0::1",				"2001:db8::1",     false, false},
    {"::ffff:192.0.2.1",			       "192.0.2.1",       true,  false},
    {"::ffff:127.0.0.1",			       "127.0.0.1",       true,  true },
    {"",					       NULL,              false, false},
    {"127.0.0.1 ",				     NULL,              false, false},
    {"127.1",					  NULL,              false, false},
    {"127.0.0.256",				    NULL,              false, false},
    {"localhost",				      NULL,              false, false},
    {"[::1]",					  NULL,              false, false},
    {"fe80::1%lo",				     NULL,              false, false},
    {"1:2:3:4:5:6:7:8:9",			      NULL,              false, false},
    {"1111:2222:3333:4444:5555:6666:255.255.255.2555", NULL,              false, false},
};

TEST(addr_ip_text)
{
	for (size_t i = 0; i < sizeof ips / sizeof *ips; i++) {
		struct net_addr a = {{9}, 9};
		struct buf b = BUF_INIT(100);
		enum err e = net_addr_parse_ip(slice_str(ips[i].text), &a);

		unit_case(ips[i].text);
		if (ips[i].again == NULL) {
			EQ_INT(e, ERR_SYNTAX);
			EQ_INT(a.port, 9);
			continue;
		}
		EQ_INT(e, ERR_OK);
		EQ_INT(a.port, 0);
		EQ_INT(net_addr_is_v4(&a), ips[i].v4);
		EQ_INT(net_addr_is_loopback(&a), ips[i].loopback);
		net_addr_add_ip(&b, &a);
		EQ_STR(buf_cstr(&b), ips[i].again);
		buf_fini(&b);
	}
}

static const struct {
	const char *text, *ip; /* NULL: a syntax error */
} literals[] = {
    {"[192.0.2.1]",             "192.0.2.1"  },
    {"[IPv6:2001:db8::1]",      "2001:db8::1"},
    {"[ipv6:::1]",              "::1"        },
    {"[IPv6:::ffff:192.0.2.1]", "192.0.2.1"  },
    {"[2001:db8::1]",           NULL         },
    {"[IPv6:]",                 NULL         },
    {"[]",		      NULL         },
    {"[",		       NULL         },
    {"]",		       NULL         },
    {"",			NULL         },
    {"192.0.2.1",               NULL         },
    {"[192.0.2.1",              NULL         },
    {"[tag:text]",              NULL         },
};

TEST(addr_literal)
{
	for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
		struct net_addr a = {{9}, 9}, want;
		enum err e =
		    net_addr_parse_literal(slice_str(literals[i].text), &a);

		unit_case(literals[i].text);
		if (literals[i].ip == NULL) {
			EQ_INT(e, ERR_SYNTAX);
			EQ_INT(a.port, 9);
			continue;
		}
		EQ_INT(e, ERR_OK);
		EQ_INT(a.port, 0);
		EQ_INT(net_addr_parse_ip(slice_str(literals[i].ip), &want),
		    ERR_OK);
		EQ_MEM(a.ip, sizeof a.ip, want.ip, sizeof want.ip);
	}
}

TEST(addr_ip_with_nul)
{
	struct net_addr a;

	EQ_INT(net_addr_parse_ip(SLICE("127.0.0.1\0"), &a), ERR_SYNTAX);
	EQ_INT(net_addr_parse_ip(SLICE_NONE, &a), ERR_SYNTAX);
}

static const struct {
	const char *text, *again;
} ports[] = {
    {"127.0.0.1:25",        "127.0.0.1:25"     },
    {"0.0.0.0:0",           "0.0.0.0:0"        },
    {"[::]:65535",          "[::]:65535"       },
    {"[2001:db8::1]:110",   "[2001:db8::1]:110"},
    {"[::ffff:10.0.0.1]:5", "10.0.0.1:5"       },
    {"",		    NULL	       },
    {":",		   NULL	       },
    {":25",		 NULL               },
    {"127.0.0.1",           NULL               },
    {"127.0.0.1:",          NULL               },
    {"127.0.0.1:65536",     NULL               },
    {"127.0.0.1:+25",       NULL               },
    {"127.0.0.1:25 ",       NULL               },
    {"::1:25",              NULL               },
    {"[::1]",	       NULL               },
    {"[::1]25",             NULL               },
    {"[::1:25",             NULL               },
    {"[:25",		NULL               },
    {"[]:25",	       NULL               },
    {"[127.0.0.1]:25",      NULL               },
    {"*:25",		NULL               },
};

TEST(addr_port_text)
{
	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
		struct net_addr a = {{9}, 9};
		struct buf b = BUF_INIT(100);
		enum err e = net_addr_parse(slice_str(ports[i].text), &a);

		unit_case(ports[i].text);
		if (ports[i].again == NULL) {
			EQ_INT(e, ERR_SYNTAX);
			EQ_INT(a.port, 9);
			continue;
		}
		EQ_INT(e, ERR_OK);
		net_addr_add(&b, &a);
		EQ_STR(buf_cstr(&b), ports[i].again);
		buf_fini(&b);
	}
}

TEST(addr_sockaddr)
{
	static const char *const texts[] = {"192.0.2.7:25", "[2001:db8::7]:25"};
	static const int families[] = {AF_INET, AF_INET6};

	for (size_t i = 0; i < 2; i++) {
		struct sockaddr_storage ss;
		struct sockaddr *sa = (struct sockaddr *)&ss;
		struct net_addr a, b;
		socklen_t len;

		unit_case(texts[i]);
		EQ_INT(net_addr_parse(slice_str(texts[i]), &a), ERR_OK);
		len = net_addr_to_sockaddr(&a, &ss);
		EQ_INT(ss.ss_family, families[i]);
		EQ_INT(net_addr_of_sockaddr(sa, len, &b), ERR_OK);
		EQ_MEM((const char *)&a, sizeof a, (const char *)&b, sizeof b);
		EQ_INT(net_addr_of_sockaddr(sa, len - 1, &b), ERR_UNSUPPORTED);
		EQ_INT(net_addr_of_sockaddr(sa, 1, &b), ERR_UNSUPPORTED);
	}
}

TEST(addr_other_family)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct net_addr a;
	int fd[2];

	EQ_INT(
	    net_addr_of_sockaddr((const struct sockaddr *)&un, sizeof un, &a),
	    ERR_UNSUPPORTED);
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	EQ_INT(net_addr_of_socket(fd[0], true, &a), ERR_UNSUPPORTED);
	close(fd[0]);
	close(fd[1]);
}

TEST(addr_of_socket)
{
	struct sockaddr_in in = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct net_addr a;

	OK(bind(fd, (struct sockaddr *)&in, sizeof in) == 0);
	EQ_INT(net_addr_of_socket(fd, false, &a), ERR_OK);
	OK(net_addr_is_loopback(&a) && a.port != 0);
	OK(net_addr_of_socket(fd, true, &a) != ERR_OK); /* not connected */
	close(fd);
}

TEST(addr_is_here)
{
	static const char *const elsewhere[] = {
	    "198.51.100.7", "2001:db8:1:2::7", "0.0.0.0"};
	struct ifaddrs *all = NULL;
	struct net_addr a;

	EQ_INT(getifaddrs(&all), 0);
	for (struct ifaddrs *i = all; i != NULL; i = i->ifa_next)
		if (i->ifa_addr != NULL && (i->ifa_flags & IFF_UP) != 0 &&
		    net_addr_of_sockaddr(i->ifa_addr,
			sizeof(struct sockaddr_in6), &a) == ERR_OK &&
		    !(a.ip[0] == 0xfe && (a.ip[1] & 0xc0) == 0x80))
			OK(net_addr_is_here(&a));
	freeifaddrs(all);
	EQ_INT(net_addr_parse(SLICE("127.0.0.77:25"), &a), ERR_OK);
	OK(net_addr_is_here(&a));
	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
		unit_case(elsewhere[i]);
		EQ_INT(net_addr_parse_ip(slice_str(elsewhere[i]), &a), ERR_OK);
		OK(!net_addr_is_here(&a));
	}
}

TEST(addr_unit)
{
	static const struct {
		const char *in, *unit;
	} cases[] = {
	    {"192.0.2.7:25",             "192.0.2.7:0"       },
	    {"[2001:db8:1:2:3:4:5:6]:1", "[2001:db8:1:2::]:0"},
	    {"[::1]:1",                  "[::]:0"            },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct net_addr a, unit;
		struct buf b = BUF_INIT(100);

		unit_case(cases[i].in);
		EQ_INT(net_addr_parse(slice_str(cases[i].in), &a), ERR_OK);
		net_addr_unit(&a, &unit);
		net_addr_add(&b, &unit);
		EQ_STR(buf_cstr(&b), cases[i].unit);
		buf_fini(&b);
	}
}

TEST(net_addr_clashes)
{
	static const struct {
		const char *a, *b;
		bool clash;
	} cases[] = {
	    {"127.0.0.1:25", "127.0.0.1:25", true },
	    {"127.0.0.1:25", "127.0.0.2:25", false},
	    {"127.0.0.1:25", "127.0.0.1:26", false},
	    {"0.0.0.0:25",   "127.0.0.1:25", true },
	    {"0.0.0.0:25",   "127.0.0.1:26", false},
	    {"0.0.0.0:25",   "[::1]:25",     false},
	    {"[::]:25",      "[::1]:25",     true },
	    {"[::]:25",      "0.0.0.0:25",   false},
	    {"0.0.0.0:0",    "0.0.0.0:0",    false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct net_addr a, b;

		unit_case(cases[i].a);
		EQ_INT(net_addr_parse(slice_str(cases[i].a), &a), ERR_OK);
		EQ_INT(net_addr_parse(slice_str(cases[i].b), &b), ERR_OK);
		EQ_INT(net_addr_clash(&a, &b), cases[i].clash);
		EQ_INT(net_addr_clash(&b, &a), cases[i].clash);
	}
}
