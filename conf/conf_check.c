/* Sanity of the parameters together, and of the files they name. */
#include "base/buf.h"
#include "base/slice.h"
#include "conf/conf.h"
#include "mime/mime_addr.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct check {
	const struct conf *c;
	struct buf *errors;
	bool failed;
};

static void bad(struct check *k, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
bad(struct check *k, const char *fmt, ...)
{
	va_list ap;

	k->failed = true;
	va_start(ap, fmt);
	buf_vaddf(k->errors, fmt, ap);
	va_end(ap);
	buf_add_char(k->errors, '\n');
}

/* --- listeners ------------------------------------------------------- */

static void
check_address(struct check *k, uint32_t li, uint32_t ai)
{
	const struct conf_listener *l = &k->c->listener[li];
	struct buf text = BUF_INIT(128);

	net_addr_add(&text, &l->addr[ai]);
	for (uint32_t i = 0; i <= li; i++) {
		const struct conf_listener *m = &k->c->listener[i];
		uint32_t end = i == li ? ai : m->naddr;

		for (uint32_t j = 0; j < end; j++)
			if (net_addr_clash(&l->addr[ai], &m->addr[j])) {
				bad(k,
				    "listen.%s.address: %s is taken by "
				    "listen.%s",
				    l->name, buf_cstr(&text), m->name);
				goto out;
			}
	}
out:
	buf_fini(&text);
}

static void
check_listener(struct check *k, uint32_t li)
{
	const struct conf_listener *l = &k->c->listener[li];
	bool loopback = true;

	if (l->naddr == 0)
		bad(k, "listen.%s.address: is missing", l->name);
	for (uint32_t i = 0; i < l->naddr; i++) {
		check_address(k, li, i);
		loopback = loopback && net_addr_is_loopback(&l->addr[i]);
	}
	if (l->tls != CONF_TLS_OFF && k->c->tls.certificate[0] == '\0')
		bad(k,
		    "listen.%s.tls: needs a certificate (set "
		    "tls.certificate and tls.key, or tls = off here)",
		    l->name);
	if (l->service == CONF_POP3 && l->auth != CONF_AUTH_REQUIRED)
		bad(k,
		    "listen.%s.auth: POP3 always needs a login (auth = "
		    "required)",
		    l->name);
	if (l->tls == CONF_TLS_OFF && !l->plaintext_auth &&
	    l->auth == CONF_AUTH_REQUIRED)
		bad(k,
		    "listen.%s.plaintext_auth: nobody can log in here "
		    "(switch TLS or plaintext_auth on)",
		    l->name);
	if (l->plaintext_auth && l->auth != CONF_AUTH_OFF && !loopback &&
	    l->tls != CONF_TLS_IMPLICIT && l->tls != CONF_TLS_REQUIRE)
		buf_addf(k->errors,
		    "warning: listen.%s.plaintext_auth: "
		    "passwords can cross the network in clear\n",
		    l->name);
}

static void
check_listeners(struct check *k)
{
	if (k->c->nlisteners == 0)
		bad(k, "listen: there is no listener");
	for (uint32_t i = 0; i < k->c->nlisteners; i++)
		check_listener(k, i);
}

/* --- files ----------------------------------------------------------- */

/* An empty path is fine; relative ones are from the table's defaults only. */
static void
check_file(struct check *k, const char *key, const char *path, bool secret)
{
	struct stat st;
	int fd;

	if (path[0] == '\0')
		return;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0) {
		bad(k, "%s: %s: %s", key, path, strerror(errno));
		return;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		bad(k, "%s: %s: is not a file", key, path);
	else if (secret && (st.st_mode & S_IROTH) != 0)
		buf_addf(k->errors,
		    "warning: %s: %s can be read by everybody "
		    "(chmod o-r)\n",
		    key, path);
	(void)close(fd);
}

static void
check_pair(struct check *k, const char *section, const char *certificate,
    const char *key)
{
	char name[CONF_TEXT + 64];

	if ((certificate[0] == '\0') != (key[0] == '\0')) {
		bad(k, "%s: certificate and key need each other", section);
		return;
	}
	(void)snprintf(name, sizeof name, "%s.certificate", section);
	check_file(k, name, certificate, false);
	(void)snprintf(name, sizeof name, "%s.key", section);
	check_file(k, name, key, true);
}

static void
check_tls(struct check *k)
{
	const struct conf *c = k->c;
	char section[CONF_TEXT + 16];
	bool used = c->tls.nsni > 0;

	/* the default names files that need not be there when no listener
	 * wants them */
	for (uint32_t i = 0; i < c->nlisteners; i++)
		used = used || c->listener[i].tls != CONF_TLS_OFF;
	if (used)
		check_pair(k, "tls", c->tls.certificate, c->tls.key);
	for (uint32_t i = 0; i < c->tls.nsni; i++) {
		(void)snprintf(
		    section, sizeof section, "tls.sni.%s", c->tls.sni[i].name);
		if (c->tls.sni[i].certificate[0] == '\0')
			bad(k, "%s.certificate: is missing", section);
		check_pair(
		    k, section, c->tls.sni[i].certificate, c->tls.sni[i].key);
	}
}

static void
check_folders(struct check *k)
{
	const struct conf *c = k->c;
	struct sockaddr_un un;
	char path[CONF_TEXT + 16];

	if (c->data_dir[0] != '/')
		bad(k, "data_dir: must be an absolute path");
	if (c->run_dir[0] != '/')
		bad(k, "run_dir: must be an absolute path");
	conf_admin_socket(c, path);
	if (strlen(path) >= sizeof un.sun_path)
		bad(k,
		    "%s: the path of the admin socket is longer than %zu "
		    "octets",
		    c->admin.socket[0] == '\0' ? "run_dir" : "admin.socket",
		    sizeof un.sun_path - 1);
}

/* --- names ----------------------------------------------------------- */

static void
check_accounts(struct check *k)
{
	const struct conf *c = k->c;

	if (c->admin.group[0] != '\0' && getgrnam(c->admin.group) == NULL)
		bad(k, "admin.group: there is no group \"%s\"", c->admin.group);
	/* anybody else runs everything as himself */
	if (geteuid() != 0)
		return;
	if (getpwnam(c->user) == NULL)
		bad(k,
		    "user: there is no account \"%s\" (adduser --system "
		    "--group --no-create-home %s)",
		    c->user, c->user);
	if (getpwnam(c->front_user) == NULL)
		bad(k,
		    "front_user: there is no account \"%s\" (adduser "
		    "--system --group --no-create-home %s)",
		    c->front_user, c->front_user);
}

static void
check_names(struct check *k)
{
	const struct conf *c = k->c;
	struct slice s = slice_str(c->postmaster);
	char host[MIME_DOMAIN_MAX + 1];
	struct mime_addr a;
	struct buf full = BUF_INIT(CONF_TEXT + 16);

	if (mime_addr_parse_domain(
		slice_str(c->hostname), false, false, host) != ERR_OK)
		bad(k, "hostname: \"%s\" is not a host name", c->hostname);
	else if (strchr(host, '.') == NULL)
		buf_addf(k->errors,
		    "warning: hostname: \"%s\" has no dot: other servers will "
		    "refuse mail from it (for example mail.example.org)\n",
		    c->hostname);
	buf_addf(&full, "%s%s", c->postmaster,
	    slice_find(s, '@') < s.len ? "" : "@example.org");
	if (mime_addr_parse(buf_slice(&full), &a) != ERR_OK)
		bad(k, "postmaster: \"%s\" is not an address", c->postmaster);
	buf_fini(&full);
	if (c->subaddress[0] != '\0' &&
	    strchr("+-=_", c->subaddress[0]) == NULL)
		bad(k, "smtp.subaddress: \"%s\" is not one of + - = _",
		    c->subaddress);
	if (c->auth.mechanisms == 0)
		bad(k, "auth.mechanisms: there is none, so nobody can log in");
	check_accounts(k);
}

/* --- mail out -------------------------------------------------------- */

/* A server and the file with its password; section: "outbound", or that of a
 * route. which: "relay" or "fallback". */
static void
check_relay(struct check *k, const char *section, const char *which,
    const char *text, const char *password_file, uint32_t tls)
{
	struct conf_relay relay;
	struct net_addr a;
	char key[CONF_TEXT + 64];
	bool some = conf_relay_parse(text, &relay);
	bool login = some && relay.user[0] != '\0';

	(void)snprintf(key, sizeof key, "%s.%s_password_file", section, which);
	if (login && password_file[0] == '\0')
		bad(k, "%s: is missing: %s.%s names a user", key, section,
		    which);
	else if (!login && password_file[0] != '\0')
		bad(k, "%s: is for a user, and %s.%s names none", key, section,
		    which);
	else
		check_file(k, key, password_file, true);
	if (!some)
		return;
	if (tls == CONF_OUT_NEVER && relay.implicit_tls)
		bad(k, "%s.tls: never, but %s.%s begins with TLS", section,
		    section, which);
	if (tls == CONF_OUT_VERIFY &&
	    net_addr_parse_ip(slice_str(relay.host), &a) == ERR_OK)
		bad(k,
		    "%s.tls: verify needs the name of the server in %s.%s, not "
		    "its address",
		    section, section, which);
	if (login && !relay.implicit_tls &&
	    (tls == CONF_OUT_MAY || tls == CONF_OUT_NEVER))
		buf_addf(k->errors,
		    "warning: %s.tls: the password for %s.%s can cross the "
		    "network in clear (tls = require)\n",
		    section, section, which);
}

static void
check_way(struct check *k, const char *section, const struct conf_route *r,
    uint32_t tls)
{
	check_relay(k, section, "relay", r->relay, r->password_file, tls);
	check_relay(k, section, "fallback", r->fallback,
	    r->fallback_password_file, tls);
}

static void
check_outbound(struct check *k)
{
	const struct conf *c = k->c;
	char section[CONF_TEXT + 32];

	check_way(k, "outbound", &c->outbound.all, c->outbound.all.tls);
	for (uint32_t i = 0; i < c->outbound.nroutes; i++) {
		const struct conf_route *r = &c->outbound.route[i];

		(void)snprintf(
		    section, sizeof section, "outbound.route.%s", r->name);
		check_way(k, section, r,
		    r->tls != CONF_OUT_INHERIT ? r->tls : c->outbound.all.tls);
	}
}

bool
conf_check(const struct conf *c, struct buf *errors)
{
	struct check k = {.c = c, .errors = errors};

	check_names(&k);
	check_folders(&k);
	check_listeners(&k);
	check_tls(&k);
	check_outbound(&k);
	return !k.failed;
}
