#include "base/buf.h"

#include "../unit.h"

#include <stdint.h>
#include <string.h>

TEST(buf_collects)
{
	struct buf b = BUF_INIT(1000);

	EQ_INT(buf_slice(&b).len, 0);
	EQ_STR(buf_cstr(&b), "");
	buf_add(&b, "ab", 2);
	buf_add(&b, NULL, 0);
	buf_add_slice(&b, SLICE("c\0d"));
	buf_add_slice(&b, SLICE_NONE);
	buf_add_str(&b, "e");
	buf_add_str(&b, NULL);
	buf_add_char(&b, '-');
	buf_add_hex(&b, "\x00\x9f\xff", 3);
	EQ_MEM(b.p, b.len, "abc\0de-009fff", 13);
	EQ_INT(b.err, ERR_OK);
	buf_fini(&b);
	EQ_INT(b.max, 1000);
	OK(b.p == NULL && b.len == 0 && b.cap == 0);
	buf_fini(&b);
}

TEST(buf_writes_numbers)
{
	static const struct {
		unsigned long long n;
		const char *want;
	} cases[] = {
	    {0,          "0"		   },
            {9,          "9"                   },
            {10,         "10"                  },
            {12345,      "12345"               },
	    {UINT64_MAX, "18446744073709551615"}
        };
	struct buf b = BUF_INIT(20);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_reset(&b);
		buf_add_u64(&b, cases[i].n);
		EQ_STR(buf_cstr(&b), cases[i].want);
	}
	buf_fini(&b);
}

/* Every way to append meets the ceiling in the same way. */
static void
add_piece(struct buf *b, unsigned way)
{
	switch (way) {
	case 0:
		buf_add(b, "xyz", 3);
		break;
	case 1:
		buf_add_str(b, "xyz");
		break;
	case 2:
		buf_addf(b, "%s", "xyz");
		break;
	case 3:
		buf_add_u64(b, 123);
		break;
	default:
		buf_add_hex(b, "ab", 2);
	}
}

TEST(buf_error_sticks)
{
	for (unsigned way = 0; way < 5; way++) {
		struct buf b = BUF_INIT(6);

		buf_add_str(&b, "abcd");
		add_piece(&b, way);
		EQ_INT(b.err, ERR_TOOBIG);
		EQ_SLICE(buf_slice(&b), "abcd");
		buf_add_char(&b, 'e'); /* would fit, but leave a hole */
		EQ_SLICE(buf_slice(&b), "abcd");
		EQ_STR(buf_cstr(&b), "");
		EQ_INT(buf_reserve(&b, 1), ERR_TOOBIG);
		buf_reset(&b);
		EQ_INT(b.err, ERR_OK);
		buf_add_str(&b, "abcdef"); /* all of the ceiling */
		EQ_STR(buf_cstr(&b), "abcdef");
		EQ_INT(b.err, ERR_OK);
		buf_fini(&b);
	}
}

TEST(buf_reserves)
{
	struct buf b = BUF_INIT(300);
	char *p;

	EQ_INT(buf_reserve(&b, 301), ERR_TOOBIG);
	EQ_INT(b.err, ERR_OK); /* asking is no failure */
	EQ_INT(buf_reserve(&b, SIZE_MAX), ERR_TOOBIG);
	EQ_INT(buf_reserve(&b, 300), ERR_OK);
	p = b.p;
	for (int i = 0; i < 300; i++)
		buf_add_char(&b, 'x');
	OK(b.p == p);
	EQ_INT(b.len, 300);
	buf_add_char(&b, 'x');
	EQ_INT(b.err, ERR_TOOBIG);
	buf_fini(&b);
}

TEST(buf_without_ceiling)
{
	struct buf b = BUF_INIT(SIZE_MAX);

	buf_add_str(&b, "abc");
	EQ_STR(buf_cstr(&b), "abc");
	EQ_INT(buf_reserve(&b, SIZE_MAX - 3), ERR_NOMEM);
	EQ_INT(buf_reserve(&b, SIZE_MAX), ERR_TOOBIG);
#ifndef SANITIZED /* its malloc() dies instead of failing */
	EQ_INT(buf_reserve(&b, SIZE_MAX / 2), ERR_NOMEM);
#endif
	buf_add_hex(&b, "abc", SIZE_MAX - 1);
	EQ_INT(b.err, ERR_TOOBIG);
	EQ_INT(b.len, 3);
	buf_fini(&b);
}

