/* import: what export has written. */
#include "base/clock.h"
#include "ctl/ctl_account.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_delegates.h"
#include "ctl/ctl_dir.h"
#include "ctl/ctl_dump.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_rpc.h"
#include "ctl/ctl_targets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct import {
	struct ctl *c;
	struct ctl_dump_reader in;
	uint64_t domains, accounts, aliases, messages, there;
	/* the account of the last message, which is mostly that of the next */
	char name[MIME_ADDR_MAX + 1];
	uint64_t mailbox;
	bool head, end;
};

/* What is there already stays as it is. */
static enum err
commit_new(struct import *m, struct ctl_changes *s, uint64_t *count)
{
	enum err e = ctl_commit(m->c, s, NULL);

	if (e == ERR_EXISTS)
		m->there++;
	else if (e == ERR_OK)
		(*count)++;
	return e == ERR_EXISTS ? ERR_OK : e;
}

static enum err
add_domain(struct import *m, const json_t *o)
{
	struct store_domain d = {
	    .default_quota = ctl_dump_u64(o, "default_quota"),
	    .max_users = (uint32_t)ctl_dump_u64(o, "max_users"),
	    .created_us = ctl_dump_time(o, "created"),
	};
	char name[MIME_DOMAIN_MAX + 1];
	struct ctl_changes s;
	enum err e;

	if (mime_addr_parse_domain(
		ctl_dump_text(o, "domain"), false, true, name) != ERR_OK)
		return ERR_SYNTAX;
	ctl_changes_init(&s);
	ctl_change_domain(&s, slice_str(name), &d, 0);
	e = commit_new(m, &s, &m->domains);
	ctl_changes_fini(&s);
	return e;
}

/* The canonical address under key of an object. */
static enum err
take_addr(const json_t *o, const char *key, struct mime_addr *out)
{
	struct mime_addr a;

	if (mime_addr_parse(ctl_dump_text(o, key), &a) != ERR_OK)
		return ERR_SYNTAX;
	mime_addr_key(&a, out);
	return ERR_OK;
}

static enum err
take_targets(const json_t *list, struct ctl_targets *t)
{
	struct mime_addr a, key;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);

		if (!json_is_string(v) ||
		    mime_addr_parse(
			slice_of(json_string_value(v), json_string_length(v)),
			&a) != ERR_OK)
			return ERR_SYNTAX;
		mime_addr_key(&a, &key);
		if (!ctl_targets_has(t, mime_addr_slice(&key)) &&
		    ctl_targets_add(t, mime_addr_slice(&key)) != EX_OK)
			return ERR_TOOBIG;
	}
	return t->n > 0 ? ERR_OK : ERR_SYNTAX;
}

static enum err
take_delegates(const json_t *list, struct ctl_targets *t)
{
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);

		e = json_is_string(v)
			? ctl_delegates_add(t, slice_of(json_string_value(v),
						   json_string_length(v)))
			: ERR_SYNTAX;
	}
	return e;
}

