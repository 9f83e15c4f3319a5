#ifndef CTL_CTL_OUT_H
#define CTL_CTL_OUT_H
/*
 * What a command says: data on standard output as a table, a list of fields or
 * JSON lines; messages on standard error. Octets from elsewhere never reach a
 * terminal as controls.
 */
#include "base/err.h"
#include "base/slice.h"
#include "ctl/ctl_cmd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "restante: ..." on standard error; returns status. */
int ctl_fail(int status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A note on standard error, not with -q. */
void ctl_note(const struct ctl *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* As ctl_note, only with -v. */
void ctl_detail(const struct ctl *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The exit status of the program: status, or EX_IOERR when what was printed is
 * lost, with a message unless there was one, or its reader has gone. */
int ctl_finish(int status);
/* The exit status that fits e. */
int ctl_status_of(enum err e);
/* "restante: WHAT: text of e"; returns its exit status. */
int ctl_fail_err(enum err e, const char *what, struct slice name);

/* "1 message", "2 messages" */
#define CTL_N(n, word) (unsigned long long)(n), (n) == 1 ? word : word "s"

/*
 * Something was done: "added bob@example.org" on standard error (not with -q),
 * or with --json {"done": "added", "name": "bob@example.org"} on standard
 * output.
 */
void ctl_done(const struct ctl *c, const char *done, struct slice name);

enum ctl_kind {
	CTL_TEXT,
	CTL_COUNT,  /* 4,113 */
	CTL_NUMBER, /* 4113: a name that happens to be a number */
	CTL_SIZE,   /* 1.2 GB; JSON: octets */
	CTL_TIME /* microseconds since 1970, 0: never; JSON: RFC 3339 or null */
};
struct ctl_column {
	const char *title; /* NULL: only in JSON */
	const char *key;   /* NULL: only in the table */
	enum ctl_kind kind;
};

struct ctl_table;
/*
 * new; columns are kept. With --json each row is printed when it ends,
 * otherwise all are at ctl_table_end, under their titles.
 */
struct ctl_table *ctl_table_begin(
    const struct ctl *c, const struct ctl_column *columns, unsigned n);
/* The cells of a row, from left to right. */
void ctl_put_text(struct ctl_table *t, struct slice s);
void ctl_put_u64(struct ctl_table *t, uint64_t v);
/* A list: in a cell its members parted by ", "; in JSON an array. */
void ctl_put_list(struct ctl_table *t, const struct slice *items, unsigned n);
void ctl_put_bool(struct ctl_table *t, bool v); /* "yes", "no" */
void ctl_put_none(struct ctl_table *t);         /* "-", null */
void ctl_row_end(struct ctl_table *t);
/* Print what is left and free. false: standard output failed. */
bool ctl_table_end(struct ctl_table **t);
/* One row only: print each cell on a line behind its title. */
void ctl_table_upright(struct ctl_table *t);

/* s with what is no printable UTF-8 as \xNN, on standard output. */
void ctl_print_safe(struct slice s);

#endif
