/* What the sessions of a process share, and what is done to all of them. */
#include "smtp/smtp_priv.h"

#include <stdlib.h>

struct smtp_site *
smtp_site_new(const struct conf *conf, struct net_tls *tls)
{
	struct smtp_site *site = malloc(sizeof *site);

	if (site == NULL)
		return NULL;
	site->refs = 1;
	site->conf = *conf;
	site->tls = tls == NULL ? NULL : net_tls_ref(tls);
	return site;
}

void
smtp_site_unref(struct smtp_site **site)
{
	struct smtp_site *gone = *site;

	*site = NULL;
	if (gone == NULL || --gone->refs > 0)
		return;
	net_tls_unref(&gone->tls);
	free(gone);
}

void
smtp_host_init(struct smtp_host *h)
{
	list_init(&h->sessions);
}

void
smtp_host_stop(struct smtp_host *h)
{
	h->stopping = true;
	LIST_EACH_SAFE(&h->sessions, n)
	smtp_session_stop(LIST_ITEM(n, struct smtp_session, node));
}

void
smtp_host_abort(struct smtp_host *h)
{
	LIST_EACH_SAFE(&h->sessions, n)
	smtp_session_abort(LIST_ITEM(n, struct smtp_session, node));
}
