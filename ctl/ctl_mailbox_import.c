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

#include <errno.h>
#include <stdio.h>
#include <string.h>
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

static enum err
import_file(void *ctx, const char *path, uint64_t us, struct slice uidl)
{
	struct import *m = ctx;
	struct ctl_mbox_message one;
	struct ctl_mapped file;
	struct slice rest;
	enum err e = ERR_OK;

	if ((m->status = ctl_map_open(path, &file)) != EX_OK)
		return ERR_IO;
	rest = file.text;
	if (rest.len == 0)
		e = ERR_OK;
	else if (!ctl_mbox_is(rest))
		e = deliver(m, rest, false, us != 0 ? us : file.mtime_us, uidl);
	else
		while (e == ERR_OK && ctl_mbox_next(&rest, &one)) {
			uint64_t at = ctl_mbox_time(one.from);

			e = deliver(m, one.text, true,
			    at != 0 ? at : file.mtime_us, SLICE_NONE);
		}
	ctl_map_close(&file);
	return e;
}

static int
finish(struct import *m, enum err e)
{
	struct buf size = BUF_INIT(32);

	num_add_size_human(&size, m->octets);
	if (!m->c->quiet && isatty(STDERR_FILENO) && m->messages >= 100)
		fputc('\r', stderr);
	if (e == ERR_OK || m->messages > 0)
		ctl_note(m->c, "imported %llu %s, %s",
		    CTL_N(m->messages, "message"), buf_cstr(&size));
	buf_fini(&size);
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

int
ctl_mailbox_import(struct ctl *c)
{
	struct import m = {.c = c};
	struct ctl_user u;
	int status;
	enum err e, sent;

	ctl_user_init(&u);
	if ((status = ctl_user_find(c, c->arg[0], &u)) == EX_OK) {
		m.mailbox = u.account.mailbox;
		if (ctl_maildir_is(c->arg[1])) {
			errno = 0;
			e = ctl_maildir_each(c->arg[1], import_file, &m);
		} else {
			e = import_file(&m, c->arg[1], 0, SLICE_NONE);
		}
		sent = ctl_rpc_delivered(c->rpc, &m.messages);
		if (e == ERR_OK)
			e = sent;
		status = finish(&m, e);
	}
	ctl_user_fini(&u);
	return status;
}
