/* A configuration file as text, before its grammar is looked at. */
#include "conf/conf_text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum err
conf_text_read(const char *path, struct buf *out)
{
	char chunk[8192];
	ssize_t n = 0;
	int fd, code;

	/* O_NONBLOCK: a FIFO in the place of a file must not hang us */
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0)
		return ERR_IO;
	while (out->err == ERR_OK && (n = read(fd, chunk, sizeof chunk)) > 0)
		buf_add(out, chunk, (size_t)n);
	code = errno;
	(void)close(fd);
	errno = code;
	if (n < 0)
		return ERR_IO;
	return out->err;
}

enum state { BETWEEN, WORD, SINGLE, DOUBLE, LINE_COMMENT, BLOCK_COMMENT };

static bool
is_break(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '{' ||
	       c == '}' || c == '=' || c == ',';
}

/* What the octet at i makes of a state outside of quotes and comments. */
static enum state
begin(struct slice s, size_t i, enum state now)
{
	char next = i + 1 < s.len ? s.p[i + 1] : '\0';

	if (s.p[i] == '#')
		return LINE_COMMENT;
	if (s.p[i] == '"')
		return DOUBLE;
	if (s.p[i] == '\'')
		return SINGLE;
	/* libconfuse has these too, where a word could begin */
	if (now == BETWEEN && s.p[i] == '/' && next == '/')
		return LINE_COMMENT;
	if (now == BETWEEN && s.p[i] == '/' && next == '*')
		return BLOCK_COMMENT;
	return is_break(s.p[i]) ? BETWEEN : WORD;
}

static const char *
forbidden(struct slice s, size_t i, enum state now)
{
	unsigned char c = (unsigned char)s.p[i];

	if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r'))
		return "a control character";
	if (c == '$' && i + 1 < s.len && s.p[i + 1] == '{' && now != SINGLE &&
	    now != LINE_COMMENT && now != BLOCK_COMMENT)
		return "${...} is not replaced here (write it in single quotes "
		       "if it is meant)";
	return NULL;
}

/* Blank the octet at i where it is part of a comment; returns the state behind
 * it and how many octets it took. */
static enum state
step(struct buf *text, size_t i, enum state now, size_t *took)
{
	struct slice s = buf_slice(text);
	char c = s.p[i], next = i + 1 < s.len ? s.p[i + 1] : '\0';

	*took = 1;
	switch (now) {
	case SINGLE:
	case DOUBLE:
		if (c == '\\' && next != '\0' && next != '\n')
			*took = 2;
		else if (c == (now == SINGLE ? '\'' : '"'))
			return BETWEEN;
		return now;
	case LINE_COMMENT:
		if (c == '\n')
			return BETWEEN;
		text->p[i] = ' ';
		return now;
	case BLOCK_COMMENT:
		if (c != '\n')
			text->p[i] = ' ';
		if (c != '*' || next != '/')
			return now;
		text->p[i + 1] = ' ';
		*took = 2;
		return BETWEEN;
	case BETWEEN:
	case WORD:
		break;
	}
	now = begin(s, i, now);
	if (now == LINE_COMMENT || now == BLOCK_COMMENT) {
		text->p[i] = ' ';
		if (now == BLOCK_COMMENT) {
			text->p[i + 1] = ' ';
			*took = 2;
		}
	}
	return now;
}

bool
conf_text_clean(struct buf *text, unsigned *line_out, const char **why_out)
{
	enum state now = BETWEEN;
	size_t next = 0, took;

	*line_out = 1;
	for (size_t i = 0; i < text->len; i++) {
		if ((*why_out = forbidden(buf_slice(text), i, now)) != NULL)
			return false;
		if (text->p[i] == '\n')
			(*line_out)++;
		if (i == next) {
			now = step(text, i, now, &took);
			next += took;
		}
	}
	return true;
}
