/* Mail that waits in the store of a rig. */
#include "tests/unit/ctl/rig_queue.h"

#include "base/clock.h"
#include "net/net_loop.h"
#include "store/store_rcpt.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct wire { /* a process that talks to the store */
	struct net_loop *loop;
	struct chan *chan;
	struct mail_id_maker ids;
	bool has_node, answered;
	enum err err;
	struct buf rows;
};

static void
on_node(void *ctx, struct msg_node *m, struct slice tail, int fd)
{
	struct wire *w = ctx;

	(void)tail;
	(void)fd;
	mail_id_maker_init(&w->ids, m->node, m->floor_us);
	w->has_node = true;
}

static void
on_done(void *ctx, struct msg_done *m, struct slice tail, int fd)
{
	struct wire *w = ctx;

	(void)tail;
	(void)fd;
	w->err = (enum err)m->err;
	w->answered = true;
}

static void
on_rows(void *ctx, struct msg_queue_rows *m, struct slice tail, int fd)
{
	struct wire *w = ctx;

	(void)fd;
	buf_reset(&w->rows);
	buf_add_slice(&w->rows, tail);
	w->err = (enum err)m->err;
	w->answered = true;
}

static void
on_due(void *ctx, struct msg_queue_due *m, struct slice tail, int fd)
{
	(void)ctx;
	(void)m;
	(void)tail;
	(void)fd;
}

static void
lost(void *ctx, enum err why)
{
	struct wire *w = ctx;

	w->err = why;
	w->answered = true;
}

static void
wire_open(struct ctl_rig *r, enum role role, struct wire *w)
{
	static const struct msg_handlers handlers = {.node = on_node,
	    .done = on_done,
	    .queue_rows = on_rows,
	    .queue_due = on_due};

	memset(w, 0, sizeof *w);
	buf_init(&w->rows, 1 << 20);
	w->loop = net_loop_new();
	w->chan = chan_new(
	    w->loop, rig_join(r, role), role, ROLE_STORE, &handlers, lost, w);
	for (unsigned i = 0; i < 100 && !w->has_node; i++)
		net_loop_turn(w->loop, 100);
	OK(w->has_node);
}

static void
wire_close(struct wire *w)
{
	chan_free(&w->chan);
	net_loop_free(&w->loop);
	buf_fini(&w->rows);
}

static void
await(struct wire *w)
{
	w->answered = false;
	for (unsigned i = 0; i < 100 && !w->answered; i++)
		net_loop_turn(w->loop, 100);
	OK(w->answered);
	EQ_INT(w->err, ERR_OK);
}

static unsigned
add_rcpts(struct buf *b, const char *rcpts)
{
	struct slice rest = slice_str(rcpts), one;
	unsigned n = 0;

	for (; rest.len > 0; n++) {
		struct store_rcpt r = {.notify = STORE_NOTIFY_DELAY};

		slice_cut(&rest, ' ', &one);
		r.addr = one;
		store_rcpt_add(b, &r);
	}
	return n;
}

void
rig_submit(struct ctl_rig *r, const char *from, const char *rcpts,
    const char *text, struct mail_id *id_out)
{
	struct store_trail info = {.event = STORE_EV_RECEIVED,
	    .client = SLICE("localhost[uid 5]"),
	    .proto = SLICE("ESMTP"),
	    .msgid = SLICE("<1@here>")};
	struct buf tail = BUF_INIT(1 << 20);
	struct msg_deliver m;
	struct wire w;

	wire_open(r, ROLE_SMTP, &w);
	memset(&m, 0, sizeof m);
	m.req = 1;
	m.flags = MSG_DELIVER_LOCAL;
	m.id = mail_id_make(&w.ids);
	m.rcpts = add_rcpts(&tail, rcpts);
	m.rcpt_len = (uint32_t)tail.len;
	EQ_INT(store_trail_encode(&info, &tail), ERR_OK);
	m.info_len = (uint32_t)tail.len - m.rcpt_len;
	buf_add_str(&tail, text);
	OK(msg_text_set(&m.from, slice_str(from)));
	OK(msg_send_deliver(w.chan, &m, buf_slice(&tail), -1) == ERR_OK);
	await(&w);
	if (id_out != NULL)
		*id_out = m.id;
	buf_fini(&tail);
	wire_close(&w);
}

static void
add_outcomes(struct slice rows, const char *domain, struct store_outcome o,
    struct buf *out, unsigned *n)
{
	struct store_outcome back = {.kind = STORE_OUTCOME_RELEASE};
	struct store_out_row row;
	struct store_out rcpt;

	while (store_out_rows_next(&rows, &row) == ERR_OK) {
		EQ_INT(store_out_decode(row.out, &rcpt), ERR_OK);
		o.key = back.key = row.key;
		EQ_INT(
		    store_outcome_add(out,
			slice_ends(rcpt.addr, slice_str(domain)) ? &o : &back),
		    ERR_OK);
		(*n)++;
	}
}

void
rig_try(struct ctl_rig *r, const char *domain, struct store_outcome o)
{
	struct msg_queue_doubt doubt = {.req = 1, .hold = 0};
	struct msg_queue_take take = {.req = 2,
	    .now_us = clock_wall_us(),
	    .only = UINT64_MAX,
	    .after = UINT64_MAX,
	    .dests_max = 100,
	    .per_dest = 100,
	    .rows_max = 100};
	struct msg_queue_settle settle = {.req = 3};
	struct buf outcomes = BUF_INIT(1 << 20);
	struct wire w;

	wire_open(r, ROLE_RELAY, &w);
	OK(msg_send_queue_doubt(w.chan, &doubt, SLICE_NONE, -1) == ERR_OK);
	await(&w);
	OK(msg_send_queue_take(w.chan, &take, SLICE_NONE, -1) == ERR_OK);
	await(&w);
	if (domain != NULL) {
		add_outcomes(buf_slice(&w.rows), domain, o, &outcomes,
		    &settle.noutcomes);
		settle.outcomes_len = (uint32_t)outcomes.len;
		OK(msg_send_queue_settle(
		       w.chan, &settle, buf_slice(&outcomes), -1) == ERR_OK);
		await(&w);
	}
	buf_fini(&outcomes);
	wire_close(&w);
}

/* "2026-11-23T14:21:00Z" and "2026-11-23 14:21:00" */
static size_t
time_len(const char *s)
{
	static const char shape[] = "0000-00-00 00:00:00";
	size_t i = 0;

	for (; shape[i] != '\0'; i++)
		if (shape[i] == '0'   ? !isdigit((unsigned char)s[i])
		    : shape[i] == ' ' ? s[i] != ' ' && s[i] != 'T'
				      : s[i] != shape[i])
			break;
	if (shape[i] != '\0')
		return i >= 16 ? 16 : 0;
	return i + (s[i] == 'Z');
}

const char *
rig_plain(const char *text, const struct mail_id *id)
{
	static char out[1 << 16];
	char hex[MAIL_ID_HEX];
	size_t n = 0;

	mail_id_hex(id, hex);
	while (*text != '\0' && n + 8 < sizeof out) {
		size_t t = time_len(text);

		if (strncmp(text, hex, sizeof hex) == 0) {
			memcpy(out + n, "ID", 2);
			n += 2;
			text += sizeof hex;
		} else if (t > 0) {
			out[n++] = 'T';
			text += t;
		} else {
			out[n++] = *text++;
		}
	}
	out[n] = '\0';
	return out;
}
