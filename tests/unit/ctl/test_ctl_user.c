/* user add, del, passwd, lock, unlock, set. Covers: ctl/ctl_delegates.c */
/* Covers: ctl/ctl_forward.c ctl/ctl_account.c ctl/ctl_total.c */
/* user list, show. Covers: ctl/ctl_user_list.c */
#include "tests/unit/ctl/rig.h"

#include "auth/auth_crypt.h"
#include "base/num.h"
#include "store/store_record.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* "restante" with 1000 rounds */
#define HASH                                                                   \
	"$6$rounds=1000$abcdefgh$w6YgKy0DGdPCkmkL61TM4zUjl3qbPOCES/cv"         \
	"QNLI8KJ.jjAw/I6dahm51eg/ozTol2hwZp7jyro00hZYXZHwa0"

/* The account record of a name, in value. */
static bool
load(struct ctl_rig *r, const char *name, struct buf *value,
    struct store_account *a)
{
	struct store_name n;
	uint64_t version;
	uint8_t key[8];

	if (ctl_rpc_get(rig_rpc(r), STORE_NAME, slice_str(name), value,
		&version) != ERR_OK ||
	    store_name_decode(buf_slice(value), &n) != ERR_OK)
		return false;
	num_put_be64(key, n.account);
	buf_reset(value);
	return ctl_rpc_get(rig_rpc(r), STORE_ACCOUNT, slice_of(key, 8), value,
		   &version) == ERR_OK &&
	       store_account_decode(buf_slice(value), a) == ERR_OK;
}

TEST(ctl_user_add_with_password)
{
	struct ctl_rig *r = rig_new();
	struct buf value = BUF_INIT(8192);
	struct store_account a;

	EQ_INT(rig_run_with(r,
		   "user add Bob@Example.TEST --password-stdin --quota 2G",
		   "p\xc3\xa4ss word\nnot this\n"),
	    EX_OK);
	EQ_STR(rig_out, "");
	EQ_STR(rig_err, "added bob@example.test\n");
	if (OK(load(r, "bob@example.test", &value, &a))) {
		EQ_SLICE(a.name, "bob@example.test");
		EQ_INT(auth_crypt_verify(a.hash, SLICE("p\xc3\xa4ss word")),
		    ERR_OK);
		OK(slice_starts(a.scram, SLICE("SCRAM-SHA-256$4096:")));
		EQ_INT(a.quota, UINT64_C(2) << 30);
		EQ_INT(a.state, STORE_ACTIVE);
		OK(a.mailbox != 0);
	}
	RUN(r, "user add bob@example.test --hash x", EX_CANTCREAT, "",
	    "restante: bob@example.test exists already (use \"user passwd\" or "
	    "\"user set\")\n");
	RUN(r, "user add bob@example.test --if-missing", EX_OK, "",
	    "bob@example.test exists already\n");
	buf_fini(&value);
	rig_free(&r);
}

TEST(ctl_user_add_with_hash)
{
	struct ctl_rig *r = rig_new();
	struct buf value = BUF_INIT(8192);
	struct store_account a;

	RUN(r, "adduser bob@example.test --hash {SHA512-CRYPT}" HASH, EX_OK, "",
	    "added bob@example.test\n");
	if (OK(load(r, "bob@example.test", &value, &a))) {
		EQ_SLICE(a.hash, HASH);
		EQ_SLICE(a.scram, "");
	}
	buf_fini(&value);
	rig_free(&r);
}

