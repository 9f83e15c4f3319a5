#ifndef CTL_CTL_REMOVE_H
#define CTL_CTL_REMOVE_H
/* Accounts and aliases that go away. */
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_dir.h"

/*
 * First the names, so that nothing new comes in and nobody logs in; then the
 * mailbox, which the same commit says is to be removed: if we are interrupted,
 * or the server is, the store goes on with it by itself.
 */
int ctl_remove_user(struct ctl *c, const struct ctl_user *u);
/* All accounts and aliases of a domain. */
int ctl_remove_names(struct ctl *c, struct slice domain);

#endif
