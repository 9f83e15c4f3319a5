/* What is due, in memory: every record is looked at for each destination, which
 * a test can afford. */
#include "store/mem/mem_priv.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_OCTETS = 512 * 1024 };

struct due { /* a record that has its time */
	uint64_t us;
	struct store_out_key key;
};

static bool
waits(const struct store_out *o)
{
	return o->state != STORE_OUT_SENDING && o->state != STORE_OUT_HELD;
}

static bool
is_skipped(const struct store_take *op, uint64_t dest)
{
	for (unsigned i = 0; i < op->nskip; i++)
		if (op->skip[i] == dest)
			return true;
	return false;
}

static enum err
open_at(struct store *s, size_t i, struct mem_letter *l)
{
	return mem_letter_open(s, &s->queue.out[i]->key, l);
}

/* The lowest destination behind `after`, of which something waits. */
static bool
next_dest(struct store *s, uint64_t after, uint64_t *out)
{
	struct mem_letter l;
	bool found = false;

	for (size_t i = 0; i < s->queue.n; i++) {
		uint64_t dest;

		if (open_at(s, i, &l) != ERR_OK || !waits(&l.out))
			continue;
		dest = mem_out_dest(&l.out);
		if ((after != UINT64_MAX && dest <= after) ||
		    (found && dest >= *out))
			continue;
		*out = dest;
		found = true;
	}
	return found;
}

static int
earlier(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	if (x->us != y->us)
		return x->us < y->us ? -1 : 1;
	return memcmp(&x->key, &y->key, sizeof x->key);
}

/* All that waits for dest, by time; new */
static struct due *
list_dest(struct store *s, uint64_t dest, size_t *n)
{
	struct due *d = calloc(s->queue.n + 1, sizeof *d);
	struct mem_letter l;

	*n = 0;
	for (size_t i = 0; d != NULL && i < s->queue.n; i++)
		if (open_at(s, i, &l) == ERR_OK && waits(&l.out) &&
		    mem_out_dest(&l.out) == dest)
			d[(*n)++] = (struct due){l.out.next_us, l.rcpt->key};
	if (d != NULL)
		qsort(d, *n, sizeof *d, earlier);
	return d;
}

static bool
is_suspended(struct store *s, uint64_t account)
{
	struct buf value = BUF_INIT(STORE_VALUE_MAX);
	struct store_account a;
	bool yes = account != 0 &&
		   mem_account(s, account, &value, &a) == ERR_OK &&
		   a.state == STORE_SUSPENDED;

	buf_fini(&value);
	return yes;
}

static enum err
hold(struct store *s, struct mem_letter *l)
{
	struct store_out o = l->out;
	struct store_trail t = {.event = STORE_EV_HELD,
	    .addr = o.addr,
	    .reply = SLICE("account suspended")};
	enum err e = mem_trail_add(s, &l->rcpt->key.id, &t, SLICE_NONE);

	o.state = STORE_OUT_HELD;
	o.code = 0;
	o.status = o.host = SLICE_NONE;
	o.reply = t.reply;
	return e == ERR_OK ? mem_letter_put(s, l, &o) : e;
}

static enum err
take_one(struct store *s, struct store_take *op, struct mem_letter *l,
    struct mail_id *last)
{
	struct store_out_row row = {l->rcpt->key, SLICE_NONE, SLICE_NONE};
	struct store_out o = l->out;
	enum err e;

	o.was = o.state;
	o.state = STORE_OUT_SENDING;
	l->rcpt->was_due_us = o.next_us;
	o.next_us = op->now_us;
	if ((e = mem_letter_put(s, l, &o)) != ERR_OK)
		return e;
	if (op->n == 0 || mail_id_cmp(last, &row.key.id) != 0)
		row.envelope = buf_slice(&l->mail->envelope);
	row.out = buf_slice(&l->rcpt->record);
	store_out_rows_add(op->rows, &row);
	*last = row.key.id;
	op->n++;
	return op->rows->err != ERR_OK ? ERR_RETRY : ERR_OK;
}

static bool
is_full(const struct store_take *op)
{
	return op->n >= op->rows_max || op->rows->len > ROWS_OCTETS;
}

static enum err
take_dest(struct store *s, struct store_take *op, uint64_t dest)
{
	struct mem_letter l;
	struct mail_id last;
	size_t n, i;
	unsigned messages = 0;
	struct due *d = list_dest(s, dest, &n);
	enum err e = d == NULL ? ERR_RETRY : ERR_OK;

	memset(&last, 0, sizeof last);
	for (i = 0; i < n && e == ERR_OK; i++) {
		messages +=
		    i == 0 || mail_id_cmp(&d[i].key.id, &d[i - 1].key.id) != 0;
		if (d[i].us > op->now_us || messages > op->per_dest ||
		    is_full(op))
			break;
		if ((e = mem_letter_open(s, &d[i].key, &l)) != ERR_OK)
			break;
		e = l.out.report == 0 && is_suspended(s, l.env.account)
			? hold(s, &l)
			: take_one(s, op, &l, &last);
	}
	if (i < n && d[i].us < op->next_us)
		op->next_us = d[i].us;
	free(d);
	return e;
}

enum err
mem_take(struct store *s, struct store_take *op)
{
	uint64_t at = op->after, dest = 0;
	unsigned looked = 0;
	enum err e = ERR_OK;

	op->n = 0;
	op->next_us = UINT64_MAX;
	op->at = op->after == UINT64_MAX ? 0 : op->after;
	op->more = false;
	if (op->only != UINT64_MAX) {
		op->at = op->only;
		return take_dest(s, op, op->only);
	}
	while (e == ERR_OK && next_dest(s, at, &dest)) {
		if ((op->more = looked >= op->dests_max || is_full(op)))
			break;
		if (!is_skipped(op, dest)) {
			e = take_dest(s, op, dest);
			looked++;
		}
		op->at = at = dest;
	}
	return e;
}
