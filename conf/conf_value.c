/* A parameter's value as text and back. */
#include "conf/conf_value.h"

#include "base/num.h"
#include "conf/conf_near.h"
#include "mime/mime_addr.h"

#include <assert.h>
#include <string.h>

/* --- unsigned integers of any size ----------------------------------- */

uint64_t
conf_uint(const void *place, size_t size)
{
	uint64_t v = 0;
	uint32_t v4;
	uint8_t v1;

	if (size == sizeof v) {
		memcpy(&v, place, sizeof v);
	} else if (size == sizeof v4) {
		memcpy(&v4, place, sizeof v4);
		v = v4;
	} else {
		assert(size == sizeof v1);
		memcpy(&v1, place, sizeof v1);
		v = v1;
	}
	return v;
}

void
conf_uint_set(void *place, size_t size, uint64_t v)
{
	uint32_t v4 = (uint32_t)v;
	uint8_t v1 = (uint8_t)v;

	if (size == sizeof v)
		memcpy(place, &v, sizeof v);
	else if (size == sizeof v4)
		memcpy(place, &v4, sizeof v4);
	else
		memcpy(place, &v1, sizeof v1);
}

static bool
is_uint(enum conf_type t)
{
	return t == CONF_T_COUNT || t == CONF_T_SIZE || t == CONF_T_TIME ||
	       t == CONF_T_CHOICE || t == CONF_T_SET;
}

/* --- text to value --------------------------------------------------- */

static const struct conf_choice *
find_choice(const struct conf_choice *c, struct slice word)
{
	while (c->word != NULL && !slice_eq_nocase(word, slice_str(c->word)))
		c++;
	return c->word == NULL ? NULL : c;
}

/* "x" is not one of a, b, c (did you mean "b"?) */
static void
say_choices(const struct conf_choice *c, struct slice word, struct buf *why)
{
	struct conf_near near;

	conf_near_begin(&near, word);
	buf_addf(why, "\"%.*s\" is not one of", SLICE_ARG(word));
	for (const char *sep = " "; c->word != NULL; c++, sep = ", ") {
		buf_addf(why, "%s%s", sep, c->word);
		conf_near_try(&near, c->word);
	}
	if (near.best != NULL)
		buf_addf(why, " (did you mean \"%s\"?)", near.best);
}

static bool
add_unit(const struct conf_param *p, struct buf *text, char letter)
{
	uint64_t v;

	buf_add_char(text, letter);
	return (p->type == CONF_T_TIME
		       ? num_duration(buf_slice(text), &v)
		       : num_size(buf_slice(text), &v)) == ERR_OK;
}

/* "5 days" becomes "5d", "10 MB" becomes "10M", "90" seconds "90s". */
static void
say_try(const struct conf_param *p, struct slice word, struct buf *why)
{
	struct buf text = BUF_INIT(32);
	struct slice rest = word;
	char unit = p->type == CONF_T_TIME ? 's' : ' ';

	while (rest.len > 0 && rest.p[0] >= '0' && rest.p[0] <= '9') {
		buf_add_char(&text, rest.p[0]);
		rest = slice_skip(rest, 1);
	}
	rest = slice_trim(rest);
	if (rest.len > 0)
		unit = rest.p[0];
	if (p->type == CONF_T_TIME && unit >= 'A' && unit <= 'Z')
		unit = (char)(unit | 0x20);
	if (text.len > 0 && add_unit(p, &text, unit))
		buf_addf(why, " (try \"%s\")", buf_cstr(&text));
	else if (p->type == CONF_T_TIME)
		buf_add_str(
		    why, " (for example \"30s\", \"5m\", \"2h\", \"5d\")");
	else
		buf_add_str(why, " (for example \"500k\", \"50M\", \"2G\")");
	buf_fini(&text);
}

static void
add_number(const struct conf_param *p, uint64_t v, struct buf *out)
{
	if (v == 0 && p->zero_word != NULL)
		buf_add_str(out, p->zero_word);
	else if (p->type == CONF_T_SIZE)
		num_add_size(out, v);
	else if (p->type == CONF_T_TIME && v == 0)
		buf_add_str(out, "0s");
	else if (p->type == CONF_T_TIME)
		num_add_duration(out, v);
	else
		buf_add_u64(out, v);
}

static bool
set_number(
    const struct conf_param *p, void *place, struct slice word, struct buf *why)
{
	static const char *const kinds[] = {[CONF_T_COUNT] = "number",
	    [CONF_T_SIZE] = "size",
	    [CONF_T_TIME] = "time"};
	uint64_t v = 0;
	enum err e = ERR_OK;

	if (p->zero_word != NULL &&
	    slice_eq_nocase(word, slice_str(p->zero_word)))
		v = 0;
	else if (p->type == CONF_T_SIZE)
		e = num_size(word, &v);
	else if (p->type == CONF_T_TIME)
		e = num_duration(word, &v);
	else
		e = num_u64(word, 0, UINT64_MAX, &v);
	if (e == ERR_SYNTAX) {
		buf_addf(why, "\"%.*s\" is not a %s", SLICE_ARG(word),
		    kinds[p->type]);
		if (p->type != CONF_T_COUNT)
			say_try(p, word, why);
		return false;
	}
	if (e != ERR_OK || v < p->min || v > p->max) {
		buf_addf(why, "\"%.*s\" is out of range (", SLICE_ARG(word));
		add_number(p, p->min, why);
		buf_add_str(why, " to ");
		add_number(p, p->max, why);
		buf_add_char(why, ')');
		return false;
	}
	conf_uint_set(place, p->size, v);
	return true;
}

