/* How much waits to go out: counted, and in one line for `status`. */
#include "base/clock.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_queue.h"
#include "ctl/ctl_text.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))

struct numbers {
	struct ctl_queue_totals sum;
	uint64_t max;
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

void
ctl_queue_count(struct ctl_queue_totals *t, const struct ctl_queued *q)
{
	if (t->recipients == 0 || mail_id_cmp(&t->last, &q->key.id) != 0) {
		t->messages++;
		t->octets += q->env.octets;
		t->last = q->key.id;
	}
	t->recipients++;
	t->deferred += q->out.state == STORE_OUT_DEFERRED;
	t->held += q->out.state == STORE_OUT_HELD;
	t->active += q->out.state == STORE_OUT_SENDING;
	if (t->oldest_us == 0 || q->out.since_us < t->oldest_us)
		t->oldest_us = q->out.since_us;
}

static enum err
count(void *ctx, const struct ctl_queued *q)
{
	struct numbers *n = ctx;

	if (n->sum.recipients == n->max) {
		n->more = true;
		return ERR_TOOBIG;
	}
	ctl_queue_count(&n->sum, q);
	return ERR_OK;
}

static int
print_json(const struct ctl *c, const struct numbers *n)
{
	const struct ctl_queue_totals *s = &n->sum;
	struct ctl_table *t = ctl_table_begin(c, columns, NITEMS(columns));

	ctl_put_u64(t, s->messages);
	ctl_put_u64(t, s->recipients);
	ctl_put_u64(t, s->deferred);
	ctl_put_u64(t, s->held);
	ctl_put_u64(t, s->active);
	ctl_put_u64(t, s->oldest_us);
	ctl_put_bool(t, n->more);
	ctl_row_end(t);
	return ctl_table_end(&t) ? EX_OK : EX_IOERR;
}

static int
print_line(const struct numbers *n)
{
	const struct ctl_queue_totals *s = &n->sum;
	struct buf text = BUF_INIT(256);

	buf_addf(&text, "queue: %s%llu %s, %llu %s; ",
	    n->more ? "at least " : "", CTL_N(s->messages, "message"),
	    CTL_N(s->recipients, "recipient"));
	if (s->recipients > 0) {
		buf_add_str(&text, "oldest ");
		ctl_text_span(&text, s->oldest_us, clock_wall_us());
		buf_add_str(&text, "; ");
	}
	printf("%s%llu deferred; %llu held; %llu active\n", buf_cstr(&text),
	    (unsigned long long)s->deferred, (unsigned long long)s->held,
	    (unsigned long long)s->active);
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
