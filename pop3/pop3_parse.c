/* POP3 command lines: a verb and words, or a verb and the rest as it came. */
#include "pop3/pop3_parse.h"

#include <string.h>

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void
split(struct pop3_args *a)
{
	struct slice left = a->rest, word;

	while (left.len > 0) {
		(void)slice_cut(&left, ' ', &word);
		if (word.len == 0)
			continue;
		if (a->count < POP3_ARGS)
			a->arg[a->count] = word;
		a->count++;
	}
}

enum err
pop3_parse(struct slice line, struct pop3_args *out)
{
	memset(out, 0, sizeof *out);
	if (line.len == 0 || !is_letter(line.p[0]) ||
	    slice_find(line, '\0') < line.len ||
	    slice_find(line, '\r') < line.len)
		return ERR_SYNTAX;
	out->rest = line;
	(void)slice_cut(&out->rest, ' ', &out->verb);
	split(out);
	return ERR_OK;
}
