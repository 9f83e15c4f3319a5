/* What goes wrong below us, and what that means for a request or for all. */
#include "base/clock.h"
#include "base/log.h"
#include "store/bdb/bdb_priv.h"

#include <errno.h>

enum { TELL_MS = 60 * 1000 };

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

/* One bad sector is met again and again: a line a minute says enough. */
static void
tell(struct store *st, const char *what, int ret)
{
	uint64_t now = clock_mono_ms(), last = atomic_load(&st->told_ms);
	struct log_line l;

	if ((last != 0 && now < last + TELL_MS) ||
	    !atomic_compare_exchange_strong(&st->told_ms, &last, now | 1)) {
		atomic_fetch_add(&st->untold, 1);
		return;
	}
	log_begin(&l, LOG_ERROR, "store_trouble");
	log_cstr(&l, "while", what);
	log_cstr(&l, "error", db_strerror(ret));
	log_u64(&l, "untold", atomic_exchange(&st->untold, 0));
	log_end(&l);
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
	case ENOMEM: /* of the whole process, not of what was asked for */
	case EAGAIN:
	case EBUSY:
	case EINTR:
	case EMFILE:
	case ENFILE:
		tell(st, what, ret);
		return ERR_RETRY;
	case ENOSPC:
	case EDQUOT:
		atomic_store(&st->space.pressed, true);
		return ERR_FULL;
	case DB_RUNRECOVERY:
		bdb_panic(st, what, ret);
		return ERR_RETRY;
	default: /* EIO, DB_PAGE_NOTFOUND and whatever else a disk may do */
		if (bdb_io_failed() != 0) {
			bdb_panic(st, what, bdb_io_failed());
			return ERR_RETRY;
		}
		tell(st, what, ret);
		return BDB_UNREAD;
	}
}

enum err
bdb_err_outside(const struct store_op *op, enum err e)
{
	bool one = op->kind == BDB_OP_READ || op->kind == BDB_OP_QUEUE_READ;

	return e == BDB_LOST || (e == BDB_UNREAD && !one) ? ERR_RETRY : e;
}
