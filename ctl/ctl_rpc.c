/* The store, asked one thing after the other. */
#include "ctl/ctl_rpc.h"

#include "base/num.h"
#include "ctl/ctl_rpc_priv.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { END_TURNS = 60 };

/* --- answers --------------------------------------------------------- */

static void
answer(struct ctl_rpc *r, uint64_t req, uint32_t err, uint64_t value)
{
	if (req != r->req)
		return;
	r->answered = true;
	r->err = (enum err)err;
	r->value = value;
}

static void
land(struct ctl_rpc *r, const struct msg_done *m)
{
	uint64_t i = m->req & ~CTL_RPC_DETACHED;

	if (r->flying == 0)
		return;
	r->flying--;
	if (m->err != ERR_OK && r->flight_err == ERR_OK)
		r->flight_err = (enum err)m->err;
	if (m->err != ERR_OK)
		return;
	r->landed++;
	if (r->ids != NULL && i < r->id_max)
		r->ids[i] = m->value;
}

static void
on_done(void *ctx, struct msg_done *m, struct slice tail, int fd)
{
	(void)tail;
	(void)fd;
	if ((m->req & CTL_RPC_DETACHED) != 0) {
		land(ctx, m);
		return;
	}
	answer(ctx, m->req, m->err, m->value);
}

static void
on_node(void *ctx, struct msg_node *m, struct slice tail, int fd)
{
	/* our ids are made from what is imported */
	(void)ctx;
	(void)m;
	(void)tail;
	(void)fd;
}

static void
on_spilled(void *ctx, struct msg_spilled *m, struct slice tail, int fd)
{
	struct ctl_rpc *r = ctx;

	(void)tail;
	if (m->req != r->req) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	r->fd = fd;
	answer(r, m->req, m->err, 0);
}

static void
on_dir_rows(void *ctx, struct msg_dir_rows *m, struct slice tail, int fd)
{
	struct ctl_rpc *r = ctx;

	(void)fd;
	if (m->req != r->req)
		return;
	if (r->rows != NULL)
		buf_add_slice(r->rows, tail);
	r->more = m->more != 0;
	answer(r, m->req, m->err, m->n);
}

static void
on_queue_rows(void *ctx, struct msg_queue_rows *m, struct slice tail, int fd)
{
	struct ctl_rpc *r = ctx;

	(void)fd;
	if (m->req != r->req)
		return;
	if (r->rows != NULL)
		buf_add_slice(r->rows, tail);
	r->more = m->more != 0;
	answer(r, m->req, m->err, m->n);
}

static void
on_trail_rows(void *ctx, struct msg_trail_rows *m, struct slice tail, int fd)
{
	struct ctl_rpc *r = ctx;

	(void)fd;
	if (m->req != r->req)
		return;
	if (r->rows != NULL)
		buf_add_slice(r->rows, tail);
	r->more = m->more != 0;
	r->last = m->last;
	answer(r, m->req, m->err, m->n);
}

static void
on_control_row(void *ctx, struct msg_control_row *m, struct slice tail, int fd)
{
	struct ctl_rpc *r = ctx;

	(void)fd;
	if (m->req == r->req && r->row != NULL)
		r->row(r->ctx, tail);
}

static void
on_box_rows(void *ctx, struct msg_box_rows *m, struct slice tail, int fd)
{
	struct ctl_rpc *r = ctx;

	(void)fd;
	if (m->req != r->req)
		return;
	if (m->err == ERR_OK && r->box_rows != NULL)
		r->box_rows(r->ctx, tail, m->n);
	if (m->err != ERR_OK || m->more == 0)
		answer(r, m->req, m->err, m->lease);
}

static void
on_body(void *ctx, struct msg_body *m, struct slice tail, int fd)
{
	struct ctl_rpc *r = ctx;
	enum err e = (enum err)m->err;

	(void)fd;
	if (m->req != r->req)
		return;
	if (e == ERR_OK && r->piece != NULL)
		e = r->piece(r->ctx, tail);
	answer(r, m->req, e, m->offset + tail.len < m->total ? tail.len : 0);
}

static void
on_backup(void *ctx, struct msg_backup *m, struct slice tail, int fd)
{
	struct ctl_rpc *r = ctx;
	struct msg_backup_ack ack = {.req = m->req, .err = ERR_DENIED};

	(void)fd;
	if (m->req == r->req && r->backup != NULL)
		ack.err = r->backup(r->ctx, msg_short_get(&m->file), m->offset,
		    tail, m->end != 0);
	(void)msg_send_backup_ack(r->chan, &ack, SLICE_NONE, -1);
}

static const struct msg_handlers handlers = {
    .done = on_done,
    .node = on_node,
    .spilled = on_spilled,
    .dir_rows = on_dir_rows,
    .queue_rows = on_queue_rows,
    .trail_rows = on_trail_rows,
    .control_row = on_control_row,
    .box_rows = on_box_rows,
    .body = on_body,
    .backup = on_backup,
};

/* --- a question ------------------------------------------------------ */

static void
closed(void *ctx, enum err why)
{
	struct ctl_rpc *r = ctx;

	chan_free(&r->chan);
	if (!r->answered)
		r->err = why == ERR_PROTO ? ERR_PROTO : ERR_CLOSED;
	r->answered = true;
}