static bool
set_choice(
    const struct conf_param *p, void *place, struct slice word, struct buf *why)
{
	const struct conf_choice *c = find_choice(p->choices, word);

	if (c == NULL) {
		say_choices(p->choices, word, why);
		return false;
	}
	conf_uint_set(place, p->size, c->value);
	return true;
}

static bool
set_set(const struct conf_param *p, void *place, const struct slice *words,
    size_t n, struct buf *why)
{
	const struct conf_choice *c;
	uint64_t set = 0;

	for (size_t i = 0; i < n; i++) {
		if ((c = find_choice(p->choices, words[i])) == NULL) {
			say_choices(p->choices, words[i], why);
			return false;
		}
		set |= c->value;
	}
	conf_uint_set(place, p->size, set);
	return true;
}

/* place: the addresses of a listener; their number stands beside them */
static void
set_address_count(void *place, uint32_t n)
{
	memcpy((char *)place - offsetof(struct conf_listener, addr) +
		   offsetof(struct conf_listener, naddr),
	    &n, sizeof n);
}

static bool
set_addresses(void *place, const struct slice *words, size_t n, struct buf *why)
{
	struct net_addr a[CONF_ADDRESSES];

	memset(a, 0, sizeof a);
	if (n > CONF_ADDRESSES) {
		buf_addf(why, "more than %d addresses", CONF_ADDRESSES);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (net_addr_parse(words[i], &a[i]) != ERR_OK) {
			buf_addf(why,
			    "\"%.*s\" is not an address with port (for example "
			    "\"0.0.0.0:25\" or \"[::]:25\")",
			    SLICE_ARG(words[i]));
			return false;
		}
	memcpy(place, a, sizeof a);
	set_address_count(place, (uint32_t)n);
	return true;
}

static bool
is_name(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '.' || c == '_' ||
			(c == '-' && i > 0)))
			return false;
	}
	return true;
}

static bool
put_text(
    const struct conf_param *p, void *place, struct slice s, struct buf *why)
{
	char *t = place;

	if (s.len >= p->size) {
		buf_addf(why, "longer than %zu octets", p->size - 1);
		return false;
	}
	memset(t, 0, p->size);
	if (s.len > 0)
		memcpy(t, s.p, s.len);
	return true;
}

static bool
set_path(const struct conf_param *p, void *place, struct slice s,
    const char *folder, struct buf *why)
{
	struct buf full = BUF_INIT(4096);
	bool ok;

	if (s.len == 0 || s.p[0] == '/' || folder == NULL)
		return put_text(p, place, s, why);
	buf_addf(&full, "%s/%.*s", folder, SLICE_ARG(s));
	if (full.err != ERR_OK) {
		buf_add_str(why, "the path is too long");
		ok = false;
	} else {
		ok = put_text(p, place, buf_slice(&full), why);
	}
	buf_fini(&full);
	return ok;
}

static bool
set_host(
    const struct conf_param *p, void *place, struct slice s, struct buf *why)
{
	char host[MIME_DOMAIN_MAX + 1];

	if (mime_addr_parse_domain(s, false, true, host) != ERR_OK) {
		buf_addf(why, "\"%.*s\" is not a host name", SLICE_ARG(s));
		return false;
	}
	return put_text(p, place, slice_str(host), why);
}

static bool
set_text(const struct conf_param *p, void *place, struct slice s,
    const char *folder, struct buf *why)
{
	if (!slice_is_utf8(s) ||
	    (slice_is_ascii(s) && !slice_is_printable(s))) {
		buf_add_str(why, "contains control characters");
		return false;
	}
	if (p->choices != NULL && find_choice(p->choices, s) == NULL) {
		say_choices(p->choices, s, why);
		return false;
	}
	if (p->type == CONF_T_NAME && !is_name(s)) {
		buf_addf(why, "\"%.*s\" is not a name", SLICE_ARG(s));
		return false;
	}
	if (p->type == CONF_T_PATH)
		return set_path(p, place, s, folder, why);
	if (p->type == CONF_T_HOST)
		return set_host(p, place, s, why);
	return put_text(p, place, s, why);
}

