/* What the library's answers mean for a request. */
#include "store/bdb/bdb_priv.h"

#include "tests/unit/store/bdb_fixture.h"
#include "tests/unit/unit.h"

#include <errno.h>

static const struct {
	const char *name;
	int ret;
	enum err want;
	bool dead, pressed;
} cases[] = {
    {"ok",	    0,		ERR_OK,     false, false},
    {"not found",     DB_NOTFOUND,      ERR_NOENT,  false, false},
    {"key exists",    DB_KEYEXIST,      ERR_EXISTS, false, false},
    {"deadlock",      DB_LOCK_DEADLOCK, BDB_LOST,   false, false},
    {"no memory",     ENOMEM,           ERR_RETRY,  false, false},
    {"no space",      ENOSPC,           ERR_FULL,   false, true },
    {"quota of disk", EDQUOT,           ERR_FULL,   false, true },
    {"try again",     EAGAIN,           ERR_RETRY,  false, false},
    {"no descriptor", EMFILE,           ERR_RETRY,  false, false},
    {"unreadable",    EIO,              BDB_UNREAD, false, false},
    {"no such page",  DB_PAGE_NOTFOUND, BDB_UNREAD, false, false},
    {"anything else", EINVAL,           BDB_UNREAD, false, false},
    {"run recovery",  DB_RUNRECOVERY,   ERR_RETRY,  true,  false},
};

static void
nothing(void *ctx)
{
	(void)ctx;
}

TEST(err_of_the_library)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fix f;

		unit_case(cases[i].name);
		fix_init(&f);
		fix_open(&f);
		f.ops->on_broken(f.st, nothing, NULL);
		EQ_INT(bdb_err(f.st, cases[i].ret, "test"), cases[i].want);
		EQ_INT(atomic_load(&f.st->dead), cases[i].dead);
		EQ_INT(atomic_load(&f.st->space.pressed), cases[i].pressed);
		fix_fini(&f);
	}
}
