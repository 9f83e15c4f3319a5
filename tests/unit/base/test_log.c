#include "base/log.h"

#include "../unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))
#define S(literal)                                                             \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

static char got[LOG_LINE_MAX + 1];
static unsigned lines;
static char ctx[] = "ctx";

static void
sink(void *given, struct slice line)
{
	OK(given == ctx);
	EQ_INT(slice_to_str(line, got, sizeof got), ERR_OK);
	lines++;
}

static void
start(void)
{
	log_init("smtp", LOG_INFO);
	log_set_journal(0);
	log_set_sink(sink, ctx);
	lines = 0;
	got[0] = '\0';
}

static void
stop(void)
{
	log_set_sink(NULL, NULL);
}

/* The line without "smtp[pid]: ", which is checked. */
static const char *
text(void)
{
	char front[40];
	int n = snprintf(front, sizeof front, "smtp[%ld]: ", (long)getpid());

	OK(strncmp(got, front, (size_t)n) == 0);
	return got + n;
}

TEST(log_writes_a_line)
{
	struct log_line l;

	start();
	log_begin(&l, LOG_INFO, "received");
	log_str(&l, "from", SLICE("ann@remote.test"));
	log_u64(&l, "size", 14311);
	log_u64(&l, "most", UINT64_MAX);
	log_hex(&l, "id", "\x00\xab", 2);
	log_ms(&l, "took", 12034);
	log_err(&l, "result", ERR_QUOTA);
	log_cstr(&l, "none", NULL);
	EQ_INT(lines, 0);
	log_end(&l);
	EQ_STR(text(), "received from=ann@remote.test size=14311 "
		       "most=18446744073709551615 id=00ab took=12.034 "
		       "result=quota none=\"\"");
	EQ_INT(lines, 1);
	stop();
}

/* clang-format off */
static const struct {
	const char *name;
	struct slice in;
	const char *want;
} values[] = {
    {"plain", S("ann"), "ann"},
    {"empty", S(""), "\"\""},
    {"none", {NULL, 0}, "\"\""},
    {"space", S("a b"), "\"a b\""},
    {"equals", S("a=b"), "\"a=b\""},
    {"quote", S("a\"b"), "\"a\\x22b\""},
    {"backslash", S("a\\b"), "a\\x5cb"},
    {"a second line", S("x\nsmtp[1]: ok"), "\"x\\x0asmtp[1]: ok\""},
    {"CR", S("\r"), "\\x0d"},
    {"NUL", S("a\0b"), "a\\x00b"},
    {"escape", S("\x1b[31m"), "\\x1b[31m"},
    {"DEL", S("\x7f"), "\\x7f"},
    {"UTF-8", S("j\xc3\xb6rg \xe2\x82\xac \xf0\x9f\x93\xac"),
     "\"j\xc3\xb6rg \xe2\x82\xac \xf0\x9f\x93\xac\""},
    {"C1 control", S("\xc2\x9b[31m"), "\\xc2\\x9b[31m"},
    {"right to left", S("a\xe2\x80\xae" "b"), "a\\xe2\\x80\\xaeb"},
    {"line separator", S("\xe2\x80\xa8"), "\\xe2\\x80\\xa8"},
    {"overlong", S("\xc0\xaf"), "\\xc0\\xaf"},
    {"surrogate", S("\xed\xa0\x80"), "\\xed\\xa0\\x80"},
    {"cut sequence", S("a\xe2\x82"), "a\\xe2\\x82"},
    {"cut by text", S("\xe2\x82z"), "\\xe2\\x82z"},
    {"format", S("%s%n"), "%s%n"},
};
/* clang-format on */

TEST(log_escapes_values)
{
	char want[200];
	struct log_line l;

	start();
	for (size_t i = 0; i < NITEMS(values); i++) {
		unit_case(values[i].name);
		log_begin(&l, LOG_INFO, "e");
		log_str(&l, "v", values[i].in);
		log_end(&l);
		snprintf(want, sizeof want, "e v=%s", values[i].want);
		EQ_STR(text(), want);
	}
	stop();
}

/* Values at and over the limit, of characters that must not be split. */
TEST(log_cuts_long_values)
{
	static char in[3000];
	static const struct {
		const char *name, *unit;
		size_t n, shown; /* units in; octets of the value out */
		bool cut;
	} cases[] = {
	    {"as long as can be", "a",            512,  512, false},
	    {"one more",          "a",            513,  512, true },
	    {"much more",         "a",            3000, 512, true },
	    {"escapes",           "\n",           128,  512, false},
	    {"escapes, more",     "\n",           129,  511, true },
	    {"characters",        "\xe2\x82\xac", 170,  510, false},
	    {"characters, more",  "\xe2\x82\xac", 172,  510, true },
	    {"quoted",            "a ",           255,  512, false},
	    {"quoted, more",      "a ",           256,  512, true },
	};
	struct log_line l;

	start();
	for (size_t i = 0; i < NITEMS(cases); i++) {
		size_t unit = strlen(cases[i].unit), len;
		const char *value;

		unit_case(cases[i].name);
		for (size_t k = 0; k < cases[i].n; k++)
			memcpy(in + k * unit, cases[i].unit, unit);
		log_begin(&l, LOG_INFO, "e");
		log_str(&l, "v", slice_of(in, cases[i].n * unit));
		log_str(&l, "w", SLICE("x"));
		log_end(&l);
		OK(slice_ends(slice_str(got), SLICE(" w=x")));
		value = text() + strlen("e v=");
		len = strlen(value) - strlen(" w=x");
		EQ_INT(len, cases[i].shown);
		EQ_INT(strstr(value, "...") != NULL, cases[i].cut);
		OK(slice_is_utf8(slice_str(got)));
		EQ_INT(value[0] == '"', value[len - 1] == '"');
	}
	stop();
}

