/* `restante ban`: who has to wait at present, and forgetting it. */
#include "auth/auth_priv.h"
#include "base/buf.h"
#include "base/clock.h"

enum { ROW_MAX = 1024 };

struct listing {
	struct auth_proc *p;
	uint64_t req, now_ms;
};

/* Wall time of a moment of the monotonic clock. */
static uint64_t
wall_us(const struct listing *l, uint64_t at_ms)
{
	return clock_wall_us() + (at_ms - l->now_ms) * 1000;
}

static void
send_row(void *ctx, const struct auth_limit_row *r)
{
	struct listing *l = ctx;
	struct msg_control_row m = {.req = l->req};
	struct buf row = BUF_INIT(ROW_MAX);

	if (r->addr != NULL) {
		buf_add_str(&row, "address=");
		net_addr_add_ip(&row, r->addr);
	} else {
		buf_add_str(&row, "account=");
		buf_add_slice(&row, r->name);
	}
	buf_add_char(&row, '\0');
	buf_addf(&row, "failures=%u", r->failures);
	buf_add_char(&row, '\0');
	buf_addf(&row, "delay_ms=%llu", (unsigned long long)r->delay_ms);
	buf_add_char(&row, '\0');
	buf_addf(
	    &row, "until=%llu", (unsigned long long)wall_us(l, r->until_ms));
	buf_add_char(&row, '\0');
	if (row.err == ERR_OK && l->p->store != NULL)
		(void)msg_send_control_row(
		    l->p->store, &m, buf_slice(&row), -1);
	buf_fini(&row);
}

void
auth_ban_control(struct auth_proc *p, const struct msg_control *m)
{
	struct listing l = {p, m->req, clock_mono_ms()};
	struct msg_done done = {.req = m->req};

	if (m->what == CONTROL_BAN_LIST)
		auth_limit_list(&p->limit, l.now_ms, send_row, &l);
	else if (m->what == CONTROL_BAN_LIFT)
		done.value = auth_limit_lift(&p->limit, msg_text_get(&m->text));
	else
		done.err = ERR_UNSUPPORTED;
	if (p->store != NULL)
		(void)msg_send_done(p->store, &done, SLICE_NONE, -1);
}