bool
conf_value_set(const struct conf_param *p, void *place,
    const struct slice *words, size_t n, const char *folder, struct buf *why)
{
	if (p->type == CONF_T_SET)
		return set_set(p, place, words, n, why);
	if (p->type == CONF_T_ADDRESSES)
		return set_addresses(place, words, n, why);
	if (n != 1) {
		buf_add_str(why, "takes one value");
		return false;
	}
	if (p->type == CONF_T_CHOICE)
		return set_choice(p, place, words[0], why);
	if (is_uint(p->type))
		return set_number(p, place, words[0], why);
	return set_text(p, place, words[0], folder, why);
}

void
conf_value_default(const struct conf_param *p, void *place)
{
	struct slice words[CONF_ADDRESSES], rest = slice_str(p->def);
	struct buf why = BUF_INIT(256);
	size_t n = 0;
	bool ok;

	if (p->type == CONF_T_SET || p->type == CONF_T_ADDRESSES)
		while (rest.len > 0 && n < CONF_ADDRESSES)
			slice_cut(&rest, ' ', &words[n++]);
	else
		words[n++] = rest;
	ok = conf_value_set(p, place, words, n, NULL, &why);
	assert(ok);
	(void)ok;
	buf_fini(&why);
}

/* --- value to text --------------------------------------------------- */

static bool
is_bare(struct slice s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_./:@";

	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '\0' || strchr(plain, s.p[i]) == NULL)
			return false;
	return s.len > 0;
}

/* ${NAME} in double quotes would be a variable, even with its } lines away. */
void
conf_value_quote(struct slice s, struct buf *out)
{
	char mark = slice_find(s, '$') < s.len ? '\'' : '"';

	if (is_bare(s)) {
		buf_add_slice(out, s);
		return;
	}
	buf_add_char(out, mark);
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == mark || s.p[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, s.p[i]);
	}
	buf_add_char(out, mark);
}

static void
add_set(const struct conf_param *p, uint64_t set, struct buf *out)
{
	const char *sep = "";

	buf_add_char(out, '{');
	for (const struct conf_choice *c = p->choices; c->word != NULL; c++)
		if ((set & c->value) != 0) {
			buf_addf(out, "%s%s", sep, c->word);
			sep = ", ";
		}
	buf_add_char(out, '}');
}

static const struct conf_listener *
listener_of(const void *place)
{
	return (const struct conf_listener *)(const void
		*)((const char *)place - offsetof(struct conf_listener, addr));
}

static void
add_addresses(const void *place, struct buf *out)
{
	const struct conf_listener *l = listener_of(place);
	struct buf text = BUF_INIT(128);

	buf_add_char(out, '{');
	for (uint32_t i = 0; i < l->naddr; i++) {
		buf_reset(&text);
		net_addr_add(&text, &l->addr[i]);
		buf_add_str(out, i == 0 ? "" : ", ");
		conf_value_quote(buf_slice(&text), out);
	}
	buf_add_char(out, '}');
	buf_fini(&text);
}

static void
add_choice(const struct conf_param *p, uint64_t v, struct buf *out)
{
	const struct conf_choice *c = p->choices;

	while (c->word != NULL && c->value != v)
		c++;
	buf_add_str(out, c->word == NULL ? "\"\"" : c->word);
}

void
conf_value_add(const struct conf_param *p, const void *place, struct buf *out)
{
	if (p->type == CONF_T_ADDRESSES)
		add_addresses(place, out);
	else if (p->type == CONF_T_SET)
		add_set(p, conf_uint(place, p->size), out);
	else if (p->type == CONF_T_CHOICE)
		add_choice(p, conf_uint(place, p->size), out);
	else if (is_uint(p->type))
		add_number(p, conf_uint(place, p->size), out);
	else
		conf_value_quote(slice_str(place), out);
}

bool
conf_value_eq(const struct conf_param *p, const void *a, const void *b)
{
	if (p->type == CONF_T_ADDRESSES)
		return listener_of(a)->naddr == listener_of(b)->naddr &&
		       memcmp(a, b, p->size) == 0;
	if (is_uint(p->type))
		return conf_uint(a, p->size) == conf_uint(b, p->size);
	return strcmp(a, b) == 0;
}

/* --- from another process -------------------------------------------- */

static bool
uint_valid(const struct conf_param *p, uint64_t v)
{
	uint64_t all = 0;

	if (p->type != CONF_T_CHOICE && p->type != CONF_T_SET)
		return (v >= p->min && v <= p->max) ||
		       (v == 0 && p->zero_word != NULL);
	for (const struct conf_choice *c = p->choices; c->word != NULL; c++) {
		if (p->type == CONF_T_CHOICE && v == c->value)
			return true;
		all |= c->value;
	}
	return p->type == CONF_T_SET && (v & ~all) == 0;
}

bool
conf_value_valid(const struct conf_param *p, const void *place)
{
	if (p->type == CONF_T_ADDRESSES)
		return listener_of(place)->naddr <= CONF_ADDRESSES;
	if (is_uint(p->type))
		return uint_valid(p, conf_uint(place, p->size));
	return memchr(place, '\0', p->size) != NULL;
}
