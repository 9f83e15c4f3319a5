#ifndef CONF_CONF_VALUE_PRIV_H
#define CONF_CONF_VALUE_PRIV_H
/* What reading and writing values have in common. */
#include "base/buf.h"
#include "base/slice.h"
#include "conf/conf_value.h"

#include <stdbool.h>
#include <stdint.h>

/* The word that stands for 0, or for nothing. */
bool conf_value_is_zero_word(const struct conf_param *p, struct slice word);
/* Append a number as this parameter writes it: "50M", "5d", "never". */
void conf_value_add_number(
    const struct conf_param *p, uint64_t v, struct buf *out);
/* CONF_T_RELAY: a server, or what stands for none. */
bool conf_value_is_relay(const struct conf_param *p, struct slice s);

#endif
