#ifndef DNS_DNS_ANSWER_H
#define DNS_DNS_ANSWER_H
/*
 * An answer of a name server, as octets (RFC 1035 section 4), and what is of
 * interest in it: the records of one type at the end of a chain of CNAMEs.
 * Pure; trusts nothing, and work is bounded by the size of the packet.
 */
#include "base/err.h"
#include "base/slice.h"
#include "dns/dns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_MX = 15,
	DNS_AAAA = 28,
	DNS_DNSKEY = 48
};

enum { DNS_OK = 0, DNS_SERVFAIL = 2, DNS_NXDOMAIN = 3 }; /* rcodes */

/* Lower case, without last dot; "" is the root. */
struct dns_name {
	char text[DNS_NAME_MAX + 1];
	bool odd; /* holds an octet that no host name has; text is "" then */
};

struct dns_answer {
	struct slice packet;
	unsigned rcode;
	enum dns_type type;
	struct dns_name name; /* where the chain of CNAMEs ends */
	size_t first, at;     /* offsets of records */
	unsigned count, left; /* records of the answer section */
};

/*
 * Look at an answer to a question for name (lower case, not odd). ERR_PROTO: it
 * is malformed or its CNAMEs never end. packet is borrowed as long as *a is
 * used.
 */
enum err dns_answer_begin(struct dns_answer *a, struct slice packet,
    const char *name, enum dns_type type);
/* The data of the next record; false: there are no more, or it is malformed. */
bool dns_answer_next(struct dns_answer *a, struct slice *data);
/* What is in the data of an MX record of a; false: malformed. */
bool dns_answer_mx(const struct dns_answer *a, struct slice data,
    uint16_t *preference, struct dns_name *host);

#endif
