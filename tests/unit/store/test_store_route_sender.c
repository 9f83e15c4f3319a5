/* Who may send as an address: delegates. The owners: test_store_route*.c. */
#include "base/num.h"
#include "store/store_route.h"
#include "tests/unit/unit.h"

#include <string.h>

enum { DAMAGED = 9 };

static const struct {
	const char *key;
	uint64_t account;
	const char *targets;
} names[] = {
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
static const struct {
	uint64_t id;
	const char *name, *forward, *delegates;
} accounts[] = {
    {1, "alice@a.test",  "",               "bob@a.test\n"           },
    {2, "bob@a.test",    "alice@a.test\n", "dora@a.test\n"          },
    {3, "carol@b.test",  "",               ""                       },
    {4, "shop@a.test",   "",
     "gone@a.test\nround@a.test\nx@far.example\n"
	"alice@a.test\nteams@a.test\n"                              },
    {5, "open@a.test",   "",               "@a.test\n"              },
    {6, "locked@a.test", "",               "@a.test\nalice@a.test\n"},
    {7, "dora@a.test",   "",               ""                       },
};

static enum err
get_name(struct slice k, struct buf *out)
{
	struct store_name n;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (!slice_eq(k, slice_str(names[i].key)))
			continue;
		n = (struct store_name){
		    names[i].account != 0 ? STORE_MAILBOX : STORE_ALIAS,
		    names[i].account, slice_str(names[i].targets), 0};
		return store_name_encode(&n, out);
	}
	return ERR_NOENT;
}

static enum err
get_account(uint64_t id, struct buf *out)
{
	struct store_account a = {.mailbox = id + 100};

	for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++) {
		if (accounts[i].id != id)
			continue;
		a.name = slice_str(accounts[i].name);
		a.forward = slice_str(accounts[i].forward);
		a.delegates = slice_str(accounts[i].delegates);
		a.state = id == 6 ? STORE_SUSPENDED : STORE_ACTIVE;
		return store_account_encode(&a, out);
	}
	return id == DAMAGED ? ERR_CORRUPT : ERR_NOENT;
}

static enum err
get(void *ctx, enum store_kind kind, struct slice k, struct buf *out)
{
	(void)ctx;
	if (kind == STORE_NAME)
		return get_name(k, out);
	if (kind == STORE_ACCOUNT)
		return get_account(num_get_be64(k.p), out);
	return slice_eq(k, SLICE("a.test")) || slice_eq(k, SLICE("b.test")) ||
		       slice_eq(k, SLICE("c.test"))
		   ? ERR_OK
		   : ERR_NOENT;
}

static const struct store_getter getter = {get, NULL, NULL};

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
