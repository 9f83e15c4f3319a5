#include "../unit.h"
#include "auth/auth_crypt.h"

#include <string.h>

/* All of "hello", made by libxcrypt 4.4.33. */
#define YESCRYPT5                                                              \
	"$y$j9T$QCTgS4oGvILFWRdca46uC/"                                        \
	"$lYVFKyAfEonaboL7bHTxBnlIVxSGHYV2t8KlNj.lBqB"
#define SCRYPT6                                                                \
	"$7$BU..../....zKa6LxwW0E3kOjAid6AQk."                                 \
	"$2sTNX7DmtWNvJMWQdaNArFjq5AnE9laGciRtkJeFVJD"
#define BCRYPT5 "$2b$05$RjumFvC5ispHhRWbvhSujey3LNATg4Gu09Z2.PmV1joDIBr0jzFsW"
#define SHA512                                                                 \
	"$6$5evpRRiXy9uLzI4A$unlCTVmUF8Ju.D6xly7uEiUujTaOSGGrsbiDtiVuYDLLLZ."  \
	"L80t0sXST6m/gHeuuJeUg8vrRHYz2FggdTOFUe/"
#define SHA512_1000                                                            \
	"$6$rounds=1000$mMzU9TS3SNojqKIk$BFcieYYHUCQ0WOcMvbIdQ1S3ob/"          \
	"twbYgz2uTAB5be.rc4q5Ej4FYNb0y3e9hXJfgbLjVUuJyPiRNE8p9n1J6U."
#define SHA256 "$5$yt4Wu8BLmjxwDBZ4$LNBPiBFOLzbBchaWnktr0KHuOZpWOR3Go59AdkqUWW3"
#define MD5 "$1$v1Y.2qkX$I9W1CEfvzz2m9lVBj6n/G."
#define DES "smOteEr786Ptg"

static const struct {
	const char *name, *hash;
} known[] = {
    {"yescrypt",      YESCRYPT5							  },
    {"gost-yescrypt", "$gy$j9T$Kw8eDKtL2Jd7GWTc.B/p01"
		      "$xRxogMJK..TZk5AijpKHUnhfgvJVGYANqurg8Fs3v2."},
    {"scrypt",        SCRYPT6							    },
    {"bcrypt 2b",     BCRYPT5							    },
    {"bcrypt 2a",
     "$2a$05$6T77ZRtjbQlsfL0sOBfK1.dQnAj9kVbhE8fKRm5iGKelsVSFkU8T."                      },
    {"bcrypt 2y",
     "$2y$05$JJNfAH3hcNlcn4QccJoOdOYqSNmtCAa.Q/5kzKYQYmUKfxqgB9cM."                      },
    {"sha512",        SHA512							     },
    {"sha512 rounds", SHA512_1000							},
    {"sha256",        SHA256							     },
    {"sha1",          "$sha1$6$/GMbmCiFd2YH9MQkr2ba$QjDORIW3ncqAoU78g9NCCOzKchee"        },
    {"sunmd5",        "$md5,rounds=94561$aU4RgHGJ$$pS1FNrAY4BuTgJRdeU2Qt."               },
    {"md5",           MD5								},
    {"nt",	    "$3$$066ddfd4ef0e9cd7c256fe77191ef43c"                             },
    {"bsdi",          "_5...yu2yE0qhUqGH1vM"					     },
    {"des",           DES								},
};
enum { NKNOWN = sizeof known / sizeof *known };

TEST(crypt_verifies_every_scheme)
{
	for (unsigned i = 0; i < NKNOWN; i++) {
		struct slice h = slice_str(known[i].hash);

		unit_case(known[i].name);
		EQ_INT(auth_crypt_check(h), ERR_OK);
		EQ_INT(auth_crypt_verify(h, SLICE("hello")), ERR_OK);
		EQ_INT(auth_crypt_verify(h, SLICE("hellp")), ERR_DENIED);
	}
}

TEST(crypt_refuses_what_is_no_hash)
{
	static const char *const bad[] = {"", "*0", "!", "*", "x", "hello",
	    "$6$", "$6$salt", "$6$salt$short", "$y$j9T$salt", "$2b$05$short",
	    "$9$abc$def", "!" SHA512, SHA512 ":", SHA512 "\n", " " DES, DES "x",
	    "$3$066ddfd4ef0e9cd7c256fe77191ef43c", "{CRYPT}" SHA512};
	char long_one[2000];

	memset(long_one, 'a', sizeof long_one);
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		unit_case(bad[i]);
		EQ_INT(auth_crypt_check(slice_str(bad[i])), ERR_SYNTAX);
		EQ_INT(auth_crypt_verify(slice_str(bad[i]), SLICE("hello")),
		    ERR_UNSUPPORTED);
	}
	EQ_INT(
	    auth_crypt_check(slice_of(long_one, sizeof long_one)), ERR_SYNTAX);
}

