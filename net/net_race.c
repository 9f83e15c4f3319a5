/* Attempts to connect side by side, each begun a little after the one before
 * it. */
#include "net/net_race.h"

#include <stdlib.h>

struct lane {
	struct net_race *race;
	struct net_connect *attempt; /* NULL: not begun, or failed */
	struct net_addr to;
};

struct net_race {
	struct net_loop *loop;
	struct net_timer step;
	void (*done)(void *ctx, enum err e, int fd, unsigned i);
	void *ctx;
	uint64_t others_ms, wait_ms;
	unsigned n, begun, failed;
	struct lane lane[];
};

void
net_race_free(struct net_race **rp)
{
	struct net_race *r = *rp;

	*rp = NULL;
	if (r == NULL)
		return;
	net_timer_clear(&r->step);
	for (unsigned i = 0; i < r->begun; i++)
		net_connect_free(&r->lane[i].attempt);
	free(r);
}

static void
over(struct net_race *r, enum err e, int fd, unsigned i)
{
	void (*done)(void *, enum err, int, unsigned) = r->done;
	void *ctx = r->ctx;

	net_race_free(&r);
	done(ctx, e, fd, i);
}

static void attempt_done(void *ctx, enum err e, int fd);

static bool
begin(struct net_race *r)
{
	struct lane *l = &r->lane[r->begun++];
	bool last = r->begun == r->n;

	if (!last)
		(void)net_timer_set(&r->step, NET_RACE_STEP_MS);
	l->attempt = net_connect_new(r->loop, &l->to, NULL,
	    last ? r->wait_ms : r->others_ms, attempt_done, l);
	return l->attempt != NULL;
}

/* Those that cannot even begin have failed, too; the race may be over then. */
static void
next(struct net_race *r)
{
	net_timer_clear(&r->step);
	while (r->begun < r->n && !begin(r))
		r->failed++;
	if (r->failed == r->n)
		over(r, ERR_IO, -1, r->n - 1);
}

static void
attempt_done(void *ctx, enum err e, int fd)
{
	struct lane *l = ctx;
	struct net_race *r = l->race;

	l->attempt = NULL;
	if (e == ERR_OK || ++r->failed == r->n)
		over(r, e, fd, (unsigned)(l - r->lane));
	else if (r->begun < r->n)
		next(r);
}

static void
on_step(void *ctx)
{
	next(ctx);
}

struct net_race *
net_race_new(struct net_loop *l, const struct net_addr *to, unsigned n,
    uint64_t others_ms, uint64_t wait_ms,
    void (*done)(void *ctx, enum err e, int fd, unsigned i), void *ctx)
{
	struct net_race *r = calloc(1, sizeof *r + n * sizeof r->lane[0]);

	if (r == NULL)
		return NULL;
	r->loop = l;
	r->done = done;
	r->ctx = ctx;
	r->n = n;
	r->others_ms = others_ms;
	r->wait_ms = wait_ms;
	net_timer_init(&r->step, l, on_step, r);
	for (unsigned i = 0; i < n; i++) {
		r->lane[i].race = r;
		r->lane[i].to = to[i];
	}
	if (!begin(r))
		net_race_free(&r);
	return r;
}