struct ctl_rpc *
ctl_rpc_new(int fd)
{
	struct ctl_rpc *r = calloc(1, sizeof *r);

	if (r == NULL) {
		(void)close(fd);
		return NULL;
	}
	if ((r->loop = net_loop_new()) == NULL)
		(void)close(fd);
	else
		r->chan = chan_new(
		    r->loop, fd, ROLE_CTL, ROLE_STORE, &handlers, closed, r);
	if (r->chan == NULL)
		ctl_rpc_free(&r);
	return r;
}

void
ctl_rpc_free(struct ctl_rpc **r)
{
	if (*r == NULL)
		return;
	chan_free(&(*r)->chan);
	net_loop_free(&(*r)->loop);
	free(*r);
	*r = NULL;
}

uint64_t
ctl_rpc_ask(struct ctl_rpc *r)
{
	r->answered = false;
	r->rows = NULL;
	r->row = NULL;
	r->box_rows = NULL;
	r->piece = NULL;
	r->backup = NULL;
	r->fd = -1;
	return ++r->req;
}

enum err
ctl_rpc_await(struct ctl_rpc *r, enum err e)
{
	if (e != ERR_OK)
		return e;
	while (!r->answered)
		net_loop_turn(r->loop, CTL_RPC_TURN_MS);
	return r->err;
}

/* --- directory ------------------------------------------------------- */

enum err
ctl_rpc_scan(struct ctl_rpc *r, enum store_kind kind, struct slice after,
    uint32_t max, struct buf *rows, bool *more_out)
{
	struct msg_dir_scan m = {
	    .req = ctl_rpc_ask(r), .kind = kind, .max = max};
	enum err e;

	if (r->chan == NULL)
		return ERR_CLOSED;
	if (after.len > sizeof m.key)
		return ERR_TOOBIG;
	m.key_len = (uint32_t)after.len;
	if (after.len > 0)
		memcpy(m.key, after.p, after.len);
	r->rows = rows;
	e = ctl_rpc_await(r, msg_send_dir_scan(r->chan, &m, SLICE_NONE, -1));
	*more_out = r->more;
	return e == ERR_OK ? rows->err : e;
}

enum err
ctl_rpc_get(struct ctl_rpc *r, enum store_kind kind, struct slice key,
    struct buf *value, uint64_t *version_out)
{
	struct msg_dir_get m = {.req = ctl_rpc_ask(r), .kind = kind};
	struct buf rows = BUF_INIT(STORE_VALUE_MAX + STORE_KEY_MAX + 64);
	struct slice rest;
	struct store_dir_row row;
	enum err e;

	if (r->chan == NULL)
		return ERR_CLOSED;
	if (key.len > sizeof m.key)
		return ERR_NOENT;
	m.key_len = (uint32_t)key.len;
	if (key.len > 0)
		memcpy(m.key, key.p, key.len);
	r->rows = &rows;
	e = ctl_rpc_await(r, msg_send_dir_get(r->chan, &m, SLICE_NONE, -1));
	if (e == ERR_OK && rows.err == ERR_OK) {
		rest = buf_slice(&rows);
		e = store_rows_next(&rest, &row);
		if (e == ERR_OK) {
			buf_add_slice(value, row.value);
			*version_out = row.version;
			e = value->err;
		}
	}
	buf_fini(&rows);
	return e;
}

enum err
ctl_rpc_commit(
    struct ctl_rpc *r, struct slice changes, uint32_t n, uint64_t *failed_out)
{
	struct msg_dir_commit m = {.req = ctl_rpc_ask(r), .n = n};
	enum err e;

	if (r->chan == NULL)
		return ERR_CLOSED;
	e = ctl_rpc_await(r, msg_send_dir_commit(r->chan, &m, changes, -1));
	*failed_out = r->value;
	return e;
}

/* --- control --------------------------------------------------------- */

static enum err
control(struct ctl_rpc *r, struct msg_control *m)
{
	return r->chan == NULL ? ERR_CLOSED
			       : ctl_rpc_await(r, msg_send_control(r->chan, m,
						      SLICE_NONE, -1));
}

enum err
ctl_rpc_control(struct ctl_rpc *r, enum control_what what, uint64_t arg,
    uint64_t arg2, struct slice text, ctl_row_fn *row, void *ctx,
    uint64_t *value_out)
{
	struct msg_control m = {
	    .req = ctl_rpc_ask(r), .what = what, .arg = arg, .arg2 = arg2};
	enum err e;

	if (!msg_text_set(&m.text, text))
		return ERR_TOOBIG;
	r->row = row;
	r->ctx = ctx;
	e = control(r, &m);
	if (value_out != NULL)
		*value_out = r->value;
	return e;
}

enum err
ctl_rpc_backup(struct ctl_rpc *r, ctl_backup_fn *piece, void *ctx)
{
	struct msg_control m = {.req = ctl_rpc_ask(r), .what = CONTROL_BACKUP};

	r->backup = piece;
	r->ctx = ctx;
	return control(r, &m);
}

void
ctl_rpc_await_end(struct ctl_rpc *r)
{
	for (unsigned i = 0; r->chan != NULL && i < END_TURNS; i++)
		net_loop_turn(r->loop, CTL_RPC_TURN_MS);
}

struct slice
ctl_row_get(struct slice row, const char *key)
{
	struct slice pair, name;

	while (row.len > 0) {
		slice_cut(&row, '\0', &pair);
		if (slice_cut(&pair, '=', &name) &&
		    slice_eq(name, slice_str(key)))
			return pair;
	}
	return SLICE_NONE;
}

uint64_t
ctl_row_u64(struct slice row, const char *key)
{
	uint64_t v = 0;

	(void)num_u64(ctl_row_get(row, key), 0, UINT64_MAX, &v);
	return v;
}
