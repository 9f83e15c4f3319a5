/* A growing run of octets with a ceiling and a sticky error. */
#include "base/buf.h"

#include "base/secret.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CAP_FIRST = 64,
	/* Secrets pass through small buffers: see move(). */
	SECRET_CAP = 32768
};

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf)BUF_INIT(max);
}

void
buf_fini(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->err = ERR_OK;
}

void
buf_wipe(struct buf *b)
{
	secret_wipe(b->p, b->cap);
	buf_fini(b);
}

/*
 * realloc() would leave a copy of the contents in freed memory, out of reach
 * of buf_wipe(). Where a password could be, that is worth a copy; large
 * buffers hold messages, and get the page moves of realloc().
 */
static bool
move(struct buf *b, size_t cap)
{
	char *p;

	if (b->cap > SECRET_CAP) {
		p = realloc(b->p, cap);
	} else if ((p = malloc(cap)) != NULL && b->p != NULL) {
		memcpy(p, b->p, b->len);
		secret_wipe(b->p, b->cap);
		free(b->p);
	}
	if (p == NULL)
		return false;
	b->p = p;
	b->cap = cap;
	return true;
}

/*
 * Make room for n octets and a NUL behind them. The ceiling counts contents
 * only: the NUL of buf_cstr() and vsnprintf() always finds its place.
 */
static enum err
make_room(struct buf *b, size_t n)
{
	size_t need, cap;

	if (b->err != ERR_OK)
		return b->err;
	if (b->len > b->max || n > b->max - b->len)
		return ERR_TOOBIG;
	if (b->len + n == SIZE_MAX)
		return ERR_NOMEM;
	need = b->len + n + 1;
	if (need <= b->cap)
		return ERR_OK;
	/* doubled, so that n appends cost O(n), but not past the ceiling */
	cap = b->cap > b->max / 2 ? b->max : b->cap * 2;
	if (cap < CAP_FIRST && b->max >= CAP_FIRST)
		cap = CAP_FIRST;
	if (cap < need)
		cap = need;
	return move(b, cap) ? ERR_OK : ERR_NOMEM;
}

enum err
buf_reserve(struct buf *b, size_t n)
{
	return make_room(b, n);
}

/* As make_room(), for an append: a failure sticks. */
static bool
extend(struct buf *b, size_t n)
{
	b->err = make_room(b, n);
	return b->err == ERR_OK;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || !extend(b, n))
		return;
	memcpy(b->p + b->len, p, n);
	b->len += n;
}

void
buf_add_slice(struct buf *b, struct slice s)
{
	buf_add(b, s.p, s.len);
}

void
buf_add_str(struct buf *b, const char *s)
{
	buf_add_slice(b, slice_str(s));
}

void
buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_add_u64(struct buf *b, unsigned long long n)
{
	char digits[3 * sizeof n];
	char *p = digits + sizeof digits;

	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	buf_add(b, p, (size_t)(digits + sizeof digits - p));
}

void
buf_add_hex(struct buf *b, const void *p, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	const unsigned char *c = p;

	if (n > SIZE_MAX / 2) {
		if (b->err == ERR_OK)
			b->err = ERR_TOOBIG;
		return;
	}
	if (n == 0 || !extend(b, 2 * n))
		return;
	for (size_t i = 0; i < n; i++) {
		b->p[b->len++] = digit[c[i] >> 4];
		b->p[b->len++] = digit[c[i] & 15];
	}
}

void
buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	size_t room;
	int n;

	if (b->err != ERR_OK)
		return;
	room = b->cap - b->len;
	va_copy(again, ap);
	n = vsnprintf(room == 0 ? NULL : b->p + b->len, room, fmt, ap);
	if (n < 0)
		b->err = ERR_TOOBIG; /* longer than INT_MAX */
	else if (extend(b, (size_t)n)) {
		/* extend() is also where the ceiling is kept */
		if ((size_t)n >= room)
			(void)vsnprintf(
			    b->p + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
		return;
	}
	b->len -= n;
	memmove(b->p, b->p + n, b->len);
}

void
buf_cut(struct buf *b, size_t n)
{
	if (n < b->len)
		b->len = n;
}

struct slice
buf_slice(const struct buf *b)
{
	return slice_of(b->p, b->len);
}

const char *
buf_cstr(struct buf *b)
{
	if (!extend(b, 0))
		return "";
	b->p[b->len] = '\0';
	return b->p;
}
