/* mailbox list, show, undelete, purge, import, export.
 * Covers: ctl/ctl_box.c ctl/ctl_mailbox_import.c ctl/ctl_mapped.c
 * Covers: ctl/ctl_rpc.c ctl/ctl_rpc_mail.c */
#include "tests/unit/ctl/rig.h"

#include "ctl/ctl_rpc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define HASH                                                                   \
	"$6$rounds=1000$abcdefgh$w6YgKy0DGdPCkmkL61TM4zUjl3qbPOCES/cvQN"       \
	"LI8KJ.jjAw/I6dahm51eg/ozTol2hwZp7jyro00hZYXZHwa0"

static struct ctl_rig *
with_user(void)
{
	struct ctl_rig *r = rig_new();

	RUN(r, "user add a@example.test -q --hash " HASH, EX_OK, "", "");
	return r;
}

static int
run_path(struct ctl_rig *r, const char *before, const char *name)
{
	char line[600];

	snprintf(line, sizeof line, "%s %s", before, rig_path(name));
	return rig_run(r, line);
}

#define MBOX                                                                   \
	"From x@y Mon Nov 23 14:21:00 2026\n"                                  \
	"X-UIDL: old1\n"                                                       \
	"Subject: one\n\n>From here\n\n"                                       \
	"From x@y Mon Nov 23 14:22:00 2026\n"                                  \
	"Subject: two\n\nbody\n"

TEST(ctl_mailbox_import_mbox)
{
	struct ctl_rig *r = with_user();

	rig_file("in.mbox", MBOX);
	EQ_INT(run_path(r, "mailbox import a@example.test", "in.mbox"), EX_OK);
	EQ_STR(rig_err, "imported 2 messages, 44 B\n");
	EQ_INT(rig_run(r, "mailbox list a@example.test --json"), EX_OK);
	OK(strstr(
	       rig_out, "{\"received\":\"2026-11-23T14:21:00Z\",\"octets\":") ==
	    rig_out);
	OK(strstr(rig_out, "\"uidl\":\"old1\"}\n") != NULL);
	/* again: nothing is there twice */
	EQ_INT(run_path(r, "mailbox import a@example.test", "in.mbox"), EX_OK);
	EQ_STR(rig_err, "imported 0 messages; 2 were there already\n");
	EQ_INT(rig_run(r, "user list --json"), EX_OK);
	OK(strstr(rig_out, "\"messages\":2,") != NULL);
	EQ_INT(rig_run(r, "mailbox export a@example.test"), EX_OK);
	OK(strstr(rig_out,
	       "From MAILER-DAEMON Mon Nov 23 14:21:00 2026\nX-UIDL: old1\n"
	       "Subject: one\n\n>From here\n\n"
	       "From MAILER-DAEMON Mon Nov 23 14:22:00 2026\nX-UIDL: "
	       "000660f") == rig_out);
	EQ_STR(rig_err, "exported 2 messages\n");
	rig_free(&r);
}

/* What was exported comes back as it was, into another store. */
TEST(ctl_mailbox_export_and_import)
{
	struct ctl_rig *r = with_user();
	char *first, *second;

	rig_file("in.mbox", MBOX);
	EQ_INT(run_path(r, "mailbox import a@example.test", "in.mbox"), EX_OK);
	EQ_INT(run_path(r, "mailbox export a@example.test", "out1"), EX_OK);
	EQ_INT(
	    run_path(r, "mailbox export a@example.test", "out1"), EX_CANTCREAT);
	rig_free(&r);
	r = with_user();
	EQ_INT(run_path(r, "mailbox import a@example.test", "out1"), EX_OK);
	EQ_INT(run_path(r, "mailbox export a@example.test", "out2"), EX_OK);
	first = rig_read("out1");
	second = rig_read("out2");
	EQ_STR(second, first);
	free(first);
	free(second);
	unlink(rig_path("out1"));
	unlink(rig_path("out2"));
	rig_free(&r);
}

