/* What a mailbox holds, in figures. */
#include "ctl/ctl_total.h"

#include "ctl/ctl_rpc.h"

static void
take(void *ctx, struct slice row)
{
	struct ctl_total *t = ctx;

	t->count = ctl_row_u64(row, "messages");
	t->octets = ctl_row_u64(row, "octets");
	t->gone_count = ctl_row_u64(row, "gone_messages");
	t->gone_octets = ctl_row_u64(row, "gone_octets");
	t->login_us = ctl_row_u64(row, "last_open_us");
}

enum err
ctl_total(struct ctl *c, uint64_t mailbox, struct ctl_total *out)
{
	enum err e;

	*out = (struct ctl_total){0};
	e = ctl_rpc_control(
	    c->rpc, CONTROL_TOTALS, mailbox, 0, SLICE_NONE, take, out, NULL);
	/* nothing has come yet */
	return e == ERR_NOENT ? ERR_OK : e;
}
