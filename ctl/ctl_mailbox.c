/* mailbox list, show, undelete, purge, export. */
#include "base/clock.h"
#include "base/num.h"
#include "ctl/ctl_box.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_dir.h"
#include "ctl/ctl_mbox.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_rpc.h"
#include "ctl/ctl_secret.h"
#include "ctl/ctl_text.h"
#include "ctl/ctl_total.h"
#include "mime/mime_date.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))

/* Run one of the functions below on the mailbox of the first argument. */
static int
with_mailbox(struct ctl *c, int (*run)(struct ctl *, const struct ctl_user *))
{
	struct ctl_user u;
	int status;

	ctl_user_init(&u);
	if ((status = ctl_user_find(c, c->arg[0], &u)) == EX_OK)
		status = run(c, &u);
	ctl_user_fini(&u);
	return status;
}

static int
fail(enum err e, const struct ctl_user *u)
{
	if (e == ERR_BUSY)
		return ctl_fail(EX_TEMPFAIL,
		    "a client is logged in to %.*s; try again later",
		    SLICE_ARG(u->account.name));
	return ctl_fail_err(e, "mailbox", u->account.name);
}

/* --- list ------------------------------------------------------------ */

static int
list(struct ctl *c, const struct ctl_user *u)
{
	static const struct ctl_column columns[] = {
	    {"RECEIVED", "received", CTL_TIME },
	    {"SIZE",     NULL,       CTL_SIZE },
	    {NULL,       "octets",   CTL_COUNT},
	    {"ID",       "id",       CTL_TEXT },
	    {"UIDL",     "uidl",     CTL_TEXT },
	};
	struct ctl_table *t;
	struct ctl_box box;
	enum err e = ctl_box_open(c, u->account.mailbox, &box);
	bool ok = true;

	if (e == ERR_OK) {
		t = ctl_table_begin(c, columns, NITEMS(columns));
		for (size_t i = 0; i < box.n; i++) {
			const struct ctl_message *m = &box.message[i];
			char id[MAIL_ID_HEX];

			mail_id_hex(&m->id, id);
			ctl_put_u64(t, mail_id_us(&m->id));
			ctl_put_u64(t, m->octets);
			ctl_put_u64(t, m->octets);
			ctl_put_text(t, slice_of(id, sizeof id));
			ctl_put_text(t, slice_str(m->uidl));
			ctl_row_end(t);
		}
		ok = ctl_table_end(&t);
	}
	ctl_box_close(c, &box);
	if (e != ERR_OK)
		return fail(e, u);
	return ok ? EX_OK : EX_IOERR;
}

int
ctl_mailbox_list(struct ctl *c)
{
	return with_mailbox(c, list);
}

/* --- show ------------------------------------------------------------ */

/* Messages that went in one session share the time of its QUIT. */
struct session {
	uint64_t us, messages, octets;
};
struct sessions {
	struct ctl_table *t;
	struct session now;
};

static void
put_session(struct sessions *s)
{
	char id[24];

	if (s->now.messages == 0)
		return;
	(void)snprintf(id, sizeof id, "%llx", (unsigned long long)s->now.us);
	ctl_put_u64(s->t, s->now.us);
	ctl_put_u64(s->t, s->now.messages);
	ctl_put_u64(s->t, s->now.octets);
	ctl_put_text(s->t, slice_str(id));
	ctl_row_end(s->t);
}

static void
add_gone(void *ctx, struct slice row)
{
	struct sessions *s = ctx;
	uint64_t us = ctl_row_u64(row, "gone_us");

	if (us != s->now.us)
		put_session(s);
	if (us != s->now.us)
		s->now = (struct session){.us = us};
	s->now.messages++;
	s->now.octets += ctl_row_u64(row, "octets");
}

