#ifndef CTL_CTL_QUEUE_H
#define CTL_CTL_QUEUE_H
/*
 * What waits to go out, one recipient after the other, and which of it an
 * operator means. However much waits, one page of it is in memory.
 */
#include "ctl/ctl_cmd.h"
#include "store/store_queue.h"
#include "store/store_record.h"

#include <stdbool.h>
#include <stdint.h>

enum { CTL_FILTER_IDS = 1000 };

/* What is NULL or 0 says nothing. */
struct ctl_filter {
	const char *from, *to, *domain, *reason;
	uint64_t before_us; /* waits since then, or longer */
	uint64_t until_us;  /* not what has come later */
	enum store_out_state state;
	struct mail_id *ids; /* new; in order */
	unsigned nids;
};
/*
 * By the options of the command, and by ids: the arguments from number `from`
 * on. EX_OK, or EX_USAGE with a message. Always fini.
 */
int ctl_filter_init(struct ctl_filter *f, const struct ctl *c, int from);
void ctl_filter_fini(struct ctl_filter *f);
/* Does it leave anything out? */
bool ctl_filter_given(const struct ctl_filter *f);

/* One recipient that waits. Slices are valid until the function returns. */
struct ctl_queued {
	struct store_out_key key;
	struct store_envelope env;
	struct store_out out;
};
bool ctl_filter_match(const struct ctl_filter *f, const struct ctl_queued *q);

/*
 * Call each for all that match, in order of their ids. ERR_OK from each goes
 * on; anything else ends the walk and is returned. CORRUPT at the end: records
 * that could not be read have been named on standard error.
 */
typedef enum err ctl_queued_fn(void *ctx, const struct ctl_queued *q);
enum err ctl_queue_each(
    struct ctl *c, const struct ctl_filter *f, ctl_queued_fn *each, void *ctx);

/* How much waits; {0} at first */
struct ctl_queue_totals {
	uint64_t messages, recipients, octets, deferred, held, active;
	uint64_t oldest_us;
	struct mail_id last;
};
/* One recipient more; those of a message come behind each other. */
void ctl_queue_count(struct ctl_queue_totals *t, const struct ctl_queued *q);

/*
 * Print how much waits, of the first max recipients: however many there are,
 * no more are looked at, and it says "at least". Ids go by time, so the oldest
 * is among them. Returns an exit status.
 */
int ctl_queue_numbers(struct ctl *c, uint64_t max);

#endif
