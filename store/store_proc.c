/*
 * The store process: its peers, and what bounds them. A peer whose channel has
 * ended stays until the operations of its requests are done, since a backend
 * writes into them; then its memory goes. Nothing else is left of it at once:
 * leases, reservations, tickets end with the channel.
 */
#include "store/store_proc.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/store_proc_priv.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

enum { SWEEP_MS = 60 * 1000 };

static const struct msg_handlers of_smtp = {
    .resolve = store_on_resolve,
    .sender = store_on_sender,
    .spill = store_on_spill,
    .deliver = store_on_deliver,
    .tx_end = store_on_tx_end,
};
static const struct msg_handlers of_pop3 = {
    .box_open = store_on_box_open,
    .box_close = store_on_box_close,
    .box_read = store_on_box_read,
    .box_mark = store_on_box_mark,
    .box_expunge = store_on_box_expunge,
};
static const struct msg_handlers of_auth = {
    .ticket_new = store_on_ticket_new,
    .account_get = store_on_account_get,
    .account_secret = store_on_account_secret,
    .done = store_on_asked_done,
    .control_row = store_on_asked_row,
};
static const struct msg_handlers of_relay = {
    .queue_take = store_on_queue_take,
    .queue_doubt = store_on_queue_doubt,
    .queue_settle = store_on_queue_settle,
    .queue_read = store_on_queue_read,
    .done = store_on_asked_done,
    .control_row = store_on_asked_row,
};
static const struct msg_handlers of_ctl = {
    .resolve = store_on_resolve,
    .spill = store_on_spill,
    .deliver = store_on_deliver,
    .tx_end = store_on_tx_end,
    .box_open = store_on_box_open,
    .box_close = store_on_box_close,
    .box_read = store_on_box_read,
    .box_mark = store_on_box_mark,
    .box_expunge = store_on_box_expunge,
    .dir_get = store_on_dir_get,
    .dir_scan = store_on_dir_scan,
    .dir_commit = store_on_dir_commit,
    .control = store_on_control,
    .backup_ack = store_on_backup_ack,
    .queue_list = store_on_queue_list,
    .queue_edit = store_on_queue_edit,
    .queue_read = store_on_queue_read,
    .trail_get = store_on_trail_get,
};

static const struct msg_handlers *
handlers_of(enum role role)
{
	switch (role) {
	case ROLE_SMTP:
		return &of_smtp;
	case ROLE_POP3:
		return &of_pop3;
	case ROLE_AUTH:
		return &of_auth;
	case ROLE_CTL:
		return &of_ctl;
	case ROLE_RELAY:
		return &of_relay;
	case ROLE_PARENT:
	case ROLE_STORE:
	case ROLE_COUNT:
		break;
	}
	return NULL;
}

/* --- peers ------------------------------------------------------------- */

struct peer *
store_peer_of(const struct store_proc *p, enum role role)
{
	LIST_EACH(&p->peers, n)
	{
		struct peer *peer = LIST_ITEM(n, struct peer, node);

		if (peer->role == role)
			return peer;
	}
	return NULL;
}

/* The channel has ended: so do its leases, tickets and reservations. */
static void
drop_peer(struct peer *p)
{
	struct store_proc *proc = p->proc;

	chan_free(&p->chan);
	list_remove(&proc->peers, &p->node);
	list_push_back(&proc->doomed, &p->node);
	store_node_give_back(p);
	store_boxes_fini(p);
	store_reads_fini(p);
	store_queue_reads_fini(p);
	store_asks_fini(p);
	store_backup_stop(p);
	store_txs_fini(p);
	store_tickets_owner_gone(&proc->tickets, p->owner);
	proc->ops->owner_gone(proc->st, p->owner);
	if (p->role == ROLE_AUTH || p->role == ROLE_RELAY)
		store_asks_lost(proc, p->role);
	net_later_add(proc->loop, &proc->reap);
}

static void
free_peer(struct peer *p)
{
	list_remove(&p->proc->doomed, &p->node);
	map_fini(&p->txs);
	map_fini(&p->boxes);
	free(p);
}

/* From the loop only, so that handlers may go on using their peer. */
static void
reap(void *ctx)
{
	struct store_proc *p = ctx;

	LIST_EACH_SAFE(&p->peers, n)
	{
		struct peer *peer = LIST_ITEM(n, struct peer, node);

		if (peer->lagging) {
			log_textf(LOG_ERROR, "peer_lags", "%s",
			    role_name(peer->role));
			drop_peer(peer);
		}
	}
	LIST_EACH_SAFE(&p->doomed, n)
	{
		struct peer *peer = LIST_ITEM(n, struct peer, node);

		if (list_empty(&peer->reqs))
			free_peer(peer);
	}
	if (p->quiet != NULL)
		p->quiet(p->quiet_ctx);
}

static void
closed(void *ctx, enum err why)
{
	struct peer *p = ctx;
	struct log_line l;

	if (why != ERR_CLOSED) {
		log_begin(&l, LOG_ERROR, "peer_lost");
		log_cstr(&l, "peer", role_name(p->role));
		log_err(&l, "reason", why);
		log_end(&l);
	}
	drop_peer(p);
}

