/* Decisions as tables of facts. */
#include "../unit.h"
#include "smtp/smtp_policy.h"

#include <string.h>

static struct conf conf;
static struct smtp_facts facts = {.conf = &conf, .listener = conf.listener};

TEST(smtp_policy_mails)
{
	static const struct {
		const char *name;
		unsigned auth;
		bool in;
		uint64_t size;
		enum smtp_say want;
	} cases[] = {
	    {"port 25",        CONF_AUTH_OFF,      false, 0,          SMTP_SAY_OK         },
	    {"just fits",      CONF_AUTH_OFF,      false, 1000,       SMTP_SAY_OK         },
	    {"too big",        CONF_AUTH_OFF,      false, 1001,       SMTP_SAY_TOO_BIG    },
	    {"huge",           CONF_AUTH_OFF,      false, UINT64_MAX, SMTP_SAY_TOO_BIG    },
	    {"optional login", CONF_AUTH_OPTIONAL, false, 0,          SMTP_SAY_OK         },
	    {"no login",       CONF_AUTH_REQUIRED, false, 0,          SMTP_SAY_LOGIN_FIRST},
	    {"logged in",      CONF_AUTH_REQUIRED, true,  0,          SMTP_SAY_OK         },
	};

	conf.limits.message_size = 1000;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unit_case(cases[i].name);
		conf.listener[0].auth = cases[i].auth;
		facts.logged_in = cases[i].in;
		EQ_INT(smtp_policy_mail(&facts, cases[i].size), cases[i].want);
	}
	facts.logged_in = false;
}

TEST(smtp_policy_channels)
{
	conf.listener[0].tls = CONF_TLS_REQUIRE;
	EQ_INT(smtp_policy_channel(&facts), SMTP_SAY_TLS_FIRST);
	facts.secure = true;
	EQ_INT(smtp_policy_channel(&facts), SMTP_SAY_OK);
	facts.secure = false;
	conf.listener[0].tls = CONF_TLS_STARTTLS;
	EQ_INT(smtp_policy_channel(&facts), SMTP_SAY_OK);
}

TEST(smtp_policy_rcpts)
{
	conf.limits.recipients = 100;
	EQ_INT(smtp_policy_rcpt(&facts, 99, 0), SMTP_SAY_OK);
	EQ_INT(smtp_policy_rcpt(&facts, 100, 0), SMTP_SAY_MANY_RCPTS);
	EQ_INT(smtp_policy_rcpt(&facts, 100, 100), SMTP_SAY_MANY_RCPTS);
	EQ_INT(
	    smtp_policy_rcpt(&facts, 100, 101), SMTP_SAY_TOO_MANY_RCPT_TRIES);
}

TEST(smtp_policy_error_budget)
{
	conf.limits.command_errors = 20;
	EQ_INT(smtp_policy_errors(&facts, 10), SMTP_GO_ON);
	EQ_INT(smtp_policy_errors(&facts, 11), SMTP_SLOW);
	EQ_INT(smtp_policy_errors(&facts, 19), SMTP_SLOW);
	EQ_INT(smtp_policy_errors(&facts, 20), SMTP_ENOUGH);
	facts.logged_in = true;
	EQ_INT(smtp_policy_errors(&facts, 199), SMTP_GO_ON);
	EQ_INT(smtp_policy_errors(&facts, 200), SMTP_ENOUGH);
	facts.logged_in = false;
	conf.limits.command_errors = 1;
	EQ_INT(smtp_policy_errors(&facts, 1), SMTP_ENOUGH);
}

TEST(smtp_policy_crowds)
{
	OK(!smtp_policy_crowded(8, 10));
	OK(smtp_policy_crowded(9, 10));
	OK(!smtp_policy_crowded(0, 1));
	OK(smtp_policy_crowded(1, 1));
	OK(!smtp_policy_crowded(8000, 10000));
	OK(smtp_policy_crowded(UINT32_MAX, UINT32_MAX));
}

TEST(smtp_policy_time)
{
	conf.listener[0].idle_timeout_ms = 300000;
	EQ_INT(smtp_policy_idle_ms(&facts, false), 300000);
	EQ_INT(smtp_policy_idle_ms(&facts, true), SMTP_CROWDED_IDLE_MS);
	facts.logged_in = true;
	EQ_INT(smtp_policy_idle_ms(&facts, true), 300000);
	facts.logged_in = false;
	conf.listener[0].idle_timeout_ms = 5000;
	EQ_INT(smtp_policy_idle_ms(&facts, true), 5000);

	OK(!smtp_policy_drips(false, 1, SMTP_WHOLE_MS));
	OK(smtp_policy_drips(false, UINT64_MAX, SMTP_WHOLE_MS + 1));
	OK(!smtp_policy_drips(true, 0, SMTP_RATE_AFTER_MS));
	OK(smtp_policy_drips(true, 3000, 31000));
	OK(!smtp_policy_drips(true, 3100, 31000));
	OK(!smtp_policy_drips(false, 0, 31000));
}

TEST(smtp_policy_texts)
{
	static const struct {
		const char *name;
		struct smtp_data d;
		struct mime_scan s;
		uint64_t size;
		enum smtp_say want;
	} cases[] = {
	    {"fine",         {0},			    {.received = 100},                1000, SMTP_SAY_OK       },
	    {"too big",      {.bare = true},                 {0},                              1001, SMTP_SAY_TOO_BIG  },
	    {"bare",         {.bare = true, .nul = true},    {0},                              1,    SMTP_SAY_BARE_DATA},
	    {"repaired",     {.bare = true, .repair = true}, {0},                              1,    SMTP_SAY_OK       },
	    {"nul",          {.nul = true},                  {0},                              1,    SMTP_SAY_NUL_DATA },
	    {"long line",    {.long_line = true},            {0},                              1,    SMTP_SAY_LONG_TEXT},
	    {"header",       {0},			    {.octets = SMTP_HEADER_MAX + 1},  1,
             SMTP_SAY_BIG_HEADER										       },
	    {"header lines", {0},                            {.lines = SMTP_HEADER_LINES + 1}, 1,
             SMTP_SAY_BIG_HEADER										       },
	    {"loop",         {0},			    {.received = 101},                1,    SMTP_SAY_LOOP     },
	};

	conf.limits.message_size = 1000;
	conf.limits.hops = 100;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unit_case(cases[i].name);
		EQ_INT(smtp_policy_text(
			   &facts, cases[i].size, &cases[i].d, &cases[i].s),
		    cases[i].want);
	}
	OK(!smtp_policy_absurd(&facts, 2000));
	OK(smtp_policy_absurd(&facts, UINT64_MAX));
	conf.limits.message_size = UINT64_MAX / 2 + 1;
	OK(!smtp_policy_absurd(&facts, UINT64_MAX));
}