static const struct {
	const char *line, *in;
	int status;
	const char *err;
} bad[] = {
    {"user add bob",					       "",   EX_DATAERR,
     "restante: \"bob\" is not an address: the domain is missing "
	"(bob@example.org)\n"				      },
    {"user add bo\x01"
     "b@example.test",					"",   EX_DATAERR,
     "restante: \"bo\\x01b@example.test\" is not an address\n"     },
    {"user add a@b@c",					     "",   EX_DATAERR,
     "restante: \"a@b@c\" is not an address\n"                     },
    {"user add bob@[127.0.0.1]",				   "",   EX_DATAERR,
     "restante: \"bob@[127.0.0.1]\": users belong to domains, not to IP "
	"addresses\n"					      },
    {"user add bob@other.test",				    "",   EX_NOUSER,
     "restante: other.test is no domain of this server (restante domain add "
	"other.test)\n"					    },
    {"user add bob@example.test --hash secret",                    "",   EX_DATAERR,
     "restante: --hash: this is no hash of crypt(5)\n"             },
    {"user add bob@example.test --hash {SSHA}abc",                 "",   EX_DATAERR,
     "restante: --hash: this is no hash of crypt(5)\n"             },
    {"user add bob@example.test --hash " HASH " --password-stdin", "",   EX_USAGE,
     "restante: --hash and --password-stdin exclude each other\n"  },
    {"user add bob@example.test --password-stdin",                 "",   EX_DATAERR,
     "restante: no password on standard input: connection closed\n"},
    {"user add bob@example.test --password-stdin",                 "\n", EX_DATAERR,
     "restante: the password must not be empty\n"                  },
    {"user add bob@example.test --quota lots",                     "",   EX_USAGE,
     "restante: --quota: \"lots\" is not a size (for example 500M or 2G; 0: "
	"none)\n"						  },
    {"user show bob@example.test",                                 "",   EX_NOUSER,
     "restante: no user bob@example.test\n"                        },
    {"user del bob@example.test --yes",                            "",   EX_NOUSER,
     "restante: no user bob@example.test\n"                        },
    {"user passwd bob@example.test",                               "",   EX_NOUSER,
     "restante: no user bob@example.test\n"                        },
    {"user lock bob@example.test",                                 "",   EX_NOUSER,
     "restante: no user bob@example.test\n"                        },
    {"user list other.test",				       "",   EX_NOUSER,
     "restante: other.test is no domain of this server (restante domain add "
	"other.test)\n"					    },
};

TEST(ctl_user_refuses)
{
	struct ctl_rig *r = rig_new();

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		unit_case(bad[i].line);
		EQ_INT(rig_run_with(r, bad[i].line, bad[i].in), bad[i].status);
		EQ_STR(rig_err, bad[i].err);
		EQ_STR(rig_out, "");
	}
	/* and nothing was changed */
	EQ_INT(store_mem_count(rig_store(r), STORE_MEM_COMMIT), 0);
	rig_free(&r);
}

TEST(ctl_user_add_over_long)
{
	struct ctl_rig *r = rig_new();
	char line[2000] = "user add ", in[2000];

	memset(line + strlen(line), 'x', 65);
	strcat(line, "@example.test --hash " HASH);
	EQ_INT(rig_run(r, line), EX_DATAERR);
	OK(strstr(rig_err, "is too long for an address (64 octets before the "
			   "@, 255 behind it)") != NULL);
	memset(in, 'p', sizeof in);
	strcpy(in + 600, "\n");
	EQ_INT(rig_run_with(r, "user add b@example.test --password-stdin", in),
	    EX_DATAERR);
	EQ_STR(rig_err, "restante: the password is longer than 511 octets\n");
	memset(in, 'p', sizeof in);
	in[sizeof in - 1] = '\0';
	EQ_INT(rig_run_with(r, "user add b@example.test --password-stdin", in),
	    EX_DATAERR);
	rig_free(&r);
}

TEST(ctl_user_forwards)
{
	struct ctl_rig *r = rig_new();
	struct buf value = BUF_INIT(8192);
	struct store_account a;

	RUN(r, "user add bob@example.test -q --hash " HASH, EX_OK, "", "");
	RUN(r, "user add al@example.test -q --hash " HASH, EX_OK, "", "");
	RUN(r,
	    "user set bob@example.test forward=Ann@remote.test,al@example.test",
	    EX_OK, "", "changed bob@example.test\n");
	OK(load(r, "bob@example.test", &value, &a));
	EQ_SLICE(a.forward, "ann@remote.test\nal@example.test\n");
	OK(!a.keep);
	RUN(r, "user set bob@example.test keep=on -q", EX_OK, "", "");
	EQ_INT(rig_run(r, "user show bob@example.test"), EX_OK);
	OK(strstr(rig_out, "State           active, forwards\n") != NULL);
	OK(strstr(rig_out, "Forwards to     ann@remote.test, "
			   "al@example.test\n") != NULL);
	OK(strstr(rig_out, "Keeps a copy    yes\n") != NULL);
	EQ_INT(rig_run(r, "user show bob@example.test --json"), EX_OK);
	OK(strstr(rig_out, "\"forward\":[\"ann@remote.test\","
			   "\"al@example.test\"],\"keep\":true") != NULL);
	/* the own address is a copy, too; the last word counts */
	RUN(r,
	    "user set bob@example.test forward=x@y.test "
	    "forward=Bob@example.test,ann@remote.test -q",
	    EX_OK, "", "");
	buf_reset(&value);
	OK(load(r, "bob@example.test", &value, &a));
	EQ_SLICE(a.forward, "ann@remote.test\n");
	OK(a.keep);
	RUN(r, "user set bob@example.test forward= -q", EX_OK, "", "");
	buf_reset(&value);
	OK(load(r, "bob@example.test", &value, &a));
	EQ_INT(a.forward.len, 0);
	OK(!a.keep);
	RUN(r, "user set bob@example.test keep=on", EX_USAGE, "",
	    "restante: keep=on: bob@example.test forwards nothing "
	    "(forward=ADDRESS)\n");
	RUN(r, "user set bob@example.test forward=x@y.test keep=1", EX_USAGE,
	    "", "restante: keep is on or off\n");
	RUN(r, "user set bob@example.test forward=a@@b", EX_DATAERR, "",
	    "restante: forward: \"a@@b\" is no list of addresses "
	    "(a@example.org,b@example.org)\n");
	RUN(r, "user set bob@example.test forward=nobody@example.test",
	    EX_NOUSER, "",
	    "restante: there is no nobody@example.test (restante user add "
	    "nobody@example.test)\n");
	RUN(r, "alias add all@example.test bob@example.test -q", EX_OK, "", "");
	RUN(r, "user set bob@example.test forward=all@example.test", EX_DATAERR,
	    "", "restante: all@example.test leads back to bob@example.test\n");
	buf_fini(&value);
	rig_free(&r);
}

