/*
 * Does the content of a message make sense? One validator a message. Sender,
 * direction, size and descriptor have been checked against the table before;
 * what a tail's records hold is checked by whoever takes them apart. pad
 * fields are never read, so they are not looked at here.
 */
#include "proc/msg.h"

#include "conf/conf.h"

#include <string.h>

enum { WORKERS_MAX = 1024 };

static bool
text(const struct msg_text *t)
{
	return t->len <= sizeof t->s;
}

static bool
label(const struct msg_short *t)
{
	return t->len <= sizeof t->s;
}

static bool
error(uint32_t e)
{
	return e < ERR_COUNT;
}

/* n records, none of them empty */
static bool
records(uint32_t n, size_t octets)
{
	return n == 0 ? octets == 0 : n <= octets;
}

static bool
ids(uint32_t n, size_t octets)
{
	return n > 0 && octets % MAIL_ID_LEN == 0 && octets / MAIL_ID_LEN == n;
}

static bool
protocol(uint32_t p)
{
	return p == MSG_PROTO_SUBMISSION || p == MSG_PROTO_POP3;
}

/* a name and nothing that leads to another folder */
static bool
file_name(struct slice s)
{
	return s.len > 0 && s.p[0] != '.' && slice_find(s, '/') == s.len &&
	       slice_find(s, '\0') == s.len;
}

/* bool msg_NAME_valid(m, tail) { return condition; } */
#define VALID(name, condition)                                                 \
	bool msg_##name##_valid(const struct msg_##name *m, struct slice tail) \
	{                                                                      \
		(void)m;                                                       \
		(void)tail;                                                    \
		return (condition);                                            \
	}

VALID(conf, m->generation > 0 && m->reload <= 1)
VALID(cert, m->index < m->count && m->count <= CONF_SNI + 1 &&
		m->chain_len <= tail.len &&
		memchr(m->name, '\0', sizeof m->name) != NULL)
VALID(
    listener, m->listener == MSG_LISTENER_ADMIN ||
		  m->listener == MSG_LISTENER_SUBMIT ||
		  (m->listener < CONF_LISTENERS && m->address < CONF_ADDRESSES))
VALID(census, m->worker < m->workers && m->workers <= WORKERS_MAX)
VALID(
    file, m->kind > 0 && m->kind < MSG_FILE_KINDS && m->index < CONF_PASSWORDS)
VALID(peer, m->role < ROLE_COUNT && m->index < WORKERS_MAX)
VALID(start, m->index < WORKERS_MAX)
VALID(stop, true)
VALID(ready, m->pid > 0)
VALID(peer_lost, m->role < ROLE_COUNT)
VALID(done, error(m->err))
VALID(node, true)
VALID(resolve, m->addr.len > 0 && text(&m->addr) && m->local <= 1)
VALID(resolved, error(m->err))
VALID(sender, text(&m->addr))
VALID(spill, true)
VALID(spilled, error(m->err))
VALID(deliver,
    m->rcpts > 0 && m->rcpt_len <= tail.len &&
	m->info_len <= tail.len - m->rcpt_len &&
	m->loops_len <= tail.len - m->rcpt_len - m->info_len &&
	records(m->rcpts, m->rcpt_len) && m->ret <= 2 &&
	(m->flags & ~(uint32_t)(MSG_DELIVER_UTF8 | MSG_DELIVER_8BIT |
				MSG_DELIVER_IMPORT | MSG_DELIVER_LOCAL)) == 0 &&
	text(&m->from) && label(&m->envid_head) && label(&m->envid_tail))
VALID(tx_end, true)
VALID(box_open, true)
VALID(box_rows, error(m->err) && m->more <= 1 && records(m->n, tail.len))
VALID(box_close, true)
VALID(box_read, m->max > 0 && ids(m->n, tail.len))
VALID(body,
    error(m->err) && m->offset <= m->total && tail.len <= m->total - m->offset)
VALID(box_mark, ids(m->n, tail.len))
VALID(box_expunge, true)
VALID(auth_start,
    protocol(m->protocol) && m->mechanism.len > 0 && label(&m->mechanism) &&
	(m->flags & ~(uint32_t)(MSG_AUTH_TLS | MSG_AUTH_INITIAL)) == 0 &&
	(tail.len == 0 || (m->flags & MSG_AUTH_INITIAL) != 0))
VALID(auth_step, true)
VALID(auth_abort, true)
VALID(auth_challenge, true)
VALID(auth_result, error(m->err) && text(&m->user))
VALID(ticket_new, m->ttl_ms > 0 && protocol(m->protocol))
VALID(account_get, text(&m->name))
VALID(account, error(m->err) && text(&m->name))
VALID(account_secret,
    (m->kind == MSG_SECRET_HASH || m->kind == MSG_SECRET_SCRAM) && tail.len > 0)
VALID(account_changed, true)
VALID(dir_get, m->key_len <= sizeof m->key)
VALID(dir_scan, m->key_len <= sizeof m->key && m->max > 0)
VALID(dir_rows, error(m->err) && m->more <= 1 && records(m->n, tail.len))
VALID(dir_commit, m->n > 0 && records(m->n, tail.len))
VALID(control, m->what > 0 && m->what < CONTROL_COUNT && text(&m->text))
VALID(control_row, tail.len > 0 && tail.p[tail.len - 1] == '\0')
VALID(queue_take, m->dests_max > 0 && m->per_dest > 0 && m->rows_max > 0 &&
		      tail.len == m->nskip * sizeof(uint64_t))
VALID(queue_rows, error(m->err) && m->more <= 1 && records(m->n, tail.len))
VALID(queue_doubt, m->hold <= 1)
VALID(queue_settle, m->noutcomes > 0 && m->outcomes_len <= tail.len &&
			records(m->noutcomes, m->outcomes_len) &&
			records(m->nreports, tail.len - m->outcomes_len))
VALID(queue_read, m->max > 0)
VALID(queue_due, true)
VALID(queue_list, m->max > 0)
VALID(queue_edit, m->kind > 0 && m->n > 0 && m->n <= tail.len)
VALID(trail_get, m->max > 0 && m->word_len <= sizeof m->word)
VALID(trail_rows, error(m->err) && m->more <= 1 && records(m->n, tail.len))
VALID(backup,
    m->end <= 1 && label(&m->file) && file_name(msg_short_get(&m->file)))
VALID(backup_ack, error(m->err))
