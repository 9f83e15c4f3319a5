/* What waits to go out, and what became of it, as octets. */
#include "store/store_queue.h"

#include "base/num.h"
#include "mime/mime_addr.h"
#include "store/store_field.h"
#include "store/store_rcpt.h"

#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
	ENVID_MAX = 126, /* two of msg_short; RFC 3461, section 4.4: 100 */
	ORCPT_MAX = 500,
	CODE_MAX = 999,
	TLS_MAX = 63,
	RET_MAX = 2,
	NOTIFY_MAX = STORE_NOTIFY_NEVER | STORE_NOTIFY_SUCCESS |
		     STORE_NOTIFY_FAILURE | STORE_NOTIFY_DELAY,
	ROW_HEAD = STORE_OUT_KEY + 4,
	OUTCOME_HEAD = STORE_OUT_KEY + 2,
	REPORT_HEAD = MAIL_ID_LEN + 7
};

static const struct store_field envelope_fields[] = {
    STORE_FIELD(1, TEXT, store_envelope, from, MIME_ADDR_MAX),
    STORE_FIELD(2, TEXT, store_envelope, envid, ENVID_MAX),
    STORE_FIELD(3, U32, store_envelope, flags, STORE_ENV_UTF8 | STORE_ENV_8BIT),
    STORE_FIELD(4, U32, store_envelope, ret, RET_MAX),
    STORE_FIELD(5, U64, store_envelope, account, UINT64_MAX),
    STORE_FIELD(6, U64, store_envelope, octets, UINT64_MAX),
    STORE_FIELD(7, U64, store_envelope, body, UINT64_MAX),
    STORE_FIELD(8, U64, store_envelope, sum, UINT64_MAX),
    STORE_FIELD(9, U64, store_envelope, made_us, UINT64_MAX),
    STORE_FIELD(10, U32, store_envelope, rcpts, UINT32_MAX),
    STORE_FIELD(11, U32, store_envelope, left, UINT32_MAX),
    {0},
};
static const struct store_field out_fields[] = {
    STORE_FIELD(1, U32, store_out, state, STORE_OUT_REPORT),
    STORE_FIELD(2, U32, store_out, report, STORE_REPORT_LIMIT),
    STORE_FIELD(3, TEXT, store_out, addr, MIME_ADDR_MAX),
    STORE_FIELD(4, TEXT, store_out, orcpt, ORCPT_MAX),
    STORE_FIELD(5, U32, store_out, notify, NOTIFY_MAX),
    STORE_FIELD(6, TEXT, store_out, sender, MIME_ADDR_MAX),
    STORE_FIELD(7, OCTETS, store_out, prefix, STORE_PREFIX_MAX),
    STORE_FIELD(8, U64, store_out, next_us, UINT64_MAX),
    STORE_FIELD(9, U64, store_out, since_us, UINT64_MAX),
    STORE_FIELD(10, U32, store_out, attempts, UINT32_MAX),
    STORE_FIELD(11, BOOL, store_out, delay_told, 1),
    STORE_FIELD(12, U64, store_out, last_us, UINT64_MAX),
    STORE_FIELD(13, U32, store_out, code, CODE_MAX),
    STORE_FIELD(14, TEXT, store_out, status, STORE_STATUS_MAX),
    STORE_FIELD(15, TEXT, store_out, reply, STORE_REPLY_MAX),
    STORE_FIELD(16, TEXT, store_out, host, STORE_HOST_MAX),
    STORE_FIELD(17, U32, store_out, was, STORE_OUT_REPORT),
    {0},
};
static const struct store_field outcome_fields[] = {
    STORE_FIELD(1, U32, store_outcome, kind, STORE_OUTCOME_KINDS - 1),
    STORE_FIELD(2, BOOL, store_outcome, attempted, 1),
    STORE_FIELD(3, BOOL, store_outcome, delay_told, 1),
    STORE_FIELD(4, U64, store_outcome, next_us, UINT64_MAX),
    STORE_FIELD(5, U32, store_outcome, code, CODE_MAX),
    STORE_FIELD(6, TEXT, store_outcome, status, STORE_STATUS_MAX),
    STORE_FIELD(7, TEXT, store_outcome, reply, STORE_REPLY_MAX),
    STORE_FIELD(8, TEXT, store_outcome, host, STORE_HOST_MAX),
    STORE_FIELD(9, TEXT, store_outcome, tls, TLS_MAX),
    {0},
};