TEST(ctl_mailbox_import_others)
{
	struct ctl_rig *r = with_user();

	rig_file("one.eml", "Subject: alone\n\nx\n");
	EQ_INT(run_path(r, "mailbox import a@example.test", "one.eml"), EX_OK);
	EQ_STR(rig_err, "imported 1 message, 18 B\n");
	mkdir(rig_path("md2"), 0700);
	mkdir(rig_path("md2/cur"), 0700);
	rig_file("md2/cur/1700000100.M1.h:2,", "S: 1\n\na\n");
	rig_file("md2/cur/1700000200.M1.h:2,", "S: 2\n\nb\n");
	rig_file("md2/dovecot-uidlist", "3 V1 N4 G0\n1 :1700000100.M1.h\n");
	EQ_INT(run_path(r, "mailbox import a@example.test", "md2"), EX_OK);
	EQ_STR(rig_err, "imported 2 messages, 16 B\n");
	EQ_INT(symlink("/etc/passwd", rig_path("md2/cur/1700000300.M1.h")), 0);
	mkdir(rig_path("md2/.Sent"), 0700);
	mkdir(rig_path("md2/.Sent/cur"), 0700);
	EQ_INT(run_path(r, "mailbox import a@example.test", "md2"), EX_OK);
	OK(strstr(rig_err, "left out 1 entry that is no plain file (sym") ==
	    rig_err);
	OK(strstr(rig_err, "\nleft out 1 folder beside the inbox: ") != NULL);
	OK(strstr(rig_err, "imported 0 messages; 2 were there already\n") !=
	    NULL);
	EQ_INT(rig_run(r, "mailbox list a@example.test --json"), EX_OK);
	OK(strstr(rig_out, "{\"received\":\"2023-11-14T22:15:00Z\"") ==
	    rig_out);
	OK(strstr(rig_out, "\"uidl\":\"0000000100000001\"") != NULL);
	EQ_INT(run_path(r, "mailbox import a@example.test", "nothere"),
	    EX_NOINPUT);
	EQ_INT(run_path(r, "mailbox import a@example.test", "md2/cur"),
	    EX_NOINPUT);
	OK(strstr(rig_err, "is no Maildir: there is no folder cur in it\n") !=
	    NULL);
	RUN(r, "mailbox import b@example.test /dev/null", EX_NOUSER, "",
	    "restante: no user b@example.test\n");
	rig_file("empty", "");
	EQ_INT(run_path(r, "mailbox import a@example.test", "empty"), EX_OK);
	EQ_STR(rig_err, "imported 0 messages, 0\n");
	rig_free(&r);
}

/* A body over the inline limit goes by a file. */
TEST(ctl_mailbox_import_large)
{
	enum { N = 3 * 1024 * 1024 };
	struct ctl_rig *r = with_user();
	struct buf text = BUF_INIT(2 * N);
	char want[64];

	buf_add_str(&text, "Subject: large\n\n");
	while (text.len < N)
		buf_addf(&text, "line %zu\n", text.len);
	rig_file("large.eml", buf_cstr(&text));
	EQ_INT(
	    run_path(r, "mailbox import a@example.test", "large.eml"), EX_OK);
	EQ_INT(store_mem_count(rig_store(r), STORE_MEM_SPILL), 1);
	EQ_INT(rig_run(r, "mailbox export a@example.test"), EX_OK);
	OK(strlen(rig_out) > N);
	snprintf(want, sizeof want, "line %d\n", 16);
	OK(strstr(rig_out, want) != NULL);
	OK(strcmp(rig_out + strlen(rig_out) - 100,
	       buf_cstr(&text) + text.len - 99) != 0);
	OK(memmem(rig_out, strlen(rig_out), text.p, text.len) != NULL);
	buf_fini(&text);
	rig_free(&r);
}

TEST(ctl_mailbox_quota)
{
	struct ctl_rig *r = with_user();

	/* the operator's import is not held back by a quota, but something else
	 * may be full */
	store_mem_fail(rig_store(r), STORE_MEM_DELIVER, ERR_QUOTA, 2, false);
	rig_file("in.mbox", MBOX);
	EQ_INT(run_path(r, "mailbox import a@example.test", "in.mbox"),
	    EX_CANTCREAT);
	EQ_STR(rig_err,
	    "restante: the mailbox is full (restante user set a@example.test "
	    "quota=...); repeating the import goes on where it ended\n");
	rig_free(&r);
}

