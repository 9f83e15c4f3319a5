/*
 * Better secrets from a password that was just right: a hash as configured, and
 * the verifier that SCRAM needs. Both are made in a thread; the store changes
 * them only if nobody else changed the account meanwhile.
 */
#include "auth/auth_crypt.h"
#include "auth/auth_priv.h"
#include "auth/auth_scram.h"
#include "base/log.h"
#include "base/secret.h"

#include <stdlib.h>

struct upgrade {
	struct auth_job job;
	struct auth_ask ask;
	struct auth_proc *p;
	struct list_node node;
	struct auth_who who;
	struct buf password, hash, scram; /* empty: not wanted */
	unsigned kind;                    /* of the secret that is being sent */
	char scheme[CONF_NAME];
	unsigned cost, iterations; /* iterations 0: no verifier is wanted */
	bool want_hash;
};

static void ask_version(struct upgrade *);

static void
drop(struct upgrade *u)
{
	auth_ask_cancel(&u->ask);
	list_remove(&u->p->upgrades, &u->node);
	buf_wipe(&u->password);
	buf_wipe(&u->hash);
	buf_wipe(&u->scram);
	free(u);
}

/* In a thread. What fails here is tried again at another login. */
static void
make(struct auth_job *j)
{
	struct upgrade *u = LIST_ITEM(j, struct upgrade, job);

	if (u->want_hash)
		(void)auth_crypt_hash(
		    u->scheme, u->cost, buf_slice(&u->password), &u->hash);
	if (u->iterations > 0)
		(void)auth_scram_make(
		    buf_slice(&u->password), u->iterations, &u->scram);
}

static struct buf *
secret_of(struct upgrade *u)
{
	return u->kind == MSG_SECRET_HASH ? &u->hash : &u->scram;
}

static enum err
send_secret(struct auth_ask *a, struct chan *store, uint64_t req)
{
	struct upgrade *u = LIST_ITEM(a, struct upgrade, ask);
	struct msg_account_secret m = {.req = req,
	    .account = u->who.account,
	    .version = u->who.version,
	    .kind = u->kind};

	return msg_send_account_secret(store, &m, buf_slice(secret_of(u)), -1);
}

static void
log_upgrade(const struct upgrade *u, enum err e)
{
	struct log_line l;

	log_begin(&l, e == ERR_OK ? LOG_INFO : LOG_DEBUG, "upgrade");
	log_str(&l, "user", msg_text_get(&u->who.name));
	log_cstr(&l, "secret",
	    u->kind == MSG_SECRET_HASH ? u->scheme : "SCRAM-SHA-256");
	log_err(&l, "result", e);
	log_end(&l);
}

static void
stored(struct auth_ask *a, const struct auth_answer *answer)
{
	struct upgrade *u = LIST_ITEM(a, struct upgrade, ask);

	log_upgrade(u, answer->err);
	if (answer->err == ERR_OK && u->kind == MSG_SECRET_HASH &&
	    u->scram.len > 0)
		ask_version(u);
	else
		drop(u);
}

static void
store_secret(struct upgrade *u, unsigned kind)
{
	u->kind = kind;
	auth_ask_init(&u->ask, u->p, send_secret, stored);
	auth_ask_start(&u->ask);
}

/*
 * Between the two secrets: the account has a new version now. If its hash is
 * not the one just stored, somebody has set another password, and a verifier
 * of the old one would open the account to it.
 */
static void
told_version(struct auth_ask *a, const struct auth_answer *answer)
{
	struct upgrade *u = LIST_ITEM(a, struct upgrade, ask);
	struct store_account record;

	if (answer->err != ERR_OK || answer->account == NULL ||
	    answer->account->account != u->who.account ||
	    store_account_decode(answer->record, &record) != ERR_OK ||
	    !slice_eq(record.hash, buf_slice(&u->hash))) {
		drop(u);
		return;
	}
	u->who.version = answer->account->version;
	store_secret(u, MSG_SECRET_SCRAM);
}

static enum err
send_account(struct auth_ask *a, struct chan *store, uint64_t req)
{
	const struct upgrade *u = LIST_ITEM(a, struct upgrade, ask);
	struct msg_account_get m = {.req = req, .name = u->who.name};

	return msg_send_account_get(store, &m, SLICE_NONE, -1);
}

static void
ask_version(struct upgrade *u)
{
	auth_ask_init(&u->ask, u->p, send_account, told_version);
	auth_ask_start(&u->ask);
}

static void
made(struct auth_job *j, bool ran)
{
	struct upgrade *u = LIST_ITEM(j, struct upgrade, job);

	buf_wipe(&u->password);
	if (ran && u->hash.len > 0)
		store_secret(u, MSG_SECRET_HASH);
	else if (ran && u->scram.len > 0)
		store_secret(u, MSG_SECRET_SCRAM);
	else
		drop(u);
}

static bool
room(struct auth_proc *p)
{
	return p->upgrades.count < AUTH_UPGRADES_MAX &&
	       auth_work_waiting(p->work) < AUTH_UPGRADES_MAX;
}

void
auth_upgrade_consider(struct auth_proc *p, const struct auth_who *who,
    const struct store_account *record, struct slice password)
{
	const struct conf *c = p->conf;
	bool hash = c->auth.upgrade && auth_crypt_weaker(record->hash,
					   c->auth.hash, c->auth.hash_cost);
	bool scram = record->scram.len == 0 && c->auth.scram_iterations > 0;
	struct upgrade *u;

	/* under load logins come first; there will be another one */
	if ((!hash && !scram) || !room(p) || (u = calloc(1, sizeof *u)) == NULL)
		return;
	u->p = p;
	u->job.run = make;
	u->job.done = made;
	auth_ask_init(&u->ask, p, send_secret, stored);
	u->who = *who;
	u->want_hash = hash;
	u->iterations = scram ? c->auth.scram_iterations : 0;
	u->cost = c->auth.hash_cost;
	(void)slice_to_str(slice_str(c->auth.hash), u->scheme, CONF_NAME);
	buf_init(&u->hash, AUTH_HASH_MAX);
	buf_init(&u->scram, AUTH_SCRAM_MAX);
	buf_init(&u->password, AUTH_PASSWORD_MAX);
	buf_add_slice(&u->password, password);
	list_push_back(&p->upgrades, &u->node);
	auth_work_add(p->work, &u->job);
}

void
auth_upgrade_drop_all(struct auth_proc *p)
{
	LIST_EACH_SAFE(&p->upgrades, n)
	drop(LIST_ITEM(n, struct upgrade, node));
}
