/* Rows of a mailbox listing. */
#include "store/store_row.h"

#include "base/num.h"

#include <string.h>

enum { HEAD = MAIL_ID_LEN + 10, UIDL_MAX = 70 };

void
store_row_add(struct buf *b, const struct store_row *r)
{
	uint8_t head[HEAD];

	memcpy(head, r->id.b, MAIL_ID_LEN);
	num_put_be64(head + MAIL_ID_LEN, r->octets);
	head[MAIL_ID_LEN + 8] = (uint8_t)r->flags;
	head[MAIL_ID_LEN + 9] = (uint8_t)r->uidl.len;
	buf_add(b, head, sizeof head);
	if (r->uidl.len > 0)
		buf_add_slice(b, r->uidl);
}

enum err
store_row_next(struct slice *rows, struct store_row *out)
{
	const uint8_t *p = (const uint8_t *)rows->p;

	if (rows->len == 0)
		return ERR_NOENT;
	if (rows->len < HEAD)
		return ERR_PROTO;
	memcpy(out->id.b, p, MAIL_ID_LEN);
	out->octets = num_get_be64(p + MAIL_ID_LEN);
	out->flags = p[MAIL_ID_LEN + 8];
	out->uidl = slice_first(slice_skip(*rows, HEAD), p[MAIL_ID_LEN + 9]);
	if (out->uidl.len != p[MAIL_ID_LEN + 9] || out->uidl.len > UIDL_MAX)
		return ERR_PROTO;
	*rows = slice_skip(*rows, HEAD + out->uidl.len);
	return ERR_OK;
}
