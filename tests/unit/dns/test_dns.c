/*
 * The resolver as a whole: life, patience, DNSSEC, its cage.
 * Covers: dns/dns_ask.c
 */
#include "dns/dns.h"

#include "base/clock.h"
#include "base/log.h"
#include "proc/proc_drop.h"
#include "tests/unit/dns/asker.h"
#include "tests/unit/unit.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct server_row rows[] = {
    {"a.test",      "MX",     "10 mx.a.test"},
    {"mx.a.test",   "A",      "192.0.2.1"   },
    {"mx.a.test",   "AAAA",   "2001:db8::1" },
    {"silent.test", "SILENT", ""            },
    {NULL,          NULL,     NULL          },
};

static unsigned calls;
static enum err last;

static void
done(struct dns_req *r, enum err e)
{
	(void)r;
	calls++;
	last = e;
}

TEST(dns_refuses_a_bad_server)
{
	struct net_loop *l = net_loop_new();
	struct dns_settings s = {.server = "192.0.2.1"};
	struct buf why = BUF_INIT(100);

	OK(dns_new(l, &s, &why) == NULL);
	EQ_SLICE(
	    buf_slice(&why), "the name server is not an address with port");
	buf_fini(&why);
	net_loop_free(&l);
}

/* Whom the answer does not interest any more does not get it. */
TEST(dns_forgets)
{
	struct dns_mx_req mx[2] = {{.r.done = done}, {.r.done = done}};
	struct dns_addr_req addr = {.r.done = done};
	struct asker a;

	calls = 0;
	asker_begin(&a, rows, NULL);
	dns_mx(a.dns, &mx[0], SLICE("a.test"));
	dns_addrs(a.dns, &addr, SLICE("192.0.2.1"));
	dns_cancel(a.dns, &mx[0].r);
	dns_cancel(a.dns, &addr.r);
	dns_cancel(a.dns, &addr.r);
	OK(!mx[0].r.busy && !addr.r.busy);
	EQ_STR(asker_mx(&a, "a.test"), "10 mx.a.test");
	EQ_INT(calls, 0);
	dns_mx(a.dns, &mx[0], SLICE("silent.test"));
	dns_mx(a.dns, &mx[1], SLICE("localhost"));
	dns_addrs(a.dns, &addr, SLICE("silent.test"));
	net_loop_turn(a.loop, 10);
	EQ_INT(calls, 1);
	dns_mx(a.dns, &mx[1], SLICE("localhost"));
	asker_end(&a); /* three under way, one of them decided */
	EQ_INT(calls, 1);
}

TEST(dns_loses_patience)
{
	struct dns_mx_req mx = {.r.done = done};
	struct asker a;

	calls = 0;
	clock_set_for_test(1, 1);
	asker_begin(&a, rows, NULL);
	dns_mx(a.dns, &mx, SLICE("silent.test"));
	for (int i = 0; i < 5; i++)
		net_loop_turn(a.loop, 10);
	EQ_INT(calls, 0);
	OK(a.server.asked > 0);
	clock_set_for_test(1, 61 * 1000 * 1000);
	for (int i = 0; i < 5 && calls == 0; i++)
		net_loop_turn(a.loop, 10);
	EQ_INT(calls, 1);
	EQ_INT(last, ERR_RETRY);
	clock_set_for_test(0, 0);
	asker_end(&a);
}

/* done may ask again, and throw the resolver away. */
static struct asker whole;

static void
ask_again(struct dns_req *r, enum err e)
{
	EQ_INT(e, ERR_OK);
	if (++calls < 3)
		dns_mx(
		    whole.dns, (struct dns_mx_req *)(void *)r, SLICE("a.test"));
	else
		dns_free(&whole.dns);
}

TEST(dns_may_go_in_its_own_callback)
{
	struct dns_mx_req mx = {.r.done = ask_again};

	calls = 0;
	asker_begin(&whole, rows, NULL);
	dns_mx(whole.dns, &mx, SLICE("a.test"));
	for (int i = 0; i < 500 && whole.dns != NULL; i++)
		net_loop_turn(whole.loop, 10);
	EQ_INT(calls, 3);
	asker_end(&whole);
}

