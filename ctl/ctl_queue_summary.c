/* queue summary: recipients by domain and age. */
#include "base/clock.h"
#include "base/map.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_queue.h"
#include "ctl/ctl_rpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AGES = 7, NAME_MAX_OCTETS = STORE_NAME_MAX + 1 };
#define NITEMS(a) (sizeof(a) / sizeof *(a))

/* The age that each column ends at, in seconds; the last one has no end. */
static const uint64_t ends[AGES - 1] = {
    5 * 60, 20 * 60, 3600, 4 * 3600, 16 * 3600, 2 * 86400};

static const struct ctl_column columns[] = {
    {"DOMAIN", "domain", CTL_TEXT },
    {"TOTAL",  "total",  CTL_COUNT},
    {"5m",     "5m",     CTL_COUNT},
    {"20m",    "20m",    CTL_COUNT},
    {"1h",     "1h",     CTL_COUNT},
    {"4h",     "4h",     CTL_COUNT},
    {"16h",    "16h",    CTL_COUNT},
    {"2d",     "2d",     CTL_COUNT},
    {"5d",     "5d",     CTL_COUNT},
    {"HELD",   "held",   CTL_COUNT},
};

struct domain {
	struct map_node node;
	uint64_t total, age[AGES], held;
	char name[NAME_MAX_OCTETS];
};

struct summary {
	struct map domains;
	uint64_t now_us;
};

static struct domain *
get_domain(struct summary *s, struct slice name)
{
	struct map_node *n = map_get(&s->domains, name);
	struct domain *d;

	if (n != NULL)
		return MAP_ITEM(n, struct domain, node);
	if ((d = calloc(1, sizeof *d)) == NULL)
		return NULL;
	if (slice_to_str(name, d->name, sizeof d->name) != ERR_OK ||
	    map_put(&s->domains, &d->node, slice_str(d->name)) != ERR_OK) {
		free(d);
		return NULL;
	}
	return d;
}

static enum err
add(void *ctx, const struct ctl_queued *q)
{
	struct summary *s = ctx;
	struct slice addr = q->out.addr;
	struct domain *d =
	    get_domain(s, slice_skip(addr, slice_rfind(addr, '@') + 1));
	uint64_t seconds = s->now_us > q->out.since_us
			       ? (s->now_us - q->out.since_us) / 1000000
			       : 0;
	unsigned i = 0;

	if (d == NULL)
		return ERR_NOMEM;
	while (i < AGES - 1 && seconds >= ends[i])
		i++;
	d->age[i]++;
	d->total++;
	d->held += q->out.state == STORE_OUT_HELD;
	return ERR_OK;
}

/* Most first, then by name. */
static int
compare(const void *pa, const void *pb)
{
	const struct domain *a = *(const struct domain *const *)pa;
	const struct domain *b = *(const struct domain *const *)pb;

	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	return strcmp(a->name, b->name);
}

static void
put_count(const struct ctl *c, struct ctl_table *t, uint64_t n)
{
	if (n == 0 && !c->json)
		ctl_put_none(t);
	else
		ctl_put_u64(t, n);
}

static int
print(const struct ctl *c, struct domain *const *all, size_t n)
{
	struct ctl_table *t = ctl_table_begin(c, columns, NITEMS(columns));

	for (size_t i = 0; i < n; i++) {
		ctl_put_text(t, slice_str(all[i]->name));
		ctl_put_u64(t, all[i]->total);
		for (unsigned k = 0; k < AGES; k++)
			put_count(c, t, all[i]->age[k]);
		put_count(c, t, all[i]->held);
		ctl_row_end(t);
	}
	return ctl_table_end(&t) ? EX_OK : EX_IOERR;
}

/* new; all domains, in order; also frees the map. NULL: out of memory */
static struct domain **
sort(struct summary *s, size_t *n_out)
{
	struct domain **all = calloc(s->domains.count + 1, sizeof(void *));
	struct map_node *next, *n = map_next(&s->domains, NULL);

	*n_out = 0;
	for (; n != NULL; n = next) {
		struct domain *d = MAP_ITEM(n, struct domain, node);

		next = map_next(&s->domains, n);
		if (all != NULL)
			all[(*n_out)++] = d;
		else
			free(d);
	}
	map_fini(&s->domains);
	if (all != NULL)
		qsort(all, *n_out, sizeof(void *), compare);
	return all;
}

/* --- servers that are talked to, or left in peace: of the running server ---
 */

static void
put_server(void *ctx, struct slice row)
{
	struct ctl_table *t = ctx;
	uint64_t pause_ms = ctl_row_u64(row, "pause_ms");

	ctl_put_text(t, ctl_row_get(row, "server"));
	ctl_put_u64(t, ctl_row_u64(row, "connections"));
	ctl_put_u64(t, ctl_row_u64(row, "allowed"));
	if (pause_ms > 0) {
		ctl_put_u64(t, pause_ms / 1000);
		ctl_put_text(t, ctl_row_get(row, "reason"));
	}
	ctl_row_end(t);
}

/* With -v. Where no server runs there are none. */
static int
print_servers(struct ctl *c)
{
	static const struct ctl_column servers[] = {
	    {"SERVER",      "server",      CTL_TEXT },
	    {"CONNECTIONS", "connections", CTL_COUNT},
	    {"ALLOWED",     "allowed",     CTL_COUNT},
	    {"PAUSE s",     "pause_s",     CTL_COUNT},
	    {"REASON",      "reason",      CTL_TEXT },
	};
	struct ctl_table *t;

	if (!c->verbose)
		return EX_OK;
	if (!c->json)
		putchar('\n');
	t = ctl_table_begin(c, servers, NITEMS(servers));
	(void)ctl_rpc_control(c->rpc, CONTROL_QUEUE_SUMMARY, 0, 0, SLICE_NONE,
	    put_server, t, NULL);
	return ctl_table_end(&t) ? EX_OK : EX_IOERR;
}

int
ctl_queue_summary(struct ctl *c)
{
	struct summary s = {.now_us = clock_wall_us()};
	struct domain **all;
	struct ctl_filter f;
	size_t n;
	int status = ctl_filter_init(&f, c, 0);
	enum err e = ERR_OK;

	map_init(&s.domains);
	if (status == EX_OK)
		e = ctl_queue_each(c, &f, add, &s);
	if ((all = sort(&s, &n)) == NULL)
		e = ERR_NOMEM;
	if (e != ERR_OK)
		status = ctl_fail_err(e, "queue", SLICE_NONE);
	else if (status == EX_OK)
		status = print(c, all, n);
	if (status == EX_OK)
		status = print_servers(c);
	for (size_t i = 0; i < n; i++)
		free(all[i]);
	free(all);
	ctl_filter_fini(&f);
	return status;
}
