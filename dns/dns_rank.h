#ifndef DNS_DNS_RANK_H
#define DNS_DNS_RANK_H
/* The order in which hosts and addresses are tried (RFC 5321 section 5.1).
 * Pure: chance comes from the caller. */
#include "dns/dns.h"

#include <stdint.h>

/* xorshift64*; never 0 */
struct dns_chance {
	uint64_t state;
};
void dns_chance_init(struct dns_chance *c, uint64_t seed);
uint32_t dns_chance_next(struct dns_chance *c);

/* Hosts so far: the best DNS_MX_MAX of all that were added. */
struct dns_rank {
	struct dns_mx_host *host; /* borrowed, room for DNS_MX_MAX */
	uint64_t key[DNS_MX_MAX];
	unsigned n;
	struct dns_chance chance;
};
void dns_rank_init(struct dns_rank *r, struct dns_mx_host *host, uint64_t seed);
/* A host that is there already keeps its better preference. */
void dns_rank_add(struct dns_rank *r, uint16_t preference, const char *name);

/* Shuffle, then IPv6 and IPv4 in turn, IPv6 first, until one is used up. */
void dns_rank_addrs(struct net_addr *a, unsigned n, uint64_t seed);
/* Can anybody be reached there? Not at unspecified, multicast, broadcast
 * addresses, or at IPv4 in the clothes of IPv6. v4: it came as an A record. */
bool dns_rank_is_usable(const struct net_addr *a, bool v4);

#endif
