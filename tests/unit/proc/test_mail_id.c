/* Message ids: unique, never backwards, text and back. */
#include "proc/mail_id.h"

#include "base/clock.h"
#include "tests/unit/unit.h"

#include <string.h>

TEST(mail_id_rises_whatever_the_clock_does)
{
	static const uint64_t clock_us[] = {
	    1000, 1000, 1001, 500, 1, 1002, 1002, 2000};
	struct mail_id_maker m;
	struct mail_id last, id;

	mail_id_maker_init(&m, 7, 0);
	memset(&last, 0, sizeof last);
	for (size_t i = 0; i < sizeof clock_us / sizeof *clock_us; i++) {
		clock_set_for_test(clock_us[i], 1);
		id = mail_id_make(&m);
		OK(mail_id_cmp(&last, &id) < 0);
		last = id;
	}
	EQ_INT(mail_id_us(&last), 2000);
	clock_set_for_test(0, 0);
}

TEST(mail_id_starts_above_the_floor)
{
	struct mail_id_maker m;
	struct mail_id id;

	clock_set_for_test(100, 1);
	mail_id_maker_init(&m, 7, 5000);
	id = mail_id_make(&m);
	EQ_INT(mail_id_us(&id), 5001);
	clock_set_for_test(6000, 1);
	id = mail_id_make(&m);
	EQ_INT(mail_id_us(&id), 6000);
	clock_set_for_test(0, 0);
}

TEST(mail_id_sequence_wraps_into_the_time)
{
	struct mail_id_maker m = {900, 1, UINT32_MAX};
	struct mail_id id;

	clock_set_for_test(900, 1);
	id = mail_id_make(&m);
	EQ_INT(mail_id_us(&id), 901);
	EQ_INT(m.seq, 0);
	clock_set_for_test(0, 0);
}

TEST(mail_id_is_hex_and_back)
{
	static const char text[] = "00000000000003e80000000700000000";
	struct mail_id_maker m;
	struct mail_id id, back;
	char hex[MAIL_ID_HEX];

	clock_set_for_test(1000, 1);
	mail_id_maker_init(&m, 7, 0);
	id = mail_id_make(&m);
	clock_set_for_test(0, 0);
	mail_id_hex(&id, hex);
	EQ_MEM(hex, sizeof hex, text, strlen(text));
	EQ_INT(mail_id_parse(slice_of(hex, sizeof hex), &back), ERR_OK);
	EQ_INT(mail_id_cmp(&id, &back), 0);
	OK(!mail_id_is_zero(&id));
}

TEST(mail_id_parse_refuses)
{
	static const struct {
		const char *name, *in;
	} cases[] = {
	    {"short",  "00000000000003e8000000070000000"  },
	    {"long",   "00000000000003e800000007000000000"},
	    {"letter", "0000000000000xe80000000700000000" },
	    {"empty",  ""				 },
	};
	struct mail_id id;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_case(cases[i].name);
		OK(mail_id_parse(slice_str(cases[i].in), &id) != ERR_OK);
	}
	memset(&id, 0, sizeof id);
	OK(mail_id_is_zero(&id));
}
