/* Verdicts to outcomes, by the plan of the destination and RFC 3461. */
#include "smtp/relay_fate.h"

#include "queue/queue_plan.h"
#include "store/store_rcpt.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static bool
wants(const struct relay_facts *f, unsigned what, bool by_default)
{
	unsigned notify = f->out->notify;

	return notify == 0 ? by_default : (notify & what) != 0;
}

/* Of a message without a sender the postmaster hears, unless told not to: it
 * is a report itself, as a rule, and nobody else would ever know. */
static bool
tell_failure(const struct relay_facts *f)
{
	if (f->env->from.len == 0 && f->conf->queue.drop_double)
		return false;
	return wants(f, STORE_NOTIFY_FAILURE, true);
}

/* The first octets of s that are whole characters. */
static size_t
fitting(struct slice s, size_t max)
{
	size_t n = s.len < max ? s.len : max;

	if (n == s.len)
		return n;
	while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void
set_text(struct relay_fate *out, struct slice before, struct slice text)
{
	size_t n = fitting(text, sizeof out->text - before.len);

	memcpy(out->text, before.p, before.len);
	memcpy(out->text + before.len, text.p, n);
	out->len = (uint16_t)(before.len + n);
}

static void
add_duration(struct buf *b, uint64_t ms)
{
	static const struct {
		uint64_t ms;
		const char *one, *many;
	} units[] = {
	    {DAY,    "day",    "days"   },
	    {HOUR,   "hour",   "hours"  },
	    {MINUTE, "minute", "minutes"},
	    {1000,   "second", "seconds"},
	};
	size_t i = 0;

	while (i + 1 < sizeof units / sizeof units[0] &&
	       (ms < units[i].ms || ms % units[i].ms != 0))
		i++;
	buf_addf(b, "%llu %s", (unsigned long long)(ms / units[i].ms),
	    ms / units[i].ms == 1 ? units[i].one : units[i].many);
}

static void
give_up(const struct relay_facts *f, struct relay_fate *out)
{
	const struct smtp_verdict *v = f->verdict;
	struct buf before = BUF_INIT(200);

	out->kind = STORE_OUTCOME_FAILED;
	out->tell = tell_failure(f) ? RELAY_TELL_FAILED : RELAY_TELL_NOBODY;
	if (v->err == ERR_UNKNOWN)
		buf_add_str(&before, "it may have been delivered, but this "
				     "could not be confirmed within ");
	else
		buf_add_str(&before, "not delivered within ");
	add_duration(&before, f->route->lifetime_ms);
	buf_add_str(&before, "; last: ");
	set_text(out, buf_slice(&before), slice_of(v->text, v->len));
	buf_fini(&before);
}

static void
try_again(const struct relay_facts *f, struct relay_fate *out)
{
	switch (queue_plan(f->route, f->env, f->out, f->out->attempts + 1,
	    f->now_us, f->random, &out->next_us)) {
	case QUEUE_WAIT:
		break;
	case QUEUE_WAIT_TELL:
		out->tell = RELAY_TELL_DELAYED;
		out->until_us = f->out->since_us + f->route->lifetime_ms * 1000;
		break;
	case QUEUE_GIVE_UP:
		give_up(f, out);
		return;
	}
	out->kind = f->verdict->err == ERR_UNKNOWN ? STORE_OUTCOME_DOUBT
						   : STORE_OUTCOME_DEFERRED;
}

void
relay_fate_of(const struct relay_facts *f, struct relay_fate *out)
{
	const struct smtp_verdict *v = f->verdict;

	memset(out, 0, sizeof *out);
	out->code = v->code;
	memcpy(out->status, v->status, sizeof out->status);
	out->status[sizeof out->status - 1] = '\0';
	set_text(out, SLICE(""), slice_of(v->text, v->len));
	if (v->err == ERR_OK) {
		out->kind = STORE_OUTCOME_DONE;
		if (f->env->from.len > 0 && !f->dsn &&
		    wants(f, STORE_NOTIFY_SUCCESS, false))
			out->tell = RELAY_TELL_RELAYED;
	} else if (v->err == ERR_DENIED || v->err == ERR_UNSUPPORTED) {
		out->kind = STORE_OUTCOME_FAILED;
		if (tell_failure(f))
			out->tell = RELAY_TELL_FAILED;
	} else if (v->err == ERR_UNKNOWN && f->conf->queue.hold_doubt) {
		out->kind = STORE_OUTCOME_HELD;
	} else {
		try_again(f, out);
	}
}

void
relay_verdict(struct smtp_verdict *v, enum err e, const char *status,
    const char *fmt, ...)
{
	va_list ap;
	int n;

	memset(v, 0, sizeof *v);
	v->err = e;
	(void)slice_to_str(slice_str(status), v->status, sizeof v->status);
	va_start(ap, fmt);
	n = vsnprintf(v->text, sizeof v->text, fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof v->text)
		n = (int)fitting(
		    slice_of(v->text, sizeof v->text), sizeof v->text - 1);
	v->len = n < 0 ? 0 : (uint16_t)n;
}
