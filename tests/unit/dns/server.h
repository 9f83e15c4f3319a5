#ifndef TESTS_UNIT_DNS_SERVER_H
#define TESTS_UNIT_DNS_SERVER_H
/*
 * A name server of a few lines, on a port of 127.0.0.1, in the loop of the
 * test. What is not in its table does not exist; a name of which there is some
 * type has no others.
 */
#include "base/buf.h"
#include "net/net_loop.h"

#include <stdbool.h>

struct server_row {
	const char *name, *type, *data;
	/* A 192.0.2.1; AAAA; CNAME host; MX "10 host" ("." none, "\1" an odd
	 * one); and, instead of a type: SERVFAIL, REFUSED, SILENT, GARBAGE,
	 * TRUNCATED (then whole, over TCP): all questions for name */
};

struct server {
	struct net_loop *loop;
	const struct server_row *rows; /* ends with a NULL name */
	int udp, tcp;
	struct net_watch *on_udp, *on_tcp;
	unsigned port, asked, asked_tcp;
	bool silent;
	char address[32]; /* "127.0.0.1:5353" */
};

void server_start(
    struct server *s, struct net_loop *loop, const struct server_row *rows);
void server_stop(struct server *s);

/* For packets by hand. */
void server_add_name(struct buf *b, const char *name);
void server_add_header(struct buf *b, unsigned id, unsigned flags,
    unsigned questions, unsigned answers);
void server_add_record(
    struct buf *b, const char *name, unsigned type, struct slice data);
void server_add_data(struct buf *b, const char *type, const char *data);

#endif
