#ifndef BASE_NUM_H
#define BASE_NUM_H
/*
 * Numbers, sizes and durations as text, strictly: the whole slice must be the
 * number, no sign, no space. ERR_SYNTAX for anything else, ERR_TOOBIG when out
 * of range; *out is untouched on error. Overflow is never wrapped.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

enum err num_u32(struct slice s, uint32_t min, uint32_t max, uint32_t *out);
enum err num_u64(struct slice s, uint64_t min, uint64_t max, uint64_t *out);
/* hexadecimal, exactly 2 * n digits of either case, into n octets */
enum err num_hex(struct slice s, void *out, size_t n);
/* "10", "10k", "50M", "2G", "1T" (powers of 1024, either case): octets */
enum err num_size(struct slice s, uint64_t *octets_out);
/* "250ms", "30s", "5m", "2h", "5d", "2w"; a bare "0" too: milliseconds */
enum err num_duration(struct slice s, uint64_t *ms_out);
/* Append the shortest exact form that num_size / num_duration reads. */
void num_add_size(struct buf *b, uint64_t octets);
void num_add_duration(struct buf *b, uint64_t ms);
/* For people: "1.2 GB", "14 kB", "0" (powers of 1024); rounds. */
void num_add_size_human(struct buf *b, uint64_t octets);

/* big-endian integers in octet strings, for keys and wire formats */
void num_put_be16(void *p, uint16_t v);
void num_put_be32(void *p, uint32_t v);
void num_put_be64(void *p, uint64_t v);
uint16_t num_get_be16(const void *p);
uint32_t num_get_be32(const void *p);
uint64_t num_get_be64(const void *p);

#endif
