/*
 * One login, from the mechanism's first message to the ticket.
 *
 *	CLIENT   the front has to send the client's next message
 *	ACCOUNT  the store has to say who this is
 *	WAIT     too many failures before: not looked at yet
 *	WORK     a thread verifies the password
 *	TICKET   the store has to know the ticket first
 *	REPLY    a failure, to be told when its time has come
 *
 * Unknown name, wrong password and suspended account differ in the log alone:
 * the same steps, the same work, the same time.
 */
#include "auth/auth_crypt.h"
#include "auth/auth_priv.h"
#include "auth/auth_sasl.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

enum state { CLIENT, ACCOUNT, WAIT, WORK, TICKET, REPLY };

struct login {
	struct auth_proc *p;
	struct auth_peer *peer; /* NULL: nobody waits for the result */
	struct map_node map;
	struct list_node node;
	uint64_t req;
	enum state state;
	unsigned protocol, flags; /* MSG_PROTO_, MSG_AUTH_ */
	struct net_addr addr;
	struct auth_sasl sasl;
	bool proof; /* SCRAM: the client has proved it, or not */
	struct auth_ask ask;
	struct net_timer timer;
	uint64_t due_ms; /* when a failure may be told */
	/* from the account's record */
	struct auth_who who;
	struct buf record;
	bool may;           /* the account exists and is active */
	const char *reason; /* why not, for the log */
	uint64_t changes;   /* auth_proc.changes when it was asked for */
	/* for the thread */
	struct auth_job job;
	struct buf hash;
	enum err verdict;
	struct buf extra; /* for the client, with the success */
	struct msg_ticket ticket;
};

static void advance(struct login *, enum auth_sasl_next, struct buf *out);

/* --- begin and end ---------------------------------------------------------
 */

static void
release(struct login *l)
{
	if (l->peer != NULL)
		map_remove(&l->peer->logins, &l->map);
	list_remove(&l->p->logins, &l->node);
	auth_ask_cancel(&l->ask);
	net_timer_clear(&l->timer);
	auth_sasl_fini(&l->sasl);
	buf_wipe(&l->record);
	buf_wipe(&l->hash);
	buf_wipe(&l->extra);
	secret_wipe(l, sizeof *l);
	free(l);
}

static void
send_result(
    struct auth_peer *peer, struct msg_auth_result *m, struct slice extra)
{
	(void)msg_send_auth_result(peer->chan, m, extra, -1);
	secret_wipe(m, sizeof *m);
}

/* The end of the exchange, for whatever reason but success. */
static void
end(struct login *l, enum err e)
{
	struct msg_auth_result m = {.req = l->req, .err = e};

	if (l->peer != NULL)
		send_result(l->peer, &m, SLICE_NONE);
	release(l);
}

static struct slice
name_of(const struct login *l)
{
	return buf_slice(&l->sasl.user);
}

static void
log_login(const struct login *l, const char *event, const char *reason)
{
	struct buf ip = BUF_INIT(64);
	struct log_line line;

	net_addr_add_ip(&ip, &l->addr);
	log_begin(&line, LOG_INFO, event);
	log_str(&line, "user",
	    reason == NULL ? msg_text_get(&l->who.name) : name_of(l));
	log_str(&line, "ip", buf_slice(&ip));
	log_cstr(&line, "service",
	    l->protocol == MSG_PROTO_POP3 ? "pop3" : "submission");
	log_cstr(&line, "method", l->sasl.mech->name);
	log_cstr(&line, "tls", (l->flags & MSG_AUTH_TLS) != 0 ? "yes" : "no");
	if (reason != NULL)
		log_cstr(&line, "reason", reason);
	log_end(&line);
	buf_fini(&ip);
}

/* Try later, which is nobody's fault. */
static void
put_off(struct login *l, const char *reason)
{
	log_login(l, "put_off", reason);
	end(l, ERR_RETRY);
}

/* --- failure ---------------------------------------------------------------
 */

static void
reply_due(void *ctx)
{
	end(ctx, ERR_DENIED);
}

/* Known to be wrong now; told at a time that depends on nothing but when the
 * attempt began. Nobody waits: counted all the same. */
static void
failed(struct login *l, const char *reason)
{
	uint64_t now_ms = clock_mono_ms();

	auth_limit_failed(&l->p->limit, &l->addr, name_of(l), now_ms);
	log_login(l, "failure", reason);
	if (l->peer == NULL) {
		release(l);
		return;
	}
	l->state = REPLY;
	l->timer.due = reply_due;
	(void)net_timer_set(
	    &l->timer, l->due_ms > now_ms ? l->due_ms - now_ms : 0);
}

