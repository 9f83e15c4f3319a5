/*
 * Senders rewritten and back. Local parts are taken as they are meant, without
 * quotes, so that one that needs quotes survives the way there and back.
 */
#include "mime/mime_srs.h"

#include "base/buf.h"
#include "base/mac.h"
#include "base/secret.h"

#include <string.h>

enum {
	HASH_LEN = 6, /* 30 bits: a guess costs a refused recipient */
	STAMP_LEN = 2,
	DAYS = 1024,                /* what a stamp can tell apart */
	RAW_MAX = MIME_ADDR_MAX * 2 /* longer than any that fits in the end */
};
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* A local part without quotes. */
struct raw {
	char text[MIME_LOCAL_MAX];
	size_t len;
};

static void
unquote(struct slice local, struct raw *out)
{
	out->len = 0;
	if (local.len < 2 || local.p[0] != '"') {
		memcpy(out->text, local.p, local.len);
		out->len = local.len;
		return;
	}
	for (size_t i = 1; i + 1 < local.len; i++) {
		if (local.p[i] == '\\')
			i++;
		out->text[out->len++] = local.p[i];
	}
}

/* local@domain; the parser takes quotes off that are not needed. */
static enum err
join(struct slice local, struct slice domain, struct mime_addr *out)
{
	struct buf b = BUF_INIT(2 * RAW_MAX);
	enum err e;

	buf_add_char(&b, '"');
	for (size_t i = 0; i < local.len; i++) {
		if (local.p[i] == '"' || local.p[i] == '\\')
			buf_add_char(&b, '\\');
		buf_add_char(&b, local.p[i]);
	}
	buf_add_str(&b, "\"@");
	buf_add_slice(&b, domain);
	e = b.err == ERR_OK ? mime_addr_parse(buf_slice(&b), out) : b.err;
	buf_fini(&b);
	return e;
}

/* Over which SRS it is and all that follows the hash, in lower case. */
static enum err
hash_of(const uint8_t key[MIME_SRS_KEY], char kind, struct slice text,
    char out[HASH_LEN])
{
	struct mac *m = mac_new(slice_of(key, MIME_SRS_KEY));
	char lower[RAW_MAX];
	struct slice pieces[] = {
	    {&kind, 1       },
            {lower, text.len}
        };
	uint8_t sum[MAC_LEN];
	enum err e;

	if (m == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < text.len; i++)
		lower[i] = text.p[i] >= 'A' && text.p[i] <= 'Z'
			       ? (char)(text.p[i] | 0x20)
			       : text.p[i];
	if ((e = mac_run(m, pieces, 2, sum)) == ERR_OK)
		for (unsigned i = 0; i < HASH_LEN; i++)
			out[i] = digits[sum[i] % 32];
	mac_free(&m);
	return e;
}

/* What follows "SRS0" and "SRS1" of somebody, as far as its shape says. */
struct foreign {
	struct slice host; /* who made the SRS0 */
	struct slice rest; /* of it, from the mark behind "SRS0" */
};

static bool
is_srs(struct slice local, const char *tag)
{
	return local.len > 5 && slice_starts_nocase(local, slice_str(tag)) &&
	       memchr("=+-", local.p[4], 3) != NULL;
}

/* mark hash = stamp = domain = local */
static bool
is_srs0_rest(struct slice s)
{
	struct slice part;

	if (s.len < 2 || memchr("=+-", s.p[0], 3) == NULL)
		return false;
	s = slice_skip(s, 1);
	for (int i = 0; i < 3; i++)
		if (!slice_cut(&s, '=', &part) || part.len == 0)
			return false;
	return s.len > 0;
}

static bool
is_domain(struct slice s)
{
	char ignored[MIME_DOMAIN_MAX + 1];

	return mime_addr_parse_domain(s, true, false, ignored) == ERR_OK;
}

static bool
is_foreign(struct slice local, struct slice domain, struct foreign *out)
{
	struct slice rest = slice_skip(local, 5), hash;

	if (is_srs(local, "SRS0")) {
		*out = (struct foreign){domain, slice_skip(local, 4)};
		return is_srs0_rest(out->rest);
	}
	if (!is_srs(local, "SRS1") || !slice_cut(&rest, '=', &hash) ||
	    hash.len == 0 || !slice_cut(&rest, '=', &out->host))
		return false;
	out->rest = rest;
	return is_srs0_rest(rest) && is_domain(out->host);
}

static enum err
forward(const uint8_t key[MIME_SRS_KEY], char kind, struct slice text,
    struct slice domain, struct mime_addr *out)
{
	struct buf b = BUF_INIT(RAW_MAX);
	char hash[HASH_LEN];
	enum err e = hash_of(key, kind, text, hash);

