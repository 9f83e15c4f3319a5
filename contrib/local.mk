# For the machine: what `make install` puts beside the program.
dist_pkgdata_SCRIPTS = contrib/users
EXTRA_DIST += contrib/build contrib/check contrib/packages contrib/quickstart \
	tests/instance tests/lib/program.py tests/lib/server.py tests/e2e/run \
	tests/crash/run tests/fault/diskfull

# The service for systemd; `systemctl enable restante` after make install.
systemdunitdir = $(prefix)/lib/systemd/system
nodist_systemdunit_DATA = contrib/restante.service
contrib/restante.service: contrib/restante.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib && \
	    sed 's|@bindir[@]|$(bindir)|' $(srcdir)/contrib/restante.service.in >$@
CLEANFILES += contrib/restante.service
EXTRA_DIST += contrib/restante.service.in
