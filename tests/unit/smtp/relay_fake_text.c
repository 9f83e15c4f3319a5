/* What makes texts: just enough of it to be seen. And records with texts. */
#include "relay_fake.h"

#include "base/clock.h"
#include "base/num.h"
#include "mime/mime_recode.h"
#include "queue/queue_bounce.h"

#include <stdio.h>
#include <string.h>

void
mime_eight(struct slice message, bool *header, bool *body)
{
	struct slice end = SLICE("\r\n\r\n");
	size_t n = slice_find_slice(message, end);

	*header = !slice_is_ascii(slice_first(message, n));
	*body = !slice_is_ascii(slice_skip(message, n));
}

bool
mime_long_lines(struct slice text)
{
	return slice_find_slice(text, SLICE("long line")) < text.len;
}

enum err
mime_recode_7bit(struct slice message, struct buf *out)
{
	if (slice_find_slice(message, SLICE("signed")) < message.len)
		return ERR_DENIED;
	buf_add_str(out, "recoded\r\n\r\n");
	buf_add_u64(out, message.len);
	return out->err;
}

static const char *const actions[] = {
    [QUEUE_FAILED] = "failed",
    [QUEUE_DELAYED] = "delayed",
    [QUEUE_DELIVERED] = "delivered",
    [QUEUE_RELAYED] = "relayed",
    [QUEUE_EXPANDED] = "expanded",
};

enum err
queue_bounce_make(const struct queue_bounce *b, struct buf *out)
{
	for (unsigned i = 0; i < b->nrcpts; i++)
		buf_addf(out, "%s %.*s %u %.*s %.*s %.*s\n",
		    actions[b->rcpt[i].action], SLICE_ARG(b->rcpt[i].addr),
		    b->rcpt[i].code, SLICE_ARG(b->rcpt[i].status),
		    SLICE_ARG(b->rcpt[i].host), SLICE_ARG(b->rcpt[i].reply));
	buf_add_str(out, b->whole ? "whole " : "header ");
	buf_add_slice(out, b->original);
	return out->err;
}

bool
queue_bounce_utf8(const struct queue_bounce *b)
{
	return !slice_is_ascii(b->to);
}

enum err
queue_held_make(const struct queue_held_notice *n, struct buf *out)
{
	buf_addf(out, "held %.*s %u", SLICE_ARG(n->account), n->messages);
	return out->err;
}

/* --- records ---------------------------------------------------------------
 */

void
fake_text(unsigned id, const char *text)
{
	(void)snprintf(
	    fake_store.text[id], sizeof fake_store.text[id], "%s", text);
}

struct fake_record *
fake_queue(unsigned id, const char *from, const char *to)
{
	struct fake_record *r = &fake_store.rec[fake_store.nrecs];

	r->key.id.b[15] = (uint8_t)(id % FAKE_TEXTS);
	num_put_be32(r->key.id.b, id);
	r->key.n = fake_store.nrecs++;
	(void)snprintf(r->from, sizeof r->from, "%s", from);
	(void)snprintf(r->addr, sizeof r->addr, "%s", to);
	r->dest = store_dest_of(slice_str(to));
	r->state = STORE_OUT_DUE;
	r->since_us = clock_wall_us();
	id %= FAKE_TEXTS;
	if (fake_store.text[id][0] == '\0')
		fake_text(id, "Subject: hello\r\n\r\nbody\r\n");
	r->octets = strlen(fake_store.text[id]);
	return r;
}

unsigned
fake_in_state(enum store_out_state s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < fake_store.nrecs; i++)
		n += !fake_store.rec[i].gone && fake_store.rec[i].state == s;
	return n;
}

unsigned
fake_gone(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < fake_store.nrecs; i++)
		n += fake_store.rec[i].gone;
	return n;
}