static enum err
add_account(struct import *m, const json_t *o)
{
	struct ctl_new_user u = {
	    .quota = ctl_dump_u64(o, "quota"),
	    .locked = ctl_dump_true(o, "locked"),
	    .hash = ctl_dump_text(o, "hash"),
	    .scram = ctl_dump_text(o, "scram"),
	    .created_us = ctl_dump_time(o, "created"),
	    .password_us = ctl_dump_time(o, "password_set"),
	    .keep = ctl_dump_true(o, "keep"),
	};
	struct ctl_targets forward, delegates;
	struct ctl_changes s;
	uint64_t ids[2];
	bool alias;
	enum err e = take_addr(o, "account", &u.addr);

	if (e == ERR_OK)
		e = ctl_name_free(m->c, mime_addr_slice(&u.addr), &alias);
	if (e == ERR_EXISTS) {
		m->there++;
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	ctl_targets_init(&forward, SLICE_NONE);
	ctl_targets_init(&delegates, SLICE_NONE);
	ctl_changes_init(&s);
	if (json_object_get(o, "forward") != NULL)
		e = take_targets(json_object_get(o, "forward"), &forward);
	if (e == ERR_OK)
		e = take_delegates(json_object_get(o, "delegates"), &delegates);
	u.forward = buf_slice(&forward.text);
	u.delegates = buf_slice(&delegates.text);
	if (e == ERR_OK && (e = ctl_rpc_new_ids(m->c->rpc, ids, 2)) == ERR_OK) {
		ctl_account_new(&u, ids, &s);
		e = commit_new(m, &s, &m->accounts);
	}
	ctl_changes_fini(&s);
	ctl_targets_fini(&forward);
	ctl_targets_fini(&delegates);
	return e;
}

static enum err
add_alias(struct import *m, const json_t *o)
{
	struct slice text = ctl_dump_text(o, "alias");
	char name[MIME_ADDR_MAX + 1] = "@";
	struct store_name n = {.type = STORE_ALIAS};
	struct ctl_targets t;
	struct ctl_changes s;
	struct mime_addr a;
	enum err e = ERR_OK;

	if (text.len > 0 && text.p[0] == '@')
		e = mime_addr_parse_domain(
		    slice_skip(text, 1), false, true, name + 1);
	else if ((e = take_addr(o, "alias", &a)) == ERR_OK)
		e = slice_to_str(mime_addr_slice(&a), name, sizeof name);
	ctl_targets_init(&t, SLICE_NONE);
	if (e == ERR_OK)
		e = take_targets(json_object_get(o, "targets"), &t);
	if (e == ERR_OK) {
		n.targets = buf_slice(&t.text);
		ctl_changes_init(&s);
		ctl_change_name(&s, slice_str(name), &n, 0);
		e = commit_new(m, &s, &m->aliases);
		ctl_changes_fini(&s);
	}
	ctl_targets_fini(&t);
	return e;
}

/* --- messages -------------------------------------------------------- */

static enum err
find_mailbox(struct import *m, struct slice name)
{
	struct ctl_user u;
	struct buf value = BUF_INIT(STORE_VALUE_MAX);
	struct store_name n = {0};
	enum err e;

	if (slice_eq(name, slice_str(m->name)))
		return ERR_OK;
	ctl_user_init(&u);
	e = ctl_name_get(m->c, name, &value, &n, NULL);
	if (e == ERR_OK && n.type != STORE_MAILBOX)
		e = ERR_NOENT;
	if (e == ERR_OK)
		e = ctl_user_load(m->c, n.account, &u);
	if (e == ERR_OK) {
		m->mailbox = u.account.mailbox;
		e = slice_to_str(name, m->name, sizeof m->name);
	}
	buf_fini(&value);
	ctl_user_fini(&u);
	return e;
}

static enum err
check_octets(void *ctx)
{
	struct import *m = ctx;

	return ctl_dump_check(&m->in);
}

static struct slice
next_piece(void *ctx)
{
	struct import *m = ctx;

	return ctl_dump_piece(&m->in);
}

static enum err
add_message(struct import *m, const json_t *o)
{
	struct ctl_source source = {.next = next_piece,
	    .check = check_octets,
	    .ctx = m,
	    .size = ctl_dump_u64(o, "octets")};
	unsigned flags = ctl_dump_true(o, "utf8") ? MSG_DELIVER_UTF8 : 0;
	struct mail_id id;
	enum err e;

	if (mail_id_parse(ctl_dump_text(o, "id"), &id) != ERR_OK)
		return ERR_SYNTAX;
	ctl_dump_octets(&m->in, source.size);
	if (m->c->opt[CTL_NO_MAIL] != NULL) {
		while (next_piece(m).len > 0)
			continue;
		return check_octets(m);
	}
	e = find_mailbox(m, ctl_dump_text(o, "message"));
	if (e == ERR_OK)
		e = ctl_rpc_deliver(m->c->rpc, m->mailbox,
		    ctl_dump_text(o, "uidl"), &id, flags, &source);
	return e;
}

/* --- the whole ------------------------------------------------------- */

static enum err
take_record(struct import *m, const json_t *o)
{
	static const struct {
		const char *key;
		enum err (*add)(struct import *, const json_t *);
	} kinds[] = {
	    {"domain",  add_domain },
	    {"account", add_account},
	    {"alias",   add_alias  },
	    {"message", add_message},
	};

	if (json_object_get(o, "restante_export") != NULL) {
		m->head =
		    ctl_dump_u64(o, "restante_export") == CTL_DUMP_VERSION;
		return m->head ? ERR_OK : ERR_UNSUPPORTED;
	}
	if (!m->head)
		return ERR_UNSUPPORTED;
	if (ctl_dump_true(o, "end")) {
		m->end = true;
		return ERR_NOENT;
	}
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (json_object_get(o, kinds[i].key) != NULL)
			return kinds[i].add(m, o);
	return ERR_SYNTAX;
}

static int
finish(struct import *m, enum err e)
{
	const char *path = m->c->arg[0];
	unsigned long long line = m->in.line;

	if (e == ERR_NOENT && m->end) {
		ctl_note(m->c,
		    "imported %llu %s, %llu %s, %llu alias%s, %llu %s; %llu "
		    "%s there already",
		    CTL_N(m->domains, "domain"), CTL_N(m->accounts, "account"),
		    (unsigned long long)m->aliases, m->aliases == 1 ? "" : "es",
		    CTL_N(m->messages, "message"), (unsigned long long)m->there,
		    m->there == 1 ? "record was" : "records were");
		return EX_OK;
	}
	if (e == ERR_NOENT && !m->end && m->in.end)
		return ctl_fail(EX_DATAERR,
		    "%s: the file ends too early; what was read is imported",
		    path);
	if (e == ERR_UNSUPPORTED)
		return ctl_fail(EX_DATAERR,
		    "%s: this is no export of restante, or of a newer one",
		    path);
	if (e == ERR_QUOTA)
		return ctl_fail(EX_CANTCREAT,
		    "%s:%llu: the mailbox of %s is full (restante user set %s "
		    "quota=...); repeating the import adds nothing twice",
		    path, line, m->name, m->name);
	return ctl_fail(ctl_status_of(e),
	    "%s:%llu: %s; what came before is imported, repeating the import "
	    "adds nothing twice",
	    path, line, err_text(e));
}

int
ctl_import(struct ctl *c)
{
	const char *path = c->arg[0];
	struct import m = {.c = c};
	json_t *o = NULL;
	int fd = STDIN_FILENO;
	enum err e, sent;

	if (strcmp(path, "-") != 0 &&
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return ctl_fail(EX_NOINPUT, "%s: %s", path, strerror(errno));
	ctl_dump_open(&m.in, fd);
	while ((e = ctl_dump_next(&m.in, &o)) == ERR_OK) {
		e = take_record(&m, o);
		json_decref(o);
		if (e != ERR_OK)
			break;
	}
	sent = ctl_rpc_delivered(c->rpc, &m.messages);
	if (sent != ERR_OK && (e == ERR_NOENT || e == ERR_OK))
		e = sent;
	ctl_dump_close(&m.in);
	if (fd != STDIN_FILENO)
		(void)close(fd);
	return finish(&m, e);
}
