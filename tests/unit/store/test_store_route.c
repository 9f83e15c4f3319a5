/* Where addresses lead, over a directory that is a table. */
#include "store/store_route.h"

#include "base/num.h"
#include "tests/unit/unit.h"

#include <string.h>

enum { BROKEN = 99 }; /* account that no record describes */

/* mailbox numbers are account numbers and 100 */
static const struct {
	const char *key;
	uint64_t account;
	const char *targets;
} names[] = {
    {"alice@a.test",     1,      NULL				 },
    {"bob@a.test",       2,      NULL				 },
    {"carol@b.test",     3,      NULL				 },
    {"pm@b.test",        4,      NULL				 },
    {"real+plus@a.test", 2,      NULL				 },
    {"\"o d\"@a.test",   1,      NULL				 },
    {"both@a.test",      0,      "alice@a.test\nbob@a.test\n"         },
    {"nested@a.test",    0,      "both@a.test\ncarol@b.test\n"        },
    {"diamond@a.test",   0,      "both@a.test\nnested@a.test\n"       },
    {"self@a.test",      0,      "self@a.test\n"                      },
    {"loop1@a.test",     0,      "loop2@a.test\n"                     },
    {"loop2@a.test",     0,      "loop1@a.test\nalice@a.test\n"       },
    {"sub@a.test",       0,      "alice+x@a.test\n"                   },
    {"stale@a.test",     0,      "nobody@a.test\nalice@a.test\n"      },
    {"dead@a.test",      0,      "nobody@a.test\n"                    },
    {"remote@a.test",    0,      "alice@a.test\nx@elsewhere.example\n"},
    {"broken@a.test",    BROKEN, NULL                                 },
    {"to-broken@a.test", 0,      "alice@a.test\nbroken@a.test\n"      },
    {"@c.test",          3,      NULL				 },
    {"x@c.test",         2,      NULL				 },
    {"@d.test",          0,      "both@a.test\n"                      },
    {"lost@gone.test",   1,      NULL				 },
};
static const char *domains[] = {"a.test", "b.test", "c.test", "d.test",
    "big.test", "deep.test", "chain.test"};
static enum err fault;

static enum err
get_name(struct slice key, struct buf *out)
{
	struct store_name n;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (!slice_eq(key, slice_str(names[i].key)))
			continue;
		n = (struct store_name){
		    names[i].account != 0 ? STORE_MAILBOX : STORE_ALIAS,
		    names[i].account, slice_str(names[i].targets), 0};
		return store_name_encode(&n, out);
	}
	return ERR_NOENT;
}

/* chain.test: N@ is an alias of N+1@, up to 20@, which is alice;
 * big.test: N@ is an alias of the 600 accounts from N on, from 90000 on of two
 * such; deep.test: N@ is an
 * alias of N+1@, without end */
static enum err
get_made_up(struct slice key, struct buf *out)
{
	struct store_name n = {STORE_ALIAS, 0, SLICE_NONE, 0};
	struct buf t = BUF_INIT(1 << 20);
	uint32_t from = 0;
	struct slice local;
	enum err e;

	if (slice_cut(&key, '@', &local) &&
	    num_u32(local, 0, 1 << 20, &from) != ERR_OK)
		return ERR_NOENT;
	if (slice_eq(key, SLICE("chain.test")) && from >= 20)
		n = (struct store_name){STORE_MAILBOX, 1, SLICE_NONE, 0};
	else if (slice_eq(key, SLICE("chain.test")))
		buf_addf(&t, "%u@chain.test\n", from + 1);
	else if (slice_eq(key, SLICE("deep.test")))
		buf_addf(&t, "%u@deep.test\n", from + 1);
	else if (from >= 100000)
		n = (struct store_name){STORE_MAILBOX, from, SLICE_NONE, 0};
	else if (from >= 90000)
		buf_add_str(&t, "1@big.test\n700@big.test\n");
	else
		for (unsigned i = 0; i < 600; i++)
			buf_addf(&t, "%u@big.test\n", 100000 + from + i);
	n.targets = buf_slice(&t);
	e = store_name_encode(&n, out);
	buf_fini(&t);
	return e;
}

