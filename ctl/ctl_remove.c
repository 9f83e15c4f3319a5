/* Accounts and aliases that go away. */
#include "ctl/ctl_remove.h"

#include "ctl/ctl_out.h"
#include "ctl/ctl_rpc.h"

#include <string.h>

int
ctl_remove_user(struct ctl *c, const struct ctl_user *u)
{
	struct slice name = mime_addr_slice(&u->addr);
	uint64_t mailbox = u->account.mailbox;
	struct ctl_changes s;
	int status;
	enum err e;

	ctl_changes_init(&s);
	ctl_change_delete(&s, STORE_NAME, name, u->name_version);
	ctl_change_delete_account(&s, u->id, u->version);
	ctl_change_remove_mailbox(&s, mailbox, name);
	status = ctl_commit_or_say(c, &s, "user", name);
	ctl_changes_fini(&s);
	if (status != EX_OK)
		return status;
	e = ctl_rpc_control(
	    c->rpc, CONTROL_REMOVE, mailbox, 0, SLICE_NONE, NULL, NULL, NULL);
	if (e != ERR_OK && e != ERR_NOENT)
		ctl_detail(c, "%.*s: %s; the server goes on removing its mail",
		    SLICE_ARG(name), err_text(e));
	return EX_OK;
}

struct removal {
	struct ctl *c;
	struct slice domain;
	int status;
};

static int
remove_alias(struct ctl *c, const struct store_dir_row *row)
{
	struct ctl_changes s;
	int status;

	ctl_changes_init(&s);
	ctl_change_delete(&s, STORE_NAME, row->key, row->version);
	status = ctl_commit_or_say(c, &s, "alias", row->key);
	ctl_changes_fini(&s);
	return status;
}

static int
remove_account(struct ctl *c, struct slice name)
{
	char text[MIME_ADDR_MAX + 1];
	struct ctl_user u;
	int status;

	(void)slice_to_str(name, text, sizeof text);
	ctl_user_init(&u);
	status = ctl_user_find(c, text, &u);
	if (status == EX_OK)
		status = ctl_remove_user(c, &u);
	ctl_user_fini(&u);
	return status;
}

static enum err
remove_one(void *ctx, const struct store_dir_row *row)
{
	struct removal *r = ctx;
	struct store_name n;
	enum err e;

	if (!ctl_in_domain(row->key, r->domain))
		return ERR_OK;
	if ((e = store_name_decode(row->value, &n)) != ERR_OK)
		return e;
	r->status = n.type == STORE_ALIAS ? remove_alias(r->c, row)
					  : remove_account(r->c, row->key);
	return r->status == EX_OK ? ERR_OK : ERR_IO;
}

int
ctl_remove_names(struct ctl *c, struct slice domain)
{
	struct removal r = {c, domain, EX_OK};
	enum err e = ctl_each(c, STORE_NAME, remove_one, &r);

	if (r.status != EX_OK)
		return r.status;
	return e == ERR_OK ? EX_OK : ctl_fail_err(e, "domain", domain);
}
