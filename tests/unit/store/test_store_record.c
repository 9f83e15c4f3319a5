/* Directory records: there and back, every octet spoiled, keys checked. */
#include "store/store_record.h"

#include "base/num.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

/* as SLICE, for tables */
#define S(literal)                                                             \
	{                                                                      \
		"" literal, sizeof(literal) - 1                                \
	}

#define KEY8 "\0\0\0\0\0\0\0\7"

static const struct store_account an_account = {S("alice@example.test"),
    S("$y$j9T$x"), S("SCRAM-SHA-256$4096:s$k:v"), STORE_SUSPENDED, 9, 1 << 30,
    1000, 2000, S("bob@example.test\nc@x.test\n"), true, S("@x.test\n")};

TEST(domain_there_and_back)
{
	struct store_domain d = {1ull << 40, 500, 77}, got;
	struct buf b = BUF_INIT(4096);

	EQ_INT(store_domain_encode(&d, &b), ERR_OK);
	EQ_INT(store_domain_decode(buf_slice(&b), &got), ERR_OK);
	OK(got.default_quota == d.default_quota);
	EQ_INT(got.max_users, 500);
	EQ_INT(got.created_us, 77);
	buf_reset(&b);
	d = (struct store_domain){0, 0, 0};
	EQ_INT(store_domain_encode(&d, &b), ERR_OK);
	EQ_INT(b.len, 1); /* numbers that are 0 are left out */
	EQ_INT(store_domain_decode(buf_slice(&b), &got), ERR_OK);
	OK(got.default_quota == 0 && got.max_users == 0);
	buf_fini(&b);
}

TEST(name_there_and_back)
{
	struct store_name n = {STORE_MAILBOX, 12, SLICE_NONE, 0}, got;
	struct buf b = BUF_INIT(4096);
	struct slice t;

	EQ_INT(store_name_encode(&n, &b), ERR_OK);
	EQ_INT(store_name_decode(buf_slice(&b), &got), ERR_OK);
	EQ_INT(got.type, STORE_MAILBOX);
	EQ_INT(got.account, 12);
	buf_reset(&b);
	n = (struct store_name){
	    STORE_ALIAS, 0, SLICE("a@x.test\nb@x.test\n"), 0};
	EQ_INT(store_name_encode(&n, &b), ERR_OK);
	EQ_INT(store_name_decode(buf_slice(&b), &got), ERR_OK);
	EQ_INT(got.type, STORE_ALIAS);
	EQ_INT(got.ntargets, 2);
	OK(store_name_next(&got.targets, &t));
	EQ_SLICE(t, "a@x.test");
	OK(store_name_next(&got.targets, &t));
	EQ_SLICE(t, "b@x.test");
	OK(!store_name_next(&got.targets, &t));
	buf_fini(&b);
}

static const struct {
	const char *name;
	struct store_name n;
} bad_names[] = {
    {"mailbox without account", {STORE_MAILBOX, 0, {NULL, 0}, 0}          },
    {"mailbox with targets",    {STORE_MAILBOX, 1, S("a@x.test\n"), 0}    },
    {"alias without targets",   {STORE_ALIAS, 0, {NULL, 0}, 0}            },
    {"alias with account",      {STORE_ALIAS, 1, S("a@x.test\n"), 0}      },
    {"alias not ended",         {STORE_ALIAS, 0, S("a@x.test"), 0}        },
    {"alias with empty target", {STORE_ALIAS, 0, S("a@x.test\n\n"), 0}    },
    {"no type",		 {(enum store_name_type)0, 1, {NULL, 0}, 0}},
};

TEST(name_refused)
{
	struct buf b = BUF_INIT(4096);

	for (size_t i = 0; i < sizeof bad_names / sizeof bad_names[0]; i++) {
		unit_case(bad_names[i].name);
		EQ_INT(store_name_encode(&bad_names[i].n, &b), ERR_TOOBIG);
		EQ_INT(b.len, 0);
	}
	buf_fini(&b);
}

TEST(name_too_many_targets)
{
	struct buf t = BUF_INIT(1 << 20), b = BUF_INIT(1 << 20);
	struct store_name n = {STORE_ALIAS, 0, SLICE_NONE, 0};

	for (unsigned i = 0; i < STORE_TARGETS_MAX; i++)
		buf_addf(&t, "u%u@x.test\n", i);
	n.targets = buf_slice(&t);
	EQ_INT(store_name_encode(&n, &b), ERR_OK);
	buf_add_str(&t, "one-more@x.test\n");
	n.targets = buf_slice(&t);
	EQ_INT(store_name_encode(&n, &b), ERR_TOOBIG);
	buf_fini(&t);
	buf_fini(&b);
}

