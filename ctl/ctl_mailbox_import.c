/* mailbox import: mbox, Maildir, single messages. */
#include "base/num.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_dir.h"
#include "ctl/ctl_id.h"
#include "ctl/ctl_maildir.h"
#include "ctl/ctl_mapped.h"
#include "ctl/ctl_mbox.h"
#include "ctl/ctl_out.h"
#include "ctl/ctl_rpc.h"
#include "ctl/ctl_total.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct import {
	struct ctl *c;
	uint64_t mailbox, messages, octets;
	int status; /* of what failed in a callback */
};

static void
progress(const struct import *m)
{
	struct buf size = BUF_INIT(32);

	if (m->c->quiet || m->messages % 100 != 0 || !isatty(STDERR_FILENO))
		return;
	num_add_size_human(&size, m->octets);
	fprintf(stderr, "\r%llu messages, %s ", (unsigned long long)m->messages,
	    buf_cstr(&size));
	buf_fini(&size);
}

/* One message, as it stands in its file. us: when it came; 0: its Date says. */
static enum err
deliver(struct import *m, struct slice text, bool mbox, uint64_t us,
    struct slice uidl)
{
	struct ctl_canon canon;
	struct ctl_source source = {
	    .next = ctl_canon_next, .ctx = &canon, .size = text.len};
	struct mail_id id;
	struct slice own;
	enum err e;

	if (ctl_mbox_uidl(&text, &own) && uidl.len == 0)
		uidl = own;
	/* one of ours: the same message, under its own name */
	if (mail_id_parse(uidl, &id) == ERR_OK)
		uidl = SLICE_NONE;
	else
		ctl_id_make(us, uidl, text, &id);
	ctl_canon_init(&canon, text, mbox);
	e = ctl_rpc_deliver(m->c->rpc, m->mailbox, uidl, &id, 0, &source);
	ctl_canon_fini(&canon);
	if (e == ERR_OK) {
		m->messages++;
		m->octets += text.len;
		progress(m);
	}
	return e;
}

/* An mbox, or one message. */
static enum err
take(struct import *m, const struct ctl_mapped *file, uint64_t us,
    struct slice uidl)
{
	struct slice rest = file->text;
	struct ctl_mbox_message one;
	enum err e = ERR_OK;

	if (rest.len == 0)
		return ERR_OK;
	if (!ctl_mbox_is(rest))
		return deliver(
		    m, rest, false, us != 0 ? us : file->mtime_us, uidl);
	while (e == ERR_OK && ctl_mbox_next(&rest, &one)) {
		uint64_t at = ctl_mbox_time(one.from);

		e = deliver(m, one.text, true, at != 0 ? at : file->mtime_us,
		    SLICE_NONE);
	}
	return e;
}

static enum err
import_one(void *ctx, const struct ctl_maildir_file *f)
{
	struct import *m = ctx;
	struct ctl_mapped file;
	enum err e;

	if ((m->status = ctl_map_fd(f->fd, f->path, &file)) != EX_OK)
		return ERR_IO;
	e = take(m, &file, f->us, f->uidl);
	ctl_map_close(&file);
	return e;
}

static enum err
import_file(struct import *m, const char *path)
{
	struct ctl_mapped file;
	enum err e;

	if ((m->status = ctl_map_open(path, &file)) != EX_OK)
		return ERR_IO;
	e = take(m, &file, 0, SLICE_NONE);
	ctl_map_close(&file);
	return e;
}

/* What is in a Maildir and not imported is said. */
static enum err
import_maildir(struct import *m, const char *path)
{
	unsigned folders = ctl_maildir_folders(path);
	uint64_t skipped = 0;
	enum err e = ctl_maildir_each(path, import_one, m, &skipped);

	if (skipped > 0)
		ctl_note(m->c,
		    "left out %llu %s no plain file (symbolic links are not "
		    "followed)",
		    (unsigned long long)skipped,
		    skipped == 1 ? "entry that is" : "entries that are");
	if (folders > 0)
		ctl_note(m->c,
		    "left out %u folder%s beside the inbox: import each by "
		    "itself (%s/.NAME)",
		    folders, folders == 1 ? "" : "s", path);
	return e;
}

static bool
is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* before: how many messages were there */
static void
tell(struct import *m, uint64_t before)
{
	struct buf size = BUF_INIT(32);
	struct ctl_total now = {0};
	uint64_t added = m->messages;

	if (ctl_total(m->c, m->mailbox, &now) == ERR_OK)
		added = now.count <= before ? 0 : now.count - before;
	if (added > m->messages)
		added = m->messages; /* mail comes in meanwhile */
	num_add_size_human(&size, m->octets);
	if (!m->c->quiet && isatty(STDERR_FILENO) && m->messages >= 100)
		fputc('\r', stderr);
	if (added == m->messages)
		ctl_note(m->c, "imported %llu %s, %s", CTL_N(added, "message"),
		    buf_cstr(&size));
	else
		ctl_note(m->c, "imported %llu %s; %llu %s there already",
		    CTL_N(added, "message"),
		    (unsigned long long)(m->messages - added),
		    m->messages - added == 1 ? "was" : "were");
	buf_fini(&size);
}

static int
finish(struct import *m, enum err e, uint64_t before)
{
	if (e == ERR_OK || m->messages > 0)
		tell(m, before);
	if (e == ERR_OK)
		return EX_OK;
	if (m->status != EX_OK)
		return m->status;
	if (e == ERR_QUOTA)
		return ctl_fail(EX_CANTCREAT,
		    "the mailbox is full (restante user set %s quota=...); "
		    "repeating the import goes on where it ended",
		    m->c->arg[0]);
	return ctl_fail(ctl_status_of(e),
	    "%s: %s (repeating the import goes on where it ended)",
	    m->c->arg[1], err_text(e));
}

static int
import(struct import *m, const char *path)
{
	struct ctl_total before = {0};
	enum err e, sent;

	if (is_dir(path) && !ctl_maildir_is(path))
		return ctl_fail(EX_NOINPUT,
		    "%s is no Maildir: there is no folder cur in it", path);
	e = ctl_total(m->c, m->mailbox, &before);
	if (e == ERR_OK && ctl_maildir_is(path))
		e = import_maildir(m, path);
	else if (e == ERR_OK)
		e = import_file(m, path);
	sent = ctl_rpc_delivered(m->c->rpc, &m->messages);
	return finish(m, e == ERR_OK ? sent : e, before.count);
}

int
ctl_mailbox_import(struct ctl *c)
{
	struct import m = {.c = c};
	struct ctl_user u;
	int status;

	ctl_user_init(&u);
	if ((status = ctl_user_find(c, c->arg[0], &u)) == EX_OK) {
		m.mailbox = u.account.mailbox;
		status = import(&m, c->arg[1]);
	}
	ctl_user_fini(&u);
	return status;
}
