#include "auth/auth_blind.h"

#include "../unit.h"
#include "auth/auth_crypt.h"

#define MD5 "$1$v1Y.2qkX$I9W1CEfvzz2m9lVBj6n/G."
#define DES "smOteEr786Ptg"

TEST(blind_begins_with_the_configured_scheme)
{
	struct auth_blind *b = auth_blind_new("sha512", 1000);

	OK(b != NULL);
	OK(slice_starts(auth_blind_for(b, 12345), SLICE("$6$rounds=1000$")));
	EQ_INT(auth_crypt_verify(auth_blind_for(b, 0), SLICE("x")), ERR_DENIED);
	auth_blind_free(&b);
	OK(b == NULL);
	b = auth_blind_new("rot13", 7);
	OK(b != NULL && slice_starts(auth_blind_for(b, 0), SLICE("$y$")));
	auth_blind_free(&b);
}

TEST(blind_follows_the_accounts)
{
	struct auth_blind *b = auth_blind_new("sha512", 1000);
	unsigned md5 = 0;

	auth_blind_saw(b, 1, SLICE(MD5));
	for (uint64_t i = 0; i < 40; i++) /* the made-up one is gone */
		OK(slice_starts(auth_blind_for(b, i), SLICE("$1$")));
	OK(!slice_eq(auth_blind_for(b, 0), SLICE(MD5)));
	auth_blind_saw(b, 1, SLICE(DES));
	OK(slice_starts(auth_blind_for(b, 0), SLICE("sm")));
	auth_blind_saw(b, 2, SLICE("no hash"));
	OK(slice_starts(auth_blind_for(b, 1), SLICE("sm")));
	/* a mixed site: in proportion */
	for (uint64_t i = 10; i < 110; i++)
		auth_blind_saw(b, i, i % 4 == 0 ? SLICE(MD5) : SLICE(DES));
	for (uint64_t i = 0; i < 160; i++)
		md5 += slice_starts(auth_blind_for(b, i), SLICE("$1$"));
	EQ_INT(md5, 40);
	auth_blind_free(&b);
}
