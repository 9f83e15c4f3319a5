/* Best first, equals by chance. */
#include "dns/dns_rank.h"

#include <string.h>

void
dns_chance_init(struct dns_chance *c, uint64_t seed)
{
	c->state = seed != 0 ? seed : 1;
}

uint32_t
dns_chance_next(struct dns_chance *c)
{
	uint64_t x = c->state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	c->state = x;
	return (uint32_t)((x * UINT64_C(0x2545F4914F6CDD1D)) >> 32);
}

/* --- hosts ---------------------------------------------------------------- */

void
dns_rank_init(struct dns_rank *r, struct dns_mx_host *host, uint64_t seed)
{
	memset(r, 0, sizeof *r);
	r->host = host;
	dns_chance_init(&r->chance, seed);
}

static void
remove_at(struct dns_rank *r, unsigned i)
{
	r->n--;
	memmove(&r->host[i], &r->host[i + 1], (r->n - i) * sizeof *r->host);
	memmove(&r->key[i], &r->key[i + 1], (r->n - i) * sizeof *r->key);
}

/* Sorted by preference, then by a random number. */
static void
insert(struct dns_rank *r, uint64_t key, uint16_t preference, const char *name)
{
	unsigned i = r->n;
	struct dns_mx_host *h;

	while (i > 0 && r->key[i - 1] > key)
		i--;
	if (r->n == DNS_MX_MAX) {
		if (i == r->n)
			return;
		remove_at(r, r->n - 1);
	}
	memmove(&r->host[i + 1], &r->host[i], (r->n - i) * sizeof *r->host);
	memmove(&r->key[i + 1], &r->key[i], (r->n - i) * sizeof *r->key);
	r->n++;
	h = &r->host[i];
	memset(h, 0, sizeof *h);
	r->key[i] = key;
	h->preference = preference;
	(void)slice_to_str(slice_str(name), h->name, sizeof h->name);
}

void
dns_rank_add(struct dns_rank *r, uint16_t preference, const char *name)
{
	uint64_t key = (uint64_t)preference << 32 | dns_chance_next(&r->chance);

	for (unsigned i = 0; i < r->n; i++)
		if (strcmp(r->host[i].name, name) == 0) {
			if (r->host[i].preference <= preference)
				return;
			remove_at(r, i);
			break;
		}
	insert(r, key, preference, name);
}

/* --- addresses ------------------------------------------------------------ */

static void
shuffle(struct net_addr *a, unsigned n, struct dns_chance *c)
{
	for (unsigned i = n; i > 1; i--) {
		unsigned k = dns_chance_next(c) % i;
		struct net_addr swap = a[k];

		a[k] = a[i - 1];
		a[i - 1] = swap;
	}
}

/* Bring the next address of this family to place i; false: there is none. */
static bool
bring(struct net_addr *a, unsigned n, unsigned i, bool v4)
{
	for (unsigned k = i; k < n; k++)
		if (net_addr_is_v4(&a[k]) == v4) {
			struct net_addr found = a[k];

			memmove(&a[i + 1], &a[i], (k - i) * sizeof *a);
			a[i] = found;
			return true;
		}
	return false;
}

void
dns_rank_addrs(struct net_addr *a, unsigned n, uint64_t seed)
{
	struct dns_chance c;

	dns_chance_init(&c, seed);
	shuffle(a, n, &c);
	for (unsigned i = 0; i < n; i++)
		if (!bring(a, n, i, i % 2 == 1))
			break; /* the rest is of the other family */
}

bool
dns_rank_is_usable(const struct net_addr *a, bool v4)
{
	static const uint8_t none[16] = {0};

	if (net_addr_is_v4(a) != v4)
		return false;
	if (v4) /* 0.0.0.0/8; 224.0.0.0/3: multicast, reserved, broadcast */
		return a->ip[12] != 0 && a->ip[12] < 224;
	/* the first 96 bits hold nothing: unspecified, or old ways to write
	 * IPv4; ::1 is all right */
	if (memcmp(a->ip, none, 12) == 0)
		return memcmp(a->ip, none, 15) == 0 && a->ip[15] == 1;
	return a->ip[0] != 0xff;
}