static enum err
get_account(struct slice key, struct buf *out)
{
	uint64_t id = num_get_be64(key.p);
	struct store_account a = {SLICE("who@a.test"), SLICE_NONE, SLICE_NONE,
	    STORE_SUSPENDED, id + 100, 5000, 0, 0, SLICE_NONE, false,
	    SLICE_NONE};

	return id == BROKEN ? ERR_NOENT : store_account_encode(&a, out);
}

static enum err
get(void *ctx, enum store_kind kind, struct slice key, struct buf *out)
{
	OK(ctx == names);
	if (fault != ERR_OK)
		return fault;
	if (kind == STORE_ACCOUNT)
		return get_account(key, out);
	if (kind == STORE_NAME)
		return slice_ends(key, SLICE("@big.test")) ||
			       slice_ends(key, SLICE("@deep.test")) ||
			       slice_ends(key, SLICE("@chain.test"))
			   ? get_made_up(key, out)
			   : get_name(key, out);
	for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++)
		if (slice_eq(key, slice_str(domains[i])))
			return ERR_OK;
	return ERR_NOENT;
}

static enum err
first_domain(void *ctx, struct buf *out)
{
	(void)ctx;
	buf_add_str(out, domains[0]);
	return ERR_OK;
}

static const struct store_getter getter = {
    get, (void *)(uintptr_t)names, first_domain};

static struct conf
a_conf(const char *postmaster, const char *hostname)
{
	struct conf c;

	memset(&c, 0, sizeof c);
	strncpy(c.postmaster, postmaster, sizeof c.postmaster - 1);
	strncpy(c.hostname, hostname, sizeof c.hostname - 1);
	c.subaddress[0] = '+';
	return c;
}

static const struct {
	const char *name, *addr;
	enum err want;
	const char *accounts; /* in order, each a digit */
} cases[] = {
    {"plain",			  "alice@a.test",              ERR_OK,      "1"  },
    {"case ignored",                   "ALICE@A.TEST",              ERR_OK,      "1"  },
    {"quotes not needed",              "\"alice\"@a.test",          ERR_OK,      "1"  },
    {"quotes needed",                  "\"O D\"@a.test",            ERR_OK,      "1"  },
    {"subaddress",		     "alice+shop@a.test",         ERR_OK,      "1"  },
    {"name with separator of its own", "real+plus@a.test",          ERR_OK,      "2"  },
    {"alias",			  "both@a.test",               ERR_OK,      "12" },
    {"alias with subaddress",          "both+x@a.test",             ERR_OK,      "12" },
    {"alias in alias",                 "nested@a.test",             ERR_OK,      "312"},
    {"no duplicates",                  "diamond@a.test",            ERR_OK,      "123"},
    {"only itself",		    "self@a.test",               ERR_NOENT,   ""   },
    {"loop with a way out",            "loop1@a.test",              ERR_OK,      "1"  },
    {"alias of a subaddress",          "sub@a.test",                ERR_OK,      "1"  },
    {"stale member",                   "stale@a.test",              ERR_OK,      "1"  },
    {"stale members only",             "dead@a.test",               ERR_NOENT,   ""   },
    {"remote member",                  "remote@a.test",             ERR_OK,      "1"  },
    {"no such user",                   "nobody@a.test",             ERR_NOENT,   ""   },
    {"no such domain",                 "alice@elsewhere.example",   ERR_DENIED,  ""   },
    {"name of a domain that is gone",  "lost@gone.test",            ERR_DENIED,  ""   },
    {"address literal",                "alice@[127.0.0.1]",         ERR_DENIED,  ""   },
    {"name before catch-all",          "x@c.test",                  ERR_OK,      "2"  },
    {"subaddress before catch-all",    "x+y@c.test",                ERR_OK,      "2"  },
    {"catch-all",		      "whoever@c.test",            ERR_OK,      "3"  },
    {"catch-all alias",                "whoever@d.test",            ERR_OK,      "12" },
    {"catch-all before postmaster",    "postmaster@c.test",         ERR_OK,      "3"  },
    {"postmaster at its domain",       "postmaster@b.test",         ERR_OK,      "4"  },
    {"postmaster, not there",          "PostMaster@a.test",         ERR_OK,      "4"  },
    {"abuse, not there",               "abuse@a.test",              ERR_OK,      "4"  },
    {"abuse, behind the catch-all",    "abuse@c.test",              ERR_OK,      "3"  },
    {"abuse elsewhere",                "abuse@elsewhere.example",   ERR_DENIED,  ""   },
    {"replies to reports",             "MAILER-DAEMON@mail.b.test", ERR_OK,      "4"  },
    {"postmaster of the host",         "postmaster@Mail.b.test",    ERR_OK,      "4"  },
    {"others of the host",             "alice@mail.b.test",         ERR_DENIED,  ""   },
    {"bare postmaster",                "Postmaster",                ERR_OK,      "4"  },
    {"bare other",		     "alice",                     ERR_NOENT,   ""   },
    {"damaged",			"broken@a.test",             ERR_CORRUPT, ""   },
    {"damaged member",                 "to-broken@a.test",          ERR_CORRUPT, "1"  },
    {"600 members",		    "1@big.test",                ERR_OK,      NULL },
    {"too deep",		       "1@deep.test",               ERR_LIMIT,   ""   },
    {"16 deep",			"4@chain.test",              ERR_OK,      "1"  },
    {"17 deep",			"3@chain.test",              ERR_LIMIT,   ""   },
};

