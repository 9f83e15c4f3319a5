/* When did an account log in last? Only asked where POP3 has a LOGIN-DELAY. */
#include "auth/auth_priv.h"
#include "base/clock.h"

#include <stdlib.h>

struct last_login {
	struct auth_lru_node node;
	uint64_t account, at_ms;
};

bool
auth_delay_too_soon(struct auth_proc *p, uint64_t account)
{
	uint64_t delay_ms = p->conf->pop3.login_delay_ms;
	uint64_t now_ms = clock_mono_ms();
	struct slice key = slice_of(&account, sizeof account);
	struct auth_lru_node *n;
	struct last_login *l;

	if (delay_ms == 0)
		return false;
	if ((n = auth_lru_get(&p->last_login, key)) != NULL) {
		l = LIST_ITEM(n, struct last_login, node);
		if (now_ms - l->at_ms < delay_ms)
			return true;
		l->at_ms = now_ms;
		auth_lru_renew(&p->last_login, n);
		return false;
	}
	if ((l = calloc(1, sizeof *l)) == NULL)
		return false;
	l->account = account;
	l->at_ms = now_ms;
	(void)auth_lru_put(
	    &p->last_login, &l->node, slice_of(&l->account, sizeof l->account));
	return false;
}
