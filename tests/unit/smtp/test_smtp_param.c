/* Parameters of MAIL and RCPT. */
#include "../unit.h"
#include "smtp/smtp_param.h"

#include "store/store_rcpt.h"

#include <string.h>

static struct conf conf;
static struct smtp_facts facts = {.conf = &conf, .listener = conf.listener};

#define X100                                                                   \
	"0123456789012345678901234567890123456789012345678901234567890123456"  \
	"789012345678901234567890123456789"

TEST(smtp_param_replies)
{
	static const struct {
		const char *in;
		bool rcpt;
		enum smtp_say want;
	} cases[] = {
	    {"",				      false, SMTP_SAY_OK           },
	    {"SIZE=100 BODY=8BITMIME",                false, SMTP_SAY_OK           },
	    {"size=0 body=7bit smtputf8",             false, SMTP_SAY_OK           },
	    {"SIZE=99999999999999999999999",          false, SMTP_SAY_TOO_BIG      },
	    {"SIZE=-1",			       false, SMTP_SAY_BAD_PARAM    },
	    {"SIZE=rabbit",                           false, SMTP_SAY_BAD_PARAM    },
	    {"SIZE",				  false, SMTP_SAY_BAD_PARAM    },
	    {"SIZE=",				 false, SMTP_SAY_BAD_PARAM    },
	    {"SIZE=1 SIZE=1",                         false, SMTP_SAY_BAD_PARAM    },
	    {"SIZE=1",				true,  SMTP_SAY_UNKNOWN_PARAM},
	    {"BODY=BINARYMIME",                       false, SMTP_SAY_BAD_PARAM    },
	    {"BODY=",				 false, SMTP_SAY_BAD_PARAM    },
	    {"SMTPUTF8=1",			    false, SMTP_SAY_BAD_PARAM    },
	    {"RABIIT=1",			      false, SMTP_SAY_UNKNOWN_PARAM},
	    {"MT-PRIORITY=3",                         false, SMTP_SAY_UNKNOWN_PARAM},
	    {"RET=full",			      false, SMTP_SAY_OK           },
	    {"RET=HDRS ENVID=QQ314159+2Bx",           false, SMTP_SAY_OK           },
	    {"RET=SOME",			      false, SMTP_SAY_BAD_PARAM    },
	    {"RET=FULL RET=HDRS",                     false, SMTP_SAY_BAD_PARAM    },
	    {"ENVID=a+2",			     false, SMTP_SAY_BAD_PARAM    },
	    {"ENVID=" X100,                           false, SMTP_SAY_OK           },
	    {"ENVID=" X100 "0",                       false, SMTP_SAY_BAD_PARAM    },
	    {"AUTH=<>",			       false, SMTP_SAY_UNKNOWN_PARAM},
	    {"NOTIFY=NEVER",                          true,  SMTP_SAY_OK           },
	    {"notify=success,failure,delay",          true,  SMTP_SAY_OK           },
	    {"NOTIFY=NEVER,FAILURE",                  true,  SMTP_SAY_BAD_PARAM    },
	    {"NOTIFY=DELAY,DELAY",                    true,  SMTP_SAY_BAD_PARAM    },
	    {"NOTIFY=DELAY,",                         true,  SMTP_SAY_BAD_PARAM    },
	    {"NOTIFY=",			       true,  SMTP_SAY_BAD_PARAM    },
	    {"NOTIFY=SOMETIMES",                      true,  SMTP_SAY_BAD_PARAM    },
	    {"NOTIFY=NEVER",                          false, SMTP_SAY_UNKNOWN_PARAM},
	    {"ORCPT=rfc822;bob+2Bx@a.test",           true,  SMTP_SAY_OK           },
	    {"ORCPT=bob@a.test",                      true,  SMTP_SAY_BAD_PARAM    },
	    {"ORCPT=rfc822;",                         true,  SMTP_SAY_BAD_PARAM    },
	    {"ORCPT=;bob@a.test",                     true,  SMTP_SAY_BAD_PARAM    },
	    {"ORCPT=rf(c;bob@a.test",                 true,  SMTP_SAY_BAD_PARAM    },
	    {"ORCPT=rfc822;b\xc3\xbc@a.test",         true,  SMTP_SAY_BAD_PARAM    },
	    {"ORCPT=utf-8;b\xc3\xbc@a.test",          true,  SMTP_SAY_OK           },
	    {"ORCPT=utf-8;b\xc3@a.test",              true,  SMTP_SAY_BAD_PARAM    },
	    {"ORCPT=UTF-8;b\\x{FC}\\x{1f600}@a.test", true,  SMTP_SAY_OK           },
	    {"ORCPT=utf-8;b\\x{10FFFF}",              true,  SMTP_SAY_OK           },
	    {"ORCPT=utf-8;b\\x{110000}",              true,  SMTP_SAY_BAD_PARAM    },
	    {"ORCPT=utf-8;b\\x{D800}",                true,  SMTP_SAY_BAD_PARAM    },
	    {"ORCPT=utf-8;b\\x{00}",                  true,  SMTP_SAY_BAD_PARAM    },
	    {"ORCPT=utf-8;b\\x{FG}",                  true,  SMTP_SAY_BAD_PARAM    },
	    {"ORCPT=utf-8;b\\x{}",                    true,  SMTP_SAY_BAD_PARAM    },
	    {"ORCPT=utf-8;b\\x{FC",                   true,  SMTP_SAY_BAD_PARAM    },
	    {"ORCPT=utf-8;b\\b",                      true,  SMTP_SAY_BAD_PARAM    },
	    {"ORCPT=utf-8;b\\",                       true,  SMTP_SAY_BAD_PARAM    },
	    {"ORCPT=utf-8;b+2B",                      true,  SMTP_SAY_BAD_PARAM    },
	    {"ORCPT=utf-8;b\x01@a.test",              true,  SMTP_SAY_BAD_PARAM    },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct smtp_params p;

		unit_case(cases[i].in);
		EQ_INT(smtp_param_read(
			   slice_str(cases[i].in), cases[i].rcpt, &facts, &p),
		    cases[i].want);
	}
}

TEST(smtp_param_values)
{
	struct smtp_params p;

	smtp_param_read(
	    SLICE("SIZE=17 SMTPUTF8 RET=HDRS ENVID=x+3D"), false, &facts, &p);
	EQ_INT(p.size, 17);
	OK(p.utf8 && !p.eight);
	EQ_INT(p.ret, 2);
	EQ_SLICE(p.envid, "x+3D");
	smtp_param_read(
	    SLICE("ORCPT=rfc822;a NOTIFY=DELAY,SUCCESS"), true, &facts, &p);
	EQ_INT(p.notify, STORE_NOTIFY_DELAY | STORE_NOTIFY_SUCCESS);
	EQ_SLICE(p.orcpt, "rfc822;a");
}

TEST(smtp_param_auth_needs_auth)
{
	struct smtp_params p;

	conf.listener[0].auth = CONF_AUTH_OPTIONAL;
	facts.secure = true;
	EQ_INT(
	    smtp_param_read(SLICE("AUTH=<>"), false, &facts, &p), SMTP_SAY_OK);
	EQ_INT(smtp_param_read(SLICE("AUTH=e+3Dm@a.test"), false, &facts, &p),
	    SMTP_SAY_OK);
	EQ_INT(smtp_param_read(SLICE("AUTH=a+zz"), false, &facts, &p),
	    SMTP_SAY_BAD_PARAM);
	facts.secure = false;
	conf.listener[0].auth = CONF_AUTH_OFF;
}
