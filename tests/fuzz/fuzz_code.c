/* base64 and xtext: there and back is the same, and nothing else is taken. */
#include "fuzz.h"

#include "mime/mime_code.h"

enum { TEXT_MAX = 1 << 20 };

typedef void encode_fn(struct buf *, struct slice);
typedef enum err decode_fn(struct slice, struct buf *);

static void
check_round_trip(struct slice s, encode_fn *encode, decode_fn *decode)
{
	struct buf text = BUF_INIT(TEXT_MAX), back = BUF_INIT(s.len);

	encode(&text, s);
	FUZZ_CHECK(text.err == ERR_OK);
	FUZZ_CHECK(slice_is_printable(buf_slice(&text)));
	FUZZ_CHECK(decode(buf_slice(&text), &back) == ERR_OK);
	FUZZ_CHECK(back.err == ERR_OK && slice_eq(buf_slice(&back), s));
	buf_fini(&text);
	buf_fini(&back);
}

/* The input as a code: what is not taken leaves out as it was. */
static void
check_decode(struct slice s, encode_fn *encode, decode_fn *decode, bool exact)
{
	struct buf out = BUF_INIT(64), again = BUF_INIT(TEXT_MAX);
	struct slice result;

	buf_add_str(&out, "before");
	if (decode(s, &out) == ERR_OK) {
		result = slice_skip(buf_slice(&out), 6);
		encode(&again, result);
		FUZZ_CHECK(!exact || slice_eq(buf_slice(&again), s));
		check_round_trip(result, encode, decode);
	} else {
		FUZZ_CHECK(out.len == 6);
	}
	FUZZ_CHECK(out.err == ERR_OK);
	FUZZ_CHECK(slice_starts(buf_slice(&out), SLICE("before")));
	buf_fini(&out);
	buf_fini(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice s = slice_of(data, size);

	check_round_trip(s, mime_code_add_base64, mime_code_base64);
	check_round_trip(s, mime_code_add_xtext, mime_code_xtext);
	/* strict base64 has one code for each text; xtext has several */
	check_decode(s, mime_code_add_base64, mime_code_base64, true);
	check_decode(s, mime_code_add_xtext, mime_code_xtext, false);
	return 0;
}
