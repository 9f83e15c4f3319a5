/*
 * Whole dialogues of a session, its store and auth being fakes.
 * Covers: pop3/pop3_cmd*.c pop3/pop3_end.c pop3/pop3_fetch.c
 */
#include "pop3/fake.h"
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "mime/mime_code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void
login(void)
{
	fake_connect();
	fake_talk("user", "USER alice@example.test\r\n", "+OK\r\n");
	fake_talk("pass", "PASS secret word\r\n", "+OK *");
}

TEST(session_greets_and_leaves)
{
	fake_init(0);
	fake_connect();
	unit_case("greeting");
	OK(strncmp(buf_cstr(&fake.in), "+OK mail.example.test", 21) == 0);
	fake_talk("quit", "QUIT\r\n", "+OK bye\r\n");
	OK(fake.closed);
	(void)shutdown(fake.fd, SHUT_RDWR);
	fake_run();
	OK(list_empty(&fake.server.sessions));
	EQ_INT(fake.opens + fake.closes, 0);
	fake_fini();
}

static const char *const transaction[] = {"STAT", "LIST", "LIST 1", "RETR 1",
    "DELE 1", "NOOP", "RSET", "TOP 1 0", "UIDL"};

TEST(session_states)
{
	char line[64];

	fake_init(1);
	fake_connect();
	for (size_t i = 0; i < sizeof transaction / sizeof *transaction; i++) {
		(void)snprintf(line, sizeof line, "%s\r\n", transaction[i]);
		fake_talk(transaction[i], line, "-ERR log in first\r\n");
	}
	EQ_INT(fake.opens, 0);
	fake_talk("pass first", "PASS x\r\n", "-ERR USER first\r\n");
	login();
	fake_talk("again", "USER alice@example.test\r\n", "-ERR *");
	fake_talk("stls", "STLS\r\n", "-ERR *");
	fake_talk("auth", "AUTH PLAIN\r\n", "-ERR *");
	fake_fini();
}

TEST(session_logins)
{
	struct buf plain = BUF_INIT(200);

	fake_init(2);
	fake_connect();
	fake_talk("name", "USER alice@example.test\r\n", "+OK\r\n");
	fake_talk("wrong", "PASS secret\r\n", "-ERR [[]AUTH] *");
	fake_talk("sasl", "AUTH PLAIN\r\n", "+ \r\n");
	fake_talk("cancel", "*\r\n", "-ERR cancelled\r\n");
	fake_talk("bad base64", "AUTH PLAIN !!!\r\n", "-ERR *");
	fake_talk("unknown", "AUTH RABBIT\r\n", "-ERR *");
	mime_code_add_base64(
	    &plain, SLICE("\0alice@example.test\0secret word"));
	buf_add_str(&plain, "\r\n");
	fake_talk("sasl again", "AUTH PLAIN\r\n", "+ \r\n");
	fake_talk("response", buf_cstr(&plain), "+OK 2 messages *");
	fake_talk("stat", "STAT\r\n", "+OK 2 *\r\n");
	buf_fini(&plain);
	fake_fini();
}

/* Told in its turn, or the line that is on its way would be a command. */
TEST(session_login_lost)
{
	fake_init(1);
	fake_connect();
	for (unsigned n = 0; n < 3; n++) {
		static const char *const lines[] = {
		    "AGFubgBwdw==\r\n", "*\r\n", "\r\n"};

		fake_talk("sasl", "AUTH PLAIN\r\n", "+ \r\n");
		fake_lose_auth();
		fake_talk("not yet", "", "");
		fake_talk(lines[n], lines[n],
		    n == 1 ? "-ERR cancelled\r\n" : "-ERR [[]SYS/TEMP] *");
	}
	fake_talk("user", "USER alice@example.test\r\n", "+OK\r\n");
	fake_talk("pass", "PASS secret word\r\n", "+OK 1 messages *");
	fake_fini();
}

