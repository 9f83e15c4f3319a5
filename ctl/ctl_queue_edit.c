/* queue flush, hold, release, delete, bounce, redirect. */
#include "base/clock.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_dir.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_queue.h"
#include "ctl/ctl_rpc.h"
#include "ctl/ctl_secret.h"
#include "store/store.h"

#include <stdio.h>

enum { BATCH = 500, REASON_MAX = STORE_REPLY_MAX };

static const struct word {
	const char *todo, *done, *why_not; /* why_not: nothing was to be done */
	bool destroys;
} words[] = {
    [STORE_EDIT_FLUSH] = {"Try at once",                      "flushed",
			  "is held (restante queue release)",                                  false},
    [STORE_EDIT_HOLD] = {"Hold",                             "held",       "is held already", false},
    [STORE_EDIT_RELEASE] = {"Release",                          "released",   "is not held",     false},
    [STORE_EDIT_DELETE] = {"Delete, without telling anybody,", "deleted",
			  "is gone by now",						    true },
    [STORE_EDIT_BOUNCE] = {"Return to their senders",          "bounced",
			  "is being returned already",					 true },
    [STORE_EDIT_REDIRECT] = {"Redirect",                         "redirected",
			  "is being returned to its sender",                                   true },
};

struct edit {
	struct ctl *c;
	enum store_edit_kind kind;
	struct slice text;
	struct buf keys;
	uint32_t n;
	uint64_t found, matched, done, busy; /* found: before asking */
	struct ctl_filter f;
};

static enum err
count(void *ctx, const struct ctl_queued *q)
{
	struct edit *x = ctx;

	(void)q;
	x->found++;
	return ERR_OK;
}

static enum err
flush(struct edit *x)
{
	uint32_t done, busy;
	enum err e;

	if (x->n == 0)
		return x->keys.err;
	e = ctl_rpc_queue_edit(x->c->rpc, x->kind, buf_slice(&x->keys), x->n,
	    x->text, &done, &busy);
	if (e == ERR_OK) {
		x->done += done;
		x->busy += busy;
	}
	buf_reset(&x->keys);
	x->n = 0;
	return e;
}

static enum err
gather(void *ctx, const struct ctl_queued *q)
{
	struct edit *x = ctx;

	store_out_key_add(&x->keys, &q->key);
	x->n++;
	x->matched++;
	return x->n == BATCH ? flush(x) : ERR_OK;
}

/* What destroys says what it is going to do; all that waits must be meant. */
static int
confirm(struct edit *x)
{
	const struct word *w = &words[x->kind];
	enum err e;

	if (!w->destroys)
		return EX_OK;
	if (!ctl_filter_given(&x->f) && x->c->opt[CTL_ALL] == NULL)
		return ctl_fail(EX_USAGE,
		    "of what? Name ids or a filter (--from, --to, --domain, "
		    "--older, --status, --reason), or say --all");
	e = ctl_queue_each(x->c, &x->f, count, x);
	if (e != ERR_OK && e != ERR_CORRUPT)
		return ctl_fail_err(e, "queue", SLICE_NONE);
	if (x->found == 0)
		return EX_OK;
	if (x->kind == STORE_EDIT_REDIRECT)
		return ctl_confirm(x->c, "%s %llu %s to %.*s", w->todo,
		    CTL_N(x->found, "recipient"), SLICE_ARG(x->text));
	return ctl_confirm(
	    x->c, "%s %llu %s", w->todo, CTL_N(x->found, "recipient"));
}