TEST(account_there_and_back)
{
	struct store_account got;
	struct buf b = BUF_INIT(4096);

	EQ_INT(store_account_encode(&an_account, &b), ERR_OK);
	EQ_INT(store_account_decode(buf_slice(&b), &got), ERR_OK);
	EQ_SLICE(got.name, "alice@example.test");
	EQ_SLICE(got.hash, "$y$j9T$x");
	EQ_SLICE(got.scram, "SCRAM-SHA-256$4096:s$k:v");
	EQ_INT(got.state, STORE_SUSPENDED);
	EQ_INT(got.mailbox, 9);
	EQ_INT(got.quota, 1 << 30);
	EQ_INT(got.created_us, 1000);
	EQ_INT(got.password_us, 2000);
	EQ_SLICE(got.forward, "bob@example.test\nc@x.test\n");
	OK(got.keep);
	EQ_SLICE(got.delegates, "@x.test\n");
	buf_fini(&b);
}

TEST(account_refused)
{
	struct store_account a;
	char big[STORE_HASH_MAX + 1];
	struct buf b = BUF_INIT(4096);

	memset(big, 'x', sizeof big);
	a = an_account;
	a.hash = slice_of(big, sizeof big);
	EQ_INT(store_account_encode(&a, &b), ERR_TOOBIG);
	a = an_account;
	a.name = SLICE_NONE;
	EQ_INT(store_account_encode(&a, &b), ERR_TOOBIG);
	a = an_account;
	a.mailbox = 0;
	EQ_INT(store_account_encode(&a, &b), ERR_TOOBIG);
	a = an_account;
	a.forward = SLICE("no-end@x.test");
	EQ_INT(store_account_encode(&a, &b), ERR_TOOBIG);
	a.forward = SLICE("a@x.test\n\n");
	EQ_INT(store_account_encode(&a, &b), ERR_TOOBIG);
	a = an_account;
	a.delegates = SLICE("@x.test");
	EQ_INT(store_account_encode(&a, &b), ERR_TOOBIG);
	EQ_INT(b.len, 0);
	buf_fini(&b);
}

/* As they were stored before accounts had delegates, and could forward. */
TEST(account_of_before)
{
	struct store_account a = an_account, got;
	struct buf b = BUF_INIT(4096);

	a.delegates = SLICE_NONE;
	EQ_INT(store_account_encode(&a, &b), ERR_OK);
	EQ_INT(b.p[b.len - 13], 10); /* the last tag is that of keep */
	EQ_INT(store_account_decode(buf_slice(&b), &got), ERR_OK);
	OK(got.keep && got.delegates.len == 0);
	buf_reset(&b);
	a.forward = SLICE_NONE;
	a.keep = false;
	EQ_INT(store_account_encode(&a, &b), ERR_OK);
	EQ_INT(b.p[b.len - 13], 8); /* the last tag is that of password_us */
	EQ_INT(store_account_decode(buf_slice(&b), &got), ERR_OK);
	OK(got.forward.len == 0 && !got.keep);
	buf_fini(&b);
}

TEST(record_cut_short)
{
	struct store_account got;
	struct buf b = BUF_INIT(4096);
	size_t cut;
	char *exact;

	EQ_INT(store_account_encode(&an_account, &b), ERR_OK);
	cut = b.len - 26 - 5 - an_account.forward.len;
	/* up to the mailbox and beyond it a cut between fields is a record;
	 * a cut within a field never is. Exact copies: overreads show. */
	for (size_t n = 0; n < b.len; n++) {
		exact = malloc(n + 1);
		memcpy(exact, b.p, n);
		if (store_account_decode(slice_of(exact, n), &got) == ERR_OK)
			OK(n == b.len - 13 || n == b.len - 26 || n == cut ||
			    n == cut - 13 || n == cut - 26 || n == cut - 39);
		free(exact);
	}
	buf_fini(&b);
}

static const struct {
	const char *name;
	struct slice octets;
} bad_domains[] = {
    {"empty",		S("")							},
    {"newer version",        S("\2")						      },
    {"unknown tag",          S("\1\x9\0\0\0\1x")					  },
    {"tag 0",		S("\1\0\0\0\0\1x")					   },
    {"number of 7 octets",   S("\1\1\0\0\0\7\0\0\0\0\0\0\1")                              },
    {"number 0 written out", S("\1\1\0\0\0\x8\0\0\0\0\0\0\0\0")                           },
    {"users over 32 bits",   S("\1\2\0\0\0\x8\0\0\0\1\0\0\0\0")                           },
    {"twice",		S("\1\1\0\0\0\x8\0\0\0\0\0\0\0\1\1\0\0\0\x8\0\0\0\0\0\0\0\1")},
    {"out of order",
     S("\1\2\0\0\0\x8\0\0\0\0\0\0\0\1\1\0\0\0\x8\0\0\0\0\0\0\0\1")                        },
    {"length past the end",  S("\1\1\0\0\0\x9\0\0\0\0\0\0\0\1")                           },
    {"huge length",          S("\1\1\xff\xff\xff\xff\0\0\0\0\0\0\0\1")                    },
    {"empty field",          S("\1\1\0\0\0\0")					    },
    {"half a head",          S("\1\1\0\0")						},
};

