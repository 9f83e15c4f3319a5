/* check, config show, config explain; quickstart as far as no store is needed.
 * Covers: ctl/ctl_quickstart.c ctl/ctl_next.c ctl/ctl_link.c */
#include "tests/unit/ctl/rig.h"

#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* Run a line in which "%s" stands for a file. */
static int
run(const char *line, const char *name)
{
	const char *at = strstr(line, "%s");
	char text[600];

	snprintf(text, sizeof text, "%.*s%s%s",
	    (int)(at == NULL ? strlen(line) : (size_t)(at - line)), line,
	    at == NULL ? "" : rig_path(name), at == NULL ? "" : at + 2);
	return rig_main(text);
}

TEST(ctl_config_show_keys)
{
	rig_file("c.conf", "hostname = mx.example.org\nlimits { hops = 50 }\n"
			   "listen smtp { tls = off }\n");
	EQ_INT(run("-c %s config show --changed", "c.conf"), EX_OK);
	EQ_STR(rig_out, "hostname = mx.example.org\n\nlisten smtp {\n\ttls = "
			"off\n}\n\nlimits {\n\thops = 50\n}\n");
	EQ_INT(run("-c %s config show limits.hops", "c.conf"), EX_OK);
	EQ_STR(rig_out, "50\n");
	EQ_INT(run("-c %s config show listen.smtp.address", "c.conf"), EX_OK);
	EQ_STR(rig_out, "{0.0.0.0:25, \"[::]:25\"}\n");
	EQ_INT(run("-c %s config show limits.hop", "c.conf"), EX_USAGE);
	EQ_STR(rig_err, "restante: no key \"limits.hop\"; did you mean "
			"\"limits.hops\"?\n");
	EQ_INT(run("-c %s config show xyzzy", "c.conf"), EX_USAGE);
	EQ_STR(rig_err, "restante: no key \"xyzzy\" (restante config show "
			"lists them)\n");
	EQ_INT(run("-c %s config show --changed --json", "c.conf"), EX_OK);
	EQ_STR(rig_out,
	    "{\"key\":\"hostname\",\"value\":\"mx.example.org\",\"default\":"
	    "false}\n"
	    "{\"key\":\"listen.smtp.tls\",\"value\":\"off\",\"default\":false}"
	    "\n"
	    "{\"key\":\"limits.hops\",\"value\":\"50\",\"default\":false}\n");
	EQ_INT(run("-c %s config show limits.hops --json", "c.conf"), EX_OK);
	EQ_STR(rig_out,
	    "{\"key\":\"limits.hops\",\"value\":\"50\",\"default\":false}\n");
	EQ_INT(
	    run("-c %s config show limits.hops --defaults", "c.conf"), EX_OK);
	EQ_STR(rig_out, "100\n");
}

TEST(ctl_config_explain_keys)
{
	EQ_INT(rig_main("config explain limits.hops"), EX_OK);
	OK(strncmp(rig_out, "Key      limits.hops\nDefault  100\n", 33) == 0);
	OK(strstr(rig_out, "counts as a loop") != NULL);
	EQ_INT(rig_main("config explain listen.tls"), EX_OK);
	EQ_INT(rig_main("config explain limits.hopps"), EX_USAGE);
}

TEST(ctl_check_files)
{
	rig_file("bad.conf", "\nlimits {\n  hopps = 50\n}\n");
	EQ_INT(run("check %s", "bad.conf"), EX_CONFIG);
	OK(strstr(rig_err, "bad.conf:3: unknown key \"hopps\" in limits; did "
			   "you mean \"hops\"?\n") != NULL);
	EQ_STR(rig_out, "");
	EQ_INT(run("check %s --json", "bad.conf"), EX_CONFIG);
	OK(strstr(rig_out, "{\"level\":\"error\",\"message\":\"/") == rig_out);
	rig_file("good.conf",
	    "listen smtp { address = {192.0.2.1:25} tls = off auth = optional "
	    "plaintext_auth = on }\nuser = root\nfront_user = nobody\n");
	EQ_INT(run("check %s", "good.conf"), EX_OK);
	OK(strstr(rig_err, "warning: listen.smtp.plaintext_auth: passwords can "
			   "cross the network in clear\n") == rig_err);
	OK(strstr(rig_err, "good.conf: ok\n") != NULL);
	EQ_INT(run("-c %s check", "good.conf"), EX_OK);
	EQ_INT(rig_main("check /nonexistent/x"), EX_CONFIG);
}

static const struct {
	const char *line;
	int status;
	const char *err;
} bad[] = {
    {"quickstart bob",			       EX_DATAERR,
     "restante: \"bob\" is not an address: the domain is missing "
	"(bob@example.org)\n"			     },
    {"quickstart a@b.test --dir %s --hostname a..b", EX_USAGE,
     "restante: --hostname: \"a..b\" is not a host name\n"},
    {"quickstart a@b.test --dir %s --key x",         EX_USAGE,
     "restante: --certificate and --key need each other\n"},
};

TEST(ctl_quickstart_refuses)
{
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		unit_case(bad[i].line);
		EQ_INT(run(bad[i].line, "quick"), bad[i].status);
		EQ_STR(rig_err, bad[i].err);
		OK(access(rig_path("quick/restante.conf"), F_OK) != 0);
	}
}

TEST(ctl_link_needs_a_server)
{
	rig_file("s.conf", "run_dir = norun\ndata_dir = nodata\n");
	EQ_INT(run("-c %s status", "s.conf"), EX_UNAVAILABLE);
	EQ_STR(rig_err, "restante: no server is running (start it with "
			"\"restante serve\")\n");
	OK(access(rig_path("nodata"), F_OK) != 0);
}
