/* RCPT from memory: what is kept, and what makes it void. */
#include "store/bdb/bdb_priv.h"
#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <stdio.h>

static void
keep(struct bdb_routes *r, uint64_t epoch, const char *addr, unsigned n)
{
	struct bdb_found found = {n, 0, false};

	bdb_routes_keep(r, bdb_route_new(epoch, slice_str(addr), &found));
}

/* mailboxes, 0: not known */
static unsigned
find(struct bdb_routes *r, const char *addr)
{
	const struct bdb_found *found = bdb_routes_find(r, slice_str(addr));

	return found == NULL ? 0 : found->mailboxes;
}

TEST(routes_are_kept_until_void)
{
	struct bdb_routes r;

	bdb_routes_init(&r);
	EQ_INT(find(&r, "a@b"), 0);
	keep(&r, bdb_routes_epoch(&r), "a@b", 1);
	keep(&r, bdb_routes_epoch(&r), "c@d", 2);
	EQ_INT(find(&r, "a@b"), 1);
	EQ_INT(find(&r, "c@d"), 2);
	EQ_INT(find(&r, "a@"), 0);
	keep(&r, bdb_routes_epoch(&r), "a@b", 3);
	EQ_INT(find(&r, "a@b"), 3);
	bdb_routes_keep(&r, NULL);
	bdb_routes_void(&r);
	EQ_INT(find(&r, "a@b"), 0);
	/* a search from before the change comes late */
	keep(&r, bdb_routes_epoch(&r) - 1, "a@b", 1);
	EQ_INT(find(&r, "a@b"), 0);
	keep(&r, bdb_routes_epoch(&r), "a@b", 1);
	EQ_INT(find(&r, "a@b"), 1);
	bdb_routes_fini(&r);
}

TEST(routes_are_bounded)
{
	struct bdb_routes r;

	bdb_routes_init(&r);
	for (int i = 0; i < 50000; i++) {
		char addr[16];

		(void)snprintf(addr, sizeof addr, "%d@b", i);
		keep(&r, 0, addr, 1);
		OK(find(&r, addr) == 1);
		OK(r.known.count <= 16384);
	}
	bdb_routes_fini(&r);
}

TEST(routes_follow_the_directory)
{
	unsigned n = 0;
	struct fix f;

	fix_init(&f);
	fix_open(&f);
	fix_domain(&f, "example.test");
	fix_user(&f, 1, "ann@example.test", 0);
	fix_user(&f, 2, "bob@example.test", 1000);
	fix_alias(&f, "all@example.test", "ann@example.test\n");
	for (int i = 0; i < 2; i++) {
		EQ_INT(fix_resolve(&f, 1, "all@example.test", 0, &n), ERR_OK);
		EQ_INT(n, 1);
		EQ_INT(find(&f.st->routes, "all@example.test"), 1);
	}
	fix_alias(
	    &f, "all@example.test", "ann@example.test\nbob@example.test\n");
	/* now with a quota: looked at each time */
	for (int i = 0; i < 2; i++) {
		EQ_INT(fix_resolve(&f, 1, "all@example.test", 0, &n), ERR_OK);
		EQ_INT(n, 2);
		EQ_INT(find(&f.st->routes, "all@example.test"), 0);
	}
	EQ_INT(fix_resolve(&f, 1, "eve@example.test", 0, &n), ERR_NOENT);
	fix_user(&f, 3, "eve@example.test", 0);
	EQ_INT(fix_resolve(&f, 1, "eve@example.test", 0, &n), ERR_OK);
	f.ops->reload(f.st, &f.conf);
	EQ_INT(find(&f.st->routes, "eve@example.test"), 0);
	fix_fini(&f);
}
