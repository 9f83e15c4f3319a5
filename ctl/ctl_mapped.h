#ifndef CTL_CTL_MAPPED_H
#define CTL_CTL_MAPPED_H
/* A file as octets, without reading all of it. */
#include "base/slice.h"

#include <stdint.h>

struct ctl_mapped {
	struct slice text;
	uint64_t mtime_us;
};
/* Prints what is wrong. An exit status. */
int ctl_map_open(const char *path, struct ctl_mapped *out);
/* The same of a file that is open; takes fd. path: for messages. */
int ctl_map_fd(int fd, const char *path, struct ctl_mapped *out);
void ctl_map_close(struct ctl_mapped *m);

#endif
