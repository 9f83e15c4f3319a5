/* status, stop, verify, ban, backup: what is asked, and what is said when the
 * answer is bad. Covers: ctl/ctl_backup.c ctl/ctl_verify.c */
#include "tests/unit/ctl/rig.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

TEST(ctl_server_without_parent)
{
	struct ctl_rig *r = rig_new();

	RUN(r, "status", EX_UNAVAILABLE, "",
	    "restante: status: not supported\n");
	RUN(r, "reload", EX_UNAVAILABLE, "",
	    "restante: reload: not supported\n");
	RUN(r, "ban lift 192.0.2.1", EX_UNAVAILABLE, "",
	    "restante: ban lift 192.0.2.1: not supported\n");
	rig_free(&r);
}

TEST(ctl_verify_says_what_is_wrong)
{
	struct ctl_rig *r = rig_new();
	struct mail_id id;
	const char *at;
	char line[300];

	EQ_INT(rig_run(r, "verify"), EX_OK);
	EQ_STR(rig_out, "MESSAGES  OCTETS  PROBLEMS\n"
			"       0       0         0\n");
	EQ_STR(rig_err, "everything is as it should be\n");
	EQ_INT(rig_run_with(r, "user add a@example.test -q --password-stdin",
		   "secret\n"),
	    EX_OK);
	rig_file("one.eml", "S: 1\n\nx\n");
	snprintf(line, sizeof line, "mailbox import a@example.test %s -q",
	    rig_path("one.eml"));
	EQ_INT(rig_run(r, line), EX_OK);
	EQ_INT(rig_run(r, "mailbox list a@example.test --json"), EX_OK);
	at = strstr(rig_out, "\"id\":\"");
	OK(at != NULL &&
	    mail_id_parse(slice_of(at + 6, MAIL_ID_HEX), &id) == ERR_OK);
	store_mem_damage(rig_store(r), 2, &id);
	EQ_INT(rig_run(r, "verify"), 1);
	OK(strncmp(rig_out, "PROBLEM\nmailbox 2 (a@example.test): message 00",
	       46) == 0);
	EQ_STR(rig_err,
	    "restante: 1 problem (\"restante help verify\" says what "
	    "to do)\n");
	/* what cannot be read is left out, and the status says so */
	EQ_INT(rig_run(r, "mailbox export a@example.test"), EX_IOERR);
	EQ_STR(rig_out, "");
	OK(strstr(rig_err, "left out\nexported 0 messages\n") != NULL);
	rig_free(&r);
}

TEST(ctl_backup_writes_a_folder)
{
	struct ctl_rig *r = rig_new();
	char line[300], want[300];
	struct dirent *d;
	struct stat st;
	unsigned n = 0;
	DIR *dp;

	snprintf(line, sizeof line, "backup create %s", rig_path("backup"));
	snprintf(want, sizeof want, "copied to %s\n", rig_path("backup"));
	EQ_INT(rig_run(r, line), EX_OK);
	EQ_STR(rig_err, want);
	EQ_INT(stat(rig_path("backup"), &st), 0);
	EQ_INT(st.st_mode & 0777, 0700);
	if (OK((dp = opendir(rig_path("backup/db"))) != NULL)) {
		while ((d = readdir(dp)) != NULL)
			n += d->d_name[0] != '.';
		closedir(dp);
	}
	OK(n > 0);
	/* not over another one */
	EQ_INT(rig_run(r, line), EX_CANTCREAT);
	snprintf(line, sizeof line, "backup create %s", rig_path("b2"));
	store_mem_fail(rig_store(r), STORE_MEM_BACKUP, ERR_IO, 1, false);
	EQ_INT(rig_run(r, line), EX_IOERR);
	OK(strstr(rig_err, "; what is there is no whole backup\n") != NULL);
	rig_free(&r);
}
