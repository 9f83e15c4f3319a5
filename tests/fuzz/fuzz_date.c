/* Dates: what was read is written as a date that reads as the same second. */
#include "fuzz.h"

#include "mime/mime_date.h"

#include <string.h>

#define SECOND_US 1000000u

typedef void write_fn(struct buf *, uint64_t);
typedef enum err read_fn(struct slice, uint64_t *);

static void
check_round_trip(uint64_t us, write_fn *put, read_fn *get)
{
	struct buf text = BUF_INIT(64);
	uint64_t again = 1;

	put(&text, us);
	FUZZ_CHECK(text.err == ERR_OK && slice_is_printable(buf_slice(&text)));
	FUZZ_CHECK(get(buf_slice(&text), &again) == ERR_OK);
	FUZZ_CHECK(again == us - us % SECOND_US);
	buf_fini(&text);
}

static void
check_read(struct slice s, read_fn *get)
{
	/* as many microseconds as there are before the year 10000 */
	const uint64_t end = 253402300800 * SECOND_US;
	uint64_t us = UINT64_MAX;

	if (get(s, &us) != ERR_OK) {
		FUZZ_CHECK(us == UINT64_MAX);
		return;
	}
	FUZZ_CHECK(us < end);
	check_round_trip(us, mime_date_add, mime_date_parse);
	check_round_trip(us, mime_date_add_rfc3339, mime_date_parse_rfc3339);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice s = slice_of(data, size);
	struct buf b = BUF_INIT(64);
	uint64_t us;

	check_read(s, mime_date_parse);
	check_read(s, mime_date_parse_rfc3339);
	if (size >= sizeof us) { /* any number can be written */
		memcpy(&us, data, sizeof us);
		mime_date_add(&b, us);
		mime_date_add_rfc3339(&b, us);
		FUZZ_CHECK(b.err == ERR_OK);
		buf_fini(&b);
	}
	return 0;
}
