/* Tables, JSON, messages, exit statuses. Covers: ctl/ctl_rows.c */
#include "ctl/ctl_out.h"

#include "ctl/ctl_rows.h"
#include "tests/unit/ctl/rig.h"

#include <string.h>

/* What these print is kept in rig_out and rig_err. */
static void (*body)(struct ctl *c);

static int
run_body(struct ctl *c)
{
	body(c);
	return EX_OK;
}

static void
capture(void (*f)(struct ctl *), bool json)
{
	body = f;
	EQ_INT(rig_call(run_body, json), EX_OK);
}

static const struct ctl_column columns[] = {
    {"NAME",   "name",   CTL_TEXT  },
    {"SIZE",   "octets", CTL_SIZE  },
    {"COUNT",  "count",  CTL_COUNT },
    {"WHEN",   "when",   CTL_TIME  },
    {NULL,     "secret", CTL_NUMBER},
    {"PEOPLE", NULL,     CTL_TEXT  },
};

static void
two_rows(struct ctl *c)
{
	struct ctl_table *t = ctl_table_begin(c, columns, 6);
	struct slice list[] = {SLICE("a"), SLICE("b")};

	ctl_put_text(t, SLICE("caf\xc3\xa9"));
	ctl_put_u64(t, 1536);
	ctl_put_u64(t, 1234567);
	ctl_put_u64(t, UINT64_C(1790000000000000));
	ctl_put_u64(t, 7);
	ctl_put_list(t, list, 2);
	ctl_row_end(t);
	ctl_put_text(t, SLICE("a\x1b[31m\xff\n"));
	ctl_put_none(t);
	ctl_put_u64(t, 0);
	ctl_put_u64(t, 0);
	ctl_put_none(t);
	ctl_put_list(t, NULL, 0);
	ctl_row_end(t);
	OK(ctl_table_end(&t));
}

TEST(ctl_out_table)
{
	capture(two_rows, false);
	EQ_STR(rig_out,
	    "NAME                 SIZE      COUNT  WHEN              PEOPLE\n"
	    "caf\xc3\xa9               1.5 kB  1,234,567  2026-09-21 14:13  a, "
	    "b\n"
	    "a\\x1b[31m\\xff\\x0a       -          0  never             -\n");
	capture(two_rows, true);
	EQ_STR(rig_out,
	    "{\"name\":\"caf\xc3\xa9\",\"octets\":1536,\"count\":1234567,"
	    "\"when\":\"2026-09-21T14:13:20Z\",\"secret\":7}\n"
	    "{\"name\":\"a\\\\x1b[31m\\\\xff\\\\x0a\",\"octets\":null,"
	    "\"count\":0,\"when\":null,\"secret\":null}\n");
}

static void
upright(struct ctl *c)
{
	struct ctl_table *t = ctl_table_begin(c, columns, 3);

	ctl_table_upright(t);
	ctl_put_text(t, SLICE("x"));
	ctl_put_bool(t, true);
	ctl_row_end(t);
	OK(ctl_table_end(&t));
}

static void
nothing(struct ctl *c)
{
	struct ctl_table *t = ctl_table_begin(c, columns, 6);

	OK(ctl_table_end(&t));
}

TEST(ctl_out_upright)
{
	capture(upright, false);
	EQ_STR(rig_out, "NAME   x\nSIZE   yes\nCOUNT  -\n");
	capture(nothing, false);
	EQ_STR(rig_out, "");
}

static void
messages(struct ctl *c)
{
	ctl_done(c, "added", SLICE("x@y"));
	ctl_done(c, "reloaded", SLICE_NONE);
	ctl_note(c, "a %s", "no\x1bte");
	EQ_INT(ctl_fail(EX_DATAERR, "%s", "bad\r"), EX_DATAERR);
	EQ_INT(ctl_fail_err(ERR_NOENT, "user", SLICE("x")), EX_NOUSER);
}

TEST(ctl_out_messages)
{
	capture(messages, false);
	EQ_STR(rig_out, "");
	EQ_STR(rig_err, "added x@y\nreloaded\na no\\x1bte\n"
			"restante: bad\\x0d\n"
			"restante: user x: does not exist\n");
	capture(messages, true);
	EQ_STR(rig_out, "{\"done\":\"added\",\"name\":\"x@y\"}\n"
			"{\"done\":\"reloaded\",\"name\":\"\"}\n");
}

TEST(ctl_out_statuses)
{
	/* every error has one, and none is that of success */
	for (unsigned e = 0; e < ERR_COUNT; e++) {
		unit_case(err_name((enum err)e));
		OK((ctl_status_of((enum err)e) == EX_OK) == (e == ERR_OK));
	}
	EQ_INT(ctl_status_of(ERR_BUSY), EX_TEMPFAIL);
	EQ_INT(ctl_status_of(ERR_EXISTS), EX_CANTCREAT);
	EQ_INT(ctl_status_of(ERR_CLOSED), EX_UNAVAILABLE);
	EQ_INT(ctl_status_of(ERR_DENIED), EX_NOPERM);
}

static void
rows(struct ctl *c)
{
	struct ctl_rows *r = ctl_rows_begin(c);

	ctl_rows_add(r, SLICE("role=smtp\0pid=4711\0uptime_s=93784\0"
			      "free_octets=2048\0since_us=1790000000000000"));
	ctl_rows_add(r, SLICE("role=a b\0pid=1\0uptime_s=5\0"
			      "free_octets=0\0since_us=0"));
	ctl_rows_add(r, SLICE("problem=bad = worse\0"));
	EQ_INT(ctl_rows_count(r), 3);
	EQ_INT(ctl_rows_end(&r), EX_OK);
}

TEST(ctl_rows_make_tables)
{
	capture(rows, false);
	EQ_STR(rig_out, "ROLE   PID  UPTIME  FREE  SINCE\n"
			"smtp  4711   1d 2h  2 kB  2026-09-21 14:13\n"
			"a b      1      5s     0  never\n"
			"\n"
			"PROBLEM\n"
			"bad = worse\n");
	capture(rows, true);
	EQ_STR(rig_out,
	    "{\"role\":\"smtp\",\"pid\":4711,\"uptime_s\":93784,"
	    "\"free_octets\":2048,\"since\":\"2026-09-21T14:13:20Z\"}\n"
	    "{\"role\":\"a b\",\"pid\":1,\"uptime_s\":5,\"free_octets\":0,"
	    "\"since\":null}\n"
	    "{\"problem\":\"bad = worse\"}\n");
}

static void
no_rows(struct ctl *c)
{
	struct ctl_rows *r = ctl_rows_begin(c);

	EQ_INT(ctl_rows_end(&r), EX_OK);
}

TEST(ctl_rows_may_be_none)
{
	capture(no_rows, false);
	EQ_STR(rig_out, "");
}
