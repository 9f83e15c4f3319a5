/* A scripted name server (server.h). */
#include "tests/unit/dns/server.h"

#include "base/num.h"
#include "net/net_addr.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TTL = 300, TRUNCATED = 0x0200 };

static const struct {
	const char *name;
	unsigned type;
} types[] = {
    {"A",     1 },
    {"CNAME", 5 },
    {"SOA",   6 },
    {"MX",    15},
    {"AAAA",  28}
};

static void
add16(struct buf *b, unsigned v)
{
	char two[2];

	num_put_be16(two, (uint16_t)v);
	buf_add(b, two, 2);
}

void
server_add_name(struct buf *b, const char *name)
{
	struct slice rest = slice_str(name), label;

	while (rest.len > 0) {
		(void)slice_cut(&rest, '.', &label);
		if (label.len == 0)
			continue;
		buf_add_char(b, (char)label.len);
		buf_add_slice(b, label);
	}
	buf_add_char(b, '\0');
}

void
server_add_header(struct buf *b, unsigned id, unsigned flags,
    unsigned questions, unsigned answers)
{
	add16(b, id);
	add16(b, flags);
	add16(b, questions);
	add16(b, answers);
	add16(b, 0);
	add16(b, 0);
}

void
server_add_record(
    struct buf *b, const char *name, unsigned type, struct slice data)
{
	server_add_name(b, name);
	add16(b, type);
	add16(b, 1);
	add16(b, 0);
	add16(b, TTL);
	add16(b, (unsigned)data.len);
	buf_add_slice(b, data);
}

void
server_add_data(struct buf *b, const char *type, const char *data)
{
	char octets[16];

	if (strcmp(type, "MX") == 0) {
		add16(b, (unsigned)strtoul(data, NULL, 10));
		server_add_name(b, strchr(data, ' ') + 1);
	} else if (strcmp(type, "CNAME") == 0) {
		server_add_name(b, data);
	} else if (strcmp(type, "A") == 0) {
		EQ_INT(inet_pton(AF_INET, data, octets), 1);
		buf_add(b, octets, 4);
	} else {
		EQ_INT(inet_pton(AF_INET6, data, octets), 1);
		buf_add(b, octets, 16);
	}
}

static const char *
type_name(unsigned type)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].type == type)
			return types[i].name;
	return "";
}

/* What is asked for; the octets it takes. */
static size_t
question(const char *q, size_t len, char name[300], unsigned *type)
{
	size_t at = 12, n = 0;

	while (at < len && q[at] != 0 && n + (size_t)q[at] + 1 < 300) {
		if (n > 0)
			name[n++] = '.';
		memcpy(name + n, q + at + 1, (size_t)q[at]);
		n += (size_t)q[at];
		at += (size_t)q[at] + 1;
	}
	name[n] = '\0';
	*type = num_get_be16(q + at + 1);
	return at + 5 - 12;
}

/* The records of this name and type, CNAMEs first; how many. */
static unsigned
add_answers(const struct server *s, struct buf *b, const char *name,
    const char *type, unsigned depth)
{
	unsigned n = 0;

	for (const struct server_row *r = s->rows; r->name != NULL; r++) {
		bool cname = strcmp(r->type, "CNAME") == 0;
		struct buf data = BUF_INIT(1000);

		if (strcasecmp(r->name, name) != 0 ||
		    (!cname && strcmp(r->type, type) != 0))
			continue;
		server_add_data(&data, r->type, r->data);
		for (size_t i = 0; i < sizeof types / sizeof *types; i++)
			if (strcmp(types[i].name, r->type) == 0)
				server_add_record(
				    b, name, types[i].type, buf_slice(&data));
		buf_fini(&data);
		n++;
		if (cname && depth < 12)
			n += add_answers(s, b, r->data, type, depth + 1);
	}
	return n;
}

static const struct server_row *
find(const struct server *s, const char *name)
{
	const struct server_row *r = s->rows;

	while (r->name != NULL && strcasecmp(r->name, name) != 0)
		r++;
	return r->name == NULL ? NULL : r;
}

/* The end of the chain of CNAMEs. */
static const struct server_row *
find_last(const struct server *s, const char *name)
{
	const struct server_row *r = find(s, name);

	for (int i = 0; i < 12 && r != NULL && !strcmp(r->type, "CNAME"); i++)
		r = find(s, r->data);
	return r;
}

static void
add_soa(struct buf *b)
{
	struct buf data = BUF_INIT(1000);

	server_add_name(&data, "ns.test");
	server_add_name(&data, "root.test");
	for (int i = 0; i < 5; i++) {
		add16(&data, 0);
		add16(&data, TTL);
	}
	server_add_record(b, "", 6, buf_slice(&data));
	num_put_be16(b->p + 8, 1);
	buf_fini(&data);
}

