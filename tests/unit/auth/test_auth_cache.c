#include "auth/auth_cache.h"

#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct auth_cache *cache;
static struct mac *digest;

static void
setup(void)
{
	cache = malloc(sizeof *cache);
	digest = mac_new_random();
	OK(cache != NULL && digest != NULL);
	auth_cache_init(cache, digest);
}

static void
teardown(void)
{
	auth_cache_fini(cache);
	mac_free(&digest);
	free(cache);
}

static struct auth_who
who(uint64_t account)
{
	struct auth_who w = {
	    account, account + 1000, 7, {0, {0}}
        };

	msg_text_set(&w.name, SLICE("ann@example.test"));
	return w;
}

static bool
knows(const char *name, const char *password, uint64_t now_ms)
{
	struct auth_who w;

	return auth_cache_get(
	    cache, slice_str(name), slice_str(password), now_ms, &w);
}

TEST(cache_right_and_wrong)
{
	struct auth_who w = who(1), got;

	setup();
	auth_cache_put(cache, SLICE("Ann@Example.test"), SLICE("pw"), &w, 100);
	OK(auth_cache_get(
	    cache, SLICE("ann@example.TEST"), SLICE("pw"), 50, &got));
	EQ_INT(got.account, 1);
	EQ_INT(got.mailbox, 1001);
	EQ_SLICE(msg_text_get(&got.name), "ann@example.test");
	OK(!knows("ann@example.test", "pW", 50));
	OK(!knows("ann@example.test", "", 50));
	OK(!knows("bob@example.test", "pw", 50));
	OK(!knows("", "pw", 50));
	teardown();
}

TEST(cache_expires_however_often_used)
{
	struct auth_who w = who(1);

	setup();
	auth_cache_put(cache, SLICE("a"), SLICE("pw"), &w, 100);
	for (uint64_t t = 0; t < 100; t += 10)
		OK(knows("a", "pw", t));
	OK(!knows("a", "pw", 100));
	OK(auth_lru_oldest(&cache->table) == NULL); /* memory is given back */
	teardown();
}

TEST(cache_shorter_life_after_a_reload)
{
	struct auth_who w = who(1);

	setup();
	auth_cache_put(cache, SLICE("a"), SLICE("pw"), &w, 1000);
	auth_cache_put(cache, SLICE("b"), SLICE("pw"), &w, 100);
	OK(!knows("b", "pw", 500)); /* behind one that still lives */
	OK(knows("a", "pw", 500));
	teardown();
}

TEST(cache_new_password_replaces)
{
	struct auth_who w = who(1);

	setup();
	auth_cache_put(cache, SLICE("a"), SLICE("one"), &w, 100);
	auth_cache_put(cache, SLICE("a"), SLICE("two"), &w, 100);
	OK(!knows("a", "one", 0));
	OK(knows("a", "two", 0));
	EQ_INT(cache->table.map.count, 1);
	teardown();
}

TEST(cache_forgets_accounts)
{
	struct auth_who one = who(1), same_bucket = who(1 + AUTH_CACHE_BUCKETS);

	setup();
	auth_cache_put(cache, SLICE("a"), SLICE("pw"), &one, 100);
	auth_cache_put(cache, SLICE("alias"), SLICE("pw"), &one, 100);
	auth_cache_put(cache, SLICE("b"), SLICE("pw"), &same_bucket, 100);
	auth_cache_forget(cache, 1);
	OK(!knows("a", "pw", 0));
	OK(!knows("alias", "pw", 0));
	OK(knows("b", "pw", 0));
	auth_cache_forget(cache, 1);
	auth_cache_clear(cache);
	OK(!knows("b", "pw", 0));
	teardown();
}

TEST(cache_bounded)
{
	struct auth_who w = who(1);
	char name[400];

	setup();
	for (unsigned i = 0; i < AUTH_CACHE_MAX + 10u; i++) {
		snprintf(name, sizeof name, "u%u", i);
		auth_cache_put(cache, slice_str(name), SLICE("pw"), &w, 100);
	}
	EQ_INT(cache->table.map.count, AUTH_CACHE_MAX);
	OK(!knows("u9", "pw", 0));
	OK(knows("u10", "pw", 0));
	/* a name that is too long for the key is not cached under a part */
	memset(name, 'x', sizeof name);
	auth_cache_put(
	    cache, slice_of(name, sizeof name), SLICE("pw"), &w, 100);
	OK(!auth_cache_get(
	    cache, slice_of(name, sizeof name), SLICE("pw"), 0, &w));
	OK(!auth_cache_get(cache, slice_of(name, 326), SLICE("pw"), 0, &w));
	teardown();
}
