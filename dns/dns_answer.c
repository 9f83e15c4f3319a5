/* Reading answers of name servers. */
#include "dns/dns_answer.h"

#include "base/num.h"

#include <string.h>

enum {
	HEADER = 12,
	LABEL_MAX = 63,
	POINTER = 0xc0,
	NAME_WIRE_MAX = 255,
	CNAMES_MAX = 16, /* of one chain */
	CLASS_IN = 1
};

struct record {
	struct dns_name owner;
	unsigned type, class;
	struct slice data;
};

static uint8_t
octet(struct slice s, size_t at)
{
	return (uint8_t)s.p[at];
}

/* --- names (section 4.1.4) --------------------------------------------- */

static bool
put_char(struct dns_name *n, size_t *len, char c)
{
	if (*len == DNS_NAME_MAX)
		return false;
	if (c >= 'A' && c <= 'Z')
		c = (char)(c | 0x20);
	if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
		c == '_' || c == '.'))
		n->odd = true;
	n->text[(*len)++] = c;
	return true;
}

static bool
put_label(struct dns_name *n, size_t *len, struct slice label)
{
	if (*len > 0 && !put_char(n, len, '.'))
		return false;
	for (size_t i = 0; i < label.len; i++) {
		if (label.p[i] == '.') /* it parts no labels */
			n->odd = true;
		if (!put_char(n, len, label.p[i]))
			return false;
	}
	return true;
}

/*
 * Read the name at *at, which moves behind it. A pointer leads to a place
 * before all that has been read, so that there is an end.
 */
static bool
read_name(struct slice p, size_t *at, struct dns_name *out)
{
	size_t i = *at, limit = i, len = 0;
	bool jumped = false;

	memset(out, 0, sizeof *out);
	for (;;) {
		unsigned n;

		if (i >= p.len)
			return false;
		n = octet(p, i);
		if ((n & POINTER) == POINTER) {
			if (i + 2 > p.len)
				return false;
			if (!jumped)
				*at = i + 2;
			jumped = true;
			i = num_get_be16(p.p + i) & 0x3fff;
			if (i >= limit)
				return false;
			limit = i;
			continue;
		}
		if (n > LABEL_MAX || i + 1 + n > p.len)
			return false;
		if (n == 0)
			break;
		if (!put_label(out, &len, slice_of(p.p + i + 1, n)))
			return false;
		i += 1 + n;
	}
	if (!jumped)
		*at = i + 1;
	if (out->odd)
		memset(out->text, 0, sizeof out->text);
	return true;
}

/* --- records ------------------------------------------------------------ */

static bool
read_record(struct slice p, size_t *at, struct record *out)
{
	size_t len;

	if (!read_name(p, at, &out->owner) || p.len - *at < 10)
		return false;
	out->type = num_get_be16(p.p + *at);
	out->class = num_get_be16(p.p + *at + 2);
	len = num_get_be16(p.p + *at + 8);
	*at += 10;
	if (p.len - *at < len)
		return false;
	out->data = slice_of(p.p + *at, len);
	*at += len;
	return true;
}

/* Does this record belong to the present name? */
static bool
is_ours(const struct dns_answer *a, const struct record *r, unsigned type)
{
	return r->type == type && r->class == CLASS_IN && !r->owner.odd &&
	       strcmp(r->owner.text, a->name.text) == 0;
}

static void
rewind_records(struct dns_answer *a)
{
	a->at = a->first;
	a->left = a->count;
}

/* The next record that is ours; ERR_NOENT at the end, ERR_PROTO */
static enum err
next_of(struct dns_answer *a, unsigned type, struct slice *data)
{
	struct record r;

	for (; a->left > 0;) {
		a->left--;
		if (!read_record(a->packet, &a->at, &r)) {
			a->left = 0;
			return ERR_PROTO;
		}
		if (is_ours(a, &r, type)) {
			*data = r.data;
			return ERR_OK;
		}
	}
	return ERR_NOENT;
}

/* Names in data may point anywhere in the packet. */
static bool
name_in_data(const struct dns_answer *a, struct slice data, size_t skip,
    struct dns_name *out)
{
	size_t at = (size_t)(data.p - a->packet.p) + skip;
	size_t end = (size_t)(data.p - a->packet.p) + data.len;

	return data.len > skip && read_name(a->packet, &at, out) && at == end;
}

static enum err
follow_cnames(struct dns_answer *a)
{
	struct slice data;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < CNAMES_MAX; i++) {
		rewind_records(a);
		if ((e = next_of(a, DNS_CNAME, &data)) != ERR_OK)
			return e == ERR_NOENT ? ERR_OK : e;
		if (!name_in_data(a, data, 0, &a->name))
			return ERR_PROTO;
		if (a->name.odd) {
			a->count = 0; /* nothing belongs to such a name */
			return ERR_OK;
		}
	}
	return ERR_PROTO;
}

enum err
dns_answer_begin(struct dns_answer *a, struct slice packet, const char *name,
    enum dns_type type)
{
	struct dns_name asked;
	unsigned questions;
	enum err e;

	memset(a, 0, sizeof *a);
	if (packet.len < HEADER || slice_to_str(slice_str(name), a->name.text,
				       sizeof a->name.text) != ERR_OK)
		return ERR_PROTO;
	a->packet = packet;
	a->type = type;
	a->rcode = octet(packet, 3) & 15u;
	a->first = HEADER;
	questions = num_get_be16(packet.p + 4);
	for (unsigned i = 0; i < questions; i++) {
		if (!read_name(packet, &a->first, &asked) ||
		    packet.len - a->first < 4)
			return ERR_PROTO;
		a->first += 4;
	}
	a->count = num_get_be16(packet.p + 6);
	e = follow_cnames(a);
	rewind_records(a);
	return e;
}

bool
dns_answer_next(struct dns_answer *a, struct slice *data)
{
	return next_of(a, a->type, data) == ERR_OK;
}

bool
dns_answer_mx(const struct dns_answer *a, struct slice data,
    uint16_t *preference, struct dns_name *host)
{
	if (data.len < 3 || !name_in_data(a, data, 2, host))
		return false;
	*preference = num_get_be16(data.p);
	return true;
}
