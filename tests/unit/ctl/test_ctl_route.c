/* route test: where an address leads here. What the relay process says to it is
 * tested with the whole program (tests/cli). */
#include "tests/unit/ctl/rig.h"

#define HASH                                                                   \
	"$6$rounds=1000$abcdefgh$w6YgKy0DGdPCkmkL61TM4zUjl3qbPOCES/cv"         \
	"QNLI8KJ.jjAw/I6dahm51eg/ozTol2hwZp7jyro00hZYXZHwa0"

TEST(ctl_route_tests)
{
	struct ctl_rig *r = rig_new();

	RUN(r, "user add a@example.test -q --hash " HASH, EX_OK, "", "");
	RUN(r, "alias add info@example.test a@example.test -q", EX_OK, "", "");
	RUN(r, "route test Info@example.test", EX_OK,
	    "LEADS TO        HOW      VIA\na@example.test  mailbox  -\n", "");
	RUN(r, "route test info@example.test --json", EX_OK,
	    "{\"to\":\"a@example.test\",\"how\":\"mailbox\",\"via\":null}\n",
	    "");
	RUN(r, "route test nobody@example.test", EX_NOUSER, "",
	    "restante: there is no nobody@example.test: mail for it is refused "
	    "(550 5.1.1)\n");
	RUN(r, "route test nonsense", EX_DATAERR, "",
	    "restante: \"nonsense\" is not an address\n");
	/* nobody is there who knows how mail leaves */
	RUN(r, "user set a@example.test forward=x@remote.test keep=on -q",
	    EX_OK, "", "");
	EQ_INT(rig_run(r, "route test info@example.test"), EX_UNAVAILABLE);
	EQ_STR(rig_out, "LEADS TO        HOW        VIA\n"
			"a@example.test  mailbox    -\n"
			"x@remote.test   forwarded  a@example.test\n\n");
	EQ_INT(rig_run(r, "route test y@remote.test"), EX_UNAVAILABLE);
	EQ_STR(rig_out, "LEADS TO       HOW   VIA\ny@remote.test  sent  -\n\n");
	rig_free(&r);
}
