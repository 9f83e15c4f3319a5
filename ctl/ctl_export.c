/* export: everything, in a form that no database needs. */
#include "base/clock.h"
#include "ctl/ctl_box.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_dir.h"
#include "ctl/ctl_dump.h"
#include "ctl/ctl_id.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_rpc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BODY_MAX = 1024 * 1024 };

struct mailbox { /* whose turn comes after the records */
	uint64_t id;
	char name[MIME_ADDR_MAX + 1];
};
struct export
{
	struct ctl *c;
	FILE *f;
	struct mailbox *box;
	size_t n, cap;
	uint64_t domains, accounts, aliases, messages, sum;
	bool damaged;
	struct buf body;
};

static json_t *
record(const char *kind, struct slice name)
{
	json_t *o = json_object();

	(void)json_object_set_new(o, kind, ctl_dump_json(name));
	return o;
}

static void
set_u64(json_t *o, const char *key, uint64_t v)
{
	if (v != 0)
		(void)json_object_set_new(o, key, json_integer((json_int_t)v));
}

/* --- records --------------------------------------------------------- */

static enum err
put_domain(void *ctx, const struct store_dir_row *row)
{
	struct export *x = ctx;
	struct store_domain d;
	enum err e = store_domain_decode(row->value, &d);
	json_t *o;

	if (e != ERR_OK)
		return e;
	o = record("domain", row->key);
	set_u64(o, "default_quota", d.default_quota);
	set_u64(o, "max_users", d.max_users);
	(void)json_object_set_new(
	    o, "created", ctl_dump_json_time(d.created_us));
	ctl_dump_put(x->f, o);
	x->domains++;
	return ERR_OK;
}

static enum err
note_mailbox(struct export *x, const struct store_account *a)
{
	struct mailbox *p;

	if (x->n == x->cap) {
		x->cap = x->cap == 0 ? 256 : x->cap * 2;
		if ((p = reallocarray(x->box, x->cap, sizeof *p)) == NULL)
			return ERR_NOMEM;
		x->box = p;
	}
	p = &x->box[x->n++];
	p->id = a->mailbox;
	return slice_to_str(a->name, p->name, sizeof p->name);
}

static json_t *
targets_json(struct slice targets)
{
	struct slice one;
	json_t *list = json_array();

	while (store_name_next(&targets, &one))
		(void)json_array_append_new(list, ctl_dump_json(one));
	return list;
}

static enum err
put_account(void *ctx, const struct store_dir_row *row)
{
	struct export *x = ctx;
	struct store_account a;
	enum err e = store_account_decode(row->value, &a);
	json_t *o;

	if (e != ERR_OK)
		return e;
	o = record("account", a.name);
	(void)json_object_set_new(o, "hash", ctl_dump_json(a.hash));
	(void)json_object_set_new(o, "scram", ctl_dump_json(a.scram));
	set_u64(o, "quota", a.quota);
	if (a.state == STORE_SUSPENDED)
		(void)json_object_set_new(o, "locked", json_true());
	if (a.forward.len > 0)
		(void)json_object_set_new(
		    o, "forward", targets_json(a.forward));
	if (a.keep)
		(void)json_object_set_new(o, "keep", json_true());
	if (a.delegates.len > 0)
		(void)json_object_set_new(
		    o, "delegates", targets_json(a.delegates));
	(void)json_object_set_new(
	    o, "created", ctl_dump_json_time(a.created_us));
	(void)json_object_set_new(
	    o, "password_set", ctl_dump_json_time(a.password_us));
	ctl_dump_put(x->f, o);
	x->accounts++;
	return note_mailbox(x, &a);
}

static enum err
put_alias(void *ctx, const struct store_dir_row *row)
{
	struct export *x = ctx;
	struct store_name n;
	json_t *o;
	enum err e = store_name_decode(row->value, &n);

	if (e != ERR_OK || n.type != STORE_ALIAS)
		return e;
	o = record("alias", row->key);
	(void)json_object_set_new(o, "targets", targets_json(n.targets));
	ctl_dump_put(x->f, o);
	x->aliases++;
	return ERR_OK;
}

/* --- messages -------------------------------------------------------- */

static enum err
put_piece(void *ctx, struct slice piece)
{
	struct export *x = ctx;

	x->sum = ctl_sum(x->sum, piece);
	return fwrite(piece.p, 1, piece.len, x->f) == piece.len ? ERR_OK
								: ERR_IO;
}

/* The octets of a message that fits; of a larger one only whether it reads
 * well: its line promises a number of octets. */
static enum err
gather(void *ctx, struct slice piece)
{
	struct export *x = ctx;

	if (buf_reserve(&x->body, piece.len) == ERR_OK)
		buf_add_slice(&x->body, piece);
	return ERR_OK;
}

static json_t *
message_line(const struct mailbox *box, const struct ctl_message *m)
{
	json_t *o = record("message", slice_str(box->name));
	char id[MAIL_ID_HEX];

	mail_id_hex(&m->id, id);
	(void)json_object_set_new(
	    o, "id", ctl_dump_json(slice_of(id, sizeof id)));
	(void)json_object_set_new(
	    o, "received", ctl_dump_json_time(mail_id_us(&m->id)));
	if (!m->own_uidl)
		(void)json_object_set_new(o, "uidl", json_string(m->uidl));
	if ((m->flags & STORE_ROW_UTF8) != 0)
		(void)json_object_set_new(o, "utf8", json_true());
	(void)json_object_set_new(
	    o, "octets", json_integer((json_int_t)m->octets));
	return o;
}

