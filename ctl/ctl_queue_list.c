/* queue list: a line for each message, or for each part of it that fares
 * differently; each goes out at once, so that any number may wait. */
#include "base/clock.h"
#include "base/num.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_queue.h"
#include "ctl/ctl_text.h"

#include <stdio.h>
#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))

enum { ADDR_MAX = STORE_NAME_MAX + 1, WHY_MAX = 1200 };

/* Recipients of one message, behind each other, in the same state for the same
 * reason: one line. */
struct line {
	struct mail_id id;
	enum store_out_state state;
	uint64_t octets, since_us, next_us;
	uint32_t attempts;
	unsigned recipients;
	char from[ADDR_MAX], to[ADDR_MAX];
	struct buf why;
};

struct listing {
	const struct ctl *c;
	struct ctl_table *json; /* NULL: lines */
	uint64_t now_us;
	struct ctl_queue_totals sum;
	struct line line; /* gathered, not yet printed: recipients > 0 */
	struct buf why;   /* of the next one */
	bool titled;
};

/* "451 4.7.1 greylisted (mx.example.org[192.0.2.1]:25)" */
static void
add_why(struct buf *b, const struct store_out *o)
{
	buf_reset(b);
	ctl_text_reply(b, o->code, o->status, o->reply);
	if (o->host.len > 0)
		buf_addf(
		    b, "%s(%.*s)", b->len > 0 ? " " : "", SLICE_ARG(o->host));
}

/* --- lines -----------------------------------------------------------------
 */

static void
print_titles(struct listing *l)
{
	if (l->titled)
		return;
	l->titled = true;
	ctl_text_cell(SLICE("ID"), MAIL_ID_HEX);
	ctl_text_cell(SLICE("AGE"), -4);
	ctl_text_cell(SLICE("SIZE"), -7);
	ctl_text_cell(SLICE("TRY"), -3);
	ctl_text_cell(SLICE("NEXT"), -4);
	ctl_text_cell(SLICE("FROM"), 24);
	ctl_text_cell(SLICE("TO"), 24);
	printf("STATUS\n");
}

static void
add_next(struct buf *b, const struct listing *l)
{
	switch (l->line.state) {
	case STORE_OUT_HELD:
		buf_add_char(b, '-');
		break;
	case STORE_OUT_SENDING:
		buf_add_str(b, "now");
		break;
	case STORE_OUT_DUE:
	case STORE_OUT_DEFERRED:
	case STORE_OUT_DOUBT:
	case STORE_OUT_REPORT:
		if (l->line.next_us <= l->now_us)
			buf_add_str(b, "now");
		else
			ctl_text_span(b, l->now_us, l->line.next_us);
		break;
	}
}

static void
print_numbers(struct listing *l)
{
	struct buf text = BUF_INIT(64);

	ctl_text_span(&text, l->line.since_us, l->now_us);
	ctl_text_cell(buf_slice(&text), -4);
	buf_reset(&text);
	num_add_size_human(&text, l->line.octets);
	ctl_text_cell(buf_slice(&text), -7);
	buf_reset(&text);
	buf_add_u64(&text, l->line.attempts);
	ctl_text_cell(buf_slice(&text), -3);
	buf_reset(&text);
	add_next(&text, l);
	ctl_text_cell(buf_slice(&text), -4);
	buf_fini(&text);
}

static void
print_line(struct listing *l)
{
	struct line *x = &l->line;
	struct buf to = BUF_INIT(ADDR_MAX + 32);
	char hex[MAIL_ID_HEX];

	if (x->recipients == 0)
		return;
	print_titles(l);
	mail_id_hex(&x->id, hex);
	ctl_text_cell(slice_of(hex, sizeof hex), MAIL_ID_HEX);
	print_numbers(l);
	ctl_text_cell(
	    x->from[0] == '\0' ? SLICE("<>") : slice_str(x->from), 24);
	buf_add_str(&to, x->to);
	if (x->recipients > 1)
		buf_addf(&to, " +%u", x->recipients - 1);
	ctl_text_cell(buf_slice(&to), 24);
	ctl_print_safe(slice_str(store_out_state_name(x->state)));
	if (x->why.len > 0)
		printf(": ");
	ctl_print_safe(buf_slice(&x->why));
	putchar('\n');
	x->recipients = 0;
	buf_fini(&to);
}

/* Is it to be told of in the same line? */
static bool
same_line(const struct listing *l, const struct ctl_queued *q)
{
	return l->line.recipients > 0 &&
	       mail_id_cmp(&l->line.id, &q->key.id) == 0 &&
	       l->line.state == q->out.state &&
	       slice_eq(buf_slice(&l->line.why), buf_slice(&l->why));
}

