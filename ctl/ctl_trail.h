#ifndef CTL_CTL_TRAIL_H
#define CTL_CTL_TRAIL_H
/* The story of messages: what was decided about each, and why. */
#include "base/err.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_rpc.h"

#include <stdint.h>

/*
 * Print the events of the messages that ask is about, since since_us (0: all),
 * oldest message first: a line each, or with --json an object each. events_out:
 * how many. IO: standard output failed.
 */
enum err ctl_trail_print(struct ctl *c, const struct ctl_trail_ask *ask,
    uint64_t since_us, uint64_t *events_out);

#endif
