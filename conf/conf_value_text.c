/* A parameter's value to text; and is it one? */
#include "conf/conf_value_priv.h"

#include "base/num.h"

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

/* --- value to text --------------------------------------------------- */

bool
conf_value_is_zero_word(const struct conf_param *p, struct slice word)
{
	return p->zero_word != NULL &&
	       slice_eq_nocase(word, slice_str(p->zero_word));
}

void
conf_value_add_number(const struct conf_param *p, uint64_t v, struct buf *out)
{
	if (v == 0 && p->zero_word != NULL)
		buf_add_str(out, p->zero_word);
	else if (p->type == CONF_T_SIZE)
		num_add_size(out, v);
	else if (conf_type_is_time(p->type) && v == 0)
		buf_add_str(out, "0s");
	else if (conf_type_is_time(p->type))
		num_add_duration(out, v);
	else
		buf_add_u64(out, v);
}

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

static void
add_times(const struct conf_param *p, const void *place, struct buf *out)
{
	struct conf_times t;

	memcpy(&t, place, sizeof t);
	if (t.n == 0 && p->zero_word != NULL) {
		buf_add_str(out, p->zero_word);
		return;
	}
	buf_add_char(out, '{');
	for (uint32_t i = 0; i < t.n; i++) {
		buf_add_str(out, i == 0 ? "" : ", ");
		num_add_duration(out, t.ms[i]);
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
	else if (p->type == CONF_T_TIMES)
		add_times(p, place, out);
	else if (p->type == CONF_T_SET)
		add_set(p, conf_uint(place, p->size), out);
	else if (p->type == CONF_T_CHOICE)
		add_choice(p, conf_uint(place, p->size), out);
	else if (conf_type_is_uint(p->type))
		conf_value_add_number(p, conf_uint(place, p->size), out);
	else
		conf_value_quote(slice_str(place), out);
}

bool
conf_value_eq(const struct conf_param *p, const void *a, const void *b)
{
	if (p->type == CONF_T_ADDRESSES)
		return listener_of(a)->naddr == listener_of(b)->naddr &&
		       memcmp(a, b, p->size) == 0;
	if (p->type == CONF_T_TIMES)
		return memcmp(a, b, p->size) == 0;
	if (conf_type_is_uint(p->type))
		return conf_uint(a, p->size) == conf_uint(b, p->size);
	return strcmp(a, b) == 0;
}

/* --- from another process -------------------------------------------- */

bool
conf_value_is_relay(const struct conf_param *p, struct slice s)
{
	struct conf_relay relay;
	char text[CONF_TEXT];

	return s.len == 0 || conf_value_is_zero_word(p, s) ||
	       (slice_to_str(s, text, sizeof text) == ERR_OK &&
		   conf_relay_parse(text, &relay));
}

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

static bool
times_valid(const struct conf_param *p, const void *place)
{
	struct conf_times t;

	memcpy(&t, place, sizeof t);
	if (t.n > CONF_RETRIES || (t.n == 0 && p->zero_word == NULL))
		return false;
	for (uint32_t i = 0; i < t.n; i++)
		if (t.ms[i] < p->min || t.ms[i] > p->max)
			return false;
	return true;
}

bool
conf_value_valid(const struct conf_param *p, const void *place)
{
	if (p->type == CONF_T_ADDRESSES)
		return listener_of(place)->naddr <= CONF_ADDRESSES;
	if (p->type == CONF_T_TIMES)
		return times_valid(p, place);
	if (conf_type_is_uint(p->type))
		return uint_valid(p, conf_uint(place, p->size));
	if (memchr(place, '\0', p->size) == NULL)
		return false;
	return p->type != CONF_T_RELAY ||
	       conf_value_is_relay(p, slice_str(place));
}
