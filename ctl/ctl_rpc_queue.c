/* What waits to go out and what became of it, of the store that ctl_rpc.c talks
 * to. */
#include "ctl/ctl_rpc_priv.h"

#include <string.h>

enum { READ_PIECE = 256 * 1024 };

enum err
ctl_rpc_queue_list(struct ctl_rpc *r, const struct store_out_key *after,
    uint32_t max, struct buf *rows, bool *more_out)
{
	struct msg_queue_list m = {.req = ctl_rpc_ask(r),
	    .after = after->id,
	    .after_n = after->n,
	    .max = max};
	enum err e;

	if (r->chan == NULL)
		return ERR_CLOSED;
	r->rows = rows;
	e = ctl_rpc_await(r, msg_send_queue_list(r->chan, &m, SLICE_NONE, -1));
	*more_out = r->more;
	return e == ERR_OK ? rows->err : e;
}

enum err
ctl_rpc_queue_read(
    struct ctl_rpc *r, const struct mail_id *id, ctl_piece_fn *piece, void *ctx)
{
	struct msg_queue_read m = {.id = *id, .max = READ_PIECE};
	enum err e;

	do {
		if (r->chan == NULL)
			return ERR_CLOSED;
		m.req = ctl_rpc_ask(r);
		r->piece = piece;
		r->ctx = ctx;
		e = ctl_rpc_await(
		    r, msg_send_queue_read(r->chan, &m, SLICE_NONE, -1));
		m.offset += r->value; /* 0: that was the last piece */
	} while (e == ERR_OK && r->value > 0);
	return e;
}

enum err
ctl_rpc_queue_edit(struct ctl_rpc *r, enum store_edit_kind kind,
    struct slice keys, uint32_t n, struct slice text, uint32_t *done_out,
    uint32_t *busy_out)
{
	struct msg_queue_edit m = {.req = ctl_rpc_ask(r), .kind = kind, .n = n};
	struct buf tail = BUF_INIT(keys.len + text.len + 1);
	enum err e = ERR_CLOSED;

	buf_add_slice(&tail, keys);
	buf_add_slice(&tail, text);
	if (tail.err != ERR_OK)
		e = tail.err;
	else if (r->chan != NULL)
		e = ctl_rpc_await(
		    r, msg_send_queue_edit(r->chan, &m, buf_slice(&tail), -1));
	*done_out = (uint32_t)r->value;
	*busy_out = (uint32_t)(r->value >> 32);
	buf_fini(&tail);
	return e;
}

enum err
ctl_rpc_trail(struct ctl_rpc *r, const struct ctl_trail_ask *ask, uint32_t max,
    struct buf *rows, bool *more_out, struct mail_id *last_out)
{
	struct msg_trail_get m = {.req = ctl_rpc_ask(r),
	    .id = ask->id,
	    .after = ask->after,
	    .max = max};
	enum err e;

	if (r->chan == NULL)
		return ERR_CLOSED;
	if (ask->word.len > sizeof m.word)
		return ERR_NOENT;
	m.word_len = (uint32_t)ask->word.len;
	if (ask->word.len > 0)
		memcpy(m.word, ask->word.p, ask->word.len);
	r->rows = rows;
	e = ctl_rpc_await(r, msg_send_trail_get(r->chan, &m, SLICE_NONE, -1));
	*more_out = r->more;
	*last_out = r->last;
	return e == ERR_OK ? rows->err : e;
}
