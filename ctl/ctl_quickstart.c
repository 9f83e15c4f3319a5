/*
 * quickstart: from nothing to a server that can be started. Each step leaves
 * alone what is there, so that it can be repeated after a mistake.
 */
#include "base/buf.h"
#include "ctl/ctl_cmd.h"
#include "ctl/ctl_dir.h"
#include "ctl/ctl_file.h"
#include "ctl/ctl_link.h"
#include "ctl/ctl_next.h"
#include "ctl/ctl_out.h"
#include "net/net_tls.h"

#include <errno.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 256 * 1024 };

struct quick {
	struct ctl *c;
	struct mime_addr addr;
	char address[MIME_ADDR_MAX + 1], domain[MIME_DOMAIN_MAX + 1];
	char path[4096]; /* of the configuration, absolute */
	char folder[4096];
	bool own_certificate; /* self-signed, made by us */
};

/* "Wrote          /etc/restante/restante.conf" */
static void step(const struct quick *q, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
step(const struct quick *q, const char *what, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	ctl_note(q->c, "%-14s %s", what, text);
}

/* --- folders --------------------------------------------------------- */

/* Make path and what leads to it; true also when it is there. */
static bool
make_path(const char *path, unsigned mode)
{
	char part[4096];

	if (slice_to_str(slice_str(path), part, sizeof part) != ERR_OK)
		return false;
	for (char *p = part + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(part, 0755) != 0 && errno != EEXIST)
			return false;
		*p = '/';
	}
	return mkdir(part, (mode_t)mode) == 0 || errno == EEXIST;
}

static int
absolute(const char *path, char *out, size_t size)
{
	char cwd[2048];
	int n;

	if (path[0] == '/')
		n = snprintf(out, size, "%s", path);
	else if (getcwd(cwd, sizeof cwd) == NULL)
		return ctl_fail(EX_OSERR, "%s", strerror(errno));
	else
		n = snprintf(out, size, "%s/%s", cwd, path);
	return n < 0 || (size_t)n >= size
		   ? ctl_fail(EX_USAGE, "%s: the path is too long", path)
		   : EX_OK;
}

/* Where the configuration goes: -c, then --dir, then the usual place. */
static int
choose_path(struct quick *q)
{
	const char *dir = q->c->opt[CTL_DIR];
	char path[4096];
	int status;

	if (q->c->opt[CTL_CONF] == NULL && dir != NULL)
		(void)snprintf(path, sizeof path, "%s/restante.conf", dir);
	else
		(void)snprintf(path, sizeof path, "%s", q->c->conf_path);
	if ((status = absolute(path, q->path, sizeof q->path)) != EX_OK)
		return status;
	q->c->conf_path = q->path;
	(void)slice_to_str(slice_str(q->path), q->folder, sizeof q->folder);
	*strrchr(q->folder, '/') = '\0';
	if (!make_path(q->folder[0] == '\0' ? "/" : q->folder, 0755))
		return ctl_fail(errno == EACCES ? EX_NOPERM : EX_CANTCREAT,
		    "%s: %s (--dir DIR keeps everything elsewhere)", q->folder,
		    strerror(errno));
	return EX_OK;
}

/* --- ports ----------------------------------------------------------- */

