#ifndef CTL_CTL_BOX_H
#define CTL_CTL_BOX_H
/* An open mailbox: its rows in memory, and the lease that keeps others out. */
#include "ctl/ctl_cmd.h"
#include "proc/mail_id.h"
#include "store/store_row.h"

#include <stddef.h>
#include <stdint.h>

struct ctl_message {
	struct mail_id id;
	uint64_t octets;
	unsigned flags; /* STORE_ROW_ */
	char uidl[72];  /* as POP3 shows it */
	bool own_uidl;  /* it is just the id */
};
struct ctl_box {
	uint64_t lease;
	struct ctl_message *message;
	size_t n, cap;
	enum err err; /* a row was not understood, or memory ran out */
};
/*
 * Waits some seconds for a client that is logged in. ERR_BUSY: it stays.
 * Always close.
 */
enum err ctl_box_open(struct ctl *c, uint64_t mailbox, struct ctl_box *out);
void ctl_box_close(struct ctl *c, struct ctl_box *b);

#endif