/* --- success ---------------------------------------------------------------
 */

static enum err
send_ticket(struct auth_ask *a, struct chan *store, uint64_t req)
{
	const struct login *l = LIST_ITEM(a, struct login, ask);
	struct msg_ticket_new m = {.req = req,
	    .account = l->who.account,
	    .mailbox = l->who.mailbox,
	    .ttl_ms = l->protocol == MSG_PROTO_POP3 ? AUTH_TICKET_POP3_MS
						    : AUTH_TICKET_SUBMISSION_MS,
	    .ticket = l->ticket,
	    .protocol = l->protocol};
	enum err e = msg_send_ticket_new(store, &m, SLICE_NONE, -1);

	secret_wipe(&m, sizeof m);
	return e;
}

static void
ticket_known(struct auth_ask *a, const struct auth_answer *answer)
{
	struct login *l = LIST_ITEM(a, struct login, ask);
	struct msg_auth_result m = {.req = l->req,
	    .account = l->who.account,
	    .mailbox = l->who.mailbox,
	    .ticket = l->ticket,
	    .user = l->who.name};

	if (answer->err != ERR_OK) {
		put_off(l, "store");
		return;
	}
	log_login(l, "login", NULL);
	if (l->peer != NULL)
		send_result(l->peer, &m, buf_slice(&l->extra));
	release(l);
}

/* The client is who it says. */
static void
granted(struct login *l)
{
	if (l->protocol == MSG_PROTO_POP3 &&
	    auth_delay_too_soon(l->p, l->who.account)) {
		log_login(l, "put_off", "login_delay");
		end(l, ERR_LIMIT);
		return;
	}
	secret_random(&l->ticket, sizeof l->ticket);
	l->state = TICKET;
	auth_ask_init(&l->ask, l->p, send_ticket, ticket_known);
	auth_ask_start(&l->ask);
}

/* --- the account -----------------------------------------------------------
 */

static enum err
send_account(struct auth_ask *a, struct chan *store, uint64_t req)
{
	struct login *l = LIST_ITEM(a, struct login, ask);
	struct msg_account_get m = {.req = req};

	/* too long for any address: empty, which is nobody's name either */
	(void)msg_text_set(&m.name, name_of(l));
	l->changes = l->p->changes;
	return msg_send_account_get(store, &m, SLICE_NONE, -1);
}

static void
ask_account(struct login *l,
    void (*answer)(struct auth_ask *, const struct auth_answer *))
{
	l->state = ACCOUNT;
	auth_ask_init(&l->ask, l->p, send_account, answer);
	auth_ask_start(&l->ask);
}

/*
 * Note what the store said about the account; record gets the decoded record,
 * empty when there is none. false: the store cannot tell now.
 */
static bool
note_account(struct login *l, const struct auth_answer *answer,
    struct store_account *record)
{
	const struct msg_account *a = answer->account;

	memset(record, 0, sizeof *record);
	l->may = false;
	l->reason = "unknown";
	if (answer->err == ERR_NOENT || answer->err == ERR_SYNTAX ||
	    answer->err == ERR_TOOBIG || answer->err == ERR_DENIED)
		return true;
	if (answer->err != ERR_OK || a == NULL)
		return false;
	buf_reset(&l->record);
	buf_add_slice(&l->record, answer->record);
	if (l->record.err != ERR_OK ||
	    store_account_decode(buf_slice(&l->record), record) != ERR_OK)
		return false;
	l->who = (struct auth_who){a->account, a->mailbox, a->version, a->name};
	l->may = record->state == STORE_ACTIVE;
	l->reason = l->may ? "password" : "suspended";
	return true;
}

/* Random to strangers, the same for the same name while the process lives. */
static void
seed_of(
    const struct login *l, const char *purpose, uint8_t seed[AUTH_DIGEST_LEN])
{
	char space[sizeof((struct msg_text *)0)->s];
	const struct slice pieces[] = {
	    slice_str(purpose), auth_lru_fold(name_of(l), space, sizeof space)};

	if (auth_digest_run(l->p->digest, pieces, 2, seed) != ERR_OK)
		memset(seed, 0, AUTH_DIGEST_LEN);
}

/* --- a password -------------------------------------------------------------
 */

static void
verify(struct auth_job *j)
{
	struct login *l = LIST_ITEM(j, struct login, job);

	l->verdict =
	    auth_crypt_verify(buf_slice(&l->hash), buf_slice(&l->sasl.secret));
}

