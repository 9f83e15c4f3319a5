/* export and import of everything. Covers: ctl/ctl_export.c ctl/ctl_import.c
 */
#include "ctl/ctl_dump.h"

#include "tests/unit/ctl/rig.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define HASH                                                                   \
	"$6$rounds=1000$abcdefgh$w6YgKy0DGdPCkmkL61TM4zUjl3qbPOCES/cvQN"       \
	"LI8KJ.jjAw/I6dahm51eg/ozTol2hwZp7jyro00hZYXZHwa0"
#define HEAD "{\"restante_export\":1}\n"

static int
run_path(struct ctl_rig *r, const char *before, const char *name)
{
	char line[600];

	snprintf(line, sizeof line, "%s %s", before, rig_path(name));
	return rig_run(r, line);
}

/* A file without its first line, which says when it was made. */
static char *
rest_of(const char *name)
{
	char *text = rig_read(name), *lf = strchr(text, '\n');

	if (OK(lf != NULL))
		memmove(text, lf + 1, strlen(lf + 1) + 1);
	return text;
}

TEST(ctl_export_and_import)
{
	struct ctl_rig *r = rig_new();
	char *first, *second;

	RUN(r, "user add a@example.test -q --quota 1G --hash " HASH, EX_OK, "",
	    "");
	RUN(r, "user add b@example.test -q --hash " HASH, EX_OK, "", "");
	RUN(r, "user lock b@example.test -q", EX_OK, "", "");
	RUN(r,
	    "user set b@example.test forward=x@y.test keep=on "
	    "delegates=a@example.test,@example.test -q",
	    EX_OK, "", "");
	RUN(r, "alias add @example.test a@example.test b@example.test -q",
	    EX_OK, "", "");
	rig_file("m.mbox", "From x Mon Nov 23 14:21:00 2026\nX-UIDL: u1\n"
			   "Subject: 1\n\none\n\n"
			   "From x Mon Nov 23 14:22:00 2026\n"
			   "Subject: 2\n\ntwo\n");
	EQ_INT(run_path(r, "mailbox import a@example.test", "m.mbox"), EX_OK);
	EQ_INT(run_path(r, "export", "dump1"), EX_OK);
	EQ_STR(rig_err, "exported 1 domain, 2 accounts, 1 alias, 2 messages\n");
	EQ_INT(run_path(r, "export", "dump1"), EX_CANTCREAT);
	/* nothing changes where all is there */
	EQ_INT(run_path(r, "import", "dump1"), EX_OK);
	EQ_STR(rig_err, "imported 0 domains, 0 accounts, 0 aliases, 2 "
			"messages; 4 records were there already\n");
	EQ_INT(rig_run(r, "user list --json"), EX_OK);
	OK(strstr(rig_out, "\"messages\":2,") != NULL);
	rig_free(&r);

	r = rig_new();
	RUN(r, "domain del example.test -q", EX_OK, "", "");
	EQ_INT(run_path(r, "import", "dump1"), EX_OK);
	EQ_STR(rig_err, "imported 1 domain, 2 accounts, 1 alias, 2 messages; 0 "
			"records were there already\n");
	EQ_INT(run_path(r, "export", "dump2"), EX_OK);
	first = rest_of("dump1");
	second = rest_of("dump2");
	EQ_STR(second, first);
	free(first);
	free(second);
	RUN(r, "domain del example.test -q --yes --with-users", EX_OK, "", "");
	EQ_INT(run_path(r, "import --no-mail", "dump1"), EX_OK);
	EQ_STR(rig_err, "imported 1 domain, 2 accounts, 1 alias, 0 messages; 0 "
			"records were there already\n");
	EQ_INT(rig_run(r, "export - --no-mail"), EX_OK);
	OK(strstr(rig_out, "\"message\":") == NULL);
	OK(strstr(rig_out, "{\"end\":true,\"domains\":1,\"accounts\":2,"
			   "\"aliases\":1}\n") != NULL);
	unlink(rig_path("dump1"));
	unlink(rig_path("dump2"));
	rig_free(&r);
}

