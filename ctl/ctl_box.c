/* An open mailbox. */
#include "ctl/ctl_box.h"

#include "ctl/ctl_rpc.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TRIES = 50, PAUSE_MS = 200 };

static bool
make_room(struct ctl_box *b)
{
	size_t cap = b->cap == 0 ? 256 : b->cap * 2;
	struct ctl_message *p;

	if (b->n < b->cap)
		return true;
	if ((p = reallocarray(b->message, cap, sizeof *p)) == NULL)
		return false;
	b->message = p;
	b->cap = cap;
	return true;
}

static enum err
add(struct ctl_box *b, const struct store_row *row)
{
	struct ctl_message *m;

	if (!make_room(b))
		return ERR_NOMEM;
	m = &b->message[b->n++];
	memset(m, 0, sizeof *m);
	m->id = row->id;
	m->octets = row->octets;
	m->flags = row->flags;
	m->own_uidl = row->uidl.len == 0;
	if (m->own_uidl)
		mail_id_hex(&row->id, m->uidl);
	else
		return slice_to_str(row->uidl, m->uidl, sizeof m->uidl);
	return ERR_OK;
}

static void
take_rows(void *ctx, struct slice rows, unsigned n)
{
	struct ctl_box *b = ctx;
	struct store_row row;
	enum err e = ERR_OK;

	(void)n;
	while (e == ERR_OK && (e = store_row_next(&rows, &row)) == ERR_OK)
		e = add(b, &row);
	if (b->err == ERR_OK && e != ERR_NOENT)
		b->err = e;
}

enum err
ctl_box_open(struct ctl *c, uint64_t mailbox, struct ctl_box *out)
{
	struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	enum err e;

	memset(out, 0, sizeof *out);
	for (unsigned i = 0; i < TRIES; i++) {
		e = ctl_rpc_open(c->rpc, mailbox, take_rows, out, &out->lease);
		if (e != ERR_BUSY)
			break;
		(void)nanosleep(&pause, NULL);
	}
	if (e != ERR_OK)
		out->lease = 0;
	return e == ERR_OK ? out->err : e;
}

void
ctl_box_close(struct ctl *c, struct ctl_box *b)
{
	if (b->lease != 0)
		ctl_rpc_close(c->rpc, b->lease);
	free(b->message);
	memset(b, 0, sizeof *b);
}
