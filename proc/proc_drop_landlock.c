/*
 * Landlock: what of the file system a role can name. The constants are the
 * kernel's interface, written down here because build hosts have older headers
 * than the kernels we run on; a right that the running kernel does not know is
 * left out.
 */
#include "base/log.h"
#include "proc/proc_drop_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CREATE_VERSION = 1, RULE_PATH_BENEATH = 1 };

/* access rights, each with the version of the interface it came with */
enum {
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_REFER = 1 << 13,
	FS_TRUNCATE = 1 << 14,
	FS_STORE = FS_WRITE_FILE | FS_READ_FILE | FS_READ_DIR | FS_REMOVE_DIR |
		   FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_REFER |
		   FS_TRUNCATE,
	NET_BIND_TCP = 1 << 0,
	NET_CONNECT_TCP = 1 << 1,
	SCOPE_ABSTRACT_UNIX = 1 << 0,
	SCOPE_SIGNAL = 1 << 1
};

struct ruleset {
	uint64_t fs, net, scoped;
};

struct beneath {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

/* Everything that version abi of the interface can forbid. */
static struct ruleset
everything(long abi)
{
	static const uint64_t fs[] = {0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff};
	long last = sizeof fs / sizeof *fs;

	return (struct ruleset){.fs = fs[(abi < last ? abi : last) - 1],
	    .net = abi >= 4 ? NET_BIND_TCP | NET_CONNECT_TCP : 0,
	    .scoped = abi >= 6 ? SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL : 0};
}

/* Older kernels want a shorter struct, or the rest to be zero. */
static size_t
ruleset_size(long abi)
{
	return abi >= 6 ? sizeof(struct ruleset)
			: sizeof(uint64_t) * (abi >= 4 ? 2 : 1);
}

static enum err
allow_below(int ruleset, const char *dir, uint64_t rights)
{
	struct beneath rule = {.allowed = rights};
	enum err e = ERR_OK;

	rule.parent_fd = open(dir, O_PATH | O_CLOEXEC | O_DIRECTORY);
	if (rule.parent_fd < 0 || syscall(SYS_landlock_add_rule, ruleset,
				      RULE_PATH_BENEATH, &rule, 0) != 0) {
		e = err_from_errno(errno);
		log_errno(LOG_ERROR, "landlock-failed", dir, errno);
	}
	if (rule.parent_fd >= 0)
		(void)close(rule.parent_fd);
	return e;
}

enum err
proc_drop_landlock(const struct proc_cage *cage)
{
	long abi =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
	struct ruleset all;
	enum err e = ERR_OK;
	int fd;

	if (abi < 1)
		return ERR_UNSUPPORTED;
	all = everything(abi);
	if (cage->sandbox == PROC_RELAY)
		all.net &= ~(uint64_t)NET_CONNECT_TCP;
	fd = (int)syscall(
	    SYS_landlock_create_ruleset, &all, ruleset_size(abi), 0);
	if (fd < 0) {
		log_errno(LOG_ERROR, "landlock-failed", "ruleset", errno);
		return err_from_errno(errno);
	}
	if (cage->sandbox == PROC_STORE && cage->data_dir != NULL)
		e = allow_below(fd, cage->data_dir, FS_STORE & all.fs);
	if (e == ERR_OK && syscall(SYS_landlock_restrict_self, fd, 0) != 0) {
		e = err_from_errno(errno);
		log_errno(LOG_ERROR, "landlock-failed", "restrict", errno);
	}
	(void)close(fd);
	return e;
}
