#ifndef BASE_BUF_H
#define BASE_BUF_H
/*
 * A growing run of octets with a ceiling. Appending past the ceiling, or out of
 * memory, changes nothing and sets a sticky error that is asked once, before
 * use. Truncation is an error, not a result.
 */
#include "base/err.h"
#include "base/slice.h"

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *p;      /* NULL while empty */
	size_t len;   /* octets in use */
	size_t cap;   /* octets allocated */
	size_t max;   /* ceiling, octets */
	enum err err; /* ERR_OK, ERR_TOOBIG or ERR_NOMEM; sticky */
};

/* for static or embedded use: struct buf b = BUF_INIT(4096); */
#define BUF_INIT(ceiling)                                                      \
	{                                                                      \
		NULL, 0, 0, (ceiling), ERR_OK                                  \
	}

void buf_init(struct buf *b, size_t max);
/* Free the memory; b is empty again, with the same ceiling and no error. */
void buf_fini(struct buf *b);
/* Forget contents and error, keep the memory. */
void buf_reset(struct buf *b);
/* As buf_fini, but wipes the memory first. */
void buf_wipe(struct buf *b);
/*
 * Make sure n more octets fit without another allocation. ERR_TOOBIG or
 * ERR_NOMEM when they cannot, or the sticky error; sets none itself, so that a
 * caller may ask for less.
 */
enum err buf_reserve(struct buf *b, size_t n);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_add_slice(struct buf *b, struct slice s);
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
/* decimal */
void buf_add_u64(struct buf *b, unsigned long long n);
/* lower-case hexadecimal, two digits an octet */
void buf_add_hex(struct buf *b, const void *p, size_t n);
void buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
/* Drop n octets at the front (all of them when n > len). */
void buf_drop(struct buf *b, size_t n);
/* Cut to the first n octets; no effect when n >= len. */
void buf_cut(struct buf *b, size_t n);
/* The contents; valid until the next change of b. */
struct slice buf_slice(const struct buf *b);
/*
 * The contents with a NUL behind them, as a C string valid until the next
 * change of b; "" when b has an error.
 */
const char *buf_cstr(struct buf *b);

#endif
