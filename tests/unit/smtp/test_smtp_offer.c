#include "smtp/smtp_offer.h"

#include "../unit.h"

#include <string.h>

#define BIT(x) (1u << SMTP_EXT_##x)

/* clang-format off */
static const struct {
	const char *name, *line;
	uint32_t set, mechs;
	uint64_t size;
} cases[] = {
    {"plain", "PIPELINING", BIT(PIPELINING), 0, 0},
    {"case", "pipeLining", BIT(PIPELINING), 0, 0},
    {"blanks", " 8BITMIME  ", BIT(8BITMIME), 0, 0},
    {"size", "SIZE 52428800", BIT(SIZE), 0, 52428800},
    {"size alone", "SIZE", BIT(SIZE), 0, 0},
    {"size of nonsense", "SIZE 1e9", BIT(SIZE), 0, 0},
    {"size too large", "SIZE 99999999999999999999", BIT(SIZE), 0, 0},
    {"auth", "AUTH LOGIN  plain CRAM-MD5", BIT(AUTH),
	CONF_MECH_LOGIN | CONF_MECH_PLAIN, 0},
    {"old auth", "AUTH=LOGIN PLAIN", BIT(AUTH),
	CONF_MECH_LOGIN | CONF_MECH_PLAIN, 0},
    {"auth alone", "AUTH", BIT(AUTH), 0, 0},
    {"unknown", "XCLIENT NAME ADDR", 0, 0, 0},
    {"prefix", "PIPELININGS", 0, 0, 0},
    {"empty", "", 0, 0, 0},
    {"octets", "\xff\x01 \xfe", 0, 0, 0},
};
/* clang-format on */

TEST(offer_table)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct smtp_offer o = {0};

		unit_case(cases[i].name);
		smtp_offer_add(&o, slice_str(cases[i].line));
		EQ_INT(o.set, cases[i].set);
		EQ_INT(o.mechs, cases[i].mechs);
		EQ_INT(o.size, cases[i].size);
		EQ_INT(smtp_offer_has(&o, SMTP_EXT_PIPELINING),
		    (cases[i].set & BIT(PIPELINING)) != 0);
	}
}
