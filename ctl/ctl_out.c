/* What a command says. */
#include "ctl/ctl_out.h"

#include "base/buf.h"
#include "base/num.h"
#include "mime/mime_date.h"

#include <jansson.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_MAX = 64 * 1024, CELL_MAX = 1024 * 1024 };

/* --- messages -------------------------------------------------------- */

/* s, with controls and what is not UTF-8 as \xNN */
static void
add_safe(struct buf *b, struct slice s)
{
	uint32_t code = 0;

	while (s.len > 0) {
		size_t n = slice_utf8_first(s, &code);

		if (n == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0)) {
			buf_addf(b, "\\x%02x", (unsigned char)s.p[0]);
			n = 1;
		} else {
			buf_add(b, s.p, n);
		}
		s = slice_skip(s, n);
	}
}

static void say(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));

static void
say(const char *fmt, va_list ap)
{
	struct buf text = BUF_INIT(MESSAGE_MAX), safe = BUF_INIT(MESSAGE_MAX);
	struct slice rest, line;

	buf_vaddf(&text, fmt, ap);
	rest = buf_slice(&text);
	while (rest.len > 0) { /* our own messages may have several lines */
		slice_cut(&rest, '\n', &line);
		add_safe(&safe, line);
		buf_add_char(&safe, '\n');
	}
	fputs(buf_cstr(&safe), stderr);
	buf_fini(&text);
	buf_fini(&safe);
}

static bool failed; /* something was said about it */

int
ctl_fail(int status, const char *fmt, ...)
{
	va_list ap;

	failed = true;
	(void)fflush(stdout);
	fputs("restante: ", stderr);
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return status;
}

