/*
 * One line for each recipient and attempt, with the words that Postfix has used
 * for long, so that what reads its logs reads ours.
 */
#include "smtp/relay_priv.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>

/* The parts of the delay, in seconds: before this attempt; waiting for a
 * connection; making it; sending. */
static void
log_delays(struct log_line *l, const struct relay_job *j, uint64_t before_ms)
{
	uint64_t now = clock_mono_ms(), wait = now - j->taken_ms, sent = 0;
	uint64_t ms[4];
	char text[100];
	int n = 0;

	if (j->talked) {
		wait = j->conn_ms - j->taken_ms;
		sent = now - j->conn_ms;
	}
	ms[0] = before_ms;
	ms[2] = j->setup_ms < wait ? j->setup_ms : wait;
	ms[1] = wait - ms[2];
	ms[3] = sent;
	for (unsigned i = 0; i < 4; i++)
		n +=
		    snprintf(text + n, sizeof text - (size_t)n, "%s%llu.%02llu",
			i > 0 ? "/" : "", (unsigned long long)(ms[i] / 1000),
			(unsigned long long)(ms[i] % 1000 / 10));
	log_cstr(l, "delays", text);
}

static void
log_delay(
    struct log_line *l, const struct relay_job *j, const struct relay_rcpt *t)
{
	uint64_t now = clock_wall_us(), since = t->out.since_us;
	uint64_t all = now > since ? (now - since) / 1000 : 0;
	uint64_t hand = clock_mono_ms() - j->taken_ms;

	log_ms(l, "delay", all);
	log_delays(l, j, all > hand ? all - hand : 0);
}

/* "TLSv1.3/verified": one word */
static void
log_tls(struct log_line *l, const char *tls)
{
	char word[sizeof((struct relay_job *)0)->tls];
	size_t n;

	for (n = 0; tls[n] != '\0'; n++)
		word[n] = tls[n] == ' ' ? '/' : tls[n];
	word[n] = '\0';
	if (n > 0)
		log_cstr(l, "tls", word);
}

static const char *
status(enum store_outcome_kind k)
{
	switch (k) {
	case STORE_OUTCOME_DONE:
		return "sent";
	case STORE_OUTCOME_FAILED:
		return "bounced";
	case STORE_OUTCOME_DOUBT:
		return "in-doubt";
	case STORE_OUTCOME_HELD:
		return "held";
	case STORE_OUTCOME_DEFERRED:
		return "deferred";
	case STORE_OUTCOME_RELEASE:
	case STORE_OUTCOME_KINDS:
		break;
	}
	return "released";
}

static void
log_reply(struct log_line *l, const struct relay_fate *f)
{
	struct buf b = BUF_INIT(STORE_REPLY_MAX + 16);

	if (f->code != 0)
		buf_addf(&b, "%u ", f->code);
	buf_add(&b, f->text, f->len);
	log_str(l, "reply", buf_slice(&b));
	buf_fini(&b);
}

void
relay_log_outcome(const struct relay_job *j, const struct relay_rcpt *t)
{
	const struct relay_fate *f = &t->fate;
	uint64_t now = clock_wall_us();
	struct log_line l;

	log_begin(&l, LOG_INFO, "out");
	log_hex(&l, "id", t->key.id.b, sizeof t->key.id.b);
	log_str(&l, "to", t->out.addr);
	log_cstr(&l, "relay", j->host[0] != '\0' ? j->host : "none");
	log_tls(&l, j->tls);
	log_delay(&l, j, t);
	log_cstr(&l, "dsn", f->status);
	log_cstr(&l, "status", status(f->kind));
	log_reply(&l, f);
	if (f->next_us > now)
		log_ms(&l, "next", (f->next_us - now) / 1000);
	log_end(&l);
}
