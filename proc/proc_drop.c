/*
 * The way down: root directory, groups, user, capabilities, limits, Landlock,
 * seccomp, in this order, because each step needs what a later one takes away.
 */
#include "proc/proc_drop.h"

#include "base/log.h"
#include "proc/proc_drop_priv.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef SANITIZED
enum { WITH_SANDBOX = 0 };
#else
enum { WITH_SANDBOX = 1 };
#endif

/* Say what failed and turn it into an error. */
static enum err
failed(const char *what)
{
	enum err e = err_from_errno(errno);

	log_errno(LOG_ERROR, "drop-failed", what, errno);
	return e;
}

/* --- as root: another user in an empty directory ------------------------- */

static enum err
find_user(const char *name, struct passwd *out)
{
	const struct passwd *p;

	errno = 0;
	if ((p = getpwnam(name)) == NULL) {
		log_textf(LOG_ERROR, "drop-failed", "no user %s: %s", name,
		    errno == 0 ? "create it (contrib/users)" : strerror(errno));
		return ERR_NOENT;
	}
	if (p->pw_uid == 0 || p->pw_gid == 0) {
		log_textf(LOG_ERROR, "drop-failed", "user %s is root", name);
		return ERR_DENIED;
	}
	*out = *p;
	return ERR_OK;
}

/* Nobody but root may put anything there. */
static enum err
enter_root_dir(const char *dir)
{
	struct stat st;

	if (chdir(dir) != 0 || stat(".", &st) != 0)
		return failed(dir);
	if (st.st_uid != 0 || (st.st_mode & 022) != 0) {
		log_textf(LOG_ERROR, "drop-failed",
		    "%s must belong to root, writable by nobody else", dir);
		return ERR_DENIED;
	}
	if (chroot(".") != 0 || chdir("/") != 0)
		return failed("chroot");
	return ERR_OK;
}

/* No program this process could ever start gets a capability back. */
static void
empty_bounding_set(void)
{
	for (unsigned long cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			return; /* the last one this kernel has */
}

static enum err
become(const struct passwd *user)
{
	if (setgroups(0, NULL) != 0)
		return failed("setgroups");
	if (setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0)
		return failed("setresgid");
	if (setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
		return failed("setresuid");
	if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0) {
		log_textf(LOG_ERROR, "drop-failed", "root can be regained");
		return ERR_DENIED;
	}
	return ERR_OK;
}

static enum err
leave_root(const struct proc_cage *cage)
{
	struct passwd user;
	enum err e = find_user(cage->user, &user);

	if (e != ERR_OK)
		return e;
	/* Sanitizers look into /proc when the process ends. */
	if (cage->root_dir != NULL && WITH_SANDBOX &&
	    (e = enter_root_dir(cage->root_dir)) != ERR_OK)
		return e;
	empty_bounding_set();
	return become(&user);
}

/* --- as anybody ------------------------------------------------------------
 */

/* What an ordinary user may have been given (systemd's AmbientCapabilities) */
static enum err
drop_capabilities(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

	memset(none, 0, sizeof none);
	if (syscall(SYS_capset, &head, none) != 0)
		return failed("capset");
	return ERR_OK;
}

static enum err
set_limit(int what, rlim_t value, const char *name)
{
	struct rlimit limit = {value, value};

	return setrlimit((__rlimit_resource_t)what, &limit) == 0 ? ERR_OK
								 : failed(name);
}

/* A log file that stderr leads to counts as well: then there is no limit. */
static bool
logs_to_file(void)
{
	struct stat st;

	return fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode);
}

static enum err
limit_process(const struct proc_cage *cage)
{
	enum err e = set_limit(RLIMIT_CORE, 0, "core limit");

	if (e == ERR_OK && cage->file_max > 0 && !logs_to_file())
		e = set_limit(RLIMIT_FSIZE, cage->file_max, "file limit");
	if (e == ERR_OK && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		e = failed("dumpable");
	if (e == ERR_OK && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		e = failed("no_new_privs");
	return e;
}

/* A kernel without one of them is weaker, not wrong. */
static enum err
tolerate(enum err e, const char *what)
{
	if (e != ERR_UNSUPPORTED)
		return e;
	log_textf(LOG_WARN, "sandbox", "this kernel has no %s", what);
	return ERR_OK;
}

/*
 * Local time without looking for the zone file each time, which would no
 * longer be there: libc does so as long as TZ is not set.
 */
static void
fix_time_zone(void)
{
	(void)setenv("TZ", ":/etc/localtime", 0);
	tzset();
}

enum err
proc_drop(const struct proc_cage *cage)
{
	bool root = geteuid() == 0;
	const char *mode = root ? NULL : getenv("RESTANTE_SECCOMP");
	enum err e = ERR_OK;

	fix_time_zone();
	if (root && (e = leave_root(cage)) != ERR_OK)
		return e;
	if ((e = drop_capabilities()) != ERR_OK)
		return e;
	if (!WITH_SANDBOX) {
		log_textf(LOG_WARN, "sandbox", "off: sanitizer build");
		(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		return ERR_OK;
	}
	if ((e = limit_process(cage)) != ERR_OK)
		return e;
	e = tolerate(proc_drop_landlock(cage), "landlock");
	if (e == ERR_OK)
		e = tolerate(proc_drop_seccomp(cage->sandbox,
				 mode != NULL && strcmp(mode, "log") == 0),
		    "seccomp");
	return e;
}
