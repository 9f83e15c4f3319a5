/* user import, export; the files they read. Covers: ctl/ctl_userfile.c
 * Covers: ctl/ctl_file.c ctl/ctl_secret.c */
#include "tests/unit/ctl/rig.h"

#include "ctl/ctl_userfile.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define HASH                                                                   \
	"$6$rounds=1000$abcdefgh$w6YgKy0DGdPCkmkL61TM4zUjl3qbPOCES/cv"         \
	"QNLI8KJ.jjAw/I6dahm51eg/ozTol2hwZp7jyro00hZYXZHwa0"

static const struct {
	const char *name, *format, *line;
	const char *user, *secret; /* user NULL: no account in it */
	uint64_t quota;
	bool locked;
	enum err e;
} lines[] = {
    {"passwd",		  "passwd",             "a@b:" HASH,                                 "a@b", HASH,              0,       false, ERR_OK    },
    {"passwd with more",        "passwd",             "a@b:{CRYPT}x:1000:1000::/home:",            "a@b",
     "{CRYPT}x",													     0,       false, ERR_OK    },
    {"passwd with CR",          "passwd",             "a@b:x\r\n",                                 "a@b", "x",               0,       false, ERR_OK    },
    {"passwd without colon",    "passwd",             "a@b",                                       NULL,  "",                0,       false, ERR_SYNTAX},
    {"passwd without name",     "passwd",             ":x",                                        NULL,  "",                0,       false, ERR_SYNTAX},
    {"locked",		  "passwd",             "a@b:!x",				    "a@b", "x",               0,       true,  ERR_OK    },
    {"quota of dovecot",        "dovecot",
     "a@b:{SHA512-CRYPT}x::::::userdb_quota_rule=*:storage=1G "
	"userdb_mail=y",									   "a@b", "{SHA512-CRYPT}x", 1 << 30, false, ERR_OK    },
    {"quota of dovecot 2.4",    "dovecot",
     "a@b:x::::::userdb_quota_storage_size=2M",						    "a@b", "x",               2 << 20, false,
     ERR_OK																	    },
    {"comment",		 "passwd",             "# a@b:x\n",                                 NULL,  "",                0,       false, ERR_NOENT },
    {"empty lines",             "passwd",             "\n  \n\na@b:x",                             "a@b", "x",               0,       false, ERR_OK    },
    {"shadow",		  "shadow:example.org", "bob:$6$x:19000:0:99999:7:::",               "bob",
     "$6$x",														 0,       false, ERR_OK    },
    {"shadow without password", "shadow",             "daemon:*:19000:0:::",                       NULL,  "",                0,
     false,																  ERR_NOENT },
    {"shadow never set",        "shadow",             "bob:!:19000:0:::",                          NULL,  "",                0,       false,
     ERR_NOENT																	 },
    {"shadow locked",           "shadow",             "bob:!$6$x:19000:::",                        "bob", "$6$x",            0,       true,
     ERR_OK																	    },
    {"csv",		     "csv",                "a@b,secret,1G",                             "a@b", "secret",          1 << 30, false, ERR_OK    },
    {"csv short",               "csv",                "a@b,secret",                                "a@b", "secret",          0,       false, ERR_OK    },
    {"csv quoted",              "csv",                "\"a@b\", \"se\"\"c,ret\" ,",                "a@b", "se\"c,ret",       0,
     false,																  ERR_OK    },
    {"csv head",                "csv",                "quota,state,email,hash\n1M,locked,a@b,x\n", "a@b", "x",
     1 << 20,															 true,  ERR_OK    },
    {"csv quote open",          "csv",                "a@b,\"secret",                              NULL,  "",                0,       false, ERR_SYNTAX},
    {"csv bad quota",           "csv",                "a@b,x,lots",                                NULL,  "",                0,       false, ERR_SYNTAX},
    {"csv bad state",           "csv",                "a@b,x,1G,asleep",                           NULL,  "",                0,       false, ERR_SYNTAX},
    {"csv too many",            "csv",                "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r",       NULL,  "",                0,
     false,																  ERR_SYNTAX},
};

TEST(ctl_userfile_lines)
{
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct ctl_userline line = {.text = BUF_INIT(1000)};
		struct slice rest = slice_str(lines[i].line);
		struct ctl_userfile f;
		const char *why;
		enum err e;

		unit_case(lines[i].name);
		EQ_INT(
		    ctl_userfile_init(&f, slice_str(lines[i].format)), ERR_OK);
		e = ctl_userfile_next(&f, &rest, &line, &why);
		EQ_INT(e, lines[i].e);
		if (e == ERR_OK) {
			EQ_SLICE(line.name, lines[i].user);
			EQ_SLICE(line.secret, lines[i].secret);
			EQ_INT(line.quota, lines[i].quota);
			EQ_INT(line.has_quota, lines[i].quota != 0);
			EQ_INT(line.locked, lines[i].locked);
		}
		buf_fini(&line.text);
	}
}

