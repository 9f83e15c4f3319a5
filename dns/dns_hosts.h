#ifndef DNS_DNS_HOSTS_H
#define DNS_DNS_HOSTS_H
/*
 * What this machine says about names: /etc/hosts (hosts(5)), the name servers
 * of resolv.conf(5), and localhost (RFC 6761 section 6.3). Pure.
 */
#include "base/err.h"
#include "base/slice.h"
#include "net/net_addr.h"

#include <stdbool.h>
#include <stddef.h>

enum { DNS_HOSTS_MAX = 100000, DNS_SERVERS_MAX = 8 };

struct dns_hosts_entry {
	char *name; /* lower case */
	struct net_addr addr;
	size_t line; /* the order of the file */
};
struct dns_hosts { /* all zero: empty */
	struct dns_hosts_entry *entry;
	size_t n, room;
};

/* Read text; what is not understood is left out, and what is beyond
 * DNS_HOSTS_MAX. ERR_NOMEM */
enum err dns_hosts_read(struct dns_hosts *h, struct slice text);
void dns_hosts_fini(struct dns_hosts *h);
/* "localhost", and all below it */
bool dns_hosts_is_localhost(const char *name);
/* The addresses of name (lower case), at most max; 0: it is not there. */
unsigned dns_hosts_find(const struct dns_hosts *h, const char *name, bool ipv6,
    struct net_addr *out, unsigned max);

/* The name servers of a resolv.conf, port 53; returns how many. Addresses with
 * a scope are left out. */
unsigned dns_servers_read(
    struct slice text, struct net_addr out[DNS_SERVERS_MAX]);

#endif