static const struct {
	const char *name, *text;
	int status;
	const char *err;
} bad[] = {
    {"not ours",              "hello\n",				 EX_DATAERR,
     "restante: -:1: bad syntax; what came before is imported, repeating "
	"the import adds nothing twice\n"                               },
    {"no head",               "{\"domain\":\"a.test\"}\n",               EX_DATAERR,
     "restante: -: this is no export of restante, or of a newer one\n"  },
    {"newer",		 "{\"restante_export\":2}\n",               EX_DATAERR,
     "restante: -: this is no export of restante, or of a newer one\n"  },
    {"empty",		 "",					EX_DATAERR,
     "restante: -: the file ends too early; what was read is imported\n"},
    {"no end",		HEAD "{\"domain\":\"a.test\"}\n",          EX_DATAERR,
     "restante: -: the file ends too early; what was read is imported\n"},
    {"half a line",           HEAD "{\"domain\":\"a.t",                  EX_DATAERR,
     "restante: -:1: bad syntax; what came before is imported, repeating "
	"the import adds nothing twice\n"                               },
    {"unknown record",        HEAD "{\"shoe\":42}\n",                    EX_DATAERR,
     "restante: -:2: bad syntax; what came before is imported, repeating "
	"the import adds nothing twice\n"                               },
    {"bad domain",            HEAD "{\"domain\":\"a b\"}\n",             EX_DATAERR,
     "restante: -:2: bad syntax; what came before is imported, repeating "
	"the import adds nothing twice\n"                               },
    {"bad account",           HEAD "{\"account\":\"a b\"}\n",            EX_DATAERR,
     "restante: -:2: bad syntax; what came before is imported, repeating "
	"the import adds nothing twice\n"                               },
    {"alias without targets", HEAD "{\"alias\":\"x@example.test\"}\n",
     EX_DATAERR,								     "restante: -:2: bad syntax; what came before is imported, repeating "
	"the import adds nothing twice\n"               },
    {"message of nobody",
     HEAD "{\"message\":\"x@example.test\",\"id\":"
	     "\"00000000000000010000000200000003\",\"octets\":2}\nab\n", EX_NOUSER,
     "restante: -:2: does not exist; what came before is imported, "
	"repeating "
	"the import adds nothing twice\n"                               },
    {"message without id",    HEAD "{\"message\":\"a@example.test\"}\n",
     EX_DATAERR,								     "restante: -:2: bad syntax; what came before is imported, repeating "
	"the import adds nothing twice\n"               },
    {"wrong checksum",
     HEAD "{\"message\":\"a@example.test\",\"id\":"
	     "\"00000000000000010000000200000003\",\"octets\":2}\nab\n"
	     "{\"fnv1a64\":\"0000000000000000\"}\n",		     EX_IOERR,
     "restante: -:4: stored data is damaged; what came before is imported, "
	"repeating the import adds nothing twice\n"                     },
    {"octets missing",
     HEAD "{\"message\":\"a@example.test\",\"id\":"
	     "\"00000000000000010000000200000003\",\"octets\":2}\na",    EX_DATAERR,
     "restante: -:2: bad syntax; what came before is imported, repeating "
	"the import adds nothing twice\n"                               },
};

TEST(ctl_import_refuses)
{
	struct ctl_rig *r = rig_new();

	RUN(r, "user add a@example.test -q --hash " HASH, EX_OK, "", "");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		unit_case(bad[i].name);
		EQ_INT(rig_run_with(r, "import -", bad[i].text), bad[i].status);
		EQ_STR(rig_err, bad[i].err);
	}
	/* a message that is not what it should be is not there */
	EQ_INT(rig_run(r, "user list --json"), EX_OK);
	OK(strstr(rig_out, "\"messages\":0,") != NULL);
	RUN(r, "import /nonexistent/x", EX_NOINPUT, "",
	    "restante: /nonexistent/x: No such file or directory\n");
	rig_free(&r);
}

/* Lines and octets across the borders of what is read at a time. */
TEST(ctl_dump_reader_pieces)
{
	enum { N = 700000 };
	struct ctl_dump_reader d;
	struct buf text = BUF_INIT(4 * N);
	char *octets = malloc(N);
	json_t *o;
	size_t got = 0;
	int fd;

	memset(octets, 'x', N);
	buf_add_str(&text, "{\"pad\":\"");
	buf_add(&text, octets, N);
	buf_add_str(&text, "\"}\n");
	buf_add(&text, octets, N);
	buf_add_str(&text, "\n{\"fnv1a64\":\"0\"}\n");
	rig_file("pieces", buf_cstr(&text));
	fd = open(rig_path("pieces"), O_RDONLY);
	ctl_dump_open(&d, fd);
	EQ_INT(ctl_dump_next(&d, &o), ERR_OK);
	EQ_INT(ctl_dump_text(o, "pad").len, N);
	EQ_INT(ctl_dump_text(o, "nothing").len, 0);
	EQ_INT(ctl_dump_u64(o, "pad"), 0);
	OK(!ctl_dump_true(o, "pad"));
	EQ_INT(ctl_dump_time(o, "pad"), 0);
	json_decref(o);
	ctl_dump_octets(&d, N);
	for (struct slice s; (s = ctl_dump_piece(&d)).len > 0; got += s.len)
		OK(memcmp(s.p, octets, s.len) == 0);
	EQ_INT(got, N);
	EQ_INT(ctl_dump_check(&d), ERR_CORRUPT);
	EQ_INT(ctl_dump_next(&d, &o), ERR_NOENT);
	ctl_dump_close(&d);
	close(fd);
	buf_fini(&text);
	free(octets);
}
