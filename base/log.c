/*
 * One line an event on stderr. A line is built in the caller's struct and
 * leaves with one write(2), so lines of threads and processes never mix. No
 * time of day: the journal (or whoever reads stderr) has it.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	NAME_LEN_MAX = 31,
	/* kept free for what ends a line: " ..." and the newline */
	END_ROOM = 5,
	/* a value that would get less room than this is left out instead */
	VALUE_ROOM_MIN = 24
};

static char name[NAME_LEN_MAX + 1] = "restante";
static long pid; /* asked once: a sandbox may forbid the question later */
static _Atomic int threshold = LOG_INFO;
static bool journal;
static struct {
	void (*take)(void *ctx, struct slice line);
	void *ctx;
} sink;

void
log_init(const char *new_name, enum log_level level)
{
	(void)slice_to_str(
	    slice_first(slice_str(new_name), NAME_LEN_MAX), name, sizeof name);
	pid = getpid();
	log_set_level(level);
}

void
log_set_level(enum log_level level)
{
	atomic_store_explicit(&threshold, (int)level, memory_order_relaxed);
}

enum log_level
log_get_level(void)
{
	return (enum log_level)atomic_load_explicit(
	    &threshold, memory_order_relaxed);
}

void
log_set_journal(int on)
{
	journal = on != 0;
}

void
log_set_sink(void (*take)(void *ctx, struct slice line), void *ctx)
{
	sink.take = take;
	sink.ctx = ctx;
}

static size_t
room(const struct log_line *l)
{
	return LOG_LINE_MAX - END_ROOM - l->len;
}

/* Append all of s, or, when it does not fit, nothing. */
static bool
put(struct log_line *l, struct slice s)
{
	if (s.len > room(l)) {
		l->cut = 1;
		return false;
	}
	if (s.len > 0)
		memcpy(l->text + l->len, s.p, s.len);
	l->len = (uint16_t)(l->len + s.len);
	return true;
}

__attribute__((format(printf, 2, 3))) static bool
putf(struct log_line *l, const char *fmt, ...)
{
	char text[64];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return false;
	return put(l, slice_first(slice_of(text, (size_t)n), sizeof text - 1));
}

void
log_begin(struct log_line *l, enum log_level level, const char *event)
{
	static const int priority[] = {3, 4, 6, 7}; /* sd-daemon(3) */

	l->len = 0;
	l->cut = 0;
	l->off = level > log_get_level();
	if (l->off)
		return;
	if (journal)
		putf(l, "<%d>", priority[level & 3]);
	putf(l, "%s[%ld]: ", name, pid != 0 ? pid : (long)getpid());
	put(l, slice_str(event));
}

/* " key=", when at least a short value will fit behind it as well. */
static bool
put_key(struct log_line *l, const char *key)
{
	size_t n = strlen(key);

	if (l->off)
		return false;
	if (n + 2 + VALUE_ROOM_MIN > room(l)) {
		l->cut = 1;
		return false;
	}
	return put(l, SLICE(" ")) && put(l, slice_of(key, n)) &&
	       put(l, SLICE("="));
}

static bool
shows(uint32_t code)
{
	return slice_code_is_text(code) && code != '"' && code != '\\';
}

static bool
needs_quotes(struct slice v)
{
	return v.len == 0 || slice_find(v, ' ') < v.len ||
	       slice_find(v, '=') < v.len || slice_find(v, '"') < v.len;
}

/* ASCII that shows as it is */
static bool
is_plain(struct slice v)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.p[i] < 0x20 || v.p[i] > 0x7e || !shows((uint32_t)v.p[i]))
			return false;
	return true;
}