static void
begin_line(struct listing *l, const struct ctl_queued *q)
{
	struct line *x = &l->line;

	x->id = q->key.id;
	x->state = q->out.state;
	x->octets = q->env.octets;
	x->since_us = q->out.since_us;
	x->next_us = q->out.next_us;
	x->attempts = 0;
	(void)slice_to_str(q->env.from, x->from, sizeof x->from);
	(void)slice_to_str(q->out.addr, x->to, sizeof x->to);
	buf_reset(&x->why);
	buf_add_slice(&x->why, buf_slice(&l->why));
}

static void
take_line(struct listing *l, const struct ctl_queued *q)
{
	struct line *x = &l->line;

	add_why(&l->why, &q->out);
	if (!same_line(l, q)) {
		print_line(l);
		begin_line(l, q);
	}
	x->recipients++;
	if (q->out.attempts > x->attempts)
		x->attempts = q->out.attempts;
	if (q->out.next_us < x->next_us)
		x->next_us = q->out.next_us;
}

/* --- JSON: an object for each recipient ------------------------------------
 */

static const struct ctl_column columns[] = {
    {NULL, "id",       CTL_TEXT  },
    {NULL, "n",        CTL_NUMBER},
    {NULL, "from",     CTL_TEXT  },
    {NULL, "to",       CTL_TEXT  },
    {NULL, "state",    CTL_TEXT  },
    {NULL, "queued",   CTL_TIME  },
    {NULL, "next",     CTL_TIME  },
    {NULL, "attempts", CTL_NUMBER},
    {NULL, "octets",   CTL_NUMBER},
    {NULL, "last",     CTL_TIME  },
    {NULL, "code",     CTL_NUMBER},
    {NULL, "status",   CTL_TEXT  },
    {NULL, "reply",    CTL_TEXT  },
    {NULL, "host",     CTL_TEXT  },
};

static void
put_json(struct ctl_table *t, const struct ctl_queued *q)
{
	const struct store_out *o = &q->out;
	char hex[MAIL_ID_HEX];

	mail_id_hex(&q->key.id, hex);
	ctl_put_text(t, slice_of(hex, sizeof hex));
	ctl_put_u64(t, q->key.n);
	ctl_put_text(t, q->env.from);
	ctl_put_text(t, o->addr);
	ctl_put_text(t, slice_str(store_out_state_name(o->state)));
	ctl_put_u64(t, o->since_us);
	ctl_put_u64(t, o->state == STORE_OUT_HELD ? 0 : o->next_us);
	ctl_put_u64(t, o->attempts);
	ctl_put_u64(t, q->env.octets);
	ctl_put_u64(t, o->last_us);
	ctl_put_u64(t, o->code);
	ctl_put_text(t, o->status);
	ctl_put_text(t, o->reply);
	ctl_put_text(t, o->host);
	ctl_row_end(t);
}

/* --- all -------------------------------------------------------------------
 */

static enum err
list_one(void *ctx, const struct ctl_queued *q)
{
	struct listing *l = ctx;

	ctl_queue_count(&l->sum, q);
	if (l->json != NULL)
		put_json(l->json, q);
	else
		take_line(l, q);
	return ferror(stdout) ? ERR_CLOSED : ERR_OK;
}

static void
print_totals(const struct listing *l)
{
	const struct ctl_queue_totals *t = &l->sum;
	struct buf text = BUF_INIT(256);

	buf_addf(&text, "%llu %s, %llu %s, ", CTL_N(t->messages, "message"),
	    CTL_N(t->recipients, "recipient"));
	num_add_size_human(&text, t->octets);
	if (t->recipients > 0) {
		buf_add_str(&text, "; oldest ");
		ctl_text_span(&text, t->oldest_us, l->now_us);
	}
	printf("%s; %llu held; %llu active\n", buf_cstr(&text),
	    (unsigned long long)t->held, (unsigned long long)t->active);
	buf_fini(&text);
}

int
ctl_queue_list(struct ctl *c)
{
	struct listing l = {.c = c, .now_us = clock_wall_us()};
	struct ctl_filter f;
	int status = ctl_filter_init(&f, c, 0);
	enum err e = ERR_OK;

	buf_init(&l.why, WHY_MAX);
	buf_init(&l.line.why, WHY_MAX);
	if (status == EX_OK) {
		if (c->json)
			l.json = ctl_table_begin(c, columns, NITEMS(columns));
		e = ctl_queue_each(c, &f, list_one, &l);
		print_line(&l);
		if (c->json)
			(void)ctl_table_end(&l.json);
		else if (e == ERR_OK || e == ERR_CORRUPT)
			print_totals(&l);
	}
	if (e != ERR_OK)
		status = ctl_fail_err(e, "queue", SLICE_NONE);
	buf_fini(&l.why);
	buf_fini(&l.line.why);
	ctl_filter_fini(&f);
	return status;
}
