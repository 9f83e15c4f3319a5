/* What the server says. */
#include "../unit.h"
#include "smtp/smtp_reply.h"

#include <string.h>

/* RFC 2034 section 4, RFC 3463 section 2; RFC 5321 section 4.5.3.1.5 */
TEST(smtp_say_table)
{
	for (unsigned i = 0; i < SMTP_SAY_COUNT; i++) {
		enum smtp_say r = (enum smtp_say)i;
		const char *enhanced = smtp_say_enhanced(r);
		unsigned code = smtp_say_code(r);
		struct buf b = BUF_INIT(512);

		unit_case(smtp_say_text(r));
		OK(code >= 200 && code <= 599);
		if (code / 100 == 3 || r == SMTP_SAY_BAD_HELLO)
			EQ_STR(enhanced, "");
		else
			EQ_INT(enhanced[0] - '0', code / 100);
		smtp_say_add(&b, r);
		EQ_INT(b.err, ERR_OK);
		OK(slice_ends(buf_slice(&b), SLICE("\r\n")));
		OK(slice_is_printable(slice_first(buf_slice(&b), b.len - 2)));
		buf_fini(&b);
	}
}

TEST(smtp_say_lines)
{
	struct buf b = BUF_INIT(512);

	smtp_say_add(&b, SMTP_SAY_RCPT_OK);
	smtp_say_add(&b, SMTP_SAY_SEND_DATA);
	smtp_say_add_more(&b, SMTP_SAY_OK, SLICE("ff00"));
	smtp_say_line(&b, 250, false, SLICE("host"));
	smtp_say_line(&b, 250, true, SLICE("SIZE 1"));
	EQ_SLICE(buf_slice(&b), "250 2.1.5 Recipient ok\r\n"
				"354 End data with <CR><LF>.<CR><LF>\r\n"
				"250 2.0.0 Ok ff00\r\n"
				"250-host\r\n250 SIZE 1\r\n");
	buf_fini(&b);
}

TEST(smtp_say_of_errors)
{
	static const struct {
		const char *name;
		enum smtp_stage stage;
		enum err e;
		unsigned code;
		const char *enhanced;
	} cases[] = {
	    {"rcpt ok",        SMTP_AT_RCPT, ERR_OK,        250, "2.1.5"},
	    {"no user",        SMTP_AT_RCPT, ERR_NOENT,     550, "5.1.1"},
	    {"relay",          SMTP_AT_RCPT, ERR_DENIED,    550, "5.7.1"},
	    {"wide list",      SMTP_AT_RCPT, ERR_LIMIT,     550, "5.2.4"},
	    {"suspended",      SMTP_AT_RCPT, ERR_SUSPENDED, 550, "5.2.1"},
	    {"quota",          SMTP_AT_RCPT, ERR_QUOTA,     452, "4.2.2"},
	    {"disk",           SMTP_AT_RCPT, ERR_FULL,      452, "4.3.1"},
	    {"retry",          SMTP_AT_RCPT, ERR_RETRY,     451, "4.3.0"},
	    {"stored",         SMTP_AT_DATA, ERR_OK,        250, "2.0.0"},
	    {"lost",           SMTP_AT_DATA, ERR_UNKNOWN,   451, "4.3.0"},
	    {"gone meanwhile", SMTP_AT_DATA, ERR_NOENT,     451, "4.3.0"},
	    {"data quota",     SMTP_AT_DATA, ERR_QUOTA,     452, "4.2.2"},
	    {"data disk",      SMTP_AT_DATA, ERR_FULL,      452, "4.3.1"},
	    {"not yours",      SMTP_AT_MAIL, ERR_DENIED,    553, "5.7.1"},
	    {"ticket is gone", SMTP_AT_MAIL, ERR_FENCED,    421, "4.7.0"},
	    {"wrong",          SMTP_AT_AUTH, ERR_DENIED,    535, "5.7.8"},
	    {"auth down",      SMTP_AT_AUTH, ERR_RETRY,     454, "4.7.0"},
	    {"bad message",    SMTP_AT_AUTH, ERR_SYNTAX,    501, "5.5.2"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum smtp_say r = smtp_say_of(cases[i].stage, cases[i].e);

		unit_case(cases[i].name);
		EQ_INT(smtp_say_code(r), cases[i].code);
		EQ_STR(smtp_say_enhanced(r), cases[i].enhanced);
	}
}

/* Whatever goes wrong, nothing but OK says OK. */
TEST(smtp_say_of_never_ok)
{
	for (unsigned stage = 0; stage < SMTP_STAGES; stage++)
		for (unsigned e = ERR_OK + 1; e < ERR_COUNT; e++)
			OK(smtp_say_code(smtp_say_of(
			       (enum smtp_stage)stage, (enum err)e)) >= 400);
}
