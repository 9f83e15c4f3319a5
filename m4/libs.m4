# The libraries, each linked only where it has its home (doc/internals.md).

AC_DEFUN([RESTANTE_LIBS], [
PKG_CHECK_MODULES([OPENSSL], [openssl >= 3.0], [],
    [AC_MSG_ERROR([OpenSSL 3: apt-get install libssl-dev])])
PKG_CHECK_MODULES([EVENT], [libevent_core >= 2.1], [],
    [AC_MSG_ERROR([libevent: apt-get install libevent-dev])])
PKG_CHECK_MODULES([CRYPT], [libxcrypt >= 4.4], [],
    [AC_MSG_ERROR([libxcrypt: apt-get install libcrypt-dev])])
PKG_CHECK_MODULES([GSASL], [libgsasl >= 2.2], [],
    [AC_MSG_ERROR([GNU SASL: apt-get install libgsasl-dev])])
PKG_CHECK_MODULES([CONFUSE], [libconfuse >= 3.3], [],
    [AC_MSG_ERROR([libconfuse: apt-get install libconfuse-dev])])
PKG_CHECK_MODULES([JANSSON], [jansson >= 2.14], [],
    [AC_MSG_ERROR([jansson: apt-get install libjansson-dev])])
PKG_CHECK_MODULES([SECCOMP], [libseccomp >= 2.5], [],
    [AC_MSG_ERROR([libseccomp: apt-get install libseccomp-dev])])
PKG_CHECK_MODULES([IDN2], [libidn2 >= 2.3], [],
    [AC_MSG_ERROR([libidn2: apt-get install libidn2-dev])])
# mime/ uses both, and libidn2 needs it anyway; it has no file for pkg-config
AC_CHECK_HEADER([uninorm.h], [],
    [AC_MSG_ERROR([libunistring: apt-get install libunistring-dev])])
AC_CHECK_LIB([unistring], [u8_normalize], [IDN2_LIBS="$IDN2_LIBS -lunistring"],
    [AC_MSG_ERROR([libunistring: apt-get install libunistring-dev])])
PKG_CHECK_MODULES([XXHASH], [libxxhash >= 0.8], [],
    [AC_MSG_ERROR([xxHash: apt-get install libxxhash-dev])])
# its file for pkg-config wants what only a static link needs (nettle, hogweed)
AC_CHECK_HEADER([unbound-event.h], [],
    [AC_MSG_ERROR([libunbound with events: apt-get install libunbound-dev])])
AC_CHECK_LIB([unbound], [ub_ctx_create_event], [UNBOUND_LIBS=-lunbound],
    [AC_MSG_ERROR([libunbound with events: apt-get install libunbound-dev])])
AC_SUBST([UNBOUND_LIBS])
PKG_CHECK_MODULES([GMIME], [gmime-3.0 >= 3.2], [],
    [AC_MSG_ERROR([GMime 3: apt-get install libgmime-3.0-dev])])
# GLib's headers are not written for our warnings
GMIME_CFLAGS=`AS_ECHO([" $GMIME_CFLAGS"]) | sed 's/ -I/ -isystem /g'`
PKG_CHECK_MODULES([CUNIT], [cunit >= 2.1], [have_cunit=yes], [have_cunit=no])
AM_CONDITIONAL([CUNIT], [test "x$have_cunit" = xyes])
AC_CHECK_HEADER([db.h], [],
    [AC_MSG_ERROR([Berkeley DB 5.3: apt-get install libdb5.3-dev])])
AC_CHECK_LIB([db-5.3], [db_create], [DB_LIBS=-ldb-5.3],
    [AC_MSG_ERROR([Berkeley DB 5.3: apt-get install libdb5.3-dev])], [-lpthread])
AC_SUBST([DB_LIBS])
AC_CHECK_HEADERS([linux/landlock.h])
])
