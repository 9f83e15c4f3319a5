#ifndef CONF_CONF_VALUE_H
#define CONF_CONF_VALUE_H
/* A parameter's value as text and back, by its row in conf_table.h. */
#include "base/buf.h"
#include "base/slice.h"
#include "conf/conf_table.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Set the value at place from n words (1 but for lists).
 * folder   absolute path that relative paths start at, or NULL
 * why      on failure gets what is wrong, for people, and place is as it was
 */
bool conf_value_set(const struct conf_param *p, void *place,
    const struct slice *words, size_t n, const char *folder, struct buf *why);
/* As conf_value_set, from the words of p->def; p->def must be good. */
void conf_value_default(const struct conf_param *p, void *place);
/* Append the value as a file has it: bare, quoted where it has to be, in
 * braces when it is a list. */
void conf_value_add(
    const struct conf_param *p, const void *place, struct buf *out);
bool conf_value_eq(const struct conf_param *p, const void *a, const void *b);
/* The value could have come from conf_value_set; reads nothing out of place. */
bool conf_value_valid(const struct conf_param *p, const void *place);
/* Append s, in double quotes where a bare word would not do. */
void conf_value_quote(struct slice s, struct buf *out);

/* The unsigned integer of size octets at place, and back. */
uint64_t conf_uint(const void *place, size_t size);
void conf_uint_set(void *place, size_t size, uint64_t v);

#endif
