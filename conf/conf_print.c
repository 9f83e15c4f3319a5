/* The parameters as text: the whole file, one key, or one after the other. */
#include "base/buf.h"
#include "conf/conf.h"
#include "conf/conf_table.h"
#include "conf/conf_value.h"

#include <stdlib.h>
#include <string.h>

/* What the value of p in instance i would be if the file said nothing; false:
 * it would not be there. */
static bool
default_of(const struct conf *c, const struct conf *defaults,
    const struct conf_param *p, uint32_t i, struct conf_listener *l,
    const void **place)
{
	static const struct conf_route nothing; /* all is inherited */
	const struct conf_choice *s;
	const struct conf_param *service;

	*place = l;
	if (p->section == CONF_S_SNI)
		return false;
	if (p->section == CONF_S_ROUTE) {
		*place = (const char *)&nothing + p->offset;
		return true;
	}
	if (p->section != CONF_S_LISTEN) {
		*place = conf_place_of(defaults, p, 0);
		return true;
	}
	if (strcmp(p->name, "service") == 0) {
		if (conf_listener_init(l, slice_str(c->listener[i].name),
			SLICE_NONE) != ERR_OK)
			return false;
	} else {
		service = conf_param(CONF_S_LISTEN, SLICE("service"));
		s = service->choices;
		while (s->word != NULL && s->value != c->listener[i].service)
			s++;
		if (conf_listener_init(l, slice_str(c->listener[i].name),
			slice_str(s->word)) != ERR_OK)
			return false;
	}
	*place = (const char *)l + p->offset;
	return true;
}

static bool
is_default(const struct conf *c, const struct conf *defaults,
    const struct conf_param *p, uint32_t i)
{
	struct conf_listener l;
	const void *place;

	return default_of(c, defaults, p, i, &l, &place) &&
	       conf_value_eq(p, conf_place_of(c, p, i), place);
}

static void
add_key(const struct conf *c, const struct conf_param *p, uint32_t i,
    struct buf *out)
{
	const struct conf_section *s = &conf_sections[p->section];

	if (s->name[0] != '\0')
		buf_addf(out, "%s.", s->name);
	if (s->title != NULL)
		buf_addf(out, "%s.", conf_title(c, p->section, i));
	buf_add_str(out, p->name);
}

/* --- keys ------------------------------------------------------------ */

/* Split "listen.smtp.tls" into section, title and parameter. */
static const struct conf_param *
split_key(struct slice key, struct slice *title)
{
	size_t dot = slice_rfind(key, '.');
	struct slice name = dot < key.len ? slice_skip(key, dot + 1) : key;
	struct slice front = dot < key.len ? slice_first(key, dot) : SLICE_NONE;

	for (const struct conf_param *p = conf_params; p->name != NULL; p++) {
		const struct conf_section *s = &conf_sections[p->section];
		struct slice section = slice_str(s->name);

		if (dot == 0 || !slice_eq(name, slice_str(p->name)))
			continue;
		*title = SLICE_NONE;
		if (slice_eq(front, section))
			return p;
		if (s->title != NULL && slice_starts(front, section) &&
		    front.len > section.len && front.p[section.len] == '.') {
			*title = slice_skip(front, section.len + 1);
			return p;
		}
	}
	return NULL;
}

bool
conf_get(const struct conf *c, const char *key, struct buf *out)
{
	struct slice title;
	const struct conf_param *p = split_key(slice_str(key), &title);

	if (p == NULL || p->type == CONF_T_INCLUDE)
		return false;
	for (uint32_t i = 0; i < conf_count(c, p->section); i++)
		if (slice_eq(title, slice_str(conf_title(c, p->section, i)))) {
			conf_value_add(p, conf_place_of(c, p, i), out);
			return true;
		}
	return false;
}

const char *
conf_help(const char *key)
{
	struct slice title;
	const struct conf_param *p = split_key(slice_str(key), &title);

	return p == NULL ? NULL : p->help;
}

/* --- one after the other --------------------------------------------- */

