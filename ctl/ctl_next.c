/* What is to be done behind quickstart. */
#include "ctl/ctl_next.h"

#include "base/buf.h"
#include "ctl/ctl_out.h"
#include "net/net_addr.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static bool
is_private(const struct net_addr *a)
{
	const uint8_t *ip = a->ip;

	if (!net_addr_is_v4(a))
		return (ip[0] & 0xfe) == 0xfc; /* RFC 4193 */
	ip += 12;
	return ip[0] == 10 || (ip[0] == 172 && (ip[1] & 0xf0) == 16) ||
	       (ip[0] == 192 && ip[1] == 168) ||
	       (ip[0] == 100 && (ip[1] & 0xc0) == 64); /* RFC 1918, 6598 */
}

static bool
is_link_local(const struct net_addr *a)
{
	return net_addr_is_v4(a)
		   ? a->ip[12] == 169 && a->ip[13] == 254
		   : a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80;
}

static void
record(const char *name, const char *type, const char *value)
{
	printf("  %-36s %-5s %s\n", name, type, value);
}

/* One line for each address of this machine that others could reach. */
static void
address_records(const char *name)
{
	struct ifaddrs *all = NULL;
	struct net_addr a;
	bool any = false, private = false;

	if (getifaddrs(&all) != 0)
		all = NULL;
	for (struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
		struct buf text = BUF_INIT(64);

		if (i->ifa_addr == NULL ||
		    (i->ifa_addr->sa_family != AF_INET &&
			i->ifa_addr->sa_family != AF_INET6) ||
		    net_addr_of_sockaddr(i->ifa_addr,
			i->ifa_addr->sa_family == AF_INET
			    ? sizeof(struct sockaddr_in)
			    : sizeof(struct sockaddr_in6),
			&a) != ERR_OK ||
		    net_addr_is_loopback(&a) || is_link_local(&a))
			continue;
		any = true;
		private = private || is_private(&a);
		net_addr_add_ip(&text, &a);
		record(
		    name, net_addr_is_v4(&a) ? "A" : "AAAA", buf_cstr(&text));
		buf_fini(&text);
	}
	if (all != NULL)
		freeifaddrs(all);
	if (!any)
		record(name, "A", "the public address of this machine");
	else if (private)
		printf("  (of a private address: the public one that leads "
		       "to it)\n");
}

/* RFC 6186 and 8314: how clients find their servers. */
static void
service_record(const struct conf *conf, const char *listener,
    const char *service, const char *domain, const char *host, int priority)
{
	char name[600], value[600];

	for (uint32_t i = 0; i < conf->nlisteners; i++) {
		if (strcmp(conf->listener[i].name, listener) != 0)
			continue;
		(void)snprintf(
		    name, sizeof name, "_%s._tcp.%s.", service, domain);
		(void)snprintf(value, sizeof value, "%d 1 %u %s.", priority,
		    conf->listener[i].addr[0].port, host);
		record(name, "SRV", value);
	}
}

static void
dns_records(const struct conf *conf, const char *domain)
{
	char host[CONF_TEXT + 2], zone[CONF_TEXT + 2], mx[CONF_TEXT + 8];

	(void)snprintf(host, sizeof host, "%s.", conf->hostname);
	(void)snprintf(zone, sizeof zone, "%s.", domain);
	(void)snprintf(mx, sizeof mx, "10 %s", host);
	printf("\nDNS: add these at your provider (zone file form)\n\n");
	address_records(host);
	record(zone, "MX", mx);
	record(zone, "TXT", "\"v=spf1 mx -all\"");
	service_record(
	    conf, "submissions", "submissions", domain, conf->hostname, 0);
	service_record(
	    conf, "submission", "submission", domain, conf->hostname, 5);
	service_record(conf, "pop3s", "pop3s", domain, conf->hostname, 0);
	service_record(conf, "pop3", "pop3", domain, conf->hostname, 5);
	printf("  at your IP provider: the reverse name (PTR) of the address "
	       "is %s\n",
	    conf->hostname);
}

static bool
on_loopback(const struct conf *conf)
{
	for (uint32_t i = 0; i < conf->nlisteners; i++)
		for (uint32_t k = 0; k < conf->listener[i].naddr; k++)
			if (!net_addr_is_loopback(&conf->listener[i].addr[k]))
				return false;
	return true;
}

static void
listener_lines(const struct conf *conf)
{
	for (uint32_t i = 0; i < conf->nlisteners; i++) {
		struct buf text = BUF_INIT(128);

		net_addr_add(&text, &conf->listener[i].addr[0]);
		printf("  %-12s %s\n", conf->listener[i].name, buf_cstr(&text));
		buf_fini(&text);
	}
}

void
ctl_next_steps(const struct ctl *c, const char *address, const char *domain,
    bool self_signed)
{
	const struct conf *conf = &c->conf;
	const char *opt = strcmp(c->conf_path, CONF_PATH) == 0 ? "" : " -c ";
	const char *file = *opt == '\0' ? "" : c->conf_path;
	int n = 1;

	if (c->quiet || c->json)
		return;
	if (on_loopback(conf)) {
		printf("\nOnly this machine can reach it:\n\n");
		listener_lines(conf);
	} else {
		dns_records(conf, domain);
	}
	printf("\nNext:\n");
	if (self_signed && !on_loopback(conf)) {
		printf(
		    "  %d. certificate   certbot certonly --standalone -d %s\n"
		    "                   then name its files in %s:\n"
		    "                   tls { certificate = .../fullchain.pem "
		    " key = .../privkey.pem }\n"
		    "                   until then clients that verify "
		    "certificates refuse TLS\n",
		    n, conf->hostname, c->conf_path);
		n++;
	}
	printf("  %d. start         restante serve%s%s\n", n, opt, file);
	printf("  %d. more users    restante%s%s user add bob@%s\n", n + 1, opt,
	    file, domain);
	printf(
	    "\nMail clients log in as %s, with the whole address.\n", address);
}