static void
passed(struct login *l)
{
	struct auth_proc *p = l->p;
	struct slice password = buf_slice(&l->sasl.secret);
	struct store_account record;

	if (p->conf->auth.cache_ms > 0 && l->changes == p->changes)
		auth_cache_put(&p->cache, name_of(l), password, &l->who,
		    clock_mono_ms() + p->conf->auth.cache_ms);
	if (store_account_decode(buf_slice(&l->record), &record) == ERR_OK)
		auth_upgrade_consider(p, &l->who, &record, password);
	granted(l);
}

static void
verified(struct auth_job *j, bool ran)
{
	struct login *l = LIST_ITEM(j, struct login, job);

	if (!ran || l->verdict == ERR_NOMEM)
		put_off(l, "overload");
	else if (l->verdict != ERR_OK || !l->may)
		failed(l, l->reason);
	else if (l->peer == NULL)
		release(l);
	else
		passed(l);
}

/* The hash of the account, or one that costs as much and fits nothing. */
static void
choose_hash(struct login *l, struct slice of_record)
{
	uint8_t seed[AUTH_DIGEST_LEN];
	uint64_t n;

	if (of_record.len > 0 && auth_crypt_check(of_record) == ERR_OK) {
		auth_blind_saw(l->p->blind, l->who.account, of_record);
		buf_add_slice(&l->hash, of_record);
		return;
	}
	l->may = false;
	seed_of(l, "blind", seed);
	memcpy(&n, seed, sizeof n);
	buf_add_slice(&l->hash, auth_blind_for(l->p->blind, n));
}

static void
check_password(struct auth_ask *a, const struct auth_answer *answer)
{
	struct login *l = LIST_ITEM(a, struct login, ask);
	struct store_account record;

	if (!note_account(l, answer, &record)) {
		put_off(l, "store");
		return;
	}
	choose_hash(l, record.hash);
	if (auth_work_waiting(l->p->work) >= AUTH_QUEUE_MAX) {
		put_off(l, "overload");
		return;
	}
	l->state = WORK;
	l->job.run = verify;
	l->job.done = verified;
	auth_work_add(l->p->work, &l->job);
}

static void
try_password(struct login *l)
{
	if (auth_cache_get(&l->p->cache, name_of(l), buf_slice(&l->sasl.secret),
		clock_mono_ms(), &l->who))
		granted(l);
	else
		ask_account(l, check_password);
}

/* --- SCRAM ------------------------------------------------------------------
 */

static void
give_verifier(struct auth_ask *a, const struct auth_answer *answer)
{
	struct login *l = LIST_ITEM(a, struct login, ask);
	struct buf out = BUF_INIT(AUTH_SASL_MESSAGE_MAX);
	struct buf fake = BUF_INIT(AUTH_SCRAM_MAX);
	struct store_account record;
	uint8_t seed[AUTH_DIGEST_LEN];

	if (!note_account(l, answer, &record)) {
		put_off(l, "store");
		return;
	}
	if (auth_scram_check(record.scram) != ERR_OK) {
		if (l->may)
			l->reason = "no_verifier";
		l->may = false;
		seed_of(l, "scram", seed);
		auth_scram_fake(seed, l->p->conf->auth.scram_iterations, &fake);
		record.scram = buf_slice(&fake);
	}
	advance(l, auth_sasl_verifier(&l->sasl, record.scram, &out), &out);
	buf_wipe(&fake);
	buf_wipe(&out);
}

static void
try_proof(struct login *l)
{
	enum err e = auth_sasl_prove(&l->sasl, &l->extra);

	if (e == ERR_OK && l->may)
		granted(l);
	else if (e == ERR_OK || e == ERR_DENIED)
		failed(l, l->reason);
	else
		end(l, e == ERR_NOMEM ? ERR_RETRY : e);
}

/* --- the exchange -----------------------------------------------------------
 */

static void
wait_over(void *ctx)
{
	struct login *l = ctx;

	if (l->proof)
		try_proof(l);
	else
		try_password(l);
}

/* All is said. From here on the clock runs, for failures of any kind. */
static void
attempt(struct login *l, bool proof)
{
	uint64_t now_ms = clock_mono_ms(), wait_ms;

	l->proof = proof;
	wait_ms = auth_limit_wait(&l->p->limit, &l->addr, name_of(l), now_ms);
	l->due_ms = now_ms + wait_ms + AUTH_FAIL_MS;
	if (wait_ms == 0) {
		wait_over(l);
		return;
	}
	l->state = WAIT;
	l->timer.due = wait_over;
	(void)net_timer_set(&l->timer, wait_ms);
}

