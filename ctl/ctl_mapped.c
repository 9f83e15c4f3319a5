/* A file as octets, without reading all of it. */
#include "ctl/ctl_mapped.h"

#include "ctl/ctl_out.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int
ctl_map_open(const char *path, struct ctl_mapped *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*out = (struct ctl_mapped){SLICE_NONE, 0};
	if (fd < 0)
		return ctl_fail(errno == EACCES ? EX_NOPERM : EX_NOINPUT,
		    "%s: %s", path, strerror(errno));
	return ctl_map_fd(fd, path, out);
}

int
ctl_map_fd(int fd, const char *path, struct ctl_mapped *out)
{
	struct stat st;
	void *p = NULL;
	int code = 0;

	*out = (struct ctl_mapped){SLICE_NONE, 0};
	if (fstat(fd, &st) != 0)
		code = errno;
	else if (!S_ISREG(st.st_mode))
		code = S_ISDIR(st.st_mode) ? EISDIR : ESPIPE;
	else if (st.st_size > 0 &&
		 (p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
		      0)) == MAP_FAILED)
		code = errno;
	(void)close(fd);
	if (code != 0)
		return ctl_fail(EX_NOINPUT, "%s: %s", path, strerror(code));
	out->text = slice_of(p, (size_t)st.st_size);
	out->mtime_us = st.st_mtime > 0 ? (uint64_t)st.st_mtime * 1000000 : 0;
	return EX_OK;
}

void
ctl_map_close(struct ctl_mapped *m)
{
	union { /* munmap() wants it without const */
		const void *from;
		void *to;
	} p = {m->text.p};

	if (m->text.len > 0)
		(void)munmap(p.to, m->text.len);
	m->text = SLICE_NONE;
}
