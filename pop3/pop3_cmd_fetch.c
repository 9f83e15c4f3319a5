/* Looking at a mailbox: STAT, LIST, UIDL, RETR, TOP (RFC 1939 sections 5, 7).
 */
#include "base/num.h"
#include "pop3/pop3_priv.h"

enum { LISTING_PIECE = 16 * 1024 };

enum pop3_next
pop3_stat(struct pop3_session *s, const struct pop3_args *a)
{
	const struct pop3_drop *d = &s->drop;

	(void)a;
	return pop3_line(s, "+OK %u %llu", d->count - d->marked,
	    (unsigned long long)(d->octets - d->octets_marked));
}

/* One line of a listing, without CRLF. */
static void
add_entry(const struct pop3_session *s, const struct pop3_msg *m, bool uidl,
    struct buf *out)
{
	buf_add_u64(out, pop3_drop_number(&s->drop, m));
	buf_add_char(out, ' ');
	if (uidl)
		pop3_drop_add_uidl(&s->drop, m, out);
	else
		buf_add_u64(out, m->octets);
}

static enum pop3_next
one_entry(struct pop3_session *s, struct slice number, bool uidl)
{
	const struct pop3_msg *m = pop3_drop_find(&s->drop, number);
	struct buf text = BUF_INIT(128);

	if (m == NULL)
		return pop3_fail(s, "no such message");
	add_entry(s, m, uidl, &text);
	pop3_line(s, "+OK %s", buf_cstr(&text));
	buf_fini(&text);
	return POP3_READ;
}

/* Write entries until all are out or the connection is full. */
static enum pop3_next
list_more(struct pop3_session *s)
{
	struct buf text = BUF_INIT(2 * LISTING_PIECE);
	bool uidl = s->job == POP3_JOB_UIDL;

	while (s->job_at < s->drop.count && !net_stream_full(s->stream)) {
		for (; s->job_at < s->drop.count && text.len < LISTING_PIECE;
		     s->job_at++) {
			const struct pop3_msg *m = &s->drop.msg[s->job_at];

			if (m->marked)
				continue;
			add_entry(s, m, uidl, &text);
			buf_add(&text, "\r\n", 2);
		}
		net_stream_write(s->stream, buf_slice(&text));
		buf_reset(&text);
	}
	buf_fini(&text);
	if (s->job_at < s->drop.count)
		return POP3_WAIT;
	s->job = POP3_NO_JOB;
	return pop3_line(s, ".");
}

static enum pop3_next
begin_list(struct pop3_session *s, enum pop3_job job)
{
	s->job = job;
	s->job_at = 0;
	pop3_line(s, "+OK %u messages", s->drop.count - s->drop.marked);
	return list_more(s);
}

enum pop3_next
pop3_list(struct pop3_session *s, const struct pop3_args *a)
{
	return a->count == 1 ? one_entry(s, a->arg[0], false)
			     : begin_list(s, POP3_JOB_LIST);
}

enum pop3_next
pop3_uidl(struct pop3_session *s, const struct pop3_args *a)
{
	return a->count == 1 ? one_entry(s, a->arg[0], true)
			     : begin_list(s, POP3_JOB_UIDL);
}

static enum pop3_next
begin_body(
    struct pop3_session *s, struct pop3_msg *m, bool is_top, uint32_t lines)
{
	s->body = (struct pop3_body){
	    .msg = m, .is_top = is_top, .lines = lines, .ends_line = true};
	s->job = POP3_JOB_BODY;
	return pop3_fetch_begin(s);
}

enum pop3_next
pop3_retr(struct pop3_session *s, const struct pop3_args *a)
{
	struct pop3_msg *m = pop3_drop_find(&s->drop, a->arg[0]);

	if (m == NULL)
		return pop3_fail(s, "no such message");
	return begin_body(s, m, false, 0);
}

enum pop3_next
pop3_top(struct pop3_session *s, const struct pop3_args *a)
{
	struct pop3_msg *m = pop3_drop_find(&s->drop, a->arg[0]);
	uint32_t lines = UINT32_MAX; /* more than any message has */
	enum err e;

	if (m == NULL)
		return pop3_fail(s, "no such message");
	e = num_u32(a->arg[1], 0, UINT32_MAX, &lines);
	if (e != ERR_OK && e != ERR_TOOBIG)
		return pop3_fail(s, "not a number of lines");
	return begin_body(s, m, true, lines);
}

enum pop3_next
pop3_job_more(struct pop3_session *s)
{
	switch (s->job) {
	case POP3_JOB_LIST:
	case POP3_JOB_UIDL:
		return list_more(s);
	case POP3_JOB_BODY:
		return pop3_fetch_more(s);
	case POP3_NO_JOB:
		break;
	}
	return POP3_READ;
}
