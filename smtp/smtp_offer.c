/* Keywords of EHLO. The names are those of our own extensions (smtp_ext.c). */
#include "smtp/smtp_offer.h"

#include "base/num.h"

static const struct {
	const char *name;
	unsigned mech;
} mechs[] = {
    {"PLAIN",         CONF_MECH_PLAIN        },
    {"LOGIN",         CONF_MECH_LOGIN        },
    {"SCRAM-SHA-256", CONF_MECH_SCRAM_SHA_256},
};

static void
add_mech(struct smtp_offer *o, struct slice name)
{
	for (size_t i = 0; i < sizeof mechs / sizeof *mechs; i++)
		if (slice_eq_nocase(name, slice_str(mechs[i].name)))
			o->mechs |= mechs[i].mech;
}

void
smtp_offer_add(struct smtp_offer *o, struct slice line)
{
	struct slice word, rest = slice_trim(line);
	enum smtp_ext x;
	bool old;

	/* "AUTH=LOGIN PLAIN" is what servers said before RFC 2554 */
	old = slice_starts_nocase(rest, SLICE("AUTH="));
	(void)slice_cut(&rest, old ? '=' : ' ', &word);
	x = smtp_ext_named(word);
	if (x == SMTP_EXT_NONE)
		return;
	o->set |= 1u << x;
	if (x == SMTP_EXT_SIZE &&
	    num_u64(slice_trim(rest), 0, UINT64_MAX, &o->size) != ERR_OK)
		o->size = 0;
	while (x == SMTP_EXT_AUTH && rest.len > 0) {
		(void)slice_cut(&rest, ' ', &word);
		add_mech(o, word);
	}
}

bool
smtp_offer_has(const struct smtp_offer *o, enum smtp_ext x)
{
	return (o->set & 1u << x) != 0;
}