/* Damaged, gone meanwhile, or not to be read now: it costs one message. */
static enum err
leave_out(struct export *x, const struct mailbox *mailbox,
    const struct ctl_message *m, enum err e)
{
	x->damaged = true;
	(void)ctl_fail(EX_IOERR, "message %s of %s: %s; left out", m->uidl,
	    mailbox->name, err_text(e));
	return ERR_OK;
}

static enum err
put_message(struct export *x, const struct mailbox *box, uint64_t lease,
    const struct ctl_message *m)
{
	char sum[24];
	enum err e;

	buf_reset(&x->body);
	e = ctl_rpc_read(x->c->rpc, lease, &m->id, gather, x);
	if (e == ERR_CORRUPT || e == ERR_NOENT || e == ERR_IO)
		return leave_out(x, box, m, e);
	if (e != ERR_OK)
		return e;
	ctl_dump_put(x->f, message_line(box, m));
	x->sum = CTL_SUM_INIT;
	if (x->body.len == m->octets)
		e = put_piece(x, buf_slice(&x->body));
	else
		e = ctl_rpc_read(x->c->rpc, lease, &m->id, put_piece, x);
	if (e != ERR_OK) /* in the middle: what follows makes no sense */
		return e == ERR_CORRUPT || e == ERR_NOENT ? ERR_IO : e;
	(void)snprintf(sum, sizeof sum, "%016llx", (unsigned long long)x->sum);
	putc('\n', x->f);
	ctl_dump_put(x->f, record("fnv1a64", slice_str(sum)));
	x->messages++;
	return ferror(x->f) ? ERR_IO : ERR_OK;
}

static enum err
put_mailbox(struct export *x, const struct mailbox *mailbox)
{
	struct ctl_box box;
	enum err e = ctl_box_open(x->c, mailbox->id, &box);

	for (size_t i = 0; i < box.n && e == ERR_OK; i++)
		e = put_message(x, mailbox, box.lease, &box.message[i]);
	ctl_box_close(x->c, &box);
	if (e == ERR_BUSY)
		(void)ctl_fail(
		    EX_TEMPFAIL, "a client is logged in to %s", mailbox->name);
	return e;
}

static enum err
put_all(struct export *x)
{
	json_t *o = json_object();
	enum err e;

	(void)json_object_set_new(
	    o, "restante_export", json_integer(CTL_DUMP_VERSION));
	(void)json_object_set_new(
	    o, "made", ctl_dump_json_time(clock_wall_us()));
	(void)json_object_set_new(
	    o, "hostname", ctl_dump_json(slice_str(x->c->conf.hostname)));
	ctl_dump_put(x->f, o);
	if ((e = ctl_each(x->c, STORE_DOMAIN, put_domain, x)) != ERR_OK ||
	    (e = ctl_each(x->c, STORE_ACCOUNT, put_account, x)) != ERR_OK ||
	    (e = ctl_each(x->c, STORE_NAME, put_alias, x)) != ERR_OK)
		return e;
	for (size_t i = 0; x->c->opt[CTL_NO_MAIL] == NULL && i < x->n; i++)
		if ((e = put_mailbox(x, &x->box[i])) != ERR_OK)
			return e;
	o = json_object();
	(void)json_object_set_new(o, "end", json_true());
	set_u64(o, "domains", x->domains);
	set_u64(o, "accounts", x->accounts);
	set_u64(o, "aliases", x->aliases);
	set_u64(o, "messages", x->messages);
	ctl_dump_put(x->f, o);
	return fflush(x->f) == 0 && !ferror(x->f) ? ERR_OK : ERR_IO;
}

int
ctl_export(struct ctl *c)
{
	const char *path = c->arg[0];
	bool out = strcmp(path, "-") == 0;
	struct export x = {.c = c, .f = stdout, .body = BUF_INIT(BODY_MAX)};
	int fd;
	enum err e;

	if (!out) {
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 || (x.f = fdopen(fd, "w")) == NULL)
			return ctl_fail(
			    EX_CANTCREAT, "%s: %s", path, strerror(errno));
	}
	e = put_all(&x);
	if (!out && (fsync(fileno(x.f)) != 0) && e == ERR_OK)
		e = ERR_IO;
	if (!out && fclose(x.f) != 0 && e == ERR_OK)
		e = ERR_IO;
	free(x.box);
	buf_fini(&x.body);
	if (e != ERR_OK)
		return ctl_fail(ctl_status_of(e),
		    "%s: %s; what is there is not whole", path, err_text(e));
	ctl_note(c, "exported %llu %s, %llu %s, %llu alias%s, %llu %s",
	    CTL_N(x.domains, "domain"), CTL_N(x.accounts, "account"),
	    (unsigned long long)x.aliases, x.aliases == 1 ? "" : "es",
	    CTL_N(x.messages, "message"));
	return x.damaged ? EX_IOERR : EX_OK;
}