TEST(buf_of_nothing)
{
	struct buf b = BUF_INIT(0);

	buf_add(&b, "", 0);
	EQ_STR(buf_cstr(&b), "");
	EQ_INT(b.err, ERR_OK);
	buf_add_char(&b, 'a');
	EQ_INT(b.err, ERR_TOOBIG);
	buf_fini(&b);
}

/* Doubling: the number of moves grows with the logarithm. */
TEST(buf_grows_seldom)
{
	struct buf b = BUF_INIT(1 << 20);
	unsigned moves = 0;
	size_t cap = 0;

	for (int i = 0; i < 1 << 20; i++) {
		buf_add_char(&b, (char)i);
		moves += b.cap != cap;
		cap = b.cap;
	}
	EQ_INT(b.len, 1 << 20);
	EQ_INT(b.err, ERR_OK);
	OK(moves < 18);
	for (int i = 0; i < 1 << 20; i++)
		if (b.p[i] != (char)i) {
			OK(false);
			break;
		}
	OK(b.cap <= b.max + 1);
	buf_fini(&b);
}

TEST(buf_formats)
{
	struct buf b = BUF_INIT(200);

	buf_addf(&b, "%d %s", 7, "seven");
	EQ_STR(buf_cstr(&b), "7 seven");
	buf_addf(&b, "%*d|", 100, 1); /* longer than what is allocated */
	EQ_INT(b.len, 108);
	buf_addf(&b, "%s", "");
	EQ_INT(b.len, 108);
	EQ_SLICE(buf_slice(&b).p[107] == '|' ? SLICE("ok") : SLICE(""), "ok");
	buf_addf(&b, "%92d", 1); /* up to the ceiling */
	EQ_INT(b.len, 200);
	EQ_INT(b.err, ERR_OK);
	buf_addf(&b, "%s", "");
	EQ_INT(b.err, ERR_OK);
	buf_addf(&b, "%d", 1);
	EQ_INT(b.err, ERR_TOOBIG);
	EQ_INT(b.len, 200);
	buf_fini(&b);
}

/* Also where what is added just fits, or only its NUL does not. */
TEST(buf_formats_any_length)
{
	for (int n = 1; n < 200; n++) {
		struct buf b = BUF_INIT(200);

		buf_add_str(&b, "a");
		buf_addf(&b, "%0*d", n, 7);
		EQ_INT(b.len, n + 1);
		EQ_INT(b.p[n], '7');
		EQ_INT(strlen(buf_cstr(&b)), n + 1);
		buf_fini(&b);
	}
}

TEST(buf_drops_and_cuts)
{
	struct buf b = BUF_INIT(100);

	buf_add_str(&b, "abcdef");
	buf_drop(&b, 0);
	buf_drop(&b, 2);
	EQ_SLICE(buf_slice(&b), "cdef");
	buf_cut(&b, 9);
	EQ_SLICE(buf_slice(&b), "cdef");
	buf_cut(&b, 3);
	EQ_SLICE(buf_slice(&b), "cde");
	buf_drop(&b, 9);
	EQ_INT(b.len, 0);
	buf_drop(&b, 1);
	buf_cut(&b, 0);
	buf_add_str(&b, "x");
	EQ_SLICE(buf_slice(&b), "x");
	buf_fini(&b);
}

TEST(buf_init_and_wipe)
{
	struct buf b;

	buf_init(&b, 10);
	buf_add_str(&b, "secret");
	buf_add_str(&b, "too long for it");
	buf_wipe(&b);
	OK(b.p == NULL);
	EQ_INT(b.err, ERR_OK);
	EQ_INT(b.max, 10);
	buf_wipe(&b);
}
