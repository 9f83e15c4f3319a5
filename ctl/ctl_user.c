/* user add, del, passwd, lock, unlock, set. */
#include "base/clock.h"
#include "ctl/ctl_account.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_delegates.h"
#include "ctl/ctl_dir.h"
#include "ctl/ctl_forward.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_remove.h"
#include "ctl/ctl_rpc.h"
#include "ctl/ctl_secret.h"

#include <string.h>

/* --- add ------------------------------------------------------------- */

static int
taken(struct ctl *c, struct slice name, bool alias)
{
	if (c->opt[CTL_IF_MISSING] != NULL && !alias) {
		ctl_note(c, "%.*s exists already", SLICE_ARG(name));
		return -1;
	}
	if (alias)
		return ctl_fail(EX_CANTCREAT,
		    "%.*s exists already, as an alias (restante alias del "
		    "%.*s)",
		    SLICE_ARG(name), SLICE_ARG(name));
	return ctl_fail(EX_CANTCREAT,
	    "%.*s exists already (use \"user passwd\" or \"user set\")",
	    SLICE_ARG(name));
}

/* Everything that can be wrong before anybody is asked for a password. */
static int
prepare(struct ctl *c, struct ctl_new_user *u)
{
	struct store_domain d;
	struct slice name;
	bool alias;
	int status;
	enum err e;

	if ((status = ctl_addr(c->arg[0], &u->addr)) != EX_OK)
		return status;
	name = mime_addr_slice(&u->addr);
	status = ctl_domain_need(c, mime_addr_domain(&u->addr), &d);
	if (status != EX_OK)
		return status;
	u->quota = d.default_quota;
	if (c->opt[CTL_QUOTA] != NULL)
		status = ctl_size("--quota", c->opt[CTL_QUOTA], &u->quota);
	if (status != EX_OK)
		return status;
	e = ctl_name_free(c, name, &alias);
	if (e == ERR_EXISTS)
		return taken(c, name, alias);
	return e == ERR_OK ? EX_OK : ctl_fail_err(e, "user", name);
}

static int
create(struct ctl *c, const struct ctl_new_user *u)
{
	struct slice name = mime_addr_slice(&u->addr);
	struct ctl_changes s;
	uint64_t ids[2];
	enum err e;

	ctl_changes_init(&s);
	if ((e = ctl_rpc_new_ids(c->rpc, ids, 2)) == ERR_OK) {
		ctl_account_new(u, ids, &s);
		e = ctl_commit(c, &s, NULL);
	}
	ctl_changes_fini(&s);
	if (e == ERR_EXISTS)
		return taken(c, name, false);
	if (e != ERR_OK)
		return ctl_fail_err(e, "user", name);
	ctl_done(c, "added", name);
	return EX_OK;
}

int
ctl_user_add(struct ctl *c)
{
	struct ctl_new_user u = {0};
	struct ctl_secret secret;
	int status;

	if ((status = prepare(c, &u)) != EX_OK)
		return status == -1 ? EX_OK : status;
	ctl_secret_init(&secret);
	status = ctl_secret_get(c, mime_addr_slice(&u.addr), &secret);
	if (status == EX_OK) {
		u.hash = buf_slice(&secret.hash);
		u.scram = buf_slice(&secret.scram);
		status = create(c, &u);
	}
	ctl_secret_fini(&secret);
	return status == -1 ? EX_OK : status;
}

/* --- del ------------------------------------------------------------- */

static bool
is_missing(struct ctl *c, const char *text)
{
	struct mime_addr a;
	bool alias;

	return c->opt[CTL_IF_EXISTS] != NULL &&
	       mime_addr_parse(slice_str(text), &a) == ERR_OK &&
	       ctl_name_free(c, mime_addr_slice(&a), &alias) == ERR_OK;
}

/* Before the first is changed: are all of them there? */
static int
check_all(struct ctl *c)
{
	struct ctl_user u;
	int status = EX_OK;

	for (int i = 0; i < c->nargs && status == EX_OK; i++) {
		if (is_missing(c, c->arg[i]))
			continue;
		ctl_user_init(&u);
		status = ctl_user_find(c, c->arg[i], &u);
		ctl_user_fini(&u);
	}
	return status;
}

int
ctl_user_del(struct ctl *c)
{
	struct ctl_user u;
	int status = check_all(c);

	for (int i = 0; i < c->nargs && status == EX_OK; i++) {
		if (is_missing(c, c->arg[i]))
			continue;
		ctl_user_init(&u);
		status = ctl_user_find(c, c->arg[i], &u);
		if (status == EX_OK)
			status = ctl_confirm(c, "Remove %.*s and all its mail",
			    SLICE_ARG(mime_addr_slice(&u.addr)));
		if (status == EX_OK)
			status = ctl_remove_user(c, &u);
		if (status == EX_OK)
			ctl_done(c, "removed", mime_addr_slice(&u.addr));
		ctl_user_fini(&u);
	}
	return status;
}

/* --- changes --------------------------------------------------------- */

static int
save(struct ctl *c, const struct ctl_user *u)
{
	struct ctl_changes s;
	int status;

	ctl_changes_init(&s);
	ctl_change_account(&s, u->id, &u->account, u->version);
	status = ctl_commit_or_say(c, &s, "user", u->account.name);
	ctl_changes_fini(&s);
	return status;
}

