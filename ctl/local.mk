noinst_LIBRARIES += libctl.a
libctl_a_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/ctl $(JANSSON_CFLAGS)
libctl_a_SOURCES = \
	ctl/ctl_account.c ctl/ctl_account.h \
	ctl/ctl_alias.c \
	ctl/ctl_backup.c \
	ctl/ctl_box.c ctl/ctl_box.h \
	ctl/ctl_check_tls.c ctl/ctl_check_tls.h \
	ctl/ctl_cmd.c ctl/ctl_cmd.h \
	ctl/ctl_completion.c \
	ctl/ctl_config.c \
	ctl/ctl_dir.c ctl/ctl_dir.h \
	ctl/ctl_domain.c \
	ctl/ctl_dump.c ctl/ctl_dump.h \
	ctl/ctl_export.c \
	ctl/ctl_file.c ctl/ctl_file.h \
	ctl/ctl_filter.c \
	ctl/ctl_delegates.c ctl/ctl_delegates.h \
	ctl/ctl_forward.c ctl/ctl_forward.h \
	ctl/ctl_help.c \
	ctl/ctl_id.c ctl/ctl_id.h \
	ctl/ctl_import.c \
	ctl/ctl_letter.c ctl/ctl_letter.h \
	ctl/ctl_link.c ctl/ctl_link.h \
	ctl/ctl_mailbox.c \
	ctl/ctl_mailbox_import.c \
	ctl/ctl_maildir.c ctl/ctl_maildir.h \
	ctl/ctl_main.c ctl/ctl_main.h \
	ctl/ctl_mapped.c ctl/ctl_mapped.h \
	ctl/ctl_mbox.c ctl/ctl_mbox.h \
	ctl/ctl_next.c ctl/ctl_next.h \
	ctl/ctl_out.c ctl/ctl_out.h \
	ctl/ctl_parse.c \
	ctl/ctl_queue.h \
	ctl/ctl_queue_edit.c \
	ctl/ctl_queue_list.c \
	ctl/ctl_queue_numbers.c \
	ctl/ctl_queue_show.c \
	ctl/ctl_queue_summary.c \
	ctl/ctl_queue_walk.c \
	ctl/ctl_quickstart.c \
	ctl/ctl_remove.c ctl/ctl_remove.h \
	ctl/ctl_route.c \
	ctl/ctl_rows.c ctl/ctl_rows.h \
	ctl/ctl_rpc.c ctl/ctl_rpc.h ctl/ctl_rpc_priv.h \
	ctl/ctl_rpc_mail.c \
	ctl/ctl_rpc_queue.c \
	ctl/ctl_secret.c ctl/ctl_secret.h \
	ctl/ctl_sendmail.c ctl/ctl_sendmail.h ctl/ctl_sendmail_priv.h \
	ctl/ctl_sendmail_options.c \
	ctl/ctl_server.c \
	ctl/ctl_submit.c ctl/ctl_submit.h \
	ctl/ctl_targets.c ctl/ctl_targets.h \
	ctl/ctl_text.c ctl/ctl_text.h \
	ctl/ctl_total.c ctl/ctl_total.h \
	ctl/ctl_trace.c \
	ctl/ctl_trail.c ctl/ctl_trail.h \
	ctl/ctl_user.c \
	ctl/ctl_user_import.c \
	ctl/ctl_user_list.c \
	ctl/ctl_userfile.c ctl/ctl_userfile.h \
	ctl/ctl_verify.c

CTL_LDADD = libctl.a libauth.a libstoremem.a libstore.a $(PROC_LDADD) \
	$(CRYPT_LIBS) $(GSASL_LIBS) $(JANSSON_LIBS) -lpthread

# the manual page and the completion come out of the table
noinst_PROGRAMS += ctl_man
ctl_man_CPPFLAGS = $(AM_CPPFLAGS) $(VIEW)/ctl
ctl_man_SOURCES = ctl/ctl_man.c conf/conf_roff.c
ctl_man_LDADD = $(CTL_LDADD)
man_MANS += man/restante.8
CLEANFILES += man/restante.8 contrib/restante
man/restante.8: ctl_man$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && ./ctl_man$(EXEEXT) >$@.new && mv $@.new $@
bashcompletiondir = $(datadir)/bash-completion/completions
bashcompletion_DATA = contrib/restante
contrib/restante: restante$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) contrib && \
	    ./restante$(EXEEXT) completion bash >$@.new && mv $@.new $@

if CUNIT
check_PROGRAMS += test_ctl
test_ctl_CPPFLAGS = $(TEST_CPPFLAGS) $(CUNIT_CFLAGS)
test_ctl_LDADD = $(CTL_LDADD) $(CUNIT_LIBS)
test_ctl_SOURCES = tests/unit/unit.c tests/unit/unit.h \
	tests/unit/ctl/rig.c tests/unit/ctl/rig.h \
	tests/unit/ctl/rig_queue.c tests/unit/ctl/rig_queue.h \
	tests/unit/ctl/test_ctl_alias.c \
	tests/unit/ctl/test_ctl_config.c \
	tests/unit/ctl/test_ctl_domain.c \
	tests/unit/ctl/test_ctl_dump.c \
	tests/unit/ctl/test_ctl_letter.c \
	tests/unit/ctl/test_ctl_mailbox.c \
	tests/unit/ctl/test_ctl_maildir.c \
	tests/unit/ctl/test_ctl_mbox.c \
	tests/unit/ctl/test_ctl_out.c \
	tests/unit/ctl/test_ctl_parse.c \
	tests/unit/ctl/test_ctl_queue.c \
	tests/unit/ctl/test_ctl_route.c \
	tests/unit/ctl/test_ctl_sendmail.c \
	tests/unit/ctl/test_ctl_server.c \
	tests/unit/ctl/test_ctl_text.c \
	tests/unit/ctl/test_ctl_user.c \
	tests/unit/ctl/test_ctl_user_import.c
endif

# Runs the whole program.
dist_check_SCRIPTS += tests/cli/man tests/cli/run
