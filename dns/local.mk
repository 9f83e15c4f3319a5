noinst_LIBRARIES += libdns.a
libdns_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/dns
libdns_a_SOURCES = \
	dns/dns.c dns/dns.h dns/dns_priv.h \
	dns/dns_addrs.c \
	dns/dns_ask.c \
	dns/dns_answer.c dns/dns_answer.h \
	dns/dns_hosts.c dns/dns_hosts.h \
	dns/dns_mx.c \
	dns/dns_rank.c dns/dns_rank.h \
	dns/dns_req.c

if CUNIT
check_PROGRAMS += test_dns
test_dns_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS)
test_dns_LDADD = libdns.a $(PROC_LDADD) $(UNBOUND_LIBS) $(CUNIT_LIBS)
test_dns_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/dns/asker.c tests/unit/dns/asker.h \
	tests/unit/dns/server.c tests/unit/dns/server.h \
	tests/unit/dns/test_dns.c \
	tests/unit/dns/test_dns_addrs.c \
	tests/unit/dns/test_dns_answer.c \
	tests/unit/dns/test_dns_hosts.c \
	tests/unit/dns/test_dns_mx.c \
	tests/unit/dns/test_dns_rank.c
endif
