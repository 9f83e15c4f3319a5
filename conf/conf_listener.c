/* What a listener is before the file says anything. */
#include "conf/conf_table.h"
#include "conf/conf_value.h"

#include <string.h>

#define NITEMS(a) (sizeof(a) / sizeof *(a))

/* The rows up to pop3s are there when a file has no listener; each name that a
 * service has is also a row, for listeners of other names. RFC 8314, section 7
 * for the TLS modes of submission and POP3. */
/* clang-format off */
static const struct preset {
	const char *name, *service, *tls, *auth, *address, *idle, *banner;
} presets[] = {
    {"smtp", "smtp", "starttls", "off",
	"0.0.0.0:25 [::]:25", "5m", "ESMTP"},
    {"submission", "submission", "require", "required",
	"0.0.0.0:587 [::]:587", "5m", "ESMTP"},
    {"submissions", "submission", "implicit", "required",
	"0.0.0.0:465 [::]:465", "5m", "ESMTP"},
    {"pop3", "pop3", "require", "required",
	"0.0.0.0:110 [::]:110", "10m", "POP3"},
    {"pop3s", "pop3", "implicit", "required",
	"0.0.0.0:995 [::]:995", "10m", "POP3"},
};
/* clang-format on */

const char *
conf_listener_preset(unsigned i)
{
	return i < NITEMS(presets) ? presets[i].name : NULL;
}

static const struct preset *
find_preset(struct slice name)
{
	for (size_t i = 0; i < NITEMS(presets); i++)
		if (slice_eq_nocase(name, slice_str(presets[i].name)))
			return &presets[i];
	return NULL;
}

static void
set_default(struct conf_listener *l, const char *name, const char *value)
{
	struct conf_param p = *conf_param(CONF_S_LISTEN, slice_str(name));

	p.def = value;
	conf_value_default(&p, (char *)l + p.offset);
}

enum err
conf_listener_init(
    struct conf_listener *l, struct slice name, struct slice service)
{
	const struct preset *named = find_preset(name);
	const struct preset *from = named;

	if (service.p != NULL &&
	    (from == NULL ||
		!slice_eq_nocase(service, slice_str(from->service))))
		from = find_preset(service);
	if (from == NULL ||
	    (service.p != NULL &&
		!slice_eq_nocase(service, slice_str(from->service))))
		return ERR_SYNTAX;
	memset(l, 0, sizeof *l);
	if (slice_to_str(name, l->name, sizeof l->name) != ERR_OK)
		return ERR_TOOBIG;
	for (const struct conf_param *p = conf_params; p->name != NULL; p++)
		if (p->section == CONF_S_LISTEN && p->def != NULL)
			conf_value_default(p, (char *)l + p->offset);
	set_default(l, "service", from->service);
	set_default(l, "tls", from->tls);
	set_default(l, "auth", from->auth);
	set_default(l, "idle_timeout", from->idle);
	set_default(l, "banner", from->banner);
	/* another name says nothing about the port */
	set_default(l, "address", named == NULL ? "" : named->address);
	return ERR_OK;
}