TEST(crypt_password_limits)
{
	struct buf out = BUF_INIT(AUTH_HASH_MAX);
	char text[AUTH_PASSWORD_MAX + 1];
	struct slice all, too_long;

	memset(text, 'p', sizeof text);
	too_long = slice_of(text, sizeof text);
	all = slice_first(too_long, AUTH_PASSWORD_MAX);
	EQ_INT(auth_crypt_hash("sha512", 1000, SLICE(""), &out), ERR_SYNTAX);
	EQ_INT(
	    auth_crypt_hash("sha512", 1000, SLICE("a\0b"), &out), ERR_SYNTAX);
	EQ_INT(auth_crypt_hash("sha512", 1000, too_long, &out), ERR_TOOBIG);
	EQ_INT(out.len, 0);
	EQ_INT(auth_crypt_hash("sha512", 1000, all, &out), ERR_OK);
	EQ_INT(auth_crypt_verify(buf_slice(&out), all), ERR_OK);
	EQ_INT(auth_crypt_verify(buf_slice(&out), slice_first(all, 510)),
	    ERR_DENIED);
	EQ_INT(auth_crypt_verify(buf_slice(&out), too_long), ERR_DENIED);
	EQ_INT(auth_crypt_verify(buf_slice(&out), SLICE("")), ERR_DENIED);
	EQ_INT(auth_crypt_verify(buf_slice(&out), SLICE("p\0p")), ERR_DENIED);
	buf_wipe(&out);
}

TEST(crypt_makes_what_it_verifies)
{
	static const struct {
		const char *scheme;
		unsigned cost;
		enum err want;
	} cases[] = {
	    {"yescrypt",      1,    ERR_OK         },
	    {"yescrypt",      0,    ERR_OK         },
	    {"gost-yescrypt", 1,    ERR_OK         },
	    {"scrypt",        6,    ERR_OK         },
	    {"bcrypt",        4,    ERR_OK         },
	    {"sha512",        1000, ERR_OK         },
	    {"sha256",        1000, ERR_OK         },
	    {"yescrypt",      99,   ERR_UNSUPPORTED},
	    {"bcrypt",        99,   ERR_UNSUPPORTED},
	    {"md5",           0,    ERR_UNSUPPORTED},
	    {"des",           0,    ERR_UNSUPPORTED},
	    {"",              0,    ERR_UNSUPPORTED},
	};
	struct buf out = BUF_INIT(AUTH_HASH_MAX);

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_case(cases[i].scheme);
		buf_reset(&out);
		EQ_INT(auth_crypt_hash(cases[i].scheme, cases[i].cost,
			   SLICE("s\xc3\xa9same"), &out),
		    cases[i].want);
		if (cases[i].want != ERR_OK)
			continue;
		EQ_INT(auth_crypt_check(buf_slice(&out)), ERR_OK);
		EQ_INT(
		    auth_crypt_verify(buf_slice(&out), SLICE("s\xc3\xa9same")),
		    ERR_OK);
		OK(!auth_crypt_weaker(
		    buf_slice(&out), cases[i].scheme, cases[i].cost));
	}
	buf_wipe(&out);
}

TEST(crypt_salts_differ)
{
	struct buf a = BUF_INIT(AUTH_HASH_MAX), b = BUF_INIT(AUTH_HASH_MAX);

	EQ_INT(auth_crypt_hash("sha512", 1000, SLICE("x"), &a), ERR_OK);
	EQ_INT(auth_crypt_hash("sha512", 1000, SLICE("x"), &b), ERR_OK);
	OK(!slice_eq(buf_slice(&a), buf_slice(&b)));
	buf_wipe(&a);
	buf_wipe(&b);
}

