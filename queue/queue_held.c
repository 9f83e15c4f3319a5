/* The notice that mail of an account is held. */
#include "queue/queue_bounce_priv.h"

#include "mime/mime_addr.h"
#include "mime/mime_text.h"

#include <string.h>

static void
add_limit(struct buf *text, uint32_t n, const char *what)
{
	if (n > 0)
		buf_addf(
		    text, "    %lu %s in an hour\r\n", (unsigned long)n, what);
}

/* Characters that mean nothing to a shell, and letters of other scripts. */
static bool
is_plain(struct slice s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789@._+-=%/,:";

	for (size_t i = 0; i < s.len; i++)
		if ((s.p[i] & 0x80) == 0 &&
		    (s.p[i] == '\0' || strchr(plain, s.p[i]) == NULL))
			return false;
	return true;
}

/* A word as a shell reads it: an account may be "a b"@a.test. */
static void
add_word(struct slice word, struct buf *text)
{
	struct buf quoted = BUF_INIT(8 * MIME_ADDR_MAX);
	struct slice piece;

	if (is_plain(word)) {
		mime_text_add(text, word, true);
		return;
	}
	buf_add_char(&quoted, '\'');
	while (slice_cut(&word, '\'', &piece)) {
		buf_add_slice(&quoted, piece);
		buf_add_str(&quoted, "'\\''");
	}
	buf_add_slice(&quoted, piece);
	buf_add_char(&quoted, '\'');
	mime_text_add(text, buf_slice(&quoted), true);
	buf_fini(&quoted);
}

static void
add_commands(struct slice account, struct buf *text)
{
	static const char *const words[] = {"release", "delete"};

	for (int i = 0; i < 2; i++) {
		buf_addf(text, "    restante queue %s --from ", words[i]);
		add_word(account, text);
		buf_add_str(text, "\r\n");
	}
	buf_add_str(text, "\r\n");
}

static void
make_text(
    const struct queue_held_notice *n, struct slice account, struct buf *text)
{
	queue_bounce_greet(n->hostname, text);
	buf_add_str(text, "More mail is being sent than one may send by the "
			  "account\r\n\r\n    ");
	mime_text_add(text, account, true);
	buf_add_str(text, "\r\n\r\nIts limits are:\r\n\r\n");
	add_limit(text, n->messages, "messages");
	add_limit(text, n->recipients, "recipients");
	buf_add_str(text, "\r\n");
	queue_bounce_say(text,
	    "What goes beyond has been accepted and is held: it is not lost, "
	    "but it does not leave until the postmaster lets it go. There is "
	    "only this one notice.");
	queue_bounce_say(text,
	    "If this mail is yours, tell your postmaster that it may go. If it "
	    "is not, somebody knows your password: change it now, on all your "
	    "devices.");
	queue_bounce_say(text, "For the postmaster, one of these decides:");
	add_commands(account, text);
	queue_bounce_refer(&n->about, text);
}

enum err
queue_held_make(const struct queue_held_notice *n, struct buf *out)
{
	struct slice account = slice_first(n->account, MIME_ADDR_MAX);
	bool utf8 = !slice_is_ascii(n->to);
	struct buf text = BUF_INIT(out->max), subject = BUF_INIT(1000);

	buf_add_str(&subject, "Mail is being held: ");
	buf_add_slice(&subject, account);
	queue_bounce_header(
	    &(struct queue_bounce_head){&n->id, n->to, n->hostname,
		buf_slice(&subject), n->now_us, utf8},
	    out);
	make_text(n, account, &text);
	queue_bounce_add_text(buf_slice(&text), out);
	if (text.err != ERR_OK && out->err == ERR_OK)
		out->err = text.err;
	buf_fini(&text);
	buf_fini(&subject);
	return out->err;
}
