/*
 * An answer of a name server, hostile: every name that comes out of it is one
 * that can be asked for again, the best hosts are in order, and what the
 * machine says about names (hosts, resolv.conf) may be any octets, too.
 */
#include "fuzz.h"

#include "dns/dns_answer.h"
#include "dns/dns_hosts.h"
#include "dns/dns_rank.h"

#include <string.h>

static void
check_name(const struct dns_name *n)
{
	size_t len = strlen(n->text);

	FUZZ_CHECK(len <= DNS_NAME_MAX);
	FUZZ_CHECK(!n->odd || len == 0);
	for (size_t i = 0; i < len; i++) {
		char c = n->text[i];

		FUZZ_CHECK((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			   c == '-' || c == '_' || c == '.');
		FUZZ_CHECK(c != '.' ||
			   (i > 0 && i + 1 < len && n->text[i - 1] != '.'));
	}
}

static void
read_mx(struct slice packet)
{
	static struct dns_mx_host host[DNS_MX_MAX];
	struct dns_answer a;
	struct dns_rank rank;
	struct dns_name name;
	struct slice data;
	uint16_t preference;

	if (dns_answer_begin(&a, packet, "a.example", DNS_MX) != ERR_OK)
		return;
	check_name(&a.name);
	dns_rank_init(&rank, host, packet.len);
	while (dns_answer_next(&a, &data))
		if (dns_answer_mx(&a, data, &preference, &name)) {
			check_name(&name);
			dns_rank_add(&rank, preference, name.text);
		}
	FUZZ_CHECK(rank.n <= DNS_MX_MAX);
	for (unsigned i = 1; i < rank.n; i++)
		FUZZ_CHECK(host[i - 1].preference <= host[i].preference);
}

static void
read_addresses(struct slice packet)
{
	struct dns_answer a;
	struct slice data;

	if (dns_answer_begin(&a, packet, "a.example", DNS_A) != ERR_OK)
		return;
	while (dns_answer_next(&a, &data))
		FUZZ_CHECK(data.p >= packet.p &&
			   data.p + data.len <= packet.p + packet.len);
}

static void
read_files(struct slice text)
{
	struct net_addr addr[DNS_SERVERS_MAX];
	struct dns_hosts h = {0};

	FUZZ_CHECK(dns_servers_read(text, addr) <= DNS_SERVERS_MAX);
	FUZZ_CHECK(dns_hosts_read(&h, text) == ERR_OK);
	for (size_t i = 0; i < h.n; i++)
		FUZZ_CHECK(dns_hosts_find(&h, h.entry[i].name, true, addr,
			       DNS_SERVERS_MAX) > 0);
	dns_hosts_fini(&h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct slice s = slice_of(p, len);

	read_mx(s);
	read_addresses(s);
	read_files(s);
	return 0;
}
