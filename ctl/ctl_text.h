#ifndef CTL_CTL_TEXT_H
#define CTL_CTL_TEXT_H
/*
 * Words for people where a table would not do: lists of any length, whose lines
 * go out one by one.
 */
#include "base/buf.h"
#include "base/slice.h"

#include <stdint.h>

/* "45s", "12m", "2h", "3d"; of times in microseconds, 0s if to is earlier */
void ctl_text_span(struct buf *b, uint64_t from_us, uint64_t to_us);
/* "2026-11-23 10:58:10" (UTC) */
void ctl_text_time(struct buf *b, uint64_t us);
/* Print s, made harmless, and blanks up to width columns; a negative width:
 * blanks in front. Longer text is printed whole. Two blanks follow. */
void ctl_text_cell(struct slice s, int width);
/* A reply as it was heard: "451 4.7.1 greylisted", whatever is known of it. */
void ctl_text_reply(
    struct buf *b, uint32_t code, struct slice status, struct slice reply);
/*
 * A point in time as an option has it: "2h" ago, "2026-11-23",
 * "2026-11-23T14:21:00Z". EX_OK, or EX_USAGE with a message that names what.
 */
int ctl_text_since(const char *what, const char *text, uint64_t *us_out);

#endif
