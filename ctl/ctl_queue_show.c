/* queue show: one message that waits, with all that is known of it. */
#include "base/clock.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_queue.h"
#include "ctl/ctl_rpc.h"
#include "ctl/ctl_text.h"
#include "ctl/ctl_trail.h"
#include "store/store_rcpt.h"

#include <stdio.h>
#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))

enum { HEADER_MAX = 256 * 1024, WHY_MAX = 1200 };

static const struct ctl_column envelope[] = {
    {"Id",          "id",         CTL_TEXT },
    {"From",        "from",       CTL_TEXT },
    {"Size",        NULL,         CTL_SIZE },
    {NULL,          "octets",     CTL_SIZE },
    {"Accepted",    "accepted",   CTL_TIME },
    {"Waiting",     "waiting",    CTL_COUNT},
    {"Recipients",  "recipients", CTL_COUNT},
    {"Envelope id", "envid",      CTL_TEXT },
    {"Return",      "ret",        CTL_TEXT },
    {"SMTPUTF8",    "smtputf8",   CTL_TEXT },
    {"8BITMIME",    "8bitmime",   CTL_TEXT },
};
static const struct ctl_column recipient[] = {
    {"TO",     "to",       CTL_TEXT },
    {"STATE",  "state",    CTL_TEXT },
    {"TRY",    "attempts", CTL_COUNT},
    {"LAST",   "last",     CTL_TIME },
    {"NEXT",   "next",     CTL_TIME },
    {"NOTIFY", "notify",   CTL_TEXT },
    {NULL,     "orcpt",    CTL_TEXT },
    {"SENDER", "sender",   CTL_TEXT },
    {NULL,     "code",     CTL_COUNT},
    {NULL,     "status",   CTL_TEXT },
    {NULL,     "host",     CTL_TEXT },
    {"REASON", "reply",    CTL_TEXT },
};

struct showing {
	struct ctl *c;
	struct ctl_table *t;
	bool begun;
};

static void
put_or_none(struct ctl_table *t, struct slice s)
{
	if (s.len == 0)
		ctl_put_none(t);
	else
		ctl_put_text(t, s);
}

static void
show_envelope(struct ctl *c, const struct ctl_queued *q)
{
	struct ctl_table *t = ctl_table_begin(c, envelope, NITEMS(envelope));
	const struct store_envelope *v = &q->env;
	char hex[MAIL_ID_HEX];

	ctl_table_upright(t);
	mail_id_hex(&q->key.id, hex);
	ctl_put_text(t, slice_of(hex, sizeof hex));
	ctl_put_text(t, v->from.len == 0 && !c->json ? SLICE("<>") : v->from);
	ctl_put_u64(t, v->octets);
	ctl_put_u64(t, v->octets);
	ctl_put_u64(t, v->made_us);
	ctl_put_u64(t, v->left);
	ctl_put_u64(t, v->rcpts);
	put_or_none(t, v->envid);
	put_or_none(t, v->ret == 1   ? SLICE("full")
		       : v->ret == 2 ? SLICE("hdrs")
				     : SLICE_NONE);
	ctl_put_bool(t, (v->flags & STORE_ENV_UTF8) != 0);
	ctl_put_bool(t, (v->flags & STORE_ENV_8BIT) != 0);
	ctl_row_end(t);
	(void)ctl_table_end(&t);
	if (!c->json)
		putchar('\n');
}

static void
put_notify(struct ctl_table *t, uint32_t notify)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
	    {STORE_NOTIFY_NEVER,   "never"  },
	    {STORE_NOTIFY_SUCCESS, "success"},
	    {STORE_NOTIFY_FAILURE, "failure"},
	    {STORE_NOTIFY_DELAY,   "delay"  },
	};
	struct slice given[NITEMS(names)];
	unsigned n = 0;

	for (size_t i = 0; i < NITEMS(names); i++)
		if ((notify & names[i].bit) != 0)
			given[n++] = slice_str(names[i].name);
	ctl_put_list(t, given, n);
}

