/*
 * Which system calls a role may make. Anything else kills the process: code
 * that runs wild cannot try twice. Three kinds of exceptions answer with an
 * error instead, because libraries ask on the way and can live with a no:
 * opening files, thread creation by clone3 (its flags cannot be inspected; libc
 * then uses clone) and terminal ioctls.
 */
#include "base/log.h"
#include "proc/proc_drop_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	FRONT = 1,
	AUTH = 2,
	STORE = 4,
	RELAY = 8,
	THREADS = AUTH | STORE,
	NO_FILES = FRONT | AUTH | RELAY,
	ALL = 15
};

/* several rows a line: clang-format would make it 130 lines */
/* clang-format off */

/* One row a call that is allowed whatever its arguments are. */
static const struct {
	unsigned who; /* set of sandboxes */
	int call;
} plain[] = {
#define C(who, name) {(who), SCMP_SYS(name)}
    /* octets on descriptors it has */
    C(ALL, read), C(ALL, write), C(ALL, readv), C(ALL, writev),
    C(ALL, pread64), C(ALL, pwrite64), C(ALL, preadv), C(ALL, pwritev),
    C(ALL, recvfrom), C(ALL, recvmsg), C(ALL, sendto), C(ALL, sendmsg),
    C(ALL, shutdown), C(ALL, close), C(ALL, lseek), C(ALL, fstat),
    C(ALL, fcntl), C(ALL, dup), C(ALL, dup3), C(ALL, getsockopt),
    C(ALL, setsockopt), C(ALL, getsockname), C(ALL, getpeername),
    C(FRONT | STORE, accept), C(FRONT | STORE, accept4),
    C(FRONT | STORE, ftruncate),
    /* to others; socket below. Name servers are asked from random ports. */
    C(RELAY, connect), C(RELAY, bind),
    /* readiness */
    C(ALL, epoll_create1), C(ALL, epoll_ctl), C(ALL, epoll_wait),
    C(ALL, epoll_pwait), C(ALL, epoll_pwait2), C(ALL, poll), C(ALL, ppoll),
    C(ALL, eventfd2), C(ALL, pipe2), C(ALL, timerfd_create),
    C(ALL, timerfd_settime), C(ALL, timerfd_gettime),
    /* memory; mmap and mprotect below */
    C(ALL, brk), C(ALL, munmap), C(ALL, mremap), C(ALL, madvise),
    C(ALL, mlock), C(ALL, munlock),
    /* time and chance */
    C(ALL, clock_gettime), C(ALL, clock_getres), C(ALL, clock_nanosleep),
    C(ALL, nanosleep), C(ALL, gettimeofday), C(ALL, time), C(ALL, getrandom),
    /* itself */
    C(ALL, exit), C(ALL, exit_group), C(ALL, futex), C(ALL, rseq),
    C(ALL, rt_sigaction), C(ALL, rt_sigprocmask), C(ALL, rt_sigreturn),
    C(ALL, sigaltstack), C(ALL, restart_syscall), C(ALL, getpid),
    C(ALL, gettid), C(ALL, getuid), C(ALL, geteuid), C(ALL, getgid),
    C(ALL, getegid), C(ALL, getrusage), C(ALL, times), C(ALL, uname),
    C(ALL, sysinfo), C(ALL, sched_yield), C(ALL, sched_getaffinity),
    C(ALL, getcpu), C(ALL, membarrier), C(THREADS, set_robust_list),
    C(THREADS, set_tid_address),
    /* files, within what Landlock and the user's rights leave */
    C(STORE, open), C(STORE, openat), C(STORE, creat), C(STORE, stat),
    C(STORE, lstat), C(STORE, newfstatat), C(STORE, statx),
    C(STORE, access), C(STORE, faccessat), C(STORE, faccessat2),
    C(STORE, readlink), C(STORE, readlinkat), C(STORE, getcwd),
    C(STORE, chdir), C(STORE, umask), C(STORE, chmod), C(STORE, fchmod),
    C(STORE, fchmodat), C(STORE, utimensat), C(STORE, mkdir),
    C(STORE, mkdirat), C(STORE, rmdir), C(STORE, unlink),
    C(STORE, unlinkat), C(STORE, rename), C(STORE, renameat),
    C(STORE, renameat2), C(STORE, link), C(STORE, linkat),
    C(STORE, getdents64), C(STORE, statfs), C(STORE, fstatfs),
    C(STORE, truncate), C(STORE, fallocate), C(STORE, flock),
    C(STORE, fsync), C(STORE, fdatasync), C(STORE, sync_file_range),
    C(STORE, msync), C(STORE, fadvise64), C(STORE, readahead),
    C(STORE, copy_file_range), C(STORE, sendfile), C(STORE, memfd_create),
    C(STORE, select), C(STORE, pselect6),
#undef C
};

