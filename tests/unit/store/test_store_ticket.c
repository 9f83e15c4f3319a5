/* Tickets: bound, bounded, mortal. */
#include "store/store_ticket.h"

#include "base/clock.h"
#include "tests/unit/unit.h"

#include <string.h>

enum { HOUR = 3600 * 1000 };

static struct msg_ticket_new
a_ticket(unsigned n, uint32_t protocol)
{
	struct msg_ticket_new m;

	memset(&m, 0, sizeof m);
	m.ticket.b[0] = 1;
	memcpy(m.ticket.b + 4, &n, sizeof n);
	m.protocol = protocol;
	m.account = n % 7;
	m.mailbox = n;
	m.ttl_ms = 1000;
	return m;
}

static void
at_ms(uint64_t ms)
{
	clock_set_for_test(1, (1000000 + ms) * 1000);
}

TEST(ticket_life)
{
	struct msg_ticket_new s = a_ticket(1, MSG_PROTO_SUBMISSION);
	struct msg_ticket_new p = a_ticket(2, MSG_PROTO_POP3);
	struct store_tickets t;

	at_ms(0);
	store_tickets_init(&t);
	EQ_INT(store_ticket_add(&t, &s), ERR_OK);
	EQ_INT(store_ticket_add(&t, &p), ERR_OK);
	at_ms(999);
	OK(store_ticket_use(&t, &p.ticket, MSG_PROTO_POP3, 1) != NULL);
	OK(store_ticket_use(&t, &s.ticket, MSG_PROTO_SUBMISSION, 1) != NULL);
	unit_case("first use does not prolong pop3");
	at_ms(1000);
	OK(store_ticket_use(&t, &p.ticket, MSG_PROTO_POP3, 1) == NULL);
	unit_case("each use prolongs submission, for a day");
	for (unsigned h = 1; h < 24; h++) {
		at_ms(h * HOUR);
		OK(store_ticket_use(&t, &s.ticket, MSG_PROTO_SUBMISSION, 1) !=
		    NULL);
	}
	at_ms(24 * HOUR);
	OK(store_ticket_use(&t, &s.ticket, MSG_PROTO_SUBMISSION, 1) == NULL);
	EQ_INT(t.map.count, 0);
	store_tickets_fini(&t);
	clock_set_for_test(0, 0);
}

TEST(ticket_bound)
{
	struct msg_ticket_new m = a_ticket(1, MSG_PROTO_SUBMISSION);
	struct store_tickets t;

	store_tickets_init(&t);
	EQ_INT(store_ticket_add(&t, &m), ERR_OK);
	OK(store_ticket_use(&t, &m.ticket, MSG_PROTO_POP3, 5) == NULL);
	OK(store_ticket_use(&t, &m.ticket, MSG_PROTO_SUBMISSION, 5) != NULL);
	OK(store_ticket_use(&t, &m.ticket, MSG_PROTO_SUBMISSION, 6) == NULL);
	OK(store_ticket_use(&t, &m.ticket, MSG_PROTO_SUBMISSION, 5) != NULL);
	m.ticket.b[15] ^= 1;
	OK(store_ticket_use(&t, &m.ticket, MSG_PROTO_SUBMISSION, 5) == NULL);
	store_tickets_fini(&t);
}

TEST(ticket_ends)
{
	struct store_tickets t;
	struct msg_ticket_new m;

	at_ms(0);
	store_tickets_init(&t);
	for (unsigned n = 0; n < 70; n++) {
		m = a_ticket(n, MSG_PROTO_SUBMISSION);
		m.ttl_ms = n < 10 ? 10 : 1000;
		EQ_INT(store_ticket_add(&t, &m), ERR_OK);
		if (n >= 60)
			(void)store_ticket_use(
			    &t, &m.ticket, MSG_PROTO_SUBMISSION, 9);
	}
	at_ms(10);
	store_tickets_sweep(&t);
	EQ_INT(t.map.count, 60);
	store_tickets_owner_gone(&t, 9);
	EQ_INT(t.map.count, 50);
	store_tickets_account_gone(&t, 3); /* 10, 17 ... 59 */
	EQ_INT(t.map.count, 42);
	store_tickets_fini(&t);
	clock_set_for_test(0, 0);
}

/* Full: the one that was not used for the longest time goes. */
TEST(ticket_table_bounded)
{
	struct msg_ticket_new first = a_ticket(0, MSG_PROTO_SUBMISSION);
	struct msg_ticket_new second = a_ticket(1, MSG_PROTO_SUBMISSION), m;
	struct store_tickets t;

	store_tickets_init(&t);
	first.ttl_ms = second.ttl_ms = HOUR;
	EQ_INT(store_ticket_add(&t, &first), ERR_OK);
	EQ_INT(store_ticket_add(&t, &second), ERR_OK);
	OK(store_ticket_use(&t, &first.ticket, MSG_PROTO_SUBMISSION, 1) !=
	    NULL);
	for (unsigned n = 2; n <= STORE_TICKETS_MAX; n++) {
		m = a_ticket(n, MSG_PROTO_POP3);
		if (store_ticket_add(&t, &m) != ERR_OK)
			OK(!"refused");
	}
	EQ_INT(t.map.count, STORE_TICKETS_MAX);
	OK(store_ticket_use(&t, &first.ticket, MSG_PROTO_SUBMISSION, 1) !=
	    NULL);
	OK(store_ticket_use(&t, &second.ticket, MSG_PROTO_SUBMISSION, 1) ==
	    NULL);
	store_tickets_fini(&t);
}
