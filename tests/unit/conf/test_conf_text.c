#include "conf/conf_text.h"
#include "tests/unit/unit.h"

#include <string.h>

static const struct {
	const char *name, *in, *want;
} clean[] = {
    {"no comment",                "a = 1\n",           "a = 1\n"          },
    {"hash",		      "a = 1 # x\nb\n",    "a = 1    \nb\n"   },
    {"first line",                "# x\nb\n",          "   \nb\n"         },
    {"hash ends a word",          "a = b#c\nd",        "a = b  \nd"       },
    {"hash in double quotes",     "a = \"#\" # x",     "a = \"#\"    "    },
    {"hash in single quotes",     "a = '#' # x",       "a = '#'    "      },
    {"escaped quote",             "a = \"\\\"#\" # x", "a = \"\\\"#\"    "},
    {"backslash in the end",      "a = \"\\",          "a = \"\\"         },
    {"slashes",		   "// x\na = b // y",  "    \na = b     " },
    {"slashes in a path",         "a = /etc//x",       "a = /etc//x"      },
    {"block",		     "a /* \n */ b",      "a    \n    b"     },
    {"block not closed",          "a /* b",            "a     "           },
    {"slash star in a path",      "a = /etc/*.conf",   "a = /etc/*.conf"  },
    {"quote in a comment",        "# don't\na = 'b'",  "       \na = 'b'" },
    {"variable in single quotes", "a = '${b}'",        "a = '${b}'"       },
    {"dollar alone",              "a = $b",            "a = $b"           },
    {"empty",		     "",		  ""                 },
};

TEST(conf_text_blanks_comments)
{
	for (size_t i = 0; i < sizeof clean / sizeof *clean; i++) {
		struct buf b = BUF_INIT(1000);
		const char *why;
		unsigned line;

		unit_case(clean[i].name);
		buf_add_str(&b, clean[i].in);
		OK(conf_text_clean(&b, &line, &why));
		EQ_SLICE(buf_slice(&b), clean[i].want);
		buf_fini(&b);
	}
}

static const struct {
	const char *name, *in;
	size_t len;
	unsigned line;
} dirty[] = {
    {"NUL",			"a\n\0",            3,  2},
    {"escape",		     "a = \033",         5,  1},
    {"control in quotes",          "\n\na = \"\001\"", 9,  3},
    {"control behind a backslash", "a = \"\\\001\"",   8,  1},
    {"control in a comment",       "# \001\n",         4,  1},
    {"DEL",			"\n\177",           2,  2},
    {"variable",		   "a\nb = ${c}",      10, 2},
    {"variable in double quotes",  "b = \"x${c}\"",    11, 1},
};

TEST(conf_text_refuses_controls)
{
	for (size_t i = 0; i < sizeof dirty / sizeof *dirty; i++) {
		struct buf b = BUF_INIT(1000);
		const char *why = NULL;
		unsigned line = 0;

		unit_case(dirty[i].name);
		buf_add(&b, dirty[i].in, dirty[i].len);
		OK(!conf_text_clean(&b, &line, &why));
		EQ_INT(line, dirty[i].line);
		OK(why != NULL);
		buf_fini(&b);
	}
}

TEST(conf_text_reads_files)
{
	struct buf b = BUF_INIT(10);

	EQ_INT(conf_text_read("/nonexistent/file", &b), ERR_IO);
	EQ_INT(conf_text_read("/", &b), ERR_IO);
	EQ_INT(conf_text_read("/dev/null", &b), ERR_OK);
	EQ_INT(b.len, 0);
	EQ_INT(conf_text_read("/proc/self/status", &b), ERR_TOOBIG);
	buf_fini(&b);
}