static void
refuse(struct login *l)
{
	if (l->sasl.err == ERR_DENIED) { /* on behalf of somebody else */
		l->due_ms = clock_mono_ms() + AUTH_FAIL_MS;
		failed(l, "authzid");
	} else {
		end(l, l->sasl.err == ERR_SYNTAX ? ERR_SYNTAX : ERR_RETRY);
	}
}

static void
advance(struct login *l, enum auth_sasl_next next, struct buf *out)
{
	struct msg_auth_challenge m = {.req = l->req};

	switch (next) {
	case AUTH_SASL_CHALLENGE:
		l->state = CLIENT;
		(void)msg_send_auth_challenge(
		    l->peer->chan, &m, buf_slice(out), -1);
		break;
	case AUTH_SASL_ACCOUNT:
		ask_account(l, give_verifier);
		break;
	case AUTH_SASL_PASSWORD:
		attempt(l, false);
		break;
	case AUTH_SASL_PROOF:
		attempt(l, true);
		break;
	case AUTH_SASL_FAIL:
		refuse(l);
		break;
	}
}

static struct login *
find(const struct auth_peer *peer, uint64_t req)
{
	struct map_node *n = map_get(&peer->logins, slice_of(&req, sizeof req));

	return n == NULL ? NULL : MAP_ITEM(n, struct login, map);
}

static struct login *
login_new(struct auth_peer *peer, const struct msg_auth_start *m,
    const struct auth_mech *mech)
{
	struct login *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->p = peer->p;
	l->req = m->req;
	if (map_put(&peer->logins, &l->map, slice_of(&l->req, sizeof l->req)) !=
	    ERR_OK) {
		free(l);
		return NULL;
	}
	l->peer = peer;
	l->protocol = m->protocol;
	l->flags = m->flags;
	l->addr = m->peer;
	l->reason = "unknown";
	auth_sasl_init(&l->sasl, mech);
	net_timer_init(&l->timer, l->p->loop, NULL, l);
	auth_ask_init(&l->ask, l->p, NULL, NULL);
	buf_init(&l->record, 8192);
	buf_init(&l->hash, AUTH_HASH_MAX);
	buf_init(&l->extra, AUTH_SASL_MESSAGE_MAX);
	list_push_back(&l->p->logins, &l->node);
	return l;
}

void
auth_login_start(
    struct auth_peer *peer, const struct msg_auth_start *m, struct slice tail)
{
	const struct auth_mech *mech =
	    auth_mech_find(msg_short_get(&m->mechanism));
	struct buf out = BUF_INIT(AUTH_SASL_MESSAGE_MAX);
	struct msg_auth_result no = {.req = m->req, .err = ERR_UNSUPPORTED};
	struct login *l = NULL;

	auth_login_abort(peer, m->req); /* one at a time by that number */
	if (mech != NULL && auth_mech_open(mech, peer->p->conf, true)) {
		no.err = ERR_RETRY;
		if (peer->logins.count < AUTH_LOGINS_MAX)
			l = login_new(peer, m, mech);
	}
	if (l == NULL) {
		send_result(peer, &no, SLICE_NONE);
		return;
	}
	if ((m->flags & MSG_AUTH_INITIAL) == 0)
		tail = SLICE_NONE;
	else if (tail.p == NULL)
		tail = SLICE("");
	advance(l, auth_sasl_input(&l->sasl, tail, &out), &out);
	buf_wipe(&out);
}

void
auth_login_step(struct auth_peer *peer, uint64_t req, struct slice tail)
{
	struct buf out = BUF_INIT(AUTH_SASL_MESSAGE_MAX);
	struct login *l = find(peer, req);

	if (l == NULL || l->state != CLIENT)
		return; /* gone, or a front that does not wait its turn */
	if (tail.p == NULL)
		tail = SLICE("");
	advance(l, auth_sasl_input(&l->sasl, tail, &out), &out);
	buf_wipe(&out);
}

/* What a thread works on is finished and counted: it was a guess. */
static void
abandon(struct login *l)
{
	if (l->state != WORK) {
		release(l);
		return;
	}
	map_remove(&l->peer->logins, &l->map);
	l->peer = NULL;
}

void
auth_login_abort(struct auth_peer *peer, uint64_t req)
{
	struct login *l = find(peer, req);

	if (l != NULL)
		abandon(l);
}

void
auth_login_abort_all(struct auth_peer *peer)
{
	struct map_node *n;

	while ((n = map_next(&peer->logins, NULL)) != NULL)
		abandon(MAP_ITEM(n, struct login, map));
}
