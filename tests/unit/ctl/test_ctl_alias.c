/* alias add, del, list; what may be a target. Covers: ctl/ctl_targets.c */
#include "tests/unit/ctl/rig.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define HASH                                                                   \
	"$6$rounds=1000$abcdefgh$w6YgKy0DGdPCkmkL61TM4zUjl3qbPOCES/cv"         \
	"QNLI8KJ.jjAw/I6dahm51eg/ozTol2hwZp7jyro00hZYXZHwa0"

static struct ctl_rig *
two_users(void)
{
	struct ctl_rig *r = rig_new();

	strcpy(rig_conf(r)->subaddress, "+");
	RUN(r, "user add a@example.test -q --hash " HASH, EX_OK, "", "");
	RUN(r, "user add b@example.test -q --hash " HASH, EX_OK, "", "");
	return r;
}

TEST(ctl_alias_add_del_list)
{
	struct ctl_rig *r = two_users();

	RUN(r, "alias add Info@example.test a@example.test b@EXAMPLE.test",
	    EX_OK, "", "added info@example.test\n");
	RUN(r, "alias add @example.test a@example.test", EX_OK, "",
	    "added @example.test\n");
	RUN(r, "alias list", EX_OK,
	    "ALIAS              LEADS TO\n"
	    "@example.test      a@example.test\n"
	    "info@example.test  a@example.test, b@example.test\n",
	    "");
	RUN(r, "alias list info@example.test --json", EX_OK,
	    "{\"alias\":\"info@example.test\",\"targets\":[\"a@example.test\","
	    "\"b@example.test\"]}\n",
	    "");
	RUN(r, "alias add info@example.test a@example.test", EX_CANTCREAT, "",
	    "restante: info@example.test leads there already\n");
	RUN(r, "alias add info@example.test a@example.test --if-missing", EX_OK,
	    "", "changed info@example.test\n");
	RUN(r, "alias del info@example.test b@example.test", EX_OK, "",
	    "changed info@example.test\n");
	RUN(r, "alias del info@example.test b@example.test", EX_NOUSER, "",
	    "restante: info@example.test does not lead to b@example.test\n");
	RUN(r, "alias del info@example.test", EX_OK, "",
	    "removed info@example.test\n");
	RUN(r, "alias del info@example.test", EX_NOUSER, "",
	    "restante: no alias info@example.test\n");
	RUN(r, "alias del info@example.test --if-exists", EX_OK, "", "");
	RUN(r, "alias list example.test", EX_OK,
	    "ALIAS          LEADS TO\n@example.test  a@example.test\n", "");
	/* the last target takes the alias along */
	RUN(r, "alias del @example.test a@example.test", EX_OK, "",
	    "removed @example.test\n");
	RUN(r, "alias list", EX_OK, "", "");
	rig_free(&r);
}

static const struct {
	const char *line;
	int status;
	const char *err;
} bad[] = {
    {"alias add x@other.test a@example.test",        EX_NOUSER,
     "restante: other.test is no domain of this server (restante domain add "
	"other.test)\n"						  },
    {"alias add x@example.test nobody@example.test", EX_NOUSER,
     "restante: there is no nobody@example.test (restante user add "
	"nobody@example.test)\n"					 },
    {"alias add a@example.test b@example.test",      EX_CANTCREAT,
     "restante: a@example.test is a user; an alias cannot have the same "
	"name\n"							 },
    {"alias del a@example.test",                     EX_CANTCREAT,
     "restante: a@example.test is a user, no alias (restante user del)\n"},
    {"alias add x@example.test x@example.test",      EX_DATAERR,
     "restante: x@example.test leads back to x@example.test\n"           },
    {"alias add x a@example.test",                   EX_DATAERR,
     "restante: \"x\" is not an address: the domain is missing "
	"(x@example.org)\n"					      },
    {"alias add x@example.test a",                   EX_DATAERR,
     "restante: \"a\" is not an address: the domain is missing "
	"(a@example.org)\n"					      },
    {"alias add @ a@example.test",                   EX_DATAERR,
     "restante: \"\" is not a domain\n"                                  },
    {"alias list nobody@example.test",               EX_NOUSER,
     "restante: no alias nobody@example.test\n"                          },
    {"alias list other.test",                        EX_NOUSER,
     "restante: other.test is no domain of this server (restante domain add "
	"other.test)\n"						  },
    {"user add list@example.test --hash " HASH,      EX_CANTCREAT,
     "restante: list@example.test exists already, as an alias (restante "
	"alias del list@example.test)\n"                                 },
    {"user show list@example.test",                  EX_NOUSER,
     "restante: list@example.test is an alias, not a user (restante alias "
	"list list@example.test)\n"				      },
};

