/* Recipients of a message: there and back, and what is refused. */
#include "store/store_rcpt.h"

#include "tests/unit/unit.h"

#include <string.h>

#define X10 "xxxxxxxxxx"
#define X70 X10 X10 X10 X10 X10 X10 X10
#define X280 X70 X70 X70 X70

static const struct {
	const char *name;
	uint64_t mailbox;
	const char *addr, *orcpt, *uidl;
	unsigned notify;
	enum err want;
} cases[] = {
    {"plain",		0, "a@b.test",               "",                    "",          0,                  ERR_OK   },
    {"dsn",		  0, "a@b.test",               "rfc822;a+2Bc@b.test", "",
     STORE_NOTIFY_SUCCESS | STORE_NOTIFY_DELAY,								   ERR_OK   },
    {"never",		0, "a@b.test",               "",                    "",          STORE_NOTIFY_NEVER, ERR_OK   },
    {"import",	       7, "",		       "",                    "0001!~",    0,                  ERR_OK   },
    {"import, address",      7, "a@b.test",               "",                    X70,         0,                  ERR_OK   },
    {"utf-8",		0, "\xc3\xa9@b.test",        "",                    "",          0,                  ERR_OK   },
    {"neither",              0, "",		       "",                    "",          0,                  ERR_PROTO},
    {"uidl without mailbox", 0, "a@b.test",               "",                    "1",         0,                  ERR_PROTO},
    {"newline in address",   0, "a@b.test\r\nX: y",       "",                    "",          0,                  ERR_PROTO},
    {"DEL in address",       0, "a\x7f@b.test",           "",                    "",          0,                  ERR_PROTO},
    {"orcpt not UTF-8",      0, "a@b.test",               "utf-8;\xc3x",         "",          0,                  ERR_PROTO},
    {"newline in orcpt",     0, "a@b.test",               "rfc822;\nx",          "",          0,                  ERR_PROTO},
    {"space in uidl",        7, "",                       "",                    "a b",       0,                  ERR_PROTO},
    {"8 bit in uidl",        7, "",                       "",                    "a\xc3\xa9", 0,                  ERR_PROTO},
    {"uidl too long",        7, "",                       "",                    X70 "x",     0,                  ERR_PROTO},
    {"address too long",     0, X280 X10 X10 X10 X10 "x", "",                    "",          0,                  ERR_PROTO},
    {"orcpt too long",       0, "a@b.test",               X280 X280,             "",          0,                  ERR_PROTO},
    {"never and delay",      0, "a@b.test",               "",                    "",
     STORE_NOTIFY_NEVER | STORE_NOTIFY_DELAY,								     ERR_PROTO},
    {"unknown notify",       0, "a@b.test",               "",                    "",          16,                 ERR_PROTO},
};

TEST(rcpt_cases)
{
	struct buf b = BUF_INIT(4096);
	struct store_rcpt r;
	struct slice in;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unit_case(cases[i].name);
		buf_reset(&b);
		r = (struct store_rcpt){cases[i].mailbox,
		    slice_str(cases[i].addr), slice_str(cases[i].orcpt),
		    slice_str(cases[i].uidl), cases[i].notify};
		store_rcpt_add(&b, &r);
		in = buf_slice(&b);
		memset(&r, 0, sizeof r);
		EQ_INT(store_rcpt_next(&in, &r), cases[i].want);
		if (cases[i].want != ERR_OK)
			continue;
		OK(r.mailbox == cases[i].mailbox);
		EQ_SLICE(r.addr, cases[i].addr);
		EQ_SLICE(r.orcpt, cases[i].orcpt);
		EQ_SLICE(r.uidl, cases[i].uidl);
		EQ_INT(r.notify, cases[i].notify);
		EQ_INT(store_rcpt_next(&in, &r), ERR_NOENT);
	}
	buf_fini(&b);
}

TEST(rcpt_cut_short)
{
	struct buf b = BUF_INIT(4096);
	struct store_rcpt r = {
	    0, SLICE("a@b.test"), SLICE("rfc822;x"), SLICE_NONE, 0};
	struct slice in;

	store_rcpt_add(&b, &r);
	for (size_t n = 1; n < b.len; n++) {
		in = slice_first(buf_slice(&b), n);
		EQ_INT(store_rcpt_next(&in, &r), ERR_PROTO);
	}
	buf_fini(&b);
}
