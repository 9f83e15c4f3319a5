/* The parameters before any file is read. */
#include "conf/conf_table.h"
#include "conf/conf_value.h"
#include "mime/mime_addr.h"

#include <assert.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * The machine's full name as `hostname --fqdn` finds it: the resolver is asked
 * only when the kernel's name has no dot. "localhost" when there is none.
 */
static void
ask_machine(char name[CONF_TEXT])
{
	struct addrinfo hints = {
	    .ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM};
	struct addrinfo *ai = NULL;
	char host[MIME_DOMAIN_MAX + 1], raw[CONF_TEXT] = "";

	if (gethostname(raw, sizeof raw - 1) != 0)
		raw[0] = '\0';
	if (raw[0] != '\0' && strchr(raw, '.') == NULL &&
	    getaddrinfo(raw, NULL, &hints, &ai) == 0 &&
	    ai->ai_canonname != NULL)
		(void)slice_to_str(
		    slice_str(ai->ai_canonname), raw, sizeof raw);
	if (ai != NULL)
		freeaddrinfo(ai);
	if (mime_addr_parse_domain(slice_str(raw), false, false, host) !=
	    ERR_OK)
		strncpy(host, "localhost", sizeof host);
	(void)slice_to_str(slice_str(host), name, CONF_TEXT);
}

static void
set_hostname(struct conf *c)
{
	/* asked once: a resolver that does not answer costs seconds */
	static char name[CONF_TEXT];

	if (name[0] == '\0')
		ask_machine(name);
	memcpy(c->hostname, name, sizeof name);
}

void
conf_defaults(struct conf *out)
{
	memset(out, 0, sizeof *out);
	for (const struct conf_param *p = conf_params; p->name != NULL; p++)
		if (conf_sections[p->section].title == NULL && p->def != NULL &&
		    p->type != CONF_T_INCLUDE)
			conf_value_default(p, conf_place(out, p, 0));
	set_hostname(out);
	for (const char *name;
	     (name = conf_listener_preset(out->nlisteners)) != NULL;
	     out->nlisteners++) {
		enum err e = conf_listener_init(&out->listener[out->nlisteners],
		    slice_str(name), SLICE_NONE);

		assert(e == ERR_OK);
		(void)e;
	}
}

void
conf_admin_socket(const struct conf *c, char out[CONF_TEXT + 16])
{
	(void)snprintf(out, CONF_TEXT + 16, "%s%s",
	    c->admin.socket[0] != '\0' ? c->admin.socket : c->run_dir,
	    c->admin.socket[0] != '\0' ? "" : "/control");
}

void
conf_submit_socket(const struct conf *c, char out[CONF_TEXT + 16])
{
	bool named = c->submit.socket[0] != '\0';

	out[0] = '\0';
	if (strcmp(c->submit.socket, "off") != 0)
		(void)snprintf(out, CONF_TEXT + 16, "%s%s",
		    named ? c->submit.socket : c->run_dir,
		    named ? "" : "/submit");
}
