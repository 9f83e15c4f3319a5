#ifndef AUTH_AUTH_CACHE_H
#define AUTH_AUTH_CACHE_H
/*
 * Passwords that were right a moment ago, as keyed digests, so that a client
 * that polls costs neither a hash nor a query. An entry lives for a fixed time
 * from its verification on, however often it is used.
 */
#include "auth/auth_lru.h"
#include "base/err.h"
#include "base/mac.h"
#include "base/slice.h"
#include "proc/msg.h"

#include <stdbool.h>
#include <stdint.h>

struct auth_who { /* an account as the fronts and the store know it */
	uint64_t account, mailbox, version;
	struct msg_text name; /* canonical */
};

enum {
	AUTH_CACHE_MAX = 65536,   /* entries */
	AUTH_CACHE_BUCKETS = 4096 /* by account, for auth_cache_forget */
};

struct auth_cache {
	struct auth_lru table; /* by login name as given, case folded */
	struct list account[AUTH_CACHE_BUCKETS];
	struct mac *digest; /* borrowed */
};

void auth_cache_init(struct auth_cache *c, struct mac *d);
void auth_cache_fini(struct auth_cache *c);
/* This password for this name was right, of this account. */
void auth_cache_put(struct auth_cache *c, struct slice name,
    struct slice password, const struct auth_who *who, uint64_t until_ms);
/* Is it known to be right? */
bool auth_cache_get(struct auth_cache *c, struct slice name,
    struct slice password, uint64_t now_ms, struct auth_who *who_out);
/* The account has changed. */
void auth_cache_forget(struct auth_cache *c, uint64_t account);
void auth_cache_clear(struct auth_cache *c);

#endif
