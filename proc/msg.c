/* The table of messages at work: sending, checking and handing over frames. */
#include "proc/msg.h"

#include "base/secret.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

/* the last column of MSG_TABLE */
enum { FD_NEVER, FD_ALWAYS, FD_MAYBE };

typedef enum err deliver_fn(
    struct slice body, int fd, const struct msg_handlers *, void *ctx);

/* One function a message: copy the fixed part out, check it, call. */
#define X(name, payload, from, to, tail_max, fds)                              \
	static enum err deliver_##payload(struct slice body, int fd,           \
	    const struct msg_handlers *h, void *ctx)                           \
	{                                                                      \
		struct msg_##payload m;                                        \
		struct slice tail = slice_skip(body, sizeof m);                \
		bool ok;                                                       \
                                                                               \
		memcpy(&m, body.p, sizeof m);                                  \
		ok = h->payload != NULL && msg_##payload##_valid(&m, tail);    \
		if (ok)                                                        \
			h->payload(ctx, &m, tail, fd);                         \
		else if (fd >= 0)                                              \
			(void)close(fd);                                       \
		if (msg_is_secret(MSG_##name))                                 \
			secret_wipe(&m, sizeof m);                             \
		return ok ? ERR_OK : ERR_PROTO;                                \
	}
MSG_TABLE(X)
#undef X

static const struct row {
	const char *name;
	uint32_t fixed_len, tail_max;
	unsigned from, to, fds; /* sets of roles; FD_ */
	deliver_fn *deliver;
} rows[] = {
#define X(name, payload, from, to, tail_max, fds)                              \
	{#payload, sizeof(struct msg_##payload), (tail_max), (from), (to),     \
	    (fds), deliver_##payload},
    MSG_TABLE(X)
#undef X
};

static const bool secret[MSG_COUNT] = {
    [MSG_CERT] = true,
    [MSG_AUTH_START] = true,
    [MSG_AUTH_STEP] = true,
    [MSG_AUTH_CHALLENGE] = true,
    [MSG_AUTH_RESULT] = true,
    [MSG_TICKET_NEW] = true,
    [MSG_ACCOUNT] = true,
    [MSG_ACCOUNT_SECRET] = true,
    [MSG_DIR_ROWS] = true,
    [MSG_DIR_COMMIT] = true,
};

#define X(name, payload, from, to, tail_max, fds)                              \
	_Static_assert(                                                        \
	    sizeof(struct msg_##payload) + (tail_max) <= CHAN_FRAME_MAX,       \
	    #payload " does not fit a frame");
MSG_TABLE(X)
#undef X

static enum err
send_row(
    struct chan *c, uint16_t type, const void *fixed, struct slice tail, int fd)
{
	const struct row *r = &rows[type];

	assert((r->from >> chan_self(c) & 1u) != 0);
	assert((r->to >> chan_peer(c) & 1u) != 0);
	assert(r->fds == FD_MAYBE || (r->fds == FD_ALWAYS) == (fd >= 0));
	if (tail.len > r->tail_max) {
		if (fd >= 0)
			(void)close(fd);
		return ERR_TOOBIG;
	}
	return chan_send(c, type, fixed, r->fixed_len, tail, fd);
}

#define X(name, payload, from, to, tail_max, fds)                              \
	enum err msg_send_##payload(struct chan *c,                            \
	    const struct msg_##payload *m, struct slice tail, int fd)          \
	{                                                                      \
		return send_row(c, MSG_##name, m, tail, fd);                   \
	}
MSG_TABLE(X)
#undef X

/* May this frame exist at all between these two? */
static bool
row_allows(
    const struct row *r, enum role peer, enum role self, size_t len, int fd)
{
	return (unsigned)peer < ROLE_COUNT && (unsigned)self < ROLE_COUNT &&
	       (r->from >> peer & 1u) != 0 && (r->to >> self & 1u) != 0 &&
	       len >= r->fixed_len && len - r->fixed_len <= r->tail_max &&
	       (r->fds == FD_MAYBE || (r->fds == FD_ALWAYS) == (fd >= 0));
}

enum err
msg_deliver_frame(enum role peer, enum role self, uint16_t type,
    struct slice body, int fd, const struct msg_handlers *h, void *ctx)
{
	if (type < MSG_COUNT &&
	    row_allows(&rows[type], peer, self, body.len, fd))
		return rows[type].deliver(body, fd, h, ctx);
	if (fd >= 0)
		(void)close(fd);
	return ERR_PROTO;
}

const char *
msg_name(uint16_t type)
{
	return type < MSG_COUNT ? rows[type].name : "?";
}

size_t
msg_fixed_len(uint16_t type)
{
	return type < MSG_COUNT ? rows[type].fixed_len : 0;
}

size_t
msg_frame_max(uint16_t type)
{
	return type < MSG_COUNT ? rows[type].fixed_len + rows[type].tail_max
				: 0;
}

bool
msg_is_secret(uint16_t type)
{
	return type < MSG_COUNT && secret[type];
}

/* Fill a bounded text; the unused rest is zero, so that nothing leaks. */
static size_t
fill(char *dst, size_t max, struct slice s)
{
	memset(dst, 0, max);
	if (s.len == 0 || s.len > max)
		return 0;
	memcpy(dst, s.p, s.len);
	return s.len;
}

bool
msg_text_set(struct msg_text *t, struct slice s)
{
	t->len = (uint16_t)fill(t->s, sizeof t->s, s);
	return t->len == s.len;
}

struct slice
msg_text_get(const struct msg_text *t)
{
	return slice_of(t->s, t->len);
}

bool
msg_short_set(struct msg_short *t, struct slice s)
{
	t->len = (uint8_t)fill(t->s, sizeof t->s, s);
	return t->len == s.len;
}

struct slice
msg_short_get(const struct msg_short *t)
{
	return slice_of(t->s, t->len);
}
