/* Parameters of MAIL and RCPT. */
#include "smtp/smtp_param.h"

#include "base/num.h"
#include "mime/mime_code.h"
#include "smtp/smtp_parse.h"
#include "store/store_rcpt.h"

/* RFC 1870 section 4: up to 20 digits, which may be more than a uint64_t. */
static enum smtp_say
read_size(struct slice v, struct smtp_params *out)
{
	enum err e = num_u64(v, 0, UINT64_MAX, &out->size);

	return e == ERR_OK       ? SMTP_SAY_OK
	       : e == ERR_TOOBIG ? SMTP_SAY_TOO_BIG
				 : SMTP_SAY_BAD_PARAM;
}

static enum smtp_say
read_body(struct slice v, struct smtp_params *out)
{
	out->eight = slice_eq_nocase(v, SLICE("8BITMIME"));
	return out->eight || slice_eq_nocase(v, SLICE("7BIT"))
		   ? SMTP_SAY_OK
		   : SMTP_SAY_BAD_PARAM;
}

static enum smtp_say
read_utf8(struct slice v, struct smtp_params *out)
{
	(void)v;
	out->utf8 = true;
	return SMTP_SAY_OK;
}

static enum smtp_say
read_ret(struct slice v, struct smtp_params *out)
{
	out->ret = slice_eq_nocase(v, SLICE("FULL"))   ? 1
		   : slice_eq_nocase(v, SLICE("HDRS")) ? 2
						       : 0;
	return out->ret != 0 ? SMTP_SAY_OK : SMTP_SAY_BAD_PARAM;
}

static bool
is_xtext(struct slice v, size_t max)
{
	struct buf plain = BUF_INIT(SMTP_LINE_MAX);
	bool ok = v.len > 0 && v.len <= max && slice_is_ascii(v) &&
		  mime_code_xtext(v, &plain) == ERR_OK;

	buf_fini(&plain);
	return ok;
}

static enum smtp_say
read_envid(struct slice v, struct smtp_params *out)
{
	out->envid = v;
	return is_xtext(v, SMTP_ENVID_MAX) ? SMTP_SAY_OK : SMTP_SAY_BAD_PARAM;
}

/* RFC 4954 section 5: checked, then taken as <>, for we trust nobody to speak
 * for others. */
static enum smtp_say
read_auth(struct slice v, struct smtp_params *out)
{
	(void)out;
	return slice_eq(v, SLICE("<>")) || is_xtext(v, SMTP_LINE_MAX)
		   ? SMTP_SAY_OK
		   : SMTP_SAY_BAD_PARAM;
}

static unsigned
notify_of(struct slice word)
{
	static const struct {
		const char *word;
		unsigned bit;
	} words[] = {
	    {"NEVER",   STORE_NOTIFY_NEVER  },
            {"SUCCESS", STORE_NOTIFY_SUCCESS},
	    {"FAILURE", STORE_NOTIFY_FAILURE},
            {"DELAY",   STORE_NOTIFY_DELAY  }
        };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (slice_eq_nocase(word, slice_str(words[i].word)))
			return words[i].bit;
	return 0;
}

/* RFC 3461 section 4.1: a list, or NEVER alone */
static enum smtp_say
read_notify(struct slice v, struct smtp_params *out)
{
	struct slice word;
	unsigned bit;
	bool more;

	do {
		more = slice_cut(&v, ',', &word);
		bit = notify_of(word);
		if (bit == 0 || (out->notify & bit) != 0)
			return SMTP_SAY_BAD_PARAM;
		out->notify |= bit;
	} while (more);
	return (out->notify & STORE_NOTIFY_NEVER) == 0 ||
		       out->notify == STORE_NOTIFY_NEVER
		   ? SMTP_SAY_OK
		   : SMTP_SAY_BAD_PARAM;
}

static bool
is_addr_type(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' ||
		    slice_find(SLICE("()<>@,;:\\\".[]"), s.p[i]) < 13)
			return false;
	return s.len > 0;
}