/* The next piece of v, escaped if need be, into text; octets of v it took. */
static size_t
escape(struct slice v, char text[16], size_t *len_out)
{
	static const char digit[] = "0123456789abcdef";
	uint32_t code = 0;
	size_t n = slice_utf8_first(v, &code);

	*len_out = 0;
	if (n > 0 && shows(code)) {
		memcpy(text, v.p, n);
		*len_out = n;
		return n;
	}
	if (n == 0)
		n = 1;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)v.p[i];
		char *t = text + 4 * i;

		t[0] = '\\';
		t[1] = 'x';
		t[2] = digit[c >> 4];
		t[3] = digit[c & 15];
	}
	*len_out = 4 * n;
	return n;
}

/*
 * The octets shown are bounded, not those of v: a piece is put only when
 * "..." and the quote still fit behind it, or it is the last.
 */
static void
put_value(struct log_line *l, struct slice v)
{
	size_t left = room(l) < LOG_VALUE_MAX ? room(l) : LOG_VALUE_MAX;
	/* what is behind this cannot be shown, whatever it is */
	struct slice seen = slice_first(v, LOG_VALUE_MAX);
	bool quoted = needs_quotes(seen);
	char text[16];
	size_t n, took;

	if (quoted) {
		put(l, SLICE("\""));
		left -= 2;
	}
	/* nearly all values are plain and short */
	if (v.len <= left && is_plain(v)) {
		put(l, v);
		v.len = 0;
	}
	for (; v.len > 0; v = slice_skip(v, took)) {
		took = escape(v, text, &n);
		if (n > left || (left - n < 3 && v.len > took)) {
			put(l, SLICE("..."));
			break;
		}
		put(l, slice_of(text, n));
		left -= n;
	}
	if (quoted)
		put(l, SLICE("\""));
}

void
log_str(struct log_line *l, const char *key, struct slice value)
{
	if (put_key(l, key))
		put_value(l, value);
}

void
log_cstr(struct log_line *l, const char *key, const char *value)
{
	log_str(l, key, slice_str(value));
}

void
log_u64(struct log_line *l, const char *key, uint64_t value)
{
	if (put_key(l, key))
		putf(l, "%llu", (unsigned long long)value);
}

void
log_hex(struct log_line *l, const char *key, const void *p, size_t n)
{
	const unsigned char *c = p;

	if (!put_key(l, key))
		return;
	for (size_t i = 0; i < n; i++) {
		if (room(l) < VALUE_ROOM_MIN || 2 * i >= LOG_VALUE_MAX) {
			put(l, SLICE("..."));
			break;
		}
		putf(l, "%02x", c[i]);
	}
}

void
log_ms(struct log_line *l, const char *key, uint64_t ms)
{
	if (put_key(l, key))
		putf(l, "%llu.%03u", (unsigned long long)(ms / 1000),
		    (unsigned)(ms % 1000));
}

void
log_err(struct log_line *l, const char *key, enum err e)
{
	log_cstr(l, key, err_name(e));
}

void
log_end(struct log_line *l)
{
	int saved = errno;
	ssize_t n;

	if (l->off)
		return;
	if (l->cut) {
		memcpy(l->text + l->len, " ...", 4);
		l->len = (uint16_t)(l->len + 4);
	}
	if (sink.take != NULL) {
		sink.take(sink.ctx, slice_of(l->text, l->len));
		return;
	}
	l->text[l->len] = '\n';
	/* A log that cannot be written must not stop the mail. */
	do
		n = write(STDERR_FILENO, l->text, (size_t)l->len + 1);
	while (n < 0 && errno == EINTR);
	errno = saved;
}

void
log_errno(enum log_level level, const char *event, const char *what, int code)
{
	const char *text = strerrordesc_np(code);
	struct log_line l;

	log_begin(&l, level, event);
	log_cstr(&l, "error", text != NULL ? text : "unknown error");
	if (what != NULL)
		log_cstr(&l, "reason", what);
	log_end(&l);
}

void
log_textf(enum log_level level, const char *event, const char *fmt, ...)
{
	char text[LOG_VALUE_MAX + 1];
	struct log_line l;
	va_list ap;

	log_begin(&l, level, event);
	if (l.off)
		return;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof text, fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	log_cstr(&l, "detail", text);
	log_end(&l);
}
