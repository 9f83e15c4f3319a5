#ifndef AUTH_AUTH_LIMIT_H
#define AUTH_AUTH_LIMIT_H
/*
 * Slow guessing down, for all protocols together, by address unit and by login
 * name. Nobody is ever locked out: attempts wait, and the right password gets
 * in. Pure but for the memory; the caller brings the time.
 *
 * An address with too many failures waits before its password is looked at, so
 * that hanging up early wins nothing. A name with too many failures makes only
 * those addresses wait that have failed before: its owner elsewhere comes in at
 * once. Names that do not exist are counted like others.
 */
#include "auth/auth_lru.h"
#include "base/slice.h"
#include "net/net_addr.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	AUTH_LIMIT_MAX = 65536,     /* entries of each table */
	AUTH_LIMIT_FIRST_MS = 2000, /* first delay; one second more each */
	AUTH_LIMIT_LAST_MS = 15000, /* failure, up to this */
	AUTH_LIMIT_CLEAN = 3        /* failures an innocent address may have */
};

struct auth_limit_rule {
	unsigned failures; /* from this many in the window on: delay */
	uint64_t window_ms, ban_ms;
};

struct auth_limit {
	struct auth_lru by_addr, by_name;
	struct auth_limit_rule rule;
};

void auth_limit_init(struct auth_limit *l, const struct auth_limit_rule *r);
void auth_limit_fini(struct auth_limit *l);
/* New limits after a reload; what was counted stays. */
void auth_limit_set(struct auth_limit *l, const struct auth_limit_rule *r);
/* How long must an attempt from addr for name wait? Milliseconds. */
uint64_t auth_limit_wait(struct auth_limit *l, const struct net_addr *addr,
    struct slice name, uint64_t now_ms);
/* The password was wrong. */
void auth_limit_failed(struct auth_limit *l, const struct net_addr *addr,
    struct slice name, uint64_t now_ms);

struct auth_limit_row {              /* one that has to wait */
	const struct net_addr *addr; /* NULL: a name */
	struct slice name;
	unsigned failures;
	uint64_t delay_ms, until_ms; /* until: clock_mono_ms */
};
void auth_limit_list(struct auth_limit *l, uint64_t now_ms,
    void (*row)(void *ctx, const struct auth_limit_row *), void *ctx);
/* Forget an address (as text) or a name; how many were forgotten. */
unsigned auth_limit_lift(struct auth_limit *l, struct slice what);

#endif