/* Whatever is put on a line, it stays in bounds and says that it was cut. */
TEST(log_cuts_long_lines)
{
	static const char *const fill[] = {
	    "a", "\xe2\x82\xac", "\n", " ", "ab cd", "\xff"};
	struct log_line l;
	char value[500];

	start();
	for (size_t i = 0; i < NITEMS(fill); i++)
		for (size_t n = 0; n < 60; n++) {
			size_t unit = strlen(fill[i]);

			for (size_t k = 0; k + unit <= sizeof value; k += unit)
				memcpy(value + k, fill[i], unit);
			log_begin(&l, LOG_INFO, "event");
			log_str(&l, "n", slice_of(value, 1 + n));
			for (int k = 0; k < 40; k++) {
				log_str(&l, "v", slice_of(value, 100 + n));
				log_u64(&l, "u", UINT64_MAX);
				log_hex(&l, "h", value, 40);
				log_ms(&l, "t", UINT64_MAX);
			}
			log_end(&l);
			OK(strlen(got) < LOG_LINE_MAX);
			OK(strlen(got) > LOG_LINE_MAX - 60);
			OK(slice_ends(slice_str(got), SLICE(" ...")));
		}
	stop();
}

TEST(log_has_levels)
{
	struct log_line l;

	start();
	log_begin(&l, LOG_DEBUG, "e");
	EQ_INT(l.off, 1);
	log_str(&l, "v", SLICE("x"));
	log_u64(&l, "v", 1);
	log_hex(&l, "v", "x", 1);
	log_end(&l);
	log_textf(LOG_DEBUG, "e", "%d", 1);
	log_errno(LOG_DEBUG, "e", NULL, EIO);
	EQ_INT(lines, 0);
	log_set_level(LOG_ERROR);
	EQ_INT(log_get_level(), LOG_ERROR);
	log_textf(LOG_WARN, "e", "%d", 1);
	EQ_INT(lines, 0);
	log_textf(LOG_ERROR, "e", "%d", 1);
	EQ_INT(lines, 1);
	log_set_level(LOG_DEBUG);
	log_textf(LOG_DEBUG, "e", "%d", 1);
	EQ_INT(lines, 2);
	stop();
}

TEST(log_tells_the_journal)
{
	start();
	log_set_level(LOG_DEBUG);
	log_set_journal(1);
	log_textf(LOG_ERROR, "e", "%s", "x");
	OK(strncmp(got, "<3>smtp[", 8) == 0);
	log_textf(LOG_WARN, "e", "%s", "x");
	OK(strncmp(got, "<4>smtp[", 8) == 0);
	log_textf(LOG_INFO, "e", "%s", "x");
	OK(strncmp(got, "<6>smtp[", 8) == 0);
	log_textf(LOG_DEBUG, "e", "%s", "x");
	OK(strncmp(got, "<7>smtp[", 8) == 0);
	log_set_journal(0);
	stop();
}

TEST(log_whole_lines)
{
	start();
	log_errno(LOG_ERROR, "open-failed", "reading the key", ENOENT);
	EQ_STR(text(), "open-failed error=\"No such file or directory\" "
		       "reason=\"reading the key\"");
	log_errno(LOG_ERROR, "open-failed", NULL, 123456);
	EQ_STR(text(), "open-failed error=\"unknown error\"");
	log_textf(LOG_WARN, "config", "line %d: %s", 7, "odd\n");
	EQ_STR(text(), "config detail=\"line 7: odd\\x0a\"");
	log_textf(LOG_WARN, "config", "%600d", 7);
	OK(slice_ends(slice_str(got), SLICE("...\"")));
	stop();
}

TEST(log_name_is_bounded)
{
	char name[100];

	start();
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	log_init(name, LOG_INFO);
	log_textf(LOG_INFO, "e", "%s", "x");
	EQ_INT(strspn(got, "n"), 31);
	stop();
}

/* To stderr: one line, with its newline, and errno as it was. */
TEST(log_goes_to_stderr)
{
	char line[200] = "";
	int saved = dup(STDERR_FILENO), ends[2];

	start();
	stop();
	if (!OK(saved >= 0 && pipe(ends) == 0))
		return;
	dup2(ends[1], STDERR_FILENO);
	errno = EDOM;
	log_textf(LOG_INFO, "e", "%s", "x");
	EQ_INT(errno, EDOM);
	OK(read(ends[0], line, sizeof line - 1) > 0);
	close(ends[0]);
	close(STDERR_FILENO);
	log_textf(LOG_INFO, "e", "%s", "lost"); /* EBADF: nothing happens */
	EQ_INT(errno, EDOM);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	OK(strncmp(line, "smtp[", 5) == 0);
	OK(slice_ends(slice_str(line), SLICE(" e detail=x\n")));
}
