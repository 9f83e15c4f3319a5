#ifndef TESTS_UNIT_NET_PAIR_H
#define TESTS_UNIT_NET_PAIR_H
/* A stream of ours on one end of a socket pair, the test on the other. */
#include "base/buf.h"
#include "net/net_stream.h"

struct pair {
	struct net_loop *loop;
	struct net_stream *s;
	int fd;          /* the far end; non-blocking */
	struct buf got;  /* all that `input` has taken */
	size_t last_len; /* what `input` was offered last */
	int inputs, drained, secured, closed; /* calls */
	enum err secured_err, closed_err;

	/* What `input` does; NULL: takes all. */
	size_t (*input)(struct pair *p, struct slice in);
	bool free_in_input, free_in_drained, free_in_secured, free_in_closed;
};

extern const struct net_stream_ops pair_ops;
void pair_open(struct pair *p, size_t in_max);
/* With the input function set from the start. */
void pair_open_with(struct pair *p, size_t in_max,
    size_t (*input)(struct pair *p, struct slice in));
void pair_close(struct pair *p);
/* Let the loop turn until nothing more happens. */
void pair_settle(struct pair *p);
/* Write to the far end. */
void pair_send(struct pair *p, const char *text);
/* Append what has arrived at the far end; returns false at end of file. */
bool pair_recv(struct pair *p, struct buf *out);
/* Compare what has arrived at the far end. */
void pair_expect(struct pair *p, const char *text);
/* The usual `input`s: whole lines; nothing; one octet; see the .c */
size_t pair_take_lines(struct pair *p, struct slice in);
size_t pair_take_none(struct pair *p, struct slice in);
/* One line, then pause. */
size_t pair_take_line_pause(struct pair *p, struct slice in);
/* n octets, each one different from its neighbours; to be freed */
char *pair_pattern(size_t n);

#endif
