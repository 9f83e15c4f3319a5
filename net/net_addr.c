/* Addresses between text, sockaddr and the 16 octets that we keep. */
#include "net/net_addr.h"

#include "base/num.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

enum {
	V4_AT = 12,      /* where the IPv4 address sits in a mapped one */
	DISCARD_PORT = 9 /* any will do */
};

static const uint8_t mapped[V4_AT] = {[10] = 0xff, [11] = 0xff};

bool
net_addr_is_v4(const struct net_addr *a)
{
	return memcmp(a->ip, mapped, sizeof mapped) == 0;
}

bool
net_addr_is_loopback(const struct net_addr *a)
{
	static const uint8_t one[sizeof a->ip] = {[15] = 1};

	if (net_addr_is_v4(a))
		return a->ip[V4_AT] == 127; /* RFC 1122, section 3.2.1.3 */
	return memcmp(a->ip, one, sizeof one) == 0;
}

static bool
is_any(const struct net_addr *a)
{
	static const uint8_t v4[16] = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	static const uint8_t v6[16] = {0};

	return memcmp(a->ip, v4, 16) == 0 || memcmp(a->ip, v6, 16) == 0;
}

bool
net_addr_clash(const struct net_addr *a, const struct net_addr *b)
{
	if (a->port != b->port || a->port == 0 ||
	    net_addr_is_v4(a) != net_addr_is_v4(b))
		return false;
	return is_any(a) || is_any(b) || memcmp(a->ip, b->ip, 16) == 0;
}

static void
set_v4(struct net_addr *a, const void *four)
{
	memcpy(a->ip, mapped, sizeof mapped);
	memcpy(a->ip + V4_AT, four, 4);
}

enum err
net_addr_of_sockaddr(
    const struct sockaddr *sa, socklen_t len, struct net_addr *out)
{
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
	struct net_addr a = {{0}, 0};

	if (len < sizeof sa->sa_family)
		return ERR_UNSUPPORTED;
	if (sa->sa_family == AF_INET && len >= sizeof in4) {
		memcpy(&in4, sa, sizeof in4);
		set_v4(&a, &in4.sin_addr);
		a.port = ntohs(in4.sin_port);
	} else if (sa->sa_family == AF_INET6 && len >= sizeof in6) {
		memcpy(&in6, sa, sizeof in6);
		memcpy(a.ip, &in6.sin6_addr, sizeof a.ip);
		a.port = ntohs(in6.sin6_port);
	} else {
		return ERR_UNSUPPORTED;
	}
	*out = a;
	return ERR_OK;
}

socklen_t
net_addr_to_sockaddr(const struct net_addr *a, struct sockaddr_storage *out)
{
	struct sockaddr_in in4 = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

	memset(out, 0, sizeof *out);
	if (net_addr_is_v4(a)) {
		memcpy(&in4.sin_addr, a->ip + V4_AT, sizeof in4.sin_addr);
		in4.sin_port = htons(a->port);
		memcpy(out, &in4, sizeof in4);
		return sizeof in4;
	}
	memcpy(&in6.sin6_addr, a->ip, sizeof in6.sin6_addr);
	in6.sin6_port = htons(a->port);
	memcpy(out, &in6, sizeof in6);
	return sizeof in6;
}

enum err
net_addr_of_socket(int fd, bool peer, struct net_addr *out)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof ss;
	struct sockaddr *sa = (struct sockaddr *)&ss;
	int rc = peer ? getpeername(fd, sa, &len) : getsockname(fd, sa, &len);

	if (rc != 0)
		return err_from_errno(errno);
	return net_addr_of_sockaddr(sa, len, out);
}

bool
net_addr_is_here(const struct net_addr *a)
{
	struct net_addr to = *a, from;
	struct sockaddr_storage ss;
	socklen_t len;
	bool here;
	int fd;

	if (net_addr_is_loopback(a))
		return true;
	if (to.port == 0)
		to.port = DISCARD_PORT;
	len = net_addr_to_sockaddr(&to, &ss);
	fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	/* only to itself a machine speaks from the address it speaks to */
	here = connect(fd, (const struct sockaddr *)&ss, len) == 0 &&
	       net_addr_of_socket(fd, false, &from) == ERR_OK &&
	       memcmp(from.ip, a->ip, sizeof a->ip) == 0;
	(void)close(fd);
	return here;
}

enum err
net_addr_parse_ip(struct slice s, struct net_addr *out)
{
	char text[INET6_ADDRSTRLEN];
	struct net_addr a = {{0}, 0};
	uint8_t four[4];

	if (slice_to_str(s, text, sizeof text) != ERR_OK)
		return ERR_SYNTAX;
	if (inet_pton(AF_INET, text, four) == 1)
		set_v4(&a, four);
	else if (inet_pton(AF_INET6, text, a.ip) != 1)
		return ERR_SYNTAX;
	*out = a;
	return ERR_OK;
}

enum err
net_addr_parse_literal(struct slice s, struct net_addr *out)
{
	const struct slice tag = SLICE("IPv6:");
	struct net_addr a;
	bool v6;

	if (!slice_starts(s, SLICE("[")) || !slice_ends(s, SLICE("]")))
		return ERR_SYNTAX;
	s = slice_first(slice_skip(s, 1), s.len - 2);
	v6 = slice_starts_nocase(s, tag);
	if (net_addr_parse_ip(slice_skip(s, v6 ? tag.len : 0), &a) != ERR_OK ||
	    (!v6 && !net_addr_is_v4(&a)))
		return ERR_SYNTAX;
	*out = a;
	return ERR_OK;
}

enum err
net_addr_parse(struct slice s, struct net_addr *out)
{
	size_t colon = slice_rfind(s, ':');
	struct slice ip = slice_first(s, colon);
	bool bracketed = slice_starts(ip, SLICE("["));
	struct net_addr a;
	uint32_t port;

	if (colon == s.len)
		return ERR_SYNTAX;
	if (bracketed) {
		if (!slice_ends(ip, SLICE("]")))
			return ERR_SYNTAX;
		ip = slice_first(slice_skip(ip, 1), ip.len - 2);
	}
	if (net_addr_parse_ip(ip, &a) != ERR_OK)
		return ERR_SYNTAX;
	/* "::1:25" could be read in two ways; "[192.0.2.1]" is not an address
	 */
	if (bracketed != (slice_find(ip, ':') < ip.len))
		return ERR_SYNTAX;
	if (num_u32(slice_skip(s, colon + 1), 0, UINT16_MAX, &port) != ERR_OK)
		return ERR_SYNTAX;
	a.port = (uint16_t)port;
	*out = a;
	return ERR_OK;
}

void
net_addr_add_ip(struct buf *b, const struct net_addr *a)
{
	char text[INET6_ADDRSTRLEN];
	const char *s;

	if (net_addr_is_v4(a))
		s = inet_ntop(AF_INET, a->ip + V4_AT, text, sizeof text);
	else
		s = inet_ntop(AF_INET6, a->ip, text, sizeof text);
	buf_add_str(b, s);
}

void
net_addr_add(struct buf *b, const struct net_addr *a)
{
	bool v4 = net_addr_is_v4(a);

	if (!v4)
		buf_add_char(b, '[');
	net_addr_add_ip(b, a);
	buf_add_str(b, v4 ? ":" : "]:");
	buf_add_u64(b, a->port);
}

void
net_addr_unit(const struct net_addr *a, struct net_addr *unit_out)
{
	struct net_addr unit = *a;

	unit.port = 0;
	if (!net_addr_is_v4(a))
		memset(unit.ip + 8, 0, 8); /* one site: RFC 6177 */
	*unit_out = unit;
}
