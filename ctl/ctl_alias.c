/* alias add, del, list. */
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_dir.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_targets.h"

#include <string.h>

/* --- add ------------------------------------------------------------- */

/* What the name is now; *there: an alias. why: what is to be said of a user */
static int
load(struct ctl *c, struct slice name, const char *why, struct buf *value,
    struct store_name *n, uint64_t *version, bool *there)
{
	enum err e = ctl_name_get(c, name, value, n, version);

	*there = e == ERR_OK;
	if (e != ERR_OK && e != ERR_NOENT)
		return ctl_fail_err(e, "alias", name);
	if (*there && n->type == STORE_MAILBOX)
		return ctl_fail(
		    EX_CANTCREAT, "%.*s is a user%s", SLICE_ARG(name), why);
	return EX_OK;
}

static int
save(struct ctl *c, struct slice name, struct slice targets, uint64_t version)
{
	struct store_name n = {.type = STORE_ALIAS, .targets = targets};
	struct ctl_changes s;
	int status;

	ctl_changes_init(&s);
	if (targets.len == 0)
		ctl_change_delete(&s, STORE_NAME, name, version);
	else
		ctl_change_name(&s, name, &n, version);
	status = ctl_commit_or_say(c, &s, "alias", name);
	ctl_changes_fini(&s);
	return status;
}

static int
add_targets(struct ctl *c, struct slice name, struct ctl_targets *t)
{
	struct mime_addr a;
	int status = EX_OK;

	for (int i = 1; i < c->nargs && status == EX_OK; i++) {
		if ((status = ctl_addr(c->arg[i], &a)) != EX_OK)
			break;
		if (ctl_targets_has(t, mime_addr_slice(&a)))
			continue;
		status = ctl_target_check(c, name, &a);
		if (status == EX_OK)
			status = ctl_targets_add(t, mime_addr_slice(&a));
	}
	return status;
}

int
ctl_alias_add(struct ctl *c)
{
	char text[MIME_ADDR_MAX + 1];
	struct buf value = BUF_INIT(STORE_VALUE_MAX);
	struct ctl_targets t;
	struct store_name n = {0};
	struct slice name;
	uint64_t version = 0;
	unsigned before;
	bool there;
	int status;

	if ((status = ctl_addr_or_catch_all(c->arg[0], text)) != EX_OK)
		return status;
	name = slice_str(text);
	status = ctl_domain_need(
	    c, slice_skip(name, slice_rfind(name, '@') + 1), NULL);
	if (status == EX_OK)
		status = load(c, name, "; an alias cannot have the same name",
		    &value, &n, &version, &there);
	if (status != EX_OK) {
		buf_fini(&value);
		return status;
	}
	ctl_targets_init(&t, there ? n.targets : SLICE_NONE);
	before = t.n;
	status = add_targets(c, name, &t);
	if (status == EX_OK && t.n == before && c->opt[CTL_IF_MISSING] == NULL)
		status = ctl_fail(EX_CANTCREAT, "%s leads there already", text);
	else if (status == EX_OK && t.n > before)
		status = save(c, name, buf_slice(&t.text), version);
	if (status == EX_OK)
		ctl_done(c, there ? "changed" : "added", name);
	ctl_targets_fini(&t);
	buf_fini(&value);
	return status;
}

/* --- del ------------------------------------------------------------- */

static int
del_targets(struct ctl *c, struct slice name, struct ctl_targets *t)
{
	struct mime_addr a;
	int status = EX_OK;

	for (int i = 1; i < c->nargs && status == EX_OK; i++) {
		if ((status = ctl_addr(c->arg[i], &a)) != EX_OK)
			break;
		if (!ctl_targets_remove(t, mime_addr_slice(&a)) &&
		    c->opt[CTL_IF_EXISTS] == NULL)
			status = ctl_fail(EX_NOUSER,
			    "%.*s does not lead to %.*s", SLICE_ARG(name),
			    SLICE_ARG(mime_addr_slice(&a)));
	}
	return status;
}

int
ctl_alias_del(struct ctl *c)
{
	char text[MIME_ADDR_MAX + 1];
	struct buf value = BUF_INIT(STORE_VALUE_MAX);
	struct ctl_targets t;
	struct store_name n = {0};
	struct slice name;
	uint64_t version = 0;
	bool there = false;
	int status;

	if ((status = ctl_addr_or_catch_all(c->arg[0], text)) != EX_OK)
		return status;
	name = slice_str(text);
	status = load(c, name, ", no alias (restante user del)", &value, &n,
	    &version, &there);
	ctl_targets_init(&t, there ? n.targets : SLICE_NONE);
	if (status == EX_OK && !there) {
		if (c->opt[CTL_IF_EXISTS] == NULL)
			status = ctl_fail(EX_NOUSER, "no alias %s", text);
	} else if (status == EX_OK) {
		if (c->nargs == 1)
			buf_reset(&t.text);
		status = del_targets(c, name, &t);
		if (status == EX_OK)
			status = save(c, name, buf_slice(&t.text), version);
		if (status == EX_OK)
			ctl_done(
			    c, t.text.len == 0 ? "removed" : "changed", name);
	}
	ctl_targets_fini(&t);
	buf_fini(&value);
	return status;
}

/* --- list ------------------------------------------------------------ */

static const struct ctl_column columns[] = {
    {"ALIAS",    "alias",   CTL_TEXT},
    {"LEADS TO", "targets", CTL_TEXT},
};

struct listing {
	struct slice domain, name; /* at most one of them */
	struct ctl_table *t;
	unsigned found;
};

static enum err
list_one(void *ctx, const struct store_dir_row *row)
{
	struct listing *l = ctx;
	struct slice target[STORE_TARGETS_MAX], rest;
	struct store_name n;
	unsigned count = 0;
	enum err e = store_name_decode(row->value, &n);

	if (e != ERR_OK)
		return e;
	if (n.type != STORE_ALIAS || !ctl_in_domain(row->key, l->domain) ||
	    (l->name.len > 0 && !slice_eq(row->key, l->name)))
		return ERR_OK;
	rest = n.targets;
	while (
	    count < STORE_TARGETS_MAX && store_name_next(&rest, &target[count]))
		count++;
	ctl_put_text(l->t, row->key);
	ctl_put_list(l->t, target, count);
	ctl_row_end(l->t);
	l->found++;
	return ERR_OK;
}

int
ctl_alias_list(struct ctl *c)
{
	char text[MIME_ADDR_MAX + 1] = "";
	struct listing l = {0};
	int status = EX_OK;
	enum err e;

	if (c->nargs > 0 && strchr(c->arg[0], '@') != NULL) {
		status = ctl_addr_or_catch_all(c->arg[0], text);
		l.name = slice_str(text);
	} else if (c->nargs > 0) {
		status = ctl_domain_name(c->arg[0], text);
		l.domain = slice_str(text);
		if (status == EX_OK)
			status = ctl_domain_need(c, l.domain, NULL);
	}
	if (status != EX_OK)
		return status;
	l.t = ctl_table_begin(c, columns, 2);
	e = ctl_each(c, STORE_NAME, list_one, &l);
	if (!ctl_table_end(&l.t))
		status = EX_IOERR;
	if (e != ERR_OK)
		return ctl_fail_err(e, "aliases", SLICE_NONE);
	if (l.name.len > 0 && l.found == 0)
		return ctl_fail(EX_NOUSER, "no alias %s", text);
	return status;
}
