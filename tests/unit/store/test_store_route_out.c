/* Mail that leads elsewhere: members, forwards, loops, rewritten senders. */
#include "directory.h"
#include "mime/mime_srs.h"
#include "store/store_route.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static const struct directory_name names[] = {
    {"alice@a.test",    1, NULL					 },
    {"bob@a.test",      2, NULL					 },
    {"carol@a.test",    3, NULL					 },
    {"dan@a.test",      4, NULL					 },
    {"eve@a.test",      5, NULL					 },
    {"fred@a.test",     6, NULL					 },
    {"gina@a.test",     7, NULL					 },
    {"list@a.test",     0, "alice@a.test\nx@far.example\n"              },
    {"twice@a.test",    0, "list@a.test\nx@far.example\ny@far.example\n"},
    {"far@b.test",      0, "x@far.example\n"                            },
    {"tofar@a.test",    0, "far@b.test\n"                               },
    {"tobob@a.test",    0, "bob@a.test\n"                               },
    {"@c.test",         0, "z@far.example\n"                            },
    {"srs0=own@a.test", 1, NULL					 },
};
static const struct directory_account accounts[] = {
    {.id = 1,		.name = "alice@a.test"        },
    {					 .id = 2,  .name = "bob@a.test", .forward = "bob@far.example\n"},
    {					 .id = 3,
     .name = "carol@a.test",
     .forward = "c@far.example\nalice@a.test\n",
     .keep = true},
    {										     .id = 4,		.name = "dan@a.test",           .forward = "dan@a.test\nd@far.example\n"},
    {.id = 5,
     .name = "eve@a.test",
     .forward = "e@far.example\n",
     .suspended = true},
    {								     .id = 6,		      .name = "fred@a.test",					      .forward = "gina@a.test\n"},
    {.id = 7,		      .name = "gina@a.test",					      .forward = "fred@a.test\n"},
};
static const uint8_t key[MIME_SRS_KEY] = {1, 2, 3};
enum { DAY = 20000 };

static struct directory dir = DIRECTORY(names, accounts);
static const struct store_getter getter = {directory_get, &dir, NULL};

static struct conf
a_conf(bool srs, const char *domain)
{
	struct conf c;

	memset(&c, 0, sizeof c);
	c.subaddress[0] = '+';
	c.srs.on = srs;
	strncpy(c.srs.domain, domain, sizeof c.srs.domain - 1);
	return c;
}

/* "1 2 x@far.example,via y@far.example!" : accounts, remotes with via; '!' is
 * a loop */
static void
describe(const struct store_dests *d, struct buf *b)
{
	buf_reset(b);
	for (unsigned i = 0; i < d->n; i++)
		buf_addf(b, "%s%u", b->len == 0 ? "" : " ",
		    (unsigned)d->dest[i].account);
	for (unsigned i = 0; i < d->nremotes; i++) {
		const struct store_remote *r = &d->remote[i];

		buf_addf(b, "%s%.*s", b->len == 0 ? "" : " ",
		    SLICE_ARG(mime_addr_slice(&r->addr)));
		if (r->via.len > 0)
			buf_addf(
			    b, ",%.*s", SLICE_ARG(mime_addr_slice(&r->via)));
		if (r->account != 0)
			buf_addf(b, "#%u", (unsigned)r->account);
		buf_add_str(b, r->looped ? "!" : "");
	}
}

