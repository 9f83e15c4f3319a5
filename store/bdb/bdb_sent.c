/*
 * What an account may send in an hour. Two counts, of this hour of the clock
 * and the one before, make a window that slides: of the one before as much
 * counts as the last sixty minutes have of it.
 */
#include "store/bdb/bdb_out.h"

#include <stdio.h>

#define HOUR_US ((uint64_t)3600 * 1000000)

static enum err
get(struct bdb_work *w, uint64_t account, struct bdb_sent *s)
{
	struct bdb_key k = bdb_key_id(account);
	enum err e;

	buf_reset(&w->value);
	e = bdb_get(w, w->st->db[BDB_SENT], &k, DB_RMW, &w->value);
	if (e == ERR_OK)
		e = bdb_sent_decode(buf_slice(&w->value), s);
	if (e != ERR_NOENT && e != ERR_CORRUPT)
		return e;
	*s = (struct bdb_sent){0}; /* a count that is lost begins anew */
	return ERR_OK;
}

static enum err
put(struct bdb_work *w, uint64_t account, const struct bdb_sent *s)
{
	struct bdb_key k = bdb_key_id(account);
	uint8_t value[BDB_SENT_LEN];

	bdb_sent_encode(s, value);
	return bdb_put(
	    w, w->st->db[BDB_SENT], &k, slice_of(value, sizeof value), 0);
}

/* A clock that was set back finds counts of a later hour: they go on. */
static void
move_on(struct bdb_sent *s, uint64_t hour)
{
	bool next = hour == s->hour + 1;

	if (hour <= s->hour)
		return;
	s->messages[1] = next ? s->messages[0] : 0;
	s->rcpts[1] = next ? s->rcpts[0] : 0;
	s->messages[0] = s->rcpts[0] = 0;
	s->hour = hour;
}

static bool
is_over(const uint32_t count[2], uint64_t now_us, unsigned more, uint32_t limit)
{
	uint64_t left = HOUR_US - now_us % HOUR_US;
	uint64_t before = count[1] * (left / 1000) / (HOUR_US / 1000);

	return limit != 0 && before + count[0] + more > limit;
}

enum err
bdb_sent_add(struct bdb_work *w, uint64_t account, uint64_t now_us,
    unsigned rcpts, struct store_verdict *out)
{
	uint32_t messages_max, rcpts_max;
	struct bdb_sent s;
	bool many;
	enum err e;

	*out = (struct store_verdict){.held = false};
	(void)pthread_rwlock_rdlock(&w->st->conf_lock);
	messages_max = w->st->conf.limits.user_messages_per_hour;
	rcpts_max = w->st->conf.limits.user_recipients_per_hour;
	(void)pthread_rwlock_unlock(&w->st->conf_lock);
	if ((messages_max == 0 && rcpts_max == 0) ||
	    (e = get(w, account, &s)) != ERR_OK)
		return messages_max == 0 && rcpts_max == 0 ? ERR_OK : e;
	move_on(&s, now_us / HOUR_US);
	many = is_over(s.messages, now_us, 1, messages_max);
	out->held = many || is_over(s.rcpts, now_us, rcpts, rcpts_max);
	if (out->held) {
		(void)snprintf(out->why, sizeof out->why,
		    "hourly limit of %u %s", many ? messages_max : rcpts_max,
		    many ? "messages" : "recipients");
		out->tell = s.told_hour != s.hour;
		s.told_hour = s.hour;
	} else {
		s.messages[0]++;
		s.rcpts[0] += rcpts;
	}
	return !out->held || out->tell ? put(w, account, &s) : ERR_OK;
}
