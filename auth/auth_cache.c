/* Verified passwords. Entries are put in the order in which they expire, so
 * that expired ones are always at the old end. */
#include "auth/auth_cache.h"

#include "base/secret.h"

#include <stdlib.h>

struct entry {
	struct auth_lru_node node;
	struct list_node same_bucket;
	struct auth_who who;
	uint64_t until_ms;
	uint8_t digest[MAC_LEN];
	char name[sizeof((struct msg_text *)0)->s];
};

static struct list *
bucket(struct auth_cache *c, uint64_t account)
{
	return &c->account[account % AUTH_CACHE_BUCKETS];
}

static void
leaving(struct auth_lru *t, struct auth_lru_node *n)
{
	struct auth_cache *c = LIST_ITEM(t, struct auth_cache, table);
	struct entry *e = LIST_ITEM(n, struct entry, node);

	list_remove(bucket(c, e->who.account), &e->same_bucket);
	secret_wipe(e->digest, sizeof e->digest);
}

void
auth_cache_init(struct auth_cache *c, struct mac *d)
{
	auth_lru_init(&c->table, AUTH_CACHE_MAX, leaving);
	for (unsigned i = 0; i < AUTH_CACHE_BUCKETS; i++)
		list_init(&c->account[i]);
	c->digest = d;
}

void
auth_cache_fini(struct auth_cache *c)
{
	auth_lru_fini(&c->table);
}

void
auth_cache_clear(struct auth_cache *c)
{
	auth_lru_clear(&c->table);
}

static struct entry *
find(const struct auth_cache *c, struct slice key)
{
	struct auth_lru_node *n = auth_lru_get(&c->table, key);

	return n == NULL ? NULL : LIST_ITEM(n, struct entry, node);
}

static enum err
digest(struct auth_cache *c, struct slice key, struct slice password,
    uint8_t out[MAC_LEN])
{
	const struct slice pieces[] = {SLICE("password"), key, password};

	return mac_run(c->digest, pieces, 3, out);
}

static void
expire(struct auth_cache *c, uint64_t now_ms)
{
	struct auth_lru_node *n;

	while ((n = auth_lru_oldest(&c->table)) != NULL &&
	       LIST_ITEM(n, struct entry, node)->until_ms <= now_ms)
		auth_lru_drop(&c->table, n);
}

void
auth_cache_put(struct auth_cache *c, struct slice name, struct slice password,
    const struct auth_who *who, uint64_t until_ms)
{
	struct entry *e = calloc(1, sizeof *e), *old;
	struct slice key;

	if (e == NULL)
		return;
	key = auth_lru_fold(name, e->name, sizeof e->name);
	if (key.len < name.len ||
	    digest(c, key, password, e->digest) != ERR_OK) {
		free(e);
		return;
	}
	e->who = *who;
	e->until_ms = until_ms;
	if ((old = find(c, key)) != NULL)
		auth_lru_drop(&c->table, &old->node);
	if (auth_lru_put(&c->table, &e->node, key) == ERR_OK)
		list_push_back(bucket(c, who->account), &e->same_bucket);
}

bool
auth_cache_get(struct auth_cache *c, struct slice name, struct slice password,
    uint64_t now_ms, struct auth_who *who_out)
{
	char space[sizeof((struct msg_text *)0)->s];
	struct slice key = auth_lru_fold(name, space, sizeof space);
	uint8_t given[MAC_LEN];
	const struct entry *e;
	bool same;

	expire(c, now_ms);
	if (key.len < name.len || (e = find(c, key)) == NULL)
		return false;
	same = digest(c, key, password, given) == ERR_OK &&
	       secret_eq(given, e->digest, sizeof given) &&
	       e->until_ms > now_ms; /* a reload may change the order */
	if (same)
		*who_out = e->who;
	secret_wipe(given, sizeof given);
	return same;
}

void
auth_cache_forget(struct auth_cache *c, uint64_t account)
{
	struct list *l = bucket(c, account);

	LIST_EACH_SAFE(l, n)
	{
		struct entry *e = LIST_ITEM(n, struct entry, same_bucket);

		if (e->who.account == account)
			auth_lru_drop(&c->table, &e->node);
	}
}