void
ctl_note(const struct ctl *c, const char *fmt, ...)
{
	va_list ap;

	if (c->quiet)
		return;
	(void)fflush(stdout);
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void
ctl_detail(const struct ctl *c, const char *fmt, ...)
{
	va_list ap;

	if (!c->verbose)
		return;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

int
ctl_status_of(enum err e)
{
	switch (e) {
	case ERR_OK:
		return EX_OK;
	case ERR_NOENT:
		return EX_NOUSER;
	case ERR_EXISTS:
		return EX_CANTCREAT;
	case ERR_RETRY:
	case ERR_UNKNOWN:
	case ERR_BUSY:
	case ERR_FENCED:
	case ERR_TIMEOUT:
	case ERR_LIMIT:
	case ERR_QUOTA:
	case ERR_SUSPENDED:
	case ERR_NOMEM:
		return EX_TEMPFAIL;
	case ERR_CLOSED:
	case ERR_UNSUPPORTED:
		return EX_UNAVAILABLE;
	case ERR_FULL:
	case ERR_CORRUPT:
	case ERR_IO:
		return EX_IOERR;
	case ERR_SYNTAX:
	case ERR_TOOBIG:
		return EX_DATAERR;
	case ERR_DENIED:
		return EX_NOPERM;
	case ERR_PROTO:
	case ERR_COUNT:
		break;
	}
	return EX_SOFTWARE;
}

int
ctl_fail_err(enum err e, const char *what, struct slice name)
{
	return ctl_fail(ctl_status_of(e), "%s%s%.*s: %s", what,
	    name.len > 0 ? " " : "", SLICE_ARG(name), err_text(e));
}

/* Nobody reads any more (head): no mistake of anybody's. */
static bool
reader_is_gone(void)
{
	struct pollfd p = {.fd = STDOUT_FILENO};

	return poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0;
}

int
ctl_finish(int status)
{
	bool said = failed;

	failed = false;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (status != EX_OK && (status != EX_IOERR || said))
		return status;
	if (reader_is_gone())
		return EX_IOERR;
	return ctl_fail(EX_IOERR, "standard output cannot be written");
}

/* --- JSON ------------------------------------------------------------ */

/* new; what is not UTF-8 becomes \xNN in the text, as everywhere */
static json_t *
json_of(struct slice s)
{
	struct buf safe = BUF_INIT(CELL_MAX);
	json_t *j;

	if (slice_is_utf8(s))
		return json_stringn(s.p == NULL ? "" : s.p, s.len);
	add_safe(&safe, s);
	j = json_stringn(buf_cstr(&safe), safe.len);
	buf_fini(&safe);
	return j;
}

/* Prints and frees. */
static void
print_json(json_t *j)
{
	if (j != NULL && json_dumpf(j, stdout, JSON_COMPACT) == 0)
		putchar('\n');
	json_decref(j);
}

void
ctl_done(const struct ctl *c, const char *done, struct slice name)
{
	json_t *j;

	if (!c->json) {
		ctl_note(c, "%s%s%.*s", done, name.len == 0 ? "" : " ",
		    SLICE_ARG(name));
		return;
	}
	j = json_object();
	(void)json_object_set_new(j, "done", json_string(done));
	(void)json_object_set_new(j, "name", json_of(name));
	print_json(j);
}

/* --- tables ---------------------------------------------------------- */

struct ctl_table {
	const struct ctl_column *columns;
	unsigned ncolumns, at; /* at: column of the next cell */
	bool json, upright;
	json_t *row;
	char **cells; /* of all rows, one after the other; new */
	size_t ncells, cap;
};

struct ctl_table *
ctl_table_begin(
    const struct ctl *c, const struct ctl_column *columns, unsigned n)
{
	struct ctl_table *t = calloc(1, sizeof *t);

	if (t == NULL)
		abort(); /* nothing to print is worse than nothing printed */
	t->columns = columns;
	t->ncolumns = n;
	t->json = c->json;
	return t;
}

static void
add_cell(struct ctl_table *t, const char *text)
{
	if (t->ncells == t->cap) {
		size_t cap = t->cap == 0 ? 64 : t->cap * 2;
		char **p = reallocarray(t->cells, cap, sizeof *p);

		if (p == NULL)
			abort();
		t->cells = p;
		t->cap = cap;
	}
	if ((t->cells[t->ncells++] = strdup(text)) == NULL)
		abort();
}

/* Takes j. text: for the table; may be NULL with --json. */
static void
put(struct ctl_table *t, const char *text, json_t *j)
{
	const struct ctl_column *col = &t->columns[t->at++];

	if (!t->json && col->title != NULL)
		add_cell(t, text);
	if (!t->json || col->key == NULL) {
		json_decref(j);
		return;
	}
	if (t->row == NULL)
		t->row = json_object();
	(void)json_object_set_new(t->row, col->key, j);
}

void
ctl_put_text(struct ctl_table *t, struct slice s)
{
	struct buf safe = BUF_INIT(CELL_MAX);

	if (!t->json)
		add_safe(&safe, s);
	put(t, buf_cstr(&safe), t->json ? json_of(s) : NULL);
	buf_fini(&safe);
}

void
ctl_put_none(struct ctl_table *t)
{
	put(t, "-", t->json ? json_null() : NULL);
}

void
ctl_put_bool(struct ctl_table *t, bool v)
{
	put(t, v ? "yes" : "no", t->json ? json_boolean(v) : NULL);
}

/* 4,113 */
static void
add_grouped(struct buf *b, uint64_t v)
{
	char digits[32];
	int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)v);

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			buf_add_char(b, ',');
		buf_add_char(b, digits[i]);
	}
}

static json_t *
json_time(uint64_t us)
{
	struct buf b = BUF_INIT(64);
	json_t *j;

	if (us == 0)
		return json_null();
	mime_date_add_rfc3339(&b, us);
	j = json_string(buf_cstr(&b));
	buf_fini(&b);
	return j;
}

/* "2026-11-23 10:58", in UTC as everywhere */
static void
add_time(struct buf *b, uint64_t us)
{
	struct buf iso = BUF_INIT(64);

	if (us == 0) {
		buf_add_str(b, "never");
		return;
	}
	mime_date_add_rfc3339(&iso, us);
	buf_addf(b, "%.10s %.5s", buf_cstr(&iso), buf_cstr(&iso) + 11);
	buf_fini(&iso);
}

