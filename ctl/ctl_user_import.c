/* user import, export. */
#include "auth/auth_crypt.h"
#include "base/map.h"
#include "ctl/ctl_account.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_delegates.h"
#include "ctl/ctl_dir.h"
#include "ctl/ctl_file.h"
#include "ctl/ctl_forward.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_rpc.h"
#include "ctl/ctl_secret.h"
#include "ctl/ctl_userfile.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 256 * 1024 * 1024, BATCH = 100, COMPLAINTS = 20 };

struct entry { /* an account of the file, found good */
	struct map_node node;
	struct mime_addr addr;
	uint64_t quota;
	bool locked;
	struct slice secret, forward, delegates; /* lie in text */
	char text[];
};
struct import {
	struct ctl *c;
	const char *file;
	struct ctl_userfile format;
	struct map names;
	struct entry **entry;
	size_t n, cap;
	unsigned bad, skipped;
	/* the domain of the last line, which is mostly that of the next */
	char domain[MIME_DOMAIN_MAX + 1];
	struct store_domain domain_record;
};

static void complain(struct import *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
complain(struct import *m, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (++m->bad > COMPLAINTS)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	(void)ctl_fail(EX_DATAERR, "%s:%u: %s", m->file, m->format.line, text);
}

/* --- checks ---------------------------------------------------------- */

static bool
parse_name(struct import *m, struct slice name, struct mime_addr *out)
{
	struct buf full = BUF_INIT(1024);
	struct mime_addr a;
	enum err e;

	buf_add_slice(&full, name);
	if (slice_find(name, '@') == name.len) {
		if (m->format.domain.len == 0) {
			complain(m,
			    "\"%.*s\" has no domain (--format "
			    "passwd:example.org)",
			    SLICE_ARG(name));
			buf_fini(&full);
			return false;
		}
		buf_add_char(&full, '@');
		buf_add_slice(&full, m->format.domain);
	}
	e = full.err == ERR_OK ? mime_addr_parse(buf_slice(&full), &a)
			       : full.err;
	buf_fini(&full);
	if (e != ERR_OK || a.literal)
		complain(m, "\"%.*s\" is not an address", SLICE_ARG(name));
	else
		mime_addr_key(&a, out);
	return e == ERR_OK && !a.literal;
}

static bool
domain_good(struct import *m, struct slice domain)
{
	enum err e;

	if (slice_eq(domain, slice_str(m->domain)))
		return true;
	e = ctl_domain_get(m->c, domain, &m->domain_record, NULL);
	if (e == ERR_OK) {
		(void)slice_to_str(domain, m->domain, sizeof m->domain);
		return true;
	}
	if (e == ERR_NOENT)
		complain(m,
		    "%.*s is no domain of this server (restante domain "
		    "add %.*s)",
		    SLICE_ARG(domain), SLICE_ARG(domain));
	else
		complain(m, "%.*s: %s", SLICE_ARG(domain), err_text(e));
	return false;
}

/* A password in clear has no form; anything else must be a hash. */
static bool
secret_good(struct import *m, struct slice s)
{
	struct slice body = s;
	size_t end = slice_find(s, '}');
	bool scheme = s.len > 0 && s.p[0] == '{' && end < s.len;
	bool plain = m->format.format == CTL_CSV && !scheme;

	if (scheme) {
		body = slice_first(s, end + 1);
		plain = slice_eq_nocase(body, SLICE("{PLAIN}")) ||
			slice_eq_nocase(body, SLICE("{CLEAR}")) ||
			slice_eq_nocase(body, SLICE("{CLEARTEXT}"));
		body = slice_skip(s, end + 1);
	}
	if (plain ? body.len > 0 && body.len <= AUTH_PASSWORD_MAX
		  : auth_crypt_check(body) == ERR_OK)
		return true;
	complain(m, "%s",
	    body.len == 0 ? "there is no password"
	    : plain       ? "the password is too long"
			  : "this is no hash of crypt(5): give the account a "
			    "new password, or leave it out");
	return false;
}

/* true: nobody has the name yet */
static bool
name_good(struct import *m, struct slice name)
{
	bool alias;
	enum err e;

	if (map_get(&m->names, name) != NULL) {
		complain(m, "%.*s is in the file twice", SLICE_ARG(name));
		return false;
	}
	e = ctl_name_free(m->c, name, &alias);
	if (e == ERR_OK)
		return true;
	if (e == ERR_EXISTS && !alias && m->c->opt[CTL_IF_MISSING] != NULL)
		m->skipped++;
	else if (e == ERR_EXISTS)
		complain(m, "%.*s exists already%s", SLICE_ARG(name),
		    alias ? ", as an alias" : " (--if-missing skips those)");
	else
		complain(m, "%.*s: %s", SLICE_ARG(name), err_text(e));
	return false;
}

/* Whether the addresses are there is seen when mail comes: they may be further
 * down in the file. */
static bool
forward_good(struct import *m, const struct mime_addr *own, struct slice list)
{
	struct ctl_forward f;
	enum err e;

	ctl_forward_init(&f);
	e = ctl_forward_read(&f, mime_addr_slice(own), list);
	ctl_forward_fini(&f);
	if (e == ERR_SYNTAX)
		complain(
		    m, "\"%.*s\" is no list of addresses", SLICE_ARG(list));
	else if (e != ERR_OK)
		m->bad++; /* has been said */
	return e == ERR_OK;
}

static bool
delegates_good(struct import *m, struct slice list)
{
	struct ctl_targets t;
	enum err e;

	ctl_targets_init(&t, SLICE_NONE);
	e = ctl_delegates_read(&t, list);
	ctl_targets_fini(&t);
	if (e == ERR_SYNTAX)
		complain(m, "\"%.*s\" is no list of addresses and domains",
		    SLICE_ARG(list));
	else if (e != ERR_OK)
		m->bad++; /* has been said */
	return e == ERR_OK;
}

/* s, copied to *at, which moves behind it. */
static struct slice
copy(char **at, struct slice s)
{
	char *p = *at;

	if (s.len > 0)
		memcpy(p, s.p, s.len);
	*at += s.len;
	return slice_of(p, s.len);
}

static enum err
keep(struct import *m, const struct mime_addr *addr,
    const struct ctl_userline *line)
{
	struct entry *x = malloc(sizeof *x + line->secret.len +
				 line->forward.len + line->delegates.len + 1);
	struct entry **p;
	char *at;

	if (m->n == m->cap) {
		m->cap = m->cap == 0 ? 256 : m->cap * 2;
		p = reallocarray(m->entry, m->cap, sizeof *p);
		if (p == NULL) {
			free(x);
			return ERR_NOMEM;
		}
		m->entry = p;
	}
	if (x == NULL)
		return ERR_NOMEM;
	x->addr = *addr;
	x->quota =
	    line->has_quota ? line->quota : m->domain_record.default_quota;
	x->locked = line->locked;
	at = x->text;
	x->secret = copy(&at, line->secret);
	x->forward = copy(&at, line->forward);
	x->delegates = copy(&at, line->delegates);
	if (map_put(&m->names, &x->node, mime_addr_slice(&x->addr)) != ERR_OK) {
		free(x);
		return ERR_NOMEM;
	}
	m->entry[m->n++] = x;
	return ERR_OK;
}

static enum err
check_line(struct import *m, const struct ctl_userline *line)
{
	struct mime_addr addr;

	if (!parse_name(m, line->name, &addr) ||
	    !domain_good(m, mime_addr_domain(&addr)) ||
	    !secret_good(m, line->secret) ||
	    !forward_good(m, &addr, line->forward) ||
	    !delegates_good(m, line->delegates) ||
	    !name_good(m, mime_addr_slice(&addr)))
		return ERR_OK;
	return keep(m, &addr, line);
}

static int
check_all(struct import *m, struct slice rest)
{
	struct ctl_userline line = {.text = BUF_INIT(2 * STORE_VALUE_MAX)};
	const char *why = "";
	enum err e = ERR_OK;

	while (e == ERR_OK || e == ERR_SYNTAX) {
		e = ctl_userfile_next(&m->format, &rest, &line, &why);
		if (e == ERR_SYNTAX)
			complain(m, "%s", why);
		else if (e == ERR_OK)
			e = check_line(m, &line);
	}
	buf_wipe(&line.text);
	if (e != ERR_NOENT)
		return ctl_fail_err(e, m->file, SLICE_NONE);
	if (m->bad > COMPLAINTS)
		(void)ctl_fail(EX_DATAERR, "%s: and %u more like these",
		    m->file, m->bad - COMPLAINTS);
	if (m->bad > 0)
		return ctl_fail(EX_DATAERR, "nothing was imported");
	return EX_OK;
}

/* --- making them ----------------------------------------------------- */

static enum err
add_entry(struct import *m, const struct entry *x, const uint64_t ids[2],
    struct ctl_changes *s)
{
	struct ctl_new_user u = {
	    .addr = x->addr, .quota = x->quota, .locked = x->locked};
	struct ctl_secret secret;
	struct ctl_targets delegates;
	struct ctl_forward f;
	enum err e;

	ctl_secret_init(&secret);
	ctl_forward_init(&f);
	ctl_targets_init(&delegates, SLICE_NONE);
	e = ctl_secret_of_text(
	    &m->c->conf, x->secret, m->format.format == CTL_CSV, &secret);
	if (e == ERR_OK)
		e = ctl_forward_read(&f, mime_addr_slice(&x->addr), x->forward);
	if (e == ERR_OK)
		e = ctl_delegates_read(&delegates, x->delegates);
	if (e == ERR_OK) {
		u.delegates = buf_slice(&delegates.text);
		u.forward = buf_slice(&f.targets.text);
		u.keep = f.keep;
		u.hash = buf_slice(&secret.hash);
		u.scram = buf_slice(&secret.scram);
		ctl_account_new(&u, ids, s);
	}
	ctl_secret_fini(&secret);
	ctl_forward_fini(&f);
	ctl_targets_fini(&delegates);
	return e;
}

static int
create_all(struct import *m)
{
	struct ctl_changes s;
	uint64_t ids[2 * BATCH];
	size_t done = 0;
	enum err e = ERR_OK;

	ctl_changes_init(&s);
	while (done < m->n && e == ERR_OK) {
		size_t end = done + BATCH < m->n ? done + BATCH : m->n;

		e = ctl_rpc_new_ids(
		    m->c->rpc, ids, (unsigned)(2 * (end - done)));
		for (size_t i = done; i < end && e == ERR_OK; i++)
			e = add_entry(m, m->entry[i], &ids[2 * (i - done)], &s);
		if (e == ERR_OK)
			e = ctl_commit(m->c, &s, NULL);
		if (e == ERR_OK)
			done = end;
	}
	ctl_changes_fini(&s);
	if (e != ERR_OK)
		return ctl_fail(ctl_status_of(e),
		    "%s: %s; %zu of %zu accounts were made (go on with "
		    "--if-missing)",
		    m->file, err_text(e), done, m->n);
	ctl_note(m->c, "added %llu %s%s", CTL_N(m->n, "account"),
	    m->skipped > 0 ? ", others exist already" : "");
	return EX_OK;
}

int
ctl_user_import(struct ctl *c)
{
	struct import m = {.c = c, .file = c->arg[0]};
	struct buf text = BUF_INIT(FILE_MAX);
	struct slice format = c->opt[CTL_FORMAT] != NULL
				  ? slice_str(c->opt[CTL_FORMAT])
				  : ctl_userfile_guess(slice_str(c->arg[0]));
	int status;

	if (ctl_userfile_init(&m.format, format) != ERR_OK)
		return ctl_fail(EX_USAGE,
		    "--format: \"%.*s\" is not one of passwd, csv, dovecot, "
		    "shadow:DOMAIN",
		    SLICE_ARG(format));
	map_init(&m.names);
	status = ctl_file_read(c->arg[0], &text);
	if (status == EX_OK)
		status = check_all(&m, buf_slice(&text));
	if (status == EX_OK)
		status = create_all(&m);
	for (size_t i = 0; i < m.n; i++)
		free(m.entry[i]);
	free(m.entry);
	map_fini(&m.names);
	buf_wipe(&text);
	return status;
}

/* --- export ---------------------------------------------------------- */

struct export
{
	struct slice domain;
	bool json;
};

static json_t *
text_of(struct slice s)
{
	return s.len == 0 ? json_null() : json_stringn(s.p, s.len);
}

static json_t *
targets_of(struct slice targets)
{
	struct slice one;
	json_t *list = json_array();

	while (store_name_next(&targets, &one))
		(void)json_array_append_new(list, text_of(one));
	return list;
}

static void
print_json(const struct store_account *a)
{
	json_t *j = json_object();

	(void)json_object_set_new(j, "address", text_of(a->name));
	(void)json_object_set_new(j, "hash", text_of(a->hash));
	(void)json_object_set_new(j, "scram", text_of(a->scram));
	(void)json_object_set_new(
	    j, "quota", json_integer((json_int_t)a->quota));
	(void)json_object_set_new(j, "state",
	    json_string(a->state == STORE_SUSPENDED ? "locked" : "active"));
	(void)json_object_set_new(j, "forward", targets_of(a->forward));
	(void)json_object_set_new(j, "keep", json_boolean(a->keep));
	(void)json_object_set_new(j, "delegates", targets_of(a->delegates));
	if (json_dumpf(j, stdout, JSON_COMPACT) == 0)
		putchar('\n');
	json_decref(j);
}

static void
print_csv(const struct store_account *a)
{
	struct buf line = BUF_INIT(2 * STORE_VALUE_MAX);
	struct buf list = BUF_INIT(STORE_VALUE_MAX);

	ctl_csv_add(&line, a->name);
	buf_add_char(&line, ',');
	ctl_csv_add(&line, a->hash);
	buf_addf(&line, ",%llu,%s,", (unsigned long long)a->quota,
	    a->state == STORE_SUSPENDED ? "locked" : "active");
	ctl_forward_write(&list, a);
	ctl_csv_add(&line, buf_slice(&list));
	buf_add_char(&line, ',');
	buf_reset(&list);
	ctl_delegates_write(&list, a);
	ctl_csv_add(&line, buf_slice(&list));
	buf_add_char(&line, '\n');
	fputs(buf_cstr(&line), stdout);
	buf_wipe(&line);
	buf_fini(&list);
}

static enum err
export_one(void *ctx, const struct store_dir_row *row)
{
	const struct export *x = ctx;
	struct store_account a;
	enum err e = store_account_decode(row->value, &a);

	if (e != ERR_OK || !ctl_in_domain(a.name, x->domain))
		return e;
	if (x->json)
		print_json(&a);
	else
		print_csv(&a);
	return ERR_OK;
}

int
ctl_user_export(struct ctl *c)
{
	const char *format = c->opt[CTL_FORMAT];
	char domain[MIME_DOMAIN_MAX + 1] = "";
	struct export x = {.json = c->json};
	int status;
	enum err e;

	if (c->nargs > 0 &&
	    ((status = ctl_domain_name(c->arg[0], domain)) != EX_OK ||
		(status = ctl_domain_need(c, slice_str(domain), NULL)) !=
		    EX_OK))
		return status;
	if (format != NULL && strcmp(format, "json") == 0)
		x.json = true;
	else if (format != NULL && strcmp(format, "csv") != 0)
		return ctl_fail(EX_USAGE,
		    "--format: \"%s\" is neither csv nor json", format);
	x.domain = slice_str(domain);
	if (!x.json)
		printf(
		    "address,password_or_hash,quota,state,forward,delegates\n");
	e = ctl_each(c, STORE_ACCOUNT, export_one, &x);
	return e == ERR_OK ? EX_OK : ctl_fail_err(e, "users", SLICE_NONE);
}
