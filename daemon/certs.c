/* Reading PEM files, and sending them to the processes that speak TLS. */
#include "daemon/certs.h"

#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PEM_MAX = 512 * 1024 }; /* chain, or key */

/* Append a whole file; why gets a line when that fails. */
static enum err
read_file(const char *path, struct buf *out, struct buf *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = -1;

	while (fd >= 0 && buf_reserve(out, 4096) == ERR_OK &&
	       (n = read(fd, out->p + out->len, 4096)) > 0)
		out->len += (size_t)n;
	if (n != 0)
		buf_addf(why, "%s: %s\n", path,
		    fd >= 0 && n > 0 ? "too large" : strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return n == 0 ? ERR_OK : ERR_IO;
}

/* Certificate number i of the configuration: 0 is the default one. */
static void
paths(const struct conf *conf, unsigned i, const char *out[3])
{
	const struct conf_sni *s = i > 0 ? &conf->tls.sni[i - 1] : NULL;

	out[0] = s == NULL ? "" : s->name;
	out[1] = s == NULL ? conf->tls.certificate : s->certificate;
	out[2] = s == NULL ? conf->tls.key : s->key;
}

static enum err
add(struct proc_certs *set, const struct conf *conf, unsigned i,
    const uint8_t *ticket_key, struct buf *why)
{
	struct msg_cert m = {.index = i, .count = proc_certs_count(conf)};
	struct buf pem = BUF_INIT(2 * PEM_MAX);
	const char *path[3];
	enum err e;

	paths(conf, i, path);
	memcpy(m.ticket_key, ticket_key, sizeof m.ticket_key);
	(void)slice_to_str(slice_str(path[0]), m.name, sizeof m.name);
	if ((e = read_file(path[1], &pem, why)) == ERR_OK) {
		m.chain_len = (uint32_t)pem.len;
		e = read_file(path[2], &pem, why);
	}
	if (e == ERR_OK)
		e = proc_certs_add(set, &m, buf_slice(&pem));
	buf_wipe(&pem);
	secret_wipe(&m, sizeof m);
	return e;
}

/* Would a child be able to use them? */
static enum err
try(const struct proc_certs *set, const struct conf *conf, struct buf *why)
{
	struct buf what = BUF_INIT(1024);
	struct net_tls *t = proc_certs_build(set, conf->tls.min_13, &what);

	if (t == NULL)
		buf_addf(
		    why, "%s: %s\n", conf->tls.certificate, buf_cstr(&what));
	buf_fini(&what);
	if (t == NULL)
		return ERR_CORRUPT;
	net_tls_unref(&t);
	return ERR_OK;
}

enum err
certs_read(struct certs *c, const struct conf *conf,
    const uint8_t ticket_key[NET_TLS_TICKET_KEY], struct buf *why)
{
	struct certs *new = calloc(1, sizeof *new);
	enum err e = new == NULL ? ERR_NOMEM : ERR_OK;

	if (new != NULL)
		new->stamp = certs_stamp(conf); /* before: a change counts */
	for (unsigned i = 0; e == ERR_OK && i < proc_certs_count(conf); i++)
		e = add(&new->set, conf, i, ticket_key, why);
	if (e == ERR_OK && proc_certs_count(conf) > 0)
		e = try(&new->set, conf, why);
	if (e == ERR_OK) {
		certs_wipe(c);
		*c = *new;
		secret_wipe(new, sizeof *new); /* the buffers moved to c */
	} else if (new != NULL) {
		certs_wipe(new);
	}
	free(new);
	return e;
}

void
certs_wipe(struct certs *c)
{
	proc_certs_wipe(&c->set);
	c->stamp = 0;
}

/* FNV-1a */
static uint64_t
mix(uint64_t h, uint64_t v)
{
	for (unsigned i = 0; i < 64; i += 8)
		h = (h ^ (v >> i & 255)) * UINT64_C(1099511628211);
	return h;
}

uint64_t
certs_stamp(const struct conf *conf)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (unsigned i = 0; i < proc_certs_count(conf); i++) {
		const char *path[3];

		paths(conf, i, path);
		for (unsigned k = 1; k < 3; k++) {
			struct stat st;

			if (stat(path[k], &st) != 0)
				memset(&st, 0, sizeof st);
			h = mix(h, (uint64_t)st.st_ino);
			h = mix(h, (uint64_t)st.st_size);
			h = mix(h, (uint64_t)st.st_mtim.tv_sec);
			h = mix(h, (uint64_t)st.st_mtim.tv_nsec);
		}
	}
	return h;
}

enum err
certs_send(const struct certs *c, struct chan *chan)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; e == ERR_OK && i < c->set.count; i++) {
		const struct proc_cert *cert = &c->set.cert[i];
		struct msg_cert m = {.index = i,
		    .count = c->set.count,
		    .chain_len = (uint32_t)cert->chain_len};

		memcpy(m.name, cert->name, sizeof m.name);
		memcpy(m.ticket_key, c->set.ticket_key, sizeof m.ticket_key);
		e = msg_send_cert(chan, &m, buf_slice(&cert->pem), -1);
		secret_wipe(&m, sizeof m);
	}
	return e;
}
