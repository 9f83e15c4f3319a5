/* What waits to go out, in one line: for `status`. */
#include "base/clock.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_queue.h"
#include "ctl/ctl_text.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))

struct numbers {
	uint64_t messages, recipients, deferred, held, active, oldest_us;
	uint64_t max;
	struct mail_id last;
	bool more; /* there are others behind those */
};

static const struct ctl_column columns[] = {
    {NULL, "queue_messages",   CTL_NUMBER},
    {NULL, "queue_recipients", CTL_NUMBER},
    {NULL, "queue_deferred",   CTL_NUMBER},
    {NULL, "queue_held",       CTL_NUMBER},
    {NULL, "queue_active",     CTL_NUMBER},
    {NULL, "queue_oldest",     CTL_TIME  },
    {NULL, "queue_more",       CTL_TEXT  },
};

static enum err
count(void *ctx, const struct ctl_queued *q)
{
	struct numbers *n = ctx;

	if (n->recipients == n->max) {
		n->more = true;
		return ERR_TOOBIG;
	}
	if (n->recipients == 0 || mail_id_cmp(&n->last, &q->key.id) != 0) {
		n->messages++;
		n->last = q->key.id;
	}
	n->recipients++;
	n->deferred += q->out.state == STORE_OUT_DEFERRED;
	n->held += q->out.state == STORE_OUT_HELD;
	n->active += q->out.state == STORE_OUT_SENDING;
	if (n->oldest_us == 0 || q->out.since_us < n->oldest_us)
		n->oldest_us = q->out.since_us;
	return ERR_OK;
}

static int
print_json(const struct ctl *c, const struct numbers *n)
{
	struct ctl_table *t = ctl_table_begin(c, columns, NITEMS(columns));

	ctl_put_u64(t, n->messages);
	ctl_put_u64(t, n->recipients);
	ctl_put_u64(t, n->deferred);
	ctl_put_u64(t, n->held);
	ctl_put_u64(t, n->active);
	ctl_put_u64(t, n->oldest_us);
	ctl_put_bool(t, n->more);
	ctl_row_end(t);
	return ctl_table_end(&t) ? EX_OK : EX_IOERR;
}

static int
print_line(const struct numbers *n)
{
	struct buf text = BUF_INIT(256);

	buf_addf(&text, "queue: %s%llu %s, %llu %s; ",
	    n->more ? "at least " : "", CTL_N(n->messages, "message"),
	    CTL_N(n->recipients, "recipient"));
	if (n->recipients > 0) {
		buf_add_str(&text, "oldest ");
		ctl_text_span(&text, n->oldest_us, clock_wall_us());
		buf_add_str(&text, "; ");
	}
	printf("%s%llu deferred; %llu held; %llu active\n", buf_cstr(&text),
	    (unsigned long long)n->deferred, (unsigned long long)n->held,
	    (unsigned long long)n->active);
	buf_fini(&text);
	return ferror(stdout) ? EX_IOERR : EX_OK;
}

int
ctl_queue_numbers(struct ctl *c, uint64_t max)
{
	struct numbers n = {.max = max};
	struct ctl_filter all;
	int status;
	enum err e;

	memset(&all, 0, sizeof all);
	e = ctl_queue_each(c, &all, count, &n);
	if (n.more)
		e = ERR_OK;
	if (e != ERR_OK && e != ERR_CORRUPT)
		return ctl_fail_err(e, "queue", SLICE_NONE);
	status = c->json ? print_json(c, &n) : print_line(&n);
	if (e == ERR_CORRUPT)
		status = ctl_fail_err(e, "queue", SLICE_NONE);
	return status;
}
