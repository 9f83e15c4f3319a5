#ifndef TESTS_UNIT_CTL_RIG_QUEUE_H
#define TESTS_UNIT_CTL_RIG_QUEUE_H
/* Mail that waits in the store of a rig: what smtp and relay would do to it. */
#include "store/store_queue.h"
#include "tests/unit/ctl/rig.h"

/* One message from a program on this machine; rcpts: parted by blanks. */
void rig_submit(struct ctl_rig *r, const char *from, const char *rcpts,
    const char *text, struct mail_id *id_out);
/*
 * All that is due is tried: what goes to this domain ends like this (o's key is
 * filled in), the rest is given back. domain NULL: nothing is given back, but
 * stays SENDING.
 */
void rig_try(struct ctl_rig *r, const char *domain, struct store_outcome o);
/* text with ids as ID, and times, ages and process-made names of a run that
 * differ as T; a static string */
const char *rig_plain(const char *text, const struct mail_id *id);

#endif
