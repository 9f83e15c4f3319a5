#include "net/net_race.h"

#include "../unit.h"
#include "../unit_tcp.h"
#include "base/clock.h"
#include "net/net_listen.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FILLERS = 4 };

/* What the far ends do: l listen, r refuse, b have no answer. */
struct field {
	struct net_loop *loop;
	struct net_race *race;
	struct net_addr to[4];
	struct net_connect *filler[4][FILLERS];
	int listener[4], calls, fd;
	unsigned n, i;
	enum err e;
};

static void
on_done(void *ctx, enum err e, int fd, unsigned i)
{
	struct field *f = ctx;

	f->race = NULL;
	f->calls++;
	f->e = e;
	f->fd = fd;
	f->i = i;
}

static void
filled(void *ctx, enum err e, int fd)
{
	(void)e;
	if (fd >= 0)
		close(fd);
	*(struct net_connect **)ctx = NULL;
}

/* Full is a backlog of connections that nobody accepts. */
static void
fill(struct field *f, unsigned i)
{
	OK(listen(f->listener[i], 0) == 0);
	for (int k = 0; k < FILLERS; k++) {
		f->filler[i][k] = net_connect_new(f->loop, &f->to[i], NULL,
		    UINT64_C(3600) * 1000, filled, &f->filler[i][k]);
		for (int t = 0; t < 3; t++)
			net_loop_turn(f->loop, 3);
	}
}

static void
add(struct field *f, char kind, bool v6)
{
	unsigned i = f->n++;
	struct net_addr *a = &f->to[i];

	EQ_INT(net_addr_parse(v6 ? SLICE("[::1]:0") : SLICE("127.0.0.1:0"), a),
	    ERR_OK);
	EQ_INT(net_listen_open(a, false, &f->listener[i]), ERR_OK);
	EQ_INT(net_addr_of_socket(f->listener[i], false, a), ERR_OK);
	if (kind == 'b')
		fill(f, i);
	if (kind != 'r')
		return;
	close(f->listener[i]);
	f->listener[i] = -1;
}

static void
end(struct field *f)
{
	net_race_free(&f->race);
	for (unsigned i = 0; i < f->n; i++) {
		for (int k = 0; k < FILLERS; k++)
			net_connect_free(&f->filler[i][k]);
		if (f->listener[i] >= 0)
			close(f->listener[i]);
	}
	if (f->fd >= 0)
		close(f->fd);
	net_loop_free(&f->loop);
	clock_set_for_test(0, 0);
}

static void
at(struct field *f, uint64_t ms)
{
	clock_set_for_test(1, (1000 + ms) * 1000);
	for (int i = 0; i < (ms == 0 ? 25 : 5);
	     i++) /* first of all: who refuses */
		net_loop_turn(f->loop, 2);
}

static void
begin(struct field *f, const char *kinds)
{
	*f = (struct field){.loop = net_loop_new(), .fd = -1};
	for (; *kinds != '\0'; kinds++)
		add(f, *kinds, f->n % 2 == 0 && unit_ipv6());
	clock_set_for_test(1, 1000 * 1000);
	f->race = net_race_new(f->loop, f->to, f->n, 5000, 30000, on_done, f);
	OK(f->race != NULL);
	EQ_INT(f->calls, 0);
}

/* IPv6 is the first, the families alternate, where there is IPv6. */
TEST(race_has_a_winner)
{
	static const struct {
		const char *kinds;
		unsigned ms; /* when it is there, not before */
		enum err e;
		unsigned i;
	} cases[] = {
	    {"l",    0,     ERR_OK,      0},
	    {"ll",   0,     ERR_OK,      0},
	    {"rl",   0,     ERR_OK,      1},
	    {"rrrl", 0,     ERR_OK,      3},
	    {"bl",   250,   ERR_OK,      1},
	    {"bbl",  500,   ERR_OK,      2},
	    {"brl",  250,   ERR_OK,      2},
	    {"rbl",  250,   ERR_OK,      2},
	    {"r",    0,     ERR_CLOSED,  0},
	    {"rr",   0,     ERR_CLOSED,  1},
	    {"br",   5000,  ERR_TIMEOUT, 0},
	    {"b",    30000, ERR_TIMEOUT, 0},
	    {"bb",   30250, ERR_TIMEOUT, 1},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct field f;

		unit_case(cases[i].kinds);
		begin(&f, cases[i].kinds);
		for (unsigned ms = 0; ms < cases[i].ms; ms += 250)
			at(&f, ms);
		EQ_INT(f.calls, 0);
		at(&f, cases[i].ms);
		for (int k = 0; k < 1000 && f.calls == 0; k++)
			net_loop_turn(f.loop, 10);
		EQ_INT(f.calls, 1);
		EQ_INT(f.e, cases[i].e);
		EQ_INT(f.i, cases[i].i);
		EQ_INT(f.fd >= 0, f.e == ERR_OK);
		end(&f);
	}
}

TEST(race_given_up)
{
	struct field f;

	begin(&f, "bl");
	net_race_free(&f.race);
	at(&f, 250);
	EQ_INT(f.calls, 0);
	end(&f);
}
