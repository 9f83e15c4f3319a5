/* Half a frame may be half a password. */
#include "proc/chan_in.h"

#include "tests/unit/unit.h"

#include <string.h>

TEST(chan_in_leaves_nothing_behind)
{
	static const char zero[60];
	char octets[100];
	struct chan_in in = {0};

	memset(octets, 'A', sizeof octets);
	EQ_INT(chan_in_keep(&in, slice_of(octets, 100)), ERR_OK);
	chan_in_drop(&in, 60);
	memset(octets, 'B', sizeof octets);
	/* makes room by moving what is kept to the front */
	EQ_INT(chan_in_keep(&in, slice_of(octets, 50)), ERR_OK);
	EQ_INT(in.cap, 100);
	EQ_INT(chan_in_kept(&in).len, 90);
	EQ_MEM(in.p + 90, 10, zero, 10);
	/* and by more memory */
	EQ_INT(chan_in_keep(&in, slice_of(octets, 50)), ERR_OK);
	EQ_INT(chan_in_kept(&in).len, 140);
	EQ_INT(slice_find(chan_in_kept(&in), 'B'), 40);
	chan_in_fini(&in);
	OK(in.p == NULL && in.cap == 0);
}