/* "\x{F6}" in front of *s, taken off: a character by its number */
static bool
take_escape(struct slice *s)
{
	struct slice number = slice_skip(*s, 3);
	size_t end = slice_find(number, '}');
	uint32_t code = 0;

	if (!slice_starts(*s, SLICE("\\x{")) || end == number.len || end < 2 ||
	    end > 6)
		return false;
	for (size_t i = 0; i < end; i++) {
		char c = number.p[i] >= 'a' ? (char)(number.p[i] - 0x20)
					    : number.p[i];

		if ((c < '0' || c > '9') && (c < 'A' || c > 'F'))
			return false;
		code =
		    code << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'A' + 10);
	}
	*s = slice_skip(number, end + 1);
	return code > 0 && code <= 0x10ffff && code >> 11 != 0x1b;
}

/* utf-8-addr-unitext or -xtext: '\' begins an escape, '+' and '=' have one */
static bool
is_utf8_address(struct slice s)
{
	if (s.len == 0 || !slice_is_utf8(s))
		return false;
	while (s.len > 0) {
		char c = s.p[0];

		if (c == '\\') {
			if (!take_escape(&s))
				return false;
			continue;
		}
		if ((uint8_t)c <= ' ' || c == 0x7f || c == '+' || c == '=')
			return false;
		s = slice_skip(s, 1);
	}
	return true;
}

/* RFC 3461 section 4.2, and RFC 6533 section 3 for type utf-8, whose address
 * may be UTF-8 as it is. */
static enum smtp_say
read_orcpt(struct slice v, struct smtp_params *out)
{
	struct slice type, addr = v;
	bool ok;

	ok = slice_cut(&addr, ';', &type) && is_addr_type(type) &&
	     v.len <= SMTP_ORCPT_MAX;
	if (ok && slice_eq_nocase(type, SLICE("utf-8")))
		ok = is_utf8_address(addr);
	else if (ok)
		ok = is_xtext(addr, SMTP_ORCPT_MAX);
	out->orcpt = v;
	return ok ? SMTP_SAY_OK : SMTP_SAY_BAD_PARAM;
}

static const struct param {
	const char *key;
	bool rcpt, has_value;
	enum smtp_ext ext;
	enum smtp_say (*read)(struct slice, struct smtp_params *);
} params[] = {
    {"SIZE",     false, true,  SMTP_EXT_SIZE,     read_size  },
    {"BODY",     false, true,  SMTP_EXT_8BITMIME, read_body  },
    {"SMTPUTF8", false, false, SMTP_EXT_UTF8,     read_utf8  },
    {"RET",      false, true,  SMTP_EXT_DSN,      read_ret   },
    {"ENVID",    false, true,  SMTP_EXT_DSN,      read_envid },
    {"AUTH",     false, true,  SMTP_EXT_AUTH,     read_auth  },
    {"NOTIFY",   true,  true,  SMTP_EXT_DSN,      read_notify},
    {"ORCPT",    true,  true,  SMTP_EXT_DSN,      read_orcpt },
};
enum { NPARAMS = sizeof params / sizeof params[0] };

static unsigned
find(struct slice key, bool rcpt)
{
	unsigned i = 0;

	while (
	    i < NPARAMS && (params[i].rcpt != rcpt ||
			       !slice_eq_nocase(key, slice_str(params[i].key))))
		i++;
	return i;
}

static enum smtp_say
read_one(const struct smtp_param *p, bool rcpt, const struct smtp_facts *f,
    unsigned *seen, struct smtp_params *out)
{
	unsigned i = find(p->key, rcpt);

	if (i == NPARAMS || !smtp_ext_open(params[i].ext, f))
		return SMTP_SAY_UNKNOWN_PARAM;
	if ((*seen & 1u << i) != 0)
		return SMTP_SAY_BAD_PARAM;
	*seen |= 1u << i;
	if ((p->value.p != NULL) != params[i].has_value)
		return SMTP_SAY_BAD_PARAM;
	return params[i].read(p->value, out);
}

enum smtp_say
smtp_param_read(struct slice text, bool rcpt, const struct smtp_facts *f,
    struct smtp_params *out)
{
	enum smtp_say say = SMTP_SAY_OK;
	struct smtp_param p;
	unsigned seen = 0;
	enum err e;

	*out = (struct smtp_params){0};
	while (say == SMTP_SAY_OK &&
	       (e = smtp_parse_param(&text, &p)) != ERR_NOENT)
		say = e == ERR_OK ? read_one(&p, rcpt, f, &seen, out)
				  : SMTP_SAY_BAD_PARAM;
	return say;
}
