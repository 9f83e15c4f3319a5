#ifndef CTL_CTL_DUMP_H
#define CTL_CTL_DUMP_H
/*
 * The file that export writes and import reads (doc/export-format.md): lines of
 * JSON, and behind each line about a message its octets. Pure but for the
 * descriptors.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { CTL_DUMP_VERSION = 1, CTL_DUMP_LINE_MAX = 2 * 1024 * 1024 };

/* Reads lines and octets by turns. */
struct ctl_dump_reader {
	int fd;
	struct buf in; /* read and not taken yet */
	size_t taken;  /* of in */
	bool end;
	unsigned long long line;
	uint64_t sum, left; /* of the octets being read */
};
void ctl_dump_open(struct ctl_dump_reader *r, int fd);
void ctl_dump_close(struct ctl_dump_reader *r);
/* The next line as an object, new; ERR_NOENT: the file ends; ERR_SYNTAX,
 * ERR_TOOBIG, ERR_IO. */
enum err ctl_dump_next(struct ctl_dump_reader *r, json_t **out);
/* Octets that follow: call begin, then next until it gives an empty piece. */
void ctl_dump_octets(struct ctl_dump_reader *r, uint64_t n);
struct slice ctl_dump_piece(void *ctx); /* ctx: the reader */
/* The line behind the octets; ERR_CORRUPT: they are not what was written. */
enum err ctl_dump_check(struct ctl_dump_reader *r);

/* Members of an object; empty, 0 or false when missing or of another type. */
struct slice ctl_dump_text(const json_t *o, const char *key);
uint64_t ctl_dump_u64(const json_t *o, const char *key);
bool ctl_dump_true(const json_t *o, const char *key);
/* RFC 3339 as microseconds; 0: not there */
uint64_t ctl_dump_time(const json_t *o, const char *key);

/* Print and free. */
void ctl_dump_put(FILE *f, json_t *o);
/* new; NULL for an empty one, so that json_object_set_new ignores it */
json_t *ctl_dump_json(struct slice s);
json_t *ctl_dump_json_time(uint64_t us);

#endif
