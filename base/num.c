/* Numbers, sizes and durations as text, and integers as octets. */
#include "base/num.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

struct unit {
	const char *suffix;
	uint64_t factor;
};

/* the larger first, so that the first that divides gives the shortest text */
static const struct unit sizes[] = {
    {"T", 1ull << 40},
    {"G", 1ull << 30},
    {"M", 1ull << 20},
    {"k", 1ull << 10},
    {"",  1         },
};
static const struct unit durations[] = {
    {"w",  604800000},
    {"d",  86400000 },
    {"h",  3600000  },
    {"m",  60000    },
    {"s",  1000     },
    {"ms", 1        },
};
#define NITEMS(a) (sizeof(a) / sizeof *(a))

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
count_digits(struct slice s)
{
	size_t n = 0;

	while (n < s.len && is_digit(s.p[n]))
		n++;
	return n;
}

/* digits: at least one, nothing else */
static enum err
read_digits(struct slice digits, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < digits.len; i++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, digits.p[i] - '0', &v))
			return ERR_TOOBIG;
	*out = v;
	return ERR_OK;
}

enum err
num_u64(struct slice s, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t v;
	enum err e;

	if (s.len == 0 || count_digits(s) != s.len)
		return ERR_SYNTAX;
	if ((e = read_digits(s, &v)) != ERR_OK)
		return e;
	if (v < min || v > max)
		return ERR_TOOBIG;
	*out = v;
	return ERR_OK;
}

enum err
num_u32(struct slice s, uint32_t min, uint32_t max, uint32_t *out)
{
	uint64_t v;
	enum err e = num_u64(s, min, max, &v);

	if (e == ERR_OK)
		*out = (uint32_t)v;
	return e;
}

static int
hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err
num_hex(struct slice s, void *out, size_t n)
{
	unsigned char *o = out;

	if (n > SIZE_MAX / 2 || s.len != 2 * n)
		return ERR_SYNTAX;
	for (size_t i = 0; i < s.len; i++)
		if (hex_value(s.p[i]) < 0)
			return ERR_SYNTAX;
	for (size_t i = 0; i < n; i++)
		o[i] = (unsigned char)(hex_value(s.p[2 * i]) * 16 +
				       hex_value(s.p[2 * i + 1]));
	return ERR_OK;
}

/* Digits, then one of the units. */
static enum err
read_with_unit(struct slice s, const struct unit *units, size_t n,
    bool (*same)(struct slice, struct slice), uint64_t *out)
{
	struct slice digits = slice_first(s, count_digits(s));
	struct slice suffix = slice_skip(s, digits.len);
	const struct unit *u = units;
	uint64_t v;
	enum err e;

	while (u < units + n && !same(suffix, slice_str(u->suffix)))
		u++;
	if (digits.len == 0 || u == units + n)
		return ERR_SYNTAX;
	if ((e = read_digits(digits, &v)) != ERR_OK)
		return e;
	if (__builtin_mul_overflow(v, u->factor, &v))
		return ERR_TOOBIG;
	*out = v;
	return ERR_OK;
}

enum err
num_size(struct slice s, uint64_t *octets_out)
{
	return read_with_unit(
	    s, sizes, NITEMS(sizes), slice_eq_nocase, octets_out);
}

enum err
num_duration(struct slice s, uint64_t *ms_out)
{
	if (slice_eq(s, SLICE("0"))) {
		*ms_out = 0;
		return ERR_OK;
	}
	return read_with_unit(
	    s, durations, NITEMS(durations), slice_eq, ms_out);
}

/* units end with one of factor 1 */
static void
add_with_unit(struct buf *b, const struct unit *units, uint64_t v)
{
	const struct unit *u = units;

	if (v == 0) {
		buf_add_char(b, '0');
		return;
	}
	while (v % u->factor != 0)
		u++;
	buf_addf(b, "%llu%s", (unsigned long long)(v / u->factor), u->suffix);
}

void
num_add_size(struct buf *b, uint64_t octets)
{
	add_with_unit(b, sizes, octets);
}

void
num_add_duration(struct buf *b, uint64_t ms)
{
	add_with_unit(b, durations, ms);
}

/* n / unit, rounded to the nearest; no intermediate overflows */
static uint64_t
divide(uint64_t n, uint64_t unit)
{
	return n / unit + (n % unit >= unit - unit / 2 ? 1 : 0);
}

/*
 * Up to 10 units with one decimal, above without. The unit is chosen after
 * rounding, so that 1023.9 kB reads "1 MB" and not "1024 kB".
 */
void
num_add_size_human(struct buf *b, uint64_t octets)
{
	static const char *const names[] = {"B", "kB", "MB", "GB", "TB"};
	uint64_t unit = 1, whole, tenths;
	unsigned i = 0;

	if (octets == 0) {
		buf_add_char(b, '0');
		return;
	}
	while (i + 1 < NITEMS(names) && divide(octets, unit) >= 1024) {
		unit <<= 10;
		i++;
	}
	whole = octets / unit;
	tenths = divide(octets % unit * 10, unit);
	if (whole < 10 && whole * 10 + tenths < 100 && tenths % 10 != 0)
		buf_addf(
		    b, "%u.%u %s", (unsigned)whole, (unsigned)tenths, names[i]);
	else
		buf_addf(b, "%llu %s", (unsigned long long)divide(octets, unit),
		    names[i]);
}

void
num_put_be16(void *p, uint16_t v)
{
	v = htobe16(v);
	memcpy(p, &v, sizeof v);
}

void
num_put_be32(void *p, uint32_t v)
{
	v = htobe32(v);
	memcpy(p, &v, sizeof v);
}

void
num_put_be64(void *p, uint64_t v)
{
	v = htobe64(v);
	memcpy(p, &v, sizeof v);
}

uint16_t
num_get_be16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof v);
	return be16toh(v);
}

uint32_t
num_get_be32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return be32toh(v);
}

uint64_t
num_get_be64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return be64toh(v);
}
