#ifndef PROC_MAIL_ID_H
#define PROC_MAIL_ID_H
/*
 * The one name of a message everywhere: queue id, UIDL, reply, log, trail.
 * 16 octets, big endian: microseconds since 1970 (8), node (4), sequence (4).
 * Made without asking anyone, unique, sorts by arrival.
 */
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum { MAIL_ID_LEN = 16, MAIL_ID_HEX = 32 };

struct mail_id {
	uint8_t b[MAIL_ID_LEN];
};

/* Makes ids in one process; node and floor come from the store (MSG_NODE). */
struct mail_id_maker {
	uint64_t last_us; /* never backwards, whatever the clock does */
	uint32_t node, seq;
};
void mail_id_maker_init(struct mail_id_maker *m, uint32_t node,
    uint64_t floor_us);
struct mail_id mail_id_make(struct mail_id_maker *m);
uint64_t mail_id_us(const struct mail_id *id);
int mail_id_cmp(const struct mail_id *a, const struct mail_id *b);
bool mail_id_is_zero(const struct mail_id *id);
/* 32 lower-case hex digits, not NUL-terminated */
void mail_id_hex(const struct mail_id *id, char out[MAIL_ID_HEX]);
enum err mail_id_parse(struct slice hex, struct mail_id *out);

#endif