/* Could a server listen there now? */
static bool
port_free(const struct net_addr *a, int *code_out)
{
	struct sockaddr_storage sa;
	socklen_t len = net_addr_to_sockaddr(a, &sa);
	int one = 1, fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok;

	if (fd < 0)
		return true; /* no IPv6, for instance: nothing to say */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (sa.ss_family == AF_INET6)
		(void)setsockopt(
		    fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	ok = bind(fd, (const struct sockaddr *)(const void *)&sa, len) == 0;
	*code_out = errno;
	(void)close(fd);
	return ok;
}

/* 127.0.0.1 and a port that nobody has: 2525 for 25, or one of the next. */
static void
move_to_loopback(struct conf *conf)
{
	static const uint8_t loopback[16] = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
	uint16_t last = 0;
	int code;

	for (uint32_t i = 0; i < conf->nlisteners; i++) {
		struct conf_listener *l = &conf->listener[i];
		uint16_t port = l->addr[0].port;

		memset(l->addr, 0, sizeof l->addr);
		memcpy(l->addr[0].ip, loopback, sizeof loopback);
		l->naddr = 1;
		port = (uint16_t)(port == 25 ? 2525 : 10000 + port);
		for (unsigned tries = 0; tries < 1000; tries++, port++) {
			l->addr[0].port = port;
			if (port != last && port_free(&l->addr[0], &code))
				break;
		}
		last = l->addr[0].port;
		if (l->service == CONF_POP3 && l->tls == CONF_TLS_REQUIRE) {
			l->tls = CONF_TLS_STARTTLS;
			l->plaintext_auth = true;
		}
	}
}

static void
report_ports(const struct quick *q)
{
	const struct conf *conf = &q->c->conf;
	struct buf ports = BUF_INIT(1024), taken = BUF_INIT(1024);
	bool root_needed = false;
	int code = 0;

	for (uint32_t i = 0; i < conf->nlisteners; i++) {
		const struct conf_listener *l = &conf->listener[i];
		bool bad = false;

		for (uint32_t k = 0; k < l->naddr; k++)
			if (!port_free(&l->addr[k], &code)) {
				root_needed = root_needed || code == EACCES;
				bad = bad || code == EADDRINUSE;
			}
		buf_addf(&ports, "%u ", l->addr[0].port);
		if (bad)
			buf_addf(&taken, " %u", l->addr[0].port);
	}
	if (taken.len > 0)
		step(q, "Ports", "%s  in use by something else:%s",
		    buf_cstr(&ports), buf_cstr(&taken));
	else
		step(q, "Ports", "%s  %s", buf_cstr(&ports),
		    root_needed ? "need root" : "all free");
	buf_fini(&ports);
	buf_fini(&taken);
}

/* --- configuration --------------------------------------------------- */

static bool
set_text(char *out, size_t size, const char *folder, const char *name)
{
	int n = snprintf(out, size, "%s%s", folder, name);

	return n >= 0 && (size_t)n < size;
}

/* The parameters of the new server; files of its own below folder. */
static int
plan(struct quick *q)
{
	struct ctl *c = q->c;
	struct conf *conf = &c->conf;
	const char *name = c->opt[CTL_HOSTNAME];
	char host[MIME_DOMAIN_MAX + 1];
	bool fits = true;

	conf_defaults(conf);
	if (name != NULL) {
		if (mime_addr_parse_domain(
			slice_str(name), false, true, host) != ERR_OK ||
		    strlen(host) >= sizeof conf->hostname)
			return ctl_fail(EX_USAGE,
			    "--hostname: \"%s\" is not a host name", name);
		memset(conf->hostname, 0, sizeof conf->hostname);
		memcpy(conf->hostname, host, strlen(host));
	}
	if (c->opt[CTL_DIR] != NULL) {
		char dir[4096];
		int status = absolute(c->opt[CTL_DIR], dir, sizeof dir);

		if (status != EX_OK)
			return status;
		fits =
		    set_text(
			conf->data_dir, sizeof conf->data_dir, dir, "/data") &&
		    set_text(conf->run_dir, sizeof conf->run_dir, dir, "/run");
	}
	fits = fits &&
	       set_text(conf->tls.certificate, sizeof conf->tls.certificate,
		   q->folder, "/tls/fullchain.pem") &&
	       set_text(conf->tls.key, sizeof conf->tls.key, q->folder,
		   "/tls/privkey.pem");
	if (!fits)
		return ctl_fail(
		    EX_USAGE, "%s: the path is too long", q->folder);
	if (c->opt[CTL_LOOPBACK] != NULL)
		move_to_loopback(conf);
	return EX_OK;
}

/* A certificate of the operator's instead of our own. */
static int
take_certificate(struct quick *q)
{
	struct conf *conf = &q->c->conf;
	const char *cert = q->c->opt[CTL_CERTIFICATE];
	const char *key = q->c->opt[CTL_KEY];
	char path[4096];
	int status;

	if ((cert == NULL) != (key == NULL))
		return ctl_fail(
		    EX_USAGE, "--certificate and --key need each other");
	if (cert == NULL)
		return EX_OK;
	if ((status = absolute(cert, path, sizeof path)) != EX_OK)
		return status;
	if (!set_text(
		conf->tls.certificate, sizeof conf->tls.certificate, path, ""))
		return ctl_fail(EX_USAGE, "%s: the path is too long", path);
	if ((status = absolute(key, path, sizeof path)) != EX_OK)
		return status;
	if (!set_text(conf->tls.key, sizeof conf->tls.key, path, ""))
		return ctl_fail(EX_USAGE, "%s: the path is too long", path);
	return EX_OK;
}

static int
make_certificate(struct quick *q)
{
	const struct conf *conf = &q->c->conf;
	struct buf chain = BUF_INIT(TEXT_MAX), key = BUF_INIT(TEXT_MAX);
	char folder[CONF_TEXT];
	int status = EX_OK;

	if (conf->tls.certificate[0] == '\0' ||
	    access(conf->tls.certificate, F_OK) == 0)
		return EX_OK;
	if (q->c->opt[CTL_CERTIFICATE] != NULL)
		return ctl_fail(EX_NOINPUT, "%s: %s", conf->tls.certificate,
		    strerror(errno));
	(void)slice_to_str(
	    slice_str(conf->tls.certificate), folder, sizeof folder);
	*strrchr(folder, '/') = '\0';
	if (!make_path(folder, 0755))
		status =
		    ctl_fail(EX_CANTCREAT, "%s: %s", folder, strerror(errno));
	else if (net_tls_self_signed(conf->hostname, &chain, &key) != ERR_OK)
		status = ctl_fail(EX_SOFTWARE, "no certificate could be made");
	/* first the key: a certificate alone would look complete */
	if (status == EX_OK)
		status = ctl_file_write(conf->tls.key, buf_slice(&key), 0600);
	if (status == EX_OK)
		status = ctl_file_write(
		    conf->tls.certificate, buf_slice(&chain), 0644);
	if (status == EX_OK)
		step(q, "Wrote",
		    "%s  self-signed until you install a "
		    "certificate",
		    folder);
	q->own_certificate = true;
	buf_fini(&chain);
	buf_wipe(&key);
	return status;
}

static int
write_conf(struct quick *q)
{
	struct buf text = BUF_INIT(TEXT_MAX);
	int status;

	buf_addf(&text,
	    "# Written by restante quickstart; restante.conf(5) has every "
	    "key.\n"
	    "# Only what differs from the defaults stands here.\n\n");
	conf_print(&q->c->conf, true, &text);
	status = text.err != ERR_OK
		     ? ctl_fail_err(text.err, "configuration", SLICE_NONE)
		     : ctl_file_write(q->path, buf_slice(&text), 0644);
	buf_fini(&text);
	if (status == EX_OK)
		step(q, "Wrote", "%s", q->path);
	return status;
}

/* The file as it will be read, whether it is new or was there. */
static int
read_conf(struct quick *q)
{
	struct buf errors = BUF_INIT(TEXT_MAX);
	bool ok = conf_load(q->path, &q->c->conf, &errors) &&
		  conf_check(&q->c->conf, &errors);

	fputs(buf_cstr(&errors), stderr);
	buf_fini(&errors);
	return ok ? EX_OK : EX_CONFIG;
}

/* As root, the accounts that the processes run as must be there before
 * anything is written. */
static int
need_accounts(const struct conf *conf)
{
	const char *name = getpwnam(conf->user) == NULL ? conf->user
			   : getpwnam(conf->front_user) == NULL
			       ? conf->front_user
			       : NULL;

	if (geteuid() != 0 || name == NULL)
		return EX_OK;
	return ctl_fail(EX_CONFIG,
	    "there is no account \"%s\" on this machine: run the script "
	    "\"users\" that came with restante, or adduser --system --group "
	    "--no-create-home %s",
	    name, name);
}

/* The folders above those that the server makes by itself. */
static int
make_parents(const struct conf *conf)
{
	char path[CONF_TEXT];
	const char *const all[] = {conf->data_dir, conf->run_dir};

	for (unsigned i = 0; i < 2; i++) {
		(void)slice_to_str(slice_str(all[i]), path, sizeof path);
		*strrchr(path, '/') = '\0';
		if (path[0] != '\0' && !make_path(path, 0755))
			return ctl_fail(
			    EX_CANTCREAT, "%s: %s", path, strerror(errno));
	}
	return EX_OK;
}

static int
make_conf(struct quick *q)
{
	int status;

	if (access(q->path, F_OK) == 0) {
		step(q, "Kept", "%s", q->path);
		return read_conf(q);
	}
	if ((status = plan(q)) != EX_OK ||
	    (status = take_certificate(q)) != EX_OK ||
	    (status = need_accounts(&q->c->conf)) != EX_OK)
		return status;
	step(q, "Host name", "%s%s", q->c->conf.hostname,
	    q->c->opt[CTL_HOSTNAME] != NULL
		? ""
		: "  (from the system; change with --hostname)");
	report_ports(q);
	if ((status = make_parents(&q->c->conf)) != EX_OK ||
	    (status = make_certificate(q)) != EX_OK ||
	    (status = write_conf(q)) != EX_OK)
		return status;
	return read_conf(q);
}

/* --- the first account ----------------------------------------------- */

/* Run another command of the table on our store. */
static int
run(struct ctl *c, int (*fn)(struct ctl *), char **arg, int nargs)
{
	struct ctl *sub = malloc(sizeof *sub);
	int status;

	if (sub == NULL)
		return ctl_fail_err(ERR_NOMEM, "quickstart", SLICE_NONE);
	*sub = *c;
	sub->arg = arg;
	sub->nargs = nargs;
	sub->quiet = true;
	sub->json = false;
	sub->opt[CTL_IF_MISSING] = "";
	status = fn(sub);
	free(sub);
	return status;
}

static int
make_alias(struct quick *q, const char *local)
{
	char name[MIME_ADDR_MAX + 16];
	char *arg[] = {name, q->address, NULL};

	(void)snprintf(name, sizeof name, "%s@%s", local, q->domain);
	if (strcmp(name, q->address) == 0)
		return EX_OK;
	return run(q->c, ctl_alias_add, arg, 2);
}

static int
make_account(struct quick *q)
{
	char *domain[] = {q->domain, NULL}, *user[] = {q->address, NULL};
	int status;

	if ((status = run(q->c, ctl_domain_add, domain, 1)) != EX_OK ||
	    (status = run(q->c, ctl_user_add, user, 1)) != EX_OK ||
	    (status = make_alias(q, "postmaster")) != EX_OK ||
	    (status = make_alias(q, "abuse")) != EX_OK)
		return status;
	step(q, "Created", "%s  postmaster@ and abuse@ lead to it", q->address);
	return EX_OK;
}

int
ctl_quickstart(struct ctl *c)
{
	struct quick *q = calloc(1, sizeof *q);
	struct ctl_link *link = NULL;
	int status, closed;

	if (q == NULL)
		return ctl_fail_err(ERR_NOMEM, "quickstart", SLICE_NONE);
	q->c = c;
	if ((status = ctl_addr(c->arg[0], &q->addr)) == EX_OK) {
		(void)slice_to_str(
		    mime_addr_slice(&q->addr), q->address, sizeof q->address);
		(void)slice_to_str(
		    mime_addr_domain(&q->addr), q->domain, sizeof q->domain);
		status = choose_path(q);
	}
	if (status == EX_OK)
		status = make_conf(q);
	if (status == EX_OK && !make_path(c->conf.data_dir, 0700))
		status = ctl_fail(
		    EX_CANTCREAT, "%s: %s", c->conf.data_dir, strerror(errno));
	if (status == EX_OK &&
	    (status = ctl_link_open(c, false, &link)) == EX_OK) {
		status = make_account(q);
		closed = ctl_link_close(c, &link);
		status = status != EX_OK ? status : closed;
	}
	if (status == EX_OK)
		ctl_next_steps(c, q->address, q->domain, q->own_certificate);
	free(q);
	return status;
}
