/* Accounts that come into being. */
#include "ctl/ctl_account.h"

#include "base/clock.h"

enum err
ctl_name_free(struct ctl *c, struct slice name, bool *alias_out)
{
	struct buf value = BUF_INIT(STORE_VALUE_MAX);
	struct store_name n = {0};
	enum err e = ctl_name_get(c, name, &value, &n, NULL);

	*alias_out = e == ERR_OK && n.type == STORE_ALIAS;
	buf_fini(&value);
	if (e == ERR_OK)
		return ERR_EXISTS;
	return e == ERR_NOENT ? ERR_OK : e;
}

void
ctl_account_new(
    const struct ctl_new_user *u, const uint64_t ids[2], struct ctl_changes *s)
{
	uint64_t now = clock_wall_us();
	struct store_account a = {
	    .name = mime_addr_slice(&u->addr),
	    .hash = u->hash,
	    .scram = u->scram,
	    .state = u->locked ? STORE_SUSPENDED : STORE_ACTIVE,
	    .mailbox = ids[1],
	    .quota = u->quota,
	    .forward = u->forward,
	    .keep = u->keep,
	    .delegates = u->delegates,
	    .created_us = u->created_us != 0 ? u->created_us : now,
	    .password_us = u->password_us != 0 ? u->password_us : now,
	};
	struct store_name n = {.type = STORE_MAILBOX, .account = ids[0]};

	ctl_change_account(s, ids[0], &a, 0);
	ctl_change_name(s, a.name, &n, 0);
}
