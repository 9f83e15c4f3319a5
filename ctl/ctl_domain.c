/* domain add, del, list, show. */
#include "base/clock.h"
#include "base/map.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_dir.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_remove.h"
#include "ctl/ctl_secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
add_one(struct ctl *c, const char *text, uint64_t quota)
{
	struct store_domain d = {
	    .default_quota = quota, .created_us = clock_wall_us()};
	char name[MIME_DOMAIN_MAX + 1];
	struct ctl_changes s;
	int status;
	enum err e;

	if ((status = ctl_domain_name(text, name)) != EX_OK)
		return status;
	ctl_changes_init(&s);
	ctl_change_domain(&s, slice_str(name), &d, 0);
	e = ctl_commit(c, &s, NULL);
	ctl_changes_fini(&s);
	if (e == ERR_EXISTS && c->opt[CTL_IF_MISSING] != NULL) {
		ctl_note(c, "%s exists already", name);
		return EX_OK;
	}
	if (e == ERR_EXISTS)
		return ctl_fail(EX_CANTCREAT, "%s exists already", name);
	if (e != ERR_OK)
		return ctl_fail_err(e, "domain", slice_str(name));
	ctl_done(c, "added", slice_str(name));
	return EX_OK;
}

/* Before the first is changed: are all of them names, and there (or not)? */
static int
check_all(struct ctl *c, bool add)
{
	const char *may = c->opt[add ? CTL_IF_MISSING : CTL_IF_EXISTS];
	char name[MIME_DOMAIN_MAX + 1];
	int status = EX_OK;

	for (int i = 0; i < c->nargs && status == EX_OK; i++) {
		enum err e;

		if ((status = ctl_domain_name(c->arg[i], name)) != EX_OK)
			break;
		e = ctl_domain_get(c, slice_str(name), NULL, NULL);
		if (add && e == ERR_OK && may == NULL)
			status =
			    ctl_fail(EX_CANTCREAT, "%s exists already", name);
		else if (!add && e == ERR_NOENT && may == NULL)
			status = ctl_fail(
			    EX_NOUSER, "%s is no domain of this server", name);
		else if (e != ERR_OK && e != ERR_NOENT)
			status = ctl_fail_err(e, "domain", slice_str(name));
	}
	return status;
}

int
ctl_domain_add(struct ctl *c)
{
	const char *quota = c->opt[CTL_QUOTA];
	uint64_t octets = c->conf.store.default_quota;
	int status = EX_OK;

	if (quota != NULL)
		status = ctl_size("--quota", quota, &octets);
	if (status == EX_OK)
		status = check_all(c, true);
	for (int i = 0; i < c->nargs && status == EX_OK; i++)
		status = add_one(c, c->arg[i], octets);
	return status;
}

/* --- what domains hold ----------------------------------------------- */

struct tally { /* of one domain */
	struct map_node node;
	uint64_t users, aliases;
	char domain[MIME_DOMAIN_MAX + 1];
};
struct census { /* of all names, in one walk */
	struct map tallies;
};

static enum err
find_tally(struct census *n, struct slice domain, struct tally **out)
{
	struct map_node *node = map_get(&n->tallies, domain);
	struct tally *t;

	if (node != NULL) {
		*out = MAP_ITEM(node, struct tally, node);
		return ERR_OK;
	}
	if ((t = calloc(1, sizeof *t)) == NULL)
		return ERR_NOMEM;
	if (slice_to_str(domain, t->domain, sizeof t->domain) != ERR_OK ||
	    map_put(&n->tallies, &t->node, slice_str(t->domain)) != ERR_OK) {
		free(t);
		return ERR_NOMEM;
	}
	*out = t;
	return ERR_OK;
}

static enum err
count(void *ctx, const struct store_dir_row *row)
{
	struct store_name name;
	struct tally *t = NULL;
	size_t at = slice_rfind(row->key, '@');
	enum err e;

	if ((e = store_name_decode(row->value, &name)) != ERR_OK ||
	    (e = find_tally(ctx, slice_skip(row->key, at + 1), &t)) != ERR_OK)
		return e;
	if (name.type == STORE_MAILBOX)
		t->users++;
	else
		t->aliases++;
	return ERR_OK;
}

static void
drop_census(struct census *n)
{
	struct map_node *node;

	while ((node = map_next(&n->tallies, NULL)) != NULL) {
		map_remove(&n->tallies, node);
		free(MAP_ITEM(node, struct tally, node));
	}
	map_fini(&n->tallies);
}

/* Needs drop_census, also after a failure. */
static int
take_census(struct ctl *c, struct census *out)
{
	enum err e;

	map_init(&out->tallies);
	e = ctl_each(c, STORE_NAME, count, out);
	return e == ERR_OK ? EX_OK : ctl_fail_err(e, "users", SLICE_NONE);
}

static struct tally
tally_of(const struct census *n, struct slice domain)
{
	struct map_node *node = map_get(&n->tallies, domain);

	return node == NULL ? (struct tally){0}
			    : *MAP_ITEM(node, struct tally, node);
}