static const struct {
	const char *name, *addr;
	bool relay;
	enum err want;
	const char *leads;
} cases[] = {
    {"elsewhere, for anybody",  "X@far.example", false, ERR_DENIED, ""                            },
    {"elsewhere, for ours",     "X@far.example", true,  ERR_OK,     "X@far.example"               },
    {"literal, for ours",       "x@[192.0.2.1]", true,  ERR_OK,     "x@[192.0.2.1]"               },
    {"member elsewhere",        "list@a.test",   false, ERR_OK,
     "1 x@far.example,list@a.test"								},
    {"member named twice",      "twice@a.test",  false, ERR_OK,
     "1 x@far.example,twice@a.test y@far.example,twice@a.test"                                    },
    {"member of a member",      "tofar@a.test",  false, ERR_OK,
     "x@far.example,far@b.test"								   },
    {"catch-all",               "any@c.test",    false, ERR_OK,     "z@far.example,any@c.test"    },
    {"forward",		 "bob@a.test",    false, ERR_OK,     "bob@far.example,bob@a.test#2"},
    {"forward of a subaddress", "bob+x@a.test",  false, ERR_OK,
     "bob@far.example,bob@a.test#2"							       },
    {"forward of a member",     "tobob@a.test",  false, ERR_OK,
     "bob@far.example,bob@a.test#2"							       },
    {"forward with a copy",     "carol@a.test",  false, ERR_OK,
     "3 1 c@far.example,carol@a.test#3"							   },
    {"forward to itself, too",  "dan@a.test",    false, ERR_OK,
     "4 d@far.example,dan@a.test#4"							       },
    {"suspended",               "eve@a.test",    false, ERR_OK,     "5"                           },
    {"round and round",         "fred@a.test",   false, ERR_NOENT,  ""                            },
    {"nobody",		  "nobody@a.test", true,  ERR_NOENT,  ""                            },
};

TEST(remotes)
{
	struct conf c = a_conf(false, "");
	struct store_route_how how = {.relay = false};
	struct store_dests d = STORE_DESTS_INIT;
	struct buf b = BUF_INIT(4096);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unit_case(cases[i].name);
		how.relay = cases[i].relay;
		EQ_INT(store_route(
			   &getter, &c, &how, slice_str(cases[i].addr), &d),
		    cases[i].want);
		describe(&d, &b);
		EQ_STR(buf_cstr(&b), cases[i].leads);
		store_dests_fini(&d);
	}
	buf_fini(&b);
}

static const struct {
	const char *name, *addr, *loops, *leads;
} loops[] = {
    {"none",		  "bob@a.test",   "",                              "bob@far.example,bob@a.test#2" },
    {"others",		"bob@a.test",   "alice@a.test\nx@far.example\n",
     "bob@far.example,bob@a.test#2"									   },
    {"the one that forwards", "bob@a.test",   "alice@a.test\nBOB@a.test\n",
     "bob@far.example,bob@a.test#2!"									  },
    {"the alias above it",    "tobob@a.test", "tobob@a.test\n",
     "bob@far.example,bob@a.test#2"									   },
    {"a copy stays",          "carol@a.test", "carol@a.test\n",
     "3 1 c@far.example,carol@a.test#3!"								      },
    {"one of two ways",       "twice@a.test", "list@a.test\n",
     "1 x@far.example,twice@a.test y@far.example,twice@a.test"                                                },
    {"not ended",             "bob@a.test",   "bob@a.test",                    "bob@far.example,bob@a.test#2!"},
};

TEST(remotes_in_loops)
{
	struct conf c = a_conf(false, "");
	struct store_route_how how = {.relay = false};
	struct store_dests d = STORE_DESTS_INIT;
	struct buf b = BUF_INIT(4096);

	for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++) {
		unit_case(loops[i].name);
		how.loops = slice_str(loops[i].loops);
		EQ_INT(store_route(
			   &getter, &c, &how, slice_str(loops[i].addr), &d),
		    ERR_OK);
		describe(&d, &b);
		EQ_STR(buf_cstr(&b), loops[i].leads);
		store_dests_fini(&d);
	}
	unit_case("a way that is none opens it again");
	how.loops = SLICE("bob@a.test\n");
	how.relay = true;
	EQ_INT(store_route(&getter, &c, &how, SLICE("bob@a.test"), &d), ERR_OK);
	EQ_INT(store_route(&getter, &c, &how, SLICE("bob@far.example"), &d),
	    ERR_OK);
	describe(&d, &b);
	EQ_STR(buf_cstr(&b), "bob@far.example");
	store_dests_fini(&d);
	buf_fini(&b);
}

