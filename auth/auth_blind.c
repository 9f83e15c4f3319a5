/*
 * The last few different accounts stand for all: on a site that was moved here
 * with SHA-512 hashes an unknown name must not cost what yescrypt costs, and on
 * a mixed site either may.
 */
#include "auth/auth_blind.h"

#include "auth/auth_crypt.h"

#include <stdlib.h>

enum { SEEN = 16 };

struct auth_blind {
	struct {
		uint64_t account; /* 0: the one made at the start */
		struct buf hash;
	} seen[SEEN];
	unsigned count, next;
};

struct auth_blind *
auth_blind_new(const char *scheme, unsigned cost)
{
	struct auth_blind *b = calloc(1, sizeof *b);
	struct buf hash = BUF_INIT(AUTH_HASH_MAX);
	struct slice word = SLICE("x");

	if (b == NULL)
		return NULL;
	for (unsigned i = 0; i < SEEN; i++)
		buf_init(&b->seen[i].hash, AUTH_HASH_MAX);
	if (auth_crypt_hash(scheme, cost, word, &hash) != ERR_OK)
		(void)auth_crypt_hash("yescrypt", 0, word, &hash);
	auth_blind_saw(b, 0, buf_slice(&hash));
	buf_wipe(&hash);
	if (b->count == 0)
		auth_blind_free(&b);
	return b;
}

void
auth_blind_free(struct auth_blind **b)
{
	if (*b == NULL)
		return;
	for (unsigned i = 0; i < SEEN; i++)
		buf_wipe(&(*b)->seen[i].hash);
	free(*b);
	*b = NULL;
}

/* The place of this account, or the one whose turn it is to be replaced. */
static unsigned
place(struct auth_blind *b, uint64_t account)
{
	unsigned i;

	for (i = 0; i < b->count; i++)
		if (b->seen[i].account == account)
			return i;
	/* the made-up one is of no use once an account was seen */
	if (b->count == 1 && b->seen[0].account == 0)
		return 0;
	if (b->count < SEEN)
		return b->count++;
	i = b->next;
	b->next = (b->next + 1) % SEEN;
	return i;
}

void
auth_blind_saw(struct auth_blind *b, uint64_t account, struct slice hash)
{
	struct buf blind = BUF_INIT(AUTH_HASH_MAX);
	unsigned i;

	if (auth_crypt_blind(hash, &blind) != ERR_OK) {
		buf_wipe(&blind);
		return;
	}
	i = b->count == 0 ? b->count++ : place(b, account);
	buf_wipe(&b->seen[i].hash);
	b->seen[i].account = account;
	b->seen[i].hash = blind;
}

struct slice
auth_blind_for(const struct auth_blind *b, uint64_t seed)
{
	return buf_slice(&b->seen[seed % b->count].hash);
}
