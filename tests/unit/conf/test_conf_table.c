/* Covers: conf/conf_defaults.c conf/conf_valid.c */
#include "base/buf.h"
#include "conf/conf_table.h"
#include "conf/conf_value.h"
#include "tests/unit/unit.h"

#include <string.h>

TEST(conf_table_rows_are_whole)
{
	static struct conf c;

	for (const struct conf_param *p = conf_params; p->name != NULL; p++) {
		unit_case(p->name);
		OK(p->help != NULL && p->help[strlen(p->help) - 1] == '.');
		OK(conf_param(p->section, slice_str(p->name)) == p);
		if (p->def != NULL && conf_sections[p->section].title == NULL &&
		    p->type != CONF_T_INCLUDE)
			conf_value_default(p, conf_place(&c, p, 0));
		/* a place inside of its struct */
		OK(p->offset + p->size <=
		    (conf_sections[p->section].stride == 0
			    ? sizeof c
			    : conf_sections[p->section].stride));
		OK((p->choices != NULL) >=
		    (p->type == CONF_T_CHOICE || p->type == CONF_T_SET));
	}
}

TEST(conf_table_names_sections)
{
	for (unsigned s = 0; s < CONF_SECTIONS; s++) {
		bool any = false;

		unit_case(conf_sections[s].name);
		OK(conf_sections[s].help != NULL);
		for (const struct conf_param *p = conf_params; p->name != NULL;
		     p++)
			any = any || p->section == s;
		OK(any);
	}
}

TEST(conf_table_defaults)
{
	static struct conf c;

	conf_defaults(&c);
	OK(conf_valid(&c));
	EQ_INT(c.nlisteners, 5);
	EQ_STR(c.listener[0].name, "smtp");
	EQ_INT(c.listener[0].tls, CONF_TLS_STARTTLS);
	EQ_INT(c.listener[0].auth, CONF_AUTH_OFF);
	EQ_INT(c.listener[0].naddr, 2);
	EQ_INT(c.listener[0].addr[0].port, 25);
	EQ_INT(c.listener[0].idle_timeout_ms, 300000);
	EQ_INT(c.listener[2].service, CONF_SUBMISSION);
	EQ_INT(c.listener[2].tls, CONF_TLS_IMPLICIT);
	EQ_INT(c.listener[4].service, CONF_POP3);
	EQ_INT(c.listener[4].addr[1].port, 995);
	EQ_INT(c.listener[4].idle_timeout_ms, 600000);
	EQ_INT(c.limits.message_size, 50 << 20);
	OK(c.hostname[0] != '\0');
	OK(c.pop3.delete &&!c.bare_newline_repair && !c.tls.min_13);
}

static const struct {
	const char *name, *service, *want; /* want: service or "" */
	unsigned naddr;
} listeners[] = {
    {"smtp",        NULL,   "smtp",       2},
    {"submissions", NULL,   "submission", 2},
    {"inside",      NULL,   "",           0},
    {"inside",      "smtp", "smtp",       0},
    {"inside",      "pop3", "pop3",       0},
    {"inside",      "imap", "",           0},
    {"pop3",        "smtp", "smtp",       2},
    {"pop3s",       "pop3", "pop3",       2},
};

TEST(conf_listener_begins_with_its_service)
{
	for (size_t i = 0; i < sizeof listeners / sizeof *listeners; i++) {
		const struct conf_param *p =
		    conf_param(CONF_S_LISTEN, SLICE("service"));
		struct slice service = SLICE_NONE;
		struct conf_listener l;
		struct buf text = BUF_INIT(100);
		enum err e;

		unit_case(listeners[i].name);
		if (listeners[i].service != NULL)
			service = slice_str(listeners[i].service);
		e = conf_listener_init(
		    &l, slice_str(listeners[i].name), service);
		EQ_INT(e, *listeners[i].want == '\0' ? ERR_SYNTAX : ERR_OK);
		if (e == ERR_OK) {
			conf_value_add(p, &l.service, &text);
			EQ_SLICE(buf_slice(&text), listeners[i].want);
			EQ_INT(l.naddr, listeners[i].naddr);
		}
		buf_fini(&text);
	}
}

TEST(conf_valid_refuses_damage)
{
	static struct conf good, c;
	uint8_t two = 2;

	conf_defaults(&good);
	c = good;
	c.nlisteners = CONF_LISTENERS + 1;
	OK(!conf_valid(&c));
	c = good;
	c.tls.nsni = UINT32_MAX;
	OK(!conf_valid(&c));
	c = good;
	memset(c.hostname, 'x', sizeof c.hostname);
	OK(!conf_valid(&c));
	c = good;
	memset(c.listener[1].name, 'x', sizeof c.listener[1].name);
	OK(!conf_valid(&c));
	c = good;
	c.listener[0].naddr = CONF_ADDRESSES + 1;
	OK(!conf_valid(&c));
	c = good;
	c.listener[0].service = 17;
	OK(!conf_valid(&c));
	c = good;
	memcpy(&c.pop3.delete, &two, 1);
	OK(!conf_valid(&c));
	c = good;
	c.limits.message_size = UINT64_MAX;
	OK(!conf_valid(&c));
	c = good;
	c.auth.mechanisms = 1 << 20;
	OK(!conf_valid(&c));
	c = good;
	c.outbound.nroutes = CONF_ROUTES + 1;
	OK(!conf_valid(&c));
	c = good;
	c.outbound.nroutes = 1;
	strcpy(c.outbound.route[0].name, "a.example");
	OK(conf_valid(&c));
	strcpy(c.outbound.route[0].relay, "direct");
	OK(conf_valid(&c));
	strcpy(c.outbound.route[0].relay, "nothing");
	OK(!conf_valid(&c));
	c = good;
	strcpy(c.outbound.all.relay, "direct");
	OK(!conf_valid(&c));
	c = good;
	c.outbound.all.retry.n = CONF_RETRIES + 1;
	OK(!conf_valid(&c));
	c.outbound.all.retry.n = 0;
	OK(!conf_valid(&c));
	c.outbound.all.retry.n = 5;
	OK(!conf_valid(&c)); /* the fifth is 0 */
	c = good;
	c.outbound.all.tls = CONF_OUT_INHERIT;
	OK(!conf_valid(&c));
	OK(conf_valid(&good));
}
