/* Message ids for mail from elsewhere, and a checksum for it. */
#include "ctl/ctl_id.h"

#include "base/num.h"

#include <string.h>

uint64_t
ctl_sum(uint64_t sum, struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		sum ^= (unsigned char)s.p[i];
		sum *= UINT64_C(0x100000001b3); /* wraps on purpose */
	}
	return sum;
}

void
ctl_id_make(
    uint64_t us, struct slice uidl, struct slice message, struct mail_id *out)
{
	uint64_t sum = ctl_sum(CTL_SUM_INIT, uidl);

	sum = ctl_sum(sum, SLICE("\n"));
	num_put_be64(out->b, us);
	num_put_be64(out->b + 8, ctl_sum(sum, message));
}
