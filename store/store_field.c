/* Tables of fields at work. */
#include "store/store_field.h"

#include "base/num.h"

#include <string.h>

enum { LAYOUT = 1, HEAD = 5 };

enum odd { SAMPLE }; /* enums are read and written as what they are made of */
_Static_assert(sizeof(enum odd) == sizeof(uint32_t), "an enum is 32 bits");

static bool
has_control(struct slice s, bool lines)
{
	for (size_t i = 0; i < s.len; i++)
		if (((uint8_t)s.p[i] < 0x20 && !(lines && s.p[i] == '\n')) ||
		    s.p[i] == 0x7f)
			return true;
	return false;
}

bool
store_is_text(struct slice s)
{
	return !has_control(s, false) && slice_is_utf8(s);
}

static bool
is_number(const struct store_field *f)
{
	return f->kind == STORE_FIELD_U64 || f->kind == STORE_FIELD_U32 ||
	       f->kind == STORE_FIELD_BOOL;
}

/* What octets of this kind must be, but for their number. */
static bool
is_clean(enum store_field_kind kind, struct slice s)
{
	return kind == STORE_FIELD_OCTETS ||
	       (!has_control(s, kind == STORE_FIELD_LINES) && slice_is_utf8(s));
}

/* --- writing ------------------------------------------------------------ */

static uint64_t
number_of(const struct store_field *f, const void *record)
{
	const char *p = (const char *)record + f->at;
	uint64_t u64;
	uint32_t u32;
	bool yes;

	if (f->kind == STORE_FIELD_U64) {
		memcpy(&u64, p, sizeof u64);
		return u64;
	}
	if (f->kind == STORE_FIELD_BOOL) {
		memcpy(&yes, p, sizeof yes);
		return yes;
	}
	memcpy(&u32, p, sizeof u32);
	return u32;
}

static struct slice
octets_of(const struct store_field *f, const void *record)
{
	struct slice s;

	memcpy(&s, (const char *)record + f->at, sizeof s);
	return s;
}

static enum err
check(const struct store_field *f, const void *record)
{
	struct slice s;

	if (is_number(f))
		return number_of(f, record) > f->max ? ERR_TOOBIG : ERR_OK;
	s = octets_of(f, record);
	if (s.len > f->max)
		return ERR_TOOBIG;
	return is_clean(f->kind, s) ? ERR_OK : ERR_SYNTAX;
}

static void
put(const struct store_field *f, const void *record, struct buf *out)
{
	uint8_t head[HEAD] = {f->tag, 0, 0, 0, 0}, number[8];
	struct slice s;

	if (is_number(f)) {
		num_put_be64(number, number_of(f, record));
		s = slice_of(number, sizeof number);
		s.len = num_get_be64(number) == 0 ? 0 : s.len;
	} else {
		s = octets_of(f, record);
	}
	if (s.len == 0)
		return;
	num_put_be32(head + 1, (uint32_t)s.len);
	buf_add(out, head, sizeof head);
	buf_add_slice(out, s);
}

enum err
store_fields_encode(
    const struct store_field *table, const void *record, struct buf *out)
{
	size_t before = out->len;
	enum err e;

	for (const struct store_field *f = table; f->tag != 0; f++)
		if ((e = check(f, record)) != ERR_OK)
			return e;
	buf_add_char(out, LAYOUT);
	for (const struct store_field *f = table; f->tag != 0; f++)
		put(f, record, out);
	if (out->err != ERR_OK)
		buf_cut(out, before);
	return out->err;
}

size_t
store_fields_len(const struct store_field *table, const void *record)
{
	size_t n = 1, len;

	for (const struct store_field *f = table; f->tag != 0; f++) {
		if (is_number(f))
			len = number_of(f, record) == 0 ? 0 : 8;
		else
			len = octets_of(f, record).len;
		n += len == 0 ? 0 : HEAD + len;
	}
	return n;
}

/* --- reading ------------------------------------------------------------ */

static enum err
take_number(const struct store_field *f, struct slice s, char *to)
{
	uint64_t u64;
	uint32_t u32;
	bool yes = true;

	if (s.len != 8)
		return ERR_CORRUPT;
	u64 = num_get_be64(s.p);
	u32 = (uint32_t)u64;
	if (u64 == 0 || u64 > f->max)
		return ERR_CORRUPT;
	if (f->kind == STORE_FIELD_U64)
		memcpy(to, &u64, sizeof u64);
	else if (f->kind == STORE_FIELD_BOOL)
		memcpy(to, &yes, sizeof yes);
	else
		memcpy(to, &u32, sizeof u32);
	return ERR_OK;
}

static enum err
take(const struct store_field *f, struct slice s, void *record)
{
	char *to = (char *)record + f->at;

	if (is_number(f))
		return take_number(f, s, to);
	if (s.len > f->max || !is_clean(f->kind, s))
		return ERR_CORRUPT;
	memcpy(to, &s, sizeof s);
	return ERR_OK;
}

enum err
store_fields_decode(
    const struct store_field *table, struct slice v, void *record)
{
	const struct store_field *f = table;
	enum err e = ERR_OK;
	uint32_t len;
	uint8_t tag;

	if (v.len < 1 || v.p[0] != LAYOUT)
		return ERR_CORRUPT;
	for (v = slice_skip(v, 1); e == ERR_OK && v.len > 0; f++) {
		if (v.len < HEAD)
			return ERR_CORRUPT;
		tag = (uint8_t)v.p[0];
		len = num_get_be32(v.p + 1);
		v = slice_skip(v, HEAD);
		while (f->tag != 0 && f->tag < tag)
			f++;
		if (f->tag == 0 || f->tag != tag || len == 0 || len > v.len)
			return ERR_CORRUPT;
		e = take(f, slice_first(v, len), record);
		v = slice_skip(v, len);
	}
	return e;
}
