#ifndef CTL_CTL_ACCOUNT_H
#define CTL_CTL_ACCOUNT_H
/* Accounts that come into being: by `user add`, an import or quickstart. */
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_dir.h"
#include "ctl/ctl_secret.h"

struct ctl_new_user {
	struct mime_addr addr; /* canonical */
	uint64_t quota;
	bool locked;
	struct slice hash, scram; /* borrowed */
	struct slice forward;     /* as in store_account; borrowed */
	bool keep;
	struct slice delegates; /* the same */
	uint64_t created_us, password_us; /* 0: now */
};
/*
 * Add the account and its name to s; both must not exist. ids: two of
 * ctl_rpc_new_ids, for account and mailbox. Its domain is the caller's to
 * check.
 */
void ctl_account_new(
    const struct ctl_new_user *u, const uint64_t ids[2], struct ctl_changes *s);
/* ERR_OK: nobody has this name; ERR_EXISTS; else what went wrong. *alias_out:
 * an alias has it. */
enum err ctl_name_free(struct ctl *c, struct slice name, bool *alias_out);

#endif
