/* The story of messages, event by event. */
#include "ctl/ctl_trail.h"

#include "base/num.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_text.h"
#include "store/store_queue.h"

#include <stdio.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))

enum {
	PAGE = 100,
	PAGE_OCTETS = 2 << 20,
	LINE_MAX_OCTETS = 64 * 1024,
	LOCALS = 1000
};

struct printing {
	struct ctl_table *json; /* NULL: lines */
	uint64_t since_us, events;
};

/* --- lines -----------------------------------------------------------------
 */

static void
add_part(struct buf *b, const char *before, struct slice s)
{
	if (s.len > 0)
		buf_addf(b, "%s%.*s", before, SLICE_ARG(s));
}

/* "alice@example.org from host[192.0.2.4] (ESMTPSA, TLSv1.3 ...) 14 kB" */
static void
add_received(struct buf *b, const struct store_trail *t)
{
	struct slice rest = t->local, one;

	buf_add_slice(b, t->from.len == 0 ? SLICE("<>") : t->from);
	add_part(b, " from ", t->client);
	if (t->proto.len > 0) {
		add_part(b, " (", t->proto);
		add_part(b, ", ", t->tls);
		add_part(b, ", login ", t->login);
		buf_add_char(b, ')');
	}
	buf_add_char(b, ' ');
	num_add_size_human(b, t->octets);
	add_part(b, " ", t->msgid);
	for (bool first = true; rest.len > 0; first = false) {
		slice_cut(&rest, '\n', &one);
		add_part(b, first ? "; delivered to " : ", ", one);
	}
	if (t->rcpts > 0)
		buf_addf(b, "; to send to %lu", (unsigned long)t->rcpts);
}

static void
add_outcome(struct buf *b, const struct store_trail *t)
{
	struct buf reply = BUF_INIT(LINE_MAX_OCTETS);

	buf_add_slice(b, t->addr);
	add_part(b, "  ", t->host);
	add_part(b, "  ", t->tls);
	ctl_text_reply(&reply, t->code, t->status, t->reply);
	add_part(b, "  ", buf_slice(&reply));
	add_part(b, "; report ", t->ref);
	if (t->ref_us > 0) {
		buf_add_str(b, "; next try ");
		ctl_text_time(b, t->ref_us);
	}
	buf_fini(&reply);
}

static void
print_line(const struct mail_id *id, uint64_t us, const struct store_trail *t)
{
	struct buf text = BUF_INIT(LINE_MAX_OCTETS);
	char hex[MAIL_ID_HEX];

	mail_id_hex(id, hex);
	ctl_text_time(&text, us);
	buf_addf(&text, " %.*s %-10s ", (int)sizeof hex, hex,
	    store_event_name(t->event));
	if (t->event == STORE_EV_RECEIVED)
		add_received(&text, t);
	else
		add_outcome(&text, t);
	ctl_print_safe(buf_slice(&text));
	putchar('\n');
	buf_fini(&text);
}

/* --- JSON ------------------------------------------------------------------
 */

static const struct ctl_column columns[] = {
    {NULL, "time",       CTL_TIME  },
    {NULL, "id",         CTL_TEXT  },
    {NULL, "event",      CTL_TEXT  },
    {NULL, "from",       CTL_TEXT  },
    {NULL, "to",         CTL_TEXT  },
    {NULL, "client",     CTL_TEXT  },
    {NULL, "protocol",   CTL_TEXT  },
    {NULL, "login",      CTL_TEXT  },
    {NULL, "tls",        CTL_TEXT  },
    {NULL, "message_id", CTL_TEXT  },
    {NULL, "octets",     CTL_NUMBER},
    {NULL, "recipients", CTL_NUMBER},
    {NULL, "local",      CTL_TEXT  },
    {NULL, "code",       CTL_NUMBER},
    {NULL, "status",     CTL_TEXT  },
    {NULL, "reply",      CTL_TEXT  },
    {NULL, "host",       CTL_TEXT  },
    {NULL, "next",       CTL_TIME  },
    {NULL, "reference",  CTL_TEXT  },
};

static void
put_local(struct ctl_table *out, struct slice rest)
{
	struct slice all[LOCALS];
	unsigned n = 0;

	while (rest.len > 0 && n < LOCALS)
		slice_cut(&rest, '\n', &all[n++]);
	ctl_put_list(out, all, n);
}

static void
print_json(struct ctl_table *out, const struct mail_id *id, uint64_t us,
    const struct store_trail *t)
{
	char hex[MAIL_ID_HEX];

	mail_id_hex(id, hex);
	ctl_put_u64(out, us);
	ctl_put_text(out, slice_of(hex, sizeof hex));
	ctl_put_text(out, slice_str(store_event_name(t->event)));
	ctl_put_text(out, t->from);
	ctl_put_text(out, t->addr);
	ctl_put_text(out, t->client);
	ctl_put_text(out, t->proto);
	ctl_put_text(out, t->login);
	ctl_put_text(out, t->tls);
	ctl_put_text(out, t->msgid);
	ctl_put_u64(out, t->octets);
	ctl_put_u64(out, t->rcpts);
	put_local(out, t->local);
	ctl_put_u64(out, t->code);
	ctl_put_text(out, t->status);
	ctl_put_text(out, t->reply);
	ctl_put_text(out, t->host);
	ctl_put_u64(out, t->ref_us);
	ctl_put_text(out, t->ref);
	ctl_row_end(out);
}

/* --- all -------------------------------------------------------------------
 */

static void
take_row(struct printing *p, const struct store_trail_row *row)
{
	struct store_trail t;

	if (row->us < p->since_us)
		return;
	p->events++;
	if (store_trail_decode(row->record, &t) != ERR_OK)
		(void)ctl_fail(EX_IOERR, "an event is damaged");
	else if (p->json != NULL)
		print_json(p->json, &row->id, row->us, &t);
	else
		print_line(&row->id, row->us, &t);
}

static enum err
take_rows(struct printing *p, struct slice rows)
{
	struct store_trail_row row;
	enum err e;

	while ((e = store_trail_rows_next(&rows, &row)) == ERR_OK)
		take_row(p, &row);
	return e == ERR_NOENT ? ERR_OK : e;
}

enum err
ctl_trail_print(struct ctl *c, const struct ctl_trail_ask *ask,
    uint64_t since_us, uint64_t *events_out)
{
	struct printing p = {.since_us = since_us};
	struct ctl_trail_ask next = *ask;
	struct buf rows = BUF_INIT(PAGE_OCTETS);
	bool more = true;
	enum err e = ERR_OK;

	if (c->json)
		p.json = ctl_table_begin(c, columns, NITEMS(columns));
	while (e == ERR_OK && more) {
		struct mail_id last = next.after;

		buf_reset(&rows);
		e = ctl_rpc_trail(
		    c->rpc, &next, PAGE, &rows, &more, &next.after);
		if (e == ERR_OK)
			e = take_rows(&p, buf_slice(&rows));
		/* a store that does not get on must not hold us */
		more = more && mail_id_cmp(&next.after, &last) > 0;
	}
	if (p.json != NULL)
		(void)ctl_table_end(&p.json);
	*events_out = p.events;
	buf_fini(&rows);
	if (e == ERR_NOENT)
		e = ERR_OK;
	return e == ERR_OK && ferror(stdout) ? ERR_IO : e;
}
