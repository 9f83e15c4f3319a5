#include "../unit.h"
#include "queue/queue_bounce.h"

#include <string.h>

static const struct queue_held_notice notice = {
    .id = {{1}},
    .about = {            {2}  },
    .to = { "ann@a.test",   10},
    .account = {   "ann@a.test",   10},
    .hostname = {  "mail.a.test",   11},
    .messages = 200
};

TEST(held_notice)
{
	struct buf b = BUF_INIT(10000);

	EQ_INT(queue_held_make(&notice, &b), ERR_OK);
	EQ_STR(buf_cstr(&b),
	    "From: Mail Delivery System <MAILER-DAEMON@mail.a.test>\r\n"
	    "To: ann@a.test\r\n"
	    "Subject: Mail is being held: ann@a.test\r\n"
	    "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"
	    "Message-ID: <01000000000000000000000000000000@mail.a.test>\r\n"
	    "Auto-Submitted: auto-replied\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "\r\n"
	    "This is the mail system at host mail.a.test.\r\n"
	    "\r\n"
	    "More mail is being sent than one may send by the account\r\n"
	    "\r\n"
	    "    ann@a.test\r\n"
	    "\r\n"
	    "Its limits are:\r\n"
	    "\r\n"
	    "    200 messages in an hour\r\n"
	    "\r\n"
	    "What goes beyond has been accepted and is held: it is not lost, "
	    "but it does\r\n"
	    "not leave until the postmaster lets it go. There is only this "
	    "one notice.\r\n"
	    "\r\n"
	    "If this mail is yours, tell your postmaster that it may go. If "
	    "it is not,\r\n"
	    "somebody knows your password: change it now, on all your "
	    "devices.\r\n"
	    "\r\n"
	    "For the postmaster, one of these decides:\r\n"
	    "\r\n"
	    "    restante queue release --from ann@a.test\r\n"
	    "    restante queue delete --from ann@a.test\r\n"
	    "\r\n"
	    "Reference for your postmaster: "
	    "02000000000000000000000000000000\r\n");
	buf_fini(&b);
}

/* What a shell would make something else of is quoted for it. */
TEST(held_notice_for_a_shell)
{
	struct queue_held_notice n = notice;
	struct buf b = BUF_INIT(10000);

	n.account = SLICE("\"a b\"@a.test");
	EQ_INT(queue_held_make(&n, &b), ERR_OK);
	OK(strstr(buf_cstr(&b), "    \"a b\"@a.test\r\n") != NULL);
	OK(strstr(buf_cstr(&b), "release --from '\"a b\"@a.test'\r\n") != NULL);
	buf_reset(&b);
	n.account = SLICE("o'neil$`x`'@a.test");
	EQ_INT(queue_held_make(&n, &b), ERR_OK);
	OK(strstr(buf_cstr(&b), "delete --from 'o'\\''neil$`x`'\\''@a.test'") !=
	    NULL);
	buf_fini(&b);
}

TEST(held_notice_of_other_letters)
{
	struct queue_held_notice n = notice;
	struct buf b = BUF_INIT(10000);

	n.account = SLICE("\xc3\xa4nn@a.test");
	EQ_INT(queue_held_make(&n, &b), ERR_OK);
	OK(slice_is_ascii(buf_slice(&b)));
	OK(strstr(buf_cstr(&b), "=C3=A4nn@a.test") != NULL);
	buf_fini(&b);
	buf_init(&b, 100);
	EQ_INT(queue_held_make(&n, &b), ERR_TOOBIG);
	buf_fini(&b);
}