/* The index-th parameter of c, in the order of the file. */
static const struct conf_param *
find_item(const struct conf *c, unsigned index, uint32_t *i)
{
	for (enum conf_section_id s = 0; s < CONF_SECTIONS; s++)
		for (*i = 0; *i < conf_count(c, s); (*i)++)
			for (const struct conf_param *p = conf_params;
			     p->name != NULL; p++)
				if (p->section == s &&
				    p->type != CONF_T_INCLUDE && index-- == 0)
					return p;
	return NULL;
}

bool
conf_item(const struct conf *c, unsigned index, struct buf *key,
    struct buf *value, bool *is_default_out)
{
	struct conf *defaults = malloc(sizeof *defaults);
	const struct conf_param *p;
	uint32_t i;

	if (defaults == NULL)
		return false;
	conf_defaults(defaults);
	if ((p = find_item(c, index, &i)) != NULL) {
		add_key(c, p, i, key);
		conf_value_add(p, conf_place_of(c, p, i), value);
		*is_default_out = is_default(c, defaults, p, i);
	}
	free(defaults);
	return p != NULL;
}

/* --- a whole file ---------------------------------------------------- */

struct print {
	const struct conf *c, *defaults;
	bool changed;
	struct buf *out;
};

static unsigned
print_params(
    struct print *w, enum conf_section_id s, uint32_t i, const char *indent)
{
	unsigned n = 0;

	for (const struct conf_param *p = conf_params; p->name != NULL; p++) {
		if (p->section != s || p->type == CONF_T_INCLUDE ||
		    (w->changed && is_default(w->c, w->defaults, p, i)))
			continue;
		buf_addf(w->out, "%s%s = ", indent, p->name);
		conf_value_add(p, conf_place_of(w->c, p, i), w->out);
		buf_add_char(w->out, '\n');
		n++;
	}
	return n;
}

/* Are there just the listeners that need not be written down? */
static bool
listeners_default(const struct print *w)
{
	if (w->c->nlisteners != w->defaults->nlisteners)
		return false;
	for (uint32_t i = 0; i < w->c->nlisteners; i++) {
		if (strcmp(w->c->listener[i].name,
			w->defaults->listener[i].name) != 0)
			return false;
		for (const struct conf_param *p = conf_params; p->name != NULL;
		     p++)
			if (p->section == CONF_S_LISTEN &&
			    !is_default(w->c, w->defaults, p, i))
				return false;
	}
	return true;
}

static void
print_titled(struct print *w, enum conf_section_id s, const char *name,
    const char *indent)
{
	char deeper[] = "\t\t";

	deeper[strlen(indent) + 1] = '\0';
	for (uint32_t i = 0; i < conf_count(w->c, s); i++) {
		buf_addf(w->out, "%s%s%s ", *indent == '\0' ? "\n" : "", indent,
		    name);
		conf_value_quote(slice_str(conf_title(w->c, s, i)), w->out);
		buf_add_str(w->out, " {\n");
		print_params(w, s, i, deeper);
		buf_addf(w->out, "%s}\n", indent);
	}
}

static void
print_section(struct print *w, enum conf_section_id s)
{
	size_t before = w->out->len;
	unsigned n;

	buf_addf(w->out, "\n%s {\n", conf_sections[s].name);
	n = print_params(w, s, 0, "\t");
	for (enum conf_section_id t = s + 1; t < CONF_SECTIONS; t++)
		if (conf_sections[t].parent == s) {
			print_titled(w, t, conf_section_word(t), "\t");
			n += conf_count(w->c, t);
		}
	buf_add_str(w->out, "}\n");
	if (n == 0)
		buf_cut(w->out, before);
}

void
conf_print(const struct conf *c, bool changed, struct buf *out)
{
	struct conf *defaults = malloc(sizeof *defaults);
	struct print w = {c, defaults, changed, out};

	if (defaults == NULL) {
		out->err = ERR_NOMEM;
		return;
	}
	conf_defaults(defaults);
	print_params(&w, CONF_S_TOP, 0, "");
	if (!changed || !listeners_default(&w))
		print_titled(&w, CONF_S_LISTEN, "listen", "");
	for (enum conf_section_id s = CONF_S_TOP + 1; s < CONF_SECTIONS; s++)
		if (conf_sections[s].title == NULL)
			print_section(&w, s);
	free(defaults);
}
