#ifndef CTL_CTL_TARGETS_H
#define CTL_CTL_TARGETS_H
/* Where an alias leads: a list of addresses, and whether one may join it. */
#include "base/buf.h"
#include "base/slice.h"
#include "ctl/ctl_cmd.h"
#include "mime/mime_addr.h"

#include <stdbool.h>

struct ctl_targets {
	struct buf text; /* as in struct store_name: each ended by '\n' */
	unsigned n;
};
void ctl_targets_init(struct ctl_targets *t, struct slice targets);
void ctl_targets_fini(struct ctl_targets *t);
bool ctl_targets_has(const struct ctl_targets *t, struct slice target);
/* EX_OK, or a status with a message: too many. */
int ctl_targets_add(struct ctl_targets *t, struct slice target);
/* false: it was not there */
bool ctl_targets_remove(struct ctl_targets *t, struct slice target);

/*
 * May the alias, or account, of this name lead to target? One of a local domain
 * must be there, and must not come back to the name; one elsewhere may always.
 * EX_OK, or a status with a message.
 */
int ctl_target_check(
    struct ctl *c, struct slice name, const struct mime_addr *target);

#endif