	buf_addf(&b, "SRS%c=%.*s=", kind, HASH_LEN, hash);
	buf_add_slice(&b, text);
	if (e == ERR_OK)
		e = b.err;
	if (e == ERR_OK)
		e = join(buf_slice(&b), domain, out);
	buf_fini(&b);
	return e;
}

enum err
mime_srs_forward(const uint8_t key[MIME_SRS_KEY], uint64_t day,
    const struct mime_addr *sender, struct slice domain, struct mime_addr *out)
{
	struct slice from = mime_addr_domain(sender), local;
	struct buf text = BUF_INIT(RAW_MAX - 16);
	struct foreign f;
	struct raw raw;
	bool again;
	enum err e;

	if (from.len == 0) {
		*out = *sender;
		return ERR_OK;
	}
	unquote(mime_addr_local(sender), &raw);
	local = slice_of(raw.text, raw.len);
	again = is_foreign(local, from, &f);
	if (again) {
		buf_add_slice(&text, f.host);
		buf_add_char(&text, '=');
		buf_add_slice(&text, f.rest);
	} else {
		buf_add_char(&text, digits[day % DAYS / 32]);
		buf_add_char(&text, digits[day % 32]);
		buf_add_char(&text, '=');
		buf_add_slice(&text, from);
		buf_add_char(&text, '=');
		buf_add_slice(&text, local);
	}
	e = text.err;
	if (e == ERR_OK)
		e = forward(
		    key, again ? '1' : '0', buf_slice(&text), domain, out);
	buf_fini(&text);
	return e;
}

static enum err
check_hash(const uint8_t key[MIME_SRS_KEY], char kind, struct slice hash,
    struct slice text)
{
	char want[HASH_LEN], given[HASH_LEN];
	enum err e;

	if (hash.len != HASH_LEN)
		return ERR_DENIED;
	if ((e = hash_of(key, kind, text, want)) != ERR_OK)
		return e;
	for (size_t i = 0; i < HASH_LEN; i++)
		given[i] = hash.p[i] >= 'a' && hash.p[i] <= 'z'
			       ? (char)(hash.p[i] & ~0x20)
			       : hash.p[i];
	return secret_eq(given, want, HASH_LEN) ? ERR_OK : ERR_DENIED;
}

/* -1: none of ours */
static int
digit_value(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c & ~0x20);
	at = memchr(digits, c, sizeof digits - 1);
	return at == NULL ? -1 : (int)(at - digits);
}

/* A stamp of tomorrow is of a clock that is ahead of ours. */
static enum err
check_stamp(struct slice stamp, uint64_t day)
{
	int high, low;
	unsigned age;

	if (stamp.len != STAMP_LEN || (high = digit_value(stamp.p[0])) < 0 ||
	    (low = digit_value(stamp.p[1])) < 0)
		return ERR_DENIED;
	age = (unsigned)(day + DAYS - (unsigned)(high * 32 + low)) % DAYS;
	return age <= MIME_SRS_DAYS || age == DAYS - 1 ? ERR_OK : ERR_TIMEOUT;
}

/* text: TT=domain=local */
static enum err
reverse_0(struct slice text, uint64_t day, struct mime_addr *out)
{
	struct slice stamp, domain;
	enum err e;

	if (!slice_cut(&text, '=', &stamp) || !slice_cut(&text, '=', &domain))
		return ERR_DENIED;
	if ((e = check_stamp(stamp, day)) != ERR_OK)
		return e;
	return join(text, domain, out);
}

/* text: host, then what was behind "SRS0" there */
static enum err
reverse_1(struct slice text, struct mime_addr *out)
{
	char local[RAW_MAX] = "SRS0";
	struct slice host;

	if (!slice_cut(&text, '=', &host))
		return ERR_DENIED;
	memcpy(local + 4, text.p, text.len);
	return join(slice_of(local, 4 + text.len), host, out);
}

enum err
mime_srs_reverse(const uint8_t key[MIME_SRS_KEY], uint64_t day,
    const struct mime_addr *addr, struct mime_addr *out)
{
	struct slice text, hash;
	struct raw raw;
	enum err e;
	char kind;

	unquote(mime_addr_local(addr), &raw);
	text = slice_of(raw.text, raw.len);
	if (!slice_starts_nocase(text, SLICE("SRS0=")) &&
	    !slice_starts_nocase(text, SLICE("SRS1=")))
		return ERR_NOENT;
	kind = text.p[3];
	text = slice_skip(text, 5);
	if (!slice_cut(&text, '=', &hash))
		return ERR_DENIED;
	if ((e = check_hash(key, kind, hash, text)) != ERR_OK)
		return e;
	e = kind == '0' ? reverse_0(text, day, out) : reverse_1(text, out);
	return e == ERR_SYNTAX || e == ERR_TOOBIG ? ERR_DENIED : e;
}
