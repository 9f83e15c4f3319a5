/* Addresses: what was accepted prints as a form that parses to itself. */
#include "fuzz.h"

#include "mime/mime_addr.h"

#include <string.h>

static bool
has_control(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

static void
check_shape(const struct mime_addr *a)
{
	FUZZ_CHECK(a->len <= MIME_ADDR_MAX && a->at <= a->len);
	FUZZ_CHECK(a->at <= MIME_LOCAL_MAX);
	FUZZ_CHECK(mime_addr_domain(a).len <= MIME_DOMAIN_MAX);
	FUZZ_CHECK(a->at == a->len || a->text[a->at] == '@');
	FUZZ_CHECK(slice_is_ascii(mime_addr_domain(a)));
	FUZZ_CHECK(a->utf8 == !slice_is_ascii(mime_addr_slice(a)));
	FUZZ_CHECK(slice_is_utf8(mime_addr_slice(a)));
	FUZZ_CHECK(!has_control(mime_addr_slice(a)));
}

/* a parses to itself, alone and as a path */
static void
check_fixed(const struct mime_addr *a)
{
	char text[MIME_ADDR_MAX + 2] = "<";
	struct slice path = slice_of(text, (size_t)a->len + 2);
	struct mime_addr again;

	check_shape(a);
	memcpy(text + 1, a->text, a->len);
	text[a->len + 1] = '>';
	FUZZ_CHECK(mime_addr_parse_path(&path, a->utf8, a->len == 0,
		       a->at == a->len, &again) == ERR_OK);
	FUZZ_CHECK(path.len == 0);
	FUZZ_CHECK(slice_eq(mime_addr_slice(&again), mime_addr_slice(a)));
	FUZZ_CHECK(again.at == a->at && again.literal == a->literal);
	if (a->at == a->len)
		return;
	FUZZ_CHECK(mime_addr_parse(mime_addr_slice(a), &again) == ERR_OK);
	FUZZ_CHECK(slice_eq(mime_addr_slice(&again), mime_addr_slice(a)));
}

static void
check_derived(const struct mime_addr *a)
{
	struct mime_addr key, again, base;

	mime_addr_key(a, &key);
	check_fixed(&key);
	mime_addr_key(&key, &again);
	FUZZ_CHECK(slice_eq(mime_addr_slice(&again), mime_addr_slice(&key)));
	if (mime_addr_unsub(a, '+', &base)) {
		check_fixed(&base);
		FUZZ_CHECK(base.at > 0 && base.at < a->at);
		FUZZ_CHECK(
		    slice_eq(mime_addr_domain(&base), mime_addr_domain(a)));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned flags = size > 0 ? data[0] : 0;
	struct slice s = slice_skip(slice_of(data, size), 1), rest = s;
	char domain[MIME_DOMAIN_MAX + 1], twice[MIME_DOMAIN_MAX + 1];
	struct mime_addr a;

	if (mime_addr_parse_path(&rest, flags & 1, flags & 2, flags & 4, &a) ==
	    ERR_OK) {
		FUZZ_CHECK(rest.len < s.len && rest.p[-1] == '>');
		FUZZ_CHECK((flags & 1) != 0 || !a.utf8);
		check_fixed(&a);
		check_derived(&a);
	} else {
		FUZZ_CHECK(rest.p == s.p && rest.len == s.len);
	}
	if (mime_addr_parse(s, &a) == ERR_OK) {
		check_fixed(&a);
		check_derived(&a);
	}
	if (mime_addr_parse_domain(s, flags & 2, flags & 1, domain) == ERR_OK) {
		FUZZ_CHECK(mime_addr_parse_domain(slice_str(domain), flags & 2,
			       false, twice) == ERR_OK);
		FUZZ_CHECK(strcmp(domain, twice) == 0);
	}
	return 0;
}
