/* Lists of addresses: every octet is taken once, and each address has an end.
 */
#include "fuzz.h"

#include "mime/mime_list.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_of(data, size), again;
	struct buf one = BUF_INIT(MIME_LIST_ADDR_MAX);
	struct buf twice = BUF_INIT(MIME_LIST_ADDR_MAX);
	size_t before = size;

	while (mime_list_next(&rest, &one)) {
		FUZZ_CHECK(rest.len < before);
		FUZZ_CHECK(one.len > 0 && one.len <= MIME_LIST_ADDR_MAX);
		before = rest.len;
		again = buf_slice(&one);
		(void)mime_list_next(&again, &twice);
	}
	FUZZ_CHECK(rest.len == 0 && one.len == 0);
	buf_fini(&one);
	buf_fini(&twice);
	return 0;
}