TEST(ctl_mailbox_removed_messages)
{
	struct ctl_rig *r = with_user();
	char session[64] = "", line[200], *at;

	rig_file("in.mbox", MBOX);
	EQ_INT(run_path(r, "mailbox import a@example.test", "in.mbox"), EX_OK);
	RUN(r, "mailbox undelete a@example.test", EX_NOINPUT, "",
	    "restante: nothing that was removed then is kept (restante mailbox "
	    "show a@example.test)\n");
	EQ_INT(rig_expunge(r, 2, 1), ERR_OK);
	usleep(2000); /* another session, another time */
	EQ_INT(rig_expunge(r, 2, 1), ERR_OK);
	EQ_INT(rig_run(r, "mailbox show a@example.test --json"), EX_OK);
	OK(strncmp(rig_out, "{\"messages\":0,\"octets\":0,", 25) == 0);
	OK(strstr(rig_out, "\"removed_messages\":2,") != NULL);
	at = strstr(rig_out, "\"session\":\"");
	if (OK(at != NULL))
		snprintf(session, sizeof session, "%.*s",
		    (int)strcspn(at + 11, "\""), at + 11);
	snprintf(line, sizeof line,
	    "mailbox undelete a@example.test --session %s", session);
	EQ_INT(rig_run(r, line), EX_OK);
	EQ_STR(rig_err, "brought back 1 message\n");
	EQ_INT(rig_run(r, "mailbox list a@example.test"), EX_OK);
	OK(strstr(rig_out, "  old1\n") != NULL);
	RUN(r, "mailbox undelete a@example.test --since 1h", EX_OK, "",
	    "brought back 1 message\n");
	RUN(r, "mailbox undelete a@example.test --since 2020-01-01", EX_NOINPUT,
	    "",
	    "restante: nothing that was removed then is kept (restante mailbox "
	    "show a@example.test)\n");
	EQ_INT(rig_expunge(r, 2, 2), ERR_OK);
	RUN(r, "mailbox purge a@example.test", EX_USAGE, "",
	    "restante: Drop for good what was removed from a@example.test: "
	    "needs --yes without a terminal\n");
	RUN(r, "mailbox purge a@example.test --yes", EX_OK, "",
	    "purged 2 messages\n");
	RUN(r, "mailbox undelete a@example.test -q", EX_NOINPUT, "",
	    "restante: nothing that was removed then is kept (restante mailbox "
	    "show a@example.test)\n");
	rig_free(&r);
}

static const struct {
	const char *options, *err;
} bad_times[] = {
    {"--since yesterday",
     "restante: --since: \"yesterday\" is not a time (for example 2h, 3d, "
	"2026-11-23 or 2026-11-23T14:21:00Z)\n"                },
    {"--session xyz",               "restante: --session: \"xyz\" is none (restante mailbox "
		      "show lists them)\n"},
    {"--session 12345678901234567",
     "restante: --session: \"12345678901234567\" is none (restante mailbox "
	"show lists them)\n"				   },
    {"--since 2h --session 1",
     "restante: --since and --session exclude each other\n"    },
};

TEST(ctl_mailbox_undelete_times)
{
	struct ctl_rig *r = with_user();
	char line[200];

	for (size_t i = 0; i < sizeof bad_times / sizeof *bad_times; i++) {
		snprintf(line, sizeof line,
		    "mailbox undelete a@example.test %s", bad_times[i].options);
		RUN(r, line, EX_USAGE, "", bad_times[i].err);
	}
	rig_free(&r);
}

TEST(ctl_mailbox_damaged_message)
{
	struct ctl_rig *r = with_user();
	struct mail_id id;
	char *at;

	rig_file("in.mbox", MBOX);
	EQ_INT(run_path(r, "mailbox import a@example.test", "in.mbox"), EX_OK);
	EQ_INT(rig_run(r, "mailbox list a@example.test --json"), EX_OK);
	at = strstr(rig_out, "\"id\":\"");
	OK(at != NULL &&
	    mail_id_parse(slice_of(at + 6, MAIL_ID_HEX), &id) == ERR_OK);
	store_mem_damage(rig_store(r), 2, &id);
	EQ_INT(rig_run(r, "mailbox export a@example.test"), EX_IOERR);
	EQ_STR(rig_err,
	    "restante: message old1: stored data is damaged; left out\n"
	    "exported 1 message\n");
	/* nor does one that cannot be read keep the others from being saved */
	store_mem_fail(rig_store(r), STORE_MEM_READ, ERR_IO, 2, false);
	EQ_INT(rig_run(r, "mailbox export a@example.test"), EX_IOERR);
	OK(strstr(rig_err, "message old1: input/output error; left out\n") !=
	    NULL);
	rig_free(&r);
}