TEST(session_ends_after_three_failures)
{
	fake_init(0);
	fake_connect();
	for (unsigned n = 0; n < 3; n++)
		fake_talk(
		    "try", "USER x@y\r\nPASS z\r\n", "+OK\r\n-ERR [[]AUTH] *");
	OK(fake.closed);
	fake_fini();
}

static const struct {
	const char *name;
	enum err login, open;
	const char *want;
} refusals[] = {
    {"in use",     ERR_OK,    ERR_BUSY,  "-ERR [[]IN-USE] *"     },
    {"too soon",   ERR_LIMIT, ERR_OK,    "-ERR [[]LOGIN-DELAY] *"},
    {"store away", ERR_OK,    ERR_RETRY, "-ERR [[]SYS/TEMP] *"   },
    {"auth away",  ERR_RETRY, ERR_OK,    "-ERR [[]SYS/TEMP] *"   },
};

TEST(session_refusals_tell_apart)
{
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		fake_init(1);
		fake.login_err = refusals[i].login;
		fake.open_err = refusals[i].open;
		fake_connect();
		fake_talk("user", "USER alice@example.test\r\n", "+OK\r\n");
		fake_talk(
		    refusals[i].name, "PASS secret word\r\n", refusals[i].want);
		fake_talk("still out", "STAT\r\n", "-ERR *");
		fake_fini();
	}
}

TEST(session_no_passwords_in_clear)
{
	fake_init(1);
	fake.conf.listener[0].plaintext_auth = false;
	fake_connect();
	fake_talk(
	    "user", "USER alice@example.test\r\n", "-ERR use STLS first*");
	fake_talk("auth", "AUTH PLAIN\r\n", "-ERR *");
	fake_talk("capa", "CAPA\r\n", "+OK*\r\n.\r\n");
	OK(strstr(buf_cstr(&fake.in), "USER") == NULL);
	OK(strstr(buf_cstr(&fake.in), "SASL") == NULL);
	fake_fini();
}

TEST(session_fetches)
{
	fake_init(3);
	login();
	fake_talk("stat", "STAT\r\n", "+OK 3 84\r\n");
	fake_talk("list", "LIST\r\n", "+OK*\r\n1 28\r\n2 28\r\n3 28\r\n.\r\n");
	fake_talk("list one", "LIST 2\r\n", "+OK 2 28\r\n");
	fake_talk("uidl one", "UIDL 2\r\n",
	    "+OK 2 00000000000000000000000000000001\r\n");
	fake_talk("retr", "RETR 2\r\n",
	    "+OK 28 octets\r\nSubject: 2\r\n\r\nbody 2\r\n..dot\r\n.\r\n");
	fake_talk("top 0", "TOP 1 0\r\n", "+OK\r\nSubject: 1\r\n\r\n.\r\n");
	fake_talk(
	    "top 1", "TOP 1 1\r\n", "+OK\r\nSubject: 1\r\n\r\nbody 1\r\n.\r\n");
	fake_talk("top no number", "TOP 1 -1\r\n", "-ERR not a number*");
	fake_talk("top more than can be", "TOP 1 99999999999999999999999\r\n",
	    "+OK\r\nSubject: 1\r\n\r\nbody 1\r\n*.\r\n");
	fake_talk("top all", "TOP 1 99\r\n",
	    "+OK\r\nSubject: 1\r\n\r\nbody 1\r\n..dot\r\n.\r\n");
	fake_talk("none", "RETR 4\r\n", "-ERR no such message\r\n");
	fake_fini();
}

/* All of a mailbox in one write: every answer in order, few reads. */
TEST(session_pipelines)
{
	struct buf all = BUF_INIT(65536), want = BUF_INIT(1 << 20);

	fake_init(FAKE_MESSAGES);
	login();
	for (unsigned n = 1; n <= FAKE_MESSAGES; n++) {
		buf_addf(&all, "RETR %u\r\n", n);
		buf_addf(&want,
		    "+OK %zu octets\r\nSubject: %u\r\n\r\nbody %u\r\n..dot\r\n"
		    ".\r\n",
		    fake.mail[n - 1].len, n, n);
	}
	buf_reset(&fake.in);
	fake_send(buf_slice(&all));
	fake_run();
	EQ_MEM(fake.in.p, fake.in.len, want.p, want.len);
	OK(fake.reads < 20);
	buf_fini(&all);
	buf_fini(&want);
	fake_fini();
}

