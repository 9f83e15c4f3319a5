#include "base/secret.h"

#include "../unit.h"

#include <string.h>

TEST(secret_wipes)
{
	char s[] = "password";

	secret_wipe(s, 4);
	EQ_MEM(s, sizeof s, "\0\0\0\0word", 9);
	secret_wipe(NULL, 0);
}

TEST(secret_compares)
{
	OK(secret_eq("abc", "abc", 3));
	OK(!secret_eq("abc", "abd", 3));
	OK(!secret_eq("abc", "bbc", 3));
	OK(!secret_eq("\x80", "\x00", 1));
	OK(secret_eq("abc", "abd", 2));
	OK(secret_eq("a", "b", 0));
}

TEST(secret_is_random)
{
	unsigned char a[32] = {0}, b[32] = {0}, big[5000] = {0};
	unsigned zeros = 0;

	secret_random(a, sizeof a);
	secret_random(b, sizeof b);
	OK(memcmp(a, b, sizeof a) != 0);
	a[4] = 77;
	secret_random(a, 4);
	EQ_INT(a[4], 77); /* no further than asked */
	secret_random(NULL, 0);
	secret_random(big, sizeof big);
	for (size_t i = 0; i < sizeof big; i++)
		zeros += big[i] == 0;
	OK(zeros < 100); /* about 20 */
}
