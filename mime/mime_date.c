/* Writing and reading dates, in UTC, without the C library's time zones. */
#include "mime/mime_date.h"

#include <stdbool.h>

#define SECOND_US 1000000ull
#define DAY_S 86400

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const weekdays[] = {
    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
#define NITEMS(a) (sizeof(a) / sizeof *(a))

/* Civil time as it is written; zone_s is how far it is ahead of UTC. */
struct civil {
	unsigned year, month, day, hour, minute, second;
	unsigned us;
	int zone_s;
};

/*
 * Days since 1970-01-01 of a date in the proleptic Gregorian calendar. Years
 * begin in March here, so that the leap day is the last one and the days before
 * a month follow from 153 days in each five months.
 */
static int64_t
days_of(unsigned year, unsigned month, unsigned day)
{
	unsigned y = month > 2 ? year : year - 1;
	unsigned m = month > 2 ? month - 3 : month + 9;

	return (int64_t)y * 365 + y / 4 - y / 100 + y / 400 +
	       (153 * m + 2) / 5 + day - 1 - 719468;
}

static bool
is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned
days_in(unsigned year, unsigned month)
{
	static const unsigned char days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* The reverse of days_of(), for the time us after 1970. */
static struct civil
civil_of(uint64_t us)
{
	uint64_t s = us / SECOND_US, days = s / DAY_S;
	unsigned clock = (unsigned)(s % DAY_S);
	unsigned year = 1970 + (unsigned)(days / 366), month = 1;
	struct civil c;

	/* the guess is low by a few years in a thousand, never high */
	while (days_of(year + 1, 1, 1) <= (int64_t)days)
		year++;
	while (month < 12 && days_of(year, month + 1, 1) <= (int64_t)days)
		month++;
	c.year = year;
	c.month = month;
	c.day = (unsigned)((int64_t)days - days_of(year, month, 1)) + 1;
	c.hour = clock / 3600;
	c.minute = clock / 60 % 60;
	c.second = clock % 60;
	c.us = (unsigned)(us % SECOND_US);
	c.zone_s = 0;
	return c;
}

/* The last microsecond that has a year of four digits. */
static uint64_t
clamp(uint64_t us)
{
	uint64_t end = (uint64_t)days_of(10000, 1, 1) * DAY_S * SECOND_US;

	return us < end ? us : end - 1;
}

/* Checked, in UTC; a date before 1970 or after 9999 is ERR_TOOBIG. */
static enum err
finish(const struct civil *c, uint64_t *us_out)
{
	int64_t s, clock;

	if (c->month < 1 || c->month > 12 || c->year < 1 || c->day < 1 ||
	    c->day > days_in(c->year, c->month) || c->hour > 23 ||
	    c->minute > 59 || c->second > 60) /* 60: a leap second */
		return ERR_SYNTAX;
	clock = (c->hour * 60 + c->minute) * 60 + c->second;
	s = days_of(c->year, c->month, c->day) * DAY_S + clock - c->zone_s;
	if (s < 0 || s >= days_of(10000, 1, 1) * DAY_S)
		return ERR_TOOBIG;
	*us_out = (uint64_t)s * SECOND_US + c->us;
	return ERR_OK;
}

void
mime_date_add(struct buf *b, uint64_t us)
{
	uint64_t t = clamp(us);
	struct civil c = civil_of(t);

	/* 1970-01-01 was a Thursday */
	buf_addf(b, "%s, %02u %s %04u %02u:%02u:%02u +0000",
	    weekdays[(t / SECOND_US / DAY_S + 4) % 7], c.day,
	    months[c.month - 1], c.year, c.hour, c.minute, c.second);
}

void
mime_date_add_rfc3339(struct buf *b, uint64_t us)
{
	struct civil c = civil_of(clamp(us));

	buf_addf(b, "%04u-%02u-%02uT%02u:%02u:%02uZ", c.year, c.month, c.day,
	    c.hour, c.minute, c.second);
}

static bool
take(struct slice *in, char c)
{
	if (in->len == 0 || in->p[0] != c)
		return false;
	*in = slice_skip(*in, 1);
	return true;
}

/* As take(), for a letter of either case given in upper case. */
static bool
take_letter(struct slice *in, char upper)
{
	return take(in, upper) || take(in, (char)(upper | 0x20));
}

/* Up to max (at most 9) digits; how many there were. */
static size_t
take_digits(struct slice *in, size_t max, unsigned *out)
{
	size_t n = 0;

	*out = 0;
	while (n < max && n < in->len && in->p[n] >= '0' && in->p[n] <= '9')
		*out = *out * 10 + (unsigned)(in->p[n++] - '0');
	*in = slice_skip(*in, n);
	return n;
}

/* hh mm as seconds, ahead of UTC or behind */
static bool
set_zone(struct civil *c, bool behind, unsigned hour, unsigned minute)
{
	int s = (int)(hour * 3600 + minute * 60);

	c->zone_s = behind ? -s : s;
	return hour < 24 && minute < 60;
}

/* Z, or +hh:mm, or nothing, which is UTC too */
static bool
take_zone_rfc3339(struct slice *in, struct civil *c)
{
	bool behind = in->len > 0 && in->p[0] == '-';
	unsigned hour, minute;

	if (in->len == 0 || take_letter(in, 'Z'))
		return true;
	return (take(in, '-') || take(in, '+')) &&
	       take_digits(in, 2, &hour) == 2 && take(in, ':') &&
	       take_digits(in, 2, &minute) == 2 &&
	       set_zone(c, behind, hour, minute);
}

/* ".5" and so on, to the microsecond; more digits are read and dropped */
static bool
take_fraction(struct slice *in, unsigned *us_out)
{
	unsigned dropped;
	size_t n;

	if (!take(in, '.'))
		return true;
	if ((n = take_digits(in, 6, us_out)) == 0)
		return false;
	for (; n < 6; n++)
		*us_out *= 10;
	while (take_digits(in, 9, &dropped) > 0)
		;
	return true;
}

static bool
take_time_rfc3339(struct slice *in, struct civil *c)
{
	if (!take_letter(in, 'T') && !take(in, ' '))
		return false;
	if (take_digits(in, 2, &c->hour) != 2 || !take(in, ':') ||
	    take_digits(in, 2, &c->minute) != 2)
		return false;
	if (take(in, ':') &&
	    (take_digits(in, 2, &c->second) != 2 || !take_fraction(in, &c->us)))
		return false;
	return take_zone_rfc3339(in, c);
}

enum err
mime_date_parse_rfc3339(struct slice s, uint64_t *us_out)
{
	struct civil c = {0};

	if (take_digits(&s, 4, &c.year) != 4 || !take(&s, '-') ||
	    take_digits(&s, 2, &c.month) != 2 || !take(&s, '-') ||
	    take_digits(&s, 2, &c.day) != 2)
		return ERR_SYNTAX;
	if (s.len > 0 && !take_time_rfc3339(&s, &c))
		return ERR_SYNTAX;
	return s.len > 0 ? ERR_SYNTAX : finish(&c, us_out);
}

/* Blanks, line ends and nested comments (RFC 5322 section 3.2.2). */
static void
skip_cfws(struct slice *in)
{
	size_t depth = 0, i = 0;

	for (; i < in->len; i++) {
		char c = in->p[i];

		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == '\\' && depth > 0)
			i++;
		else if (depth == 0 && c != ' ' && c != '\t' && c != '\r' &&
			 c != '\n')
			break;
	}
	*in = slice_skip(*in, i);
}

/* A run of letters, and the white space behind it. */
static struct slice
take_word(struct slice *in)
{
	struct slice word;
	size_t n = 0;

	while (n < in->len &&
	       ((in->p[n] | 0x20) >= 'a' && (in->p[n] | 0x20) <= 'z'))
		n++;
	word = slice_first(*in, n);
	*in = slice_skip(*in, n);
	skip_cfws(in);
	return word;
}

static bool
take_number(struct slice *in, size_t max, unsigned *out)
{
	bool found = take_digits(in, max, out) > 0;

	skip_cfws(in);
	return found;
}

/* "Nov" or "November": the first three letters tell. */
static bool
take_month(struct slice *in, struct civil *c)
{
	struct slice word = slice_first(take_word(in), 3);

	for (unsigned i = 0; i < NITEMS(months); i++)
		if (slice_eq_nocase(word, slice_str(months[i])))
			c->month = i + 1;
	return c->month != 0;
}

/* Two and three digits mean what RFC 5322 section 4.3 says they do. */
static bool
take_year(struct slice *in, struct civil *c)
{
	size_t n = take_digits(in, 4, &c->year);

	skip_cfws(in);
	if (n == 2)
		c->year += c->year < 50 ? 2000 : 1900;
	else if (n == 3)
		c->year += 1900;
	return n >= 2;
}

/* A ':' with white space around it, as the obsolete syntax allows. */
static bool
take_colon(struct slice *in)
{
	bool found = take(in, ':');

	if (found)
		skip_cfws(in);
	return found;
}

static bool
take_time(struct slice *in, struct civil *c)
{
	if (!take_number(in, 2, &c->hour) || !take_colon(in) ||
	    !take_number(in, 2, &c->minute))
		return false;
	return !take_colon(in) || take_number(in, 2, &c->second);
}

/*
 * "+0100", a name, or nothing. Names nobody can know count as UTC, military
 * letters included, as RFC 5322 section 4.3 advises.
 */
static bool
take_zone(struct slice *in, struct civil *c)
{
	static const struct {
		const char *name;
		unsigned hours_behind;
	} zones[] = {
	    {"EDT", 4},
            {"EST", 5},
            {"CDT", 5},
            {"CST", 6},
            {"MDT", 6},
	    {"MST", 7},
            {"PDT", 7},
            {"PST", 8}
        };
	bool behind = in->len > 0 && in->p[0] == '-';
	unsigned hhmm;
	struct slice name;

	if (take(in, '-') || take(in, '+')) {
		if (take_digits(in, 4, &hhmm) != 4)
			return false;
		skip_cfws(in);
		return set_zone(c, behind, hhmm / 100, hhmm % 100);
	}
	name = take_word(in);
	for (unsigned i = 0; i < NITEMS(zones); i++)
		if (slice_eq_nocase(name, slice_str(zones[i].name)))
			return set_zone(c, true, zones[i].hours_behind, 0);
	return true;
}

/* "23 Nov 2026 14:21:00 +0000" */
static bool
take_rfc5322(struct slice *in, struct civil *c)
{
	return take_number(in, 2, &c->day) && take_month(in, c) &&
	       take_year(in, c) && take_time(in, c) && take_zone(in, c);
}

/* "Nov 23 14:21:00 2026", with a zone on either side of the year */
static bool
take_asctime(struct slice *in, struct civil *c)
{
	return take_month(in, c) && take_number(in, 2, &c->day) &&
	       take_time(in, c) && take_zone(in, c) && take_year(in, c) &&
	       (in->len == 0 || take_zone(in, c));
}

/* The day of the week is read but not believed: the date says it. */
enum err
mime_date_parse(struct slice s, uint64_t *us_out)
{
	struct civil c = {0};
	bool ok;

	skip_cfws(&s);
	(void)take_word(&s);
	if (take(&s, ','))
		skip_cfws(&s);
	if (s.len > 0 && s.p[0] >= '0' && s.p[0] <= '9')
		ok = take_rfc5322(&s, &c);
	else
		ok = take_asctime(&s, &c);
	return !ok || s.len > 0 ? ERR_SYNTAX : finish(&c, us_out);
}
