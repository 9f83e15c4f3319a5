/* Requests under way: what they may cost, and how they are answered. */
#include "store/store_proc_priv.h"

#include <stdlib.h>
#include <string.h>

static bool
is_full(const struct peer *p)
{
	return p->reqs.count >= PEER_REQS_MAX || p->octets >= PEER_OCTETS_MAX;
}

static bool
has_room(const struct peer *p)
{
	return p->reqs.count < PEER_REQS_MAX / 2 &&
	       p->octets < PEER_OCTETS_MAX / 2;
}

static void
limit(struct peer *p)
{
	if (p->paused || !is_full(p))
		return;
	p->paused = true;
	chan_pause(p->chan, true);
}

void *
store_req_new(struct peer *p, size_t size, size_t extra, uint64_t id)
{
	struct req *r = malloc(size + extra);

	if (r == NULL)
		return NULL;
	memset(r, 0, size);
	r->peer = p;
	r->id = id;
	r->octets = size + extra;
	list_push_back(&p->reqs, &r->node);
	p->octets += r->octets;
	p->proc->reqs++;
	limit(p);
	return r;
}

void
store_req_charge(struct req *r, size_t octets)
{
	r->octets += octets;
	r->peer->octets += octets;
	limit(r->peer);
}

void
store_answer(struct peer *p, uint64_t req, enum err e, uint64_t value)
{
	struct msg_done m;

	if (p->chan == NULL)
		return;
	memset(&m, 0, sizeof m);
	m.req = req;
	m.err = e;
	m.value = value;
	store_sent(p, msg_send_done(p->chan, &m, SLICE_NONE, -1));
}

/* A broken channel tells by itself, in the next turn. */
void
store_sent(struct peer *p, enum err e)
{
	if (e != ERR_NOMEM || p->lagging)
		return;
	p->lagging = true;
	net_later_add(p->proc->loop, &p->proc->reap);
}

void
store_req_done(struct req *r, enum err e, uint64_t value)
{
	store_answer(r->peer, r->id, e, value);
	store_req_end(r);
}

void
store_req_end(struct req *r)
{
	struct peer *p = r->peer;
	struct store_proc *proc = p->proc;

	list_remove(&p->reqs, &r->node);
	p->octets -= r->octets;
	free(r);
	proc->reqs--;
	if (p->paused && p->chan != NULL && has_room(p)) {
		p->paused = false;
		chan_pause(p->chan, false);
	}
	if (proc->freed)
		store_proc_end(proc);
	else if (p->chan == NULL)
		net_later_add(proc->loop, &proc->reap);
	else if (proc->quiet != NULL)
		proc->quiet(proc->quiet_ctx);
}
