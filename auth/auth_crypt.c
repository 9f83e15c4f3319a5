/*
 * Password hashes by libxcrypt. What a hash looks like and what it costs is
 * one table; the rest of the program knows neither.
 */
#include "auth/auth_crypt.h"

#include "base/num.h"
#include "base/secret.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

/* how a scheme writes its cost into the hash */
enum cost { COST_FIXED, COST_YESCRYPT, COST_SCRYPT, COST_BCRYPT, COST_SHA };

static const struct scheme {
	const char *name; /* NULL: verified, but made no more */
	const char *prefix;
	enum cost cost;
	unsigned good; /* cost of new hashes when the operator says 0 */
	unsigned rank; /* a lower one is weaker at any cost */
	size_t digest; /* characters at the end that are not the setting */
	size_t whole;  /* characters of all of it; 0: '$' before the digest */
} schemes[] = {
    {"yescrypt",      "$y$",   COST_YESCRYPT, 5,    5, 43, 0 },
    {"gost-yescrypt", "$gy$",  COST_YESCRYPT, 5,    5, 43, 0 },
    {"scrypt",        "$7$",   COST_SCRYPT,   7,    5, 43, 0 },
    {"bcrypt",        "$2b$",  COST_BCRYPT,   10,   4, 31, 60},
    {NULL,	    "$2y$",  COST_BCRYPT,   10,   4, 31, 60},
    {NULL,	    "$2a$",  COST_BCRYPT,   10,   4, 31, 60},
    {NULL,	    "$2x$",  COST_BCRYPT,   10,   1, 31, 60},
    {"sha512",        "$6$",   COST_SHA,      5000, 3, 86, 0 },
    {"sha256",        "$5$",   COST_SHA,      5000, 2, 43, 0 },
    {NULL,	    "$sha1", COST_FIXED,    0,    1, 28, 0 },
    {NULL,	    "$md5",  COST_FIXED,    0,    1, 22, 0 },
    {NULL,	    "$1$",   COST_FIXED,    0,    1, 22, 0 },
    {NULL,	    "$3$",   COST_FIXED,    0,    1, 32, 36},
    {NULL,	    "_",     COST_FIXED,    0,    1, 11, 20},
};
enum { NSCHEMES = sizeof schemes / sizeof *schemes };

/* Traditional DES: two characters of salt, 11 for each 8 of the password. */
static const struct scheme des = {NULL, "", COST_FIXED, 0, 0, 11, 13};
enum { DES_MAX = 2 + 11 * 16 };

static const char alphabet[] =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Value of a digit of crypt's base 64; 64: none */
static unsigned
digit_value(char c)
{
	const char *hit = c == '\0' ? NULL : strchr(alphabet, c);

	return hit == NULL ? 64 : (unsigned)(hit - alphabet);
}

static bool
all_digits(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (digit_value(s.p[i]) == 64)
			return false;
	return s.len > 0;
}

/* What could stand in a password file: crypt(5) has none of ":;*!\" */
static bool
clean(struct slice hash)
{
	for (size_t i = 0; i < hash.len; i++)
		if (hash.p[i] <= ' ' || hash.p[i] > '~' ||
		    strchr(":;*!\\", hash.p[i]) != NULL)
			return false;
	return hash.len <= AUTH_HASH_MAX;
}

static bool
fits(const struct scheme *s, struct slice hash)
{
	size_t prefix = strlen(s->prefix);

	if (!slice_starts(hash, slice_str(s->prefix)))
		return false;
	if (!all_digits(slice_skip(hash, hash.len - s->digest)))
		return false;
	if (s->whole > 0)
		return hash.len == s->whole;
	return hash.len > prefix + s->digest + 1 &&
	       hash.p[hash.len - s->digest - 1] == '$';
}

/* The scheme of a complete hash; NULL: none. */
static const struct scheme *
scheme_of(struct slice hash)
{
	if (!clean(hash))
		return NULL;
	for (unsigned i = 0; i < NSCHEMES; i++)
		if (hash.len > schemes[i].digest && fits(&schemes[i], hash))
			return &schemes[i];
	if (hash.len >= des.whole && hash.len <= DES_MAX &&
	    (hash.len - 2) % des.digest == 0 && all_digits(hash))
		return &des;
	return NULL;
}

