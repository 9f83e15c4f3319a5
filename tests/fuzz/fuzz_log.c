/* A log line stays one line of clean text, whatever the value holds. */
#include "fuzz.h"

#include "base/log.h"

static struct slice seen;
static char text[LOG_LINE_MAX];

static void
keep(void *ctx, struct slice line)
{
	(void)ctx;
	FUZZ_CHECK(line.len < LOG_LINE_MAX);
	for (size_t i = 0; i < line.len; i++)
		text[i] = line.p[i];
	seen = slice_of(text, line.len);
}

static void
check_clean(struct slice s)
{
	uint32_t code = 0;
	size_t n;

	for (; s.len > 0; s = slice_skip(s, n)) {
		n = slice_utf8_first(s, &code);
		FUZZ_CHECK(n > 0 && slice_code_is_text(code));
	}
}

/* " key=" is not made by a value: a quote only opens and closes one. */
static size_t
count_keys(struct slice s)
{
	bool quoted = false;
	size_t keys = 0;

	for (size_t i = 0; i < s.len; i++) {
		quoted = s.p[i] == '"' ? !quoted : quoted;
		keys += s.p[i] == '=' && !quoted;
	}
	FUZZ_CHECK(!quoted);
	return keys;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = slice_of(data, size);
	struct slice head = slice_first(all, size / 3);
	struct log_line l;
	size_t n;

	log_set_sink(keep, NULL);
	log_begin(&l, LOG_ERROR, "event");
	log_str(&l, "head", head);
	log_str(&l, "tail", slice_skip(all, size / 3));
	log_hex(&l, "hex", data, size);
	log_str(&l, "all", all);
	log_u64(&l, "size", size);
	log_end(&l);
	check_clean(seen);
	n = count_keys(seen);
	FUZZ_CHECK(n == 5 || (n < 5 && slice_ends(seen, SLICE(" ..."))));
	return 0;
}
