/* domain add, del, list, show. Covers: ctl/ctl_remove.c ctl/ctl_dir.c */
#include "tests/unit/ctl/rig.h"

#include <string.h>
#include <sysexits.h>

TEST(ctl_domain_add_and_list)
{
	struct ctl_rig *r = rig_new();

	RUN(r,
	    "domain add Example.ORG b\xc3\xbc"
	    "cher.example",
	    EX_OK, "", "added example.org\nadded xn--bcher-kva.example\n");
	RUN(r, "domain add example.org", EX_CANTCREAT, "",
	    "restante: example.org exists already\n");
	RUN(r, "domain add example.org --if-missing", EX_OK, "",
	    "example.org exists already\n");
	RUN(r, "domain add example.net --quota 1G -q", EX_OK, "", "");
	EQ_INT(rig_run(r, "domain list"), EX_OK);
	OK(strstr(rig_out,
	       "DOMAIN                 USERS  ALIASES  DEFAULT QUOTA  SINCE\n"
	       "example.net                0        0           1 GB  ") ==
	    rig_out);
	OK(strstr(rig_out, "\nxn--bcher-kva.example      0  ") != NULL);
	rig_free(&r);
}

static const struct {
	const char *line;
	int status;
	const char *err;
} bad[] = {
    {"domain add a..b",                    EX_DATAERR, "restante: \"a..b\" is not a domain\n"},
    {"domain add a@b",                     EX_DATAERR,
     "restante: \"a@b\" is an address, not a domain\n"                                       },
    {"domain add [192.0.2.1]",             EX_DATAERR,
     "restante: \"[192.0.2.1]\" is not a domain\n"                                           },
    {"domain add ex --quota big",          EX_USAGE,
     "restante: --quota: \"big\" is not a size (for example 500M or 2G; 0: "
	"none)\n"									    },
    {"domain add ex --quota 99999999999T", EX_USAGE,
     "restante: --quota: \"99999999999T\" is too large\n"                                    },
    {"domain del example.org",             EX_NOUSER,
     "restante: example.org is no domain of this server\n"                                   },
    {"domain show example.org",            EX_NOUSER,
     "restante: example.org is no domain of this server (restante domain "
	"add example.org)\n"								 },
};

TEST(ctl_domain_refuses)
{
	struct ctl_rig *r = rig_new();

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		RUN(r, bad[i].line, bad[i].status, "", bad[i].err);
	RUN(r, "domain del example.org --if-exists", EX_OK, "", "");
	/* all or none */
	RUN(r, "domain add example.org a..b", EX_DATAERR, "",
	    "restante: \"a..b\" is not a domain\n");
	RUN(r, "domain add example.org example.test", EX_CANTCREAT, "",
	    "restante: example.test exists already\n");
	RUN(r, "domain del example.test example.org --yes", EX_NOUSER, "",
	    "restante: example.org is no domain of this server\n");
	EQ_INT(rig_run(r, "domain list --json"), EX_OK);
	OK(strstr(rig_out, "{\"domain\":\"example.test\"") == rig_out);
	OK(strstr(rig_out, "example.org") == NULL);
	rig_free(&r);
}

TEST(ctl_domain_too_long)
{
	struct ctl_rig *r = rig_new();
	char line[400] = "domain add ";

	for (int i = 0; i < 130; i++)
		strcat(line, "a.");
	strcat(line, "b");
	EQ_INT(rig_run(r, line), EX_DATAERR);
	OK(strstr(rig_err, "too long for a domain") != NULL);
	rig_free(&r);
}

TEST(ctl_domain_del_with_users)
{
	struct ctl_rig *r = rig_new();

	EQ_INT(rig_run_with(
		   r, "user add a@example.test --password-stdin", "secret\n"),
	    EX_OK);
	RUN(r, "alias add x@example.test a@example.test -q", EX_OK, "", "");
	RUN(r, "domain del example.test", EX_CANTCREAT, "",
	    "restante: example.test has 1 user and 1 alias; remove them first, "
	    "or give --with-users\n");
	RUN(r, "domain del example.test --with-users", EX_USAGE, "",
	    "restante: Remove example.test with 1 user, all their mail, and 1 "
	    "alias: needs --yes without a terminal\n");
	RUN(r, "domain list --json", EX_OK,
	    "{\"domain\":\"example.test\",\"users\":1,\"aliases\":1,"
	    "\"default_quota\":0,\"created\":\"2026-09-21T14:13:20Z\"}\n",
	    "");
	RUN(r, "domain del example.test --with-users --yes", EX_OK, "",
	    "removed example.test\n");
	RUN(r, "domain list", EX_OK, "", "");
	RUN(r, "user list", EX_OK, "", "");
	RUN(r, "alias list", EX_OK, "", "");
	rig_free(&r);
}

TEST(ctl_domain_show_one)
{
	struct ctl_rig *r = rig_new();

	RUN(r, "domain show example.test", EX_OK,
	    "DOMAIN         example.test\n"
	    "USERS          0\n"
	    "ALIASES        0\n"
	    "DEFAULT QUOTA  0\n"
	    "SINCE          2026-09-21 14:13\n",
	    "");
	rig_free(&r);
}
