noinst_LIBRARIES += libnet.a
libnet_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/net $(EVENT_CFLAGS) $(OPENSSL_CFLAGS)
libnet_a_SOURCES = \
	net/net_addr.c net/net_addr.h \
	net/net_census.c \
	net/net_connect.c net/net_connect.h \
	net/net_race.c net/net_race.h \
	net/net_in.c \
	net/net_listen.c net/net_listen.h \
	net/net_loop.c net/net_loop.h \
	net/net_out.c \
	net/net_phase.c \
	net/net_priv.h \
	net/net_stream.c net/net_stream.h \
	net/net_timer.c \
	net/net_tls.c net/net_tls.h \
	net/net_tls_cache.c \
	net/net_tls_cert.c \
	net/net_tls_client.c net/net_tls_client.h \
	net/net_tls_conn.c \
	net/net_tls_priv.h \
	net/net_wake.c

NET_LDADD = libnet.a libbase.a $(EVENT_LIBS) $(OPENSSL_LIBS)
if CUNIT
check_PROGRAMS += test_net
test_net_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS) $(OPENSSL_CFLAGS)
test_net_LDADD = $(NET_LDADD) $(CUNIT_LIBS) -lpthread
test_net_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/unit_tcp.c tests/unit/unit_tcp.h \
	tests/unit/net/pair.c tests/unit/net/pair.h \
	tests/unit/net/test_net_addr.c \
	tests/unit/net/test_net_census.c \
	tests/unit/net/test_net_connect.c \
	tests/unit/net/test_net_race.c \
	tests/unit/net/test_net_in.c \
	tests/unit/net/test_net_listen.c \
	tests/unit/net/test_net_loop.c \
	tests/unit/net/test_net_out.c \
	tests/unit/net/test_net_phase.c \
	tests/unit/net/test_net_stream.c \
	tests/unit/net/test_net_timer.c \
	tests/unit/net/test_net_tls.c \
	tests/unit/net/test_net_tls_cert.c \
	tests/unit/net/test_net_tls_client.c \
	tests/unit/net/test_net_tls_conn.c \
	tests/unit/net/test_net_wake.c \
	tests/unit/net/tls_client.c tests/unit/net/tls_client.h
endif