TEST(domain_refused)
{
	struct store_domain d;

	for (size_t i = 0; i < sizeof bad_domains / sizeof bad_domains[0];
	     i++) {
		unit_case(bad_domains[i].name);
		EQ_INT(store_domain_decode(bad_domains[i].octets, &d),
		    ERR_CORRUPT);
	}
}

static const struct {
	const char *name;
	enum store_kind kind;
	struct slice key;
	bool want;
} keys[] = {
    {"domain",              STORE_DOMAIN,   S("example.test"),       true },
    {"domain, capitals",    STORE_DOMAIN,   S("Example.test"),       false},
    {"domain, empty",       STORE_DOMAIN,   S(""),                   false},
    {"domain, space",       STORE_DOMAIN,   S("exa mple.test"),      false},
    {"domain, literal",     STORE_DOMAIN,   S("[127.0.0.1]"),        false},
    {"name",		STORE_NAME,     S("alice@example.test"), true },
    {"name, catch-all",     STORE_NAME,     S("@example.test"),      true },
    {"name, capitals",      STORE_NAME,     S("Alice@example.test"), false},
    {"name, no domain",     STORE_NAME,     S("alice"),              false},
    {"name, bad catch-all", STORE_NAME,     S("@"),                  false},
    {"account",             STORE_ACCOUNT,  S(KEY8),                 true },
    {"account, short key",  STORE_ACCOUNT,  S("\0\0\7"),             false},
    {"account, number 0",   STORE_ACCOUNT,  S("\0\0\0\0\0\0\0\0"),   false},
    {"removing",            STORE_REMOVING, S(KEY8),                 true },
    {"removing, number 0",  STORE_REMOVING, S("\0\0\0\0\0\0\0\0"),   false},
    {"removing, a name",    STORE_REMOVING, S("alice@example.test"), false},
    {"no such kind",        STORE_KINDS,    S("x"),                  false},
};

TEST(record_keys)
{
	struct store_domain d = {0, 0, 1};
	struct store_name n = {STORE_ALIAS, 0, SLICE("bob@example.test\n"), 0};
	struct buf v[STORE_KINDS + 1] = {BUF_INIT(0), BUF_INIT(4096),
	    BUF_INIT(4096), BUF_INIT(4096), BUF_INIT(4096), BUF_INIT(0)};
	struct store_removing r = {SLICE("alice@example.test")};

	store_domain_encode(&d, &v[STORE_DOMAIN]);
	store_name_encode(&n, &v[STORE_NAME]);
	store_account_encode(&an_account, &v[STORE_ACCOUNT]);
	store_removing_encode(&r, &v[STORE_REMOVING]);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		unit_case(keys[i].name);
		EQ_INT(store_record_valid(keys[i].kind, keys[i].key,
			   buf_slice(&v[keys[i].kind])),
		    keys[i].want);
	}
	unit_case("value of another kind");
	OK(!store_record_valid(
	    STORE_ACCOUNT, SLICE(KEY8), buf_slice(&v[STORE_NAME])));
	for (size_t i = 0; i <= STORE_KINDS; i++)
		buf_fini(&v[i]);
}

TEST(record_value_not_canonical)
{
	struct store_account a = an_account;
	struct store_name n = {STORE_ALIAS, 0, SLICE("Bob@example.test\n"), 0};
	struct store_removing r = {SLICE("Bob@example.test")};
	struct buf b = BUF_INIT(4096);

	store_name_encode(&n, &b);
	OK(!store_record_valid(
	    STORE_NAME, SLICE("x@example.test"), buf_slice(&b)));
	buf_reset(&b);
	a.hash = SLICE("$y$\n");
	store_account_encode(&a, &b);
	OK(!store_record_valid(STORE_ACCOUNT, SLICE(KEY8), buf_slice(&b)));
	buf_reset(&b);
	a = an_account;
	a.forward = SLICE("bob@example.test\nNot A Key\n");
	store_account_encode(&a, &b);
	OK(!store_record_valid(STORE_ACCOUNT, SLICE(KEY8), buf_slice(&b)));
	buf_reset(&b);
	a = an_account;
	a.delegates = SLICE("bob@x.test\n@X.test\n");
	store_account_encode(&a, &b);
	OK(!store_record_valid(STORE_ACCOUNT, SLICE(KEY8), buf_slice(&b)));
	buf_reset(&b);
	store_removing_encode(&r, &b);
	OK(!store_record_valid(STORE_REMOVING, SLICE(KEY8), buf_slice(&b)));
	buf_fini(&b);
}
