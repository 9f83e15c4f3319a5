#ifndef CTL_CTL_TOTAL_H
#define CTL_CTL_TOTAL_H
/* What a mailbox holds, in figures. */
#include "base/err.h"
#include "ctl/ctl_cmd.h"

#include <stdint.h>

struct ctl_total {
	uint64_t count, octets;           /* messages */
	uint64_t gone_count, gone_octets; /* removed, can be brought back */
	uint64_t login_us; /* last opened by its owner; 0: never */
};
enum err ctl_total(struct ctl *c, uint64_t mailbox, struct ctl_total *out);

#endif
