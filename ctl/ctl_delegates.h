#ifndef CTL_CTL_DELEGATES_H
#define CTL_CTL_DELEGATES_H
/*
 * Who may send as an account: addresses, and "@domain" for everybody of a local
 * domain. As text they are parted by commas.
 */
#include "base/buf.h"
#include "base/err.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_targets.h"
#include "store/store_record.h"

/* One more. SYNTAX: neither address nor "@domain"; TOOBIG: too many. */
enum err ctl_delegates_add(struct ctl_targets *t, struct slice one);
/* All of a list. */
enum err ctl_delegates_read(struct ctl_targets *t, struct slice list);
/* Are they all here? EX_OK, or a status with a message. */
int ctl_delegates_check(struct ctl *c, const struct ctl_targets *t);
/* Append the list of an account; nothing when it has none. */
void ctl_delegates_write(struct buf *b, const struct store_account *a);

#endif
