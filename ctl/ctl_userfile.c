/* Files of accounts from other systems, line by line. */
#include "ctl/ctl_userfile.h"

#include "base/num.h"

#include <string.h>

enum {
	FIELDS = 16,
	C_ADDRESS = 0,
	C_SECRET,
	C_QUOTA,
	C_STATE,
	C_FORWARD,
	C_DELEGATES,
	COLUMNS
};

enum err
ctl_userfile_init(struct ctl_userfile *f, struct slice format)
{
	static const struct {
		const char *name;
		enum ctl_userfile_format format;
	} names[] = {
	    {"passwd",  CTL_PASSWD},
	    {"dovecot", CTL_PASSWD},
	    {"shadow",  CTL_SHADOW},
	    {"csv",     CTL_CSV   },
	};
	struct slice name;

	*f = (struct ctl_userfile){0};
	for (unsigned k = 0; k < COLUMNS; k++)
		f->column[k] = k; /* without a head line */
	slice_cut(&format, ':', &name);
	f->domain = format;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_eq(name, slice_str(names[i].name))) {
			f->format = names[i].format;
			return ERR_OK;
		}
	return ERR_SYNTAX;
}

struct slice
ctl_userfile_guess(struct slice file)
{
	return slice_ends(file, SLICE(".csv")) ? SLICE("csv") : SLICE("passwd");
}

/* --- CSV ------------------------------------------------------------- */

/* Split a line (RFC 4180, but a field ends with its line); fields lie in text
 * one behind the other, so that their places are kept as offsets. */
static enum err
split_csv(struct slice s, struct buf *text, struct slice field[FIELDS],
    unsigned *n_out)
{
	size_t begin[FIELDS + 1];
	unsigned n = 0;
	bool quoted = false, more = true;

	buf_reset(text);
	begin[0] = 0;
	while (more && n < FIELDS) {
		more = s.len > 0;
		if (quoted && !more)
			return ERR_SYNTAX;
		if (more && quoted && s.p[0] == '"' && s.len > 1 &&
		    s.p[1] == '"') {
			buf_add_char(text, '"');
			s = slice_skip(s, 1);
		} else if (more && s.p[0] == '"') {
			quoted = !quoted;
		} else if (more && (quoted || s.p[0] != ',')) {
			buf_add_char(text, s.p[0]);
		} else {
			begin[++n] = text->len;
		}
		s = slice_skip(s, 1);
	}
	if (text->err != ERR_OK || (n == FIELDS && s.len > 0))
		return ERR_TOOBIG;
	for (unsigned i = 0; i < n; i++)
		field[i] = slice_trim(
		    slice_first(slice_skip(buf_slice(text), begin[i]),
			begin[i + 1] - begin[i]));
	*n_out = n;
	return ERR_OK;
}

/* The first line may name the columns. */
static bool
is_head(struct ctl_userfile *f, const struct slice *field, unsigned n)
{
	static const struct {
		const char *name;
		unsigned column;
	} names[] = {
	    {"address",          C_ADDRESS  },
	    {"user",             C_ADDRESS  },
	    {"email",            C_ADDRESS  },
	    {"password_or_hash", C_SECRET   },
	    {"password",         C_SECRET   },
	    {"hash",             C_SECRET   },
	    {"quota",            C_QUOTA    },
	    {"state",            C_STATE    },
	    {"forward",          C_FORWARD  },
	    {"delegates",        C_DELEGATES},
	};
	bool head = false;

	for (unsigned i = 0; i < n; i++)
		head = head || slice_eq_nocase(field[i], SLICE("address")) ||
		       slice_eq_nocase(field[i], SLICE("email"));
	if (!head || slice_find(field[0], '@') < field[0].len)
		return false;
	for (unsigned k = 0; k < COLUMNS; k++)
		f->column[k] = FIELDS;
	for (unsigned i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof names / sizeof *names; k++)
			if (slice_eq_nocase(field[i], slice_str(names[k].name)))
				f->column[names[k].column] = i;
	return true;
}

