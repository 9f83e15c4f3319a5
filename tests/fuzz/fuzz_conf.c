/* Configuration files: an error with a line, never a crash; what was taken is
 * valid, and prints as a file that gives the same. */
#include "fuzz.h"

#include "base/buf.h"
#include "conf/conf.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool
load(const void *data, size_t size, struct conf *c, struct buf *errors)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);
	char path[64];
	bool ok;

	FUZZ_CHECK(fd >= 0);
	FUZZ_CHECK(size == 0 || write(fd, data, size) == (ssize_t)size);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	ok = conf_load(path, c, errors);
	FUZZ_CHECK(ok == (errors->len == 0));
	close(fd);
	return ok;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct conf c, again;
	struct buf errors = BUF_INIT(1 << 20), text = BUF_INIT(1 << 20);

	/* patterns would read whatever the machine has */
	if (memmem(data, size, "include", 7) == NULL &&
	    load(data, size, &c, &errors)) {
		FUZZ_CHECK(conf_valid(&c));
		conf_print(&c, data[0] & 1, &text);
		FUZZ_CHECK(text.err == ERR_OK);
		if (!load(text.p, text.len, &again, &errors))
			fprintf(stderr, "%s\n%s", buf_cstr(&text),
			    buf_cstr(&errors));
		FUZZ_CHECK(errors.len == 0);
		FUZZ_CHECK(memcmp(&c, &again, sizeof c) == 0);
	}
	buf_fini(&errors);
	buf_fini(&text);
	return 0;
}