/* Answered with an error, for the sandboxes that plain[] does not let through */
static const struct {
	unsigned who;
	int call, code;
} refused[] = {
#define R(who, name, code) {(who), SCMP_SYS(name), (code)}
    /* as in an empty file system */
    R(NO_FILES, open, ENOENT), R(NO_FILES, openat, ENOENT),
    R(NO_FILES, stat, ENOENT), R(NO_FILES, lstat, ENOENT),
    R(NO_FILES, statx, ENOENT), R(NO_FILES, access, ENOENT),
    R(NO_FILES, faccessat, ENOENT), R(NO_FILES, faccessat2, ENOENT),
    R(NO_FILES, readlink, ENOENT), R(NO_FILES, readlinkat, ENOENT),
    R(ALL, clone3, ENOSYS), R(ALL, set_mempolicy, ENOSYS),
#undef R
};

/*
 * Calls whose argument number `arg` matters: when argument & mask is value,
 * allowed (code 0) or answered with code. Any row of a call will do.
 */
static const struct {
	unsigned who;
	int call;
	unsigned arg;
	uint64_t mask, value;
	int code;
} guarded[] = {
#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define G(who, name, arg, mask, value, code)                                   \
	{(who), SCMP_SYS(name), (arg), (mask), (value), (code)}
    /* no memory that can be executed */
    G(ALL, mmap, 2, PROT_EXEC, 0, 0), G(ALL, mprotect, 2, PROT_EXEC, 0, 0),
    /* IP and nothing else; who looks for more can live without */
    G(RELAY, socket, 0, UINT32_MAX, AF_INET, 0),
    G(RELAY, socket, 0, UINT32_MAX, AF_INET6, 0),
    G(RELAY, socket, 0, UINT32_MAX, AF_UNIX, EAFNOSUPPORT),
    G(RELAY, socket, 0, UINT32_MAX, AF_NETLINK, EAFNOSUPPORT),
    /* threads, never processes */
    G(THREADS, clone, 0, THREAD, THREAD, 0),
    G(ALL, ioctl, 1, UINT32_MAX, FIONREAD, 0),
    G(ALL, ioctl, 1, UINT32_MAX, FIONBIO, 0),
    G(ALL, ioctl, 1, UINT32_MAX, TCGETS, ENOTTY),
    G(ALL, prctl, 0, UINT32_MAX, PR_SET_NAME, 0),
    /* fstat in newer libc: of the descriptor, not of a path */
    G(NO_FILES, newfstatat, 3, AT_EMPTY_PATH, AT_EMPTY_PATH, 0),
    G(NO_FILES, newfstatat, 3, AT_EMPTY_PATH, 0, ENOENT),
    /* limits are read, not set */
    G(ALL, prlimit64, 2, UINT64_MAX, 0, 0),
#undef G
#undef THREAD
};

/* clang-format on */

static uint32_t
answer(int code)
{
	return code == 0 ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO((uint32_t)code);
}

static int
add_plain(scmp_filter_ctx f, unsigned who)
{
	int code = 0;

	for (unsigned i = 0; i < sizeof plain / sizeof *plain; i++)
		if ((plain[i].who & who) != 0 && code == 0)
			code = seccomp_rule_add(
			    f, SCMP_ACT_ALLOW, plain[i].call, 0);
	return code;
}

static int
add_refused(scmp_filter_ctx f, unsigned who)
{
	int code = 0;

	for (unsigned i = 0; i < sizeof refused / sizeof *refused; i++)
		if ((refused[i].who & who) != 0 && code == 0)
			code = seccomp_rule_add(
			    f, answer(refused[i].code), refused[i].call, 0);
	return code;
}

static int
add_guarded(scmp_filter_ctx f, unsigned who)
{
	int code = 0;

	for (unsigned i = 0; i < sizeof guarded / sizeof *guarded; i++)
		if ((guarded[i].who & who) != 0 && code == 0)
			code = seccomp_rule_add(f, answer(guarded[i].code),
			    guarded[i].call, 1,
			    SCMP_CMP(guarded[i].arg, SCMP_CMP_MASKED_EQ,
				guarded[i].mask, guarded[i].value));
	return code;
}

/* abort() and failed assertions: a signal to itself and nobody else */
static int
add_abort(scmp_filter_ctx f)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
	    SCMP_CMP(0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
}

static int
fill(scmp_filter_ctx f, unsigned who)
{
	/* all threads; a tree of comparisons instead of a list */
	int code = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);

	if (code == 0)
		code = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (code == 0)
		code = add_plain(f, who);
	if (code == 0)
		code = add_refused(f, who);
	if (code == 0)
		code = add_guarded(f, who);
	if (code == 0)
		code = add_abort(f);
	return code == 0 ? seccomp_load(f) : code;
}

enum err
proc_drop_seccomp(enum proc_sandbox sandbox, bool log_only)
{
	static const unsigned who[] = {[PROC_FRONT] = FRONT,
	    [PROC_AUTH] = AUTH,
	    [PROC_STORE] = STORE,
	    [PROC_RELAY] = RELAY};
	scmp_filter_ctx f;
	int code;

	if (prctl(PR_GET_SECCOMP) < 0)
		return ERR_UNSUPPORTED;
	f = seccomp_init(log_only ? SCMP_ACT_LOG : SCMP_ACT_KILL_PROCESS);
	if (f == NULL)
		return ERR_NOMEM;
	code = fill(f, who[sandbox]);
	seccomp_release(f);
	if (code == 0)
		return ERR_OK;
	log_errno(LOG_ERROR, "seccomp-failed", "filter", -code);
	return err_from_errno(-code);
}