static const struct scheme *
scheme_named(const char *name)
{
	for (unsigned i = 0; i < NSCHEMES; i++)
		if (schemes[i].name != NULL &&
		    strcmp(schemes[i].name, name) == 0)
			return &schemes[i];
	return NULL;
}

/* A password as C string. */
struct phrase {
	char s[AUTH_PASSWORD_MAX + 1];
};

static enum err
phrase_set(struct phrase *p, struct slice password)
{
	if (password.len == 0)
		return ERR_SYNTAX;
	return slice_to_str(password, p->s, sizeof p->s);
}

/* new text, NULL when out of memory or libxcrypt refuses the setting */
static char *
run(const struct phrase *p, const char *setting)
{
	void *data = NULL;
	char *hash, *out = NULL;
	int size = 0;

	hash = crypt_ra(p->s, setting, &data, &size);
	if (hash != NULL && hash[0] != '*')
		out = strdup(hash);
	if (data != NULL && size > 0)
		secret_wipe(data, (size_t)size);
	free(data);
	return out;
}

static void
free_wiped(char *s)
{
	if (s != NULL)
		secret_wipe(s, strlen(s));
	free(s);
}

enum err
auth_crypt_hash(
    const char *scheme, unsigned cost, struct slice password, struct buf *out)
{
	const struct scheme *s = scheme_named(scheme);
	char *setting = NULL, *hash = NULL;
	struct phrase phrase;
	enum err e;

	if (s == NULL)
		return ERR_UNSUPPORTED;
	if ((e = phrase_set(&phrase, password)) != ERR_OK)
		return e;
	if (cost == 0)
		cost = s->good;
	/* NULL: the salt comes from the kernel */
	setting = crypt_gensalt_ra(s->prefix, cost, NULL, 0);
	if (setting == NULL)
		e = ERR_UNSUPPORTED;
	else if ((hash = run(&phrase, setting)) == NULL)
		e = ERR_NOMEM;
	else
		buf_add_str(out, hash);
	secret_wipe(&phrase, sizeof phrase);
	free_wiped(hash);
	free(setting);
	return e != ERR_OK ? e : out->err;
}

enum err
auth_crypt_verify(struct slice hash, struct slice password)
{
	char want[AUTH_HASH_MAX + 1];
	struct phrase phrase;
	char *got;
	bool same;

	if (scheme_of(hash) == NULL ||
	    slice_to_str(hash, want, sizeof want) != ERR_OK)
		return ERR_UNSUPPORTED;
	if (phrase_set(&phrase, password) != ERR_OK)
		return ERR_DENIED;
	got = run(&phrase, want);
	secret_wipe(&phrase, sizeof phrase);
	if (got == NULL)
		return ERR_NOMEM;
	same = strlen(got) == hash.len && secret_eq(got, hash.p, hash.len);
	free_wiped(got);
	secret_wipe(want, sizeof want);
	return same ? ERR_OK : ERR_DENIED;
}

enum err
auth_crypt_check(struct slice hash)
{
	char setting[AUTH_HASH_MAX + 1];
	int verdict;

	if (scheme_of(hash) == NULL ||
	    slice_to_str(hash, setting, sizeof setting) != ERR_OK)
		return ERR_SYNTAX;
	verdict = crypt_checksalt(setting);
	return verdict == CRYPT_SALT_OK || verdict == CRYPT_SALT_METHOD_LEGACY
		   ? ERR_OK
		   : ERR_SYNTAX;
}

/*
 * Work is only compared within one scheme. Of yescrypt and scrypt it is N * r,
 * which is both time and memory; libxcrypt leaves p and t alone.
 */
static uint64_t
work_yescrypt(struct slice hash)
{
	struct slice rest = hash, head;
	unsigned n, r;

	/* "$y$j9T$salt$digest": flags, log2 N - 1, r - 1, a character each */
	(void)slice_cut(&rest, '$', &head);
	(void)slice_cut(&rest, '$', &head);
	(void)slice_cut(&rest, '$', &head);
	if (head.len != 3 || head.p[0] != 'j')
		return UINT64_MAX;
	n = digit_value(head.p[1]) + 1;
	r = digit_value(head.p[2]) + 1;
	return n > 40 || r > 48 ? UINT64_MAX : (UINT64_C(1) << n) * r;
}

