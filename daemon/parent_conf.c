/*
 * Configuration: first loading, and reloading whole or not at all. Processes
 * keep what they were started with in some places; a change there is named and
 * waits for a restart.
 */
#include "base/log.h"
#include "daemon/parent_priv.h"
#include "daemon/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WATCH_MS = 60 * 1000 };

/* new, for children to read and nobody to change; -1 on error */
static int
conf_memfd(const struct conf *conf)
{
	int fd = memfd_create("restante-conf", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 &&
	    (pwrite(fd, conf, sizeof *conf, 0) != (ssize_t)sizeof *conf ||
		fcntl(fd, F_ADD_SEALS,
		    F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) !=
		    0)) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* Parse and check; nothing of the parent changes. Warnings are logged. */
static enum err
read_file(const struct parent *p, struct conf *out, struct buf *why)
{
	if (!conf_load(p->conf_path, out, why) || !conf_check(out, why))
		return ERR_SYNTAX;
	parent_log_lines(LOG_WARN, "config", why);
	buf_reset(why);
	return ERR_OK;
}

/* Take conf, with its certificates, as ours: all or nothing. */
static enum err
adopt(struct parent *p, const struct conf *conf, struct buf *why)
{
	int fd = conf_memfd(conf);
	enum err e = fd < 0 ? err_from_errno(errno) : ERR_OK;

	if (e == ERR_OK)
		e = certs_read(&p->certs, conf, p->ticket_key, why);
	if (e != ERR_OK) {
		if (fd >= 0)
			(void)close(fd);
		if (why->len == 0)
			buf_addf(why, "%s: %s\n", p->conf_path, err_text(e));
		return e;
	}
	if (p->conf_fd >= 0)
		(void)close(p->conf_fd);
	p->conf_fd = fd;
	p->conf = *conf;
	p->generation++;
	log_set_level((enum log_level)conf->log.level);
	return ERR_OK;
}

enum err
parent_load(struct parent *p, struct buf *why)
{
	struct conf *conf = calloc(1, sizeof *conf);
	enum err e = conf == NULL ? ERR_NOMEM : read_file(p, conf, why);

	if (e == ERR_OK)
		e = adopt(p, conf, why);
	free(conf);
	return e;
}

/* --- what a reload cannot change --------------------------------------------
 */

static void
log_restart(const char *key)
{
	log_textf(LOG_WARN, "needs-restart", "%s", key);
}

static void
keep_text(const char *key, const char *old, char *new, size_t size)
{
	if (strcmp(old, new) == 0)
		return;
	log_restart(key);
	memcpy(new, old, size);
}

/* Processes are made at the start: a service that had no listener has none. */
static void
drop_unserved(const struct parent *p, struct conf *new)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < new->nlisteners; i++) {
		const struct conf_listener *l = &new->listener[i];

		if (sockets_served(&p->sockets, p->table, l->service))
			new->listener[n++] = *l;
		else
			log_textf(
			    LOG_WARN, "needs-restart", "listen %s", l->name);
	}
	new->nlisteners = n;
}

static void
keep_fixed(const struct conf *old, struct conf *new)
{
	keep_text("data_dir", old->data_dir, new->data_dir, CONF_TEXT);
	keep_text("run_dir", old->run_dir, new->run_dir, CONF_TEXT);
	keep_text("user", old->user, new->user, CONF_NAME);
	keep_text("front_user", old->front_user, new->front_user, CONF_NAME);
	keep_text(
	    "admin.socket", old->admin.socket, new->admin.socket, CONF_TEXT);
	keep_text(
	    "submit.socket", old->submit.socket, new->submit.socket, CONF_TEXT);
	keep_text("admin.group", old->admin.group, new->admin.group, CONF_NAME);
	if (old->front_workers != new->front_workers)
		log_restart("front_workers");
	new->front_workers = old->front_workers;
}

/* Sockets for what conf names; then it is ours. Or all is as it was. */
static enum err
change(struct parent *p, struct conf *conf, struct buf *why)
{
	struct sockets new;
	enum err e;

	keep_fixed(&p->conf, conf);
	drop_unserved(p, conf);
	slots_assign(&p->conf, conf);
	e = sockets_change(&p->sockets, conf, p->table, &new, why);
	if (e == ERR_OK)
		e = adopt(p, conf, why);
	if (e != ERR_OK) {
		sockets_drop(&new, &p->sockets);
		return e;
	}
	sockets_drop(&p->sockets, &new);
	p->sockets = new;
	return ERR_OK;
}

enum err
parent_reload(struct parent *p, struct buf *why)
{
	struct conf *conf = calloc(1, sizeof *conf);
	enum err e = conf == NULL ? ERR_NOMEM : read_file(p, conf, why);

	if (e == ERR_OK)
		e = change(p, conf, why);
	free(conf);
	if (e != ERR_OK)
		return e;
	for (unsigned i = 0; i < p->nworkers; i++)
		worker_reload(&p->worker[i]);
	parent_watch_certs(p);
	return ERR_OK;
}

void
parent_log_lines(enum log_level level, const char *event, const struct buf *why)
{
	struct slice rest = buf_slice(why), line;

	while (rest.len > 0) {
		struct log_line l;

		(void)slice_cut(&rest, '\n', &line);
		log_begin(&l, level, event);
		log_str(&l, "text", line);
		log_end(&l);
	}
}

/* --- certificates that are renewed under us ----------------------------------
 */

static void
watch_due(void *ctx)
{
	struct parent *p = ctx;
	struct buf why = BUF_INIT(64 * 1024);
	uint64_t stamp = certs_stamp(&p->conf);

	if (stamp != p->certs.stamp &&
	    certs_read(&p->certs, &p->conf, p->ticket_key, &why) == ERR_OK) {
		log_textf(LOG_INFO, "certificates-reloaded", "%s",
		    p->conf.tls.certificate);
		for (unsigned i = 0; i < p->nworkers; i++)
			worker_send_certs(&p->worker[i]);
	} else if (stamp != p->certs.stamp) {
		/* perhaps half written: said once for each state of the files
		 */
		parent_log_lines(LOG_WARN, "certificates-refused", &why);
		p->certs.stamp = stamp;
	}
	buf_fini(&why);
	parent_watch_certs(p);
}

void
parent_watch_certs(struct parent *p)
{
	if (p->watch.due == NULL)
		net_timer_init(&p->watch, p->loop, watch_due, p);
	net_timer_clear(&p->watch);
	if (p->conf.tls.watch && proc_certs_count(&p->conf) > 0 &&
	    net_timer_set(&p->watch, WATCH_MS) != ERR_OK)
		log_textf(LOG_WARN, "certificates-unwatched", "out of memory");
}