static void
roomy(void *ctx)
{
	struct peer *p = ctx;

	store_opens_go_on(p);
	store_reads_go_on(p);
	store_queue_reads_go_on(p);
	store_dues_go_on(p);
	store_backup_go_on(p);
}

static struct peer *
new_peer(struct store_proc *proc, enum role role)
{
	struct peer *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->proc = proc;
	p->role = role;
	p->index = UINT_MAX;
	p->owner = ++proc->last_owner;
	list_init(&p->reqs);
	list_init(&p->reads);
	list_init(&p->queue_reads);
	list_init(&p->opens);
	map_init(&p->txs);
	map_init(&p->boxes);
	return p;
}

static enum err
greet(struct peer *p)
{
	return p->role == ROLE_SMTP || p->role == ROLE_CTL ||
		       p->role == ROLE_RELAY
		   ? store_node_send(p)
		   : ERR_OK;
}

/* One relay at a time: what the one before has taken is for the new one to ask
 * about. */
static void
replace_relay(struct store_proc *proc, enum role role)
{
	struct peer *before =
	    role == ROLE_RELAY ? store_peer_of(proc, role) : NULL;

	if (before != NULL)
		drop_peer(before);
}

enum err
store_proc_peer(struct store_proc *proc, enum role role, int fd)
{
	const struct msg_handlers *h = handlers_of(role);
	struct peer *p = h == NULL ? NULL : new_peer(proc, role);
	enum err e;

	if (p == NULL) {
		(void)close(fd);
		return h == NULL ? ERR_DENIED : ERR_NOMEM;
	}
	p->chan = chan_new(proc->loop, fd, ROLE_STORE, role, h, closed, p);
	if (p->chan == NULL) {
		free(p);
		return ERR_NOMEM;
	}
	chan_on_roomy(p->chan, roomy);
	replace_relay(proc, role);
	list_push_back(&proc->peers, &p->node);
	if ((e = greet(p)) != ERR_OK)
		drop_peer(p);
	return e;
}

enum err
store_proc_peer_at(
    struct store_proc *proc, enum role role, unsigned index, int fd)
{
	enum err e;

	LIST_EACH_SAFE(&proc->peers, n)
	{
		struct peer *p = LIST_ITEM(n, struct peer, node);

		if (p->role == role && p->index == index)
			drop_peer(p);
	}
	if ((e = store_proc_peer(proc, role, fd)) == ERR_OK)
		LIST_ITEM(proc->peers.head.prev, struct peer, node)->index =
		    index;
	return e;
}

/* --- life -------------------------------------------------------------- */

static void
sweep(void *ctx)
{
	struct store_proc *p = ctx;

	store_tickets_sweep(&p->tickets);
	(void)net_timer_set(&p->sweep, SWEEP_MS);
}

struct store_proc *
store_proc_new(struct net_loop *l, const struct conf *conf,
    const struct store_ops *ops, struct store *st)
{
	struct store_proc *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->loop = l;
	p->conf = conf;
	p->ops = ops;
	p->st = st;
	p->start_us = clock_wall_us();
	list_init(&p->peers);
	list_init(&p->doomed);
	list_init(&p->forwards);
	list_init(&p->nodes);
	store_tickets_init(&p->tickets);
	net_later_init(&p->reap, reap, p);
	net_timer_init(&p->sweep, l, sweep, p);
	store_relay_init(p);
	(void)net_timer_set(&p->sweep, SWEEP_MS);
	return p;
}

void
store_proc_end(struct store_proc *p)
{
	if (p->reqs > 0)
		return;
	while (!list_empty(&p->doomed))
		free_peer(LIST_ITEM(p->doomed.head.next, struct peer, node));
	store_nodes_fini(p);
	free(p);
}

void
store_proc_free(struct store_proc **pp)
{
	struct store_proc *p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	while (!list_empty(&p->peers))
		drop_peer(LIST_ITEM(p->peers.head.next, struct peer, node));
	store_tickets_fini(&p->tickets);
	store_relay_fini(p);
	net_timer_clear(&p->sweep);
	net_later_remove(p->loop, &p->reap);
	p->freed = true;
	store_proc_end(p);
}

void
store_proc_parent(struct store_proc *p, struct chan *parent)
{
	p->parent = parent;
}

void
store_proc_on_quiet(struct store_proc *p, void (*quiet)(void *ctx), void *ctx)
{
	p->quiet = quiet;
	p->quiet_ctx = ctx;
}

unsigned
store_proc_count(const struct store_proc *p, enum role role)
{
	unsigned count = 0;

	LIST_EACH(&p->peers, n)
	{
		count += LIST_ITEM(n, struct peer, node)->role == role;
	}
	return count;
}

bool
store_proc_quiet(const struct store_proc *p)
{
	return p->reqs == 0 && store_peer_of(p, ROLE_SMTP) == NULL &&
	       store_peer_of(p, ROLE_POP3) == NULL &&
	       store_peer_of(p, ROLE_AUTH) == NULL &&
	       store_peer_of(p, ROLE_RELAY) == NULL;
}
