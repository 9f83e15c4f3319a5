/* Which of what waits an operator means. */
#include "base/clock.h"
#include "base/num.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_queue.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static int
parse_state(const char *text, enum store_out_state *out)
{
	struct buf known = BUF_INIT(256);
	int status;

	for (unsigned s = STORE_OUT_DUE; s <= STORE_OUT_REPORT; s++) {
		const char *name =
		    store_out_state_name((enum store_out_state)s);

		if (strcmp(text, name) == 0) {
			*out = (enum store_out_state)s;
			buf_fini(&known);
			return EX_OK;
		}
		buf_addf(&known, "%s%s", s == STORE_OUT_DUE ? "" : ", ", name);
	}
	status = ctl_fail(EX_USAGE, "--status: \"%s\" is none of: %s", text,
	    buf_cstr(&known));
	buf_fini(&known);
	return status;
}

static int
parse_older(const char *text, uint64_t *us_out)
{
	uint64_t now = clock_wall_us(), ms;

	if (num_duration(slice_str(text), &ms) != ERR_OK)
		return ctl_fail(EX_USAGE,
		    "--older: \"%s\" is no time span (for example 30m, 2h, 3d)",
		    text);
	*us_out = ms > now / 1000 ? 1 : now - ms * 1000;
	return EX_OK;
}

static int
add_id(struct ctl_filter *f, struct slice text)
{
	if (f->nids == CTL_FILTER_IDS)
		return ctl_fail(
		    EX_USAGE, "more than %d ids at once", CTL_FILTER_IDS);
	if (mail_id_parse(text, &f->ids[f->nids]) != ERR_OK)
		return ctl_fail(EX_USAGE,
		    "\"%.*s\" is no id of a message (32 digits, as \"queue "
		    "list\" shows them)",
		    SLICE_ARG(text));
	f->nids++;
	return EX_OK;
}

static int
compare(const void *a, const void *b)
{
	return mail_id_cmp(a, b);
}

/* --id A,B and the arguments; in order, each once. */
static int
parse_ids(struct ctl_filter *f, const struct ctl *c, int from)
{
	struct slice rest = slice_str(c->opt[CTL_ID]), one;
	int status = EX_OK;
	unsigned n = 0;

	while (status == EX_OK && rest.len > 0) {
		slice_cut(&rest, ',', &one);
		status = add_id(f, one);
	}
	for (int i = from; i < c->nargs && status == EX_OK; i++)
		status = add_id(f, slice_str(c->arg[i]));
	qsort(f->ids, f->nids, sizeof *f->ids, compare);
	for (unsigned i = 0; i < f->nids; i++)
		if (n == 0 || mail_id_cmp(&f->ids[n - 1], &f->ids[i]) != 0)
			f->ids[n++] = f->ids[i];
	f->nids = n;
	return status;
}

/* An empty one is a variable that was not set, and would mean all that waits,
 * or all of the null sender. */
static int
check_given(const struct ctl *c)
{
	static const struct {
		const char *name;
		unsigned option;
	} words[] = {
	    {"--from",   CTL_FROM  },
	    {"--to",     CTL_TO    },
	    {"--domain", CTL_DOMAIN},
	    {"--reason", CTL_REASON},
	    {"--id",     CTL_ID    },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		const char *value = c->opt[words[i].option];

		if (value != NULL && value[0] == '\0')
			return ctl_fail(EX_USAGE,
			    "%s: there is nothing in it%s", words[i].name,
			    words[i].option == CTL_FROM
				? " (the null sender is <>)"
				: "");
	}
	return EX_OK;
}

int
ctl_filter_init(struct ctl_filter *f, const struct ctl *c, int from)
{
	int status = check_given(c);

	memset(f, 0, sizeof *f);
	if (status != EX_OK)
		return status;
	f->from = c->opt[CTL_FROM];
	f->to = c->opt[CTL_TO];
	f->domain = c->opt[CTL_DOMAIN];
	f->reason = c->opt[CTL_REASON];
	f->ids = calloc(CTL_FILTER_IDS, sizeof *f->ids);
	if (f->ids == NULL)
		return ctl_fail_err(ERR_NOMEM, "queue", SLICE_NONE);
	if (c->opt[CTL_STATUS] != NULL)
		status = parse_state(c->opt[CTL_STATUS], &f->state);
	if (status == EX_OK && c->opt[CTL_OLDER] != NULL)
		status = parse_older(c->opt[CTL_OLDER], &f->before_us);
	return status == EX_OK ? parse_ids(f, c, from) : status;
}

void
ctl_filter_fini(struct ctl_filter *f)
{
	free(f->ids);
	f->ids = NULL;
}

bool
ctl_filter_given(const struct ctl_filter *f)
{
	return f->from != NULL || f->to != NULL || f->domain != NULL ||
	       f->reason != NULL || f->before_us != 0 || f->state != 0 ||
	       f->nids > 0;
}

/* --- does it match? --------------------------------------------------------
 */

/* An address, "@domain", "<>", or a pattern with * and ?; case is ignored. */
static bool
address_is(struct slice addr, const char *pattern)
{
	struct slice p = slice_str(pattern);
	char text[STORE_NAME_MAX + 8];

	if (slice_eq(p, SLICE("<>")))
		return addr.len == 0;
	if (slice_eq_nocase(addr, p))
		return true;
	if (slice_starts(p, SLICE("@")))
		return slice_eq_nocase(
		    slice_skip(addr, slice_rfind(addr, '@')), p);
	return slice_to_str(addr, text, sizeof text) == ERR_OK &&
	       fnmatch(pattern, text, FNM_CASEFOLD) == 0;
}

static bool
domain_is(struct slice addr, const char *domain)
{
	return slice_eq_nocase(
	    slice_skip(addr, slice_rfind(addr, '@') + 1), slice_str(domain));
}

static bool
has_text(struct slice s, const char *text)
{
	struct slice want = slice_str(text);

	for (; s.len >= want.len; s = slice_skip(s, 1)) {
		if (slice_starts_nocase(s, want))
			return true;
		if (s.len == 0)
			break;
	}
	return false;
}

static bool
reason_is(const struct store_out *o, const char *text)
{
	return has_text(o->reply, text) || has_text(o->status, text) ||
	       has_text(o->host, text);
}

bool
ctl_filter_match(const struct ctl_filter *f, const struct ctl_queued *q)
{
	const struct store_out *o = &q->out;

	return (f->from == NULL || address_is(q->env.from, f->from)) &&
	       (f->to == NULL || address_is(o->addr, f->to)) &&
	       (f->domain == NULL || domain_is(o->addr, f->domain)) &&
	       (f->reason == NULL || reason_is(o, f->reason)) &&
	       (f->before_us == 0 || o->since_us <= f->before_us) &&
	       (f->until_us == 0 || o->since_us <= f->until_us) &&
	       (f->state == 0 || o->state == f->state);
}
