/* The numbered snapshot of a mailbox and its marks. */
#include "pop3/pop3_drop.h"

#include "base/num.h"
#include "store/store_row.h"

#include <stdlib.h>

enum { FIRST_ROOM = 32, MESSAGES_MAX = 10 * 1000 * 1000, UIDLS_MAX = 1 << 30 };

void
pop3_drop_init(struct pop3_drop *d)
{
	*d = (struct pop3_drop){0};
	buf_init(&d->uidls, UIDLS_MAX);
}

void
pop3_drop_fini(struct pop3_drop *d)
{
	free(d->msg);
	buf_fini(&d->uidls);
	*d = (struct pop3_drop){0};
}

static enum err
resize(struct pop3_drop *d, uint32_t room)
{
	struct pop3_msg *msg = realloc(d->msg, room * sizeof *msg);

	if (msg == NULL)
		return ERR_NOMEM;
	d->msg = msg;
	d->room = room;
	return ERR_OK;
}

static enum err
add_row(struct pop3_drop *d, const struct store_row *row)
{
	struct pop3_msg *m;

	if (row->octets > UINT32_MAX || d->count == MESSAGES_MAX)
		return ERR_TOOBIG;
	if (d->count == d->room &&
	    resize(d, d->room == 0 ? FIRST_ROOM : d->room * 2) != ERR_OK)
		return ERR_NOMEM;
	m = &d->msg[d->count];
	m->id = row->id;
	m->octets = (uint32_t)row->octets;
	m->uidl = 0;
	m->marked = 0;
	if (row->uidl.len > 0) {
		m->uidl = (uint32_t)(d->uidls.len + 1) & 0x7fffffffu;
		buf_add_char(&d->uidls, (char)row->uidl.len);
		buf_add_slice(&d->uidls, row->uidl);
	}
	d->count++;
	d->octets += row->octets;
	return d->uidls.err;
}

enum err
pop3_drop_add(struct pop3_drop *d, struct slice rows)
{
	struct store_row row;
	enum err e;

	while ((e = store_row_next(&rows, &row)) == ERR_OK)
		if ((e = add_row(d, &row)) != ERR_OK)
			return e;
	return e == ERR_NOENT ? ERR_OK : e;
}

void
pop3_drop_loaded(struct pop3_drop *d)
{
	if (d->count > 0 && d->count < d->room)
		(void)resize(d, d->count);
}

struct pop3_msg *
pop3_drop_find(const struct pop3_drop *d, struct slice number)
{
	uint32_t n;

	if (num_u32(number, 1, UINT32_MAX, &n) != ERR_OK || n > d->count ||
	    d->msg[n - 1].marked)
		return NULL;
	return &d->msg[n - 1];
}

uint32_t
pop3_drop_number(const struct pop3_drop *d, const struct pop3_msg *m)
{
	return (uint32_t)(m - d->msg) + 1;
}

void
pop3_drop_mark(struct pop3_drop *d, struct pop3_msg *m)
{
	if (m->marked)
		return;
	m->marked = 1;
	d->marked++;
	d->octets_marked += m->octets;
}

void
pop3_drop_unmark_all(struct pop3_drop *d)
{
	for (uint32_t i = 0; i < d->count; i++)
		d->msg[i].marked = 0;
	d->marked = 0;
	d->octets_marked = 0;
}

void
pop3_drop_add_uidl(
    const struct pop3_drop *d, const struct pop3_msg *m, struct buf *out)
{
	const char *p;

	if (m->uidl == 0) {
		buf_add_hex(out, m->id.b, sizeof m->id.b);
		return;
	}
	p = d->uidls.p + m->uidl - 1;
	buf_add(out, p + 1, (unsigned char)p[0]);
}

struct mail_id *
pop3_drop_marked(const struct pop3_drop *d)
{
	struct mail_id *ids = malloc((d->marked + 1u) * sizeof *ids);
	uint32_t n = 0;

	if (ids == NULL)
		return NULL;
	for (uint32_t i = 0; i < d->count; i++)
		if (d->msg[i].marked)
			ids[n++] = d->msg[i].id;
	return ids;
}
