/*
 * Promises of room: a transaction has a list of them, a mailbox has the sum of
 * those made in it.
 */
#include "store/store_reserve.h"

#include "base/list.h"

#include <stdlib.h>
#include <string.h>

struct box { /* a mailbox with promises */
	struct map_node node;
	uint64_t mailbox, octets;
	unsigned promises;
};

struct promise { /* of one transaction in one mailbox */
	struct list_node node;
	struct box *box;
	uint64_t octets;
};

struct tx {
	struct map_node node;
	uint64_t key[2]; /* owner, number */
	struct list promises;
};

enum err
store_reserve_init(struct store_reserve *r)
{
	map_init(&r->by_tx);
	map_init(&r->by_mailbox);
	return pthread_mutex_init(&r->mutex, NULL) == 0 ? ERR_OK : ERR_RETRY;
}

static struct slice
tx_key(const uint64_t key[2])
{
	return slice_of(key, 2 * sizeof key[0]);
}

static struct tx *
find_tx(const struct store_reserve *r, uint64_t owner, uint64_t tx)
{
	uint64_t key[2] = {owner, tx};
	struct map_node *n = map_get(&r->by_tx, tx_key(key));

	return n == NULL ? NULL : MAP_ITEM(n, struct tx, node);
}

static struct box *
find_box(const struct store_reserve *r, uint64_t mailbox)
{
	struct map_node *n =
	    map_get(&r->by_mailbox, slice_of(&mailbox, sizeof mailbox));

	return n == NULL ? NULL : MAP_ITEM(n, struct box, node);
}

static struct tx *
need_tx(struct store_reserve *r, uint64_t owner, uint64_t number)
{
	struct tx *t = find_tx(r, owner, number);

	if (t != NULL || (t = calloc(1, sizeof *t)) == NULL)
		return t;
	t->key[0] = owner;
	t->key[1] = number;
	list_init(&t->promises);
	if (map_put(&r->by_tx, &t->node, tx_key(t->key)) == ERR_OK)
		return t;
	free(t);
	return NULL;
}

static struct box *
need_box(struct store_reserve *r, uint64_t mailbox)
{
	struct box *b = find_box(r, mailbox);

	if (b != NULL || (b = calloc(1, sizeof *b)) == NULL)
		return b;
	b->mailbox = mailbox;
	if (map_put(&r->by_mailbox, &b->node,
		slice_of(&b->mailbox, sizeof b->mailbox)) == ERR_OK)
		return b;
	free(b);
	return NULL;
}

static struct promise *
find_promise(struct tx *t, const struct box *b)
{
	if (t != NULL && b != NULL)
		LIST_EACH(&t->promises, n)
		{
			struct promise *p = LIST_ITEM(n, struct promise, node);

			if (p->box == b)
				return p;
		}
	return NULL;
}

/* Boxes and transactions without promises go. */
static void
tidy(struct store_reserve *r, struct tx *t, struct box *b)
{
	if (b != NULL && b->promises == 0) {
		map_remove(&r->by_mailbox, &b->node);
		free(b);
	}
	if (t != NULL && list_empty(&t->promises)) {
		map_remove(&r->by_tx, &t->node);
		free(t);
	}
}

static enum err
promise(struct store_reserve *r, uint64_t owner, uint64_t number,
    uint64_t mailbox, uint64_t size)
{
	struct tx *t = need_tx(r, owner, number);
	struct box *b = need_box(r, mailbox);
	struct promise *p;

	if (t == NULL || b == NULL || (p = calloc(1, sizeof *p)) == NULL) {
		tidy(r, t, b);
		return ERR_RETRY;
	}
	p->box = b;
	p->octets = size;
	b->octets += size;
	b->promises++;
	list_push_back(&t->promises, &p->node);
	return ERR_OK;
}

static uint64_t
add_sat(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static enum err
try_add(struct store_reserve *r, uint64_t owner, uint64_t tx, uint64_t mailbox,
    uint64_t size, uint64_t used, uint64_t quota)
{
	struct box *b = find_box(r, mailbox);
	uint64_t taken = add_sat(used, b == NULL ? 0 : b->octets);

	if (find_promise(find_tx(r, owner, tx), b) != NULL)
		return ERR_OK;
	if (taken >= quota || size > quota - taken)
		return ERR_QUOTA;
	return size == 0 ? ERR_OK : promise(r, owner, tx, mailbox, size);
}

enum err
store_reserve_add(struct store_reserve *r, uint64_t owner, uint64_t tx,
    uint64_t mailbox, uint64_t size, uint64_t used, uint64_t quota)
{
	enum err e;

	if (quota == 0)
		return ERR_OK;
	(void)pthread_mutex_lock(&r->mutex);
	e = try_add(r, owner, tx, mailbox, size, used, quota);
	(void)pthread_mutex_unlock(&r->mutex);
	return e;
}

uint64_t
store_reserve_others(
    struct store_reserve *r, uint64_t owner, uint64_t tx, uint64_t mailbox)
{
	const struct promise *mine;
	const struct box *b;
	uint64_t octets = 0;

	(void)pthread_mutex_lock(&r->mutex);
	if ((b = find_box(r, mailbox)) != NULL) {
		mine = find_promise(find_tx(r, owner, tx), b);
		octets = b->octets - (mine == NULL ? 0 : mine->octets);
	}
	(void)pthread_mutex_unlock(&r->mutex);
	return octets;
}

static void
end(struct store_reserve *r, struct tx *t)
{
	struct list_node *n;

	while ((n = list_pop_front(&t->promises)) != NULL) {
		struct promise *p = LIST_ITEM(n, struct promise, node);

		p->box->octets -= p->octets;
		p->box->promises--;
		tidy(r, NULL, p->box);
		free(p);
	}
	tidy(r, t, NULL);
}

void
store_reserve_end(struct store_reserve *r, uint64_t owner, uint64_t tx)
{
	struct tx *t;

	(void)pthread_mutex_lock(&r->mutex);
	if ((t = find_tx(r, owner, tx)) != NULL)
		end(r, t);
	(void)pthread_mutex_unlock(&r->mutex);
}

/* all: whoever the owner is */
static void
end_owner(struct store_reserve *r, uint64_t owner, bool all)
{
	struct map_node *n = map_next(&r->by_tx, NULL), *next;

	for (; n != NULL; n = next) {
		struct tx *t = MAP_ITEM(n, struct tx, node);

		next = map_next(&r->by_tx, n);
		if (all || t->key[0] == owner)
			end(r, t);
	}
}

void
store_reserve_owner_gone(struct store_reserve *r, uint64_t owner)
{
	(void)pthread_mutex_lock(&r->mutex);
	end_owner(r, owner, false);
	(void)pthread_mutex_unlock(&r->mutex);
}

void
store_reserve_fini(struct store_reserve *r)
{
	end_owner(r, 0, true);
	map_fini(&r->by_tx);
	map_fini(&r->by_mailbox);
	(void)pthread_mutex_destroy(&r->mutex);
}