TEST(ctl_userfile_formats)
{
	struct ctl_userfile f;

	EQ_INT(ctl_userfile_init(&f, SLICE("ldif")), ERR_SYNTAX);
	EQ_INT(ctl_userfile_init(&f, SLICE("")), ERR_SYNTAX);
	EQ_INT(ctl_userfile_init(&f, SLICE("passwd:example.org")), ERR_OK);
	EQ_SLICE(f.domain, "example.org");
	EQ_SLICE(ctl_userfile_guess(SLICE("x/users.csv")), "csv");
	EQ_SLICE(ctl_userfile_guess(SLICE("users")), "passwd");
}

TEST(ctl_csv_fields)
{
	struct buf b = BUF_INIT(100);

	ctl_csv_add(&b, SLICE("plain"));
	buf_add_char(&b, ';');
	ctl_csv_add(&b, SLICE("a,b \"c\""));
	buf_add_char(&b, ';');
	ctl_csv_add(&b, SLICE(" lead"));
	EQ_SLICE(buf_slice(&b), "plain;\"a,b \"\"c\"\"\";\" lead\"");
	buf_fini(&b);
}

static int
import(
    struct ctl_rig *r, const char *name, const char *text, const char *options)
{
	char line[600];

	rig_file(name, text);
	snprintf(
	    line, sizeof line, "user import %s%s", rig_path(name), options);
	return rig_run(r, line);
}

/* rig_err without the folder's name */
static const char *
plain_err(void)
{
	static char text[8192];
	char *at;
	size_t n = strlen(rig_dir()) + 1;

	snprintf(text, sizeof text, "%s", rig_err);
	while ((at = strstr(text, rig_dir())) != NULL)
		memmove(at, at + n, strlen(at + n) + 1);
	return text;
}

TEST(ctl_user_import_and_export)
{
	struct ctl_rig *r = rig_new();

	EQ_INT(import(r, "users",
		   "a@example.test:{SHA512-CRYPT}" HASH "\n"
		   "b@example.test:" HASH "::::::userdb_quota_rule=*:storage="
		   "1M\n"
		   "c@example.test:!" HASH "\n",
		   ""),
	    EX_OK);
	EQ_STR(plain_err(), "added 3 accounts\n");
	RUN(r, "user export", EX_OK,
	    "address,password_or_hash,quota,state,forward,delegates\n"
	    "a@example.test," HASH ",0,active,,\n"
	    "b@example.test," HASH ",1048576,active,,\n"
	    "c@example.test," HASH ",0,locked,,\n",
	    "");
	/* what is exported can be imported */
	rig_file("again.csv", rig_out);
	RUN(r, "domain del example.test --with-users --yes -q", EX_OK, "", "");
	RUN(r, "domain add example.test -q", EX_OK, "", "");
	{
		char line[600];

		snprintf(
		    line, sizeof line, "user import %s", rig_path("again.csv"));
		EQ_INT(rig_run(r, line), EX_OK);
	}
	RUN(r, "user export --format json example.test", EX_OK,
	    "{\"address\":\"a@example.test\",\"hash\":\"" HASH
	    "\",\"scram\":null,\"quota\":0,\"state\":\"active\",\"forward\":[],"
	    "\"keep\":false,\"delegates\":[]}\n"
	    "{\"address\":\"b@example.test\",\"hash\":\"" HASH
	    "\",\"scram\":null,\"quota\":1048576,\"state\":\"active\","
	    "\"forward\":[],\"keep\":false,\"delegates\":[]}\n"
	    "{\"address\":\"c@example.test\",\"hash\":\"" HASH
	    "\",\"scram\":null,\"quota\":0,\"state\":\"locked\",\"forward\":[],"
	    "\"keep\":false,\"delegates\":[]}\n",
	    "");
	RUN(r, "user export --format xml", EX_USAGE, "",
	    "restante: --format: \"xml\" is neither csv nor json\n");
	rig_free(&r);
}