TEST(remotes_bounded)
{
	struct conf c = a_conf(false, "");
	struct store_route_how how = {.relay = true};
	struct store_dests d = STORE_DESTS_INIT;
	char addr[40];

	EQ_INT(
	    store_route(&getter, &c, &how, SLICE("alice@a.test"), &d), ERR_OK);
	for (unsigned i = 1; i < STORE_DESTS_MAX; i++) {
		snprintf(addr, sizeof addr, "u%u@far.example", i);
		EQ_INT(store_route(&getter, &c, &how, slice_str(addr), &d),
		    ERR_OK);
	}
	EQ_INT(store_route(&getter, &c, &how, slice_str(addr), &d), ERR_OK);
	EQ_INT(store_route(&getter, &c, &how, SLICE("y@far.example"), &d),
	    ERR_LIMIT);
	EQ_INT(
	    store_route(&getter, &c, &how, SLICE("eve@a.test"), &d), ERR_LIMIT);
	EQ_INT(d.n, 1);
	EQ_INT(d.nremotes, STORE_DESTS_MAX - 1);
	store_dests_fini(&d);
}

static const struct {
	const char *name, *from, *addr, *srs_domain;
	bool on, key;
	const char *domain; /* of the sender that is made; NULL: none */
} senders[] = {
    {"foreign",           "s@else.example", "bob@a.test",    "",         true,  true,  "a.test"  },
    {"alias",             "s@else.example", "far@b.test",    "",         true,  true,  "b.test"  },
    {"domain of its own", "s@else.example", "bob@a.test",    "srs.test", true,
     true,									     "srs.test"},
    {"off",	       "s@else.example", "bob@a.test",    "",         false, true,  NULL      },
    {"no key",            "s@else.example", "bob@a.test",    "",         true,  false, NULL      },
    {"null path",         "",               "bob@a.test",    "",         true,  true,  NULL      },
    {"local sender",      "alice@a.test",   "bob@a.test",    "",         true,  true,  NULL      },
    {"not forwarded",     "s@else.example", "x@far.example", "",         true,  true,  NULL      },
    {"does not fit",
     "a234567890123456789012345678901234567890123456789012345678901234@"
	"else.example",		     "bob@a.test",    "",         true,  true,  NULL      },
};

TEST(senders_rewritten)
{
	struct store_dests d = STORE_DESTS_INIT;
	struct mime_addr *s, back;
	struct conf c;

	for (size_t i = 0; i < sizeof senders / sizeof senders[0]; i++) {
		struct store_route_how how = {.relay = true,
		    .from = slice_str(senders[i].from),
		    .srs_key = senders[i].key ? key : NULL,
		    .day = DAY};

		unit_case(senders[i].name);
		c = a_conf(senders[i].on, senders[i].srs_domain);
		EQ_INT(store_route(
			   &getter, &c, &how, slice_str(senders[i].addr), &d),
		    ERR_OK);
		s = &d.remote[0].sender;
		OK((s->len > 0) == (senders[i].domain != NULL));
		if (s->len > 0) {
			EQ_SLICE(mime_addr_domain(s), senders[i].domain);
			EQ_INT(mime_srs_reverse(key, DAY, s, &back), ERR_OK);
			EQ_SLICE(mime_addr_slice(&back), senders[i].from);
		}
		store_dests_fini(&d);
	}
}

/* A rewritten sender of s@else.example at domain, perhaps in capitals. */
static void
make_srs(struct mime_addr *out, const char *domain, bool capitals)
{
	struct mime_addr s;

	EQ_INT(mime_addr_parse(SLICE("s@else.example"), &s), ERR_OK);
	EQ_INT(mime_srs_forward(key, DAY, &s, slice_str(domain), out), ERR_OK);
	for (unsigned i = 0; capitals && i < out->at; i++)
		if (out->text[i] >= 'a' && out->text[i] <= 'z')
			out->text[i] = (char)(out->text[i] - 'a' + 'A');
}

