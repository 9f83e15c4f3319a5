/* Rows of an answer as tables. */
#include "ctl/ctl_rows.h"

#include "base/buf.h"
#include "base/num.h"
#include "ctl/ctl_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 16, NAME = 40 };

struct ctl_rows {
	const struct ctl *c;
	struct ctl_table *table; /* NULL before the first row */
	unsigned n, columns;
	struct ctl_column column[COLUMNS];
	char key[COLUMNS][NAME], json[COLUMNS][NAME], title[COLUMNS][NAME];
	unsigned span_ms[COLUMNS]; /* a duration, in units of so many */
};

struct ctl_rows *
ctl_rows_begin(const struct ctl *c)
{
	struct ctl_rows *r = calloc(1, sizeof *r);

	if (r == NULL)
		abort();
	r->c = c;
	return r;
}

/* Split the next pair off a row. */
static bool
next_pair(struct slice *row, struct slice *key, struct slice *value)
{
	struct slice pair;

	if (row->len == 0)
		return false;
	slice_cut(row, '\0', &pair);
	slice_cut(&pair, '=', key);
	*value = pair;
	return true;
}

static bool
same_keys(const struct ctl_rows *r, struct slice row)
{
	struct slice key, value;
	unsigned n = 0;

	while (next_pair(&row, &key, &value) && n < COLUMNS)
		if (n == r->columns || !slice_eq(key, slice_str(r->key[n++])))
			return false;
	return n == r->columns;
}

/* "free_octets": a size, JSON key the same, title "FREE" */
static void
make_column(struct ctl_rows *r, unsigned i, struct slice key)
{
	static const struct {
		const char *suffix;
		enum ctl_kind kind;
		unsigned span_ms;
		bool json_short;
	} kinds[] = {
	    {"_us",     CTL_TIME,  0,    true },
	    {"_ms",     CTL_COUNT, 1,    false},
	    {"_s",      CTL_COUNT, 1000, false},
	    {"_octets", CTL_SIZE,  0,    false},
	    {"octets",  CTL_SIZE,  0,    false},
	};
	struct slice name = key;
	struct ctl_column *col = &r->column[i];

	(void)slice_to_str(slice_first(key, NAME - 1), r->key[i], NAME);
	(void)slice_to_str(slice_first(key, NAME - 1), r->json[i], NAME);
	*col = (struct ctl_column){r->title[i], r->json[i], CTL_TEXT};
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		struct slice suffix = slice_str(kinds[k].suffix);

		if (!slice_ends(key, suffix))
			continue;
		col->kind = kinds[k].kind;
		r->span_ms[i] = kinds[k].span_ms;
		if (suffix.p[0] == '_')
			name = slice_first(key, key.len - suffix.len);
		if (kinds[k].json_short)
			(void)slice_to_str(
			    slice_first(name, NAME - 1), r->json[i], NAME);
		break;
	}
	(void)slice_to_str(slice_first(name, NAME - 1), r->title[i], NAME);
	for (char *p = r->title[i]; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p & ~0x20);
		else if (*p == '_')
			*p = ' ';
}

static void
begin_table(struct ctl_rows *r, struct slice row)
{
	struct slice key, value;
	uint64_t v;

	if (r->table != NULL) {
		(void)ctl_table_end(&r->table);
		if (!r->c->json)
			putchar('\n');
	}
	memset(r->span_ms, 0, sizeof r->span_ms);
	r->columns = 0;
	while (r->columns < COLUMNS && next_pair(&row, &key, &value)) {
		make_column(r, r->columns, key);
		if (r->column[r->columns].kind == CTL_TEXT &&
		    num_u64(value, 0, UINT64_MAX, &v) == ERR_OK)
			r->column[r->columns].kind = CTL_NUMBER;
		r->columns++;
	}
	r->table = ctl_table_begin(r->c, r->column, r->columns);
}

/* "45s", "5m 3s", "2d 4h": two units are enough for people. */
static void
add_span(struct buf *b, uint64_t seconds)
{
	static const struct {
		uint64_t seconds;
		char letter;
	} units[] = {
	    {86400, 'd'},
            {3600,  'h'},
            {60,    'm'},
            {1,     's'}
        };
	unsigned i = 0;

	while (i < 3 && seconds < units[i].seconds)
		i++;
	buf_addf(b, "%llu%c", (unsigned long long)(seconds / units[i].seconds),
	    units[i].letter);
	seconds %= units[i].seconds;
	if (i < 3 && seconds >= units[i + 1].seconds)
		buf_addf(b, " %llu%c",
		    (unsigned long long)(seconds / units[i + 1].seconds),
		    units[i + 1].letter);
}

static void
put_value(struct ctl_rows *r, unsigned i, struct slice value)
{
	struct buf text = BUF_INIT(64);
	uint64_t v;

	if (r->column[i].kind == CTL_TEXT ||
	    num_u64(value, 0, UINT64_MAX, &v) != ERR_OK) {
		ctl_put_text(r->table, value);
	} else if (r->span_ms[i] > 0 && !r->c->json) {
		add_span(&text, v / (1000 / r->span_ms[i]));
		ctl_put_text(r->table, buf_slice(&text));
	} else {
		ctl_put_u64(r->table, v);
	}
	buf_fini(&text);
}

void
ctl_rows_add(void *ctx, struct slice row)
{
	struct ctl_rows *r = ctx;
	struct slice key, value;
	unsigned i = 0;

	if (r->table == NULL || !same_keys(r, row))
		begin_table(r, row);
	while (i < r->columns && next_pair(&row, &key, &value))
		put_value(r, i++, value);
	ctl_row_end(r->table);
	r->n++;
}

unsigned
ctl_rows_count(const struct ctl_rows *r)
{
	return r->n;
}

int
ctl_rows_end(struct ctl_rows **r)
{
	bool ok = (*r)->table == NULL || ctl_table_end(&(*r)->table);

	free(*r);
	*r = NULL;
	return ok ? EX_OK : EX_IOERR;
}
