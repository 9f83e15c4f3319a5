/* The command line: what it finds, what it refuses, what help says.
 * Covers: ctl/ctl_cmd.c ctl/ctl_help.c ctl/ctl_main.c ctl/ctl_completion.c */
#include "tests/unit/ctl/rig.h"

#include "ctl/ctl_cmd.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *line, *noun, *verb; /* verb: "" none */
	int nargs;
} good[] = {
    {"user list",		      "user",   "list",   0},
    {"u li",			   "user",   "list",   0},
    {"user list example.org",          "user",   "list",   1},
    {"adduser a@b",		    "user",   "add",    1},
    {"addu a@b",		       "user",   "add",    1},
    {"passwd a@b",		     "user",   "passwd", 1},
    {"deluser a@b c@d",                "user",   "del",    2},
    {"stat",			   "status", "",       0},
    {"exp -",			  "export", "",       1},
    {"user --json add --quota 2G a@b", "user",   "add",    1},
    {"user add --quota=2G -- a@b",     "user",   "add",    1},
    {"-c x.conf user show a@b",        "user",   "show",   1},
    {"user set a@b quota=1G",          "user",   "set",    2},
    {"import -",		       "import", "",       1},
};

TEST(ctl_parse_finds_commands)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		char line[200], *argv[20], *p, name[] = "restante";
		struct ctl *c = calloc(1, sizeof *c);
		int argc = 0;

		unit_case(good[i].line);
		strcpy(line, good[i].line);
		argv[argc++] = name;
		for (p = strtok(line, " "); p != NULL; p = strtok(NULL, " "))
			argv[argc++] = p;
		argv[argc] = NULL;
		EQ_INT(ctl_cmd_parse(c, argc, argv), EX_OK);
		if (OK(c->cmd != NULL)) {
			EQ_STR(c->cmd->noun, good[i].noun);
			EQ_STR(c->cmd->verb == NULL ? "" : c->cmd->verb,
			    good[i].verb);
			EQ_INT(c->nargs, good[i].nargs);
		}
		free(c);
	}
}

static const struct {
	const char *line, *err;
} bad[] = {
    {"",			  "restante: what shall I do? \"restante help\" lists the commands; a "
	 "new server begins with \"restante quickstart you@your.domain\"\n"         },
    {"usr list",		  "restante: no command \"usr\"; did you mean \"user\"?\n"  },
    {"user lst",		  "restante: no command \"user lst\"; did you mean \"user "
		 "list\"?\n"						},
    {"frobnicate",
     "restante: no command \"frobnicate\" (try \"restante help\")\n"                        },
    {"user frobnicate",
     "restante: no command \"user frobnicate\" (try \"restante help "
	"user\")\n"									 },
    {"st",			"restante: \"st\" can be: status, stop\n"                 },
    {"user l",		    "restante: \"user l\" can be: list, lock\n"               },
    {"mailbox",		   "restante: mailbox what? One of: list, show, undelete, "
		"purge, import, export\n"                                    },
    {"user add",		  "restante: too few arguments: restante user add ADDRESS\n"},
    {"user add a@b c@d",
     "restante: too many arguments: restante user add ADDRESS\n"                            },
    {"status now",                "restante: too many arguments: restante status\n"         },
    {"user add a@b --hsh x",
     "restante: no option \"--hsh\"; did you mean \"--hash\"?\n"                            },
    {"user add a@b --frobnicate",
     "restante: no option \"--frobnicate\" (try --help)\n"                                  },
    {"user add a@b -x",           "restante: no option \"-x\" (try --help)\n"               },
    {"user add a@b --quota",      "restante: --quota takes a value (SIZE)\n"                },
    {"user list --json=yes",      "restante: --json takes no value\n"                       },
    {"user list --quota 1G",
     "restante: user list takes no --quota (try --help)\n"                                  },
    {"verify --hash x",           "restante: verify takes no --hash (try --help)\n"         },
};

TEST(ctl_parse_says_what_is_wrong)
{
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		unit_case(bad[i].line);
		EQ_INT(rig_main(bad[i].line), EX_USAGE);
		EQ_STR(rig_err, bad[i].err);
		EQ_STR(rig_out, "");
	}
}

