/* Maildir folders and Dovecot's list of UIDLs. */
#include "ctl/ctl_maildir.h"

#include "tests/unit/ctl/rig.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name, *line, *base, *uidl;
} lines[] = {
    {"plain",	       "17 :1700000000.M1P2.host", "1700000000.M1P2.host",
     "0000001165500000"									   },
    {"with size and flags", "18 W1234 :a.b,S=5:2,S",    "a.b,S=5",
     "0000001265500000"									   },
    {"kept",		"19 W12 Pold-uidl :x",      "x",                    "old-uidl"        },
    {"kept but not good",   "19 Pa\001b :x",            "x",                    "0000001365500000"},
    {"no number",           "x :y",                     NULL,                   ""                },
    {"no name",             "17 W12",                   NULL,                   ""                },
    {"uid too large",       "4294967296 :y",            NULL,                   ""                },
    {"empty",	       "",			 NULL,                   ""                },
};

TEST(ctl_uidlist_lines)
{
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct slice base;
		char uidl[72];
		bool ok;

		unit_case(lines[i].name);
		ok = ctl_uidlist_line(
		    slice_str(lines[i].line), 0x65500000, &base, uidl);
		EQ_INT(ok, lines[i].base != NULL);
		if (ok) {
			EQ_SLICE(base, lines[i].base);
			EQ_STR(uidl, lines[i].uidl);
		}
	}
}

TEST(ctl_uidlist_head_line)
{
	uint32_t v = 0;

	OK(ctl_uidlist_head(SLICE("3 V1699741696 N20 Gabc"), &v));
	EQ_INT(v, 1699741696);
	OK(!ctl_uidlist_head(SLICE("1 1699741696 20"), &v));
	OK(!ctl_uidlist_head(SLICE("3 N20"), &v));
	OK(!ctl_uidlist_head(SLICE(""), &v));
}

static char seen[1000];

static enum err
note(void *ctx, const struct ctl_maildir_file *f)
{
	size_t n = strlen(seen);

	(void)ctx;
	(void)close(f->fd);
	snprintf(seen + n, sizeof seen - n, "%s %llu %.*s\n",
	    strrchr(f->path, '/') + 1, (unsigned long long)(f->us / 1000000),
	    SLICE_ARG(f->uidl));
	return ERR_OK;
}

TEST(ctl_maildir_walk)
{
	uint64_t skipped = 1;

	EQ_INT(mkdir(rig_path("md"), 0700), 0);
	OK(!ctl_maildir_is(rig_path("md")));
	EQ_INT(mkdir(rig_path("md/cur"), 0700), 0);
	EQ_INT(mkdir(rig_path("md/new"), 0700), 0);
	EQ_INT(mkdir(rig_path("md/tmp"), 0700), 0);
	OK(ctl_maildir_is(rig_path("md")));
	rig_file("md/cur/1700000300.M1.h:2,S", "c\n");
	rig_file("md/cur/1700000100.M1.h:2,", "a\n");
	rig_file("md/new/1700000200.M1.h", "b\n");
	rig_file("md/tmp/1700000000.M1.h", "not this\n");
	rig_file("md/cur/.hidden", "nor this\n");
	rig_file("md/dovecot-uidlist", "3 V1 N4 G0\n1 :1700000100.M1.h\n"
				       "2 Pkeep :1700000300.M1.h:2,S\n");
	seen[0] = '\0';
	EQ_INT(ctl_maildir_each(rig_path("md"), note, NULL, &skipped), ERR_OK);
	EQ_STR(seen, "1700000100.M1.h:2, 1700000100 0000000100000001\n"
		     "1700000200.M1.h 1700000200 \n"
		     "1700000300.M1.h:2,S 1700000300 keep\n");
	EQ_INT(skipped, 0);
	/* another version is no list */
	rig_file("md/dovecot-uidlist", "1 5 6\n1 :1700000100.M1.h\n");
	seen[0] = '\0';
	EQ_INT(ctl_maildir_each(rig_path("md"), note, NULL, &skipped), ERR_OK);
	OK(strncmp(seen, "1700000100.M1.h:2, 1700000100 \n", 31) == 0);
}

/* Whoever owns a Maildir must not get root to read other people's files. */
TEST(ctl_maildir_links)
{
	uint64_t skipped = 0;

	EQ_INT(mkdir(rig_path("evil"), 0700), 0);
	EQ_INT(mkdir(rig_path("evil/cur"), 0700), 0);
	EQ_INT(mkdir(rig_path("other"), 0700), 0);
	EQ_INT(mkdir(rig_path("evil/.Sent"), 0700), 0);
	EQ_INT(mkdir(rig_path("evil/.Sent/cur"), 0700), 0);
	EQ_INT(mkdir(rig_path("evil/.empty"), 0700), 0);
	rig_file("secret", "secret\n");
	rig_file("other/1700000000.M1.h", "secret\n");
	rig_file("evil/cur/1700000100.M1.h:2,", "a\n");
	EQ_INT(symlink(rig_path("secret"), rig_path("evil/cur/2.M1.h:2,")), 0);
	EQ_INT(mkfifo(rig_path("evil/cur/3.M1.h:2,"), 0600), 0);
	seen[0] = '\0';
	EQ_INT(
	    ctl_maildir_each(rig_path("evil"), note, NULL, &skipped), ERR_OK);
	EQ_STR(seen, "1700000100.M1.h:2, 1700000100 \n");
	EQ_INT(skipped, 2);
	EQ_INT(ctl_maildir_folders(rig_path("evil")), 1);
	/* nor as a folder */
	EQ_INT(symlink(rig_path("other"), rig_path("evil/new")), 0);
	seen[0] = '\0';
	EQ_INT(
	    ctl_maildir_each(rig_path("evil"), note, NULL, &skipped), ERR_IO);
	EQ_STR(seen, "");
}