/* In any order, interleaved with TOP and marks. */
TEST(session_fetches_out_of_order)
{
	static const unsigned order[] = {5, 6, 7, 2, 2, 8, 9, 10, 1, 250, 251,
	    252, 253, 254, 11, 255, 300, 299};
	char line[64], want[200];

	fake_init(FAKE_MESSAGES);
	login();
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		unsigned n = order[i];

		(void)snprintf(
		    line, sizeof line, "RETR %u\r\nTOP %u 0\r\n", n, n);
		(void)snprintf(want, sizeof want,
		    "+OK %zu octets\r\nSubject: %u\r\n\r\nbody %u\r\n..dot\r\n"
		    ".\r\n+OK\r\nSubject: %u\r\n\r\n.\r\n",
		    fake.mail[n - 1].len, n, n, n);
		fake_talk("order", line, want);
	}
	fake_fini();
}

TEST(session_streams_large)
{
	enum { SIZE = 3 << 20 };
	char *text = malloc(SIZE), *want = malloc(2 * SIZE);
	size_t n = 0;

	for (size_t i = 0; i < SIZE; i += 64) {
		memset(text + i, i % 128 == 0 ? '.' : 'x', 64);
		memcpy(text + i + 62, "\r\n", 2);
	}
	fake_init(1);
	fake.mail[0] = slice_of(text, SIZE);
	login();
	buf_reset(&fake.in);
	fake_send(SLICE("RETR 1\r\nNOOP\r\n"));
	fake_run();
	n = (size_t)sprintf(want, "+OK %d octets\r\n", SIZE);
	for (size_t i = 0; i < SIZE; i += 64) {
		if (text[i] == '.')
			want[n++] = '.';
		memcpy(want + n, text + i, 64);
		n += 64;
	}
	n += (size_t)sprintf(want + n, ".\r\n+OK\r\n");
	EQ_INT(fake.in.len, n);
	OK(fake.in.len == n && memcmp(fake.in.p, want, n) == 0);
	free(text);
	free(want);
	fake_fini();
}

TEST(session_tells_damage)
{
	fake_init(2);
	login();
	fake.read_err = ERR_CORRUPT;
	fake_talk("damaged", "RETR 1\r\n", "-ERR [[]SYS/PERM] *");
	fake.read_err = ERR_RETRY;
	fake_talk("busy", "RETR 1\r\n", "-ERR [[]SYS/TEMP] *");
	fake.read_err = ERR_OK;
	fake_talk("well", "RETR 1\r\n", "+OK 28 octets*");
	fake_fini();
}

TEST(session_deletes_in_quit_only)
{
	fake_init(3);
	login();
	fake_talk("dele", "DELE 2\r\n", "+OK\r\n");
	fake_talk(
	    "hidden", "RETR 2\r\nLIST 2\r\nDELE 2\r\n", "-ERR *-ERR *-ERR *");
	fake_talk("stat", "STAT\r\n", "+OK 2 56\r\n");
	fake_talk("rset", "RSET\r\n", "+OK\r\n");
	fake_talk("back", "STAT\r\n", "+OK 3 84\r\n");
	fake_talk("dele again", "DELE 1\r\nDELE 3\r\n", "+OK\r\n+OK\r\n");
	EQ_INT(fake.expunges, 0);
	fake_talk("quit", "QUIT\r\n", "+OK bye\r\n");
	EQ_INT(fake.expunges, 1);
	OK(fake.mail[0].p == NULL && fake.mail[1].p != NULL &&
	    fake.mail[2].p == NULL);
	EQ_INT(fake.closes, 1);
	fake_fini();
}

