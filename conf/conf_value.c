/* A parameter's value from text. */
#include "conf/conf_value.h"

#include "base/num.h"
#include "conf/conf_near.h"
#include "conf/conf_value_priv.h"
#include "mime/mime_addr.h"

#include <assert.h>
#include <string.h>

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
	return (conf_type_is_time(p->type)
		       ? num_duration(buf_slice(text), &v)
		       : num_size(buf_slice(text), &v)) == ERR_OK;
}

/* "5 days" becomes "5d", "10 MB" becomes "10M", "90" seconds "90s". */
static void
say_try(const struct conf_param *p, struct slice word, struct buf *why)
{
	struct buf text = BUF_INIT(32);
	struct slice rest = word;
	char unit = conf_type_is_time(p->type) ? 's' : ' ';

	while (rest.len > 0 && rest.p[0] >= '0' && rest.p[0] <= '9') {
		buf_add_char(&text, rest.p[0]);
		rest = slice_skip(rest, 1);
	}
	rest = slice_trim(rest);
	if (rest.len > 0)
		unit = rest.p[0];
	if (conf_type_is_time(p->type) && unit >= 'A' && unit <= 'Z')
		unit = (char)(unit | 0x20);
	if (text.len > 0 && add_unit(p, &text, unit))
		buf_addf(why, " (try \"%s\")", buf_cstr(&text));
	else if (conf_type_is_time(p->type))
		buf_add_str(
		    why, " (for example \"30s\", \"5m\", \"2h\", \"5d\")");
	else
		buf_add_str(why, " (for example \"500k\", \"50M\", \"2G\")");
	buf_fini(&text);
}

static bool
read_number(const struct conf_param *p, struct slice word, uint64_t *out,
    struct buf *why)
{
	static const char *const kinds[] = {[CONF_T_COUNT] = "number",
	    [CONF_T_SIZE] = "size",
	    [CONF_T_TIME] = "time",
	    [CONF_T_TIMES] = "time"};
	uint64_t v = 0;
	enum err e = ERR_OK;

	if (p->type == CONF_T_SIZE)
		e = num_size(word, &v);
	else if (conf_type_is_time(p->type))
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
		conf_value_add_number(p, p->min, why);
		buf_add_str(why, " to ");
		conf_value_add_number(p, p->max, why);
		buf_add_char(why, ')');
		return false;
	}
	*out = v;
	return true;
}

static bool
set_number(
    const struct conf_param *p, void *place, struct slice word, struct buf *why)
{
	uint64_t v = 0;

	if (!conf_value_is_zero_word(p, word) && !read_number(p, word, &v, why))
		return false;
	conf_uint_set(place, p->size, v);
	return true;
}

static bool
set_times(const struct conf_param *p, void *place, const struct slice *words,
    size_t n, struct buf *why)
{
	struct conf_times t;

	memset(&t, 0, sizeof t);
	if (n == 1 && conf_value_is_zero_word(p, words[0]))
		n = 0;
	else if (n == 0 && p->zero_word == NULL)
		buf_add_str(why, "needs one time at least");
	else if (n > CONF_RETRIES)
		buf_addf(why, "more than %d times", CONF_RETRIES);
	for (size_t i = 0; i < n && why->len == 0; i++)
		(void)read_number(p, words[i], &t.ms[i], why);
	if (why->len != 0)
		return false;
	t.n = (uint32_t)n;
	memcpy(place, &t, sizeof t);
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

	if (s.len == 0 || s.p[0] == '/' || folder == NULL ||
	    conf_value_is_zero_word(p, s))
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

	if (s.len == 0 && p->def != NULL && *p->def == '\0')
		return put_text(p, place, s, why);
	if (mime_addr_parse_domain(s, false, true, host) != ERR_OK) {
		buf_addf(why, "\"%.*s\" is not a host name", SLICE_ARG(s));
		return false;
	}
	return put_text(p, place, slice_str(host), why);
}

static bool
set_relay(
    const struct conf_param *p, void *place, struct slice s, struct buf *why)
{
	if (!conf_value_is_relay(p, s)) {
		buf_addf(why,
		    "\"%.*s\" is not a server (for example "
		    "\"smtp://192.0.2.1\", \"submission://user@host:587\", "
		    "\"smtps://user@host\")",
		    SLICE_ARG(s));
		return false;
	}
	return put_text(p, place, s, why);
}

static bool
set_server(
    const struct conf_param *p, void *place, struct slice s, struct buf *why)
{
	struct net_addr a;

	if (s.len > 0 && net_addr_parse(s, &a) != ERR_OK) {
		buf_addf(why,
		    "\"%.*s\" is not an address with port (for example "
		    "\"192.0.2.53:53\" or \"[2001:db8::53]:53\")",
		    SLICE_ARG(s));
		return false;
	}
	return put_text(p, place, s, why);
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
	if (p->type == CONF_T_RELAY)
		return set_relay(p, place, s, why);
	if (p->type == CONF_T_SERVER)
		return set_server(p, place, s, why);
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
	if (p->type == CONF_T_TIMES)
		return set_times(p, place, words, n, why);
	if (n != 1) {
		buf_add_str(why, "takes one value");
		return false;
	}
	if (p->type == CONF_T_CHOICE)
		return set_choice(p, place, words[0], why);
	if (conf_type_is_uint(p->type))
		return set_number(p, place, words[0], why);
	return set_text(p, place, words[0], folder, why);
}

void
conf_value_default(const struct conf_param *p, void *place)
{
	struct slice words[CONF_RETRIES], rest = slice_str(p->def);
	struct buf why = BUF_INIT(256);
	size_t n = 0;
	bool ok;

	if (conf_type_is_list(p->type))
		while (rest.len > 0 && n < CONF_RETRIES)
			slice_cut(&rest, ' ', &words[n++]);
	else
		words[n++] = rest;
	ok = conf_value_set(p, place, words, n, NULL, &why);
	assert(ok);
	(void)ok;
	buf_fini(&why);
}
