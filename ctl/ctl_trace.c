/* trace: where did it go? */
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_text.h"
#include "ctl/ctl_trail.h"
#include "mime/mime_addr.h"

#include <string.h>

/* By the word that is kept: a canonical address, or <Message-ID>. */
static enum err
by_word(
    struct ctl *c, struct slice word, uint64_t since_us, uint64_t *events_out)
{
	struct ctl_trail_ask ask = {.word = word};

	return ctl_trail_print(c, &ask, since_us, events_out);
}

static enum err
by_address(
    struct ctl *c, struct slice text, uint64_t since_us, uint64_t *events_out)
{
	struct mime_addr a, key;

	if (mime_addr_parse(text, &a) != ERR_OK)
		return ERR_OK;
	mime_addr_key(&a, &key);
	return by_word(c, mime_addr_slice(&key), since_us, events_out);
}

/* What people have at hand: an id of ours, else an address, else a Message-ID,
 * with its brackets or without. */
static enum err
find(struct ctl *c, const char *text, uint64_t since_us, uint64_t *events_out)
{
	struct ctl_trail_ask ask = {0};
	struct slice s = slice_str(text);
	struct buf word = BUF_INIT(1024);
	enum err e = ERR_OK;

	if (mail_id_parse(s, &ask.id) == ERR_OK)
		return ctl_trail_print(c, &ask, since_us, events_out);
	if (s.len > 0 && s.p[0] == '<')
		return by_word(c, s, since_us, events_out);
	if ((e = by_address(c, s, since_us, events_out)) != ERR_OK ||
	    *events_out > 0)
		return e;
	buf_addf(&word, "<%s>", text);
	e = word.err == ERR_OK
		? by_word(c, buf_slice(&word), since_us, events_out)
		: ERR_OK;
	buf_fini(&word);
	return e;
}

int
ctl_trace(struct ctl *c)
{
	uint64_t since_us = 0, events = 0;
	int status = EX_OK;
	enum err e;

	if (c->opt[CTL_SINCE] != NULL)
		status =
		    ctl_text_since("--since", c->opt[CTL_SINCE], &since_us);
	if (status != EX_OK)
		return status;
	e = find(c, c->arg[0], since_us, &events);
	if (e != ERR_OK)
		return ctl_fail_err(e, "trace", slice_str(c->arg[0]));
	if (events == 0)
		return ctl_fail(EX_NOINPUT,
		    "nothing is known of %s (an id of a message, an address, "
		    "or a Message-ID; kept for queue.trail). Mail that was "
		    "refused is in the log only, in lines with \"reject\"",
		    c->arg[0]);
	return EX_OK;
}
