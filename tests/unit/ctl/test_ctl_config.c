/* check, config show, config explain; quickstart as far as no store is needed.
 * Covers: ctl/ctl_check_tls.c
 * Covers: ctl/ctl_quickstart.c ctl/ctl_next.c ctl/ctl_link.c */
#include "base/clock.h"
#include "net/net_tls.h"
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
	    "hostname = mx.example.org\n"
	    "listen smtp { address = {192.0.2.1:25} tls = off auth = optional "
	    "plaintext_auth = on }\nuser = root\nfront_user = nobody\n");
	EQ_INT(run("check %s", "good.conf"), EX_OK);
	OK(strstr(rig_err, "warning: listen.smtp.plaintext_auth: passwords can "
			   "cross the network in clear\n") == rig_err);
	OK(strstr(rig_err, "good.conf: ok\n") != NULL);
	EQ_INT(run("-c %s check", "good.conf"), EX_OK);
	EQ_INT(rig_main("check /nonexistent/x"), EX_CONFIG);
}

/* A certificate for host and its key in files; another key. */
static void
make_certificate(const char *host)
{
	struct buf chain = BUF_INIT(65536), key = BUF_INIT(65536);
	struct buf other = BUF_INIT(65536);

	EQ_INT(net_tls_self_signed(host, &chain, &key), ERR_OK);
	rig_file("chain.pem", buf_cstr(&chain));
	rig_file("key.pem", buf_cstr(&key));
	buf_reset(&chain);
	EQ_INT(net_tls_self_signed(host, &chain, &other), ERR_OK);
	rig_file("other.pem", buf_cstr(&other));
	buf_fini(&other);
	buf_fini(&key);
	buf_fini(&chain);
}

static int
check_with(const char *chain, const char *key)
{
	char text[2000];
	int n = snprintf(text, sizeof text,
	    "hostname = mx.example.org\nuser = root\nfront_user = nobody\n"
	    "tls { certificate = %s\n key = ",
	    rig_path(chain));

	snprintf(text + n, sizeof text - (size_t)n, "%s }\n", rig_path(key));
	rig_file("tls.conf", text);
	return run("check %s", "tls.conf");
}

TEST(ctl_check_certificates)
{
	make_certificate("mx.example.org");
	EQ_INT(check_with("chain.pem", "key.pem"), EX_OK);
	OK(strstr(rig_err, "warning: tls.certificate") == NULL);
	EQ_INT(check_with("chain.pem", "other.pem"), EX_CONFIG);
	OK(strstr(rig_err, "other.pem: key does not match certificate\n") !=
	    NULL);
	EQ_INT(check_with("key.pem", "key.pem"), EX_CONFIG);
	OK(strstr(rig_err, "certificate cannot be read") != NULL);
	EQ_INT(check_with("chain.pem", "chain.pem"), EX_CONFIG);
	OK(strstr(rig_err, "private key cannot be read") != NULL);
	clock_set_for_test(UINT64_C(4102444800) * 1000000, 1); /* 2100 */
	EQ_INT(check_with("chain.pem", "key.pem"), EX_OK);
	OK(strstr(rig_err, "chain.pem has expired") != NULL);
	clock_set_for_test(0, 0);
	make_certificate("other.example.org");
	EQ_INT(check_with("chain.pem", "key.pem"), EX_OK);
	OK(strstr(rig_err, "chain.pem is not for mx.example.org") != NULL);
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
