#ifndef CTL_CTL_FORWARD_H
#define CTL_CTL_FORWARD_H
/*
 * Where an account's mail is forwarded to. As text: addresses parted by commas;
 * the account's own among them: its mailbox gets a copy.
 */
#include "base/buf.h"
#include "base/err.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_targets.h"
#include "store/store_record.h"

#include <stdbool.h>

struct ctl_forward {
	struct ctl_targets targets;
	bool keep; /* the mailbox gets a copy */
};
void ctl_forward_init(struct ctl_forward *f);
void ctl_forward_fini(struct ctl_forward *f);
/* One more, of the account `own`. SYNTAX: no address; TOOBIG: too many. */
enum err ctl_forward_add(
    struct ctl_forward *f, struct slice own, struct slice target);
/* All of a list. */
enum err ctl_forward_read(
    struct ctl_forward *f, struct slice own, struct slice list);
/* May the account lead there? EX_OK, or a status with a message. */
int ctl_forward_check(
    struct ctl *c, struct slice own, const struct ctl_forward *f);
/* Append the list of an account; nothing when it does not forward. */
void ctl_forward_write(struct buf *b, const struct store_account *a);

#endif
