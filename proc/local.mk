noinst_LIBRARIES += libproc.a
libproc_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/proc $(SECCOMP_CFLAGS)
libproc_a_SOURCES = \
	proc/chan.c proc/chan.h \
	proc/chan_in.c proc/chan_in.h \
	proc/chan_out.c proc/chan_out.h \
	proc/mail_id.c proc/mail_id.h \
	proc/msg.c proc/msg.h \
	proc/msg_valid.c \
	proc/proc_cert.c proc/proc_cert.h \
	proc/proc_child.c proc/proc_child.h \
	proc/proc_drop.c proc/proc_drop.h proc/proc_drop_priv.h \
	proc/proc_drop_landlock.c \
	proc/proc_drop_seccomp.c \
	proc/proc_file.c proc/proc_file.h \
	proc/proc_spawn.c proc/proc_spawn.h \
	proc/role.c proc/role.h

PROC_LDADD = libproc.a libconf.a libmime.a $(NET_LDADD) $(SECCOMP_LIBS) \
	$(IDN2_LIBS) $(CONFUSE_LIBS)
if CUNIT
check_PROGRAMS += test_proc
test_proc_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS)
test_proc_LDADD = $(PROC_LDADD) $(CUNIT_LIBS)
test_proc_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/proc/test_chan.c \
	tests/unit/proc/test_chan_in.c \
	tests/unit/proc/test_mail_id.c \
	tests/unit/proc/test_msg.c \
	tests/unit/proc/test_proc_child.c \
	tests/unit/proc/test_proc_drop.c \
	tests/unit/proc/test_proc_file.c \
	tests/unit/proc/test_proc_spawn.c \
	tests/unit/proc/test_role.c
endif
