#ifndef NET_ADDR_H
#define NET_ADDR_H
/* IP addresses and ports: text, masks, sockaddr. Pure but for _of_socket and
 * _is_here. */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* IPv4 is kept as IPv4-mapped IPv6 (::ffff:a.b.c.d); plain value, no padding */
struct net_addr {
	uint8_t ip[16];
	uint16_t port;
};

bool net_addr_is_v4(const struct net_addr *a);
bool net_addr_is_loopback(const struct net_addr *a);
/* Both cannot be bound: the same port, and the same address or one of them
 * stands for all of its family. */
bool net_addr_clash(const struct net_addr *a, const struct net_addr *b);
/* ERR_UNSUPPORTED for other families */
enum err net_addr_of_sockaddr(
    const struct sockaddr *sa, socklen_t len, struct net_addr *out);
/* An IPv4 address becomes AF_INET. Returns the length. */
socklen_t net_addr_to_sockaddr(
    const struct net_addr *a, struct sockaddr_storage *out);
/* the far (peer) or near end of a connected socket */
enum err net_addr_of_socket(int fd, bool peer, struct net_addr *out);
/* Does this machine have the address now? Asks the kernel which address it
 * would send from, by a datagram socket that sends nothing. */
bool net_addr_is_here(const struct net_addr *a);
/* "127.0.0.1:25", "[::]:25"; port required. */
enum err net_addr_parse(struct slice s, struct net_addr *out);
/* "192.0.2.1", "2001:db8::1" without port */
enum err net_addr_parse_ip(struct slice s, struct net_addr *out);
/* "[192.0.2.1]", "[IPv6:2001:db8::1]" (RFC 5321 section 4.1.3); port 0.
 * SYNTAX: neither. */
enum err net_addr_parse_literal(struct slice s, struct net_addr *out);
/* Append the address, without or with port ("1.2.3.4:25", "[::1]:25"). */
void net_addr_add_ip(struct buf *b, const struct net_addr *a);
void net_addr_add(struct buf *b, const struct net_addr *a);
/* The unit that limits count by: the IPv4 address or the IPv6 /64, port 0. */
void net_addr_unit(const struct net_addr *a, struct net_addr *unit_out);

#endif