int
ctl_user_passwd(struct ctl *c)
{
	struct ctl_secret secret;
	struct ctl_user u;
	int status;

	ctl_user_init(&u);
	ctl_secret_init(&secret);
	status = ctl_user_find(c, c->arg[0], &u);
	if (status == EX_OK)
		status = ctl_secret_get(c, mime_addr_slice(&u.addr), &secret);
	if (status == EX_OK) {
		u.account.hash = buf_slice(&secret.hash);
		u.account.scram = buf_slice(&secret.scram);
		u.account.password_us = clock_wall_us();
		status = save(c, &u);
	}
	if (status == EX_OK)
		ctl_done(
		    c, "changed the password of", mime_addr_slice(&u.addr));
	ctl_secret_fini(&secret);
	ctl_user_fini(&u);
	return status;
}

static int
set_state(
    struct ctl *c, const char *text, enum store_state state, const char *done)
{
	struct ctl_user u;
	int status;

	ctl_user_init(&u);
	status = ctl_user_find(c, text, &u);
	if (status == EX_OK && u.account.state != state) {
		u.account.state = state;
		status = save(c, &u);
	}
	if (status == EX_OK)
		ctl_done(c, done, mime_addr_slice(&u.addr));
	ctl_user_fini(&u);
	return status;
}

int
ctl_user_lock(struct ctl *c)
{
	int status = check_all(c);

	for (int i = 0; i < c->nargs && status == EX_OK; i++)
		status = set_state(c, c->arg[i], STORE_SUSPENDED, "locked");
	return status;
}

int
ctl_user_unlock(struct ctl *c)
{
	int status = check_all(c);

	for (int i = 0; i < c->nargs && status == EX_OK; i++)
		status = set_state(c, c->arg[i], STORE_ACTIVE, "unlocked");
	if (status == EX_OK)
		ctl_detail(c, "mail that was held meanwhile: restante queue "
			      "release --from ADDRESS");
	return status;
}

/* What `user set` changes an account into; slices of the record lie in f and
 * delegates. */
struct setting {
	struct ctl *c;
	struct store_account *a;
	struct ctl_forward f;
	struct ctl_targets delegates;
	bool forward, keep; /* were given */
};

static int
set_forward(struct setting *s, struct slice list)
{
	enum err e;

	ctl_forward_fini(&s->f);
	ctl_forward_init(&s->f);
	e = ctl_forward_read(&s->f, s->a->name, list);
	if (e == ERR_SYNTAX)
		return ctl_fail(EX_DATAERR,
		    "forward: \"%.*s\" is no list of addresses (a@example.org,"
		    "b@example.org)",
		    SLICE_ARG(list));
	if (e != ERR_OK)
		return ctl_status_of(e);
	s->forward = true;
	s->a->forward = buf_slice(&s->f.targets.text);
	if (!s->keep)
		s->a->keep = s->f.keep;
	return ctl_forward_check(s->c, s->a->name, &s->f);
}

static int
set_keep(struct setting *s, struct slice value)
{
	s->keep = true;
	s->a->keep = slice_eq(value, SLICE("on"));
	return s->a->keep || slice_eq(value, SLICE("off"))
		   ? EX_OK
		   : ctl_fail(EX_USAGE, "keep is on or off");
}

static int
set_delegates(struct setting *s, struct slice list)
{
	enum err e;

	ctl_targets_fini(&s->delegates);
	ctl_targets_init(&s->delegates, SLICE_NONE);
	e = ctl_delegates_read(&s->delegates, list);
	if (e == ERR_SYNTAX)
		return ctl_fail(EX_DATAERR,
		    "delegates: \"%.*s\" is no list of addresses and domains "
		    "(a@example.org,@example.org)",
		    SLICE_ARG(list));
	if (e != ERR_OK)
		return ctl_status_of(e);
	s->a->delegates = buf_slice(&s->delegates.text);
	return ctl_delegates_check(s->c, &s->delegates);
}

static int
apply(struct setting *s, const char *text)
{
	struct slice value = slice_str(text), key;
	bool has_value = slice_cut(&value, '=', &key);

	if (!has_value)
		return ctl_fail(EX_USAGE,
		    "\"%s\" is not KEY=VALUE (for example quota=2G)", text);
	if (slice_eq(key, SLICE("quota")))
		return ctl_size(
		    "quota", value.len == 0 ? "" : value.p, &s->a->quota);
	if (slice_eq(key, SLICE("forward")))
		return set_forward(s, value);
	if (slice_eq(key, SLICE("keep")))
		return set_keep(s, value);
	if (slice_eq(key, SLICE("delegates")))
		return set_delegates(s, value);
	return ctl_fail(EX_USAGE,
	    "users have no \"%.*s\" (quota, forward, keep, delegates)",
	    SLICE_ARG(key));
}

/* A copy of mail that stays here anyway means nothing. */
static int
settle(const struct setting *s)
{
	if (s->a->forward.len == 0 && s->keep && s->a->keep)
		return ctl_fail(EX_USAGE,
		    "keep=on: %.*s forwards nothing (forward=ADDRESS)",
		    SLICE_ARG(s->a->name));
	if (s->a->forward.len == 0)
		s->a->keep = false;
	return EX_OK;
}

int
ctl_user_set(struct ctl *c)
{
	struct setting s = {.c = c};
	struct ctl_user u;
	int status;

	ctl_user_init(&u);
	ctl_forward_init(&s.f);
	ctl_targets_init(&s.delegates, SLICE_NONE);
	s.a = &u.account;
	status = ctl_user_find(c, c->arg[0], &u);
	for (int i = 1; i < c->nargs && status == EX_OK; i++)
		status = apply(&s, c->arg[i]);
	if (status == EX_OK)
		status = settle(&s);
	if (status == EX_OK)
		status = save(c, &u);
	if (status == EX_OK)
		ctl_done(c, "changed", mime_addr_slice(&u.addr));
	ctl_targets_fini(&s.delegates);
	ctl_forward_fini(&s.f);
	ctl_user_fini(&u);
	return status;
}
