/*
 * Against a server of somebody else's making, when there is one:
 *
 *	SMTP_PEER=127.0.0.1:PORT  takes mail for alice@example.test and
 *	                          bob@example.test, not for nobody@example.test
 *	SMTP_PEER_CA=FILE         verify mail.example.test with these
 *	SMTP_PEER_COUNT=N         messages (1); what they took is printed
 */
#include "smtp/smtp_client.h"

#include "../unit.h"
#include "base/clock.h"
#include "base/num.h"
#include "net/net_tls_client.h"
#include "sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct net_tls_client *
trusting(const char *path)
{
	struct buf why = BUF_INIT(1000);
	static char pem[1 << 20];
	size_t n = 0;
	FILE *f = path == NULL ? NULL : fopen(path, "r");
	struct net_tls_client *t;

	if (f != NULL) {
		n = fread(pem, 1, sizeof pem, f);
		(void)fclose(f);
	}
	t = net_tls_client_new(slice_of(pem, n), &why);
	EQ_STR(buf_cstr(&why), "");
	buf_fini(&why);
	return t;
}

static unsigned
count_of(struct slice s, const char *what)
{
	struct slice w = slice_str(what);
	unsigned n = 0;

	for (size_t at; (at = slice_find_slice(s, w)) < s.len; n++)
		s = slice_skip(s, at + w.len);
	return n;
}

/* Until the connection is idle again. */
static void
wait_until(struct sink *s, const char *what, unsigned times)
{
	uint64_t end = clock_mono_ms() + 60000;

	while (count_of(buf_slice(&s->said), what) < times &&
	       clock_mono_ms() < end &&
	       slice_find_slice(buf_slice(&s->said), SLICE("finished\n")) ==
		   s->said.len)
		net_loop_turn(s->loop, 100);
}

static void
set_up(struct sink *s, const char *peer)
{
	static const char *const to[] = {
	    "alice@example.test", "nobody@example.test", "bob@example.test"};
	const char *ca = getenv("SMTP_PEER_CA");

	sink_init(s);
	clock_set_for_test(0, 0);
	OK(net_addr_parse(slice_str(peer), &s->target.addr) == ERR_OK);
	sink_mail(s, 3);
	for (unsigned i = 0; i < 3; i++)
		s->rcpts[i].addr = slice_str(to[i]);
	s->site.tls = trusting(ca);
	strcpy(s->target.host, "mail.example.test");
	s->target.tls = ca != NULL ? CONF_OUT_VERIFY : CONF_OUT_MAY;
	s->body = SLICE("From: a@host.test\r\nTo: alice@example.test\r\n"
			"Subject: from restante\r\n\r\n.dot\r\n..\r\n"
			"gr\xc3\xbc\xc3\x9f\r\n.\r\nlast\r\n");
	s->mail.octets = s->body.len;
	s->mail.eight = true;
	strcpy(s->conf.hostname, "localhost");
}

static void
run(struct sink *s, unsigned count)
{
	uint64_t start = clock_mono_us();
	struct slice said;

	s->sends = count;
	sink_begin(s);
	wait_until(s, "finished usable\n", count);
	said = buf_slice(&s->said);
	printf("\n%.*s[%.*s] %u messages in %llu ms\n",
	    (int)slice_first(said, 1500).len, said.p,
	    SLICE_ARG(smtp_client_tls(s->client)), count,
	    (unsigned long long)(clock_mono_us() - start) / 1000);
	EQ_INT(count_of(said, "finished usable\n"), count);
	EQ_INT(count_of(said, "rcpt 0 ok 250 "), count);
	EQ_INT(count_of(said, "rcpt 1 denied 5"), count);
	EQ_INT(count_of(said, "rcpt 2 ok 250 "), count);
	smtp_client_free(&s->client);
	for (int i = 0; i < 10; i++)
		net_loop_turn(s->loop, 20);
}

TEST(client_peer)
{
	const char *peer = getenv("SMTP_PEER"),
		   *number = getenv("SMTP_PEER_COUNT");
	struct sink s;
	uint32_t count = 1;

	if (peer == NULL)
		return;
	if (number != NULL)
		(void)num_u32(slice_str(number), 1, 100000, &count);
	set_up(&s, peer);
	run(&s, count);
	unit_case("once more, with the session kept");
	buf_reset(&s.said);
	run(&s, 1);
	unit_case("nobody else's");
	buf_reset(&s.said);
	s.mail.rcpt = &s.rcpts[1];
	s.mail.nrcpts = 1;
	s.sends = 2;
	sink_begin(&s);
	wait_until(&s, "finished usable\n", 2);
	EQ_INT(count_of(buf_slice(&s.said), "rcpt 0 denied 5"), 2);
	EQ_INT(count_of(buf_slice(&s.said), "finished usable\n"), 2);
	net_tls_client_free((struct net_tls_client **)&s.site.tls);
	sink_fini(&s);
}