/* --- del ------------------------------------------------------------- */

static int
remove_names(struct ctl *c, struct slice domain, const struct tally *n)
{
	char what[64], also[64];
	int status;

	if (n->users + n->aliases == 0)
		return EX_OK;
	(void)snprintf(what, sizeof what, "%llu %s", CTL_N(n->users, "user"));
	(void)snprintf(also, sizeof also, "%llu alias%s",
	    (unsigned long long)n->aliases, n->aliases == 1 ? "" : "es");
	if (c->opt[CTL_WITH_USERS] == NULL)
		return ctl_fail(EX_CANTCREAT,
		    "%.*s has %s and %s; remove them first, or give "
		    "--with-users",
		    SLICE_ARG(domain), what, also);
	status = ctl_confirm(c, "Remove %.*s with %s, all their mail, and %s",
	    SLICE_ARG(domain), what, also);
	return status == EX_OK ? ctl_remove_names(c, domain) : status;
}

static int
del_one(struct ctl *c, const char *text)
{
	char buf[MIME_DOMAIN_MAX + 1];
	struct slice name;
	struct ctl_changes s;
	struct census n;
	struct tally t;
	uint64_t version;
	int status;
	enum err e;

	if ((status = ctl_domain_name(text, buf)) != EX_OK)
		return status;
	name = slice_str(buf);
	e = ctl_domain_get(c, name, NULL, &version);
	if (e == ERR_NOENT && c->opt[CTL_IF_EXISTS] != NULL)
		return EX_OK;
	if (e == ERR_NOENT)
		return ctl_fail(
		    EX_NOUSER, "%s is no domain of this server", buf);
	if (e != ERR_OK)
		return ctl_fail_err(e, "domain", name);
	status = take_census(c, &n);
	t = tally_of(&n, name);
	drop_census(&n);
	if (status != EX_OK || (status = remove_names(c, name, &t)) != EX_OK)
		return status;
	ctl_changes_init(&s);
	ctl_change_delete(&s, STORE_DOMAIN, name, version);
	status = ctl_commit_or_say(c, &s, "domain", name);
	ctl_changes_fini(&s);
	if (status == EX_OK)
		ctl_done(c, "removed", name);
	return status;
}

int
ctl_domain_del(struct ctl *c)
{
	int status = check_all(c, false);

	for (int i = 0; i < c->nargs && status == EX_OK; i++)
		status = del_one(c, c->arg[i]);
	return status;
}

/* --- list and show --------------------------------------------------- */

static const struct ctl_column columns[] = {
    {"DOMAIN",        "domain",        CTL_TEXT },
    {"USERS",         "users",         CTL_COUNT},
    {"ALIASES",       "aliases",       CTL_COUNT},
    {"DEFAULT QUOTA", "default_quota", CTL_SIZE },
    {"SINCE",         "created",       CTL_TIME },
};
enum { COLUMNS = sizeof columns / sizeof *columns };

struct listing {
	struct census n;
	struct ctl_table *t;
};

static void
put_domain(struct listing *l, struct slice name, const struct store_domain *d)
{
	struct tally tally = tally_of(&l->n, name);

	ctl_put_text(l->t, name);
	ctl_put_u64(l->t, tally.users);
	ctl_put_u64(l->t, tally.aliases);
	ctl_put_u64(l->t, d->default_quota);
	ctl_put_u64(l->t, d->created_us);
	ctl_row_end(l->t);
}

static enum err
list_one(void *ctx, const struct store_dir_row *row)
{
	struct store_domain d;
	enum err e = store_domain_decode(row->value, &d);

	if (e == ERR_OK)
		put_domain(ctx, row->key, &d);
	return e;
}

int
ctl_domain_list(struct ctl *c)
{
	struct listing l;
	int status = take_census(c, &l.n);
	enum err e = ERR_OK;

	if (status == EX_OK) {
		l.t = ctl_table_begin(c, columns, COLUMNS);
		e = ctl_each(c, STORE_DOMAIN, list_one, &l);
		if (!ctl_table_end(&l.t))
			status = EX_IOERR;
	}
	drop_census(&l.n);
	return e == ERR_OK ? status : ctl_fail_err(e, "domains", SLICE_NONE);
}

int
ctl_domain_show(struct ctl *c)
{
	struct store_domain d;
	struct listing l;
	char name[MIME_DOMAIN_MAX + 1];
	int status;

	if ((status = ctl_domain_name(c->arg[0], name)) != EX_OK ||
	    (status = ctl_domain_need(c, slice_str(name), &d)) != EX_OK)
		return status;
	if ((status = take_census(c, &l.n)) == EX_OK) {
		l.t = ctl_table_begin(c, columns, COLUMNS);
		ctl_table_upright(l.t);
		put_domain(&l, slice_str(name), &d);
		if (!ctl_table_end(&l.t))
			status = EX_IOERR;
	}
	drop_census(&l.n);
	return status;
}
