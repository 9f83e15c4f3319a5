/* Log lines of a session: one for each finished thing, secrets never. */
#include "smtp/smtp_priv.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/store_rcpt.h"

enum { TO_MAX = 400 };

static void
log_peer(struct log_line *l, const struct smtp_session *s)
{
	struct buf ip = BUF_INIT(64);

	if (s->local) {
		log_u64(l, "uid", s->uid);
		return;
	}
	net_addr_add_ip(&ip, &s->peer);
	log_str(l, "ip", buf_slice(&ip));
	buf_fini(&ip);
}

/* "TLSv1.3" of "TLSv1.3 TLS_AES_256_GCM_SHA384" */
static void
log_tls(struct log_line *l, const struct smtp_session *s)
{
	struct slice name = SLICE_NONE, version;

	if (s->stream != NULL)
		name = net_stream_tls_name(s->stream);
	slice_cut(&name, ' ', &version);
	if (version.len > 0)
		log_str(l, "tls", version);
}

static void
log_user(struct log_line *l, const struct smtp_session *s)
{
	if (s->d.logged_in)
		log_str(l, "user", msg_text_get(&s->login->x.login.user));
}

static void
log_from(struct log_line *l, const struct smtp_session *s)
{
	if (s->tx != NULL)
		log_str(l, "from", mime_addr_slice(&s->tx->from));
}

/* to=: as many of the recipients as fit one value; they are taken off. */
static void
log_some(struct log_line *l, struct slice *rcpts)
{
	struct buf b = BUF_INIT(TO_MAX);
	struct slice rest = *rcpts;
	struct store_rcpt r;

	while (store_rcpt_next(&rest, &r) == ERR_OK) {
		if (b.len > 0 && b.len + r.addr.len + 1 > TO_MAX)
			break;
		buf_add_str(&b, b.len > 0 ? "," : "");
		buf_add_slice(&b, r.addr);
		*rcpts = rest;
	}
	log_str(l, "to", buf_slice(&b));
	buf_fini(&b);
}

/* Whoever looks for an address in the log finds it, however many there were. */
static void
log_others(const struct mail_id *id, enum log_level level, struct slice rcpts)
{
	struct log_line l;
	size_t before = 0;

	while (rcpts.len > 0 && rcpts.len != before) {
		before = rcpts.len;
		log_begin(&l, level, "also-to");
		log_hex(&l, "id", id->b, sizeof id->b);
		log_some(&l, &rcpts);
		log_end(&l);
	}
}

void
smtp_log_received(const struct smtp_session *s, enum err e)
{
	struct slice rcpts = buf_slice(&s->tx->rcpts);
	struct log_line l;
	enum log_level level = e == ERR_OK ? LOG_INFO : LOG_WARN;

	if (level > log_get_level())
		return;
	log_begin(&l, level, e == ERR_OK ? "received" : "not-received");
	log_hex(&l, "id", s->tx->id.b, sizeof s->tx->id.b);
	log_from(&l, s);
	log_some(&l, &rcpts);
	log_peer(&l, s);
	log_cstr(&l, "helo", s->d.helo);
	log_tls(&l, s);
	log_user(&l, s);
	log_u64(&l, "size", s->tx->body.total);
	if (s->tx->msgid.len > 0)
		log_str(&l, "msgid", buf_slice(&s->tx->msgid));
	log_u64(&l, "nrcpt", s->tx->nrcpts);
	if (s->tx->delivery.held > 0)
		log_u64(&l, "held", s->tx->delivery.held);
	if (e != ERR_OK)
		log_err(&l, "error", e);
	log_ms(&l, "time", clock_mono_ms() - s->tx->began_ms);
	log_end(&l);
	log_others(&s->tx->id, level, rcpts);
}

void
smtp_log_reject(const struct smtp_session *s, const char *stage,
    struct slice to, enum smtp_say r)
{
	struct log_line l;

	if (log_get_level() < LOG_INFO)
		return;
	log_begin(&l, LOG_INFO, "reject");
	log_peer(&l, s);
	log_cstr(&l, "stage", stage);
	log_from(&l, s);
	if (to.p != NULL)
		log_str(&l, "to", to);
	log_user(&l, s);
	log_u64(&l, "code", smtp_say_code(r));
	log_cstr(&l, "dsn", smtp_say_enhanced(r));
	log_cstr(&l, "reason", smtp_say_text(r));
	log_end(&l);
}

void
smtp_log_login(const struct smtp_session *s)
{
	struct log_line l;

	if (log_get_level() < LOG_INFO)
		return;
	log_begin(&l, LOG_INFO, "login");
	log_user(&l, s);
	log_peer(&l, s);
	log_tls(&l, s);
	log_end(&l);
}

void
smtp_log_closed(const struct smtp_session *s, enum err why)
{
	struct log_line l;

	if (log_get_level() < LOG_DEBUG)
		return;
	log_begin(&l, LOG_DEBUG, "closed");
	log_peer(&l, s);
	if (s->d.helo != NULL)
		log_cstr(&l, "helo", s->d.helo);
	log_u64(&l, "messages", s->messages);
	log_u64(&l, "errors", s->d.errors);
	log_err(&l, "why", why);
	log_ms(&l, "time", clock_mono_ms() - s->began_ms);
	log_end(&l);
}