TEST(session_lost_connection_deletes_nothing)
{
	fake_init(2);
	login();
	fake_talk("dele", "DELE 1\r\n", "+OK\r\n");
	(void)shutdown(fake.fd, SHUT_RDWR);
	fake_run();
	EQ_INT(fake.expunges, 0);
	EQ_INT(fake.closes, 1);
	OK(list_empty(&fake.server.sessions));
	fake_fini();
}

TEST(session_failed_quit_says_so)
{
	fake_init(2);
	login();
	fake.expunge_err = ERR_RETRY;
	fake_talk("quit", "DELE 1\r\nQUIT\r\n", "+OK\r\n-ERR [[]SYS/TEMP] *");
	OK(fake.closed);
	fake_fini();
}

TEST(session_long_lines)
{
	char *line = malloc(100000);

	memset(line, 'A', 100000);
	fake_init(1);
	fake_connect();
	buf_reset(&fake.in);
	fake_send(slice_of(line, 100000));
	fake_send(SLICE("\r\nCAPA\r\n"));
	fake_run();
	OK(strncmp(buf_cstr(&fake.in), "-ERR line too long\r\n+OK", 23) == 0);
	free(line);
	fake_fini();
}

TEST(session_ends_after_many_errors)
{
	fake_init(1);
	fake_connect();
	for (unsigned n = 0; n < 19; n++)
		fake_talk("junk", "FOO:BAR\r\n", "-ERR *");
	OK(!fake.closed);
	fake_talk("last", "FOO\r\n", "-ERR *");
	OK(fake.closed);
	fake_fini();
}

TEST(session_forgives_errors_among_others)
{
	fake_init(1);
	login();
	for (unsigned n = 0; n < 100 && !fake.closed; n++) {
		fake_talk("wrong", "DELE 99\r\n", "-ERR *");
		fake_talk("right", "NOOP\r\n", "+OK\r\n");
	}
	for (unsigned n = 0; n < 20; n++)
		fake_talk("in a row", "DELE 99\r\n", "-ERR *");
	OK(fake.closed);
	fake_fini();
}

/* The store restarts: its leases are gone. */
TEST(session_loses_its_mailbox)
{
	fake_init(2);
	login();
	buf_reset(&fake.in);
	pop3_session_lost(LIST_ITEM(
	    fake.server.sessions.head.next, struct pop3_session, node));
	fake_run();
	OK(strncmp(buf_cstr(&fake.in), "-ERR [SYS/TEMP]", 15) == 0);
	OK(fake.closed);
	EQ_INT(fake.closes, 0);
	fake_fini();
}

TEST(session_times_out)
{
	fake_init(1);
	clock_set_for_test(1, 1000000);
	login();
	clock_set_for_test(1, 1000000 + 599ull * 1000000);
	fake_run();
	OK(!fake.closed);
	clock_set_for_test(1, 1000000 + 602ull * 1000000);
	fake_run();
	OK(fake.closed);
	EQ_INT(fake.expunges, 0);
	fake_fini();
	clock_set_for_test(0, 0);
}

/* Octet by octet is the same as all at once. */
TEST(session_any_chunking)
{
	static const char text[] = "USER alice@example.test\r\nPASS secret word"
				   "\r\nSTAT\r\nRETR 1\r\nTOP 2 1\r\nUIDL 1\r\n"
				   "DELE 1\r\nLIST\r\nQUIT\r\n";
	struct buf whole = BUF_INIT(65536);

	fake_init(3);
	fake_connect();
	fake_send(slice_of(text, sizeof text - 1));
	fake_run();
	buf_add_slice(&whole, buf_slice(&fake.in));
	fake_fini();
	fake_init(3);
	fake_connect();
	for (size_t i = 0; i < sizeof text - 1; i++)
		fake_send(slice_of(text + i, 1));
	fake_run();
	EQ_MEM(fake.in.p, fake.in.len, whole.p, whole.len);
	buf_fini(&whole);
	fake_fini();
}
