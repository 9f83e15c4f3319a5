#include "dns/dns_answer.h"

#include "base/num.h"
#include "tests/unit/dns/server.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

struct row {
	const char *name, *type, *data;
};

static unsigned
type_of(const char *t)
{
	return strcmp(t, "MX") == 0      ? DNS_MX
	       : strcmp(t, "CNAME") == 0 ? DNS_CNAME
	       : strcmp(t, "A") == 0     ? DNS_A
					 : DNS_AAAA;
}

static void
make(struct buf *b, const struct row *rows, unsigned n)
{
	server_add_header(b, 1, 0x8180, 1, n);
	server_add_name(b, "a.example");
	buf_add(b, "\0\17\0\1", 4);
	for (unsigned i = 0; i < n; i++) {
		struct buf data = BUF_INIT(1000);

		server_add_data(&data, rows[i].type, rows[i].data);
		server_add_record(
		    b, rows[i].name, type_of(rows[i].type), buf_slice(&data));
		buf_fini(&data);
	}
}

/* What a packet says about the MX of a.example: "10 host, ..." */
static const char *
read_mx(struct slice packet)
{
	static char text[2000];
	struct dns_answer a;
	struct dns_name host;
	struct slice data;
	uint16_t pref;
	size_t len = 0;

	text[0] = '\0';
	if (dns_answer_begin(&a, packet, "a.example", DNS_MX) != ERR_OK)
		return "malformed";
	while (dns_answer_next(&a, &data)) {
		bool ok = dns_answer_mx(&a, data, &pref, &host);

		len += (size_t)snprintf(text + len, sizeof text - len,
		    "%s%d %s%s", len == 0 ? "" : ", ", ok ? pref : -1,
		    ok ? host.text : "?", ok && host.odd ? "odd" : "");
		if (len >= sizeof text)
			break;
	}
	return text;
}

static const struct {
	const char *name, *want;
	struct row rows[4];
} cases[] = {
    {"nothing",              "",              {{0}}				   },
    {"one",		  "10 mx.example", {{"a.example", "MX", "10 mx.example"}}  },
    {"upper case",           "10 mx.example", {{"A.Example", "MX", "10 MX.EXAMPLE"}}  },
    {"null MX",              "0 ",            {{"a.example", "MX", "0 ."}}            },
    {"another's",            "",              {{"b.example", "MX", "10 mx.example"}}  },
    {"another type",         "",              {{"a.example", "A", "192.0.2.1"}}       },
    {"CNAME",		"10 mx.example",
     {{"a.example", "CNAME", "b.example"},
	    {"b.example", "MX", "10 mx.example"}}                                     },
    {"CNAME behind it",      "10 mx.example",
     {{"b.example", "MX", "10 mx.example"},
	    {"a.example", "CNAME", "b.example"}}                                      },
    {"CNAME and MX",         "",
     {{"a.example", "CNAME", "b.example"},
	    {"a.example", "MX", "10 mx.example"}}                                     },
    {"CNAME to itself",      "malformed",     {{"a.example", "CNAME", "a.example"}}   },
    {"CNAMEs in a circle",   "malformed",
     {{"a.example", "CNAME", "b.example"},
	    {"b.example", "CNAME", "a.example"}}                                      },
    {"CNAME to an odd name", "",              {{"a.example", "CNAME", "b c.example"}} },
    {"odd host",             "10 odd",        {{"a.example", "MX", "10 b\nc.example"}}},
    {"several",              "1 x, 2 y",
     {{"a.example", "MX", "1 x"}, {"a.example", "A", "192.0.2.1"},
	    {"a.example", "MX", "2 y"}}					       },
};

TEST(dns_answer_of_rows)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = BUF_INIT(65535);
		unsigned n = 0;

		while (n < 4 && cases[i].rows[n].name != NULL)
			n++;
		unit_case(cases[i].name);
		make(&b, cases[i].rows, n);
		EQ_STR(read_mx(buf_slice(&b)), cases[i].want);
		buf_fini(&b);
	}
}

