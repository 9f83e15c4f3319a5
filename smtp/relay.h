#ifndef SMTP_RELAY_H
#define SMTP_RELAY_H
/*
 * Mail out: takes what is due from the store, sends it, settles. Knows no
 * process around it (relay_proc.h).
 */
#include "base/buf.h"
#include "conf/conf.h"
#include "dns/dns.h"
#include "net/net_loop.h"
#include "net/net_tls_client.h"
#include "proc/msg.h"
#include "store/store_call_queue.h"

#include <stdint.h>

struct relay;

struct relay_parts { /* all kept */
	struct net_loop *loop;
	struct store_call *store;
};
/* What a reload brings. Copied, but for dns and tls. */
struct relay_settings {
	const struct conf *conf;
	struct slice password[CONF_PASSWORDS]; /* conf_password */
	/* given: they go with the last that uses them, also on error; NULL, in
	 * a reload: those of before */
	struct dns *dns;
	struct net_tls_client *tls;
};
/* new; NULL: out of memory. Begins when the store's channel is attached. */
struct relay *relay_new(
    const struct relay_parts *parts, const struct relay_settings *s);
/* Routes are looked up again, by the new resolver; connections and transactions
 * end as they began. */
enum err relay_reload(struct relay *r, const struct relay_settings *s);
/*
 * Take nothing more, give back what has not begun, end what has, within
 * grace_ms; then `stopped`, when the store has all of it.
 */
void relay_stop(
    struct relay *r, uint64_t grace_ms, void (*stopped)(void *ctx), void *ctx);
/* What is under way is dropped, and in doubt for the store. */
void relay_free(struct relay **r);

/* Answer a question of an operator (CONTROL_ROUTE_TEST, CONTROL_QUEUE_SUMMARY).
 */
void relay_control(struct relay *r, const struct msg_control *m);

#endif
