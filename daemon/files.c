/* Opening files for the relay. */
#include "daemon/files.h"

#include "base/log.h"
#include "proc/msg.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first of a kind that is there counts. */
static const struct {
	enum msg_file_kind kind;
	const char *path;
} system_files[] = {
    {MSG_FILE_RESOLV,   "/etc/resolv.conf"                  },
    {MSG_FILE_HOSTS,    "/etc/hosts"                        },
    {MSG_FILE_ROOT_KEY, "/var/lib/unbound/root.key"         },
    {MSG_FILE_ROOT_KEY, "/usr/share/dns/root.key"           },
    {MSG_FILE_CA,       "/etc/ssl/certs/ca-certificates.crt"},
    {MSG_FILE_CA,       "/etc/pki/tls/certs/ca-bundle.crt"  },
    {MSG_FILE_CA,       "/etc/ssl/cert.pem"                 },
};

/* A regular file for reading; -1 and errno: there is none. */
static int
open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
		(void)close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

static enum err
send_system_files(struct chan *chan)
{
	enum err e = ERR_OK;
	uint32_t sent = 0;

	for (size_t i = 0; i < sizeof system_files / sizeof *system_files;
	     i++) {
		struct msg_file m = {.kind = system_files[i].kind};
		int fd = -1;

		if (e == ERR_OK && m.kind != sent)
			fd = open_file(system_files[i].path);
		if (fd < 0)
			continue;
		e = msg_send_file(chan, &m, SLICE_NONE, fd);
		sent = m.kind;
	}
	return e;
}

static enum err
send_passwords(const struct conf *conf, struct chan *chan)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; e == ERR_OK && i < CONF_PASSWORDS; i++) {
		struct msg_file m = {MSG_FILE_PASSWORD, i};
		const char *path = conf_password_path(conf, i);
		int fd;

		if (path[0] == '\0')
			continue;
		if ((fd = open_file(path)) < 0)
			log_errno(LOG_ERROR, "no-password", path, errno);
		else
			e = msg_send_file(chan, &m, SLICE_NONE, fd);
	}
	return e;
}

enum err
files_send(const struct conf *conf, struct chan *chan)
{
	enum err e = send_system_files(chan);

	return e == ERR_OK ? send_passwords(conf, chan) : e;
}
