/* Mail coming in, in memory: room, recipients, the body, one row a mailbox. */
#include "base/clock.h"
#include "proc/msg.h"
#include "store/mem/mem_priv.h"
#include "store/store_rcpt.h"
#include "store/store_row.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define DAY_US ((uint64_t)24 * 3600 * 1000000)
enum { BODY_MAX = 1 << 30 };

const uint8_t mem_srs_key[MIME_SRS_KEY] = {'m', 'e', 'm'};

/* Is there room for octets in all of them, besides what others reserved? */
static enum err
has_room(struct store *s, const struct store_dest *d, uint64_t owner,
    uint64_t tx, uint64_t octets)
{
	struct mem_box *b = mem_box_get(s, d->mailbox, false);
	uint64_t count, used = 0;

	if (b != NULL)
		mem_box_count(b, false, &count, &used);
	used += store_reserve_others(&s->reserve, owner, tx, d->mailbox);
	return d->quota != 0 && (used >= d->quota || octets > d->quota - used)
		   ? ERR_QUOTA
		   : ERR_OK;
}

static enum err
reserve(
    struct store *s, const struct store_resolve *op, const struct store_dest *d)
{
	struct mem_box *b = mem_box_get(s, d->mailbox, false);
	uint64_t count, used = 0;

	if (b != NULL)
		mem_box_count(b, false, &count, &used);
	return store_reserve_add(&s->reserve, op->tx_owner, op->tx, d->mailbox,
	    op->size, used, d->quota);
}

enum err
mem_resolve(struct store *s, struct store_resolve *op)
{
	struct store_dests d = STORE_DESTS_INIT;
	struct store_route_how how = {.relay = op->relay,
	    .srs_key = mem_srs_key,
	    .day = clock_wall_us() / DAY_US};
	enum err e = store_route(&s->getter, s->conf, &how, op->addr, &d);

	if (e == ERR_OK && s->full)
		e = ERR_FULL;
	for (unsigned i = 0; i < d.n && e == ERR_OK; i++)
		e = reserve(s, op, &d.dest[i]);
	op->mailboxes = d.n;
	op->remotes = d.nremotes;
	store_dests_fini(&d);
	return e;
}

enum err
mem_spill(struct store *s, struct store_spill *op)
{
	if (s->full)
		return ERR_FULL;
	op->fd = memfd_create("spill", MFD_CLOEXEC);
	return op->fd < 0 ? ERR_RETRY : ERR_OK;
}

static enum err
read_rest(const struct store_deliver *op, struct buf *out)
{
	char piece[65536];
	uint64_t at = 0;

	while (at < op->fd_len) {
		uint64_t left = op->fd_len - at;
		ssize_t n = pread(op->fd, piece,
		    left < sizeof piece ? (size_t)left : sizeof piece,
		    (off_t)at);

		if (n <= 0)
			return ERR_IO;
		buf_add(out, piece, (size_t)n);
		at += (uint64_t)n;
	}
	return out->err != ERR_OK ? ERR_RETRY : ERR_OK;
}

static struct mem_row *
make_row(const struct store_deliver *op, struct mem_body *body,
    struct slice delivered_to, struct slice uidl)
{
	struct mem_row *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->id = op->id;
	r->body = body;
	body->refs++;
	r->flags = (op->flags & MSG_DELIVER_UTF8) != 0 ? STORE_ROW_UTF8 : 0;
	buf_init(&r->prefix, 4096);
	buf_init(&r->uidl, 70);
	if ((op->flags & MSG_DELIVER_IMPORT) == 0)
		buf_addf(
		    &r->prefix, "Return-Path: <%.*s>\r\n", SLICE_ARG(op->from));
	if (delivered_to.len > 0)
		buf_addf(&r->prefix, "Delivered-To: %.*s\r\n",
		    SLICE_ARG(delivered_to));
	buf_add_slice(&r->uidl, uidl);
	return r;
}

/* A message that is there, or was removed, under this id stays as it is. */
static enum err
put_row(struct store *s, struct store_deliver *op, uint64_t mailbox,
    struct mem_body *body, const struct store_rcpt *rcpt)
{
	struct mem_box *b = mem_box_get(s, mailbox, true);
	struct mem_row *r;

	if (b == NULL)
		return ERR_RETRY;
	op->delivered++;
	if (mem_box_find(b, &op->id) != NULL)
		return ERR_OK;
	if ((r = make_row(op, body, rcpt->addr, rcpt->uidl)) == NULL)
		return ERR_RETRY;
	if (mem_box_add(b, r))
		return ERR_OK;
	mem_row_free(r);
	return ERR_RETRY;
}

/* All have room, or nothing is delivered. */
static enum err
check_all(struct store *s, const struct store_deliver *op, uint64_t octets,
    const struct store_plan *p)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < p->dests.n && e == ERR_OK; i++)
		e = has_room(
		    s, &p->dests.dest[i], op->tx_owner, op->tx, octets);
	return e;
}

enum err
mem_deliver_plan(struct store *s, struct store_deliver *op,
    struct mem_body *body, struct store_plan *p)
{
	enum err e = ERR_OK;

	op->delivered = op->queued = op->held = 0;
	for (unsigned i = 0; i < p->dests.n && e == ERR_OK; i++)
		e = put_row(s, op, p->dests.dest[i].mailbox, body, &p->rcpt[i]);
	return e == ERR_OK ? mem_receive(s, op, body, p) : e;
}

enum err
mem_deliver(struct store *s, struct store_deliver *op)
{
	struct mem_body *body = calloc(1, sizeof *body);
	struct store_plan p = {.nrcpt = 0};
	enum err e;

	if (body == NULL)
		return ERR_RETRY;
	body->refs = 1; /* ours */
	buf_init(&body->octets, BODY_MAX);
	buf_add_slice(&body->octets, op->head);
	e = s->full ? ERR_FULL : read_rest(op, &body->octets);
	if (e == ERR_OK)
		e = store_plan_make(&s->getter, s->conf, mem_srs_key, op, &p);
	if (e == ERR_OK)
		e = check_all(s, op, body->octets.len, &p);
	if (e == ERR_OK)
		e = mem_deliver_plan(s, op, body, &p);
	if (e == ERR_OK)
		store_reserve_end(&s->reserve, op->tx_owner, op->tx);
	store_plan_fini(&p);
	mem_body_unref(body);
	return e;
}
