/* The recipients of a message as octets, read with suspicion: what they hold
 * ends up in header fields in front of the message. */
#include "store/store_rcpt.h"

#include "base/num.h"
#include "mime/mime_addr.h"
#include "store/store_field.h"

enum {
	HEAD = 14,
	ORCPT_MAX = 500, /* RFC 3461, section 4.2 */
	UIDL_MAX = 70    /* RFC 1939, section 7 */
};

void
store_rcpt_add(struct buf *b, const struct store_rcpt *r)
{
	uint8_t head[HEAD];

	num_put_be64(head, r->mailbox);
	head[8] = (uint8_t)r->notify;
	head[9] = (uint8_t)r->uidl.len;
	num_put_be16(head + 10, (uint16_t)r->addr.len);
	num_put_be16(head + 12, (uint16_t)r->orcpt.len);
	buf_add(b, head, sizeof head);
	buf_add_slice(b, r->addr);
	buf_add_slice(b, r->orcpt);
	buf_add_slice(b, r->uidl);
}

static bool
is_uidl(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e)
			return false;
	return s.len <= UIDL_MAX;
}

static bool
is_notify(unsigned n)
{
	return n == STORE_NOTIFY_NEVER ||
	       (n & ~(unsigned)(STORE_NOTIFY_SUCCESS | STORE_NOTIFY_FAILURE |
				STORE_NOTIFY_DELAY)) == 0;
}

static bool
valid(const struct store_rcpt *r)
{
	if (r->mailbox == 0 && (r->addr.len == 0 || r->uidl.len != 0))
		return false;
	return r->addr.len <= MIME_ADDR_MAX && r->orcpt.len <= ORCPT_MAX &&
	       is_notify(r->notify) && store_is_text(r->addr) &&
	       store_is_text(r->orcpt) && is_uidl(r->uidl);
}

static struct slice
take(struct slice *in, size_t n)
{
	struct slice s = slice_first(*in, n);

	*in = slice_skip(*in, n);
	return s;
}

enum err
store_rcpt_next(struct slice *rcpts, struct store_rcpt *out)
{
	const uint8_t *p = (const uint8_t *)rcpts->p;
	size_t addr, orcpt, uidl;

	if (rcpts->len == 0)
		return ERR_NOENT;
	if (rcpts->len < HEAD)
		return ERR_PROTO;
	out->mailbox = num_get_be64(p);
	out->notify = p[8];
	uidl = p[9];
	addr = num_get_be16(p + 10);
	orcpt = num_get_be16(p + 12);
	if (rcpts->len - HEAD < addr + orcpt + uidl)
		return ERR_PROTO;
	*rcpts = slice_skip(*rcpts, HEAD);
	out->addr = take(rcpts, addr);
	out->orcpt = take(rcpts, orcpt);
	out->uidl = take(rcpts, uidl);
	return valid(out) ? ERR_OK : ERR_PROTO;
}
