/*
 * Questions to the store. Asking twice does no harm, so what is open when the
 * store goes away is asked again when it is back; all within a bounded time.
 */
#include "auth/auth_priv.h"

static struct slice
key(const struct auth_ask *a)
{
	return slice_of(&a->id, sizeof a->id);
}

static void
finish(struct auth_ask *a, const struct auth_answer *answer)
{
	auth_ask_cancel(a);
	a->answer(a, answer);
}

static void
due(void *ctx)
{
	finish(ctx, &(struct auth_answer){.err = ERR_RETRY});
}

void
auth_ask_init(struct auth_ask *a, struct auth_proc *p,
    enum err (*send)(struct auth_ask *, struct chan *, uint64_t),
    void (*answer)(struct auth_ask *, const struct auth_answer *))
{
	a->send = send;
	a->answer = answer;
	a->p = p;
	a->id = 0;
	net_timer_init(&a->timer, p->loop, due, a);
}

/* What cannot be sent, or is sent in vain, ends by its timer. */
void
auth_ask_start(struct auth_ask *a)
{
	uint64_t wait_ms = AUTH_STORE_MS;

	a->id = ++a->p->last_ask;
	if (map_put(&a->p->asks, &a->map, key(a)) != ERR_OK) {
		a->id = 0;
		wait_ms = 0;
	} else if (a->p->store != NULL) {
		(void)a->send(a, a->p->store, a->id);
	}
	(void)net_timer_set(&a->timer, wait_ms);
}

void
auth_ask_cancel(struct auth_ask *a)
{
	net_timer_clear(&a->timer);
	if (a->id != 0)
		map_remove(&a->p->asks, &a->map);
	a->id = 0;
}

void
auth_ask_done(
    struct auth_proc *p, uint64_t id, const struct auth_answer *answer)
{
	struct map_node *n = map_get(&p->asks, slice_of(&id, sizeof id));

	if (n != NULL)
		finish(MAP_ITEM(n, struct auth_ask, map), answer);
}

void
auth_ask_again(struct auth_proc *p)
{
	for (struct map_node *n = map_next(&p->asks, NULL); n != NULL;
	     n = map_next(&p->asks, n)) {
		struct auth_ask *a = MAP_ITEM(n, struct auth_ask, map);

		(void)a->send(a, p->store, a->id);
	}
}