/* false: no answer */
static bool
answer(
    const struct server *s, const char *q, size_t len, bool tcp, struct buf *b)
{
	char name[300];
	unsigned type, n;
	size_t qlen = question(q, len, name, &type);
	const struct server_row *r = find(s, name);
	const char *how = r == NULL ? "" : r->type;
	unsigned flags = 0x8180;

	if (s->silent || strcmp(how, "SILENT") == 0)
		return false;
	if (strcmp(how, "SERVFAIL") == 0)
		flags |= 2;
	else if (strcmp(how, "REFUSED") == 0)
		flags |= 5;
	else if (find_last(s, name) == NULL)
		flags |= 3;
	if (strcmp(how, "TRUNCATED") == 0 && !tcp)
		flags |= TRUNCATED;
	server_add_header(b, num_get_be16(q), flags, 1, 0);
	buf_add(b, q + 12, qlen);
	if (strcmp(how, "GARBAGE") == 0) {
		num_put_be16(b->p + 6, 7);
		buf_add_str(b, "\xc0\x0c\xff\xff garbage");
		return true;
	}
	n = (flags & TRUNCATED) != 0
		? 0
		: add_answers(s, b, name, type_name(type), 0);
	num_put_be16(b->p + 6, (uint16_t)n);
	if (n == 0 && (flags & TRUNCATED) == 0)
		add_soa(b);
	return true;
}

static void
udp_ready(void *ctx, int events)
{
	struct server *s = ctx;
	struct sockaddr_in from;
	socklen_t from_len = sizeof from;
	struct buf b = BUF_INIT(65535);
	char q[2000];
	ssize_t n = recvfrom(s->udp, q, sizeof q, MSG_DONTWAIT,
	    (struct sockaddr *)&from, &from_len);

	(void)events;
	if (n < 17)
		return;
	s->asked++;
	if (answer(s, q, (size_t)n, false, &b))
		(void)sendto(s->udp, b.p, b.len, 0,
		    (const struct sockaddr *)&from, from_len);
	buf_fini(&b);
}

/* One question of a client that does not dawdle. */
static void
tcp_ready(void *ctx, int events)
{
	struct server *s = ctx;
	struct pollfd p = {.events = POLLIN};
	struct buf b = BUF_INIT(65535);
	char q[2000], len[2];
	ssize_t n;

	(void)events;
	p.fd = accept(s->tcp, NULL, NULL);
	if (poll(&p, 1, 1000) == 1 && (n = recv(p.fd, q, sizeof q, 0)) > 19 &&
	    answer(s, q + 2, (size_t)n - 2, true, &b)) {
		s->asked_tcp++;
		num_put_be16(len, (uint16_t)b.len);
		(void)send(p.fd, len, 2, MSG_NOSIGNAL | MSG_MORE);
		(void)send(p.fd, b.p, b.len, MSG_NOSIGNAL);
	}
	(void)close(p.fd);
	buf_fini(&b);
}

/* Both sockets on the same port. */
static bool
bind_both(struct server *s)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof a;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	s->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(s->udp, (struct sockaddr *)&a, sizeof a) != 0 ||
	    getsockname(s->udp, (struct sockaddr *)&a, &len) != 0 ||
	    bind(s->tcp, (struct sockaddr *)&a, sizeof a) != 0) {
		(void)close(s->udp);
		(void)close(s->tcp);
		return false;
	}
	s->port = ntohs(a.sin_port);
	return listen(s->tcp, 10) == 0;
}

void
server_start(
    struct server *s, struct net_loop *loop, const struct server_row *rows)
{
	bool bound = false;

	memset(s, 0, sizeof *s);
	s->loop = loop;
	s->rows = rows;
	for (int i = 0; i < 20 && !bound; i++)
		bound = bind_both(s);
	OK(bound);
	(void)snprintf(s->address, sizeof s->address, "127.0.0.1:%u", s->port);
	s->on_udp = net_watch_new(loop, s->udp, udp_ready, s);
	s->on_tcp = net_watch_new(loop, s->tcp, tcp_ready, s);
	EQ_INT(net_watch_set(s->on_udp, NET_READ), ERR_OK);
	EQ_INT(net_watch_set(s->on_tcp, NET_READ), ERR_OK);
}

void
server_stop(struct server *s)
{
	net_watch_free(&s->on_udp);
	net_watch_free(&s->on_tcp);
	(void)close(s->udp);
	(void)close(s->tcp);
}
