/* Log lines: what they name, and that bytes from outside stay in their place.
 */
#include "../unit.h"
#include "fake.h"

#include "base/log.h"

#include <string.h>

static struct buf lines = BUF_INIT(65536);

static void
keep(void *ctx, struct slice line)
{
	(void)ctx;
	buf_add_slice(&lines, line);
	buf_add_char(&lines, '\n');
}

static void
run(struct fake *f, bool submission, const char *said)
{
	buf_reset(&lines);
	fake_init(f, submission);
	log_set_level(LOG_DEBUG);
	log_set_sink(keep, NULL);
	fake_connect(f);
	fake_send(f, slice_str(said));
	fake_fini(f);
	log_set_sink(NULL, NULL);
	log_set_level(LOG_ERROR);
}

static bool
has(const char *text)
{
	return slice_find_slice(buf_slice(&lines), slice_str(text)) < lines.len;
}

TEST(smtp_log_lines)
{
	struct fake f;

	run(&f, false,
	    "HELO evil\x1b\" name\r\nHELO c=\"x\r\nMAIL FROM:<a@b.test>\r\n"
	    "RCPT TO:<nobody@example.test>\r\nRCPT TO:<alice@example.test>\r\n"
	    "DATA\r\nMessage-ID: <x@y>\r\n\r\nx\r\n.\r\nQUIT\r\n");
	OK(has("reject ip=192.0.2.7 stage=RCPT from=a@b.test "
	       "to=nobody@example.test code=550 dsn=5.1.1 "
	       "reason=\"No such user here\""));
	OK(has("received id=000"));
	OK(has(" from=a@b.test to=alice@example.test ip=192.0.2.7 "
	       "helo=\"c=\\x22x\" size=24 msgid=<x@y> nrcpt=1"));
	OK(!has("also-to"));
	OK(has("closed ip=192.0.2.7"));
	OK(!has("\x1b"));
	buf_fini(&lines);
}

/* All recipients can be found in the log, a few lines if need be. */
TEST(smtp_log_many_recipients)
{
	struct buf said = BUF_INIT(65536);
	struct fake f;

	buf_add_str(&said, "EHLO c\r\nMAIL FROM:<a@b.test>\r\n");
	for (int i = 0; i < 50; i++)
		buf_add_str(&said, "RCPT TO:<alice@example.test>\r\n");
	buf_add_str(&said, "DATA\r\nx\r\n.\r\nQUIT\r\n");
	run(&f, false, buf_cstr(&said));
	OK(has(" to=alice@example.test,alice@example.test,"));
	OK(has(" nrcpt=50"));
	OK(has("also-to id=000"));
	OK(!has("..."));
	buf_fini(&said);
	buf_fini(&lines);
}

TEST(smtp_log_no_secrets)
{
	struct fake f;

	run(&f, true,
	    "HELO c\r\nAUTH PLAIN AGJvYkBleGFtcGxlLnRlc3QAc2VjcmV0\r\n"
	    "MAIL FROM:<bob@example.test>\r\nRCPT TO:<late@example.test>\r\n"
	    "DATA\r\nthe text\r\n.\r\nQUIT\r\n");
	OK(has("login user=bob@example.test ip=192.0.2.7"));
	OK(has("not-received id="));
	OK(has("error=quota"));
	OK(!has("secret") && !has("AGJv") && !has("c2Vj"));
	OK(!has("the text"));
	buf_fini(&lines);
}
