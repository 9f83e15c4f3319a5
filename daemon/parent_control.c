/* What an operator asks of the parent: status, reload, stop. */
#include "base/clock.h"
#include "base/log.h"
#include "daemon/parent_priv.h"
#include "proc/msg.h"

#include <unistd.h>

enum { ROW_MAX = 1 << 16 };

struct reply {
	struct chan *chan;
	uint64_t req;
};

static void
send_row(const struct reply *r, const struct buf *row)
{
	struct msg_control_row m = {r->req};

	if (row->err == ERR_OK)
		(void)msg_send_control_row(r->chan, &m, buf_slice(row), -1);
}

static void
send_done(const struct reply *r, enum err e)
{
	struct msg_done m = {.req = r->req, .err = e};

	(void)msg_send_done(r->chan, &m, SLICE_NONE, -1);
}

/* "key=value" NUL */
static void
add_text(struct buf *row, const char *key, const char *value)
{
	buf_addf(row, "%s=%s", key, value);
	buf_add_char(row, '\0');
}

static void
add_number(struct buf *row, const char *key, uint64_t value)
{
	buf_addf(row, "%s=%llu", key, (unsigned long long)value);
	buf_add_char(row, '\0');
}

static void
send_process(const struct reply *r, const char *role, const struct worker *w,
    pid_t pid, uint64_t since_ms)
{
	struct buf row = BUF_INIT(ROW_MAX);

	add_text(&row, "role", role);
	add_number(&row, "index", w == NULL ? 0 : w->index);
	add_number(&row, "pid", (uint64_t)pid);
	add_number(&row, "uptime_s",
	    pid == 0 ? 0 : (clock_mono_ms() - since_ms) / 1000);
	add_number(&row, "restarts", w == NULL ? 0 : w->restarts);
	add_text(&row, "state",
	    worker_state_name(w == NULL ? WORKER_RUNNING : w->state));
	send_row(r, &row);
	buf_fini(&row);
}

static void
status(const struct parent *p, const struct reply *r)
{
	send_process(r, "parent", NULL, getpid(), p->started_ms);
	for (unsigned i = 0; i < p->nworkers; i++) {
		const struct worker *w = &p->worker[i];

		send_process(
		    r, role_name(w->row->run->role), w, w->pid, w->since_ms);
	}
	send_done(r, ERR_OK);
}

/* A row for each error of the new configuration. */
static void
reload(struct parent *p, const struct reply *r)
{
	struct buf why = BUF_INIT(64 * 1024);
	enum err e = parent_reload(p, &why);
	struct slice rest = buf_slice(&why), line;

	while (e != ERR_OK && rest.len > 0) {
		struct buf row = BUF_INIT(ROW_MAX);

		(void)slice_cut(&rest, '\n', &line);
		buf_add_str(&row, "error=");
		buf_add_slice(&row, line);
		buf_add_char(&row, '\0');
		send_row(r, &row);
		buf_fini(&row);
	}
	if (e != ERR_OK)
		parent_log_lines(LOG_ERROR, "reload-failed", &why);
	else
		log_textf(LOG_INFO, "reloaded", "%s", p->conf_path);
	send_done(r, e);
	buf_fini(&why);
}

void
parent_control(struct parent *p, struct worker *w, const struct msg_control *m)
{
	struct reply r = {w->chan, m->req};

	switch (m->what) {
	case CONTROL_STATUS:
		status(p, &r);
		return;
	case CONTROL_RELOAD:
		reload(p, &r);
		return;
	case CONTROL_STOP:
		send_done(&r, ERR_OK);
		parent_stop(p);
		return;
	default:
		send_done(&r, ERR_UNSUPPORTED);
	}
}
