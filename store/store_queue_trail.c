/* The trail as octets, and the names of what is in the queue. */
#include "base/num.h"
#include "mime/mime_addr.h"
#include "store/store_field.h"
#include "store/store_queue.h"

#include <string.h>

enum {
	PROTO_MAX = 31,
	TLS_MAX = 63,
	MSGID_MAX = 998, /* a line, RFC 5322, section 2.1.1 */
	CODE_MAX = 999,
	FIELD_HEAD = 5,
	ROW_HEAD = MAIL_ID_LEN + 10
};

static const struct store_field trail_fields[] = {
    STORE_FIELD(1, U32, store_trail, event, STORE_EVENTS - 1),
    STORE_FIELD(2, TEXT, store_trail, from, MIME_ADDR_MAX),
    STORE_FIELD(3, TEXT, store_trail, addr, MIME_ADDR_MAX),
    STORE_FIELD(4, LINES, store_trail, local, STORE_TRAIL_MAX),
    STORE_FIELD(5, TEXT, store_trail, client, STORE_HOST_MAX),
    STORE_FIELD(6, TEXT, store_trail, proto, PROTO_MAX),
    STORE_FIELD(7, TEXT, store_trail, login, MIME_ADDR_MAX),
    STORE_FIELD(8, TEXT, store_trail, tls, TLS_MAX),
    STORE_FIELD(9, TEXT, store_trail, msgid, MSGID_MAX),
    STORE_FIELD(10, U64, store_trail, octets, UINT64_MAX),
    STORE_FIELD(11, U32, store_trail, rcpts, UINT32_MAX),
    STORE_FIELD(12, U32, store_trail, code, CODE_MAX),
    STORE_FIELD(13, TEXT, store_trail, status, STORE_STATUS_MAX),
    STORE_FIELD(14, TEXT, store_trail, reply, STORE_REPLY_MAX),
    STORE_FIELD(15, TEXT, store_trail, host, STORE_HOST_MAX),
    STORE_FIELD(16, U64, store_trail, ref_us, UINT64_MAX),
    STORE_FIELD(17, TEXT, store_trail, ref, MAIL_ID_HEX),
    {0},
};

/* As many whole lines of s as fit max octets. */
static struct slice
cut_lines(struct slice s, size_t max)
{
	struct slice head = slice_first(s, max);

	if (s.len <= max)
		return s;
	return slice_first(head, slice_rfind(head, '\n') == head.len
				     ? 0
				     : slice_rfind(head, '\n') + 1);
}

enum err
store_trail_encode(const struct store_trail *t, struct buf *out)
{
	struct store_trail copy = *t;

	if (t->event == 0)
		return ERR_TOOBIG;
	copy.local = SLICE_NONE; /* the others always fit */
	copy.local = cut_lines(
	    t->local, STORE_TRAIL_MAX - FIELD_HEAD -
			  (size_t)store_fields_len(trail_fields, &copy));
	return store_fields_encode(trail_fields, &copy, out);
}

enum err
store_trail_decode(struct slice v, struct store_trail *out)
{
	enum err e = ERR_CORRUPT;

	memset(out, 0, sizeof *out);
	if (v.len <= STORE_TRAIL_MAX)
		e = store_fields_decode(trail_fields, v, out);
	return e == ERR_OK && out->event == 0 ? ERR_CORRUPT : e;
}

bool
store_trail_info_valid(struct slice v)
{
	struct store_trail t;

	if (v.len > STORE_INFO_MAX || store_trail_decode(v, &t) != ERR_OK)
		return v.len == 0;
	return t.event == STORE_EV_RECEIVED && t.from.len == 0 &&
	       t.addr.len == 0 && t.local.len == 0 && t.octets == 0 &&
	       t.rcpts == 0 && t.code == 0 && t.status.len == 0 &&
	       t.reply.len == 0 && t.host.len == 0 && t.ref_us == 0 &&
	       t.ref.len == 0;
}

void
store_trail_rows_add(struct buf *b, const struct store_trail_row *r)
{
	uint8_t head[ROW_HEAD];

	memcpy(head, r->id.b, MAIL_ID_LEN);
	num_put_be64(head + MAIL_ID_LEN, r->us);
	num_put_be16(head + MAIL_ID_LEN + 8, (uint16_t)r->record.len);
	buf_add(b, head, sizeof head);
	buf_add_slice(b, r->record);
}

enum err
store_trail_rows_next(struct slice *rows, struct store_trail_row *out)
{
	size_t len;

	if (rows->len == 0)
		return ERR_NOENT;
	if (rows->len < ROW_HEAD)
		return ERR_PROTO;
	memcpy(out->id.b, rows->p, MAIL_ID_LEN);
	out->us = num_get_be64(rows->p + MAIL_ID_LEN);
	len = num_get_be16(rows->p + MAIL_ID_LEN + 8);
	out->record = slice_first(slice_skip(*rows, ROW_HEAD), len);
	*rows = slice_skip(*rows, ROW_HEAD + len);
	return out->record.len == len && len > 0 ? ERR_OK : ERR_PROTO;
}

/* --- names -------------------------------------------------------------- */

const char *
store_event_name(enum store_event e)
{
	static const char *const names[STORE_EVENTS] = {
	    [STORE_EV_RECEIVED] = "received",
	    [STORE_EV_SENT] = "sent",
	    [STORE_EV_DEFERRED] = "deferred",
	    [STORE_EV_FAILED] = "failed",
	    [STORE_EV_DOUBT] = "in-doubt",
	    [STORE_EV_HELD] = "held",
	    [STORE_EV_REPORTED] = "reported",
	    [STORE_EV_RELEASED] = "released",
	    [STORE_EV_DELETED] = "deleted",
	    [STORE_EV_FLUSHED] = "flushed",
	    [STORE_EV_REDIRECTED] = "redirected",
	    [STORE_EV_DROPPED] = "dropped",
	};

	return (unsigned)e < STORE_EVENTS && names[e] != NULL ? names[e] : "?";
}

const char *
store_out_state_name(enum store_out_state s)
{
	static const char *const names[STORE_OUT_REPORT + 1] = {
	    [STORE_OUT_DUE] = "due",
	    [STORE_OUT_DEFERRED] = "deferred",
	    [STORE_OUT_SENDING] = "sending",
	    [STORE_OUT_DOUBT] = "in-doubt",
	    [STORE_OUT_HELD] = "held",
	    [STORE_OUT_REPORT] = "report",
	};

	return (unsigned)s <= STORE_OUT_REPORT && names[s] != NULL ? names[s]
								   : "?";
}