/* --- keys and destinations ---------------------------------------------- */

void
store_out_key_add(struct buf *b, const struct store_out_key *k)
{
	uint8_t n[4];

	num_put_be32(n, k->n);
	buf_add(b, k->id.b, MAIL_ID_LEN);
	buf_add(b, n, sizeof n);
}

static void
get_key(const char *p, struct store_out_key *out)
{
	memcpy(out->id.b, p, MAIL_ID_LEN);
	out->n = num_get_be32(p + MAIL_ID_LEN);
}

enum err
store_out_key_next(struct slice *in, struct store_out_key *out)
{
	if (in->len == 0)
		return ERR_NOENT;
	if (in->len < STORE_OUT_KEY)
		return ERR_PROTO;
	get_key(in->p, out);
	*in = slice_skip(*in, STORE_OUT_KEY);
	return ERR_OK;
}

/* Neither of the two numbers that mean something else: reports, and any. */
uint64_t
store_dest_of(struct slice addr)
{
	size_t at = slice_rfind(addr, '@');
	struct slice domain = at == addr.len ? addr : slice_skip(addr, at + 1);
	char lower[MIME_ADDR_MAX];
	uint64_t h;
	size_t n = 0;

	for (; n < domain.len && n < sizeof lower; n++)
		lower[n] = (char)(domain.p[n] >= 'A' && domain.p[n] <= 'Z'
				      ? domain.p[n] + ('a' - 'A')
				      : domain.p[n]);
	h = XXH3_64bits(lower, n);
	return h == STORE_DEST_REPORT ? 1 : h == UINT64_MAX ? h - 1 : h;
}

/* --- envelopes and recipients ------------------------------------------- */

static bool
envelope_consistent(const struct store_envelope *v)
{
	return v->left <= v->rcpts;
}

enum err
store_envelope_encode(const struct store_envelope *v, struct buf *out)
{
	return envelope_consistent(v)
		   ? store_fields_encode(envelope_fields, v, out)
		   : ERR_TOOBIG;
}

enum err
store_envelope_decode(struct slice v, struct store_envelope *out)
{
	enum err e;

	memset(out, 0, sizeof *out);
	e = store_fields_decode(envelope_fields, v, out);
	return e == ERR_OK && !envelope_consistent(out) ? ERR_CORRUPT : e;
}

/* A report is taken as any other is, and is SENDING then. */
static bool
out_consistent(const struct store_out *o)
{
	return o->state != 0 && o->addr.len > 0 &&
	       (o->was == 0 || o->state == STORE_OUT_SENDING) &&
	       (o->report == 0 ? o->state != STORE_OUT_REPORT
			       : o->state == STORE_OUT_REPORT ||
				     o->state == STORE_OUT_SENDING ||
				     o->state == STORE_OUT_DOUBT ||
				     o->state == STORE_OUT_HELD);
}

enum err
store_out_encode(const struct store_out *o, struct buf *out)
{
	return out_consistent(o) ? store_fields_encode(out_fields, o, out)
				 : ERR_TOOBIG;
}

enum err
store_out_decode(struct slice v, struct store_out *out)
{
	enum err e;

	memset(out, 0, sizeof *out);
	e = store_fields_decode(out_fields, v, out);
	return e == ERR_OK && !out_consistent(out) ? ERR_CORRUPT : e;
}

void
store_out_rows_add(struct buf *b, const struct store_out_row *r)
{
	uint8_t lens[4];

	num_put_be16(lens, (uint16_t)r->envelope.len);
	num_put_be16(lens + 2, (uint16_t)r->out.len);
	store_out_key_add(b, &r->key);
	buf_add(b, lens, sizeof lens);
	if (r->envelope.len > 0)
		buf_add_slice(b, r->envelope);
	buf_add_slice(b, r->out);
}