TEST(ctl_parse_help)
{
	static const char *const lines[] = {"help user lock",
	    "user lock --help", "user lock x -h", "u loc --help"};

	for (size_t i = 0; i < 4; i++) {
		unit_case(lines[i]);
		EQ_INT(rig_main(lines[i]), EX_OK);
		EQ_STR(rig_err, "");
		EQ_STR(rig_out,
		    "restante user lock ADDRESS...\n"
		    "\n"
		    "  Refuse logins; mail still comes in.\n"
		    "  Sessions that are logged in send nothing any more, "
		    "nothing is forwarded, and\n"
		    "  mail of the account that waits to go out is held when "
		    "its turn comes.\n"
		    "\n"
		    "Options of every command:\n"
		    "  -c FILE              read FILE instead of "
		    "/etc/restante/restante.conf\n"
		    "  --json               print one JSON object a line\n"
		    "  -q                   say nothing but errors and what "
		    "was "
		    "asked for\n"
		    "  -v                   say more\n"
		    "  --yes                do not ask before destroying "
		    "something\n"
		    "  --help               show what this command does and "
		    "takes\n"
		    "  --version            print the version\n");
	}
	EQ_INT(rig_main("help"), EX_OK);
	OK(strstr(rig_out, "  user add ADDRESS ") != NULL);
	EQ_INT(rig_main("--help"), EX_OK);
	OK(strstr(rig_out, "passwd (user passwd)") != NULL);
	EQ_INT(rig_main("sendmail --help"), EX_OK);
	OK(strstr(rig_out, "restante sendmail [OPTION...]") == rig_out);
	EQ_INT(rig_main("mailbox --help"), EX_OK);
	OK(strstr(rig_out, "restante mailbox VERB ...\n") == rig_out);
	OK(strstr(rig_out, "user add") == NULL);
	EQ_INT(rig_main("help usr"), EX_USAGE);
}

TEST(ctl_parse_version)
{
	EQ_INT(rig_main("version"), EX_OK);
	EQ_STR(rig_out, "restante " PACKAGE_VERSION "\n");
	EQ_INT(rig_main("--version"), EX_OK);
	EQ_STR(rig_out, "restante " PACKAGE_VERSION "\n");
	EQ_INT(rig_main("version --json"), EX_OK);
	EQ_STR(rig_out, "{\"version\":\"" PACKAGE_VERSION "\"}\n");
}

TEST(ctl_cmd_table_is_whole)
{
	for (const struct ctl_cmd *d = ctl_cmds; d->noun != NULL; d++) {
		unit_case(d->summary);
		OK(d->run != NULL);
		OK(strlen(d->summary) <= 48);
		OK(d->summary[0] >= 'a' && d->summary[0] <= 'z');
		OK(d->help == NULL || d->help[strlen(d->help) - 1] == '.' ||
		    strstr(d->help, "For example") != NULL);
		/* the words of a noun stand together */
		for (const struct ctl_cmd *e = ctl_cmds; e != d; e++)
			if (strcmp(e->noun, d->noun) == 0)
				OK(strcmp((d - 1)->noun, d->noun) == 0);
	}
}

TEST(ctl_main_without_configuration)
{
	EQ_INT(rig_main("-c /nonexistent/restante.conf user list"), EX_CONFIG);
	EQ_STR(rig_err,
	    "/nonexistent/restante.conf: No such file or directory\n"
	    "restante: there is no configuration yet (restante quickstart "
	    "you@your.domain writes one)\n");
}

TEST(ctl_completion_is_bash)
{
	EQ_INT(rig_main("completion zsh"), EX_USAGE);
	EQ_INT(rig_main("completion bash"), EX_OK);
	OK(strstr(rig_out, "complete -o default -F _restante restante\n") !=
	    NULL);
	OK(strstr(rig_out, "\tuser) words=\"add del list show passwd") != NULL);
	rig_file("completion", rig_out);
	{
		char command[400];

		snprintf(command, sizeof command,
		    "bash -c '. %s; COMP_WORDS=(restante us); COMP_CWORD=1; "
		    "_restante; test \"${COMPREPLY[*]}\" = user && "
		    "COMP_WORDS=(restante user l); COMP_CWORD=2; _restante; "
		    "test \"${COMPREPLY[*]}\" = \"list lock\"'",
		    rig_path("completion"));
		EQ_INT(system(command), 0);
	}
}