static uint64_t
work_scrypt(struct slice hash)
{
	/* "$7$CU..../....salt$digest": log2 N, then r and p of 5 characters */
	unsigned n = hash.len > 3 ? digit_value(hash.p[3]) : 64;

	return n > 40 ? UINT64_MAX : UINT64_C(1) << n;
}

static uint64_t
work_bcrypt(struct slice hash)
{
	uint32_t cost;

	if (num_u32(slice_first(slice_skip(hash, 4), 2), 0, 31, &cost) !=
	    ERR_OK)
		return UINT64_MAX;
	return UINT64_C(1) << cost;
}

static uint64_t
work_sha(struct slice hash)
{
	static const struct slice key = {"rounds=", 7};
	struct slice rest = slice_skip(hash, 3), rounds;
	uint64_t n = 5000; /* what the scheme means without the field */

	if (!slice_starts(rest, key))
		return n;
	rest = slice_skip(rest, key.len);
	if (!slice_cut(&rest, '$', &rounds) ||
	    num_u64(rounds, 0, UINT32_MAX, &n) != ERR_OK)
		return UINT64_MAX;
	return n;
}

/* UINT64_MAX: cannot be told, so never a reason to replace the hash. */
static uint64_t
work_of(const struct scheme *s, struct slice hash)
{
	switch (s->cost) {
	case COST_YESCRYPT:
		return work_yescrypt(hash);
	case COST_SCRYPT:
		return work_scrypt(hash);
	case COST_BCRYPT:
		return work_bcrypt(hash);
	case COST_SHA:
		return work_sha(hash);
	case COST_FIXED:
		break;
	}
	return UINT64_MAX;
}

/* What a hash that libxcrypt makes at this cost would give. */
static uint64_t
work_wanted(const struct scheme *s, unsigned cost)
{
	switch (s->cost) {
	case COST_YESCRYPT: /* 1 and 2: N = 1024, 2048, r = 8; then r = 32 */
		if (cost <= 2)
			return (UINT64_C(512) << cost) * 8;
		return cost > 32 ? 0 : (UINT64_C(128) << cost) * 32;
	case COST_SCRYPT:
		return cost > 32 ? 0 : UINT64_C(128) << cost;
	case COST_BCRYPT:
		return cost > 31 ? 0 : UINT64_C(1) << cost;
	case COST_SHA:
		return cost;
	case COST_FIXED:
		break;
	}
	return 0;
}

bool
auth_crypt_weaker(struct slice hash, const char *scheme, unsigned cost)
{
	const struct scheme *is = scheme_of(hash), *want = scheme_named(scheme);

	if (is == NULL || want == NULL)
		return false;
	if (is->rank != want->rank)
		return is->rank < want->rank;
	if (is->cost != want->cost)
		return false;
	return work_of(is, hash) <
	       work_wanted(want, cost != 0 ? cost : want->good);
}

enum err
auth_crypt_import(struct slice field, struct slice *out)
{
	static const char *const prefixes[] = {"{CRYPT}", "{SHA512-CRYPT}",
	    "{SHA256-CRYPT}", "{BLF-CRYPT}", "{MD5-CRYPT}", "{DES-CRYPT}"};
	struct slice rest = field;
	enum err e;

	for (unsigned i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (slice_starts_nocase(field, slice_str(prefixes[i])))
			rest = slice_skip(field, strlen(prefixes[i]));
	if (rest.len > 0 && rest.p[0] == '{')
		return ERR_UNSUPPORTED;
	if ((e = auth_crypt_check(rest)) == ERR_OK)
		*out = rest;
	return e;
}

/*
 * The digest is not part of the setting, so a digest of all dots costs the
 * same; that some password has it is as likely as guessing one.
 */
enum err
auth_crypt_blind(struct slice hash, struct buf *out)
{
	const struct scheme *s = scheme_of(hash);

	if (s == NULL)
		return ERR_UNSUPPORTED;
	buf_add_slice(out, slice_first(hash, hash.len - s->digest));
	for (size_t i = 0; i < s->digest; i++)
		buf_add_char(out, '.');
	return out->err;
}
