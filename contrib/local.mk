# For the machine: what `make install` puts beside the program.
dist_pkgdata_SCRIPTS = contrib/users
EXTRA_DIST += contrib/build contrib/check contrib/packages contrib/quickstart \
	tests/instance tests/lib/ports.py tests/lib/program.py \
	tests/lib/server.py tests/e2e/run tests/crash/run tests/fault/diskfull

# The names by which local programs hand in mail. They are another mail server's
# where one is installed: nothing that is there is replaced.
SENDMAIL_DIR = /usr/sbin
install-sendmail:
	$(MKDIR_P) $(DESTDIR)$(SENDMAIL_DIR)
	@for name in sendmail mailq newaliases; do \
	    link=$(DESTDIR)$(SENDMAIL_DIR)/$$name; \
	    if [ "$$(readlink $$link)" = $(bindir)/restante ]; then continue; fi; \
	    if [ -e $$link ] || [ -L $$link ]; then \
		echo "$$link is there already" >&2; exit 1; fi; \
	    echo "$$link -> $(bindir)/restante"; \
	    ln -s $(bindir)/restante $$link || exit 1; \
	done
uninstall-sendmail:
	@for name in sendmail mailq newaliases; do \
	    link=$(DESTDIR)$(SENDMAIL_DIR)/$$name; \
	    if [ "$$(readlink $$link)" = $(bindir)/restante ]; then \
		rm -f $$link; fi; \
	done
.PHONY: install-sendmail uninstall-sendmail

# The service for systemd; `systemctl enable restante` after make install.
systemdunitdir = $(prefix)/lib/systemd/system
nodist_systemdunit_DATA = contrib/restante.service
contrib/restante.service: contrib/restante.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib && \
	    sed 's|@bindir[@]|$(bindir)|' $(srcdir)/contrib/restante.service.in >$@
CLEANFILES += contrib/restante.service
EXTRA_DIST += contrib/restante.service.in
