/* Where the recipients of a message lead, in memory. */
#include "base/clock.h"
#include "proc/msg.h"
#include "store/mem/mem_priv.h"

#include <stdlib.h>

const uint8_t mem_srs_key[MIME_SRS_KEY] = {'m', 'e', 'm'};

void
mem_plan_fini(struct mem_plan *p)
{
	store_dests_fini(&p->d);
	free(p->box);
	free(p->far);
	free(p->told);
}

/* An import names the mailbox. */
static enum err
add_mailbox(struct store_dests *d, uint64_t mailbox)
{
	struct store_dest *grown;

	for (unsigned i = 0; i < d->n; i++)
		if (d->dest[i].mailbox == mailbox)
			return ERR_OK;
	grown = realloc(d->dest, (d->n + 1) * sizeof *grown);
	if (grown == NULL)
		return ERR_RETRY;
	d->dest = grown;
	d->cap = d->n + 1;
	d->dest[d->n++] = (struct store_dest){.mailbox = mailbox};
	return ERR_OK;
}

static enum err
route_one(struct store *s, const struct store_deliver *op,
    const struct store_rcpt *r, struct mem_plan *p)
{
	struct store_route_how how = {.relay = op->relay,
	    .report = p->report,
	    .from = op->from,
	    .loops = op->loops,
	    .srs_key = mem_srs_key,
	    .day = clock_wall_us() / MEM_DAY_US};
	enum err e;

	if (r->mailbox != 0)
		return add_mailbox(&p->d, r->mailbox);
	e = store_route(&s->getter, s->conf, &how, r->addr, &p->d);
	return e == ERR_DENIED ? ERR_NOENT : e;
}

/* What is new since the last recipient is this one's. */
static enum err
assign(struct store_rcpt **of, unsigned *n, unsigned now,
    const struct store_rcpt *r)
{
	struct store_rcpt *grown;

	if (now == *n)
		return ERR_OK;
	if ((grown = realloc(*of, now * sizeof *grown)) == NULL)
		return ERR_RETRY;
	*of = grown;
	while (*n < now)
		grown[(*n)++] = *r;
	return ERR_OK;
}

/* NOTIFY=SUCCESS (RFC 3461, section 5.2.7): said of a mailbox here, and of a
 * list of several, whose members then say nothing. */
static enum err
note_success(struct mem_plan *p, const struct store_deliver *op,
    const struct store_rcpt *r, unsigned boxes, unsigned far)
{
	struct mem_told *grown;

	if ((r->notify & STORE_NOTIFY_SUCCESS) == 0 || op->from.len == 0 ||
	    (op->flags & MSG_DELIVER_IMPORT) != 0 || (boxes == 0 && far == 1))
		return ERR_OK;
	for (unsigned i = p->nfar - far; i < p->nfar; i++)
		p->far[i].notify &= ~(unsigned)STORE_NOTIFY_SUCCESS;
	grown = realloc(p->told, (p->ntold + 1) * sizeof *grown);
	if (grown == NULL)
		return ERR_RETRY;
	p->told = grown;
	grown[p->ntold].rcpt = *r;
	grown[p->ntold++].what =
	    boxes + far > 1 ? STORE_REPORT_EXPANDED : STORE_REPORT_DELIVERED;
	return ERR_OK;
}

static enum err
plan_one(struct store *s, const struct store_deliver *op,
    const struct store_rcpt *r, struct mem_plan *p)
{
	unsigned boxes = p->d.n, far = p->d.nremotes;
	enum err e;

	if ((e = route_one(s, op, r, p)) != ERR_OK ||
	    (e = assign(&p->box, &p->nbox, p->d.n, r)) != ERR_OK ||
	    (e = assign(&p->far, &p->nfar, p->d.nremotes, r)) != ERR_OK)
		return e;
	return note_success(p, op, r, p->d.n - boxes, p->d.nremotes - far);
}

enum err
mem_plan_make(
    struct store *s, const struct store_deliver *op, struct mem_plan *p)
{
	struct slice rest = op->rcpts;
	struct store_rcpt r;
	enum err e;

	while ((e = store_rcpt_next(&rest, &r)) == ERR_OK)
		if ((e = plan_one(s, op, &r, p)) != ERR_OK)
			return e;
	if (e != ERR_NOENT)
		return e;
	return p->d.n + p->d.nremotes == 0 ? ERR_NOENT : ERR_OK;
}
