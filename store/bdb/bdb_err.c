/* What goes wrong below us, and what that means for a request or for all. */
#include "base/log.h"
#include "store/bdb/bdb_priv.h"

#include <errno.h>

void
bdb_panic(struct store *st, const char *why, int code)
{
	struct log_line l;

	if (atomic_exchange(&st->dead, true))
		return;
	log_begin(&l, LOG_ERROR, "store_failed");
	log_cstr(&l, "while", why);
	log_cstr(&l, "error", db_strerror(code));
	log_end(&l);
	net_wake_up(st->wake); /* the loop thread ends it: bdb_reap */
}

static enum err
damaged(const char *what, int ret)
{
	struct log_line l;

	log_begin(&l, LOG_ERROR, "damaged");
	log_cstr(&l, "while", what);
	log_cstr(&l, "error", db_strerror(ret));
	log_end(&l);
	return ERR_CORRUPT;
}

enum err
bdb_err(struct store *st, int ret, const char *what)
{
	switch (ret) {
	case 0:
		return ERR_OK;
	case DB_NOTFOUND:
	case DB_KEYEMPTY:
		return ERR_NOENT;
	case DB_KEYEXIST:
		return ERR_EXISTS;
	case DB_LOCK_DEADLOCK:
	case DB_LOCK_NOTGRANTED:
		return BDB_LOST;
	case ENOMEM:
		log_errno(LOG_ERROR, "store", what, ret);
		return ERR_RETRY;
	case ENOSPC:
	case EDQUOT:
		atomic_store(&st->space.pressed, true);
		return ERR_FULL;
	case DB_RUNRECOVERY:
		bdb_panic(st, what, ret);
		return ERR_RETRY;
	default:
		if (bdb_io_failed() == 0)
			return damaged(what, ret);
		bdb_panic(st, what, bdb_io_failed());
		return ERR_RETRY;
	}
}