/* Take n octets off *in; false when there are fewer. */
static bool
cut(struct slice *in, size_t n, struct slice *out)
{
	*out = slice_first(*in, n);
	*in = slice_skip(*in, n);
	return out->len == n;
}

enum err
store_out_rows_next(struct slice *rows, struct store_out_row *out)
{
	struct slice head;
	size_t env, len;

	if (rows->len == 0)
		return ERR_NOENT;
	if (!cut(rows, ROW_HEAD, &head))
		return ERR_PROTO;
	get_key(head.p, &out->key);
	env = num_get_be16(head.p + STORE_OUT_KEY);
	len = num_get_be16(head.p + STORE_OUT_KEY + 2);
	return cut(rows, env, &out->envelope) && cut(rows, len, &out->out) &&
		       len > 0
		   ? ERR_OK
		   : ERR_PROTO;
}

/* --- outcomes and reports ----------------------------------------------- */

/* What is to be tried again says when. */
static bool
outcome_consistent(const struct store_outcome *o)
{
	bool again =
	    o->kind == STORE_OUTCOME_DEFERRED || o->kind == STORE_OUTCOME_DOUBT;

	return o->kind != 0 && (!again || o->next_us != 0);
}

enum err
store_outcome_add(struct buf *b, const struct store_outcome *o)
{
	size_t start = b->len, len = store_fields_len(outcome_fields, o);
	uint8_t head[2];
	enum err e;

	if (!outcome_consistent(o) || len > UINT16_MAX)
		return ERR_TOOBIG;
	num_put_be16(head, (uint16_t)len);
	store_out_key_add(b, &o->key);
	buf_add(b, head, sizeof head);
	if ((e = store_fields_encode(outcome_fields, o, b)) != ERR_OK)
		buf_cut(b, start);
	return e;
}

enum err
store_outcome_next(struct slice *in, struct store_outcome *out)
{
	struct slice head, record;

	if (in->len == 0)
		return ERR_NOENT;
	if (!cut(in, OUTCOME_HEAD, &head) ||
	    !cut(in, num_get_be16(head.p + STORE_OUT_KEY), &record))
		return ERR_PROTO;
	memset(out, 0, sizeof *out);
	get_key(head.p, &out->key);
	return store_fields_decode(outcome_fields, record, out) == ERR_OK &&
		       outcome_consistent(out)
		   ? ERR_OK
		   : ERR_PROTO;
}

static bool
report_valid(const struct store_report *r)
{
	return r->to.len > 0 && r->to.len <= MIME_ADDR_MAX &&
	       store_is_text(r->to) && r->body.len > 0;
}

enum err
store_report_add(struct buf *b, const struct store_report *r)
{
	uint8_t head[REPORT_HEAD];
	size_t start = b->len;

	if (!report_valid(r) || r->body.len > UINT32_MAX)
		return ERR_TOOBIG;
	memcpy(head, r->id.b, MAIL_ID_LEN);
	head[MAIL_ID_LEN] = r->utf8;
	num_put_be16(head + MAIL_ID_LEN + 1, (uint16_t)r->to.len);
	num_put_be32(head + MAIL_ID_LEN + 3, (uint32_t)r->body.len);
	buf_add(b, head, sizeof head);
	buf_add_slice(b, r->to);
	buf_add_slice(b, r->body);
	if (b->err != ERR_OK)
		buf_cut(b, start);
	return b->err;
}

enum err
store_report_next(struct slice *in, struct store_report *out)
{
	struct slice head;

	if (in->len == 0)
		return ERR_NOENT;
	if (!cut(in, REPORT_HEAD, &head) || (uint8_t)head.p[MAIL_ID_LEN] > 1)
		return ERR_PROTO;
	memcpy(out->id.b, head.p, MAIL_ID_LEN);
	out->utf8 = head.p[MAIL_ID_LEN] != 0;
	return cut(in, num_get_be16(head.p + MAIL_ID_LEN + 1), &out->to) &&
		       cut(in, num_get_be32(head.p + MAIL_ID_LEN + 3),
			   &out->body) &&
		       report_valid(out)
		   ? ERR_OK
		   : ERR_PROTO;
}
