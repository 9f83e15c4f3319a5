/* What is often said to a store about its queue. */
#include "base/clock.h"
#include "tests/unit/store/rig.h"

#include <string.h>

enum err
rig_submit(struct rig_peer *p, const char *from, const char *rcpts,
    const char *text, struct mail_id *id_out)
{
	struct msg_deliver m;

	memset(&m, 0, sizeof m);
	m.req = 4712;
	m.flags = MSG_DELIVER_LOCAL;
	(void)msg_text_set(&m.from, slice_str(from));
	rig_send_deliver(p, &m, rcpts, text, -1);
	if (id_out != NULL)
		*id_out = m.id;
	return rig_done(p, 4712, NULL);
}

uint64_t
rig_doubt(struct rig_peer *relay, uint64_t retry_us, bool hold, enum err *e)
{
	struct msg_queue_doubt m = {61, retry_us, hold, 0};
	uint64_t n;

	OK(msg_send_queue_doubt(relay->chan, &m, SLICE_NONE, -1) == ERR_OK);
	*e = rig_done(relay, 61, &n);
	return n;
}

const struct rig_msg *
rig_take(struct rig_peer *relay, const struct msg_queue_take *m)
{
	OK(msg_send_queue_take(relay->chan, m, SLICE_NONE, -1) == ERR_OK);
	return rig_get(relay, MSG_QUEUE_ROWS);
}

const struct rig_msg *
rig_take_all(struct rig_peer *relay)
{
	struct msg_queue_take m = {
	    62, clock_wall_us(), UINT64_MAX, UINT64_MAX, 0, 1000, 1000, 1000};

	return rig_take(relay, &m);
}

enum err
rig_outcome(struct rig_peer *relay, const struct store_outcome *o,
    const struct store_report *report)
{
	struct buf tail = BUF_INIT(1 << 20);
	struct msg_queue_settle m;

	memset(&m, 0, sizeof m);
	m.req = 63;
	m.noutcomes = 1;
	m.nreports = report != NULL;
	EQ_INT(store_outcome_add(&tail, o), ERR_OK);
	m.outcomes_len = (uint32_t)tail.len;
	if (report != NULL)
		EQ_INT(store_report_add(&tail, report), ERR_OK);
	OK(msg_send_queue_settle(relay->chan, &m, buf_slice(&tail), -1) ==
	    ERR_OK);
	buf_fini(&tail);
	return rig_done(relay, 63, NULL);
}

/* "addr state[ report][ attempts] ..." of rows */
static void
add_row(struct buf *b, const struct store_out *o)
{
	buf_addf(b, "%s%.*s %s", b->len == 0 ? "" : ", ", SLICE_ARG(o->addr),
	    store_out_state_name(o->state));
	if (o->report != 0)
		buf_addf(b, " r%u", (unsigned)o->report);
	if (o->attempts != 0)
		buf_addf(b, " %u", o->attempts);
}

const char *
rig_rows(struct slice rows)
{
	static struct buf b = BUF_INIT(1 << 16);
	struct store_envelope env;
	struct store_out_row row;
	struct store_out o;

	buf_reset(&b);
	while (store_out_rows_next(&rows, &row) == ERR_OK) {
		if (row.envelope.len > 0)
			EQ_INT(
			    store_envelope_decode(row.envelope, &env), ERR_OK);
		EQ_INT(store_out_decode(row.out, &o), ERR_OK);
		add_row(&b, &o);
	}
	return buf_cstr(&b);
}

const char *
rig_queue(struct rig_peer *ctl)
{
	struct msg_queue_list m;

	memset(&m, 0, sizeof m);
	m.req = 64;
	m.max = 1000;
	OK(msg_send_queue_list(ctl->chan, &m, SLICE_NONE, -1) == ERR_OK);
	return rig_rows(buf_slice(&rig_get(ctl, MSG_QUEUE_ROWS)->tail));
}

const char *
rig_trail(struct rig_peer *ctl, const struct mail_id *id)
{
	static struct buf b = BUF_INIT(1 << 16);
	struct store_trail_row row;
	struct store_trail t;
	struct msg_trail_get m;
	struct slice rows;

	memset(&m, 0, sizeof m);
	m.req = 65;
	m.max = 1;
	m.id = *id;
	OK(msg_send_trail_get(ctl->chan, &m, SLICE_NONE, -1) == ERR_OK);
	rows = buf_slice(&rig_get(ctl, MSG_TRAIL_ROWS)->tail);
	buf_reset(&b);
	while (store_trail_rows_next(&rows, &row) == ERR_OK) {
		EQ_INT(store_trail_decode(row.record, &t), ERR_OK);
		buf_addf(&b, "%s%s", b.len == 0 ? "" : " ",
		    store_event_name(t.event));
	}
	return buf_cstr(&b);
}