TEST(route_cases)
{
	struct conf c = a_conf("pm", "mail.b.test");
	struct store_dests d = STORE_DESTS_INIT;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unit_case(cases[i].name);
		EQ_INT(store_route(
			   &getter, &c, NULL, slice_str(cases[i].addr), &d),
		    cases[i].want);
		if (cases[i].accounts == NULL) {
			EQ_INT(d.n, 600);
		} else if (EQ_INT(d.n, strlen(cases[i].accounts))) {
			for (unsigned k = 0; k < d.n; k++)
				EQ_INT(d.dest[k].account,
				    cases[i].accounts[k] - '0');
		}
		store_dests_fini(&d);
	}
}

TEST(route_fills_in)
{
	struct conf c = a_conf("pm", "mail.b.test");
	struct store_dests d = STORE_DESTS_INIT;

	EQ_INT(
	    store_route(&getter, &c, NULL, SLICE("alice@a.test"), &d), ERR_OK);
	EQ_INT(d.dest[0].mailbox, 101);
	EQ_INT(d.dest[0].quota, 5000);
	EQ_MEM(d.dest[0].name, d.dest[0].name_len, "who@a.test", 10);
	unit_case("again: nothing twice, and still ok");
	EQ_INT(
	    store_route(&getter, &c, NULL, SLICE("alice@a.test"), &d), ERR_OK);
	EQ_INT(
	    store_route(&getter, &c, NULL, SLICE("both@a.test"), &d), ERR_OK);
	EQ_INT(
	    store_route(&getter, &c, NULL, SLICE("both@a.test"), &d), ERR_OK);
	EQ_INT(d.n, 2);
	store_dests_fini(&d);
}

TEST(route_bounded)
{
	struct conf c = a_conf("pm", "mail.b.test");
	struct store_dests d = STORE_DESTS_INIT;

	EQ_INT(store_route(&getter, &c, NULL, SLICE("1@big.test"), &d), ERR_OK);
	EQ_INT(store_route(&getter, &c, NULL, SLICE("2@big.test"), &d), ERR_OK);
	EQ_INT(d.n, 601);
	/* what others have led to before does not count */
	EQ_INT(
	    store_route(&getter, &c, NULL, SLICE("900@big.test"), &d), ERR_OK);
	OK(d.n > STORE_ROUTE_MAX);
	store_dests_fini(&d);
	EQ_INT(store_route(&getter, &c, NULL, SLICE("90000@big.test"), &d),
	    ERR_LIMIT);
	EQ_INT(d.n, STORE_ROUTE_MAX);
	store_dests_fini(&d);
}