static int
show(struct ctl *c, const struct ctl_user *u)
{
	static const struct ctl_column totals[] = {
	    {"Messages",      "messages",         CTL_COUNT},
	    {"Size",          "octets",           CTL_SIZE },
	    {"Quota",         "quota",            CTL_SIZE },
	    {"Last login",    "login",            CTL_TIME },
	    {"Removed, kept", "removed_messages", CTL_COUNT},
	    {"Removed, size", "removed_octets",   CTL_SIZE },
	};
	static const struct ctl_column removed[] = {
	    {"REMOVED",  "removed",  CTL_TIME },
	    {"MESSAGES", "messages", CTL_COUNT},
	    {"SIZE",     "octets",   CTL_SIZE },
	    {"SESSION",  "session",  CTL_TEXT },
	};
	struct sessions s = {0};
	struct ctl_total total;
	enum err e = ctl_total(c, u->account.mailbox, &total);

	if (e != ERR_OK)
		return fail(e, u);
	s.t = ctl_table_begin(c, totals, NITEMS(totals));
	ctl_table_upright(s.t);
	ctl_put_u64(s.t, total.count);
	ctl_put_u64(s.t, total.octets);
	if (u->account.quota == 0)
		ctl_put_none(s.t);
	else
		ctl_put_u64(s.t, u->account.quota);
	ctl_put_u64(s.t, total.login_us);
	ctl_put_u64(s.t, total.gone_count);
	ctl_put_u64(s.t, total.gone_octets);
	ctl_row_end(s.t);
	(void)ctl_table_end(&s.t);
	if (!c->json && total.gone_count > 0)
		putchar('\n');
	s.t = ctl_table_begin(c, removed, NITEMS(removed));
	e = ctl_rpc_control(c->rpc, CONTROL_GONE, u->account.mailbox, 0,
	    SLICE_NONE, add_gone, &s, NULL);
	put_session(&s);
	if (!ctl_table_end(&s.t) && e == ERR_OK)
		e = ERR_IO;
	return e == ERR_OK || e == ERR_NOENT ? EX_OK : fail(e, u);
}

int
ctl_mailbox_show(struct ctl *c)
{
	return with_mailbox(c, show);
}

/* --- undelete, purge ------------------------------------------------- */

static int
parse_session(const char *text, uint64_t *us_out)
{
	uint8_t b[8];
	char digits[17] = "0000000000000000";
	size_t n = strlen(text);

	if (n > 0 && n <= 16) {
		memcpy(digits + 16 - n, text, n);
		if (num_hex(slice_of(digits, 16), b, sizeof b) == ERR_OK) {
			*us_out = num_get_be64(b);
			return EX_OK;
		}
	}
	return ctl_fail(EX_USAGE,
	    "--session: \"%s\" is none (restante mailbox show lists them)",
	    text);
}

static int
undelete(struct ctl *c, const struct ctl_user *u)
{
	const char *since = c->opt[CTL_SINCE], *session = c->opt[CTL_SESSION];
	struct buf until = BUF_INIT(32);
	uint64_t us = 0, restored = 0;
	int status = EX_OK;
	enum err e;

	if (since != NULL && session != NULL)
		return ctl_fail(
		    EX_USAGE, "--since and --session exclude each other");
	if (since != NULL)
		status = ctl_text_since("--since", since, &us);
	else if (session != NULL)
		status = parse_session(session, &us);
	if (status != EX_OK)
		return status;
	if (session != NULL)
		buf_add_u64(&until, us);
	e = ctl_rpc_control(c->rpc, CONTROL_UNDELETE, u->account.mailbox, us,
	    buf_slice(&until), NULL, NULL, &restored);
	buf_fini(&until);
	if (e != ERR_OK && e != ERR_NOENT)
		return fail(e, u);
	if (restored == 0)
		return ctl_fail(EX_NOINPUT,
		    "nothing that was removed then is kept (restante mailbox "
		    "show %.*s)",
		    SLICE_ARG(u->account.name));
	ctl_note(c, "brought back %llu %s", CTL_N(restored, "message"));
	return EX_OK;
}

