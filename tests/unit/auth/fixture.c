#include "fixture.h"

#include "../unit.h"
#include "auth/auth_crypt.h"
#include "base/clock.h"
#include "base/log.h"
#include "proc/msg.h"
#include "store/store_record.h"

#include <string.h>
#include <sys/socket.h>

struct fix fix;

enum { WALL_US = 1700000000 };

static void
set_clock(void)
{
	clock_set_for_test(
	    WALL_US * 1000000ull + fix.now_ms * 1000, fix.now_ms * 1000);
}

/* --- the store --------------------------------------------------- */

static struct fix_account *
find(struct slice name)
{
	for (unsigned i = 0; i < fix.accounts; i++)
		if (slice_eq_nocase(name, slice_str(fix.account[i].name)))
			return &fix.account[i];
	return NULL;
}

static struct slice
hash_of(const struct fix_account *a)
{
	return a->new_hash.len > 0 ? buf_slice(&a->new_hash)
				   : slice_str(a->hash);
}

static void
on_get(void *ctx, struct msg_account_get *m, struct slice tail, int fd)
{
	const struct fix_account *a = find(msg_text_get(&m->name));
	struct msg_account r = {.req = m->req, .err = fix.get_err};
	struct msg_account_changed c = {a == NULL ? 0 : a->account};
	struct buf record = BUF_INIT(8192);

	(void)ctx;
	(void)tail;
	(void)fd;
	fix.gets++;
	if (fix.mute)
		return;
	if (a == NULL && r.err == ERR_OK)
		r.err = ERR_NOENT;
	if (r.err == ERR_OK) {
		struct store_account sa = {.name = slice_str(a->name),
		    .hash = hash_of(a),
		    .scram = buf_slice(&a->scram),
		    .state = a->suspended ? STORE_SUSPENDED : STORE_ACTIVE,
		    .mailbox = a->mailbox};

		r.account = a->account;
		r.mailbox = a->mailbox;
		r.version = a->version;
		msg_text_set(&r.name, sa.name);
		EQ_INT(store_account_encode(&sa, &record), ERR_OK);
	}
	msg_send_account(fix.store, &r, buf_slice(&record), -1);
	if (fix.change)
		msg_send_account_changed(fix.store, &c, SLICE_NONE, -1);
	buf_wipe(&record);
}

static void
on_ticket(void *ctx, struct msg_ticket_new *m, struct slice tail, int fd)
{
	struct msg_done d = {.req = m->req};

	(void)ctx;
	(void)tail;
	(void)fd;
	fix.tickets++;
	fix.ticket = *m;
	if (!fix.mute)
		msg_send_done(fix.store, &d, SLICE_NONE, -1);
}

static void
on_secret(void *ctx, struct msg_account_secret *m, struct slice tail, int fd)
{
	struct msg_done d = {.req = m->req, .err = ERR_NOENT};

	(void)ctx;
	(void)fd;
	for (unsigned i = 0; i < fix.accounts; i++) {
		struct fix_account *a = &fix.account[i];
		struct buf *b =
		    m->kind == MSG_SECRET_HASH ? &a->new_hash : &a->scram;

		if (a->account != m->account)
			continue;
		d.err = a->version == m->version ? ERR_OK : ERR_BUSY;
		if (d.err != ERR_OK)
			break;
		a->version++;
		buf_reset(b);
		buf_add_slice(b, tail);
		if (fix.race) {
			buf_reset(&a->new_hash);
			buf_add_str(&a->new_hash, "smOteEr786Ptg");
			a->version++;
		}
	}
	fix.secrets++;
	msg_send_done(fix.store, &d, SLICE_NONE, -1);
}

static void
on_row(void *ctx, struct msg_control_row *m, struct slice tail, int fd)
{
	(void)ctx;
	(void)m;
	(void)fd;
	fix.rows++;
	for (size_t i = 0; i < tail.len; i++)
		buf_add_char(&fix.row, tail.p[i] == '\0' ? ' ' : tail.p[i]);
	buf_add_char(&fix.row, '\n');
}

static void
on_done(void *ctx, struct msg_done *m, struct slice tail, int fd)
{
	(void)ctx;
	(void)tail;
	(void)fd;
	fix.dones++;
	fix.done_value = m->err == ERR_OK ? m->value : UINT64_MAX;
}

static const struct msg_handlers store_handlers = {.account_get = on_get,
    .ticket_new = on_ticket,
    .account_secret = on_secret,
    .control_row = on_row,
    .done = on_done};

static void
store_closed(void *ctx, enum err why)
{
	(void)ctx;
	(void)why;
	chan_free(&fix.store);
}

static void
pair(int fd[2])
{
	EQ_INT(socketpair(
		   AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd),
	    0);
}

/* Each is another process. */
static void
join(enum role role, int fd)
{
	static unsigned index;

	if (fix.join != NULL)
		fix.join(role, fd);
	else
		EQ_INT(auth_proc_peer(fix.proc, role, index++, fd), ERR_OK);
}

void
fix_store_attach(void)
{
	int fd[2];

	pair(fd);
	chan_free(&fix.store);
	fix.store = chan_new(fix.loop, fd[0], ROLE_STORE, ROLE_AUTH,
	    &store_handlers, store_closed, NULL);
	join(ROLE_STORE, fd[1]);
}

void
fix_store_lose(void)
{
	chan_free(&fix.store);
	fix_turns(5);
}

/* --- the front --------------------------------------------------- */