void
ctl_put_u64(struct ctl_table *t, uint64_t v)
{
	enum ctl_kind kind = t->columns[t->at].kind;
	struct buf b = BUF_INIT(64);

	if (t->json) {
		put(t, NULL,
		    kind == CTL_TIME ? json_time(v)
				     : json_integer((json_int_t)v));
		return;
	}
	if (kind == CTL_TIME)
		add_time(&b, v);
	else if (kind == CTL_SIZE)
		num_add_size_human(&b, v);
	else if (kind == CTL_NUMBER)
		buf_add_u64(&b, v);
	else
		add_grouped(&b, v);
	put(t, buf_cstr(&b), NULL);
	buf_fini(&b);
}

void
ctl_put_list(struct ctl_table *t, const struct slice *items, unsigned n)
{
	struct buf b = BUF_INIT(CELL_MAX);
	json_t *list = t->json ? json_array() : NULL;

	for (unsigned i = 0; i < n; i++)
		if (t->json) {
			(void)json_array_append_new(list, json_of(items[i]));
		} else {
			buf_add_str(&b, i == 0 ? "" : ", ");
			add_safe(&b, items[i]);
		}
	put(t, n == 0 ? "-" : buf_cstr(&b), list);
	buf_fini(&b);
}

void
ctl_row_end(struct ctl_table *t)
{
	while (t->at < t->ncolumns)
		ctl_put_none(t);
	t->at = 0;
	if (t->json)
		print_json(t->row);
	t->row = NULL;
}

void
ctl_table_upright(struct ctl_table *t)
{
	t->upright = true;
}

/* Columns of a terminal that s takes: characters, not octets. */
static int
width_of(const char *s)
{
	int n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void
print_cell(const char *s, int width, bool right, bool last)
{
	int pad = width - width_of(s);

	if (right)
		printf("%*s%s", pad > 0 ? pad : 0, "", s);
	else
		printf("%s%*s", s, last || pad < 0 ? 0 : pad, "");
	fputs(last ? "\n" : "  ", stdout);
}

static bool
is_right(const struct ctl_column *col)
{
	return col->kind != CTL_TEXT && col->kind != CTL_TIME;
}

/* The columns that have a title; their widths. */
static unsigned
measure(const struct ctl_table *t, const struct ctl_column **shown, int *width)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->ncolumns; i++)
		if (t->columns[i].title != NULL) {
			width[n] = width_of(t->columns[i].title);
			shown[n++] = &t->columns[i];
		}
	for (size_t k = 0; n > 0 && k < t->ncells; k++)
		if (width_of(t->cells[k]) > width[k % n])
			width[k % n] = width_of(t->cells[k]);
	return n;
}

static void
print_table(const struct ctl_table *t)
{
	const struct ctl_column *shown[32];
	int width[32] = {0};
	unsigned n = measure(t, shown, width);

	for (unsigned i = 0; t->ncells > 0 && i < n; i++)
		print_cell(
		    shown[i]->title, width[i], is_right(shown[i]), i + 1 == n);
	for (size_t k = 0; n > 0 && k < t->ncells; k++)
		print_cell(t->cells[k], width[k % n], is_right(shown[k % n]),
		    k % n + 1 == n);
}

static void
print_upright(const struct ctl_table *t)
{
	const struct ctl_column *shown[32];
	int width[32] = {0}, titles = 0;
	unsigned n = measure(t, shown, width);

	for (unsigned i = 0; i < n; i++)
		if (width_of(shown[i]->title) > titles)
			titles = width_of(shown[i]->title);
	for (size_t k = 0; n > 0 && k < t->ncells; k++) {
		print_cell(shown[k % n]->title, titles, false, false);
		printf("%s\n", t->cells[k]);
	}
}

bool
ctl_table_end(struct ctl_table **tp)
{
	struct ctl_table *t = *tp;

	*tp = NULL;
	if (!t->json && t->upright)
		print_upright(t);
	else if (!t->json)
		print_table(t);
	for (size_t k = 0; k < t->ncells; k++)
		free(t->cells[k]);
	free(t->cells);
	free(t);
	return fflush(stdout) == 0;
}

void
ctl_print_safe(struct slice s)
{
	struct buf safe = BUF_INIT(CELL_MAX);

	add_safe(&safe, s);
	fputs(buf_cstr(&safe), stdout);
	buf_fini(&safe);
}
