#include "../unit.h"
#include "auth/auth_priv.h"
#include "fixture.h"

static void
control(enum control_what what, const char *text)
{
	struct msg_control m = {.req = 9, .what = what};
	unsigned before = fix.dones;

	msg_text_set(&m.text, slice_str(text));
	msg_send_control(fix.store, &m, SLICE_NONE, -1);
	OK(fix_until(&fix.dones, before + 1));
}

TEST(ban_list_and_lift)
{
	fix_open();
	fix.conf.limits.login_failures = 2;
	auth_proc_reload(fix.proc);
	control(CONTROL_BAN_LIST, "");
	EQ_INT(fix.rows, 0);
	for (unsigned i = 0; i < 2; i++)
		EQ_INT(fix_login("2001:db8::77", "Eve@example.test", "x"),
		    ERR_DENIED);
	control(CONTROL_BAN_LIST, "");
	EQ_INT(fix.rows, 2);
	EQ_INT(fix.done_value, 0);
	OK(slice_starts(buf_slice(&fix.row),
	    SLICE("address=2001:db8:: failures=2 delay_ms=2000 "
		  "until=17000")));
	OK(slice_find_slice(buf_slice(&fix.row),
	       SLICE("\naccount=eve@example.test failures=2 ")) < fix.row.len);
	control(CONTROL_BAN_LIFT, "2001:db8::1");
	EQ_INT(fix.done_value, 1);
	control(CONTROL_BAN_LIFT, "eve@EXAMPLE.test");
	EQ_INT(fix.done_value, 1);
	control(CONTROL_BAN_LIFT, "eve@example.test");
	EQ_INT(fix.done_value, 0);
	fix.rows = 0;
	control(CONTROL_BAN_LIST, "");
	EQ_INT(fix.rows, 0);
	fix_close();
}

TEST(ban_other_requests_are_refused)
{
	fix_open();
	control(CONTROL_STATUS, "");
	EQ_INT(fix.done_value, UINT64_MAX);
	fix_close();
}
