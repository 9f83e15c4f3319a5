/* user list, show. */
#include "base/buf.h"
#include "base/num.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_dir.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_rpc.h"
#include "ctl/ctl_total.h"

#include <stdlib.h>
#include <string.h>

static const struct ctl_column columns[] = {
    {"ADDRESS",      "address",  CTL_TEXT },
    {"USED / QUOTA", NULL,       CTL_SIZE },
    {NULL,	   "used",     CTL_SIZE },
    {NULL,	   "quota",    CTL_SIZE },
    {"MESSAGES",     "messages", CTL_COUNT},
    {"LAST LOGIN",   "login",    CTL_TIME },
    {NULL,	   "state",    CTL_TEXT },
    {NULL,	   "forwards", CTL_TEXT },
    {"STATE",        NULL,       CTL_TEXT },
};
static const struct ctl_column show_columns[] = {
    {"Address",        "address",    CTL_TEXT  },
    {"Used / quota",   NULL,         CTL_SIZE  },
    {NULL,	     "used",       CTL_SIZE  },
    {NULL,	     "quota",      CTL_SIZE  },
    {"Messages",       "messages",   CTL_COUNT },
    {"Last login",     "login",      CTL_TIME  },
    {NULL,	     "state",      CTL_TEXT  },
    {NULL,	     "forwards",   CTL_TEXT  },
    {"State",          NULL,         CTL_TEXT  },
    {"Forwards to",    "forward",    CTL_TEXT  },
    {"Keeps a copy",   "keep",       CTL_TEXT  },
    {"Delegates",      "delegates",  CTL_TEXT  },
    {"Made",           "created",    CTL_TIME  },
    {"Password since", "password",   CTL_TIME  },
    {"Kept as",        "scheme",     CTL_TEXT  },
    {"SCRAM",          "scram",      CTL_TEXT  },
    {"Removed, kept",  "removed",    CTL_COUNT },
    {"Account",        "account_id", CTL_NUMBER},
    {"Mailbox",        "mailbox_id", CTL_NUMBER},
};
#define NITEMS(a) (sizeof(a) / sizeof *(a))

/* What was in the account record, of one of many. */
struct entry {
	char name[MIME_ADDR_MAX + 1];
	uint64_t mailbox, quota;
	enum store_state state;
	bool forwards;
};
struct listing {
	struct slice domain;
	struct entry *entry;
	size_t n, cap;
};

static enum err
collect(void *ctx, const struct store_dir_row *row)
{
	struct listing *l = ctx;
	struct store_account a;
	struct entry *p;
	enum err e = store_account_decode(row->value, &a);

	if (e != ERR_OK)
		return e;
	if (!ctl_in_domain(a.name, l->domain))
		return ERR_OK;
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 256 : l->cap * 2;
		p = reallocarray(l->entry, l->cap, sizeof *p);
		if (p == NULL)
			return ERR_NOMEM;
		l->entry = p;
	}
	p = &l->entry[l->n++];
	p->mailbox = a.mailbox;
	p->quota = a.quota;
	p->state = a.state;
	p->forwards = a.forward.len > 0;
	return slice_to_str(a.name, p->name, sizeof p->name);
}

/* By domain, then by local part. */
static int
compare(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;
	int d = strcmp(strrchr(a->name, '@'), strrchr(b->name, '@'));

	return d != 0 ? d : strcmp(a->name, b->name);
}

static const char *
state_text(enum store_state s)
{
	return s == STORE_SUSPENDED ? "locked" : "active";
}

/* "1.2 GB / 2 GB" */
static void
put_usage(struct ctl_table *t, uint64_t used, uint64_t quota)
{
	struct buf text = BUF_INIT(64);

	num_add_size_human(&text, used);
	buf_add_str(&text, " / ");
	if (quota == 0)
		buf_add_char(&text, '-');
	else
		num_add_size_human(&text, quota);
	ctl_put_text(t, buf_slice(&text));
	buf_fini(&text);
	ctl_put_u64(t, used);
	if (quota == 0)
		ctl_put_none(t);
	else
		ctl_put_u64(t, quota);
}

static void
put_state(struct ctl_table *t, const struct entry *x)
{
	struct buf text = BUF_INIT(64);

	buf_addf(&text, "%s%s", state_text(x->state),
	    x->forwards ? ", forwards" : "");
	ctl_put_text(t, slice_str(state_text(x->state)));
	ctl_put_bool(t, x->forwards);
	ctl_put_text(t, buf_slice(&text));
	buf_fini(&text);
}