static enum err
read_csv(struct ctl_userfile *f, struct slice s, struct ctl_userline *line,
    const char **why)
{
	struct slice field[FIELDS], value[COLUMNS];
	unsigned n;
	enum err e = split_csv(s, &line->text, field, &n);

	*why = "the quotes do not match, or there are too many fields";
	if (e != ERR_OK)
		return ERR_SYNTAX;
	if (f->line == 1 && is_head(f, field, n))
		return ERR_RETRY;
	for (unsigned k = 0; k < COLUMNS; k++)
		value[k] = f->column[k] < n ? field[f->column[k]] : SLICE_NONE;
	line->name = value[C_ADDRESS];
	line->secret = value[C_SECRET];
	line->forward = value[C_FORWARD];
	line->delegates = value[C_DELEGATES];
	*why = "the quota is not a size (for example 2G)";
	line->has_quota = value[C_QUOTA].len > 0;
	if (line->has_quota && num_size(value[C_QUOTA], &line->quota) != ERR_OK)
		return ERR_SYNTAX;
	*why = "the state is neither active nor locked";
	line->locked = slice_eq_nocase(value[C_STATE], SLICE("locked"));
	if (!line->locked && value[C_STATE].len > 0 &&
	    !slice_eq_nocase(value[C_STATE], SLICE("active")))
		return ERR_SYNTAX;
	return ERR_OK;
}

void
ctl_csv_add(struct buf *b, struct slice s)
{
	bool plain = slice_find(s, ',') == s.len &&
		     slice_find(s, '"') == s.len && slice_eq(slice_trim(s), s);

	if (plain) {
		buf_add_slice(b, s);
		return;
	}
	buf_add_char(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '"')
			buf_add_char(b, '"');
		buf_add_char(b, s.p[i]);
	}
	buf_add_char(b, '"');
}

/* --- password files -------------------------------------------------- */

/* Dovecot's extra fields: "userdb_quota_rule=*:storage=1G", or
 * "userdb_quota_storage_size=1G"; anything else says nothing to us. */
static void
find_quota(struct slice s, struct ctl_userline *line)
{
	static const char *const marks[] = {"quota_rule=*:storage=",
	    "quota_rule=*:bytes=", "quota_storage_size="};
	size_t at;

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		struct slice mark = slice_str(marks[i]), size;

		if ((at = slice_find_slice(s, mark)) == s.len)
			continue;
		size = slice_skip(s, at + mark.len);
		size = slice_first(size, slice_find(size, ' '));
		size = slice_first(size, slice_find(size, ':'));
		if (slice_ends(size, SLICE("B")) && size.len > 1)
			size.len--;
		line->has_quota = num_size(size, &line->quota) == ERR_OK;
		return;
	}
}

/* ERR_RETRY: a line that is no account anybody logs in to */
static enum err
read_passwd(const struct ctl_userfile *f, struct slice s,
    struct ctl_userline *line, const char **why)
{
	*why = "is not NAME:HASH";
	if (!slice_cut(&s, ':', &line->name) || line->name.len == 0)
		return ERR_SYNTAX;
	slice_cut(&s, ':', &line->secret);
	if (f->format == CTL_SHADOW) {
		if (line->secret.len == 0 || line->secret.p[0] == '*' ||
		    slice_eq(line->secret, SLICE("!")) ||
		    slice_eq(line->secret, SLICE("!!")))
			return ERR_RETRY;
	} else {
		find_quota(s, line);
	}
	/* shadow(5): a hash behind "!" is a locked account */
	line->locked = line->secret.len > 1 && line->secret.p[0] == '!';
	if (line->locked)
		line->secret = slice_skip(line->secret, 1);
	return ERR_OK;
}

/* --- lines ----------------------------------------------------------- */

enum err
ctl_userfile_next(struct ctl_userfile *f, struct slice *rest,
    struct ctl_userline *line, const char **why)
{
	struct slice s;
	enum err e = ERR_RETRY;

	while (e == ERR_RETRY && rest->len > 0) {
		slice_cut(rest, '\n', &s);
		f->line++;
		if (s.len > 0 && s.p[s.len - 1] == '\r')
			s.len--;
		line->name = line->secret = SLICE_NONE;
		line->forward = line->delegates = SLICE_NONE;
		line->quota = 0;
		line->has_quota = line->locked = false;
		if (slice_trim(s).len == 0 || s.p[0] == '#')
			continue;
		e = f->format == CTL_CSV ? read_csv(f, s, line, why)
					 : read_passwd(f, s, line, why);
	}
	return e == ERR_RETRY ? ERR_NOENT : e;
}