static const struct {
	const char *name, *domain;
	bool capitals, forged, key;
	uint64_t day;
	enum err want;
} backs[] = {
    {"valid",	      "a.test",   false, false, true,  DAY,       ERR_OK    },
    {"in capitals",        "a.test",   true,  false, true,  DAY,       ERR_OK    },
    {"before catch-all",   "c.test",   false, false, true,  DAY,       ERR_OK    },
    {"at srs.domain",      "srs.test", false, false, true,  DAY,       ERR_OK    },
    {"old",		"a.test",   false, false, true,  DAY + 100, ERR_NOENT },
    {"forged",             "a.test",   false, true,  true,  DAY,       ERR_NOENT },
    {"forged, catch-all",  "c.test",   false, true,  true,  DAY,       ERR_NOENT },
    {"forged, srs.domain", "srs.test", false, true,  true,  DAY,       ERR_NOENT },
    {"no key",             "a.test",   false, false, false, DAY,       ERR_NOENT },
    {"not ours",           "far.test", false, false, true,  DAY,       ERR_DENIED},
};

TEST(senders_back)
{
	struct conf c = a_conf(true, "srs.test");
	struct store_dests d = STORE_DESTS_INIT;
	struct mime_addr a;
	struct buf b = BUF_INIT(4096);

	for (size_t i = 0; i < sizeof backs / sizeof backs[0]; i++) {
		struct store_route_how how = {
		    .srs_key = backs[i].key ? key : NULL, .day = backs[i].day};

		unit_case(backs[i].name);
		make_srs(&a, backs[i].domain, backs[i].capitals);
		if (backs[i].forged)
			a.text[a.at - 1] = 'x';
		EQ_INT(store_route(&getter, &c, &how, mime_addr_slice(&a), &d),
		    backs[i].want);
		describe(&d, &b);
		EQ_STR(buf_cstr(&b),
		    backs[i].want == ERR_OK ? "s@else.example" : "");
		store_dests_fini(&d);
	}
	unit_case("a name of its own");
	EQ_INT(store_route(&getter, &c,
		   &(struct store_route_how){.srs_key = key, .day = DAY},
		   SLICE("SRS0=own@a.test"), &d),
	    ERR_OK);
	EQ_INT(d.n, 1);
	store_dests_fini(&d);
	buf_fini(&b);
}

static const struct {
	const char *name, *addr;
	uint64_t account;
	enum err want;
} owners[] = {
    {"who forwards all of it",     "bob@a.test",      2, ERR_OK    },
    {"who forwards and keeps",     "carol@a.test",    3, ERR_OK    },
    {"who gets it by a forward",   "carol@a.test",    1, ERR_DENIED},
    {"an alias of one who does",   "tobob@a.test",    2, ERR_OK    },
    {"where it is forwarded to",   "bob@far.example", 2, ERR_DENIED},
    {"an alias to elsewhere only", "far@b.test",      1, ERR_DENIED},
    {"an alias with a member",     "list@a.test",     1, ERR_OK    },
};

static const struct {
	const char *name, *addr;
	bool report;
	enum err want;
} to_host[] = {
    {"a report",              "root@Host.example",   true,  ERR_NOENT},
    {"other mail",            "root@host.example",   false, ERR_OK   },
    {"a report elsewhere",    "root@x.host.example", true,  ERR_OK   },
    {"a local host",          "alice@a.test",        true,  ERR_OK   },
    {"whom postmaster names", "postmaster",          true,  ERR_OK   },
};

TEST(reports_to_the_host)
{
	struct conf c = a_conf(false, "");
	struct store_dests d = STORE_DESTS_INIT;

	strcpy(c.hostname, "host.example");
	strcpy(c.postmaster, "admin@host.example");
	for (size_t i = 0; i < sizeof to_host / sizeof to_host[0]; i++) {
		struct store_route_how how = {
		    .relay = true, .report = to_host[i].report};

		unit_case(to_host[i].name);
		EQ_INT(store_route(
			   &getter, &c, &how, slice_str(to_host[i].addr), &d),
		    to_host[i].want);
		store_dests_fini(&d);
	}
}

TEST(senders_of_forwards)
{
	struct conf c = a_conf(true, "");

	for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
		unit_case(owners[i].name);
		EQ_INT(store_route_sender(&getter, &c, owners[i].account,
			   slice_str(owners[i].addr)),
		    owners[i].want);
	}
}
