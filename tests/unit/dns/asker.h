#ifndef TESTS_UNIT_DNS_ASKER_H
#define TESTS_UNIT_DNS_ASKER_H
/* A resolver that asks the scripted name server, and answers as text. */
#include "dns/dns.h"
#include "tests/unit/dns/server.h"

struct asker {
	struct net_loop *loop;
	struct server server;
	struct dns *dns;
};

void asker_begin(struct asker *a, const struct server_row *rows,
    const struct dns_settings *more);
void asker_end(struct asker *a);
/* "10 a, 20 b", "implicit", or the name of the error; begins with "+" when
 * validated. */
const char *asker_mx(struct asker *a, const char *domain);
/* "192.0.2.1 2001:db8::1", in alphabetical order */
const char *asker_addrs(struct asker *a, const char *host);

#endif
