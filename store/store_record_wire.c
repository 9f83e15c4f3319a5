/* Directory records on their way: rows of a scan, changes of a commit. */
#include "base/num.h"
#include "store/store.h"
#include "store/store_record.h"

enum { ROW_HEAD = 14, CHANGE_HEAD = 16 };

void
store_rows_add(struct buf *rows, const struct store_dir_row *row)
{
	uint8_t head[ROW_HEAD];

	num_put_be16(head, (uint16_t)row->key.len);
	num_put_be32(head + 2, (uint32_t)row->value.len);
	num_put_be64(head + 6, row->version);
	buf_add(rows, head, sizeof head);
	buf_add_slice(rows, row->key);
	buf_add_slice(rows, row->value);
}

/* Take a key and a value of these lengths off *in. */
static enum err
take_pair(struct slice *in, size_t klen, size_t vlen, struct slice *key,
    struct slice *value)
{
	if (klen > STORE_KEY_MAX || vlen > STORE_VALUE_MAX ||
	    in->len < klen + vlen)
		return ERR_PROTO;
	*key = slice_first(*in, klen);
	*value = slice_first(slice_skip(*in, klen), vlen);
	*in = slice_skip(*in, klen + vlen);
	return ERR_OK;
}

enum err
store_rows_next(struct slice *rows, struct store_dir_row *out)
{
	const char *p = rows->p;

	if (rows->len == 0)
		return ERR_NOENT;
	if (rows->len < ROW_HEAD)
		return ERR_PROTO;
	*rows = slice_skip(*rows, ROW_HEAD);
	out->version = num_get_be64(p + 6);
	return take_pair(
	    rows, num_get_be16(p), num_get_be32(p + 2), &out->key, &out->value);
}

void
store_changes_add(struct buf *b, const struct store_change *c)
{
	uint8_t head[CHANGE_HEAD] = {(uint8_t)c->kind, c->value.p == NULL};

	num_put_be64(head + 2, c->expect);
	num_put_be16(head + 10, (uint16_t)c->key.len);
	num_put_be32(head + 12, (uint32_t)c->value.len);
	buf_add(b, head, sizeof head);
	buf_add_slice(b, c->key);
	buf_add_slice(b, c->value);
}

enum err
store_changes_next(struct slice *changes, struct store_change *out)
{
	const char *p = changes->p;
	unsigned kind, remove;
	enum err e;

	if (changes->len == 0)
		return ERR_NOENT;
	if (changes->len < CHANGE_HEAD)
		return ERR_PROTO;
	kind = (uint8_t)p[0];
	remove = (uint8_t)p[1];
	if (kind == 0 || kind >= STORE_KINDS || remove > 1)
		return ERR_PROTO;
	*changes = slice_skip(*changes, CHANGE_HEAD);
	out->kind = (enum store_kind)kind;
	out->expect = num_get_be64(p + 2);
	e = take_pair(changes, num_get_be16(p + 10), num_get_be32(p + 12),
	    &out->key, &out->value);
	if (e == ERR_OK && remove == 1) {
		if (out->value.len != 0)
			return ERR_PROTO;
		out->value = SLICE_NONE;
	}
	return e;
}