void
fix_front_attach(void)
{
	int fd[2];

	pair(fd);
	EQ_INT(auth_call_attach(fix.call, fd[0]), ERR_OK);
	join(ROLE_POP3, fd[1]);
}

static void
on_challenge(struct auth_exchange *x, struct slice data)
{
	struct fix_try *t = LIST_ITEM(x, struct fix_try, x);

	t->challenges++;
	buf_reset(&t->challenge);
	buf_add_slice(&t->challenge, data);
}

static void
on_end(struct auth_exchange *x, enum err e, struct slice data)
{
	struct fix_try *t = LIST_ITEM(x, struct fix_try, x);

	OK(!t->done);
	t->done = true;
	t->e = e;
	buf_add_slice(&t->extra, data);
}

void
fix_try_init(struct fix_try *t)
{
	memset(t, 0, sizeof *t);
	t->x.challenge = on_challenge;
	t->x.done = on_end;
	buf_init(&t->challenge, 12288);
	buf_init(&t->extra, 12288);
}

void
fix_try_fini(struct fix_try *t)
{
	auth_call_abort(fix.call, &t->x);
	buf_wipe(&t->challenge);
	buf_wipe(&t->extra);
}

struct net_addr
fix_addr(const char *ip)
{
	struct net_addr a = {{0}, 0};

	EQ_INT(net_addr_parse_ip(slice_str(ip), &a), ERR_OK);
	a.port = 4711;
	return a;
}

void
fix_plain(
    struct fix_try *t, const char *ip, const char *user, const char *password)
{
	struct net_addr a = fix_addr(ip);

	auth_call_password(fix.call, &t->x, MSG_PROTO_POP3, true, &a,
	    slice_str(user), slice_str(password));
}

void
fix_turns(unsigned n)
{
	while (n-- > 0)
		net_loop_turn(fix.loop, 1);
}

void
fix_wait(struct fix_try *t)
{
	unsigned challenges = t->challenges;

	for (unsigned i = 0;
	     i < 60000 && !t->done && t->challenges == challenges; i++)
		net_loop_turn(fix.loop, 1);
}

bool
fix_until(const unsigned *n, unsigned want)
{
	for (unsigned i = 0; i < 60000 && *n < want; i++)
		net_loop_turn(fix.loop, 1);
	return *n >= want;
}

void
fix_pass(uint64_t ms)
{
	fix.now_ms += ms;
	set_clock();
	fix_turns(5);
}

enum err
fix_login(const char *ip, const char *user, const char *password)
{
	struct fix_try t;
	enum err e;

	fix_try_init(&t);
	fix_plain(&t, ip, user, password);
	/* a thread has to verify it, and then time has to pass */
	for (unsigned i = 0; i < 60000 && !t.done; i++) {
		net_loop_turn(fix.loop, 1);
		if (i % 20 == 19)
			fix_pass(200);
	}
	OK(t.done);
	e = t.e;
	fix_try_fini(&t);
	return e;
}

/* --- all of it --------------------------------------------------- */

static void
on_line(void *ctx, struct slice line)
{
	(void)ctx;
	buf_add_slice(&fix.log, line);
	buf_add_char(&fix.log, '\n');
}

bool
fix_logged(const char *text)
{
	struct slice all = buf_slice(&fix.log);

	return slice_find_slice(all, slice_str(text)) < all.len;
}

void
fix_open(void)
{
	memset(&fix, 0, sizeof fix);
	fix.now_ms = 1000000;
	set_clock();
	buf_init(&fix.row, 1 << 16);
	buf_init(&fix.log, 1 << 20);
	log_set_sink(on_line, NULL);
	strcpy(fix.conf.auth.hash, "sha512");
	fix.conf.auth.hash_cost = 1000;
	fix.conf.auth.workers = 2;
	fix.conf.auth.cache_ms = 60000;
	fix.conf.auth.mechanisms =
	    CONF_MECH_PLAIN | CONF_MECH_LOGIN | CONF_MECH_SCRAM_SHA_256;
	fix.conf.limits.login_failures = 10;
	fix.conf.limits.login_window_ms = 600000;
	fix.conf.limits.login_ban_ms = 900000;
	fix.loop = net_loop_new();
	fix.proc = auth_proc_new(fix.loop, &fix.conf);
	fix.call = auth_call_new(fix.loop, ROLE_POP3);
	OK(fix.loop != NULL && fix.proc != NULL && fix.call != NULL);
	fix_store_attach();
	fix_front_attach();
}

void
fix_close(void)
{
	auth_call_free(&fix.call);
	auth_proc_free(&fix.proc);
	chan_free(&fix.store);
	net_loop_free(&fix.loop);
	for (unsigned i = 0; i < fix.accounts; i++) {
		buf_wipe(&fix.account[i].new_hash);
		buf_wipe(&fix.account[i].scram);
	}
	buf_fini(&fix.row);
	buf_fini(&fix.log);
	log_set_sink(NULL, NULL);
	clock_set_for_test(0, 0);
}

struct fix_account *
fix_add(const char *name, const char *password)
{
	unsigned i = fix.accounts++;
	struct fix_account *a = &fix.account[i];

	a->name = name;
	a->account = 100 + i;
	a->mailbox = 200 + i;
	a->version = 1;
	buf_init(&a->new_hash, 400);
	buf_init(&a->scram, 400);
	if (password != NULL)
		EQ_INT(auth_crypt_hash(
			   "sha512", 1000, slice_str(password), &a->new_hash),
		    ERR_OK);
	return a;
}