static enum err
put_entry(struct ctl *c, struct ctl_table *t, const struct entry *x)
{
	struct ctl_total total;
	enum err e = ctl_total(c, x->mailbox, &total);

	if (e != ERR_OK)
		return e;
	ctl_put_text(t, slice_str(x->name));
	put_usage(t, total.octets, x->quota);
	ctl_put_u64(t, total.count);
	ctl_put_u64(t, total.login_us);
	put_state(t, x);
	return ERR_OK;
}

int
ctl_user_list(struct ctl *c)
{
	char domain[MIME_DOMAIN_MAX + 1] = "";
	struct listing l = {0};
	struct ctl_table *t;
	int status;
	enum err e;

	if (c->nargs > 0 &&
	    ((status = ctl_domain_name(c->arg[0], domain)) != EX_OK ||
		(status = ctl_domain_need(c, slice_str(domain), NULL)) !=
		    EX_OK))
		return status;
	l.domain = slice_str(domain);
	e = ctl_each(c, STORE_ACCOUNT, collect, &l);
	if (e == ERR_OK && l.n > 0)
		qsort(l.entry, l.n, sizeof *l.entry, compare);
	t = ctl_table_begin(c, columns, NITEMS(columns));
	for (size_t i = 0; i < l.n && e == ERR_OK; i++)
		if ((e = put_entry(c, t, &l.entry[i])) == ERR_OK)
			ctl_row_end(t);
	status = ctl_table_end(&t) ? EX_OK : EX_IOERR;
	free(l.entry);
	return e == ERR_OK ? status : ctl_fail_err(e, "users", SLICE_NONE);
}

/* "$y$" of a hash: what crypt(5) calls its prefix */
static struct slice
scheme_of(struct slice hash)
{
	size_t end = slice_find(slice_skip(hash, 1), '$') + 2;

	if (hash.len == 0)
		return SLICE("no password");
	if (hash.p[0] != '$' || end > hash.len)
		return SLICE("des");
	return slice_first(hash, end);
}

static void
put_targets(struct ctl_table *t, struct slice targets)
{
	struct slice target[STORE_TARGETS_MAX];
	unsigned n = 0;

	while (n < STORE_TARGETS_MAX && store_name_next(&targets, &target[n]))
		n++;
	ctl_put_list(t, target, n);
}

static void
put_forward(struct ctl_table *t, const struct store_account *a)
{
	put_targets(t, a->forward);
	if (a->forward.len == 0)
		ctl_put_none(t);
	else
		ctl_put_bool(t, a->keep);
}

static void
put_show(struct ctl_table *t, const struct ctl_user *u)
{
	const struct store_account *a = &u->account;

	put_forward(t, a);
	put_targets(t, a->delegates);
	ctl_put_u64(t, a->created_us);
	ctl_put_u64(t, a->password_us);
	ctl_put_text(t, scheme_of(a->hash));
	ctl_put_text(t, a->scram.len > 0 ? SLICE("yes") : SLICE("no"));
}

int
ctl_user_show(struct ctl *c)
{
	struct entry x = {0};
	struct ctl_total total;
	struct ctl_table *t;
	struct ctl_user u;
	int status;
	enum err e;

	ctl_user_init(&u);
	if ((status = ctl_user_find(c, c->arg[0], &u)) == EX_OK) {
		(void)slice_to_str(u.account.name, x.name, sizeof x.name);
		x.mailbox = u.account.mailbox;
		x.quota = u.account.quota;
		x.state = u.account.state;
		x.forwards = u.account.forward.len > 0;
		t = ctl_table_begin(c, show_columns, NITEMS(show_columns));
		ctl_table_upright(t);
		e = put_entry(c, t, &x);
		if (e == ERR_OK)
			e = ctl_total(c, x.mailbox, &total);
		if (e == ERR_OK) {
			put_show(t, &u);
			ctl_put_u64(t, total.gone_count);
			ctl_put_u64(t, u.id);
			ctl_put_u64(t, x.mailbox);
			ctl_row_end(t);
		} else {
			status =
			    ctl_fail_err(e, "user", mime_addr_slice(&u.addr));
		}
		if (!ctl_table_end(&t))
			status = EX_IOERR;
	}
	ctl_user_fini(&u);
	return status;
}
