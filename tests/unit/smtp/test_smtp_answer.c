#include "smtp/smtp_answer.h"

#include "../unit.h"

#include <stdlib.h>
#include <string.h>

/* All of in, n octets at a time: "err code status text" a reply, or "lines". */
static void
read_all(struct slice in, size_t n, struct buf *out)
{
	static struct smtp_answer a;
	struct smtp_verdict v;

	memset(&a, 0, sizeof a);
	while (in.len > 0) {
		struct slice piece = slice_first(in, n);
		size_t len = piece.len;

		switch (smtp_answer_take(&a, &piece)) {
		case SMTP_GOT_NOTHING:
			break;
		case SMTP_GOT_LINE:
			buf_add_char(out, '-');
			break;
		case SMTP_GOT_REPLY:
			smtp_answer_verdict(&a, &v);
			buf_addf(out, "%s %u %s %.*s|", err_name(v.err), v.code,
			    v.status, (int)v.len, v.text);
			break;
		case SMTP_GOT_NONSENSE:
			buf_add_str(out, "nonsense");
			return;
		}
		in = slice_skip(in, len - piece.len);
	}
}

#define X10(s) s s s s s s s s s s
#define LINE100 X10("0123456789")

/* clang-format off */
static const struct {
	const char *name, *in, *want;
} cases[] = {
    {"one line", "250 2.1.0 Ok\r\n", "ok 250 2.1.0 Ok|"},
    {"two replies", "250 a\r\n550 b\r\n", "ok 250 2.0.0 a|denied 550 5.0.0 b|"},
    {"no text", "250\r\n354 \r\n", "ok 250 2.0.0 |ok 354 3.0.0 |"},
    {"bare LF", "250 a\n451 b\n", "ok 250 2.0.0 a|retry 451 4.0.0 b|"},
    {"lines", "550-5.1.1 No such\r\n550-5.1.1 user,\r\n550 5.1.1 sorry\r\n",
	"--denied 550 5.1.1 No such user, sorry|"},
    {"empty lines", "250-\r\n250-a\r\n250-\r\n250\r\n", "---ok 250 2.0.0 a|"},
    {"status in the last line", "450-busy\r\n450 4.7.1 later\r\n",
	"-retry 450 4.7.1 busy later|"},
    {"status of another class", "550 4.1.1 odd\r\n",
	"denied 550 5.0.0 4.1.1 odd|"},
    {"no status", "550 5.1 a\r\n550 5.1.1111 b\r\n550 5.1.1x c\r\n",
	"denied 550 5.0.0 5.1 a|denied 550 5.0.0 5.1.1111 b|"
	"denied 550 5.0.0 5.1.1x c|"},
    {"long status", "550 5.123.123\r\n", "denied 550 5.123.123 |"},
    {"controls", "250 a\tb\x01\x7f\r\x1b[2Jc\r\n", "ok 250 2.0.0 a b????[2Jc|"},
    {"not UTF-8", "550 \xff\xc3 \xe2\x82\r\n", "denied 550 5.0.0 ?? ??|"},
    {"UTF-8", "550 gr\xc3\xbc\xc3\x9f\xe2\x80\xae\xc2\x85\r\n",
	"denied 550 5.0.0 gr\xc3\xbc\xc3\x9f??|"},
    {"codes differ", "250-a\r\n251 b\r\n", "-nonsense"},
    {"not digits", "2x0 a\r\n", "nonsense"},
    {"class 1", "150 a\r\n", "nonsense"},
    {"class 6", "650 a\r\n", "nonsense"},
    {"short", "25\r\n", "nonsense"},
    {"empty line", "\r\n", "nonsense"},
    {"four digits", "2500 a\r\n", "nonsense"},
    {"another mark", "250+a\r\n", "nonsense"},
    {"HTTP", "HTTP/1.1 400 Bad Request\r\n", "nonsense"},
};
/* clang-format on */

/* However it is cut. */
TEST(answer_table)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t n = 1; n < 60; n++) {
			struct buf out = BUF_INIT(10000);

			unit_case(cases[i].name);
			read_all(slice_str(cases[i].in), n, &out);
			EQ_STR(buf_cstr(&out), cases[i].want);
			buf_fini(&out);
		}
}

TEST(answer_line_is_raw)
{
	static struct smtp_answer a;
	struct slice in = SLICE("250-SIZE\t1\x01\r\n250 x\r\n");

	EQ_INT(smtp_answer_take(&a, &in), SMTP_GOT_LINE);
	EQ_SLICE(smtp_answer_line(&a), "SIZE\t1\x01");
	EQ_INT(smtp_answer_take(&a, &in), SMTP_GOT_REPLY);
	EQ_SLICE(smtp_answer_line(&a), "x");
	EQ_INT(smtp_answer_take(&a, &in), SMTP_GOT_NOTHING);
}

/* More than can be kept: the last lines are. */
TEST(answer_keeps_the_last_lines)
{
	struct buf in = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
	struct slice got;

	for (int i = 0; i < 3000; i++)
		buf_addf(&in, "550-line %d\r\n", i);
	buf_add_str(&in, "550 the end\r\n");
	read_all(buf_slice(&in), 1000, &out);
	got = buf_slice(&out);
	OK(got.len > 3000 + 450 && got.len <= 3000 + 18 + SMTP_CLIENT_REPLY);
	OK(slice_starts(
	    slice_skip(got, 3000), SLICE("denied 550 5.0.0 line ")));
	OK(slice_ends(got, SLICE("line 2998 line 2999 the end|")));
	buf_fini(&in);
	buf_fini(&out);
}

TEST(answer_long_line_is_cut)
{
	struct buf in = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);

	buf_add_str(&in, "550 5.7.1 ");
	for (int i = 0; i < 499; i++)
		buf_add_char(&in, 'a');
	for (int i = 0; i < 5000; i++)
		buf_add_str(&in, "\xc3\xbc"); /* does not fit whole */
	buf_add_str(&in, "\r\n");
	read_all(buf_slice(&in), 333, &out);
	EQ_INT(out.len, strlen("denied 550 5.7.1 |") + 499);
	OK(slice_ends(buf_slice(&out), SLICE("aaaa|")));
	buf_fini(&in);
	buf_fini(&out);
}

/* A server that never comes to an end. */
TEST(answer_is_bounded)
{
	static struct smtp_answer a;
	uint64_t total = 0;
	enum smtp_got got = SMTP_GOT_LINE;

	memset(&a, 0, sizeof a);
	while (got == SMTP_GOT_LINE) {
		struct slice in = SLICE("250-" LINE100 "\r\n");

		got = smtp_answer_take(&a, &in);
		total += 106;
	}
	EQ_INT(got, SMTP_GOT_NONSENSE);
	OK(total > SMTP_ANSWER_OCTETS && total < SMTP_ANSWER_OCTETS + 200);
	unit_case("but any number of replies may come");
	memset(&a, 0, sizeof a);
	for (int i = 0; i < 20000; i++) {
		struct slice in = SLICE("250 " LINE100 "\r\n");

		if (smtp_answer_take(&a, &in) != SMTP_GOT_REPLY)
			OK(false);
	}
}

TEST(answer_verdict_of_ours)
{
	struct smtp_verdict v;

	smtp_verdict_set(&v, ERR_RETRY, "4.4.1", SLICE("no\nway"));
	EQ_INT(v.err, ERR_RETRY);
	EQ_INT(v.code, 0);
	EQ_STR(v.status, "4.4.1");
	EQ_MEM(v.text, v.len, "no?way", 6);
}
