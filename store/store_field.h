#ifndef STORE_STORE_FIELD_H
#define STORE_STORE_FIELD_H
/*
 * Records as octets: a version octet, then fields {tag u8, length u32 be,
 * octets} in order of tag, each at most once, a number that is 0 or a text that
 * is empty left out. What a record holds is a table of fields; reading trusts
 * nothing. Pure.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

enum store_field_kind {
	STORE_FIELD_U64 = 1,
	STORE_FIELD_U32, /* also of an enum: 8 octets all the same */
	STORE_FIELD_BOOL,
	STORE_FIELD_OCTETS, /* a slice: anything */
	STORE_FIELD_LINES,  /* UTF-8 without controls other than '\n' */
	STORE_FIELD_TEXT    /* UTF-8 without controls */
};

/* One field. A table is in order of tag and ends with tag 0. */
struct store_field {
	uint8_t tag; /* never given a second meaning */
	enum store_field_kind kind;
	size_t at;    /* offset in the struct */
	uint64_t max; /* largest value, or octets */
};
#define STORE_FIELD(tag, kind, type, member, max)                              \
	{                                                                      \
		tag, STORE_FIELD_##kind, offsetof(struct type, member), max    \
	}

/* Append the encoding of *record. TOOBIG: a field is over its limit; SYNTAX: a
 * text is none; then nothing has been appended. */
enum err store_fields_encode(
    const struct store_field *table, const void *record, struct buf *out);
/* Octets of that encoding. */
size_t store_fields_len(const struct store_field *table, const void *record);
/* CORRUPT; slices in *record, which is to be zeroed before, point into v. */
enum err store_fields_decode(
    const struct store_field *table, struct slice v, void *record);

/* Well-formed UTF-8 without controls of ASCII, so that nothing in it can end a
 * line. */
bool store_is_text(struct slice s);

#endif