/* Cut anywhere, it is malformed or has less, and nobody reads beyond it. */
TEST(dns_answer_cut_short)
{
	static const struct row rows[] = {
	    {"a.example", "CNAME", "b.example"    },
	    {"b.example", "MX",    "10 mx.example"}
        };
	struct buf b = BUF_INIT(65535);

	make(&b, rows, 2);
	for (size_t n = 0; n < b.len; n++) {
		char copy[300];

		memcpy(copy, b.p, n);
		OK(strstr(read_mx(slice_of(copy, n)), "mx.example") == NULL);
	}
	buf_fini(&b);
}

/* question, then an MX record with this data; the name of the question is at
 * 12 */
static const char *
with_data(const char *owner, size_t owner_len, const char *data, size_t len)
{
	struct buf b = BUF_INIT(65535);
	const char *text;
	char n[2];

	server_add_header(&b, 1, 0x8180, 1, 1);
	server_add_name(&b, "a.example");
	buf_add(&b, "\0\17\0\1", 4);
	buf_add(&b, owner, owner_len);
	buf_add(&b, "\0\17\0\1\0\0\0\1", 8);
	num_put_be16(n, (uint16_t)len);
	buf_add(&b, n, 2);
	buf_add(&b, data, len);
	text = read_mx(buf_slice(&b));
	buf_fini(&b);
	return text;
}

TEST(dns_answer_follows_pointers_backwards_only)
{
	/* "mx" in front of what is at 12; at 27 is the owner of the record */
	EQ_STR(with_data("\xc0\x0c", 2, "\0\12\2mx\xc0\x0c", 7),
	    "10 mx.a.example");
	EQ_STR(with_data("\xc0\x0e", 2, "\0\12\1x\0", 5), "");
	EQ_STR(with_data("\xc0\x1b", 2, "\0\12\1x\0", 5), "malformed");
	EQ_STR(with_data("\xff\xff", 2, "\0\12\1x\0", 5), "malformed");
	EQ_STR(with_data("\x40z", 2, "\0\12\1x\0", 5), "malformed");
	/* the host: to itself, forwards, too long for its data, too short */
	EQ_STR(with_data("\xc0\x0c", 2, "\0\12\xc0\x29", 4), "-1 ?");
	EQ_STR(with_data("\xc0\x0c", 2, "\0\12\1x\0y", 6), "-1 ?");
	EQ_STR(with_data("\xc0\x0c", 2, "\0\12\2x", 4), "-1 ?");
	EQ_STR(with_data("\xc0\x0c", 2, "\0\12", 2), "-1 ?");
	EQ_STR(with_data("\xc0\x0c", 2, "", 0), "-1 ?");
}

/* Labels of 63 octets make a name that is too long for anybody. */
TEST(dns_answer_long_names)
{
	char data[1000] = "\0\12";
	size_t n = 2;

	for (int i = 0; i < 3; i++) {
		data[n++] = 63;
		memset(data + n, 'x', 63);
		n += 63;
	}
	data[n] = '\0';
	EQ_INT(strlen(with_data("\xc0\x0c", 2, data, n + 1)), 3 + 63 * 3 + 2);
	for (int i = 0; i < 2; i++) {
		data[n++] = 63;
		memset(data + n, 'x', 63);
		n += 63;
	}
	data[n] = '\0';
	EQ_STR(with_data("\xc0\x0c", 2, data, n + 1), "-1 ?");
}

/* 5000 CNAMEs in a row: given up, and soon. */
TEST(dns_answer_bounded_chain)
{
	struct buf b = BUF_INIT(65535);

	server_add_header(&b, 1, 0x8180, 0, 2000);
	for (unsigned i = 0; i < 2000; i++) {
		struct buf data = BUF_INIT(100);
		char from[20], to[20];

		(void)snprintf(
		    from, sizeof from, i == 0 ? "a.example" : "c%u", i);
		(void)snprintf(to, sizeof to, "c%u", i + 1);
		server_add_name(&data, to);
		server_add_record(&b, from, DNS_CNAME, buf_slice(&data));
		buf_fini(&data);
	}
	EQ_STR(read_mx(buf_slice(&b)), "malformed");
	buf_fini(&b);
}