static const struct {
	const char *name, *postmaster, *hostname, *addr;
	enum err want;
	uint64_t account;
} postmasters[] = {
    {"address",			 "alice@a.test",        "mx.example",    "postmaster",        ERR_OK,     1},
    {"address, other domain",           "alice@a.test",        "mx.example",    "postmaster@b.test",
     ERR_OK,												     1},
    {"address, remote",                 "x@elsewhere.example", "a.test",        "postmaster",        ERR_OK,
     0													    },
    {"address, remote, other domain",   "x@elsewhere.example", "a.test",
     "postmaster@b.test",									    ERR_OK,     0},
    {"not of a remote domain",          "alice@a.test",        "a.test",
     "postmaster@elsewhere.example",								 ERR_DENIED, 0},
    {"local part at hostname",          "pm",                  "b.test",        "postmaster",        ERR_OK,     4},
    {"local part at parent",            "pm",                  "x.mail.b.test", "postmaster",        ERR_OK,     4},
    {"local part at first domain",      "bob",                 "mx.example",    "postmaster",        ERR_OK,
     2													    },
    {"hostname local but no such user", "bob",                 "b.test",        "postmaster",        ERR_OK,
     2													    },
    {"nowhere",			 "zoe",                 "mx.example",    "postmaster",        ERR_NOENT,  0},
    {"not an address",                  "a b c",               "b.test",        "postmaster",        ERR_NOENT,  0},
};

TEST(route_postmaster)
{
	struct store_dests d = STORE_DESTS_INIT;
	struct conf c;

	for (size_t i = 0; i < sizeof postmasters / sizeof postmasters[0];
	     i++) {
		unit_case(postmasters[i].name);
		c = a_conf(postmasters[i].postmaster, postmasters[i].hostname);
		EQ_INT(store_route(&getter, &c, NULL,
			   slice_str(postmasters[i].addr), &d),
		    postmasters[i].want);
		EQ_INT(d.n + d.nremotes, postmasters[i].want == ERR_OK);
		if (postmasters[i].account == 0)
			EQ_INT(d.n, 0);
		else if (EQ_INT(d.n, 1))
			EQ_INT(d.dest[0].account, postmasters[i].account);
		store_dests_fini(&d);
	}
}

TEST(route_fault_passes)
{
	struct conf c = a_conf("pm", "b.test");
	struct store_dests d = STORE_DESTS_INIT;

	fault = ERR_RETRY;
	EQ_INT(store_route(&getter, &c, NULL, SLICE("alice@a.test"), &d),
	    ERR_RETRY);
	EQ_INT(
	    store_route(&getter, &c, NULL, SLICE("postmaster"), &d), ERR_RETRY);
	EQ_INT(store_route_sender(&getter, &c, 1, SLICE("alice@a.test")),
	    ERR_RETRY);
	fault = ERR_OK;
	store_dests_fini(&d);
}

TEST(route_no_subaddress)
{
	struct conf c = a_conf("pm", "b.test");
	struct store_dests d = STORE_DESTS_INIT;

	c.subaddress[0] = '\0';
	EQ_INT(store_route(&getter, &c, NULL, SLICE("alice+x@a.test"), &d),
	    ERR_NOENT);
	store_dests_fini(&d);
}

static const struct {
	const char *name, *addr;
	uint64_t account;
	enum err want;
} senders[] = {
    {"own name",		   "alice@a.test",            1, ERR_OK    },
    {"own subaddress",             "alice+x@a.test",          1, ERR_OK    },
    {"alias",		      "both@a.test",             2, ERR_OK    },
    {"alias in alias",             "diamond@a.test",          2, ERR_OK    },
    {"alias with a remote member", "remote@a.test",           1, ERR_OK    },
    {"catch-all",		  "anything@c.test",         3, ERR_OK    },
    {"somebody else",              "bob@a.test",              1, ERR_DENIED},
    {"somebody else's catch-all",  "anything@c.test",         1, ERR_DENIED},
    {"nobody",		     "nobody@a.test",           1, ERR_DENIED},
    {"remote",		     "alice@elsewhere.example", 1, ERR_DENIED},
    {"damaged record",             "broken@a.test",           1, ERR_RETRY },
    {"not an address",             "a b c",                   1, ERR_DENIED},
};

TEST(route_sender)
{
	struct conf c = a_conf("pm", "mail.b.test");

	for (size_t i = 0; i < sizeof senders / sizeof senders[0]; i++) {
		unit_case(senders[i].name);
		EQ_INT(store_route_sender(&getter, &c, senders[i].account,
			   slice_str(senders[i].addr)),
		    senders[i].want);
	}
}
