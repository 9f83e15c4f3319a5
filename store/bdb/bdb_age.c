/*
 * May what is old be purged? Age is counted by the wall clock, which somebody
 * can set wrong; by the monotonic clock we see it jump. A jump while no process
 * of ours runs cannot be seen.
 */
#include "base/log.h"
#include "store/bdb/bdb_priv.h"

#define HOUR_US ((int64_t)3600 * 1000000)
#define DAY_US (24 * (uint64_t)HOUR_US)

static void
begin_doubt(struct bdb_age *a, int64_t offset_us, uint64_t mono_us)
{
	if (!a->doubts)
		log_textf(LOG_WARN, "clock_jumped",
		    "%lld h ahead; nothing is purged for a day, unless it goes "
		    "back",
		    (long long)((offset_us - a->offset_us) / HOUR_US));
	a->doubts = true;
	a->since_us = mono_us;
	a->doubted_us = offset_us;
}

bool
bdb_age_believe(struct bdb_age *a, uint64_t wall_us, uint64_t mono_us)
{
	int64_t offset_us = (int64_t)(wall_us - mono_us);

	if (!a->begun || offset_us < a->offset_us)
		a->offset_us = offset_us;
	a->begun = true;
	if (offset_us - a->offset_us <= HOUR_US) {
		a->doubts = false;
		return true;
	}
	if (!a->doubts || offset_us - a->doubted_us > HOUR_US)
		begin_doubt(a, offset_us, mono_us);
	if (mono_us - a->since_us < DAY_US)
		return false;
	a->offset_us = offset_us;
	a->doubts = false;
	return true;
}