TEST(ctl_alias_refuses)
{
	struct ctl_rig *r = two_users();

	RUN(r, "alias add list@example.test a@example.test -q", EX_OK, "", "");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		RUN(r, bad[i].line, bad[i].status, "", bad[i].err);
	rig_free(&r);
}

TEST(ctl_alias_leads_elsewhere)
{
	struct ctl_rig *r = two_users();

	RUN(r, "alias add out@example.test Ann@Remote.Test a@example.test",
	    EX_OK, "", "added out@example.test\n");
	RUN(r, "alias add out@example.test ann@remote.test", EX_CANTCREAT, "",
	    "restante: out@example.test leads there already\n");
	RUN(r, "alias list", EX_OK,
	    "ALIAS             LEADS TO\n"
	    "out@example.test  ann@remote.test, a@example.test\n",
	    "");
	RUN(r, "alias del out@example.test ann@REMOTE.test", EX_OK, "",
	    "changed out@example.test\n");
	RUN(r, "alias list", EX_OK,
	    "ALIAS             LEADS TO\nout@example.test  a@example.test\n",
	    "");
	rig_free(&r);
}

TEST(ctl_alias_loops)
{
	struct ctl_rig *r = two_users();

	RUN(r, "alias add x@example.test a@example.test -q", EX_OK, "", "");
	RUN(r, "alias add y@example.test x@example.test -q", EX_OK, "", "");
	RUN(r, "alias add z@example.test y@example.test -q", EX_OK, "", "");
	RUN(r, "alias add x@example.test z@example.test", EX_DATAERR, "",
	    "restante: z@example.test leads back to x@example.test\n");
	/* a subaddress is the same address */
	RUN(r, "alias add x@example.test z+shop@example.test", EX_DATAERR, "",
	    "restante: z+shop@example.test leads back to x@example.test\n");
	/* what nobody has leads to the catch-all */
	RUN(r, "alias add @example.test nobody@example.test", EX_DATAERR, "",
	    "restante: nobody@example.test leads back to @example.test\n");
	RUN(r, "alias add @example.test z@example.test -q", EX_OK, "", "");
	RUN(r, "alias add x@example.test unknown@example.test", EX_DATAERR, "",
	    "restante: unknown@example.test leads back to x@example.test\n");
	/* twice to the same place is no loop */
	RUN(r, "alias add w@example.test x@example.test z@example.test", EX_OK,
	    "", "added w@example.test\n");
	rig_free(&r);
}

TEST(ctl_alias_with_many_targets)
{
	struct ctl_rig *r = two_users();
	char line[4096];

	for (int i = 0; i < 40; i++) {
		size_t n = (size_t)snprintf(
		    line, sizeof line, "alias add big@example.test -q");

		for (int k = 0; k < 25; k++)
			n += (size_t)snprintf(line + n, sizeof line - n,
			    " a+%d@example.test", i * 25 + k);
		EQ_INT(rig_run(r, line), EX_OK);
	}
	RUN(r, "alias add big@example.test b@example.test", EX_DATAERR, "",
	    "restante: a list has at most 1000 addresses (use one more "
	    "alias)\n");
	rig_free(&r);
}