TEST(ctl_user_import_forwards)
{
	struct ctl_rig *r = rig_new();

	EQ_INT(import(r, "f.csv",
		   "address,forward,hash,delegates\n"
		   "a@example.test,\"x@remote.test, A@example.test\"," HASH
		   "\nb@example.test,c@example.test," HASH ",@Example.test"
		   "\nc@example.test,c@example.test," HASH
		   ",\"a@example.test, b@example.test\"\n",
		   ""),
	    EX_OK);
	RUN(r, "user export", EX_OK,
	    "address,password_or_hash,quota,state,forward,delegates\n"
	    "a@example.test," HASH
	    ",0,active,\"x@remote.test,a@example.test\",\n"
	    "b@example.test," HASH ",0,active,c@example.test,@example.test\n"
	    "c@example.test," HASH
	    ",0,active,,\"a@example.test,b@example.test\"\n",
	    "");
	EQ_INT(import(r, "f.csv", "d@example.test," HASH ",,,,a@,\n", ""),
	    EX_DATAERR);
	EQ_STR(plain_err(),
	    "restante: f.csv:1: \"a@\" is no list of addresses and domains\n"
	    "restante: nothing was imported\n");
	EQ_INT(import(r, "f.csv", "d@example.test," HASH ",,,nonsense\n", ""),
	    EX_DATAERR);
	EQ_STR(plain_err(),
	    "restante: f.csv:1: \"nonsense\" is no list of addresses\n"
	    "restante: nothing was imported\n");
	rig_free(&r);
}

TEST(ctl_user_import_is_all_or_nothing)
{
	struct ctl_rig *r = rig_new();

	RUN(r, "user add there@example.test -q --hash " HASH, EX_OK, "", "");
	RUN(r, "alias add list@example.test there@example.test -q", EX_OK, "",
	    "");
	EQ_INT(import(r, "users",
		   "good@example.test:" HASH "\n"
		   "bad\n"
		   "x@other.test:" HASH "\n"
		   "good@example.test:" HASH "\n"
		   "there@example.test:" HASH "\n"
		   "list@example.test:" HASH "\n"
		   "bob:" HASH "\n"
		   "a@b@c:" HASH "\n"
		   "y@example.test:secret\n"
		   "z@example.test:{SSHA}abc\n"
		   "e@example.test:\n",
		   ""),
	    EX_DATAERR);
	EQ_STR(plain_err(),
	    "restante: users:2: is not NAME:HASH\n"
	    "restante: users:3: other.test is no domain of this server "
	    "(restante domain add other.test)\n"
	    "restante: users:4: good@example.test is in the file twice\n"
	    "restante: users:5: there@example.test exists already "
	    "(--if-missing skips those)\n"
	    "restante: users:6: list@example.test exists already, as an alias\n"
	    "restante: users:7: \"bob\" has no domain (--format "
	    "passwd:example.org)\n"
	    "restante: users:8: \"a@b@c\" is not an address\n"
	    "restante: users:9: this is no hash of crypt(5): give the "
	    "account a new password, or leave it out\n"
	    "restante: users:10: this is no hash of crypt(5): give the "
	    "account a new password, or leave it out\n"
	    "restante: users:11: there is no password\n"
	    "restante: nothing was imported\n");
	EQ_INT(rig_run(r, "user list --json"), EX_OK);
	OK(strstr(rig_out, "good@") == NULL);
	rig_free(&r);
}

TEST(ctl_user_import_kinds)
{
	struct ctl_rig *r = rig_new();

	EQ_INT(import(r, "s", "bob:" HASH ":1:2:::\ndaemon:*:1::::\n",
		   " --format shadow:example.test"),
	    EX_OK);
	EQ_STR(rig_err, "added 1 account\n");
	EQ_INT(
	    import(r, "u.csv", "eve@example.test,her password\n", ""), EX_OK);
	EQ_INT(
	    import(r, "u.csv", "eve@example.test,other\nnew@example.test,x\n",
		" --if-missing"),
	    EX_OK);
	EQ_STR(rig_err, "added 1 account, others exist already\n");
	EQ_INT(import(r, "u.csv", "n@example.test,\n", ""), EX_DATAERR);
	EQ_INT(import(r, "u", "", " --format ldif"), EX_USAGE);
	EQ_STR(rig_err,
	    "restante: --format: \"ldif\" is not one of passwd, csv, dovecot, "
	    "shadow:DOMAIN\n");
	RUN(r, "user import /nonexistent/x", EX_NOINPUT, "",
	    "restante: /nonexistent/x: No such file or directory\n");
	EQ_INT(rig_run_with(r, "user import -", "std@example.test:" HASH "\n"),
	    EX_OK);
	rig_free(&r);
}

/* More than one batch; and one that fails in the middle. */
TEST(ctl_user_import_many)
{
	struct ctl_rig *r = rig_new();
	struct buf text = BUF_INIT(1 << 20);

	for (int i = 0; i < 250; i++)
		buf_addf(&text, "u%d@example.test:%s\n", i, HASH);
	EQ_INT(import(r, "many", buf_cstr(&text), ""), EX_OK);
	EQ_STR(rig_err, "added 250 accounts\n");
	buf_reset(&text);
	for (int i = 0; i < 30; i++)
		buf_addf(&text, "u%d@example.test\n", i);
	EQ_INT(import(r, "many", buf_cstr(&text), ""), EX_DATAERR);
	OK(strstr(plain_err(), "restante: many: and 10 more like these\n") !=
	    NULL);
	buf_fini(&text);
	rig_free(&r);
}