TEST(ctl_user_delegates)
{
	struct ctl_rig *r = rig_new();
	struct buf value = BUF_INIT(8192);
	struct store_account a;

	RUN(r, "user add bob@example.test -q --hash " HASH, EX_OK, "", "");
	RUN(r, "user add al@example.test -q --hash " HASH, EX_OK, "", "");
	RUN(r, "alias add all@example.test bob@example.test -q", EX_OK, "", "");
	RUN(r,
	    "user set bob@example.test "
	    "delegates=Al@example.test,@Example.TEST,al@EXAMPLE.test,"
	    "all@example.test",
	    EX_OK, "", "changed bob@example.test\n");
	OK(load(r, "bob@example.test", &value, &a));
	EQ_SLICE(
	    a.delegates, "al@example.test\n@example.test\nall@example.test\n");
	EQ_INT(rig_run(r, "user show bob@example.test"), EX_OK);
	OK(strstr(rig_out, "Delegates       al@example.test, @example.test, "
			   "all@example.test\n") != NULL);
	EQ_INT(rig_run(r, "user show bob@example.test --json"), EX_OK);
	OK(strstr(rig_out, "\"delegates\":[\"al@example.test\","
			   "\"@example.test\",\"all@example.test\"]") != NULL);
	RUN(r, "user set bob@example.test quota=1M -q", EX_OK, "", "");
	buf_reset(&value);
	OK(load(r, "bob@example.test", &value, &a));
	OK(a.delegates.len > 0);
	RUN(r, "user set bob@example.test delegates= -q", EX_OK, "", "");
	buf_reset(&value);
	OK(load(r, "bob@example.test", &value, &a));
	EQ_INT(a.delegates.len, 0);
	RUN(r, "user set bob@example.test delegates=al", EX_DATAERR, "",
	    "restante: delegates: \"al\" is no list of addresses and domains "
	    "(a@example.org,@example.org)\n");
	RUN(r, "user set bob@example.test delegates=no@example.test", EX_NOUSER,
	    "",
	    "restante: there is no no@example.test (restante user add "
	    "no@example.test)\n");
	EQ_INT(rig_run(r, "user set bob@example.test delegates=@far.test"),
	    EX_NOUSER);
	EQ_INT(rig_run(r, "user set bob@example.test delegates=x@far.test"),
	    EX_NOUSER);
	buf_fini(&value);
	rig_free(&r);
}

TEST(ctl_user_changes)
{
	struct ctl_rig *r = rig_new();
	struct buf value = BUF_INIT(8192);
	struct store_account a;

	RUN(r, "user add bob@example.test -q --hash " HASH, EX_OK, "", "");
	RUN(r, "user lock bob@example.test", EX_OK, "",
	    "locked bob@example.test\n");
	OK(load(r, "bob@example.test", &value, &a));
	EQ_INT(a.state, STORE_SUSPENDED);
	RUN(r, "user unlock bob@example.test --json", EX_OK,
	    "{\"done\":\"unlocked\",\"name\":\"bob@example.test\"}\n", "");
	RUN(r, "user set bob@example.test quota=10M", EX_OK, "",
	    "changed bob@example.test\n");
	RUN(r, "user set bob@example.test quota", EX_USAGE, "",
	    "restante: \"quota\" is not KEY=VALUE (for example quota=2G)\n");
	RUN(r, "user set bob@example.test quota=", EX_USAGE, "",
	    "restante: quota: \"\" is not a size (for example 500M or 2G; 0: "
	    "none)\n");
	RUN(r, "user set bob@example.test shoe=42", EX_USAGE, "",
	    "restante: users have no \"shoe\" (quota, forward, keep, "
	    "delegates)\n");
	EQ_INT(
	    rig_run_with(r, "passwd bob@example.test --password-stdin", "new"),
	    EX_OK);
	EQ_STR(rig_err, "changed the password of bob@example.test\n");
	buf_reset(&value);
	if (OK(load(r, "bob@example.test", &value, &a))) {
		EQ_INT(a.quota, 10 << 20);
		EQ_INT(auth_crypt_verify(a.hash, SLICE("new")), ERR_OK);
		EQ_INT(a.state, STORE_ACTIVE);
	}
	buf_fini(&value);
	rig_free(&r);
}

