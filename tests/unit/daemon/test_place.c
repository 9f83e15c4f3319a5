/* Directories, the pid file, the accounts. */
#include "daemon/place.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/restante-place-XXXXXX";

static struct conf
conf_in(const char *run, const char *data)
{
	struct conf c;

	if (dir[strlen(dir) - 1] == 'X')
		OK(mkdtemp(dir) != NULL);
	memset(&c, 0, sizeof c);
	(void)snprintf(c.run_dir, sizeof c.run_dir, "%.100s/%s", dir, run);
	(void)snprintf(c.data_dir, sizeof c.data_dir, "%.100s/%s", dir, data);
	(void)snprintf(c.user, sizeof c.user, "nobody");
	(void)snprintf(c.front_user, sizeof c.front_user, "nobody");
	return c;
}

static void
clean(const struct conf *c)
{
	char path[CONF_TEXT + 16];

	(void)snprintf(path, sizeof path, "%s/pid", c->run_dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof path, "%s/empty", c->run_dir);
	(void)rmdir(path);
	(void)rmdir(c->run_dir);
	(void)rmdir(c->data_dir);
	(void)rmdir(dir);
	(void)snprintf(dir, sizeof dir, "/tmp/restante-place-XXXXXX");
}

TEST(place_is_made_once_and_kept)
{
	struct conf c = conf_in("run", "data");
	struct buf why = BUF_INIT(1000);
	struct stat st;

	EQ_INT(place_make(&c, &why), ERR_OK);
	EQ_INT(place_make(&c, &why), ERR_OK);
	EQ_INT(why.len, 0);
	EQ_INT(stat(c.data_dir, &st), 0);
	EQ_INT(st.st_mode & 07777, 0700);
	OK(geteuid() != 0 || st.st_uid != 0);
	clean(&c);
}

TEST(place_takes_nothing_of_somebody_else)
{
	struct conf c = conf_in("run", "data");
	struct buf why = BUF_INIT(1000);

	if (geteuid() == 0) {
		EQ_INT(mkdir(c.data_dir, 0700), 0);
		EQ_INT(chown(c.data_dir, 12345, 12345), 0);
		EQ_INT(place_make(&c, &why), ERR_DENIED);
		OK(strstr(buf_cstr(&why), "belongs to uid 12345") != NULL);
	}
	buf_fini(&why);
	clean(&c);
	c = conf_in("no/such/run", "data");
	EQ_INT(place_make(&c, &why), ERR_NOENT);
	OK(strstr(buf_cstr(&why), "No such file") != NULL);
	buf_fini(&why);
	clean(&c);
}

TEST(place_checks_the_accounts)
{
	struct conf c = conf_in("run", "data");
	struct buf why = BUF_INIT(1000);

	EQ_INT(place_check_users(&c, &why), ERR_OK);
	if (geteuid() == 0) {
		(void)snprintf(c.user, sizeof c.user, "no-such-account");
		EQ_INT(place_check_users(&c, &why), ERR_NOENT);
		(void)snprintf(c.user, sizeof c.user, "nobody");
		(void)snprintf(c.front_user, sizeof c.front_user, "root");
		EQ_INT(place_check_users(&c, &why), ERR_DENIED);
	}
	buf_fini(&why);
	clean(&c);
}

TEST(place_is_for_one_server)
{
	struct conf c = conf_in("run", "data");
	struct buf why = BUF_INIT(1000);
	struct place first = {-1, false}, second = {-1, false};

	EQ_INT(place_make(&c, &why), ERR_OK);
	EQ_INT(place_lock(&first, &c, &why), ERR_OK);
	OK(!first.unclean);
	EQ_INT(place_lock(&second, &c, &why), ERR_BUSY);
	EQ_INT(second.pid_fd, -1);
	OK(strstr(buf_cstr(&why), "process ") != NULL);
	/* a server that was killed leaves its number behind */
	(void)close(first.pid_fd);
	EQ_INT(place_lock(&second, &c, &why), ERR_OK);
	OK(second.unclean);
	place_unlock(&second);
	second.unclean = false;
	EQ_INT(place_lock(&second, &c, &why), ERR_OK);
	OK(!second.unclean);
	place_unlock(&second);
	place_unlock(&second);
	buf_fini(&why);
	clean(&c);
}
