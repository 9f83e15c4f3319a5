/* Who may send as an address: delegates. The owners: test_store_route*.c. */
#include "directory.h"
#include "store/store_route.h"
#include "tests/unit/unit.h"

#include <string.h>

enum { DAMAGED = 9 };

static const struct directory_name names[] = {
    {"alice@a.test",  1,       NULL                           },
    {"bob@a.test",    2,       NULL			   },
    {"carol@b.test",  3,       NULL                           },
    {"shop@a.test",   4,       NULL			   },
    {"open@a.test",   5,       NULL			   },
    {"locked@a.test", 6,       NULL                           },
    {"dora@a.test",   7,       NULL			   },
    {"hurt@a.test",   DAMAGED, NULL                           },
    {"sales@a.test",  0,       "shop@a.test\n"                },
    {"team@a.test",   0,       "carol@b.test\nx@far.example\n"},
    {"teams@a.test",  0,       "team@a.test\n"                },
    {"round@a.test",  0,       "round@a.test\n"               },
    {"@c.test",       0,       "shop@a.test\n"                },
};
static const struct directory_account accounts[] = {
    {.id = 1,       .name = "alice@a.test", .delegates = "bob@a.test\n"},
    {.id = 2,
     .name = "bob@a.test",
     .forward = "alice@a.test\n",
     .delegates = "dora@a.test\n"},
    {.id = 3,             .name = "carol@b.test"                            },
    {.id = 4,
     .name = "shop@a.test",
     .delegates = "gone@a.test\nround@a.test\nx@far.example\n"
		     "alice@a.test\nteams@a.test\n"                     },
    {.id = 5,       .name = "open@a.test",  .delegates = "@a.test\n"                    },
    {.id = 6,
     .name = "locked@a.test",
     .delegates = "@a.test\nalice@a.test\n",
     .suspended = true},
    {.id = 7,             .name = "dora@a.test"                            },
    {.id = DAMAGED, .name = "hurt@a.test",  .damaged = true                            },
};

static struct directory dir = DIRECTORY(names, accounts);
static const struct store_getter getter = {directory_get, &dir, NULL};

static const struct {
	const char *name, *addr;
	uint64_t account;
	enum err want;
} cases[] = {
    {"named",			 "alice@a.test",   2,       ERR_OK    },
    {"named, a subaddress",           "Alice+x@A.test", 2,       ERR_OK    },
    {"not the other way round",       "dora@a.test",    2,       ERR_DENIED},
    {"not as delegate of a delegate", "alice@a.test",   7,       ERR_DENIED},
    {"one who forwards",              "bob@a.test",     7,       ERR_OK    },
    {"where it is forwarded to",      "bob@a.test",     1,       ERR_DENIED},
    {"among others",                  "shop@a.test",    1,       ERR_OK    },
    {"an alias of the owner",         "sales@a.test",   1,       ERR_OK    },
    {"a catch-all of the owner",      "any@c.test",     1,       ERR_OK    },
    {"by an alias of the delegate",   "shop@a.test",    3,       ERR_OK    },
    {"both by aliases",               "sales@a.test",   3,       ERR_OK    },
    {"neither named nor in an alias", "shop@a.test",    2,       ERR_DENIED},
    {"the whole domain",              "open@a.test",    7,       ERR_OK    },
    {"another domain",                "open@a.test",    3,       ERR_DENIED},
    {"as one who is locked",          "locked@a.test",  1,       ERR_DENIED},
    {"an account that is gone",       "open@a.test",    8,       ERR_DENIED},
    {"damage",			"open@a.test",    DAMAGED, ERR_RETRY },
    {"an address of nobody",          "nobody@a.test",  1,       ERR_DENIED},
    {"an address elsewhere",          "x@far.example",  1,       ERR_DENIED},
};

TEST(route_delegates)
{
	struct conf c;

	memset(&c, 0, sizeof c);
	c.subaddress[0] = '+';
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unit_case(cases[i].name);
		EQ_INT(store_route_sender(&getter, &c, cases[i].account,
			   slice_str(cases[i].addr)),
		    cases[i].want);
	}
}

static enum err trouble;

static enum err
cannot_get(void *ctx, enum store_kind kind, struct slice key, struct buf *out)
{
	(void)ctx;
	(void)kind;
	(void)key;
	(void)out;
	return trouble;
}

/* Not known now is not a no. */
TEST(route_sender_cannot_be_asked)
{
	static const enum err all[] = {
	    ERR_RETRY, ERR_CORRUPT, ERR_IO, ERR_NOMEM, ERR_TIMEOUT};
	const struct store_getter g = {cannot_get, NULL, NULL};
	struct conf c;

	memset(&c, 0, sizeof c);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		unit_case(err_name(all[i]));
		trouble = all[i];
		EQ_INT(store_route_sender(&g, &c, 1, SLICE("alice@a.test")),
		    ERR_RETRY);
	}
}