int
ctl_mailbox_undelete(struct ctl *c)
{
	return with_mailbox(c, undelete);
}

static int
purge(struct ctl *c, const struct ctl_user *u)
{
	uint64_t purged = 0;
	int status;
	enum err e;

	status = ctl_confirm(c, "Drop for good what was removed from %.*s",
	    SLICE_ARG(u->account.name));
	if (status != EX_OK)
		return status;
	e = ctl_rpc_control(c->rpc, CONTROL_PURGE, u->account.mailbox, 0,
	    SLICE_NONE, NULL, NULL, &purged);
	if (e != ERR_OK && e != ERR_NOENT)
		return fail(e, u);
	ctl_note(c, "purged %llu %s", CTL_N(purged, "message"));
	return EX_OK;
}

int
ctl_mailbox_purge(struct ctl *c)
{
	return with_mailbox(c, purge);
}

/* --- export ---------------------------------------------------------- */

struct piece { /* of a message that is written */
	struct ctl_mbox_writer w;
	const struct ctl_message *m;
	bool begun;
};

/* What cannot be read leaves no empty message behind. */
static enum err
write_piece(void *ctx, struct slice text)
{
	struct piece *p = ctx;

	if (!p->begun)
		ctl_mbox_begin(&p->w, mail_id_us(&p->m->id), SLICE_NONE,
		    slice_str(p->m->uidl));
	p->begun = true;
	ctl_mbox_write(&p->w, text);
	return ferror(p->w.f) ? ERR_IO : ERR_OK;
}

static enum err
export_box(
    struct ctl *c, const struct ctl_box *box, FILE *f, uint64_t *lost_out)
{
	enum err e = ERR_OK;

	*lost_out = 0;
	for (size_t i = 0; i < box->n && e == ERR_OK; i++) {
		struct piece p = {.m = &box->message[i]};

		ctl_mbox_writer_init(&p.w, f);
		e = ctl_rpc_read(c->rpc, box->lease, &p.m->id, write_piece, &p);
		if (e == ERR_OK && !p.begun)
			e = write_piece(&p, SLICE_NONE);
		if (p.begun)
			ctl_mbox_end(&p.w);
		if (e == ERR_CORRUPT || e == ERR_NOENT ||
		    (e == ERR_IO && !ferror(f))) {
			(void)ctl_fail(EX_IOERR, "message %s: %s; left out",
			    p.m->uidl, err_text(e));
			(*lost_out)++;
			e = ERR_OK;
		}
	}
	if (e == ERR_OK && (fflush(f) != 0 || ferror(f)))
		e = ERR_IO;
	return e;
}

static int export(struct ctl *c, const struct ctl_user *u)
{
	const char *path = c->nargs > 1 ? c->arg[1] : "-";
	bool out = strcmp(path, "-") == 0;
	FILE *f = stdout;
	struct ctl_box box;
	uint64_t lost = 0;
	int fd, status = EX_OK;
	enum err e;

	if (!out) {
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 || (f = fdopen(fd, "w")) == NULL)
			return ctl_fail(
			    EX_CANTCREAT, "%s: %s", path, strerror(errno));
	}
	e = ctl_box_open(c, u->account.mailbox, &box);
	if (e == ERR_OK)
		e = export_box(c, &box, f, &lost);
	if (e == ERR_OK)
		ctl_note(c, "exported %llu %s", CTL_N(box.n - lost, "message"));
	if (e != ERR_OK)
		status = fail(e, u);
	else if (lost > 0)
		status = EX_IOERR;
	ctl_box_close(c, &box);
	if (!out && fclose(f) != 0 && status == EX_OK)
		status = ctl_fail(EX_IOERR, "%s: %s", path, strerror(errno));
	return status;
}

int
ctl_mailbox_export(struct ctl *c)
{
	return with_mailbox(c, export);
}
