#ifndef CTL_CTL_ID_H
#define CTL_CTL_ID_H
/*
 * Message ids for mail from elsewhere. Made from when it came and what it is,
 * so that importing the same message twice gives the same id, and the store,
 * which delivers an id once, has it once.
 */
#include "base/slice.h"
#include "proc/mail_id.h"

#include <stdint.h>

/* us: microseconds since 1970. */
void ctl_id_make(
    uint64_t us, struct slice uidl, struct slice message, struct mail_id *out);

/* FNV-1a, 64 bits: begin with CTL_SUM_INIT, go on with what it returns. */
#define CTL_SUM_INIT UINT64_C(0xcbf29ce484222325)
uint64_t ctl_sum(uint64_t sum, struct slice s);

#endif
