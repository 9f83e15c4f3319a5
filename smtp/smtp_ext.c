/* One row for each extension. A new one: a row here, rows in smtp_param.c for
 * its parameters, a row in smtp_cmd.c for its verb. */
#include "smtp/smtp_ext.h"

#include "auth/auth_call.h"
#include "smtp/smtp_reply.h"

bool
smtp_ext_trusted(const struct smtp_facts *f)
{
	return f->logged_in || f->local;
}

bool
smtp_ext_password_ok(const struct smtp_facts *f)
{
	return f->secure || f->listener->plaintext_auth;
}

static bool
open_starttls(const struct smtp_facts *f)
{
	return !f->secure && f->has_tls &&
	       (f->listener->tls == CONF_TLS_STARTTLS ||
		   f->listener->tls == CONF_TLS_REQUIRE);
}

/* RFC 4954 section 4: no AUTH keyword without a mechanism behind it; and none
 * at all in clear, though SCRAM would hide the password: what is said behind
 * the login could still be read and changed (RFC 8314 section 3). */
static bool
open_auth(const struct smtp_facts *f)
{
	return f->listener->auth != CONF_AUTH_OFF && smtp_ext_password_ok(f) &&
	       auth_mechanism(f->conf, true, 0) != NULL;
}

static void
add_size(struct buf *b, const struct smtp_facts *f)
{
	buf_add_char(b, ' ');
	buf_add_u64(b, f->conf->limits.message_size);
}

static void
add_mechanisms(struct buf *b, const struct smtp_facts *f)
{
	bool ok = smtp_ext_password_ok(f);
	const char *name;

	for (unsigned i = 0; (name = auth_mechanism(f->conf, ok, i)); i++) {
		buf_add_char(b, ' ');
		buf_add_str(b, name);
	}
}

/* RFC 9422: only what is kept to */
static void
add_limits(struct buf *b, const struct smtp_facts *f)
{
	buf_add_str(b, " RCPTMAX=");
	buf_add_u64(b, f->conf->limits.recipients);
}

/* clang-format off */
static const struct {
	const char *keyword;
	bool (*open)(const struct smtp_facts *); /* NULL: always */
	void (*add_args)(struct buf *, const struct smtp_facts *);
} exts[SMTP_EXT_COUNT] = {
    [SMTP_EXT_PIPELINING] = {"PIPELINING", NULL, NULL},      /* RFC 2920 */
    [SMTP_EXT_SIZE] = {"SIZE", NULL, add_size},              /* RFC 1870 */
    [SMTP_EXT_8BITMIME] = {"8BITMIME", NULL, NULL},          /* RFC 6152 */
    [SMTP_EXT_CODES] = {"ENHANCEDSTATUSCODES", NULL, NULL},  /* RFC 2034 */
    [SMTP_EXT_DSN] = {"DSN", NULL, NULL},                    /* RFC 3461 */
    [SMTP_EXT_CHUNKING] = {"CHUNKING", NULL, NULL},          /* RFC 3030 */
    [SMTP_EXT_UTF8] = {"SMTPUTF8", NULL, NULL},              /* RFC 6531 */
    [SMTP_EXT_STARTTLS] = {"STARTTLS", open_starttls, NULL}, /* RFC 3207 */
    [SMTP_EXT_AUTH] = {"AUTH", open_auth, add_mechanisms},   /* RFC 4954 */
    [SMTP_EXT_LIMITS] = {"LIMITS", NULL, add_limits},        /* RFC 9422 */
    [SMTP_EXT_HELP] = {"HELP", NULL, NULL},                  /* RFC 5321 */
};
/* clang-format on */

enum smtp_ext
smtp_ext_named(struct slice keyword)
{
	for (unsigned x = SMTP_EXT_NONE + 1; x < SMTP_EXT_COUNT; x++)
		if (slice_eq_nocase(keyword, slice_str(exts[x].keyword)))
			return (enum smtp_ext)x;
	return SMTP_EXT_NONE;
}

bool
smtp_ext_open(enum smtp_ext x, const struct smtp_facts *f)
{
	return exts[x].open == NULL || exts[x].open(f);
}

static void
add_line(
    struct buf *out, enum smtp_ext x, bool last, const struct smtp_facts *f)
{
	struct buf text = BUF_INIT(256);

	buf_add_str(&text, exts[x].keyword);
	if (exts[x].add_args != NULL)
		exts[x].add_args(&text, f);
	smtp_say_line(out, 250, last, buf_slice(&text));
	buf_fini(&text);
}

void
smtp_ext_add_all(struct buf *out, const struct smtp_facts *f)
{
	unsigned last = SMTP_EXT_COUNT - 1;

	while (!smtp_ext_open((enum smtp_ext)last, f))
		last--;
	for (unsigned x = SMTP_EXT_NONE + 1; x <= last; x++)
		if (smtp_ext_open((enum smtp_ext)x, f))
			add_line(out, (enum smtp_ext)x, x == last, f);
}
