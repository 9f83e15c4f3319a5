# Warning, hardening and sanitizer flags, each one probed.

AC_DEFUN([RESTANTE_TRY_CFLAG], [
	AS_VAR_PUSHDEF([cv], [restante_cv_cflag_$1])
	AC_CACHE_CHECK([whether $CC takes $1], [cv], [
		save_CFLAGS=$CFLAGS
		CFLAGS="$CFLAGS -Werror $1"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([])],
		    [AS_VAR_SET([cv], [yes])], [AS_VAR_SET([cv], [no])])
		CFLAGS=$save_CFLAGS])
	AS_VAR_IF([cv], [yes], [$2="$$2 $1"])
	AS_VAR_POPDEF([cv])])

AC_DEFUN([RESTANTE_TRY_LDFLAG], [
	AS_VAR_PUSHDEF([cv], [restante_cv_ldflag_$1])
	AC_CACHE_CHECK([whether the linker takes $1], [cv], [
		save_LDFLAGS=$LDFLAGS
		LDFLAGS="$LDFLAGS -Werror $1"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([])],
		    [AS_VAR_SET([cv], [yes])], [AS_VAR_SET([cv], [no])])
		LDFLAGS=$save_LDFLAGS])
	AS_VAR_IF([cv], [yes], [$2="$$2 $1"])
	AS_VAR_POPDEF([cv])])

AC_DEFUN([RESTANTE_FLAGS], [
WARN_CFLAGS= HARD_CFLAGS= HARD_LDFLAGS= SAN_CFLAGS= SAN_LDFLAGS=
m4_foreach_w([flag], [-std=c11 -Wall -Wextra -Wpedantic -Wconversion
    -Wsign-conversion -Wshadow -Wformat=2 -Wvla -Wundef -Wcast-qual
    -Wcast-align -Wpointer-arith -Wwrite-strings -Wstrict-prototypes
    -Wmissing-prototypes -Wold-style-definition -Wswitch-enum
    -Wimplicit-fallthrough -Wnull-dereference -Wduplicated-cond -Wlogical-op
    -Wjump-misses-init -Werror=format-security],
    [RESTANTE_TRY_CFLAG(flag, [WARN_CFLAGS])])
AS_IF([test "x$enable_analyzer" = xyes],
    [RESTANTE_TRY_CFLAG([-fanalyzer], [WARN_CFLAGS])])
AS_IF([test "x$enable_werror" = xyes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])

AS_IF([test "x$enable_sanitize" = xyes || test "x$enable_fuzz" = xyes], [
	SAN_CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"
	SAN_LDFLAGS="-fsanitize=address,undefined"
	AC_DEFINE([SANITIZED], [1], [Built with a sanitizer that needs more room])
], [test "x$enable_tsan" = xyes], [
	SAN_CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=thread"
	SAN_LDFLAGS="-fsanitize=thread"
	AC_DEFINE([SANITIZED], [1], [Built with a sanitizer that needs more room])
], [
	HARD_CFLAGS="-D_FORTIFY_SOURCE=3"
])
AS_IF([test "x$enable_fuzz" = xyes],
    [SAN_CFLAGS="$SAN_CFLAGS -fsanitize=fuzzer-no-link"])
m4_foreach_w([flag], [-fstack-protector-strong -fstack-clash-protection
    -fcf-protection -ftrivial-auto-var-init=zero -fPIE],
    [RESTANTE_TRY_CFLAG(flag, [HARD_CFLAGS])])
RESTANTE_TRY_LDFLAG([-pie], [HARD_LDFLAGS])
RESTANTE_TRY_LDFLAG([[-Wl,-z,relro,-z,now]], [HARD_LDFLAGS])
RESTANTE_TRY_LDFLAG([[-Wl,-z,noexecstack,-z,separate-code]], [HARD_LDFLAGS])
AC_SUBST([WARN_CFLAGS])
AC_SUBST([HARD_CFLAGS])
AC_SUBST([HARD_LDFLAGS])
AC_SUBST([SAN_CFLAGS])
AC_SUBST([SAN_LDFLAGS])
])
