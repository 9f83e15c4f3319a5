/*
 * Output that gathers during a turn of the loop: a list of chunks that are
 * written from the front without moving what is behind. Most replies fit into
 * one small chunk; where more is written, chunks are as large as a TLS record
 * and go around between the streams of a loop.
 */
#include "net/net_priv.h"

#include "base/secret.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

enum {
	CHUNK_LARGE = 16384, /* RFC 8446, section 5.1: longest record */
	CHUNK_SMALL = 1024 - sizeof(void *) - 3 * sizeof(size_t),
	SPARES_MAX = 64,
};

struct net_chunk {
	struct net_chunk *next;
	size_t cap, head, tail; /* data[head..tail) is to be sent */
	char data[];
};

static struct net_chunk *
chunk_new(struct net_shared *sh, size_t cap)
{
	struct net_chunk *c = sh->spare;

	if (cap == CHUNK_LARGE && c != NULL) {
		sh->spare = c->next;
		sh->spares--;
	} else if ((c = malloc(sizeof *c + cap)) == NULL) {
		return NULL;
	}
	c->next = NULL;
	c->cap = cap;
	c->head = c->tail = 0;
	return c;
}

static void
chunk_free(struct net_shared *sh, struct net_chunk *c)
{
	if (c->cap != CHUNK_LARGE || sh->spares >= SPARES_MAX) {
		free(c);
		return;
	}
	c->next = sh->spare;
	sh->spare = c;
	sh->spares++;
}

static void
pop(struct net_out *o, struct net_shared *sh)
{
	struct net_chunk *c = o->first;

	o->first = c->next;
	if (o->first == NULL)
		o->last = NULL;
	if (o->secret)
		secret_wipe(c->data, c->tail);
	chunk_free(sh, c);
}

static void
push(struct net_out *o, struct net_chunk *c)
{
	if (o->last == NULL)
		o->first = c;
	else
		o->last->next = c;
	o->last = c;
}

char *
net_out_reserve(struct net_out *o, struct net_shared *sh, size_t n)
{
	struct net_chunk *c = o->last, *small = NULL;
	size_t kept = 0, cap;

	if (c != NULL && c->cap - c->tail >= n)
		return c->data + c->tail;
	/* A small chunk that is outgrown moves into the one that follows it:
	 * one record and one vector less. */
	if (c != NULL && c->cap == CHUNK_SMALL) {
		small = c;
		kept = c->tail - c->head;
	}
	if (n > SIZE_MAX / 2)
		return NULL;
	cap = n + kept > CHUNK_LARGE          ? n + kept
	      : c == NULL && n <= CHUNK_SMALL ? CHUNK_SMALL
					      : CHUNK_LARGE;
	if ((c = chunk_new(sh, cap)) == NULL)
		return NULL;
	if (small != NULL) { /* it is the only one */
		memcpy(c->data, small->data + small->head, kept);
		c->tail = kept;
		pop(o, sh);
	}
	push(o, c);
	return c->data + c->tail;
}

void
net_out_commit(struct net_out *o, size_t n)
{
	assert(o->last != NULL && n <= o->last->cap - o->last->tail);
	o->last->tail += n;
	o->unsent += n;
}

bool
net_out_add(struct net_out *o, struct net_shared *sh, struct slice data)
{
	while (data.len > 0) {
		struct net_chunk *c = o->last;
		size_t n = c == NULL ? 0 : c->cap - c->tail;
		char *p;

		/* the rest of this chunk, or else of the next one */
		if (n == 0 || c->cap == CHUNK_SMALL)
			n = CHUNK_LARGE / 2;
		if (n > data.len)
			n = data.len;
		if ((p = net_out_reserve(o, sh, n)) == NULL)
			return false;
		memcpy(p, data.p, n);
		net_out_commit(o, n);
		data = slice_skip(data, n);
	}
	return true;
}

size_t
net_out_iov(const struct net_out *o, size_t limit, struct iovec *iov)
{
	size_t count = 0;

	for (struct net_chunk *c = o->first;
	     c != NULL && limit > 0 && count < NET_OUT_IOV; c = c->next) {
		size_t n = c->tail - c->head;

		if (n == 0)
			continue;
		if (n > limit)
			n = limit;
		iov[count].iov_base = c->data + c->head;
		iov[count++].iov_len = n;
		limit -= n;
	}
	return count;
}

void
net_out_sent(struct net_out *o, struct net_shared *sh, size_t n)
{
	assert(n <= o->unsent);
	o->unsent -= n;
	while (o->first != NULL) {
		struct net_chunk *c = o->first;
		size_t part = c->tail - c->head < n ? c->tail - c->head : n;

		c->head += part;
		n -= part;
		if (c->head < c->tail)
			return;
		pop(o, sh);
	}
	o->secret = false;
}

void
net_out_drop(struct net_out *o, struct net_shared *sh)
{
	while (o->first != NULL)
		pop(o, sh);
	o->unsent = 0;
}

void
net_shared_fini(struct net_shared *sh)
{
	struct net_chunk *c;

	while ((c = sh->spare) != NULL) {
		sh->spare = c->next;
		free(c);
	}
	free(sh->scratch);
	*sh = (struct net_shared){0};
}
