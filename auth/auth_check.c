/*
 * Does a secret open an account? Without an account, or with one that is
 * suspended, the same steps are taken and the same work is done.
 */
#include "auth/auth_crypt.h"
#include "auth/auth_login_priv.h"
#include "base/clock.h"

#include <string.h>

static enum err
send_account(struct auth_ask *a, struct chan *store, uint64_t req)
{
	struct login *l = LIST_ITEM(a, struct login, ask);
	struct msg_account_get m = {.req = req};

	/* too long for any address: empty, which is nobody's name either */
	(void)msg_text_set(&m.name, auth_login_name(l));
	l->changes = l->p->changes;
	return msg_send_account_get(store, &m, SLICE_NONE, -1);
}

static void
ask_account(struct login *l,
    void (*answer)(struct auth_ask *, const struct auth_answer *))
{
	l->state = AUTH_ACCOUNT;
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
	l->stale = false;
	l->may = record->state == STORE_ACTIVE;
	l->reason = l->may ? "password" : "suspended";
	return true;
}

/* Random to strangers, the same for the same name while the process lives. */
static void
seed_of(const struct login *l, const char *purpose, uint8_t seed[MAC_LEN])
{
	char space[sizeof((struct msg_text *)0)->s];
	const struct slice pieces[] = {slice_str(purpose),
	    auth_lru_fold(auth_login_name(l), space, sizeof space)};

	if (mac_run(l->p->digest, pieces, 2, seed) != ERR_OK)
		memset(seed, 0, MAC_LEN);
}

/* --- a password -------------------------------------------------- */

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
		auth_cache_put(&p->cache, auth_login_name(l), password, &l->who,
		    clock_mono_ms() + p->conf->auth.cache_ms);
	if (store_account_decode(buf_slice(&l->record), &record) == ERR_OK)
		auth_upgrade_consider(p, &l->who, &record, password);
	auth_login_granted(l);
}

static void
verified(struct auth_job *j, bool ran)
{
	struct login *l = LIST_ITEM(j, struct login, job);

	if (!ran || l->verdict == ERR_NOMEM)
		auth_login_put_off(l, "overload");
	else if (l->verdict != ERR_OK || !l->may)
		auth_login_failed(l, l->reason);
	else if (l->peer == NULL)
		auth_login_release(l);
	else
		passed(l);
}

/* The hash of the account, or one that costs as much and fits nothing. */
static void
choose_hash(struct login *l, struct slice of_record)
{
	uint8_t seed[MAC_LEN];
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
password_account(struct auth_ask *a, const struct auth_answer *answer)
{
	struct login *l = LIST_ITEM(a, struct login, ask);
	struct store_account record;

	if (!note_account(l, answer, &record)) {
		auth_login_put_off(l, "store");
		return;
	}
	choose_hash(l, record.hash);
	if (auth_work_waiting(l->p->work) >= AUTH_QUEUE_MAX) {
		auth_login_put_off(l, "overload");
		return;
	}
	l->state = AUTH_WORK;
	l->job.run = verify;
	l->job.done = verified;
	auth_work_add(l->p->work, &l->job);
}

void
auth_check_password(struct login *l)
{
	if (auth_cache_get(&l->p->cache, auth_login_name(l),
		buf_slice(&l->sasl.secret), clock_mono_ms(), &l->who))
		auth_login_granted(l);
	else
		ask_account(l, password_account);
}

/* --- SCRAM ------------------------------------------------------- */

static void
give_verifier(struct auth_ask *a, const struct auth_answer *answer)
{
	struct login *l = LIST_ITEM(a, struct login, ask);
	struct buf out = BUF_INIT(AUTH_SASL_MESSAGE_MAX);
	struct buf fake = BUF_INIT(AUTH_SCRAM_MAX);
	struct store_account record;
	uint8_t seed[MAC_LEN];

	if (!note_account(l, answer, &record)) {
		auth_login_put_off(l, "store");
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
	auth_login_advance(
	    l, auth_sasl_verifier(&l->sasl, record.scram, &out), &out);
	buf_wipe(&fake);
	buf_wipe(&out);
}

void
auth_check_begin_proof(struct login *l)
{
	ask_account(l, give_verifier);
}

void
auth_check_proof(struct login *l)
{
	enum err e = auth_sasl_prove(&l->sasl, &l->extra);

	if (e == ERR_OK && l->may)
		auth_login_granted(l);
	else if (e == ERR_OK || e == ERR_DENIED)
		auth_login_failed(l, l->reason);
	else
		auth_login_end(l, e == ERR_NOMEM ? ERR_RETRY : e);
}