TEST(ctl_user_del_and_list)
{
	struct ctl_rig *r = rig_new();

	RUN(r, "domain add a.test -q", EX_OK, "", "");
	RUN(r, "user add zoe@a.test --quota 1G -q --hash " HASH, EX_OK, "", "");
	RUN(r, "user add bob@example.test -q --hash " HASH, EX_OK, "", "");
	RUN(r, "user add al@example.test -q --hash " HASH, EX_OK, "", "");
	/* all or none */
	RUN(r, "user lock al@example.test quota=1", EX_DATAERR, "",
	    "restante: \"quota=1\" is not an address: the domain is missing "
	    "(quota=1@example.org)\n");
	RUN(r, "user del al@example.test no@example.test --yes", EX_NOUSER, "",
	    "restante: no user no@example.test\n");
	EQ_INT(rig_run(r, "user show al@example.test --json"), EX_OK);
	OK(strstr(rig_out, "\"state\":\"active\"") != NULL);
	RUN(r, "user lock al@example.test -q", EX_OK, "", "");
	RUN(r, "user list", EX_OK,
	    "ADDRESS           USED / QUOTA  MESSAGES  LAST LOGIN  STATE\n"
	    "zoe@a.test            0 / 1 GB         0  never       active\n"
	    "al@example.test          0 / -         0  never       locked\n"
	    "bob@example.test         0 / -         0  never       active\n",
	    "");
	RUN(r, "user list a.test --json", EX_OK,
	    "{\"address\":\"zoe@a.test\",\"used\":0,\"quota\":1073741824,"
	    "\"messages\":0,\"login\":null,\"state\":\"active\",\"forwards\":"
	    "false}\n",
	    "");
	RUN(r, "user del bob@example.test", EX_USAGE, "",
	    "restante: Remove bob@example.test and all its mail: needs --yes "
	    "without a terminal\n");
	RUN(r, "deluser bob@example.test --yes", EX_OK, "",
	    "removed bob@example.test\n");
	RUN(r, "user del bob@example.test --yes --if-exists", EX_OK, "", "");
	RUN(r, "user list example.test --json", EX_OK,
	    "{\"address\":\"al@example.test\",\"used\":0,\"quota\":null,"
	    "\"messages\":0,\"login\":null,\"state\":\"locked\",\"forwards\":"
	    "false}\n",
	    "");
	EQ_INT(store_mem_count(rig_store(r), STORE_MEM_PURGE), 1);
	EQ_INT(rig_run(r, "user show zoe@a.test"), EX_OK);
	OK(strstr(rig_out, "Used / quota    0 / 1 GB\n") != NULL);
	OK(strstr(rig_out, "Kept as         $6$\n") != NULL);
	OK(strstr(rig_out, "SCRAM           no\n") != NULL);
	rig_free(&r);
}

TEST(ctl_user_when_the_store_cannot)
{
	struct ctl_rig *r = rig_new();

	store_mem_fail(rig_store(r), STORE_MEM_COMMIT, ERR_FULL, 1, false);
	RUN(r, "user add bob@example.test --hash " HASH, EX_IOERR, "",
	    "restante: user bob@example.test: no space left\n");
	store_mem_fail(rig_store(r), STORE_MEM_COMMIT, ERR_RETRY, 1, false);
	RUN(r, "user add bob@example.test --hash " HASH, EX_TEMPFAIL, "",
	    "restante: user bob@example.test: temporary failure, nothing was "
	    "done\n");
	RUN(r, "user add bob@example.test -q --hash " HASH, EX_OK, "", "");
	store_mem_fail(rig_store(r), STORE_MEM_COMMIT, ERR_BUSY, 1, false);
	RUN(r, "user lock bob@example.test", EX_TEMPFAIL, "",
	    "restante: user bob@example.test: something else changed it at the "
	    "same time, try again\n");
	rig_free(&r);
}
