/* restante: the server, its roles, and the command line, in one program. */
#include "ctl/ctl_main.h"
#include "daemon/parent.h"
#include "daemon/roles.h"

#include "base/num.h"
#include "conf/conf.h"

#include <string.h>
#include <sysexits.h>

/* restante --role NAME --index N: only the parent does this. */
static int
run_role(char **argv)
{
	const struct role_row *row = NULL;
	enum role role;
	uint32_t index;

	if (role_of_name(argv[2], &role))
		row = role_find(roles, role);
	if (row == NULL || strcmp(argv[3], "--index") != 0 ||
	    num_u32(slice_str(argv[4]), 0, 1023, &index) != ERR_OK)
		return EX_USAGE;
	return proc_child_run(row->run, index, row->sandbox);
}

static bool
is_conf_option(const char *s)
{
	return strcmp(s, "-c") == 0 || strcmp(s, "--config") == 0;
}

/* "serve" with nothing but -c FILE before or behind it; *path_out: the file */
static bool
is_serve(int argc, char **argv, const char **path_out)
{
	bool serve = false;

	for (int i = 1; i < argc; i++) {
		if (is_conf_option(argv[i]) && i + 1 < argc)
			*path_out = argv[++i];
		else if (strcmp(argv[i], "serve") == 0 && !serve)
			serve = true;
		else
			return false;
	}
	return serve;
}

int
main(int argc, char **argv)
{
	const char *path = CONF_PATH;

	if (argc == 5 && strcmp(argv[1], "--role") == 0)
		return run_role(argv);
	if (argc > 0 && ctl_main_is_name(argv[0]))
		return ctl_main(argc, argv);
	if (is_serve(argc, argv, &path))
		return parent_run(path, roles);
	return ctl_main(argc, argv);
}
