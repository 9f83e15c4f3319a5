/*
 * Tickets: a map with a random key (so that the time a look-up takes tells
 * nothing about tickets that exist) and a list by last use.
 */
#include "store/store_ticket.h"

#include "base/clock.h"
#include "base/secret.h"

#include <stdlib.h>

enum {
	USE_MS = 2 * 3600 * 1000,  /* an SMTP session with one long message */
	LIFE_MS = 24 * 3600 * 1000 /* of a submission ticket */
};

static struct slice
key(const struct msg_ticket *ticket)
{
	return slice_of(ticket->b, sizeof ticket->b);
}

void
store_tickets_init(struct store_tickets *t)
{
	map_init(&t->map);
	list_init(&t->used);
}

void
store_ticket_end(struct store_tickets *t, struct store_ticket *k)
{
	map_remove(&t->map, &k->by_ticket);
	list_remove(&t->used, &k->node);
	secret_wipe(k, sizeof *k);
	free(k);
}

static struct store_ticket *
oldest(const struct store_tickets *t)
{
	return LIST_ITEM(t->used.head.next, struct store_ticket, node);
}

void
store_tickets_fini(struct store_tickets *t)
{
	while (!list_empty(&t->used))
		store_ticket_end(t, oldest(t));
	map_fini(&t->map);
}

static bool
is_zero(const struct msg_ticket *ticket)
{
	static const struct msg_ticket zero;

	return secret_eq(ticket, &zero, sizeof zero);
}

static uint64_t
add_sat(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

enum err
store_ticket_add(struct store_tickets *t, const struct msg_ticket_new *m)
{
	uint64_t now = clock_mono_ms();
	struct store_ticket *k;
	enum err e;

	if (is_zero(&m->ticket))
		return ERR_DENIED;
	if (t->map.count >= STORE_TICKETS_MAX)
		store_ticket_end(t, oldest(t));
	if ((k = calloc(1, sizeof *k)) == NULL)
		return ERR_RETRY;
	k->ticket = m->ticket;
	k->account = m->account;
	k->mailbox = m->mailbox;
	k->protocol = m->protocol;
	k->expires_ms = add_sat(now, m->ttl_ms);
	k->last_ms = now + LIFE_MS;
	if ((e = map_put(&t->map, &k->by_ticket, key(&k->ticket))) != ERR_OK) {
		free(k);
		return e == ERR_EXISTS ? e : ERR_RETRY;
	}
	list_push_back(&t->used, &k->node);
	return ERR_OK;
}

struct store_ticket *
store_ticket_use(struct store_tickets *t, const struct msg_ticket *ticket,
    uint32_t protocol, uint64_t owner)
{
	struct map_node *n = map_get(&t->map, key(ticket));
	uint64_t now = clock_mono_ms();
	struct store_ticket *k;

	if (n == NULL)
		return NULL;
	k = MAP_ITEM(n, struct store_ticket, by_ticket);
	if (k->protocol != protocol || (k->owner != 0 && k->owner != owner))
		return NULL;
	if (k->expires_ms <= now) {
		store_ticket_end(t, k);
		return NULL;
	}
	k->owner = owner;
	if (protocol == MSG_PROTO_SUBMISSION)
		k->expires_ms =
		    now + USE_MS < k->last_ms ? now + USE_MS : k->last_ms;
	list_remove(&t->used, &k->node);
	list_push_back(&t->used, &k->node);
	return k;
}

/* End those for which `dead` says so. */
static void
end_some(struct store_tickets *t,
    bool (*dead)(const struct store_ticket *, uint64_t), uint64_t arg)
{
	LIST_EACH_SAFE(&t->used, n)
	{
		struct store_ticket *k =
		    LIST_ITEM(n, struct store_ticket, node);

		if (dead(k, arg))
			store_ticket_end(t, k);
	}
}

static bool
of_account(const struct store_ticket *k, uint64_t account)
{
	return k->account == account;
}

static bool
of_owner(const struct store_ticket *k, uint64_t owner)
{
	return k->owner == owner;
}

static bool
has_expired(const struct store_ticket *k, uint64_t now)
{
	return k->expires_ms <= now;
}

void
store_tickets_account_gone(struct store_tickets *t, uint64_t account)
{
	end_some(t, of_account, account);
}

void
store_tickets_owner_gone(struct store_tickets *t, uint64_t owner)
{
	end_some(t, of_owner, owner);
}

void
store_tickets_sweep(struct store_tickets *t)
{
	end_some(t, has_expired, clock_mono_ms());
}
