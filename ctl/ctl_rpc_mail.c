/* Mailboxes and messages, of the store that ctl_rpc.c talks to. */
#include "ctl/ctl_rpc_priv.h"

#include "store/store_rcpt.h"

#include <errno.h>
#include <unistd.h>

enum {
	READ_PIECE = 256 * 1024,
	INLINE_MAX = 1024 * 1024, /* larger bodies travel in a file */
	FLYING_MAX = 32           /* as many as fit into one commit, about */
};

/* --- mailboxes ------------------------------------------------------- */

enum err
ctl_rpc_open(struct ctl_rpc *r, uint64_t mailbox, ctl_rows_fn *rows, void *ctx,
    uint64_t *lease_out)
{
	struct msg_box_open m = {.req = ctl_rpc_ask(r), .mailbox = mailbox};
	enum err e;

	if (r->chan == NULL)
		return ERR_CLOSED;
	r->box_rows = rows;
	r->ctx = ctx;
	e = ctl_rpc_await(r, msg_send_box_open(r->chan, &m, SLICE_NONE, -1));
	*lease_out = r->value;
	return e;
}

void
ctl_rpc_close(struct ctl_rpc *r, uint64_t lease)
{
	struct msg_box_close m = {.lease = lease};

	if (r->chan != NULL)
		(void)msg_send_box_close(r->chan, &m, SLICE_NONE, -1);
}

enum err
ctl_rpc_read(struct ctl_rpc *r, uint64_t lease, const struct mail_id *id,
    ctl_piece_fn *piece, void *ctx)
{
	struct msg_box_read m = {.lease = lease, .max = READ_PIECE, .n = 1};
	enum err e;

	do {
		if (r->chan == NULL)
			return ERR_CLOSED;
		m.req = ctl_rpc_ask(r);
		r->piece = piece;
		r->ctx = ctx;
		e = ctl_rpc_await(r, msg_send_box_read(r->chan, &m,
					 slice_of(id->b, sizeof id->b), -1));
		m.offset += r->value; /* 0: that was the last piece */
	} while (e == ERR_OK && r->value > 0);
	return e;
}

/* --- messages -------------------------------------------------------- */

/* Wait until at most max questions that nobody waits for are left. */
static enum err
settle(struct ctl_rpc *r, unsigned max)
{
	/* let out what has gathered, and in what has come, without waiting */
	if (r->chan != NULL)
		net_loop_turn(r->loop, 0);
	while (r->chan != NULL && r->flying > max)
		net_loop_turn(r->loop, CTL_RPC_TURN_MS);
	if (r->flight_err != ERR_OK)
		return r->flight_err;
	return r->chan == NULL ? ERR_CLOSED : ERR_OK;
}

/* Take pieces until b holds n octets or they end; what a piece has beyond
 * stays in it. */
static enum err
fill(struct buf *b, size_t n, const struct ctl_source *s, struct slice *piece)
{
	while (b->len < n) {
		struct slice part;

		if (piece->len == 0 && (*piece = s->next(s->ctx)).len == 0)
			break;
		part = slice_first(*piece, n - b->len);
		buf_add_slice(b, part);
		*piece = slice_skip(*piece, part.len);
	}
	return b->err;
}

static enum err
write_all(int fd, struct slice s)
{
	ssize_t n;

	for (; s.len > 0; s = slice_skip(s, (size_t)n))
		if ((n = write(fd, s.p, s.len)) < 0) {
			if (errno != EINTR)
				return err_from_errno(errno);
			n = 0;
		}
	return ERR_OK;
}

/* What is left of the source into a file of the store's. */
static enum err
spill(struct ctl_rpc *r, const struct ctl_source *s, struct slice piece,
    int *fd_out, uint64_t *len_out)
{
	struct msg_spill m = {.req = ctl_rpc_ask(r), .size = s->size};
	enum err e;

	*len_out = 0;
	e = ctl_rpc_await(r, msg_send_spill(r->chan, &m, SLICE_NONE, -1));
	while (e == ERR_OK && piece.len > 0) {
		e = write_all(r->fd, piece);
		*len_out += piece.len;
		piece = s->next(s->ctx);
	}
	if (e != ERR_OK && r->fd >= 0)
		(void)close(r->fd);
	*fd_out = r->fd;
	return e;
}

enum err
ctl_rpc_deliver(struct ctl_rpc *r, uint64_t mailbox, struct slice uidl,
    const struct mail_id *id, unsigned flags, const struct ctl_source *source)
{
	struct store_rcpt rcpt = {.mailbox = mailbox, .uidl = uidl};
	struct msg_deliver m = {
	    .id = *id, .rcpts = 1, .flags = flags | MSG_DELIVER_IMPORT};
	struct buf tail = BUF_INIT(INLINE_MAX + 4096);
	struct slice piece = SLICE_NONE;
	int fd = -1;
	enum err e;

	if (r->chan == NULL)
		return ERR_CLOSED;
	store_rcpt_add(&tail, &rcpt);
	m.rcpt_len = (uint32_t)tail.len;
	e = fill(&tail, m.rcpt_len + INLINE_MAX, source, &piece);
	if (e == ERR_OK && piece.len == 0)
		piece = source->next(source->ctx);
	if (e == ERR_OK && piece.len > 0)
		e = spill(r, source, piece, &fd, &m.fd_len);
	if (e == ERR_OK && source->check != NULL &&
	    (e = source->check(source->ctx)) != ERR_OK && fd >= 0)
		(void)close(fd);
	if (e == ERR_OK) {
		m.req = CTL_RPC_DETACHED;
		e = msg_send_deliver(r->chan, &m, buf_slice(&tail), fd);
		r->flying += e == ERR_OK;
	}
	buf_fini(&tail);
	return e == ERR_OK ? settle(r, FLYING_MAX) : e;
}

enum err
ctl_rpc_delivered(struct ctl_rpc *r, uint64_t *count_out)
{
	enum err e = settle(r, 0);

	*count_out = r->landed;
	r->landed = 0;
	r->flight_err = ERR_OK;
	return e;
}

enum err
ctl_rpc_new_ids(struct ctl_rpc *r, uint64_t *ids, unsigned n)
{
	struct msg_control m = {.what = CONTROL_NEW_ID};
	uint64_t landed;
	enum err e = ERR_OK;

	r->ids = ids;
	r->id_max = n;
	for (unsigned i = 0; i < n && e == ERR_OK; i++) {
		m.req = CTL_RPC_DETACHED | i;
		e = r->chan == NULL
			? ERR_CLOSED
			: msg_send_control(r->chan, &m, SLICE_NONE, -1);
		r->flying += e == ERR_OK;
	}
	if (e == ERR_OK)
		e = ctl_rpc_delivered(r, &landed);
	r->ids = NULL;
	return e;
}