TEST(crypt_weaker)
{
	static const struct {
		const char *name, *hash, *scheme;
		unsigned cost;
		bool want;
	} cases[] = {
	    {"same",			       YESCRYPT5,   "yescrypt",      5,      false},
	    {"same by default",                    YESCRYPT5,   "yescrypt",      0,      false},
	    {"cheaper",			    YESCRYPT5,   "yescrypt",      6,      true },
	    {"dearer",			     YESCRYPT5,   "yescrypt",      2,      false},
	    {"cheapest",
             "$y$j75$QCTgS4oGvILFWRdca46uC/"
		"$lYVFKyAfEonaboL7bHTxBnlIVxSGHYV2t8KlNj.lBqB", "yescrypt",      2,      true },
	    {"other flavour",                      YESCRYPT5,   "gost-yescrypt", 5,      false},
	    {"tuned by hand",
             "$y$jA5x$QCTgS4oGvILFWRdca46uC/"
		"$lYVFKyAfEonaboL7bHTxBnlIVxSGHYV2t8KlNj.lBqB", "yescrypt",      11,     false},
	    {"scrypt same",                        SCRYPT6,     "scrypt",        6,      false},
	    {"scrypt cheaper",                     SCRYPT6,     "scrypt",        7,      true },
	    {"scrypt is not weaker than yescrypt", SCRYPT6,     "yescrypt",      11,
             false									    },
	    {"sha512 to yescrypt",                 SHA512,      "yescrypt",      1,      true },
	    {"sha512 to bcrypt",                   SHA512,      "bcrypt",        4,      true },
	    {"bcrypt to yescrypt",                 BCRYPT5,     "yescrypt",      1,      true },
	    {"never down",                         YESCRYPT5,   "sha512",        999999, false},
	    {"bcrypt dearer",                      BCRYPT5,     "bcrypt",        12,     true },
	    {"bcrypt same",                        BCRYPT5,     "bcrypt",        5,      false},
	    {"sha512 implied rounds",              SHA512,      "sha512",        5000,   false},
	    {"sha512 more rounds",                 SHA512,      "sha512",        5001,   true },
	    {"sha512 named rounds",                SHA512_1000, "sha512",        1000,   false},
	    {"sha512 few rounds",                  SHA512_1000, "sha512",        1001,   true },
	    {"sha256 to sha512",                   SHA256,      "sha512",        1000,   true },
	    {"md5",				MD5,         "sha256",        1000,   true },
	    {"des",				DES,         "sha256",        1000,   true },
	    {"no hash",			    "*0",        "yescrypt",      5,      false},
	    {"no scheme",			  DES,         "rot13",         5,      false},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		unit_case(cases[i].name);
		EQ_INT(auth_crypt_weaker(slice_str(cases[i].hash),
			   cases[i].scheme, cases[i].cost),
		    cases[i].want);
	}
}

TEST(crypt_import_strips_prefixes)
{
	static const struct {
		const char *field;
		enum err want;
		const char *out;
	} cases[] = {
	    {SHA512,                  ERR_OK,          SHA512   },
	    {"{SHA512-CRYPT}" SHA512, ERR_OK,          SHA512   },
	    {"{sha512-crypt}" SHA512, ERR_OK,          SHA512   },
	    {"{CRYPT}" YESCRYPT5,     ERR_OK,          YESCRYPT5},
	    {"{BLF-CRYPT}" BCRYPT5,   ERR_OK,          BCRYPT5  },
	    {"{MD5-CRYPT}" MD5,       ERR_OK,          MD5      },
	    {"{DES-CRYPT}" DES,       ERR_OK,          DES      },
	    {DES,		     ERR_OK,          DES      },
	    {"{PLAIN}secret",         ERR_UNSUPPORTED, ""       },
	    {"{SSHA}YWJj",            ERR_UNSUPPORTED, ""       },
	    {"{CRYPT}{CRYPT}" MD5,    ERR_UNSUPPORTED, ""       },
	    {"{CRYPT}",               ERR_SYNTAX,      ""       },
	    {"",		      ERR_SYNTAX,      ""       },
	    {"!!",		    ERR_SYNTAX,      ""       },
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct slice out = SLICE("");

		unit_case(cases[i].field);
		EQ_INT(auth_crypt_import(slice_str(cases[i].field), &out),
		    cases[i].want);
		EQ_SLICE(out, cases[i].out);
	}
}

TEST(crypt_blind_keeps_the_cost_and_fits_nothing)
{
	struct buf out = BUF_INIT(AUTH_HASH_MAX);

	for (unsigned i = 0; i < NKNOWN; i++) {
		struct slice h = slice_str(known[i].hash);

		unit_case(known[i].name);
		buf_reset(&out);
		EQ_INT(auth_crypt_blind(h, &out), ERR_OK);
		EQ_INT(out.len, h.len);
		EQ_INT(auth_crypt_verify(buf_slice(&out), SLICE("hello")),
		    ERR_DENIED);
	}
	buf_reset(&out);
	EQ_INT(auth_crypt_blind(SLICE("*"), &out), ERR_UNSUPPORTED);
	EQ_INT(out.len, 0);
	buf_wipe(&out);
}