static void
put_recipient(struct showing *s, const struct store_out *o)
{
	struct buf why = BUF_INIT(WHY_MAX);

	ctl_put_text(s->t, o->addr);
	ctl_put_text(s->t, slice_str(store_out_state_name(o->state)));
	ctl_put_u64(s->t, o->attempts);
	ctl_put_u64(s->t, o->last_us);
	ctl_put_u64(s->t, o->state == STORE_OUT_HELD ? 0 : o->next_us);
	put_notify(s->t, o->notify);
	put_or_none(s->t, o->orcpt);
	put_or_none(s->t, o->sender);
	ctl_put_u64(s->t, o->code);
	put_or_none(s->t, o->status);
	put_or_none(s->t, o->host);
	if (!s->c->json) {
		ctl_text_reply(&why, o->code, o->status, o->reply);
		if (o->host.len > 0)
			buf_addf(&why, " (%.*s)", SLICE_ARG(o->host));
	}
	put_or_none(s->t, s->c->json ? o->reply : buf_slice(&why));
	ctl_row_end(s->t);
	buf_fini(&why);
}

static enum err
show_one(void *ctx, const struct ctl_queued *q)
{
	struct showing *s = ctx;

	if (!s->begun) {
		show_envelope(s->c, q);
		s->t = ctl_table_begin(s->c, recipient, NITEMS(recipient));
	}
	s->begun = true;
	put_recipient(s, &q->out);
	return ERR_OK;
}

/* --- header ----------------------------------------------------------------
 */

/* ERR_LIMIT: enough has come. */
static enum err
take_piece(void *ctx, struct slice piece)
{
	struct buf *b = ctx;

	buf_add_slice(b, slice_first(piece, HEADER_MAX - b->len));
	return b->len == HEADER_MAX || slice_find_slice(buf_slice(b),
					   SLICE("\r\n\r\n")) < b->len
		   ? ERR_LIMIT
		   : b->err;
}

/* Tabs are what folded lines begin with, and stay. */
static void
print_line(struct slice line)
{
	struct slice part;
	bool more;

	do {
		more = slice_cut(&line, '\t', &part);
		ctl_print_safe(part);
		putchar(more ? '\t' : '\n');
	} while (more);
}

static void
print_header(struct ctl *c, struct slice header)
{
	static const struct ctl_column column[] = {
	    {NULL, "header", CTL_TEXT}
        };
	struct ctl_table *t;
	struct slice line;

	if (c->json) {
		t = ctl_table_begin(c, column, 1);
		ctl_put_text(t, header);
		ctl_row_end(t);
		(void)ctl_table_end(&t);
		return;
	}
	putchar('\n');
	while (header.len > 0) {
		slice_cut(&header, '\n', &line);
		print_line(slice_first(line, slice_find(line, '\r')));
	}
}

static enum err
show_header(struct ctl *c, const struct mail_id *id)
{
	struct buf b = BUF_INIT(HEADER_MAX);
	enum err e = ctl_rpc_queue_read(c->rpc, id, take_piece, &b);
	size_t n = slice_find_slice(buf_slice(&b), SLICE("\r\n\r\n"));

	if (e == ERR_OK || e == ERR_LIMIT) {
		print_header(c, slice_first(buf_slice(&b), n + 2));
		e = ERR_OK;
	}
	buf_fini(&b);
	return e;
}

int
ctl_queue_show(struct ctl *c)
{
	struct showing s = {.c = c};
	struct ctl_trail_ask ask = {0};
	struct ctl_filter f;
	uint64_t events;
	int status = ctl_filter_init(&f, c, 0);
	enum err e = ERR_OK;

	if (status == EX_OK)
		e = ctl_queue_each(c, &f, show_one, &s);
	if (s.begun)
		(void)ctl_table_end(&s.t);
	if (status == EX_OK && e == ERR_OK && !s.begun)
		status = ctl_fail(EX_NOINPUT,
		    "%s waits no more, or never did (restante trace %s)",
		    c->arg[0], c->arg[0]);
	if (s.begun && e == ERR_OK)
		e = show_header(c, &f.ids[0]);
	if (s.begun && e == ERR_OK) {
		ask.id = f.ids[0];
		if (!c->json)
			putchar('\n');
		e = ctl_trail_print(c, &ask, 0, &events);
	}
	ctl_filter_fini(&f);
	return e == ERR_OK
		   ? status
		   : ctl_fail_err(e, "queue show", slice_str(c->arg[0]));
}
