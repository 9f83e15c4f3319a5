#include "../unit.h"
#include "base/clock.h"
#include "net/net_loop.h"

#include <stdlib.h>
#include <string.h>

enum { WALL = 1, START_MS = 1000000 };

static struct net_loop *loop;
static uint64_t now_ms;
static char fired[64]; /* letters of the timers in the order they fired */

struct one {
	struct net_timer timer;
	char letter;
	void (*also)(struct one *);
};

static void
set_now(uint64_t ms)
{
	now_ms = ms;
	clock_set_for_test(WALL, ms * 1000);
}

static void
begin(void)
{
	set_now(START_MS);
	loop = net_loop_new();
	fired[0] = '\0';
}

static void
end(void)
{
	net_loop_free(&loop);
	clock_set_for_test(0, 0);
}

static void
pass(uint64_t ms)
{
	set_now(now_ms + ms);
	net_loop_turn(loop, 0);
}

static void
on_due(void *ctx)
{
	struct one *o = ctx;
	size_t n = strlen(fired);

	if (n + 1 < sizeof fired) {
		fired[n] = o->letter;
		fired[n + 1] = '\0';
	}
	if (o->also != NULL)
		o->also(o);
}

static void
init(struct one *o, char letter, void (*also)(struct one *))
{
	o->letter = letter;
	o->also = also;
	net_timer_init(&o->timer, loop, on_due, o);
}

TEST(timer_order)
{
	struct one a, b, c;

	begin();
	init(&a, 'a', NULL);
	init(&b, 'b', NULL);
	init(&c, 'c', NULL);
	EQ_INT(net_timer_set(&c.timer, 300), ERR_OK);
	EQ_INT(net_timer_set(&a.timer, 100), ERR_OK);
	EQ_INT(net_timer_set(&b.timer, 200), ERR_OK);
	EQ_INT(b.timer.at_ms, START_MS + 200);
	pass(99);
	EQ_STR(fired, "");
	pass(1);
	EQ_STR(fired, "a");
	EQ_INT(a.timer.at_ms, 0);
	pass(500); /* both at once: still in order */
	EQ_STR(fired, "abc");
	pass(5000); /* once only */
	EQ_STR(fired, "abc");
	end();
}

TEST(timer_set_again_and_clear)
{
	struct one a, b;

	begin();
	init(&a, 'a', NULL);
	init(&b, 'b', NULL);
	net_timer_set(&a.timer, 100);
	net_timer_set(&b.timer, 150);
	pass(50);
	net_timer_set(&a.timer, 300); /* put off */
	pass(60);
	EQ_STR(fired, "");
	pass(40);
	EQ_STR(fired, "b");
	net_timer_set(&a.timer, 20); /* brought forward */
	pass(20);
	EQ_STR(fired, "ba");
	net_timer_set(&a.timer, 10);
	net_timer_clear(&a.timer);
	net_timer_clear(&a.timer);
	EQ_INT(a.timer.at_ms, 0);
	pass(1000);
	EQ_STR(fired, "ba");
	end();
}

static struct one *victim;

static void
set_again_now(struct one *o)
{
	net_timer_set(&o->timer, 0);
}

static void
clear_victim(struct one *o)
{
	(void)o;
	net_timer_clear(&victim->timer);
}

static void
free_self(struct one *o)
{
	free(o);
}

TEST(timer_changed_by_callbacks)
{
	struct one a, b, c, *d = malloc(sizeof *d);

	begin();
	init(&a, 'a', set_again_now);
	init(&b, 'b', clear_victim);
	init(&c, 'c', NULL);
	init(d, 'd', free_self);
	victim = &c;
	net_timer_set(&a.timer, 10);
	pass(10); /* comes back */
	OK(fired[0] == 'a');
	net_timer_clear(&a.timer);
	fired[0] = '\0';
	net_timer_set(&b.timer, 10);
	net_timer_set(&c.timer, 11);
	net_timer_set(&d->timer, 12);
	pass(50); /* c is due, but b takes it away first */
	EQ_STR(fired, "bd");
	end();
}

TEST(timer_far_and_at_once)
{
	struct one a, b;

	begin();
	init(&a, 'a', NULL);
	init(&b, 'b', NULL);
	net_timer_set(&a.timer, UINT64_MAX);
	net_timer_set(&b.timer, 0);
	pass(0);
	EQ_STR(fired, "b");
	net_timer_clear(&a.timer);
	end();
}

enum { MANY = 500 };
static struct {
	struct net_timer timer;
	uint64_t want_ms; /* 0: not set */
	int fired;
} many[MANY];
static uint64_t last_ms;

static void
on_due_many(void *ctx)
{
	size_t i = (size_t)((char *)ctx - (char *)many) / sizeof *many;

	OK(many[i].want_ms != 0 && many[i].want_ms <= now_ms);
	OK(many[i].want_ms >= last_ms);
	last_ms = many[i].want_ms;
	many[i].want_ms = 0;
	many[i].fired++;
}

/* Any order of set, put off, bring forward and clear: each fires when due, in
 * the order of the deadlines, and never else. */
TEST(timer_random)
{
	unsigned seed = 7;

	begin();
	for (size_t i = 0; i < MANY; i++)
		net_timer_init(&many[i].timer, loop, on_due_many, &many[i]);
	for (int step = 0; step < 3000; step++) {
		for (int k = 0; k < 20; k++) {
			size_t i = (size_t)rand_r(&seed) % MANY;
			unsigned in = (unsigned)rand_r(&seed) % 400 + 1;

			if (in % 7 == 0) {
				net_timer_clear(&many[i].timer);
				many[i].want_ms = 0;
				continue;
			}
			OK(net_timer_set(&many[i].timer, in) == ERR_OK);
			many[i].want_ms = now_ms + in;
		}
		last_ms = 0;
		pass((unsigned)rand_r(&seed) % 10);
		for (size_t i = 0; i < MANY; i++)
			if (many[i].want_ms != 0 && many[i].want_ms <= now_ms)
				OK(!"a timer did not fire");
	}
	for (size_t i = 0; i < MANY; i++)
		net_timer_clear(&many[i].timer);
	end();
}
