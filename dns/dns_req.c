/* The life of a request. */
#include "dns/dns_priv.h"

#include "base/secret.h"

#include <string.h>

enum {
	NAME_TEXT_MAX = 253, /* 255 octets on the wire */
	LABEL_MAX = 63
};

uint64_t
dns_seed(void)
{
	uint64_t seed;

	secret_random(&seed, sizeof seed);
	return seed;
}

/* Not what libunbound would take for an escape. */
static bool
is_label(struct slice label)
{
	return label.len > 0 && label.len <= LABEL_MAX &&
	       slice_is_printable(label) &&
	       slice_find(label, '\\') == label.len &&
	       slice_find(label, ' ') == label.len;
}

/* Lower case, without last dot. */
static bool
copy_name(struct slice s, char out[DNS_NAME_MAX + 1])
{
	struct slice rest, label;
	bool more = true;

	if (s.len > 1 && s.p[s.len - 1] == '.')
		s.len--;
	if (s.len == 0 || s.len > NAME_TEXT_MAX ||
	    slice_to_str(s, out, DNS_NAME_MAX + 1) != ERR_OK)
		return false;
	for (rest = s; more;) {
		more = slice_cut(&rest, '.', &label);
		if (!is_label(label))
			return false;
	}
	for (char *p = out; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p | 0x20);
	return true;
}

static void
run_later(void *ctx)
{
	struct dns_req *r = ctx;

	dns_req_finish(r, r->err);
}

bool
dns_req_begin(struct dns *d, struct dns_req *r, struct slice name)
{
	r->busy = true;
	r->dns = d;
	r->err = ERR_OK;
	r->ask[0] = r->ask[1] = NULL;
	list_node_init(&r->node);
	list_push_back(&d->reqs, &r->node);
	net_later_init(&r->later, run_later, r);
	return copy_name(name, r->name);
}

enum err
dns_req_ask(struct dns_req *r, unsigned which, enum dns_type type,
    void (*take)(void *ctx, enum err e, struct slice packet, bool secure))
{
	r->ask[which] = dns_ask_new(r->dns, r->name, type, take, r);
	return r->ask[which] == NULL ? ERR_RETRY : ERR_OK;
}

void
dns_req_drop(struct dns_req *r)
{
	dns_ask_forget(&r->ask[0]);
	dns_ask_forget(&r->ask[1]);
	net_later_remove(r->dns->loop, &r->later);
	list_remove(&r->dns->reqs, &r->node);
	r->busy = false;
}

void
dns_req_finish(struct dns_req *r, enum err e)
{
	dns_req_drop(r);
	r->done(r, e);
}

void
dns_req_finish_later(struct dns_req *r, enum err e)
{
	r->err = e;
	net_later_add(r->dns->loop, &r->later);
}

void
dns_cancel(struct dns *d, struct dns_req *r)
{
	(void)d;
	if (r->busy)
		dns_req_drop(r);
}
