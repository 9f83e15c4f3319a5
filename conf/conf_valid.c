/* Is a struct conf that came from elsewhere one that conf_load could make? */
#include "conf/conf.h"
#include "conf/conf_table.h"
#include "conf/conf_value.h"

#include <string.h>

static bool
titles_valid(const struct conf *c, enum conf_section_id s)
{
	size_t size = s == CONF_S_LISTEN ? CONF_NAME : CONF_TEXT;

	if (conf_count(c, s) > conf_sections[s].max)
		return false;
	for (uint32_t i = 0; i < conf_count(c, s); i++)
		if (memchr(conf_title(c, s, i), '\0', size) == NULL)
			return false;
	return true;
}

bool
conf_valid(const struct conf *c)
{
	for (enum conf_section_id s = 0; s < CONF_SECTIONS; s++)
		if (conf_sections[s].title != NULL && !titles_valid(c, s))
			return false;
	for (const struct conf_param *p = conf_params; p->name != NULL; p++)
		for (uint32_t i = 0; i < conf_count(c, p->section); i++)
			if (p->type != CONF_T_INCLUDE &&
			    !conf_value_valid(p, conf_place_of(c, p, i)))
				return false;
	return true;
}
