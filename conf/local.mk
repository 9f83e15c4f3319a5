noinst_LIBRARIES += libconf.a
libconf_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/conf $(CONFUSE_CFLAGS)
libconf_a_SOURCES = \
	conf/conf.h \
	conf/conf_check.c \
	conf/conf_defaults.c \
	conf/conf_listener.c \
	conf/conf_load.c \
	conf/conf_near.c conf/conf_near.h \
	conf/conf_print.c \
	conf/conf_route.c \
	conf/conf_table.c conf/conf_table.h \
	conf/conf_text.c conf/conf_text.h \
	conf/conf_valid.c \
	conf/conf_value.c conf/conf_value.h conf/conf_value_priv.h \
	conf/conf_value_text.c

CONF_LDADD = libconf.a libnet.a libmime.a libbase.a $(CONFUSE_LIBS) \
	$(IDN2_LIBS)

# the manual page comes out of the table
noinst_PROGRAMS += conf_man
conf_man_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/conf
conf_man_SOURCES = conf/conf_man.c conf/conf_roff.c conf/conf_roff.h
conf_man_LDADD = $(CONF_LDADD)
man_MANS += man/restante.conf.5
CLEANFILES += man/restante.conf.5
man/restante.conf.5: conf_man$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && ./conf_man$(EXEEXT) >$@.new && mv $@.new $@

if CUNIT
check_PROGRAMS += test_conf
test_conf_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS)
test_conf_LDADD = $(CONF_LDADD) $(CUNIT_LIBS)
test_conf_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/conf/test_conf_check.c \
	tests/unit/conf/test_conf_load.c \
	tests/unit/conf/test_conf_near.c \
	tests/unit/conf/test_conf_print.c \
	tests/unit/conf/test_conf_route.c \
	tests/unit/conf/test_conf_table.c \
	tests/unit/conf/test_conf_text.c \
	tests/unit/conf/test_conf_value.c
endif
