noinst_LIBRARIES += libauth.a
libauth_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/auth $(CRYPT_CFLAGS) \
	$(GSASL_CFLAGS) $(OPENSSL_CFLAGS)
libauth_a_SOURCES = \
	auth/auth_ask.c \
	auth/auth_ban.c \
	auth/auth_blind.c auth/auth_blind.h \
	auth/auth_cache.c auth/auth_cache.h \
	auth/auth_call.c auth/auth_call.h \
	auth/auth_check.c \
	auth/auth_crypt.c auth/auth_crypt.h \
	auth/auth_delay.c \
	auth/auth_digest.c auth/auth_digest.h \
	auth/auth_limit.c auth/auth_limit.h \
	auth/auth_login.c auth/auth_login_priv.h \
	auth/auth_lru.c auth/auth_lru.h \
	auth/auth_mech.c auth/auth_mech.h \
	auth/auth_outcome.c \
	auth/auth_priv.h \
	auth/auth_proc.c auth/auth_proc.h \
	auth/auth_role.c \
	auth/auth_sasl.c auth/auth_sasl.h \
	auth/auth_scram.c auth/auth_scram.h \
	auth/auth_upgrade.c \
	auth/auth_work.c auth/auth_work.h

AUTH_LDADD = libauth.a libstore.a $(PROC_LDADD) $(CRYPT_LIBS) $(GSASL_LIBS) \
	-lpthread
if CUNIT
check_PROGRAMS += test_auth
test_auth_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS) $(GSASL_CFLAGS)
test_auth_LDADD = $(AUTH_LDADD) $(CUNIT_LIBS)
test_auth_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/auth/fixture.c tests/unit/auth/fixture.h \
	tests/unit/auth/test_auth_ask.c \
	tests/unit/auth/test_auth_ban.c \
	tests/unit/auth/test_auth_blind.c \
	tests/unit/auth/test_auth_cache.c \
	tests/unit/auth/test_auth_call.c \
	tests/unit/auth/test_auth_crypt.c \
	tests/unit/auth/test_auth_delay.c \
	tests/unit/auth/test_auth_digest.c \
	tests/unit/auth/test_auth_limit.c \
	tests/unit/auth/test_auth_login.c \
	tests/unit/auth/test_auth_lru.c \
	tests/unit/auth/test_auth_mech.c \
	tests/unit/auth/test_auth_proc.c \
	tests/unit/auth/test_auth_role.c \
	tests/unit/auth/test_auth_sasl.c \
	tests/unit/auth/test_auth_scram.c \
	tests/unit/auth/test_auth_upgrade.c \
	tests/unit/auth/test_auth_work.c
endif
