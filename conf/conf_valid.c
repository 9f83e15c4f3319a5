/* Is a struct conf that came from elsewhere one that conf_load could make? */
#include "conf/conf.h"
#include "conf/conf_table.h"
#include "conf/conf_value.h"

#include <string.h>

bool
conf_valid(const struct conf *c)
{
	for (enum conf_section_id s = 0; s < CONF_SECTIONS; s++)
		if (conf_sections[s].title != NULL &&
		    conf_count(c, s) > conf_sections[s].max)
			return false;
	for (uint32_t i = 0; i < c->nlisteners; i++)
		if (memchr(c->listener[i].name, '\0', CONF_NAME) == NULL)
			return false;
	for (uint32_t i = 0; i < c->tls.nsni; i++)
		if (memchr(c->tls.sni[i].name, '\0', CONF_TEXT) == NULL)
			return false;
	for (const struct conf_param *p = conf_params; p->name != NULL; p++)
		for (uint32_t i = 0; i < conf_count(c, p->section); i++)
			if (p->type != CONF_T_INCLUDE &&
			    !conf_value_valid(p, conf_place_of(c, p, i)))
				return false;
	return true;
}
