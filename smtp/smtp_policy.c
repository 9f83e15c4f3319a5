/* Decisions. Whoever wants to know why something was refused starts here. */
#include "smtp/smtp_policy.h"

enum smtp_say
smtp_policy_channel(const struct smtp_facts *f)
{
	if (f->listener->tls == CONF_TLS_REQUIRE && !f->secure)
		return SMTP_SAY_TLS_FIRST;
	return SMTP_SAY_OK;
}

enum smtp_say
smtp_policy_mail(const struct smtp_facts *f, uint64_t size)
{
	/* RFC 6409 section 4.3 */
	if (f->listener->auth == CONF_AUTH_REQUIRED && !smtp_ext_trusted(f))
		return SMTP_SAY_LOGIN_FIRST;
	return size > f->conf->limits.message_size ? SMTP_SAY_TOO_BIG
						   : SMTP_SAY_OK;
}

/*
 * Beyond the limit 452, so that the client sends to the rest later (RFC 5321
 * section 4.5.3.1.10); as many tries again are answered, then that was no
 * mailing list.
 */
enum smtp_say
smtp_policy_rcpt(const struct smtp_facts *f, unsigned taken, unsigned over)
{
	if (over > f->conf->limits.recipients)
		return SMTP_SAY_TOO_MANY_RCPT_TRIES;
	return taken >= f->conf->limits.recipients ? SMTP_SAY_MANY_RCPTS
						   : SMTP_SAY_OK;
}

/* Someone we know may mistype the addresses of a whole mailing. */
enum smtp_patience
smtp_policy_errors(const struct smtp_facts *f, unsigned errors)
{
	unsigned max = f->conf->limits.command_errors;

	if (smtp_ext_trusted(f))
		return errors / 10 >= max ? SMTP_ENOUGH : SMTP_GO_ON;
	return errors >= max      ? SMTP_ENOUGH
	       : errors > max / 2 ? SMTP_SLOW
				  : SMTP_GO_ON;
}

bool
smtp_policy_crowded(unsigned connections, unsigned max)
{
	return (uint64_t)connections * 100 >
	       (uint64_t)max * SMTP_CROWDED_PERCENT;
}

/* Who has logged in keeps the full time even when slots are scarce. */
uint64_t
smtp_policy_idle_ms(const struct smtp_facts *f, bool crowded)
{
	uint64_t ms = f->listener->idle_timeout_ms;

	if (crowded && !smtp_ext_trusted(f) && ms > SMTP_CROWDED_IDLE_MS)
		ms = SMTP_CROWDED_IDLE_MS;
	return ms;
}

bool
smtp_policy_drips(bool crowded, uint64_t octets, uint64_t ms)
{
	if (ms > SMTP_WHOLE_MS)
		return true;
	return crowded && ms > SMTP_RATE_AFTER_MS &&
	       octets / SMTP_RATE_MIN < ms / 1000;
}

enum smtp_say
smtp_policy_text(const struct smtp_facts *f, uint64_t size,
    const struct smtp_data *d, const struct mime_scan *scan)
{
	if (size > f->conf->limits.message_size)
		return SMTP_SAY_TOO_BIG;
	if (d->bare && !d->repair)
		return SMTP_SAY_BARE_DATA;
	if (d->nul)
		return SMTP_SAY_NUL_DATA;
	if (d->long_line)
		return SMTP_SAY_LONG_TEXT;
	if (scan->octets > SMTP_HEADER_MAX || scan->lines > SMTP_HEADER_LINES)
		return SMTP_SAY_BIG_HEADER;
	/* RFC 5321 section 6.3 */
	return scan->received > f->conf->limits.hops ? SMTP_SAY_LOOP
						     : SMTP_SAY_OK;
}

bool
smtp_policy_absurd(const struct smtp_facts *f, uint64_t size)
{
	uint64_t max = f->conf->limits.message_size;

	return size > max && size - max > max + (16u << 20);
}