/* The anchor of a root that is not the one behind our name server: nothing can
 * be validated, and everything goes on without. */
TEST(dns_goes_on_without_dnssec)
{
	struct dns_settings s = {.ipv6 = true,
	    .root_key = SLICE(
		"; a comment\n\n. IN DS 20326 8 2 "
		"E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8"
		"EC8D\n")};
	struct asker a;

	asker_begin(&a, rows, &s);
	EQ_STR(asker_mx(&a, "a.test"), "10 mx.a.test");
	EQ_STR(asker_addrs(&a, "mx.a.test"), "192.0.2.1 2001:db8::1");
	EQ_STR(asker_mx(&a, "nowhere.test"), "noent");
	asker_end(&a);
}

TEST(dns_goes_on_without_a_damaged_key)
{
	struct dns_settings s = {
	    .ipv6 = true, .root_key = SLICE(". IN DS nonsense\n")};
	struct asker a;

	asker_begin(&a, rows, &s);
	EQ_STR(asker_mx(&a, "a.test"), "10 mx.a.test");
	asker_end(&a);
}

/* The anchor of a domain whose answers are not signed: that one is wrong, and
 * others are not. */
TEST(dns_tells_a_forged_answer)
{
	struct dns_settings s = {.ipv6 = true,
	    .root_key = SLICE(
		"a.test. IN DS 20326 8 2 "
		"E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8"
		"EC8D\n")};
	static const struct server_row more[] = {
	    {"a.test", "MX", "10 mx.a.test"},
            {"b.test", "MX", "10 mx.b.test"},
	    {NULL,     NULL, NULL          }
        };
	struct asker a;

	asker_begin(&a, more, &s);
	EQ_STR(asker_mx(&a, "a.test"), "corrupt");
	EQ_STR(asker_addrs(&a, "x.a.test"), "corrupt");
	EQ_STR(asker_mx(&a, "b.test"), "10 mx.b.test");
	asker_end(&a);
}

/* In the cage of the relay: no file, no thread, sockets of IP only. */
static void
drop_line(void *ctx, struct slice line)
{
	(void)ctx;
	(void)line;
}

static int
use_dns(struct asker *a, const struct dns_settings *s)
{
	struct buf why = BUF_INIT(1000);

	if ((a->dns = dns_new(a->loop, s, &why)) == NULL)
		return 2;
	if (strcmp(asker_mx(a, "a.test"), "10 mx.a.test") != 0)
		return 3;
	if (strcmp(asker_addrs(a, "mx.a.test"), "192.0.2.1 2001:db8::1") != 0)
		return 4;
	if (strcmp(asker_mx(a, "nowhere.test"), "noent") != 0)
		return 5;
	dns_free(&a->dns);
	return 0;
}

TEST(dns_works_in_its_cage)
{
	struct proc_cage cage = {.sandbox = PROC_RELAY, .user = "nobody"};
	struct dns_settings s = {.ipv6 = true,
	    .root_key = SLICE(
		". IN DS 20326 8 2 "
		"E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8"
		"EC8D\n")};
	struct asker a;
	int status = -1;
	pid_t server, client;

	asker_begin(&a, rows, NULL);
	s.server = a.server.address;
	if ((server = fork()) == 0)
		for (;;) /* the parent ends it */
			net_loop_turn(a.loop, 1000);
	dns_free(&a.dns);
	if ((client = fork()) == 0) {
		struct net_loop *l = net_loop_new();

		a.loop = l;
		log_set_sink(drop_line, NULL);
		_exit(proc_drop(&cage) == ERR_OK ? use_dns(&a, &s) : 99);
	}
	EQ_INT(waitpid(client, &status, 0), client);
	EQ_INT(status, 0);
	EQ_INT(kill(server, SIGKILL), 0);
	EQ_INT(waitpid(server, &status, 0), server);
	asker_end(&a);
}
