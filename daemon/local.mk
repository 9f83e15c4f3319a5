# All but main() and the table of roles, so that tests can bring their own.
noinst_LIBRARIES += libdaemon.a
libdaemon_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/daemon
libdaemon_a_SOURCES = \
	daemon/certs.c daemon/certs.h \
	daemon/files.c daemon/files.h \
	daemon/notify.c daemon/notify.h \
	daemon/parent.c daemon/parent.h daemon/parent_priv.h \
	daemon/parent_conf.c \
	daemon/parent_control.c \
	daemon/place.c daemon/place.h \
	daemon/roles.c daemon/roles.h \
	daemon/slots.c daemon/slots.h \
	daemon/sockets.c daemon/sockets.h daemon/sockets_priv.h \
	daemon/sockets_local.c \
	daemon/worker.c daemon/worker.h

if CUNIT
check_PROGRAMS += test_daemon
test_daemon_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS)
test_daemon_LDADD = libdaemon.a $(PROC_LDADD) $(CUNIT_LIBS)
test_daemon_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/daemon/test_certs.c \
	tests/unit/daemon/test_notify.c \
	tests/unit/daemon/test_parent.c \
	tests/unit/daemon/test_place.c \
	tests/unit/daemon/test_roles.c \
	tests/unit/daemon/test_slots.c \
	tests/unit/daemon/test_sockets.c \
	tests/unit/daemon/toy.c tests/unit/daemon/toy.h
endif

bin_PROGRAMS += restante
restante_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/daemon
restante_SOURCES = daemon/main.c daemon/role_table.c
restante_LDADD = libdaemon.a libctl.a libsmtp.a libpop3.a libqueue.a \
	libauth.a libdns.a libstore.a libstorebdb.a libstore.a \
	$(PROC_LDADD) $(DB_LIBS) \
	$(XXHASH_LIBS) $(CRYPT_LIBS) $(GSASL_LIBS) $(JANSSON_LIBS) $(UNBOUND_LIBS) \
	$(GMIME_LIBS) \
	-lpthread

# Runs the program above.
dist_check_SCRIPTS += tests/daemon/run
EXTRA_DIST += doc/adding.md doc/export-format.md doc/internals.md
