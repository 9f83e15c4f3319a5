#ifndef BASE_LOG_H
#define BASE_LOG_H
/*
 * One line per finished thing, key=value, on stderr. Values are escaped: a
 * control, '"', '\' or octet that is not well-formed UTF-8 becomes \xNN, a
 *value with a space, '=' or '"' (or an empty one) is quoted, a long one is cut
 *with "...". Names and event words are literals of ours, never bytes from
 *outside.
 *
 *	struct log_line l;
 *	log_begin(&l, LOG_INFO, "received");
 *	log_str(&l, "from", from);   log_u64(&l, "size", n);
 *	log_end(&l);
 *
 * gives: smtp[812]: received from=ann@remote.test size=14311
 * Above a level that is switched off all calls are cheap and print nothing.
 */
#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

/* who should act: the operator now; the operator soon; nobody; a developer */
enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

enum { LOG_LINE_MAX = 2048, LOG_VALUE_MAX = 512 };

struct log_line {
	uint16_t len;
	uint8_t off, cut; /* level switched off; something did not fit */
	char text[LOG_LINE_MAX];
};

/* Name shown in front ("smtp"), and what is printed; copies name. */
void log_init(const char *name, enum log_level level);
void log_set_level(enum log_level level);
enum log_level log_get_level(void);
/* With systemd on the other end: prefix lines with <N>. Default off. */
void log_set_journal(int on);
/* Tests: lines (without newline) go to sink instead of stderr; NULL resets. */
void log_set_sink(void (*sink)(void *ctx, struct slice line), void *ctx);

void log_begin(struct log_line *l, enum log_level level, const char *event);
void log_str(struct log_line *l, const char *key, struct slice value);
void log_cstr(struct log_line *l, const char *key, const char *value);
void log_u64(struct log_line *l, const char *key, uint64_t value);
void log_hex(struct log_line *l, const char *key, const void *p, size_t n);
/* seconds with three decimals */
void log_ms(struct log_line *l, const char *key, uint64_t ms);
void log_err(struct log_line *l, const char *key, enum err e);
/* Write the line with one write(2). */
void log_end(struct log_line *l);

/* Whole lines for errors of the system: event error="text" [reason=...] */
void log_errno(
    enum log_level level, const char *event, const char *what, int code);
/* event detail="formatted": for start-up and our own words only */
void log_textf(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
