/* Command lines as structs. What is syntax ends here; what is allowed, and
 * when, begins in smtp_cmd.c. */
#include "smtp/smtp_parse.h"

#include "base/num.h"

static bool
has_control(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

static struct slice
skip_blanks(struct slice s)
{
	size_t n = 0;

	while (n < s.len && s.p[n] == ' ')
		n++;
	return slice_skip(s, n);
}

enum err
smtp_parse_line(struct slice line, struct smtp_line *out)
{
	if (has_control(line) || !slice_is_utf8(line))
		return ERR_SYNTAX;
	slice_cut(&line, ' ', &out->verb);
	out->args = slice_trim(line);
	return ERR_OK;
}

/* "FROM:" and a path, then nothing or a blank and parameters. */
static enum err
parse_path(struct slice args, struct slice keyword, bool allow_null,
    bool allow_bare, struct smtp_path *out)
{
	struct slice rest, written;
	enum err e;

	if (!slice_starts_nocase(args, keyword))
		return ERR_SYNTAX;
	written = rest = skip_blanks(slice_skip(args, keyword.len));
	e = mime_addr_parse_path(
	    &rest, true, allow_null, allow_bare, &out->addr);
	if (e != ERR_OK)
		return e == ERR_TOOBIG ? e : ERR_SYNTAX;
	if (rest.len > 0 && rest.p[0] != ' ')
		return ERR_SYNTAX;
	written.len -= rest.len;
	out->utf8 = !slice_is_ascii(written);
	out->params = skip_blanks(rest);
	return ERR_OK;
}

enum err
smtp_parse_mail(struct slice args, struct smtp_path *out)
{
	return parse_path(args, SLICE("FROM:"), true, false, out);
}

enum err
smtp_parse_rcpt(struct slice args, struct smtp_path *out)
{
	return parse_path(args, SLICE("TO:"), false, true, out);
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* esmtp-keyword */
static bool
is_keyword(struct slice s)
{
	if (s.len == 0 || s.p[0] == '-')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-')
			return false;
	return true;
}

/* esmtp-value: blanks and controls cannot be here any more, "=" is not in it
 * (RFC 5321 section 4.1.2); UTF-8 as RFC 6531 section 3.3 adds. */
static bool
is_value(struct slice s)
{
	return s.len > 0 && slice_find(s, '=') == s.len;
}

enum err
smtp_parse_param(struct slice *rest, struct smtp_param *out)
{
	struct slice word, key;

	*rest = skip_blanks(*rest);
	if (rest->len == 0)
		return ERR_NOENT;
	slice_cut(rest, ' ', &word);
	out->value = SLICE_NONE;
	if (slice_cut(&word, '=', &key)) {
		if (!is_value(word))
			return ERR_SYNTAX;
		out->value = word;
	}
	out->key = key;
	return is_keyword(key) ? ERR_OK : ERR_SYNTAX;
}

enum err
smtp_parse_bdat(struct slice args, uint64_t *octets_out, bool *last_out)
{
	struct slice number;
	enum err e;

	*octets_out = 0;
	*last_out = false;
	slice_cut(&args, ' ', &number);
	e = num_u64(number, 0, UINT64_MAX, octets_out);
	if (e != ERR_OK)
		return e;
	args = skip_blanks(args);
	if (args.len == 0)
		return ERR_OK;
	*last_out = slice_eq_nocase(args, SLICE("LAST"));
	return *last_out ? ERR_OK : ERR_SYNTAX;
}

enum err
smtp_parse_helo(struct slice args, struct slice *out)
{
	struct slice name;

	slice_cut(&args, ' ', &name);
	if (name.len == 0)
		return ERR_SYNTAX;
	if (name.len > SMTP_HELO_MAX)
		return ERR_TOOBIG;
	*out = name;
	return ERR_OK;
}
