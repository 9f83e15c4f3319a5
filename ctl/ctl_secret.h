#ifndef CTL_CTL_SECRET_H
#define CTL_CTL_SECRET_H
/*
 * New passwords: asked for on the terminal without echo, read from standard
 * input, or given as a hash; never an argument.
 */
#include "base/buf.h"
#include "base/slice.h"
#include "conf/conf.h"
#include "ctl/ctl_cmd.h"

/* What an account keeps of a password. */
struct ctl_secret {
	struct buf hash, scram; /* scram: empty when none can be made */
};
void ctl_secret_init(struct ctl_secret *s);
void ctl_secret_fini(struct ctl_secret *s);

/* By the options of the command, or by asking; prints what is wrong. */
int ctl_secret_get(struct ctl *c, struct slice name, struct ctl_secret *out);
/* From a password; blocks on CPU. */
enum err ctl_secret_make(
    const struct conf *conf, struct slice password, struct ctl_secret *out);
/*
 * From text of a file: a hash of crypt(5), bare or behind {SCHEME}, or a
 * password behind {PLAIN}; with plain_ok also a bare password.
 * ERR_UNSUPPORTED: another scheme, or no hash.
 */
enum err ctl_secret_of_text(const struct conf *conf, struct slice text,
    bool plain_ok, struct ctl_secret *out);
/* "yes" typed at the terminal, or --yes; what: "remove x and its mail".
 * EX_OK, or a status with a message. */
int ctl_confirm(const struct ctl *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
