/* The file that export writes and import reads. */
#include "ctl/ctl_dump.h"

#include "base/num.h"
#include "ctl/ctl_id.h"
#include "mime/mime_date.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024 };

void
ctl_dump_open(struct ctl_dump_reader *r, int fd)
{
	memset(r, 0, sizeof *r);
	r->fd = fd;
	buf_init(&r->in, CTL_DUMP_LINE_MAX + CHUNK);
}

void
ctl_dump_close(struct ctl_dump_reader *r)
{
	buf_wipe(&r->in);
}

static struct slice
waiting(const struct ctl_dump_reader *r)
{
	return slice_skip(buf_slice(&r->in), r->taken);
}

/* Read more; ERR_NOENT at the end of the file. */
static enum err
more(struct ctl_dump_reader *r)
{
	ssize_t n;

	buf_drop(&r->in, r->taken);
	r->taken = 0;
	if (r->end)
		return ERR_NOENT;
	if (buf_reserve(&r->in, CHUNK) != ERR_OK)
		return ERR_TOOBIG;
	do
		n = read(r->fd, r->in.p + r->in.len, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return ERR_IO;
	r->end = n == 0;
	r->in.len += (size_t)n;
	return n == 0 ? ERR_NOENT : ERR_OK;
}

static enum err
next_line(struct ctl_dump_reader *r, struct slice *line)
{
	size_t lf;
	enum err e;

	while ((lf = slice_find(waiting(r), '\n')) == waiting(r).len)
		if ((e = more(r)) != ERR_OK)
			return e == ERR_NOENT && waiting(r).len > 0 ? ERR_SYNTAX
								    : e;
	*line = slice_first(waiting(r), lf);
	r->taken += lf + 1;
	r->line++;
	return ERR_OK;
}

enum err
ctl_dump_next(struct ctl_dump_reader *r, json_t **out)
{
	struct slice line;
	enum err e = next_line(r, &line);

	if (e != ERR_OK)
		return e;
	*out = json_loadb(line.p, line.len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(*out))
		return ERR_OK;
	json_decref(*out);
	*out = NULL;
	return ERR_SYNTAX;
}

void
ctl_dump_octets(struct ctl_dump_reader *r, uint64_t n)
{
	r->left = n;
	r->sum = CTL_SUM_INIT;
}

struct slice
ctl_dump_piece(void *ctx)
{
	struct ctl_dump_reader *r = ctx;
	struct slice piece;

	if (r->left == 0 || (waiting(r).len == 0 && more(r) != ERR_OK))
		return SLICE_NONE;
	piece = waiting(r);
	if (piece.len > r->left)
		piece.len = (size_t)r->left;
	r->taken += piece.len;
	r->left -= piece.len;
	r->sum = ctl_sum(r->sum, piece);
	return piece;
}

enum err
ctl_dump_check(struct ctl_dump_reader *r)
{
	char want[24];
	struct slice line;
	json_t *o = NULL;
	enum err e = r->left > 0 ? ERR_SYNTAX : next_line(r, &line);

	if (e == ERR_OK && line.len > 0)
		e = ERR_SYNTAX;
	if (e == ERR_OK)
		e = ctl_dump_next(r, &o);

	(void)snprintf(
	    want, sizeof want, "%016llx", (unsigned long long)r->sum);
	if (e == ERR_OK &&
	    !slice_eq(ctl_dump_text(o, "fnv1a64"), slice_str(want)))
		e = ERR_CORRUPT;
	json_decref(o);
	return e == ERR_NOENT ? ERR_SYNTAX : e;
}

/* --- members --------------------------------------------------------- */

struct slice
ctl_dump_text(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return json_is_string(v)
		   ? slice_of(json_string_value(v), json_string_length(v))
		   : SLICE_NONE;
}

uint64_t
ctl_dump_u64(const json_t *o, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(o, key));

	return v < 0 ? 0 : (uint64_t)v;
}

bool
ctl_dump_true(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

uint64_t
ctl_dump_time(const json_t *o, const char *key)
{
	uint64_t us = 0;

	(void)mime_date_parse_rfc3339(ctl_dump_text(o, key), &us);
	return us;
}

void
ctl_dump_put(FILE *f, json_t *o)
{
	if (o != NULL && json_dumpf(o, f, JSON_COMPACT) == 0)
		putc('\n', f);
	json_decref(o);
}

json_t *
ctl_dump_json(struct slice s)
{
	return s.len == 0 ? NULL : json_stringn(s.p, s.len);
}

json_t *
ctl_dump_json_time(uint64_t us)
{
	struct buf b = BUF_INIT(64);
	json_t *j;

	if (us == 0)
		return NULL;
	mime_date_add_rfc3339(&b, us);
	j = json_string(buf_cstr(&b));
	buf_fini(&b);
	return j;
}
