#include "net/net_priv.h"

#include "../unit.h"

#include <errno.h>

TEST(in_socket_errors)
{
	static const struct {
		int code;
		enum err want;
	} cases[] = {
	    {ECONNRESET, ERR_CLOSED },
	    {EPIPE,      ERR_CLOSED },
	    {ETIMEDOUT,  ERR_TIMEOUT},
	    {EIO,        ERR_IO     },
	    {EBADF,      ERR_IO     },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		EQ_INT(net_err_of_socket(cases[i].code), cases[i].want);
}

/* What makes a stream read, and what keeps it from it. */
TEST(in_wanted)
{
	struct net_stream s = {.phase = NET_OPEN, .in_max = 10};

	OK(net_in_wanted(&s));
	s.rest = (struct net_rest){NULL, 3, 12};
	OK(net_in_wanted(&s));
	s.rest.len = 13;
	OK(!net_in_wanted(&s));
	s.rest.len = 0, s.rest.head = 0, s.paused = true;
	OK(!net_in_wanted(&s));
	s.paused = false, s.eof = true;
	OK(!net_in_wanted(&s));
	s.eof = false, s.stuck = true;
	OK(!net_in_wanted(&s));
	s.stuck = false, s.phase = NET_UPGRADE;
	OK(!net_in_wanted(&s));
}