static int
tell(const struct edit *x)
{
	const struct word *w = &words[x->kind];
	char what[64];

	if (x->busy > 0)
		ctl_note(x->c, "%llu %s being sent right now: left alone",
		    (unsigned long long)x->busy,
		    x->busy == 1 ? "recipient is" : "recipients are");
	if (x->done == 0 && x->busy == 0 && ctl_filter_given(&x->f))
		return x->matched == 0
			   ? ctl_fail(EX_NOINPUT, "nothing like that waits")
			   : ctl_fail(EX_NOINPUT,
				 "nothing was %s: what was found %s", w->done,
				 w->why_not);
	(void)snprintf(
	    what, sizeof what, "%llu %s", CTL_N(x->done, "recipient"));
	ctl_done(x->c, w->done, slice_str(what));
	return x->done == 0 && x->busy > 0 ? EX_TEMPFAIL : EX_OK;
}

static int
run(struct edit *x)
{
	int status = confirm(x);
	enum err e;

	if (status != EX_OK)
		return status;
	e = ctl_queue_each(x->c, &x->f, gather, x);
	if (e == ERR_OK || e == ERR_CORRUPT)
		e = flush(x);
	if (e != ERR_OK) {
		ctl_note(x->c, "%llu %s %s before that",
		    CTL_N(x->done, "recipient"), words[x->kind].done);
		return ctl_fail_err(e, "queue", SLICE_NONE);
	}
	return tell(x);
}

/* ids: the argument that they begin at. What comes in meanwhile is not meant.
 */
static int
edit(struct ctl *c, enum store_edit_kind kind, struct slice text, int ids)
{
	struct edit x = {.c = c, .kind = kind, .text = text};
	int status;

	buf_init(&x.keys, (size_t)BATCH * STORE_OUT_KEY);
	status = ctl_filter_init(&x.f, c, ids);
	x.f.until_us = clock_wall_us();
	if (status == EX_OK)
		status = run(&x);
	ctl_filter_fini(&x.f);
	buf_fini(&x.keys);
	return status;
}

int
ctl_queue_flush(struct ctl *c)
{
	return edit(c, STORE_EDIT_FLUSH, SLICE_NONE, 0);
}

int
ctl_queue_hold(struct ctl *c)
{
	return edit(c, STORE_EDIT_HOLD, SLICE_NONE, 0);
}

int
ctl_queue_release(struct ctl *c)
{
	return edit(c, STORE_EDIT_RELEASE, SLICE_NONE, 0);
}

int
ctl_queue_delete(struct ctl *c)
{
	return edit(c, STORE_EDIT_DELETE, SLICE_NONE, 0);
}

int
ctl_queue_bounce(struct ctl *c)
{
	struct slice text = slice_str(c->opt[CTL_BECAUSE]);

	if (text.len > REASON_MAX || !slice_is_printable(text))
		return ctl_fail(EX_USAGE,
		    "--because: at most %d printable ASCII characters",
		    REASON_MAX);
	return edit(c, STORE_EDIT_BOUNCE, text, 0);
}

/* What waits goes out by SMTP: for a mailbox that is here there is no other
 * server to send it to, and it would be returned to its sender at once. */
static int
check_elsewhere(struct ctl *c, const struct mime_addr *to)
{
	struct mime_addr key;
	enum err e;

	mime_addr_key(to, &key);
	e = ctl_domain_get(c, mime_addr_domain(&key), NULL, NULL);
	if (e == ERR_NOENT)
		return EX_OK;
	if (e != ERR_OK)
		return ctl_fail_err(e, "queue", SLICE_NONE);
	return ctl_fail(EX_DATAERR,
	    "%s is here: what waits can be redirected to other servers only "
	    "(\"queue bounce\" returns it to its sender)",
	    c->arg[0]);
}

int
ctl_queue_redirect(struct ctl *c)
{
	struct mime_addr to;
	int status;

	if (mime_addr_parse(slice_str(c->arg[0]), &to) != ERR_OK)
		return ctl_fail(
		    EX_USAGE, "\"%s\" is not an address", c->arg[0]);
	status = check_elsewhere(c, &to);
	if (status != EX_OK)
		return status;
	return edit(c, STORE_EDIT_REDIRECT, mime_addr_slice(&to), 1);
}
