#include "pair.h"

#include "../unit.h"
#include "../unit_pair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
free_if(struct pair *p, bool wanted)
{
	if (wanted)
		net_stream_free(&p->s);
}

static size_t
on_input(void *ctx, struct slice in)
{
	struct pair *p = ctx;
	size_t n = in.len;

	p->inputs++;
	p->last_len = in.len;
	if (p->input != NULL)
		n = p->input(p, in);
	buf_add(&p->got, in.p, n);
	free_if(p, p->free_in_input);
	return n;
}

static void
on_drained(void *ctx)
{
	struct pair *p = ctx;

	p->drained++;
	free_if(p, p->free_in_drained);
}

static void
on_secured(void *ctx, enum err e)
{
	struct pair *p = ctx;

	p->secured++;
	p->secured_err = e;
	free_if(p, p->free_in_secured);
}

static void
on_closed(void *ctx, enum err why)
{
	struct pair *p = ctx;

	p->closed++;
	p->closed_err = why;
	free_if(p, p->free_in_closed);
}

const struct net_stream_ops pair_ops = {
    .input = on_input,
    .drained = on_drained,
    .secured = on_secured,
    .closed = on_closed,
};

void
pair_open_with(struct pair *p, size_t in_max,
    size_t (*input)(struct pair *p, struct slice in))
{
	int fd[2];

	*p = (struct pair){.input = input};
	buf_init(&p->got, 64 * 1024 * 1024);
	OK(unit_pair(fd));
	p->loop = net_loop_new();
	p->s = net_stream_new(p->loop, fd[0], in_max, &pair_ops, p);
	p->fd = fd[1];
	OK(p->s != NULL);
}

void
pair_open(struct pair *p, size_t in_max)
{
	pair_open_with(p, in_max, NULL);
}

void
pair_close(struct pair *p)
{
	net_stream_free(&p->s);
	OK(p->s == NULL);
	if (p->fd >= 0)
		close(p->fd);
	buf_fini(&p->got);
	net_loop_free(&p->loop);
}

void
pair_settle(struct pair *p)
{
	for (int i = 0; i < 20; i++)
		net_loop_turn(p->loop, 0);
}

void
pair_send(struct pair *p, const char *text)
{
	size_t n = strlen(text);

	OK(send(p->fd, text, n, MSG_NOSIGNAL) == (ssize_t)n);
}

bool
pair_recv(struct pair *p, struct buf *out)
{
	char block[65536];
	ssize_t n;

	while ((n = recv(p->fd, block, sizeof block, 0)) > 0)
		buf_add(out, block, (size_t)n);
	return n < 0 && errno == EAGAIN;
}

void
pair_expect(struct pair *p, const char *text)
{
	struct buf b = BUF_INIT(1024 * 1024);

	pair_settle(p);
	(void)pair_recv(p, &b);
	EQ_STR(buf_cstr(&b), text);
	buf_fini(&b);
}

size_t
pair_take_lines(struct pair *p, struct slice in)
{
	size_t n = slice_rfind(in, '\n');

	(void)p;
	return n == in.len ? 0 : n + 1;
}

size_t
pair_take_none(struct pair *p, struct slice in)
{
	(void)p;
	(void)in;
	return 0;
}

size_t
pair_take_line_pause(struct pair *p, struct slice in)
{
	size_t n = slice_find(in, '\n');

	if (n == in.len)
		return 0;
	net_stream_pause(p->s, true);
	return n + 1;
}

char *
pair_pattern(size_t n)
{
	char *p = malloc(n);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i * 31 + i / 251);
	return p;
}
