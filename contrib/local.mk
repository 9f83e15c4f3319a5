# For the machine: what `make install` puts beside the program.
dist_pkgdata_SCRIPTS = contrib/users
EXTRA_DIST += contrib/build contrib/check contrib/packages contrib/quickstart \
	tests/instance tests/lib/server.py tests/e2e/run tests/crash/run \
	tests/fault/diskfull
