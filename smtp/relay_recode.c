/*
 * Texts that must be made 7-bit for a server. All of such a text is in memory
 * until it has been sent, however slowly that goes, so there are never more of
 * them than a number of octets; the others wait.
 */
#include "smtp/relay_priv.h"

#include "base/clock.h"
#include "mime/mime_recode.h"

enum {
	RECODE_MORE = 64 << 10
}; /* a recoded text may be twice as long, and so
      much */

static bool
may_recode(const struct relay *r, const struct relay_job *j)
{
	return r->recoding < RELAY_RECODES &&
	       (r->recoded == 0 || r->recoded + relay_body_total(&j->body) <=
				       RELAY_RECODED_MAX);
}

/* Those that wait are looked at when the turn ends. */
static void
slot_is_free(struct relay_job *j)
{
	if (!j->recoding)
		return;
	j->recoding = false;
	j->relay->recoding--;
	relay_stir(j->relay);
}

void
relay_recode_end(struct relay_job *j)
{
	slot_is_free(j);
	if (j->recoded == 0)
		return;
	j->relay->recoded -= j->recoded;
	j->recoded = 0;
	relay_stir(j->relay);
}

static void
recoded(struct relay_job *j, enum err e, struct buf *text)
{
	struct smtp_verdict v;

	j->lines = false; /* that are still there have to stay */
	if (e == ERR_OK) {
		relay_body_replace(&j->body, text);
		j->eight = false;
		relay_hop_add(j->at, j);
		return;
	}
	buf_fini(text);
	if (!j->seven && (e == ERR_DENIED || e == ERR_UNSUPPORTED)) {
		relay_recode_end(j);
		relay_hop_add(j->at, j);
		return;
	}
	if (e == ERR_DENIED)
		relay_verdict(&v, ERR_DENIED, "5.6.3",
		    "the server takes no 8-bit text, and this is signed or "
		    "encrypted, so it cannot be converted");
	else if (e == ERR_UNSUPPORTED)
		relay_verdict(&v, ERR_DENIED, "5.6.3",
		    "the server takes no 8-bit text, and this cannot be "
		    "converted");
	else
		relay_verdict(&v, ERR_RETRY, "4.3.0",
		    "no memory to convert the text to seven bits");
	relay_job_end_all(j, &v);
}

static void
whole_came(struct relay_job *j, enum err e)
{
	size_t max = (size_t)relay_body_total(&j->body);
	struct buf text;

	if (e != ERR_OK) {
		slot_is_free(j);
		relay_job_body_failed(j, e);
		return;
	}
	buf_init(&text, 2 * max + RECODE_MORE);
	e = mime_recode_7bit(relay_body_whole(&j->body, max), &text);
	slot_is_free(j);
	recoded(j, e, &text);
}

void
relay_job_recode(struct relay_job *j)
{
	struct relay *r = j->relay;

	if (!may_recode(r, j)) {
		relay_job_wait(j, &r->recodes);
		return;
	}
	j->recoding = true;
	r->recoding++;
	j->recoded = relay_body_total(&j->body);
	r->recoded += j->recoded;
	j->on_body = whole_came;
	if (relay_body_whole(&j->body, SIZE_MAX).len > 0)
		whole_came(j, ERR_OK);
}

static struct relay_job *
first(struct relay *r)
{
	return list_empty(&r->recodes)
		   ? NULL
		   : LIST_ITEM(r->recodes.head.next, struct relay_job, wait);
}

void
relay_recode_run(struct relay *r)
{
	struct relay_job *j;

	while ((j = first(r)) != NULL && may_recode(r, j)) {
		relay_job_wait(j, NULL);
		relay_job_recode(j);
	}
}

void
relay_recode_tick(struct relay *r)
{
	uint64_t now = clock_mono_ms();
	struct smtp_verdict v;
	struct relay_job *j;

	relay_verdict(&v, ERR_RETRY, "4.3.0",
	    "too many messages are being converted to seven bits");
	while ((j = first(r)) != NULL &&
	       now - j->taken_ms >= RELAY_RECODE_WAIT_MS) {
		relay_job_wait(j, NULL);
		relay_job_end_all(j, &v);
	}
}
